//! `parcost trend` over stored runs, as its users meet it.

mod made;
mod program;

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::assert::Assert;
use made::{commit_id, facts, measurement, run};
use parcost::rooms::model::{Fact, Metric, Run};
use parcost::rooms::store;
use program::{complaint, git_at, output, program};
use serde_json::Value;

const MACHINE: &str = "x86_64-made-up-2c-00000000";
const OTHER: &str = "x86_64-made-up-4c-00000000";

fn trend(folder: &Path, arguments: &[&str]) -> Assert {
    program(folder).arg("trend").args(arguments).assert()
}

/// The data of all machines.
fn data(folder: &Path, arguments: &[&str]) -> Value {
    let text = output(&trend(folder, &[arguments, &["--format", "json"]].concat()).success());
    serde_json::from_str(&text).expect("JSON")
}

/// How many commits of the first machine were measured.
fn commits(data: &Value) -> usize {
    data["histories"][0]["commits"].as_array().expect("a list").len()
}

/// Runs of `commits` commits in which the counts of `spawn/thread` rise by `factor` at commit 6, and a wall time is steady.
fn runs(machine: &str, commits: usize, factor: f64) -> Vec<Run> {
    let made = |commit: usize| {
        let mut run = run(machine, commit);
        let counts = if commit < 6 { 100_000.0 } else { 100_000.0 * factor };
        let thread = || "spawn/thread/count=1".parse().expect("a benchmark's name");
        let time = 12_000.0 * (1.0 + 0.001 * (commit * 7 % 5) as f64);
        run.measurements = vec![
            measurement("callgrind", thread(), Metric::CallgrindInstructions, counts, 1, 1.0),
            measurement("spawn", thread(), Metric::WallTime, time, 6, 1.0),
        ];
        run
    };
    (0..commits).map(made).collect()
}

/// A folder in which these runs are stored, in the order in which they come.
fn stored(runs: impl IntoIterator<Item = Run>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    for run in runs {
        file(folder.path(), &run);
    }
    folder
}

/// Writes a run where it belongs, and says where.
fn file(folder: &Path, run: &Run) -> PathBuf {
    let place = store::layout::machine_folder(&folder.join("results"), &run.machine.key);
    fs::create_dir_all(&place).expect("the folder is ours");
    let path = place.join(store::layout::file_name(run).expect("made with a name"));
    fs::write(&path, serde_json::to_string(run).expect("made to be stored")).expect("the folder is ours");
    path
}

#[test]
fn a_step_is_reported_with_its_culprit_in_every_format() {
    let folder = stored(runs(MACHINE, 24, 1.02));
    let commit = &commit_id(6)[..12];
    for format in ["terminal", "markdown", "json"] {
        let text = output(&trend(folder.path(), &["--format", format]).success());
        assert!(text.contains(commit) && text.contains("regressed") && text.contains("made-up-2c"), "{format}: {text}");
    }
    let history = &data(folder.path(), &[])["histories"][0];
    let finding = &history["findings"][0];
    assert_eq!((&finding["culprit"], &finding["from"]), (&commit_id(6).into(), &commit_id(5).into()));
    let series = &finding["series"][0];
    assert_eq!(
        (&series["benchmark"], &series["metric"]),
        (&"spawn/thread/count=1".into(), &"callgrind_instructions".into())
    );
    assert!((finding["change"]["center"].as_f64().unwrap() - 0.02).abs() < 1e-9, "{finding}");
    let counted = |it: &&Value| it["metric"] == "callgrind_instructions";
    let series = history["series"].as_array().unwrap();
    assert_eq!(series.iter().find(counted).unwrap()["change_points"][0]["change_point"], 6);
    assert_eq!((series.len(), history["drifts"].as_array().unwrap().len()), (2, 0));
    assert_eq!(history["commits"].as_array().unwrap().len(), 24);
}

#[test]
fn the_exit_code_follows_what_was_asked_for() {
    let folder = stored(runs(MACHINE, 24, 1.02));
    let path = folder.path();
    trend(path, &[]).code(0);
    trend(path, &["--fail-on", "worse"]).code(1);
    trend(path, &["--fail-on", "worse", "--metric", "wall_time"]).code(0);
    trend(path, &["--fail-on", "worse", "--filter", "spawn/thread"]).code(1);
    let refused = complaint(&trend(path, &["--filter", "nothing"]).code(3));
    assert!(refused.contains("--filter"), "{refused}");
    let better = stored(runs(MACHINE, 24, 0.9));
    trend(better.path(), &["--fail-on", "worse"]).code(0);
    let short = stored(runs(MACHINE, 3, 1.0));
    let text = output(&trend(short.path(), &["--fail-on", "worse"]).code(4));
    assert!(text.contains("3 of the 20 values") && text.contains("3 of the 4 values"), "{text}");
    for arguments in [
        &["--from", "csv", "x.csv", "--all-machines"][..],
        &["--better", "higher"],
        &["--since", "yesterday"],
        &["--metric", "nothing"],
        &["--filter", "("],
        &["--machine", "a", "--all-machines"],
    ] {
        trend(path, arguments).code(2);
    }
}

#[test]
fn the_machine_is_this_one_or_the_only_one_or_named() {
    let folder = stored([runs(MACHINE, 24, 1.02), runs(OTHER, 24, 1.0)].concat());
    let path = folder.path();
    let refused = complaint(&trend(path, &[]).code(3));
    assert!(refused.contains("no run of this machine") && refused.contains(OTHER), "{refused}");
    let refused = complaint(&trend(path, &["--machine", "none"]).code(3));
    assert!(refused.contains("`none`") && refused.contains(MACHINE), "{refused}");
    trend(path, &["--machine", MACHINE, "--fail-on", "worse"]).code(1);
    trend(path, &["--machine", OTHER, "--fail-on", "worse"]).code(0);
    trend(path, &["--all-machines", "--fail-on", "worse"]).code(1);
    let data = data(path, &["--all-machines"]);
    let [one, other] = &data["histories"].as_array().unwrap()[..] else { panic!("{data}") };
    assert_eq!((&one["machine"], &one["outcome"]), (&MACHINE.into(), &"fail".into()));
    assert_eq!((&other["machine"], &other["outcome"]), (&OTHER.into(), &"pass".into()));
    let nothing = tempfile::tempdir().unwrap();
    let refused = complaint(&trend(nothing.path(), &[]).code(3));
    assert!(refused.contains("no run is stored in results"), "{refused}");
}

#[test]
fn files_that_are_no_runs_are_named_and_the_others_judged() {
    let folder = stored(runs(MACHINE, 24, 1.02));
    let path = file(folder.path(), &run(MACHINE, 30));
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, &text[..text.len() / 2]).unwrap();
    let future = file(folder.path(), &run(MACHINE, 31));
    fs::write(&future, text.replacen("\"schema_version\":1", "\"schema_version\":9", 1)).unwrap();
    fs::create_dir(folder.path().join("results/v2")).unwrap();
    let mut doubled = run(MACHINE, 5);
    doubled.commit.time = Some("2026-02-01T00:00:00Z".to_owned());
    file(folder.path(), &doubled);
    let printed = output(&trend(folder.path(), &[]).success());
    for part in ["it ends early", "schema version 9", "schema version 2", "2 runs", "share their id"] {
        assert!(printed.contains(part), "{part}: {printed}");
    }
    let data = data(folder.path(), &[]);
    assert_eq!(data["unusable"].as_array().unwrap().len(), 3);
    assert_eq!(commits(&data), 23, "of two runs that contradict each other none is believed");
}

#[test]
fn what_is_skipped_is_reported_and_can_be_included() {
    let mut all = runs(MACHINE, 24, 1.02);
    all[3].commit.dirty = true;
    all[4].profile = "quick".to_owned();
    all[5].profile = "filtered: spawn".to_owned();
    let folder = stored(all);
    let printed = output(&trend(folder.path(), &[]).success());
    for part in ["--include-dirty", "--include-quick", "--include-partial", "21 of 21 commits"] {
        assert!(printed.contains(part), "{part}: {printed}");
    }
    let all = data(folder.path(), &["--include-dirty", "--include-quick", "--include-partial"]);
    assert_eq!(all["histories"][0]["skipped"].as_array().unwrap().len(), 0);
    assert_eq!(commits(&data(folder.path(), &["--since", "2026-01-01T03:00:00Z"])), 12);
    assert_eq!(commits(&data(folder.path(), &["--branch", "main"])), 21);
    let refused = complaint(&trend(folder.path(), &["--branch", "side"]).code(3));
    assert!(refused.contains("nothing was measured on the branch `side`; there are main"), "{refused}");
}

#[test]
fn an_exported_history_is_judged_as_its_runs_are() {
    let made = |commit: usize, is_machine: bool| {
        let mut run = run(MACHINE, commit);
        let pace = if commit < 40 { 1.0 } else { 1.2 };
        let time = |benchmark: &str, pace: f64| {
            let ns = 12_000.0 * pace * (1.0 + 0.001 * (commit * 7 % 5) as f64);
            let machine = if is_machine { pace } else { 1.0 };
            measurement("spawn", benchmark.parse().expect("a name"), Metric::WallTime, ns, 6, machine)
        };
        run.measurements = vec![time("spawn/fork/count=1", pace), time("spawn/thread/count=1", pace)];
        let counts = if commit < 50 { 100_000.0 } else { 102_000.0 };
        run.measurements.push(measurement(
            "callgrind",
            "spawn/thread/count=1".parse().expect("a name"),
            Metric::CallgrindInstructions,
            counts,
            1,
            1.0,
        ));
        if commit >= 50 {
            run.toolchain.facts.insert("rustc".to_owned(), Fact::Value("of another year".to_owned()));
        }
        run.commit.binaries_hash = None;
        run
    };
    for is_machine in [true, false] {
        let mut all: Vec<Run> = (0..60).map(|commit| made(commit, is_machine)).collect();
        all[7].profile = "quick".to_owned();
        let folder = stored(all);
        let written = ["export", "--to", "history", "--output", "h.json"];
        program(folder.path()).args(written).assert().success();
        let [native, exported] = [data(folder.path(), &[]), data(folder.path(), &["h.json"])];
        let [native, exported] = [native, exported].map(|data| data["histories"][0].clone());
        for part in ["outcome", "counts", "count_breaks", "reference_workloads"] {
            assert_eq!(native[part], exported[part], "{part} of {is_machine}");
        }
        assert_eq!(native["outcome"], if is_machine { "pass" } else { "fail" });
        assert_eq!(native["findings"][0]["culprit"], exported["findings"][0]["culprit"]);
        assert_eq!(exported["series"].as_array().map(Vec::len), native["series"].as_array().map(Vec::len));
    }
}

#[test]
fn the_same_runs_give_the_same_bytes_in_whatever_order_they_were_stored() {
    let all = runs(MACHINE, 24, 1.02);
    let one = stored(all.iter().cloned());
    let other = stored(all.into_iter().rev());
    for format in ["terminal", "json"] {
        let printed = |folder: &tempfile::TempDir| output(&trend(folder.path(), &["--format", format]).success());
        assert_eq!(printed(&one), printed(&other));
    }
}

#[test]
fn what_else_changed_at_the_commit_is_reported() {
    let mut all = runs(MACHINE, 24, 1.02);
    for run in &mut all[6..] {
        run.machine.software = facts(&[("kernel_release", "6.2.0"), ("libc", "glibc 2.36")]);
    }
    let printed = output(&trend(stored(all).path(), &[]).success());
    assert!(printed.contains("kernel_release: 6.1.0 → 6.2.0"), "{printed}");
}

/// Whoever makes commits on a computer whose clock is wrong.
fn git(folder: &Path, arguments: &[&str], second: usize) -> String {
    git_at(folder, arguments, &format!("{} +0000", 1_700_000_000 - second))
}

#[test]
fn the_commit_graph_goes_before_clocks_and_other_branches_are_skipped() {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "--quiet", "--initial-branch=main"], 0);
    let mut all = runs(MACHINE, 12, 1.02);
    for (commit, run) in all.iter_mut().enumerate() {
        git(folder.path(), &["commit", "--quiet", "--allow-empty", "--message=c"], commit);
        run.commit.id = Some(git(folder.path(), &["rev-parse", "HEAD"], 0));
        run.commit.order = None;
        file(folder.path(), run);
    }
    file(folder.path(), &run(MACHINE, 40));
    let history = &data(folder.path(), &[])["histories"][0];
    assert_eq!(history["findings"][0]["culprit"], all[6].commit.id.clone().unwrap());
    assert_eq!(history["ordered_by"]["by"], "git");
    assert!(history["skipped"][0]["reason"]["text"].as_str().unwrap().contains("did not lead to the tip"), "{history}");
    git(folder.path(), &["checkout", "--quiet", "HEAD~7"], 0);
    assert_eq!(commits(&data(folder.path(), &[])), 5);
    assert_eq!(commits(&data(folder.path(), &["--branch", "main"])), 12);
}

/// A file of one rule.
fn accept(folder: &Path, name: &str, lines: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("inside the folder")).expect("the folder is ours");
    fs::write(path, format!("[[accepted]]\nreason = \"safer\"\n{lines}\n")).expect("the folder is ours");
}

#[test]
fn an_accepted_change_is_reported_and_does_not_fail() {
    let folder = stored(runs(MACHINE, 24, 1.1));
    let path = folder.path();
    let commit = commit_id(6);
    let rule = |rest: &str| format!("benchmark = \"spawn/*\"\ncommit = \"{}\"\n{rest}", &commit[..12]);
    accept(path, ".github/perf-accepted.toml", &rule("factor = 1.1"));
    let printed = output(&trend(path, &["--fail-on", "worse"]).code(0));
    assert!(printed.contains("accepted 1") && printed.contains("Accepted: safer."), "{printed}");
    accept(path, ".github/perf-accepted.toml", &rule("factor = 1.05"));
    trend(path, &["--fail-on", "worse"]).code(1);
    accept(path, "other.toml", &rule("metric = \"callgrind_instructions\"\nlevel = \"110000 instructions\""));
    trend(path, &["--fail-on", "worse", "--accepted", "other.toml"]).code(0);
    accept(path, "other.toml", &rule("factor = 1.1\nexpires = 2026-06-30"));
    let dated = ["--fail-on", "worse", "--accepted", "other.toml", "--today"];
    trend(path, &[&dated[..], &["2026-06-30"]].concat()).code(0);
    trend(path, &[&dated[..], &["2026-07-01"]].concat()).code(3);
}

#[test]
fn a_rule_that_cannot_stand_is_refused_with_its_line() {
    let folder = stored(runs(MACHINE, 24, 1.1));
    let commit = commit_id(6);
    let good = format!("benchmark = \"spawn/*\"\ncommit = \"{commit}\"\nfactor = 1.1");
    let cases = [
        ("expired", format!("{good}\nexpires = 2020-01-01"), ":1:", "expired on 2020-01-01; remove it"),
        ("no series", good.replace("spawn", "swpan"), ":1:", "matches no series"),
        ("no commit", good.replace(&commit, "abcdef0123"), ":1:", "names a commit that is not in this history"),
        ("no limit", good.replace("factor = 1.1", ""), ":1:", "give one of `factor`"),
        ("unknown field", format!("{good}\nfacter = 2"), ":6:", "unknown field"),
        ("bad pattern", good.replace("spawn/*", "spawn/["), ":3:", "is not a pattern"),
    ];
    for (name, lines, line, reason) in cases {
        accept(folder.path(), "rules.toml", &lines);
        let refused = complaint(&trend(folder.path(), &["--accepted", "rules.toml"]).code(3));
        assert!(["rules.toml", line, reason].iter().all(|part| refused.contains(part)), "{name}: {refused}");
    }
    let refused = complaint(&trend(folder.path(), &["--accepted", "none.toml"]).code(3));
    assert!(refused.contains("cannot read none.toml"), "{refused}");
}
