//! `parcost compare` as its users meet it: every way to name a side, every form of the answer, every way to end.

mod causes;
mod machines;
mod made;
mod power;
#[path = "../program/mod.rs"]
mod program;
mod refusals;

use std::fs;
use std::path::Path;

use made::{COMMITS, MACHINE, compare, complaint, criterion, in_rounds, output, run, said, store, stored, summary};
use parcost::rooms::model::{MachineKey, Metric};
use program::git;

/// Two commits of three runs each; the fork of the second takes half as long again.
fn history() -> tempfile::TempDir {
    let runs: Vec<_> = (1..=3)
        .map(|id| run(id, 0, 200.0 + id as f64))
        .chain((11..=13).map(|id| run(id, 1, 300.0 + id as f64)))
        .collect();
    stored(&runs)
}

#[test]
fn reports_what_changed_in_every_format() {
    let folder = history();
    for format in ["terminal", "markdown", "json"] {
        let text = output(&compare(folder.path(), &["aaaa", "bbbb", "--format", format]).success());
        assert!(text.contains("spawn/fork/count=1") && text.contains("regressed"), "{text}");
    }
    let text = said(&compare(folder.path(), &["aaaa", "bbbb", "--all"]));
    assert!(text.starts_with("Comparison verdicts ✗ 1 regressed, 0 improved, 1 unchanged, 0 inconclusive"), "{text}");
    assert!(text.contains("weaker than `parcost gate`") && text.contains("3+3r"), "{text}");

    let json = output(&compare(folder.path(), &["aaaa", "bbbb", "--format=json"]).success());
    let printed: serde_json::Value = serde_json::from_str(&json).unwrap();
    let row = &printed["rows"][0];
    assert_eq!((&row["benchmark"], &row["verdict"]), (&"spawn/fork/count=1".into(), &"regressed".into()));
    assert_eq!((&row["replicate"], &row["replicates"]), (&"run".into(), &serde_json::json!([3, 3])));
    let [center, low, high] = ["center", "low", "high"].map(|end| row["change"][end].as_f64().unwrap());
    assert!((center - 110.0 / 202.0).abs() < 0.01 && low > 0.4 && high < 0.7, "{row}");
    assert!(row["min_detectable_change"].as_f64().unwrap() > 0.02 && printed["outcome"] == "fail", "{row}");
}

#[test]
fn a_side_has_many_names() {
    let folder = history();
    let path = store(folder.path(), &run(14, 2, 300.0)).display().to_string();
    let key = format!("machine={MACHINE}");
    let one = ["last", "previous", "run:000e", "000e", &path, "commit:cccc", "cccc45", COMMITS[2]];
    for name in one {
        let text = said(&compare(folder.path(), &["aaaa", name]).success());
        let id = if name == "previous" { "000d000000000000" } else { "000e000000000000" };
        assert!(text.contains(&format!("candidate run {id} of commit")), "{name}: {text}");
    }
    for (name, runs) in [("aaaa", 3), ("aaaa,000e", 4), ("000b,000c,000b", 2)] {
        let text = said(&compare(folder.path(), &[name, "000d"]).success());
        assert!(text.contains(&format!("{name}: {runs} runs")), "{name}: {text}");
    }
    // Of a whole branch or machine nothing is left to compare with here.
    for name in ["branch:trunk", "trunk", &key, MACHINE] {
        let complaint = complaint(&compare(folder.path(), &[name, "000d"]).code(3));
        assert!(complaint.contains("on both sides"), "{name}: {complaint}");
    }
    let other = stored(&[run(21, 1, 300.0)]);
    let other = other.path().join("results").display().to_string();
    let text = said(&compare(folder.path(), &["aaaa", &other]).success());
    assert!(text.contains("candidate run 0015000000000000"), "{text}");
}

#[test]
fn git_resolves_other_names_of_commits() {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "--quiet", "--initial-branch=main"]);
    git(folder.path(), &["commit", "--quiet", "--allow-empty", "--message=one"]);
    let first = git(folder.path(), &["rev-parse", "HEAD"]);
    git(folder.path(), &["commit", "--quiet", "--allow-empty", "--message=two"]);
    git(folder.path(), &["tag", "v1"]);
    let second = git(folder.path(), &["rev-parse", "HEAD"]);
    for (id, commit, place) in [(1, first, 0), (2, second, 1)] {
        let mut run = run(id, place, 200.0);
        run.commit.id = Some(commit);
        store(folder.path(), &run);
    }
    for (baseline, candidate) in [("HEAD~1", "HEAD"), ("HEAD~1", "v1"), ("commit:v1~1", "main")] {
        let text = said(&compare(folder.path(), &[baseline, candidate]).success());
        assert!(text.contains("baseline run 0001") && text.contains("candidate run 0002"), "{text}");
    }
    git(folder.path(), &["commit", "--quiet", "--allow-empty", "--message=three"]);
    let complaint = complaint(&compare(folder.path(), &["HEAD~1", "HEAD"]).code(3));
    assert!(complaint.contains("no run of commit ") && complaint.contains("`parcost list`"), "{complaint}");
}

#[test]
fn several_readings_are_listed() {
    let folder = history();
    let mut twin = run(21, 0, 200.0);
    twin.commit.branch = Some("bbbb".to_owned());
    store(folder.path(), &twin);
    let refused = complaint(&compare(folder.path(), &["aaaa", "bbbb"]).code(3));
    assert!(refused.contains("write one of commit:bbbb, branch:bbbb"), "{refused}");
    compare(folder.path(), &["run:0001", "branch:bbbb"]).success();
    criterion(&folder.path().join("target/criterion"), "g/f", "bbbb", 10.0, "null");
    let refused = complaint(&compare(folder.path(), &["aaaa", "bbbb"]).code(3));
    assert!(refused.contains("criterion:@bbbb, commit:bbbb, branch:bbbb"), "{refused}");
}

#[test]
fn the_sessions_of_the_machine_say_what_one_run_a_side_can_tell() {
    // Of the candidate's commit there are as many, and of a later one: they may be slower by their code, and are no sessions of
    // the baseline.
    let later = (11..=16).map(|id| run(id, 1, 260.0)).chain((21..=23).map(|id| run(id, 2, 260.0)));
    let alike = (1..=6).map(|id| run(id, 0, 200.0)).chain(later);
    for (runs, verdicts) in [
        (alike.collect(), "1 regressed, 0 improved, 1 unchanged, 0 inconclusive"),
        (vec![run(6, 0, 200.0), run(16, 1, 260.0)], "0 regressed, 0 improved, 1 unchanged, 1 inconclusive"),
    ] {
        let text = said(&compare(stored(&runs).path(), &["0006", "0010", "--all"]).success());
        assert!(text.contains(verdicts), "{text}");
        let told = text.contains("fewer than three runs of a side have it, which cannot tell whether it changed");
        assert_eq!(told, runs.len() == 2, "{text}");
        assert_eq!(text.contains("two sessions of such work differ by, here 44 %"), runs.len() == 2, "{text}");
    }
}

#[test]
fn rows_can_be_chosen() {
    let folder = history();
    for (option, kept) in [(["--filter", "fork"], 1), (["--topic", "spawn"], 2), (["--metric", "wall_time"], 2)] {
        let json = output(&compare(folder.path(), &["aaaa", "bbbb", "--format=json", option[0], option[1]]).success());
        let printed: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(printed["rows"].as_array().unwrap().len(), kept, "{option:?}");
    }
}

#[test]
fn fails_only_when_asked_to() {
    let folder = history();
    compare(folder.path(), &["aaaa", "bbbb", "--fail-on", "worse"]).code(1);
    compare(folder.path(), &["bbbb", "aaaa", "--fail-on", "worse"]).code(0);
    compare(folder.path(), &["aaaa", "bbbb", "--fail-on", "worse", "--filter", "thread"]).code(0);
    for arguments in [
        &["aaaa", "bbbb", "--filter", "("][..],
        &["aaaa", "bbbb", "--metric", "speed"],
        &["aaaa"],
        &["aaaa", "bbbb", "--fail-on", "better"],
    ] {
        compare(folder.path(), arguments).code(2);
    }
}

#[test]
fn an_inconclusive_comparison_exits_with_four_when_asked() {
    let mut lacking = run(4, 1, 200.0);
    lacking.measurements.truncate(1);
    let mut once = run(5, 1, 200.0);
    once.measurements.iter_mut().for_each(|it| it.rounds.truncate(1));
    let hashed = |id, commit, fork| {
        let mut run = run(id, commit, fork);
        run.commit.binaries_hash = Some("f00d".to_owned());
        run
    };
    let folder = stored(&[run(1, 0, 200.0), lacking, once, hashed(6, 0, 200.0), hashed(7, 1, 300.0)]);
    let cases = [
        (
            "0001",
            "0004",
            "the candidate lacks 1 of the baseline's rows, the first of them spawn/thread/count=1 wall_time",
        ),
        ("0001", "0005", "no row is decided"),
        ("0006", "0007", "both sides measured the same binaries"),
    ];
    for (baseline, candidate, expected) in cases {
        compare(folder.path(), &[baseline, candidate]).success();
        let complaint = complaint(&compare(folder.path(), &[baseline, candidate, "--fail-on", "worse"]).code(4));
        assert!(complaint.contains(expected), "{complaint}");
    }
}

#[test]
fn unlike_machines_are_shown_side_by_side_without_a_verdict() {
    let other = |id, fork| {
        let mut run = run(id, 1, fork);
        run.machine.key = MachineKey::new("other").unwrap();
        run
    };
    let folder = stored(&[run(1, 0, 200.0), other(2, 400.0), run(3, 1, 200.0)]);
    let text = said(&compare(folder.path(), &["0001", "0002"]).success());
    assert!(text.contains("THE MACHINES DIFFER") && text.contains("2.00×"), "{text}");
    assert!(!text.contains("regressed,") && text.contains(&format!("A {MACHINE}: run 0001")), "{text}");
    assert!(text.contains("B other: run 0002"), "{text}");
    let refused = complaint(&compare(folder.path(), &["0001", "0002", "--fail-on", "worse"]).code(4));
    assert!(refused.contains("between which nothing is judged"), "{refused}");
    // A commit that was measured on both is narrowed to the machine that both sides have.
    let text = said(&compare(folder.path(), &["aaaa", "bbbb"]).success());
    assert!(text.contains("candidate run 0003") && text.contains("it is of machine other"), "{text}");
    let text = said(&compare(folder.path(), &["aaaa", "bbbb", "--machine", MACHINE]).success());
    assert!(text.contains("candidate run 0003") && !text.contains("it is of machine other"), "{text}");
    let json = output(&compare(folder.path(), &["0001", "0002", "--format=json"]).success());
    assert!(serde_json::from_str::<serde_json::Value>(&json).unwrap()["machines"]["rows"].is_array(), "{json}");
}

#[test]
fn compares_the_criterion_baselines_of_any_package() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("target/criterion");
    for (place, factor) in [1.0, 1.01, 0.99, 1.005].into_iter().enumerate() {
        for (name, fast, slow) in [("a", 100.0, 50.0), ("b", 150.0, 50.1)] {
            let baseline = format!("{name}{}", place + 1);
            criterion(&root, "parse/big file", &baseline, fast * factor, r#"{"Bytes":1024}"#);
            criterion(&root, "print/x", &baseline, slow * factor, "null");
        }
    }
    let sides = ["a1,a2,a3,a4", "b1,b2,b3,b4"];
    let text = said(&compare(folder.path(), &sides).success());
    assert!(text.contains("1 regressed, 0 improved, 1 unchanged") && text.contains("are assumed to be"), "{text}");
    compare(folder.path(), &[&sides[..], &["--fail-on", "worse"]].concat()).code(1);

    let text = said(&compare(folder.path(), &["a1", "b1", "--all"]).success());
    assert!(
        text.contains("one run a side shows no spread") && text.contains("1+1r") && text.contains("50.0 %"),
        "{text}"
    );
    compare(folder.path(), &["a1", "b1", "--fail-on", "worse"]).code(1);
    let text = said(&compare(folder.path(), &["b1", "a1", "--fail-on", "worse"]).success());
    assert!(text.contains("0 regressed, 1 improved, 0 unchanged, 1 inconclusive"), "{text}");

    // Somewhere else, and by every form.
    let elsewhere = folder.path().join("elsewhere");
    criterion(&elsewhere, "parse/big file", "new", 120.0, r#"{"Bytes":1024}"#);
    for candidate in ["elsewhere", "criterion:elsewhere", "criterion:elsewhere@new"] {
        let text = said(&compare(folder.path(), &["criterion:@a1", candidate, "--all"]).success());
        assert!(text.contains("20.0 %") && text.contains("print/x"), "{candidate}: {text}");
    }
    compare(folder.path(), &["new", "new", "--criterion", "elsewhere"]).code(3);
}

#[test]
fn compares_the_counts_of_any_package() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("target/gungraun");
    summary(&root, "sum", 102_000, 100_000);
    summary(&root, "max", 50_000, 50_000);
    let text = said(&compare(folder.path(), &["iai:target/gungraun@old", "iai:target/gungraun"]).success());
    assert!(text.contains("1 regressed, 0 improved, 1 unchanged") && text.contains("bench/group/sum"), "{text}");
    compare(folder.path(), &["iai:target/gungraun@old", "target/gungraun", "--fail-on", "worse"]).code(1);
}

#[test]
fn a_benchmark_of_which_a_file_is_damaged_is_missing_for_that() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("target/criterion");
    for (baseline, ns) in [("a", 10.0), ("b", 11.0)] {
        let broken = criterion(&root, "g/broken", baseline, ns, "null");
        criterion(&root, "g/whole", baseline, ns, "null");
        if baseline == "b" {
            fs::write(broken.join("estimates.json"), r#"{"median":{"point_estimate":null}}"#).unwrap();
        }
    }
    let text = said(&compare(folder.path(), &["a", "b", "--all"]).code(3));
    assert!(text.contains("g/whole 1+1r +10.0 %"), "{text}");
    assert!(text.contains("g/broken: its files cannot be used"), "{text}");
}

#[test]
fn what_other_tools_found_beside_the_counts_is_said() {
    let folder = tempfile::tempdir().unwrap();
    for (side, errors) in [("before", r#"{"new":0}"#), ("after", r#"{"new":2,"old":1}"#)] {
        let root = folder.path().join(side);
        summary(&root, "sum", 100_000, 100_000);
        let path = root.join("sum/summary.json");
        let text = fs::read_to_string(&path).unwrap();
        let memcheck = format!(
            r#""profiles":[{{"tool":"Memcheck","data":{{"total":{{"metrics":{{"Errors":{{"values":{errors}}}}}}}}}}},"#
        );
        fs::write(path, text.replace(r#""profiles":["#, &memcheck)).unwrap();
    }
    for (baseline, change) in [("iai:before", "Memcheck Errors: 0 → 2"), ("iai:after@old", "Memcheck Errors: 1 → 2")]
    {
        let text = said(&compare(folder.path(), &[baseline, "iai:after", "--all"]).success());
        assert!(text.contains(change), "{text}");
    }
}

#[test]
fn files_of_other_tools_are_judged_unless_they_name_two_machines() {
    let folder = tempfile::tempdir().unwrap();
    for (file, host, ns) in [("a.json", "x", 100), ("b.json", "x", 300), ("c.json", "y", 300)] {
        let report = format!(
            r#"{{"context":{{"host_name":"{host}"}},"benchmarks":[{{"name":"a","real_time":{ns},"time_unit":"ns"}}]}}"#
        );
        fs::write(folder.path().join(file), report).unwrap();
    }
    let text = said(&compare(folder.path(), &["a.json", "b.json", "--fail-on", "worse"]).code(1));
    // The gate does not build it, every row is printed, and a series has one name.
    assert!(text.contains("next: `--all` prints") && text.contains("a real_time"), "{text}");
    assert!(!text.contains("wall_time"), "{text}");
    let refused = compare(folder.path(), &["a.json", "c.json", "--fail-on", "worse"]).code(3);
    let error = String::from_utf8(refused.get_output().stderr.clone()).unwrap();
    assert!(error.contains("`a.json` and `c.json` name the machines x and y"), "{error}");
}

#[test]
fn rates_of_other_tools_are_not_judged_as_costs() {
    let folder = tempfile::tempdir().unwrap();
    for (file, value) in [("slow.csv", 100), ("fast.csv", 300)] {
        let table = format!("series,index,value,unit,better\nx,1,{value},ns,higher\n");
        fs::write(folder.path().join(file), table).unwrap();
    }
    let compared = compare(folder.path(), &["slow.csv", "fast.csv", "--fail-on", "worse"]).code(4);
    assert!(said(&compared).contains("holds only rates or other values"), "{}", said(&compared));
}

#[test]
fn a_series_that_cannot_be_compared_is_no_answer_unless_it_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    for (file, rate) in [("a.csv", 5), ("b.csv", 3)] {
        let table = format!("name,value,unit\nmap,1000,instructions\nsend,{rate},MB/s\n");
        fs::write(folder.path().join(file), table).unwrap();
    }
    let demanded = ["a.csv", "b.csv", "--fail-on", "worse"];
    let error = said(&compare(folder.path(), &demanded).code(4));
    assert!(error.contains("1 of the baseline's series cannot be compared, the first of them send"), "{error}");
    for narrowed in [["--metric", "callgrind_instructions"], ["--filter", "map"]] {
        compare(folder.path(), &[&demanded[..], &narrowed].concat()).code(0);
    }
    compare(folder.path(), &demanded[..2]).code(0);
}

#[test]
fn metrics_of_other_tools_are_no_pair() {
    let folder = tempfile::tempdir().unwrap();
    for (file, metric, value) in [("median.csv", "p50", 100), ("tail.csv", "p99", 300)] {
        let table = format!("series,metric,index,value,unit\nx,{metric},1,{value},ns\n");
        fs::write(folder.path().join(file), table).unwrap();
    }
    let compared = compare(folder.path(), &["median.csv", "tail.csv", "--fail-on", "worse"]).code(4);
    assert!(!said(&compared).contains("1 regressed"), "{}", said(&compared));
}

#[test]
fn benchmarks_of_one_side_are_named_and_not_a_change() {
    let (mut before, mut after) = (run(1, 0, 200.0), run(2, 1, 200.0));
    before.measurements.push(in_rounds("spawn/old", Metric::PageFaults, &[1.0; 3]));
    after.measurements.push(in_rounds("spawn/young", Metric::PageFaults, &[1.0; 3]));
    let folder = stored(&[before, after]);
    let text = said(&compare(folder.path(), &["0001", "0002", "--all"]).success());
    assert!(text.contains("New benchmarks, not in the baseline new: spawn/young page_faults"), "{text}");
    assert!(text.contains("Missing benchmarks, not in the candidate missing: spawn/old"), "{text}");
    assert!(text.contains("0 regressed, 0 improved, 2 unchanged"), "{text}");
}

#[test]
fn files_that_are_not_runs_are_skipped_with_a_note() {
    let folder = history();
    let path = store(folder.path(), &run(14, 2, 300.0));
    fs::write(path.with_file_name("20260101T000000Z-nocommit-00000000000000bb.json"), "{").unwrap();
    let text = said(&compare(folder.path(), &["aaaa", "bbbb"]).success());
    assert!(text.contains("skipped: results/v1") && text.contains("it ends early"), "{text}");
    let shown = complaint(&program::parcost(folder.path(), &["show", "last"]).success());
    assert!(shown.contains("it ends early"), "{shown}");
}

#[test]
fn the_help_says_how_a_side_is_named() {
    let text = output(&compare(Path::new("."), &["--help"]).success());
    for form in ["last, previous", "commit:REVISION", "criterion:DIR@NAME", "iai:DIR", "machine=KEY", "Exit codes"] {
        assert!(text.contains(form), "{form}: {text}");
    }
}
