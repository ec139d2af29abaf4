//! Scaling over the commits: `parcost trend` says which number of workers lost something, and which did not.

mod made;
mod program;

use made::{commit_id, facts, measurement, run};
use parcost::rooms::advise::law_series;
use parcost::rooms::model::{Metric, Run};
use parcost::rooms::store;
use program::{output, program};
use serde_json::Value;

const MACHINE: &str = "x86_64-made-up-8c-00000000";
const COMMITS: usize = 40;
const STEP_AT: usize = 24;
/// What is left of the throughput of eight workers.
const LEFT: f64 = 0.88;

/// Runs on eight processors in which the workers of `calc/threads` take the times of `level`, by their number and
/// the commit, in units of a millisecond, under a small ripple.
fn runs(level: impl Fn(u64, usize) -> f64) -> Vec<Run> {
    let made = |commit: usize| {
        let mut run = run(MACHINE, commit);
        run.machine.hardware = facts(&[("cpus_usable", "8")]);
        let time = |workers: u64| {
            let id = format!("calc/threads/workers={workers}").parse().expect("a benchmark's name");
            let ripple = 1.0 + 0.001 * ((commit * (5 + 2 * workers as usize)) % 7) as f64;
            measurement("cpu", id, Metric::WallTime, 1e6 * level(workers, commit) * ripple, 6, 1.0)
        };
        run.measurements = [1, 2, 4, 8, 16].map(time).into();
        let (measurements, omissions) = law_series(&run);
        run.measurements.extend(measurements);
        run.omissions.extend(omissions);
        run
    };
    (0..COMMITS).map(made).collect()
}

/// What `parcost trend` says of the runs, and whether it ends with an error.
fn trend(runs: Vec<Run>, arguments: &[&str]) -> (String, Option<i32>) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    for run in &runs {
        store::append(&folder.path().join("results"), run).expect("the folder is new");
    }
    // Wide enough for whole names.
    let assert = program(folder.path()).env("COLUMNS", "120").arg("trend").args(arguments).assert();
    (output(&assert), assert.get_output().status.code())
}

/// A gentle curve, in which eight workers and more take longer from a commit on.
fn eight_lose(workers: u64, commit: usize) -> f64 {
    let gentle = 1.0 + 0.02 * (workers - 1) as f64;
    if workers >= 8 && commit >= STEP_AT { gentle / LEFT } else { gentle }
}

#[test]
fn eight_workers_lost_an_eighth_and_one_worker_nothing() {
    let (text, code) = trend(runs(eight_lose), &["--format", "json", "--fail-on", "worse"]);
    assert_eq!(code, Some(1), "{text}");
    let rows: Value = serde_json::from_str(&text).expect("JSON");
    let history = &rows["histories"][0];
    let [finding] = &history["findings"].as_array().expect("findings")[..] else { panic!("{text}") };
    assert_eq!((&finding["verdict"], &finding["culprit"]), (&"regressed".into(), &commit_id(STEP_AT).into()), "{text}");
    let series = finding["series"].as_array().expect("series");
    let name = |it: &Value| format!("{} {}", it["benchmark"].as_str().unwrap(), it["metric"].as_str().unwrap());
    let changed: Vec<String> = series.iter().map(name).collect();
    for expected in ["calc/threads/workers=8 efficiency", "calc/threads serial_share"] {
        assert!(changed.iter().any(|series| series == expected), "{expected} is not among {changed:?}");
    }
    for workers in [1, 2, 4] {
        assert!(!changed.iter().any(|series| series.contains(&format!("workers={workers} "))), "{changed:?}");
    }
    let unchanged = serde_json::json!([{ "benchmark": "calc/threads", "workers": [1, 2, 4] }]);
    assert_eq!(finding["unchanged"], unchanged);
    let size = (1.0 + finding["change"]["center"].as_f64().expect("a number")).ln().abs();
    assert!((size + LEFT.ln()).abs() < 0.005, "times that rise and efficiencies that fall are one change: {size}");
    let efficiency = series.iter().find(|it| name(it) == "calc/threads/workers=8 efficiency").expect("it changed");
    let change = efficiency["change"]["center"].as_f64().expect("a number");
    assert!((change - (LEFT - 1.0)).abs() < 0.005, "{change}");
}

#[test]
fn the_page_says_who_lost_and_who_did_not() {
    let (text, _) = trend(runs(eight_lose), &[]);
    let words: Vec<&str> = text.split_whitespace().collect();
    let printed = words.join(" ");
    for expected in
        ["Unchanged: calc/threads with 1, 2, 4 workers.", "calc/threads/workers=8 efficiency -12.0 % ✗ regressed"]
    {
        assert!(printed.contains(expected), "{expected} is not in {text}");
    }
}

#[test]
fn one_worker_that_got_faster_makes_nothing_worse() {
    let level = |workers: u64, commit: usize| if workers == 1 && commit >= STEP_AT { LEFT } else { 1.0 };
    let (text, code) = trend(runs(level), &["--fail-on", "worse"]);
    assert_eq!(code, Some(0), "several have lost no more than their lead: {text}");
    assert!(text.contains("improved") && text.contains("workers=8 efficiency"), "{text}");
}
