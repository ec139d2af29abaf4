//! `parcost compare` of machines: how they are named, what is compared, and that nothing of it is a verdict.

use std::path::Path;

use crate::made::{compare, complaint, output, run, said, stored, timed};
use parcost::rooms::model::{Estimate, Fact, MachineKey, Measurement, Metric, Run};

const KEYS: [&str; 3] = ["abacus-2c-00000001", "slide-rule-2c-00000002", "slide-rule-4c-00000003"];

/// The run of a machine on which a fork takes so many µs, where a thread takes 100.
fn on(place: usize, fork: f64, kernel: &str) -> Run {
    let mut run = run(place as u64 + 1, 0, fork);
    run.machine.key = MachineKey::new(KEYS[place]).expect("a plain slug");
    for (name, value) in [("cpu_name", KEYS[place]), ("kernel_release", kernel)] {
        run.machine.software.insert(name.to_owned(), Fact::Value(value.to_owned()));
    }
    run
}

/// Three machines: the first two agree, the third disagrees, and it alone has another kernel.
fn three() -> tempfile::TempDir {
    stored(&[on(0, 900.0, "6.1"), on(1, 800.0, "6.1"), on(2, 10.0, "6.18")])
}

fn printed(folder: &Path, more: &[&str]) -> serde_json::Value {
    let arguments = [&KEYS[..], &["--format", "json"], more].concat();
    serde_json::from_str(&output(&compare(folder, &arguments).success())).expect("it is JSON")
}

#[test]
fn a_disagreement_is_the_headline() {
    let folder = three();
    for format in ["terminal", "markdown"] {
        let text = said(&compare(folder.path(), &[&KEYS[..], &["--all", "--format", format]].concat()).success());
        let pieces = [
            "Comparison of 3 machines",
            "none: THE MACHINES DIFFER",
            "the machines disagree in 1 claim;",
            "Threads or processes?",
            "Key costs",
            "The largest significant differences of ratios",
            "Where the machines disagree",
            "How they differ",
            "Geometric means on each machine, by topic",
            "Ratios on each machine",
        ];
        let places: Vec<usize> =
            pieces.iter().map(|piece| text.find(piece).unwrap_or_else(|| panic!("no {piece} in {text}"))).collect();
        assert!(places.is_sorted(), "{places:?}: {text}");
        assert!(!text.contains("slower,") && !text.contains("regressed:"), "{text}");
    }
    let printed = printed(folder.path(), &[]);
    let machines = &printed["machines"];
    assert_eq!(machines["disagreements"].as_array().expect("a list").len(), 1);
    let differences = machines["differences"].as_array().expect("a list");
    let explained: Vec<_> = differences.iter().map(|it| (it["name"].as_str(), it["explains"].as_u64())).collect();
    assert_eq!(explained, [(Some("kernel_release"), Some(1)), (Some("cpu_name"), Some(0))]);
    assert_eq!(printed["compared"][2]["key"], KEYS[2]);
}

#[test]
fn with_two_machines_no_fact_is_preferred_and_the_page_says_so() {
    let folder = three();
    let text = said(&compare(folder.path(), &[KEYS[0], KEYS[2], "--all"]).success());
    assert!(text.contains("With two machines every fact splits them as every answer does"), "{text}");
    assert!(!text.contains("explains"), "{text}");
    let text = said(&compare(folder.path(), &[KEYS[0], KEYS[1]]).success());
    assert!(text.contains("no answers of the machines exclude each other") && text.contains("B ÷ A"), "{text}");
}

#[test]
fn what_a_machine_has_in_another_form_says_so_in_its_cells_and_the_headline_counts_it_as_open() {
    let mut runs = [on(0, 900.0, "6.1"), on(1, 800.0, "6.1")];
    runs[1].forms.insert("spawn".to_owned(), 2);
    runs.iter_mut().for_each(|run| run.measurements.push(timed("round_trip/futex_threads/cpus=2", 1e4)));
    let folder = stored(&runs);
    let text = said(&compare(folder.path(), &[KEYS[0], KEYS[1], "--all"]).success());
    let pieces = [
        "headline 1 answer is open (1 in another form); no answers of the machines exclude each other; 0 answers",
        "start a thread, same CPU in another form 99.6 µs",
        "a forked process costs more to start in another form yes: 8.00×",
        "the benchmark itself changed: from form 1 to form 2",
    ];
    for piece in pieces {
        assert!(text.contains(piece), "no {piece} in {text}");
    }
}

#[test]
fn two_files_are_compared_wherever_they_are_and_what_one_lacks_is_not_inconclusive() {
    let (mut one, other) = (on(0, 900.0, "6.1"), on(1, 800.0, "6.1"));
    one.measurements.push(timed("spawn/posix_spawn/count=1", 8e5));
    let folder = stored(&[one, other]);
    let file = |key: &str| {
        let files = std::fs::read_dir(folder.path().join("results/v1").join(format!("machine={key}"))).unwrap();
        let mut paths = files.map(|entry| entry.unwrap().path());
        paths.find(|path| !path.ends_with("machine.json")).unwrap()
    };
    let empty = tempfile::tempdir().unwrap();
    for (name, key) in [("a.json", KEYS[0]), ("b.json", KEYS[1])] {
        std::fs::copy(file(key), empty.path().join(name)).unwrap();
    }
    let text = said(&compare(empty.path(), &["a.json", "b.json"]).success());
    assert!(
        text.contains("Comparison of 2 machines") && text.contains("start a thread, same CPU 99.6 µs 99.6 µs 1.00×"),
        "{text}"
    );
    assert!(text.contains("start a program, same CPU 797 µs not measured"), "{text}");
    let all = said(&compare(empty.path(), &["a.json", "b.json", "--all"]).success());
    assert!(!all.contains("no such benchmark"), "{all}");
}

#[test]
fn a_machine_is_named_by_what_it_alone_begins_with() {
    let folder = three();
    let text = said(&compare(folder.path(), &["aba", "machine=slide-rule-2", "slide-rule-4c"]).success());
    assert!(KEYS.iter().all(|key| text.contains(&format!("{key}: run"))), "{text}");
    type Case<'a> = (&'a [&'a str], i32, &'a str);
    let cases: [Case; 7] = [
        (&["aba", "slide"], 3, "`slide` is a part of several keys (slide-rule-2c-00000002, slide-rule-4c"),
        (&["aba", "machine=slide"], 3, "`slide` is a part of several keys"),
        (&["aba", KEYS[1], "abacus"], 3, "`abacus` is another name for the machine abacus-2c-00000001"),
        (&["aba", KEYS[1], "trunk"], 3, "`trunk` has runs of several machines"),
        (&["aba", KEYS[1], "nonsense"], 3, "`nonsense` is not a stored run, commit, branch or machine"),
        (&["aba", KEYS[1], KEYS[2], "--filter", "nothing"], 4, "matches --filter"),
        (&["aba", KEYS[1], KEYS[2], "--fail-on", "worse"], 4, "between which nothing is judged"),
    ];
    for (arguments, code, piece) in cases {
        let complaint = complaint(&compare(folder.path(), arguments).code(code));
        assert!(complaint.contains(piece), "{arguments:?}: {complaint}");
    }
}

#[test]
fn costs_are_normalized_visibly_and_what_cannot_be_is_skipped_with_its_reason() {
    let with_references = |mut run: Run| {
        let thread = &mut run.measurements[1];
        thread.lower_bound = Some("spawn/floor_thread/count=1".parse().expect("a benchmark's name"));
        thread.reference = Some("syscall".to_owned());
        thread.normalized = Some(Estimate::exact(25.0).expect("a number"));
        run.measurements.push(timed("spawn/floor_thread/count=1", 5e4));
        run
    };
    let folder = stored(&[with_references(on(0, 900.0, "6.1")), with_references(on(1, 800.0, "6.1"))]);
    for (by, piece) in [("reference", "BY REFERENCE WORKLOAD"), ("lower-bound", "BY LOWER BOUND")] {
        let text = said(&compare(folder.path(), &[KEYS[0], KEYS[1], "--all", "--normalize-by", by]).success());
        let first = text.find("NORMALIZED").expect("it is said");
        assert!(first < text.find("verdict").expect("it is said") && text.contains(piece), "{text}");
        assert!(text.contains("Absolute speed is divided out") && text.contains("spawn/fork/count=1"), "{text}");
    }
    let arguments = [KEYS[0], KEYS[1], "--normalize-by", "floor", "--format", "json"];
    let printed: serde_json::Value =
        serde_json::from_str(&output(&compare(folder.path(), &arguments).success())).unwrap();
    assert_eq!(printed["machines"]["normalized_by"], "lower_bound");
    assert_eq!(printed["machines"]["rows"][0]["reference"], "spawn/floor_thread/count=1");
    let left = &printed["machines"]["skipped"][0];
    assert_eq!(
        (&left["benchmark"], &left["reason"]),
        (&"spawn/fork/count=1".into(), &"its group has no lower bound at these parameters".into())
    );

    let mut again = on(0, 910.0, "6.1");
    again.id = format!("{:04x}{:012x}", 9, 0);
    let folder = stored(&[on(0, 900.0, "6.1"), again]);
    let complaint = complaint(&compare(folder.path(), &["0001", "0009", "--normalise", "floor"]).code(3));
    assert!(complaint.contains("--normalize-by compares different machines"), "{complaint}");
}

#[test]
fn other_metrics_are_compared_where_they_are_asked_for() {
    let counted = |mut run: Run, fork: f64| {
        for (benchmark, count) in [("spawn/fork/count=1", fork), ("spawn/thread/count=1", 10.0)] {
            let counted = Measurement { metric: Metric::SystemCalls, ..timed(benchmark, count) };
            run.measurements.push(Measurement { topic: "counters".to_owned(), ..counted });
        }
        run
    };
    let folder = stored(&[counted(on(0, 900.0, "6.1"), 40.0), counted(on(1, 900.0, "6.1"), 4.0)]);
    let text = said(&compare(folder.path(), &[KEYS[0], KEYS[1], "--all", "--metric", "system_calls"]).success());
    assert!(
        text.contains("in 1 question of which mechanism is cheaper") && text.contains("yes: 4.00× no: 0.40×"),
        "{text}"
    );
}
