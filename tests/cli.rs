//! The program as its users meet it: on a stored run made by hand, and on a session kept as a fixture.

mod program;

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use parcost::rooms::model::{Machine, Measurement, Metric, Run, made};
use parcost::rooms::store;
use program::{complaint, output, parcost, program};

const ID: &str = "00000000000000aa";

/// A folder in which one run is stored.
fn stored() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = store::append(&folder.path().join("results"), &run()).expect("the folder is new");
    (folder, path)
}

fn run() -> Run {
    let run = made::run(0xaa);
    Run {
        profile: "quick".to_owned(),
        commit: made::no_commit(),
        machine: Machine { hardware: made::facts(&[("cores", "2")]), ..run.machine },
        measurements: vec![time("spawn/thread/count=1", 12_000.0), time("spawn/fork/count=1", 60_000.0)],
        ..run
    }
}

fn time(benchmark: &str, ns: f64) -> Measurement {
    made::measurement(benchmark, Metric::WallTime, &[ns])
}

#[test]
fn lists_what_is_stored_and_what_is_not() {
    let (folder, path) = stored();
    fs::write(path.with_file_name("20260101T000000Z-nocommit-00000000000000bb.json"), "{").unwrap();
    let text = output(&parcost(folder.path(), &["list"]).success());
    assert!(text.contains(ID) && text.contains("unusable") && text.contains("it ends early"), "{text}");
    assert!(!text.contains('\u{1b}'), "no colours in a pipe");
    let of_machine = output(&parcost(folder.path(), &["list", "--machine", "x86_64-made"]).success());
    let next = ["`parcost show last --machine x86_64-made`", "`parcost run`"];
    assert!(of_machine.contains(ID) && next.iter().all(|command| of_machine.contains(command)), "{of_machine}");
    assert!(output(&parcost(folder.path(), &["list", "--machine", "64-mad"]).success()).contains(ID));
    assert!(complaint(&parcost(folder.path(), &["list", "--machine", "riscv"]).code(3)).contains("`riscv`"));
    assert!(complaint(&parcost(folder.path(), &["export", "--to", "csv", ID]).code(3)).contains("not by their ids"));
    for verb in [&["export", "--to", "csv"][..], &["trend"]] {
        for name in ["results", path.to_str().unwrap()] {
            let said = complaint(&parcost(folder.path(), &[verb, &[name]].concat()).code(3));
            assert!(said.contains("read them by --results"), "{said}");
        }
    }

    let flat = folder.path().join("flat");
    fs::create_dir(&flat).unwrap();
    let empty = ["list", "--results", "flat", "--machine", "x86_64-made"];
    assert!(complaint(&parcost(folder.path(), &empty).code(3)).contains("no run is stored in flat"));
    fs::copy(&path, flat.join(path.file_name().unwrap())).unwrap();
    let said = complaint(&parcost(folder.path(), &["list", "--results", "flat"]).success());
    assert!(said.contains("name the folder that holds v1"), "{said}");

    let of_one_commit = [("00000000000000c2", "00"), ("00000000000000c1", "30")];
    for (id, minute) in of_one_commit {
        let (id, started) = (id.to_owned(), format!("2027-01-01T00:{minute}:00Z"));
        let later = Run { id, started, commit: made::run(0xaa).commit, ..run() };
        store::append(&folder.path().join("results"), &later).unwrap();
    }
    let listed = output(&parcost(folder.path(), &["list"]).success());
    let [first, last] = of_one_commit.map(|(id, _)| listed.find(id).unwrap());
    assert!(first < last, "runs of one commit are in the order of their starts: {listed}");
}

#[test]
fn colors_are_for_terminals_and_for_those_who_ask() {
    let (folder, _) = stored();
    let verbs: [(&[&str], bool); 9] = [
        (&["list"], true),
        (&["show", "last"], true),
        (&["show", "last", "--all"], true),
        // The same run twice: there is nothing to judge.
        (&["compare", "last", "last"], false),
        (&["trend", "--include-quick"], true),
        (&["answer", "last"], true),
        (&["machine"], true),
        (&["doctor"], true),
        (&["fsck"], true),
    ];
    for (verb, has_colors) in verbs {
        let has_escape = |more: &[&str], environment: &[(&str, &str)]| {
            let mut command = program::program(folder.path());
            command
                .args(verb)
                .args(more)
                .env_remove("NO_COLOR")
                .env_remove("CLICOLOR_FORCE")
                .envs(environment.to_vec());
            output(&command.assert()).contains('\u{1b}')
        };
        assert!(!has_escape(&[], &[]), "{verb:?}: in a pipe");
        assert!(!has_escape(&[], &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]), "{verb:?}: NO_COLOR");
        assert!(!has_escape(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]), "{verb:?}: --color never");
        assert_eq!(has_escape(&["--color", "always"], &[("NO_COLOR", "1")]), has_colors, "{verb:?}: --color always");
        assert_eq!(has_escape(&[], &[("CLICOLOR_FORCE", "1")]), has_colors, "{verb:?}: CLICOLOR_FORCE");
    }
}

#[test]
fn shows_a_run_in_every_form() {
    let (folder, path) = stored();
    for name in ["last", &ID[..10], ID, path.to_str().unwrap()] {
        for format in ["terminal", "markdown", "json"] {
            let text = output(&parcost(folder.path(), &["show", name, "--all", "--format", format]).success());
            assert!(text.contains(ID) && text.contains("spawn/thread") && text.contains("cores"), "{text}");
        }
    }
    let json = output(&parcost(folder.path(), &["show", "last", "--format=json"]).success());
    assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
    let summary = output(&parcost(folder.path(), &["show", "last"]).success());
    assert!(summary.contains("5.00×"), "{summary}");
}

#[test]
fn answers_by_what_was_measured_and_says_what_was_not() {
    let (folder, _) = stored();
    for format in ["terminal", "markdown", "json"] {
        let text = output(&parcost(folder.path(), &["answer", "--all", "--format", format]).success());
        let claim = ["a forked process costs more to", "spawn/fork/count=1"];
        assert!(claim.iter().all(|piece| text.contains(piece)), "{text}");
        assert!(text.contains("holds") && text.contains("not requested"), "{text}");
    }
    let program = [
        "answer",
        "--work-us",
        "200us",
        "--payload",
        "64KiB",
        "--rss",
        "512MiB",
        "--workers",
        "8",
        "--io-wait",
        "10ms",
    ];
    let text = output(&parcost(folder.path(), &program).success());
    assert!(text.contains("Your program") && text.contains("one after the other"), "{text}");
    for unfit in [["--work-us", "0"], ["--payload", "64KiB"], ["--work-us", "many"]] {
        parcost(folder.path(), &[&["answer"][..], &unfit].concat()).code(2);
    }
    parcost(folder.path(), &["answer", "ffff"]).code(3);
    let elsewhere = complaint(&parcost(folder.path(), &["answer", "--verify"]).code(3));
    assert!(elsewhere.contains("--verify measures on the machine of the run"), "{elsewhere}");
}

#[test]
fn answers_from_the_newest_run_of_all_topics_unless_one_is_named() {
    let (folder, path) = stored();
    let whole = run();
    let part = Run {
        id: "00000000000000ee".to_owned(),
        started: "2027-01-01T00:00:00Z".to_owned(),
        profile: "filtered: spawn/fork".to_owned(),
        measurements: whole.measurements[..1].to_vec(),
        ..whole
    };
    store::append(&folder.path().join("results"), &part).expect("its name is free");
    let newest = parcost(folder.path(), &["answer"]).success();
    assert!(output(&newest).contains(ID) && complaint(&newest).contains("`last` is of a part of them"));
    let named = parcost(folder.path(), &["answer", "last"]).success();
    assert!(output(&named).contains("00000000000000ee") && complaint(&named).is_empty());
    fs::remove_file(path).unwrap();
    assert!(output(&parcost(folder.path(), &["answer"]).success()).contains("00000000000000ee"));
}

#[test]
fn reports_the_stored_runs_in_one_file() {
    let (folder, path) = stored();
    fs::write(path.with_file_name("20260101T000000Z-nocommit-00000000000000bb.json"), "{").unwrap();
    let report = |more: &[&str]| parcost(folder.path(), &[&["report", "--output", "report.html"], more].concat());
    report(&[]).success();
    let page = || fs::read_to_string(folder.path().join("report.html")).expect("it was written");
    assert!(page().contains(ID) && page().contains("5.00×") && page().contains("1; `parcost list` names them"));
    report(&["--filter", "thread", "--machine", "x86_64-made"]).success();
    assert!(page().contains("spawn/thread") && !page().contains("5.00×"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing but the runs and the report");
    parcost(folder.path(), &["report", "--output", "made/here/report.html"]).success();
    assert!(folder.path().join("made/here/report.html").is_file());
}

#[test]
fn a_report_has_a_place_of_its_own_and_a_folder_gets_a_page_for_each_machine_with_a_badge() {
    let (folder, path) = stored();
    parcost(folder.path(), &["report"]).success();
    assert!(folder.path().join("target/parcost/report.html").is_file());

    let other = path.parent().unwrap().with_file_name("machine=aarch64-made-up-2c-00000000");
    fs::create_dir(&other).unwrap();
    let text =
        fs::read_to_string(&path).unwrap().replace("x86_64-made-up", "aarch64-made-up").replace(ID, &"b".repeat(16));
    let name = path.file_name().unwrap().to_str().unwrap().replace(ID, &"b".repeat(16));
    let mut run: serde_json::Value = serde_json::from_str(&text).unwrap();
    run.as_object_mut().unwrap().remove("seal");
    fs::write(other.join(name), run.to_string()).unwrap();
    parcost(folder.path(), &["report", "--output", "site/"]).success();
    let site = |name: &str| fs::read_to_string(folder.path().join("site").join(name)).expect(name);
    assert!(
        site("index.html").contains("<a href=\"aarch64-made-up-2c-00000000.html\">"),
        "the index links the machines"
    );
    assert!(!site("aarch64-made-up-2c-00000000.html").contains("id=\"machines\""), "a machine's page is of it alone");
    assert!(site("badge.svg").starts_with("<svg") && site("badge.json").contains("\"message\":\"not judged yet\""));
}

#[test]
fn one_run_and_one_comparison_have_a_page() {
    let (folder, path) = stored();
    let page = || fs::read_to_string(folder.path().join("a.html")).expect("it was written");
    parcost(folder.path(), &["report", "last", "--output", "a.html"]).success();
    assert!(page().contains(ID) && !page().contains("id=\"comparison\"") && !page().contains("id=\"changes\""));
    let file = path.display().to_string();
    parcost(folder.path(), &["report", &file, "last", "--output", "a.html"]).success();
    assert!(page().contains(ID));
}

#[test]
fn a_report_of_nothing_or_into_nowhere_is_refused() {
    let (folder, _) = stored();
    fs::write(folder.path().join("file"), "").unwrap();
    let refused = |arguments: &[&str]| complaint(&parcost(folder.path(), &[&["report"], arguments].concat()).code(3));
    assert!(refused(&["--output", "a.html", "--machine", "riscv"]).contains("parcost list"));
    assert!(refused(&["--output", "a.html", "--filter", "nothing"]).contains("parcost list"));
    assert!(refused(&["--output", "file/a.html"]).contains("file/a.html"));
    fs::write(folder.path().join("notes.html"), "<title>mine</title>").unwrap();
    assert!(refused(&["--output", "notes.html"]).contains("notes.html exists and is not a report"));
    parcost(folder.path(), &["report", "--output", "a.html", "--filter", "("]).code(2);
    assert!(refused(&["ffff", "--output", "a.html"]).contains("parcost list"));
    fs::write(folder.path().join("h.csv"), "series,index,value\na,0,1\na,1,1\n").unwrap();
    assert!(refused(&["h.csv", "nofile.js"]).contains("`nofile.js` is not a stored run"));
    assert!(refused(&["h.csv", "last"]).contains("`h.csv` and `last` are not of one kind"));
}

#[test]
fn a_run_that_is_not_there_is_said_with_what_to_do() {
    let (folder, _) = stored();
    let complaint = complaint(&parcost(folder.path(), &["show", "ffff"]).code(3));
    assert!(complaint.contains("`ffff`") && complaint.contains("parcost list"), "{complaint}");
    parcost(folder.path(), &["list", "--results", "nowhere"]).code(3);
}

#[test]
fn the_command_line_is_checked() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["frobnicate"][..], &[], &["run", "--bench", "nothing"], &["run", "--", "--quick"]] {
        parcost(folder.path(), arguments).code(2);
    }
    let help = output(&parcost(folder.path(), &["--help"]).success());
    assert!(help.contains("Exit codes") && !help.contains("session-start"), "{help}");
}

#[test]
fn an_interpreter_that_is_named_and_is_none_is_an_error_before_anything_is_measured() {
    let folder = tempfile::tempdir().unwrap();
    let complaint = complaint(&parcost(folder.path(), &["python", "--quick", "--python", "/no/python3"]).code(3));
    assert!(complaint.contains("--python /no/python3: ") && !complaint.contains("measuring"), "{complaint}");
}

#[test]
fn an_interpreter_that_is_named_is_asked_once_and_the_native_model_is_found_where_runs_are() {
    let folder = tempfile::tempdir().unwrap();
    let [python, asked] = ["python3", "asked"].map(|name| folder.path().join(name));
    let says = r#"{"implementation":"CPython","version":[3,9,1],"release":"final","executable":"/made/up/python3","gil":true,
        "start_methods":[],"interpreters":false,"interpreter_pool":false,"shared_memory":false}"#;
    let script = format!("#!/bin/sh\necho asked >>{}\necho '{says}'\n", asked.display());
    fs::write(&python, script).unwrap();
    fs::set_permissions(&python, fs::Permissions::from_mode(0o755)).unwrap();
    // The native model is in the usual folder, and the run goes to another.
    let json = output(&parcost(folder.path(), &["machine", "--format", "json"]).success());
    let own = serde_json::from_str::<serde_json::Value>(&json).unwrap()["machine"].as_str().unwrap().to_owned();
    let measurements = vec![time("gil_wake/one_lock/interval_us=5000", 5e6)];
    let model = Run { machine: made::machine(&own), measurements, ..run() };
    store::append(&folder.path().join("results"), &model).unwrap();
    let named = ["python", "--quick", "--rounds", "1", "--python", "./python3", "--results", "new"];
    let assert = program(folder.path()).env("PATH", "/nowhere").args(named).assert().code(3);
    assert_eq!(fs::read_to_string(asked).unwrap(), "asked\n", "{}", complaint(&assert));
    assert!(output(&assert).contains(&format!("run {ID}")), "{}", output(&assert));
}

#[test]
fn runs_inside_a_checkout_only() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("Cargo.toml"), "[package]\nname = \"other\"\n").unwrap();
    let complaint = complaint(&parcost(folder.path(), &["run"]).code(3));
    assert!(complaint.contains("not a checkout of parcost"), "{complaint}");
}

#[test]
fn tells_the_machine_in_every_form() {
    let folder = tempfile::tempdir().unwrap();
    for format in ["terminal", "markdown", "json"] {
        let text = output(&parcost(folder.path(), &["machine", "--format", format]).success()).to_lowercase();
        assert!(text.contains("hardware") && text.contains("conditions"), "{text}");
    }
}

#[test]
fn the_doctor_says_what_the_host_is_suitable_for_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    for format in ["terminal", "markdown", "json"] {
        let text = output(&parcost(folder.path(), &["doctor", "--format", format]).success());
        assert!(text.contains("virtualisation") && text.contains("clocksource"), "{text}");
    }
    let rows = output(&parcost(folder.path(), &["doctor", "--format", "json"]).success());
    let rows: serde_json::Value = serde_json::from_str(&rows).unwrap();
    assert!(rows["checks"].as_array().is_some_and(|checks| checks.len() >= 20), "{rows}");
    assert!(rows["suitable_for"].is_string(), "{rows}");
    parcost(folder.path(), &["doctor", "--require", "counts"]).code(2);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "it leaves nothing behind");
}

#[test]
fn records_a_session_below_the_target_folder_unless_it_is_full() {
    let folder = tempfile::tempdir().unwrap();
    let session = folder.path().join("target/parcost/1-2");
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/ingest");
    parcost(folder.path(), &["session-start", "--session", "target/parcost/1-2"]).success();
    fs::copy(fixture.join("session/spawn.tsv"), session.join("spawn.tsv")).unwrap();
    let log = fs::File::options().append(true).open(session.join("spawn.tsv")).unwrap();
    log.set_modified(SystemTime::now() + Duration::from_secs(90)).unwrap();
    let [criterion, iai] = ["criterion", "iai"].map(|name| fixture.join(name).to_str().unwrap().to_owned());
    let arguments = ["record", "--session", "target/parcost/1-2", "--criterion", &criterion, "--iai", &iai];
    let assert = parcost(folder.path(), &arguments);
    let text = output(&assert);
    assert!(
        text.contains("Threads or processes?") && text.contains("only full runs") && text.contains("suitable for"),
        "{text}"
    );

    let (path, run) = store::load(&[folder.path().join("target/parcost/results")], "last").unwrap();
    assert!(path.starts_with(folder.path().join("target/parcost/results/v1")));
    assert!(!run.measurements.is_empty());
    assert!(
        run.duration_s > 89.0,
        "{} s is when it was recorded, not when its last record was written",
        run.duration_s
    );
    assert!(!folder.path().join("results").exists());
    // Part of the fixture failed on purpose; the run is kept and the exit code says so.
    assert_eq!(assert.get_output().status.code(), Some(if run.failures.is_empty() { 0 } else { 3 }));
    parcost(folder.path(), &["show", "last"]).success();

    // One session is one run, whatever is said of it.
    for more in [&[][..], &["--profile-note=fork"]] {
        let again = complaint(&parcost(folder.path(), &[&arguments[..], more].concat()).code(3));
        assert!(again.contains("is stored already") && again.contains(&run.id), "{again}");
    }
    assert_eq!(store::list(&folder.path().join("target/parcost/results")).unwrap().len(), 1);
}

#[test]
fn a_run_that_is_stored_under_two_ids_counts_once() {
    let (folder, path) = stored();
    let (results, elsewhere) = (folder.path().join("results"), folder.path().join("elsewhere"));
    let copy = Run { id: "00000000000000bb".to_owned(), ..run() };
    assert!(store::append(&results, &copy).is_err_and(|error| error.to_string().contains("is stored already")));
    // One that was stored before this was checked.
    let copied = store::append(&elsewhere, &copy).unwrap();
    fs::copy(&copied, path.with_file_name(copied.file_name().unwrap())).unwrap();
    let listed = output(&parcost(folder.path(), &["list"]).success());
    assert!(listed.contains("once more"), "{listed}");
    let checked = output(&parcost(folder.path(), &["fsck", "--results", "results"]).code(3));
    assert!(checked.contains("remove it: one run counts once"), "{checked}");
    fs::remove_file(path.with_file_name(copied.file_name().unwrap())).unwrap();
    let checked = output(&parcost(folder.path(), &["fsck", "results"]).success());
    assert!(checked.contains("no duplicates"), "{checked}");
}

/// The program under a limit of the shell, as a user without the rights of root.
fn limited(folder: &Path, limit: &str) -> Assert {
    let program = folder.join("parcost");
    fs::copy(env!("CARGO_BIN_EXE_parcost"), &program).expect("the folder is new");
    let script = format!("ulimit {limit} && exec \"{}\" list", program.display());
    let is_root = fs::metadata("/proc/self").is_ok_and(|it| std::os::unix::fs::MetadataExt::uid(&it) == 0);
    fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("the folder is ours");
    let mut command = Command::new(if is_root { "setpriv" } else { "bash" });
    if is_root {
        command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups", "bash"]);
    }
    command.args(["-c", &script]).current_dir(folder).env_remove("CARGO_TARGET_DIR").assert()
}

#[test]
fn reads_alone_where_no_thread_can_be_started() {
    let (folder, _) = stored();
    assert!(output(&limited(folder.path(), "-u 1").success()).contains(ID));
}

#[test]
fn refuses_to_start_without_memory() {
    let (folder, _) = stored();
    let said = complaint(&limited(folder.path(), "-v 100000").code(3));
    assert!(said.contains("raise `ulimit -v`"), "{said}");
}

#[test]
fn never_waits_for_a_file_that_only_looks_regular() {
    let (folder, path) = stored();
    let link = path.with_file_name("20260101T000000Z-nocommit-00000000000000bb.json");
    std::os::unix::fs::symlink("/proc/kmsg", link).unwrap();
    let mut list = Command::new(env!("CARGO_BIN_EXE_parcost"));
    list.current_dir(folder.path()).env_remove("CARGO_TARGET_DIR").arg("list");
    list.timeout(Duration::from_secs(60)).assert().success();
}

#[test]
fn a_cause_is_named_once() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["export", "--to", "csv", "nowhere.json"];
    let said = complaint(&parcost(folder.path(), &arguments).code(3));
    assert_eq!(said.matches("No such file").count(), 1, "{said}");
}

#[test]
fn a_session_without_a_measurement_is_no_run() {
    let folder = tempfile::tempdir().unwrap();
    let complaint = complaint(&parcost(folder.path(), &["record", "--session", "target/parcost/1-2"]).code(3));
    assert!(complaint.contains("there is no session"), "{complaint}");
    parcost(folder.path(), &["session-start", "--session", "target/parcost/1-2"]).success();
    fs::create_dir_all(folder.path().join("target/criterion")).unwrap();
    parcost(folder.path(), &["record", "--session", "target/parcost/1-2"]).code(3);
    assert!(!folder.path().join("target/parcost/results").exists());
}

/// A folder with `history.csv`: the level of one series rises by a tenth at its 40th value.
fn history() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let value = |place: usize| (if place < 40 { 100.0 } else { 110.0 }) + (place * 7 % 5) as f64 / 10.0;
    let rows: String = (0..60).map(|place| format!("{},spawn/thread,{}\n", place + 500, value(place))).collect();
    fs::write(folder.path().join("history.csv"), format!("index,series,value\n{rows}")).expect("the folder is new");
    folder
}

#[test]
fn a_trend_reports_findings_in_the_numbers_of_the_file() {
    let folder = history();
    let trend = ["trend", "--from", "csv", "history.csv"];
    let text = output(&parcost(folder.path(), &trend).success());
    assert!(text.contains("spawn/thread") && text.contains("540") && text.contains("regressed"), "{text}");
    let json = output(&parcost(folder.path(), &[&trend[..], &["--format", "json"]].concat()).success());
    let data: serde_json::Value = serde_json::from_str(&json).unwrap();
    let findings = data["histories"][0]["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{json}");
    let series = &findings[0]["series"][0];
    assert_eq!((&series["benchmark"], &findings[0]["culprit"]), (&"spawn/thread".into(), &"540".into()));
    assert!(series["detected"].as_str().unwrap().parse::<u64>().unwrap() >= 544);
    assert!((findings[0]["change"]["center"].as_f64().unwrap() - 0.1).abs() < 0.01);
}

#[test]
fn a_trend_fails_only_when_asked_to() {
    let folder = history();
    let trend = ["trend", "history.csv", "--from", "csv", "--fail-on", "worse"];
    parcost(folder.path(), &trend).code(1);
    parcost(folder.path(), &[&trend[..], &["--better", "higher"]].concat()).code(0);
    fs::write(folder.path().join("history.csv"), "series,index,value\na,0,1\n").unwrap();
    parcost(folder.path(), &trend).code(4);
    let text = output(&parcost(folder.path(), &trend[..4]).success());
    assert!(text.contains("0 of 1 series") && text.contains("1 of the 20 values"), "{text}");
}

#[test]
fn no_two_names_look_alike_and_none_is_cut_where_no_terminal_is() {
    let folder = tempfile::tempdir().unwrap();
    let name = |way: &str, metric: &str| format!("hand_over_of_many_bytes/{way}_in_a_group_of_its_own/{metric}");
    let names = [name("threads", "wall_time"), name("forked", "wall_time"), name("threads", "task_clock")];
    let rows: String = names.iter().map(|name| format!("{name},0,5\n{name},1,5\n")).collect();
    fs::write(folder.path().join("names.csv"), format!("series,index,value\n{rows}")).unwrap();
    let shown = complaint(&parcost(folder.path(), &["import", "names.csv"]).success());
    assert!(names.iter().all(|name| shown.contains(name)), "{shown}");
    let narrow = program(folder.path()).args(["import", "names.csv"]).env("COLUMNS", "60").assert().success();
    let first: String = complaint(&narrow).lines().filter_map(|line| line.split("  ").next()).collect();
    assert!(names.iter().all(|name| first.contains(name)), "{}", complaint(&narrow));
}

#[test]
fn what_is_no_word_of_a_verb_is_a_usage_error() {
    let folder = tempfile::tempdir().unwrap();
    let complaint = |arguments: &[&str], code| complaint(&parcost(folder.path(), arguments).code(code));
    for (line, expected) in [
        ("man gat", "did you mean `gate`?"),
        ("answer --work-us 5 --rss lots", "'--rss <SIZE>': expected a size, 0 or more: 64KiB"),
        ("answer --work-us -5", "'-5' for '--work-us <TIME>': expected a time above 0"),
        (
            "answer --workers -1",
            "'-1' for '--workers <NUMBER>': expected a whole number from 1 to 1048576, for example 8",
        ),
        ("answer --io-wait 5", "'--io-wait <TIME>': expected 0, or a time with its unit"),
        ("gate --budget -5m", "'-5m' for '--budget <TIME>': expected a time above 0, with its unit: 90s, 10m"),
        ("report --format markdown", "report writes HTML alone; `parcost show`"),
    ] {
        let said = complaint(&line.split(' ').collect::<Vec<_>>(), 2);
        assert!(said.contains(expected), "{line}: {said}");
    }
    let parquet =
        complaint(&["export", "--to", "parquet", "--output", "x"], if cfg!(feature = "parquet") { 3 } else { 2 });
    assert_eq!(parquet.contains("--features parquet"), !cfg!(feature = "parquet"), "{parquet}");
    let lost = complaint(&["import", "--results", "here", "/nowhere/run.json"], 3);
    assert!(lost.contains("check its path") && !lost.contains("permissions"), "{lost}");
}

#[test]
fn a_series_without_a_direction_leaves_the_answer_open() {
    let folder = tempfile::tempdir().unwrap();
    let row = |place: usize| {
        let (month, day, hits) = (1 + place / 20, 1 + place % 20, if place < 20 { 100 } else { 85 });
        format!("2026-0{month}-{day:02},{},{hits}\n", 100 + place % 3)
    };
    let rows: String = (0..40).map(row).collect();
    fs::write(folder.path().join("wide.csv"), format!("time,encode (ms),hits\n{rows}")).unwrap();
    let trend = ["trend", "wide.csv", "--fail-on", "worse"];
    let text = output(&parcost(folder.path(), &trend).code(4));
    assert!(text.contains("1 of 2 series") && text.contains("inconclusive") && text.contains("hits: "), "{text}");
    parcost(folder.path(), &[&trend[..], &["--better", "lower"]].concat()).success();
    parcost(folder.path(), &[&trend[..], &["--better", "higher"]].concat()).code(1);
    parcost(folder.path(), &[&trend[..], &["--filter", "encode"]].concat()).success();
    let rule = "[[inconclusive]]\nbenchmark = \"hits\"\nreason = \"a mere number\"\n";
    fs::write(folder.path().join("rules.toml"), rule).unwrap();
    parcost(folder.path(), &[&trend[..], &["--accepted", "rules.toml"]].concat()).success();
    // The file of this folder may be of its stored runs.
    let defaults = folder.path().join(".github");
    fs::create_dir(&defaults).unwrap();
    let notes = |rules: &str, code| {
        fs::write(defaults.join("perf-accepted.toml"), rules).unwrap();
        complaint(&parcost(folder.path(), &trend).code(code))
    };
    assert_eq!(notes(rule, 0), "");
    let once = notes("[[missing]]\nbenchmark = \"encode (ns)\"\nreason = \"it may go\"\n", 4);
    let hint = "perf-accepted.toml:1: the rule for `encode (ns)` matches no series; write `benchmark = \"encode\"`";
    assert!(once.contains(hint), "{once}");
    // What may be missing is a benchmark in all of its metrics.
    let own: String = (0..20).map(|place| format!("{place},a/b,wall_time,100,ns\n")).collect();
    fs::write(folder.path().join("own.csv"), format!("order,benchmark,metric,value,unit\n{own}")).unwrap();
    let waiver = "[[missing]]\nbenchmark = \"a/b (wall_time)\"\nreason = \"it may go\"\n";
    fs::write(folder.path().join("waiver.toml"), waiver).unwrap();
    let told = complaint(&parcost(folder.path(), &["trend", "own.csv", "--accepted", "waiver.toml"]).success());
    assert!(told.trim_end().ends_with("write `benchmark = \"a/b\"`"), "{told}");
    // In brackets stands neither the metric nor the unit of `hits`: it may be the name of another.
    let unsure = notes(&rule.replace("hits", "hits (1000)"), 4);
    assert!(unsure.contains("no rule of") && !unsure.contains("write `"), "{unsure}");
    let none = notes(&rule.replace("hits", "spawn/*"), 4);
    assert!(none.contains("no rule of .github/perf-accepted.toml matches a series of wide.csv"), "{none}");
    assert_eq!(none.lines().count(), 1, "{none}");
}

#[test]
fn a_history_that_cannot_be_read_is_refused_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let cases = [
        ("", "format csv", "is empty"),
        ("series,index\na,0\n", "format csv", "no column `value`"),
        ("series,index,value\na,1,x\n", "line 2", "not a number"),
        ("series,index,value\na,0,nan\n", "line 2", "not a finite number"),
    ];
    for (text, line, reason) in cases {
        fs::write(folder.path().join("history.csv"), text).unwrap();
        let complaint = complaint(&parcost(folder.path(), &["trend", "--from", "csv", "history.csv"]).code(3));
        assert!(["history.csv", line, reason].iter().all(|part| complaint.contains(part)), "{complaint}");
    }
    parcost(folder.path(), &["trend", "--from", "csv", "nowhere.csv"]).code(3);
}

#[test]
fn a_trend_recognizes_files_and_reads_them_as_a_person_counts() {
    let folder = tempfile::tempdir().unwrap();
    let names: Vec<String> = (1..=40).map(|number| format!("r{number}.json")).collect();
    for (number, name) in names.iter().enumerate() {
        let mean = if number < 24 { 1.0 } else { 1.2 } + 0.001 * (number % 7) as f64;
        let run = format!(r#"{{"results":[{{"command":"a","mean":{mean},"median":{mean},"times":[{mean}]}}]}}"#);
        fs::write(folder.path().join(name), run).unwrap();
    }
    let mut sorted: Vec<&str> = names.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    let trend = parcost(folder.path(), &[&["trend", "--format", "json"], &sorted[..]].concat()).success();
    let data: serde_json::Value = serde_json::from_str(&output(&trend)).unwrap();
    assert_eq!(data["histories"][0]["findings"][0]["culprit"], "r25.json");
    let rule = "[[accepted]]\nbenchmark = \"a\"\ncommit = \"r25.json\"\nlevel = \"1.21 s\"\nreason = \"meant\"\n";
    fs::write(folder.path().join("rules.toml"), rule).unwrap();
    let strict = [&["trend", "--fail-on", "worse"], &sorted[..]].concat();
    let text = output(&parcost(folder.path(), &strict).code(1));
    assert!(text.contains("commit = \"r25.json\"\n    factor = 1.21\n"), "{text}");
    assert!(text.contains("The last commit before it is r24.json."), "{text}");
    parcost(folder.path(), &[&strict[..], &["--accepted", "rules.toml"]].concat()).success();
    let complaint_of = |arguments: &[&str]| complaint(&parcost(folder.path(), arguments).code(3));
    assert!(
        complaint_of(&[&strict[..], &["--branch", "nope"]].concat())
            .contains("nothing was measured on the branch `nope`")
    );
    let text = output(&parcost(folder.path(), &["compare", "r1.json", "r30.json"]).success());
    assert!(text.contains("r1.json (1 benchmark)") && text.contains("0 of 1 rows"), "{text}");
    fs::write(folder.path().join("long.csv"), "benchmark,order,value,unit\na,1,5,ms\na,2,5,ms\n").unwrap();
    assert!(complaint_of(&["compare", "r1.json", "long.csv"]).contains("holds a history, not one run"));
    let remarks = data["histories"][0]["remarks"].to_string();
    assert!(remarks.contains("in the order of the numbers in their names"), "{remarks}");
    assert!(complaint(&parcost(folder.path(), &["trend", "."]).code(3)).contains("no result of criterion"));
}

#[test]
fn a_run_that_is_stopped_leaves_no_cargo_that_measures_on() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let [cargo, held] = ["cargo", "held"].map(|name| folder.path().join(name));
    let fifo = held.display();
    fs::write(&cargo, format!("#!/bin/sh\nexec 3>{fifo}\necho >&3\nsleep 20\necho late >&3\n")).expect("it is ours");
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).expect("it is ours");
    fs::write(folder.path().join("Cargo.toml"), "[package]\nname = \"parcost\"\n").expect("the folder is ours");
    nix::unistd::mkfifo(&held, nix::sys::stat::Mode::S_IRWXU).expect("the folder is ours");
    let mut run = std::process::Command::new(env!("CARGO_BIN_EXE_parcost"));
    let mut run = run.arg("run").current_dir(folder.path()).env("CARGO", &cargo).spawn().expect("it was built");
    let mut held = fs::File::open(&held).expect("it is there");
    held.read_exact(&mut [0]).expect("cargo has begun");
    let pid = nix::unistd::Pid::from_raw(run.id().try_into().expect("the system's own number"));
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).expect("it runs");
    run.wait().expect("it is ours");
    let mut rest = String::new();
    held.read_to_string(&mut rest).expect("a pipe can be read");
    assert_eq!(rest, "", "cargo went on");
}

#[test]
fn a_gate_outside_a_repository_makes_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    for arguments in [&["gate", "--base", "main"][..], &["selftest"], &["history", "pull", "--into", "x"]] {
        let complaint = program::complaint(&program::parcost(folder.path(), arguments).code(3));
        assert!(complaint.contains("is not in a git repository; go to one"), "{complaint}");
    }
    assert_eq!(fs::read_dir(folder.path()).expect("it is ours").count(), 0);
}
