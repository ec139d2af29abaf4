//! What `parcost compare` attributes a change to, and how it exits: the machine is never taken for the code.

use crate::made::{compare, complaint, output, run, said, stored, timed};
use parcost::rooms::model::{Fact, Run};

/// A run of three groups, each with its lower bound, that takes `factor` times as long in all; the workload `b/work` takes
/// `own` times as long on top.
fn planted(id: u64, binaries: &str, kernel: &str, factor: f64, own: f64) -> Run {
    let mut run = run(id, usize::from(id > 1), 1.0);
    run.commit.binaries_hash = Some(binaries.to_owned());
    run.machine.software.insert("kernel_release".to_owned(), Fact::Value(kernel.to_owned()));
    run.conditions_before.facts.insert("pressure_cpu_some_percent".to_owned(), Fact::Value(format!("{}", id * 10)));
    run.measurements = ["a", "b", "c"]
        .into_iter()
        .flat_map(|group| {
            let own = if group == "b" { own } else { 1.0 };
            let lower_bound = timed(&format!("{group}/floor"), 1e4 * factor);
            let mut work = timed(&format!("{group}/work"), 2e4 * factor * own);
            work.lower_bound = Some(lower_bound.benchmark.clone());
            [lower_bound, work]
        })
        .collect();
    run
}

/// The error where the page says it all.
const NOTHING: &str = "";

#[test]
fn a_planted_machine_is_not_a_regression_and_a_planted_workload_is() {
    let folder = stored(&[
        planted(1, "0123", "6.1", 1.0, 1.0),
        planted(2, "4567", "6.2", 1.6, 1.0),
        planted(3, "4567", "6.1", 1.0, 1.6),
        planted(4, "0123", "6.1", 1.0, 1.6),
        planted(5, "4567", "6.2", 1.6, 4.0),
    ]);
    let cases = [
        ("another kernel, and all is slower", "0002", 4, "attributed to: 6 machine", "did so with the machine"),
        ("one workload", "0003", 1, "attributed to: 1 code", NOTHING),
        ("the same binaries", "0004", 4, "attributed to: 1 machine", "both sides measured the same binaries"),
        ("the machine, and one workload far beyond it", "0005", 1, "attributed to: 1 code, 5 machine", NOTHING),
    ];
    for (name, candidate, exit, causes, why) in cases {
        let text = said(&compare(folder.path(), &["0001", candidate]).success());
        assert!(text.contains(causes) && text.contains("CPU pressure, before 10.0 %"), "{name}: {text}");
        let failed = compare(folder.path(), &["0001", candidate, "--fail-on", "worse"]).code(exit);
        let complaint = complaint(&failed);
        assert!(if why == NOTHING { complaint.is_empty() } else { complaint.contains(why) }, "{name}: {complaint}");
    }
    let text = said(&compare(folder.path(), &["0001", "0002", "--all"]));
    assert!(text.contains("kernel kernel release 6.1 6.2") && text.contains("binaries measured binaries 0123 4567"));
    assert!(text.contains("note what got worse, 6 of 6 rows, did so with the machine"), "{text}");
    assert!(text.contains("machine, 6 rows: 3 of 3 lower bounds changed along"), "{text}");
}

#[test]
fn programs_read_the_same_facts() {
    let folder = stored(&[planted(1, "0123", "6.1", 1.0, 1.0), planted(2, "4567", "6.2", 1.6, 1.0)]);
    let json = output(&compare(folder.path(), &["0001", "0002", "--format=json"]).success());
    let printed: serde_json::Value = serde_json::from_str(&json).unwrap();
    let comparison = &printed;
    let kernel = serde_json::json!({"kind": "kernel", "name": "kernel_release", "baseline": "6.1", "candidate": "6.2"});
    assert!(comparison["environment_diff"].as_array().unwrap().contains(&kernel), "{json}");
    assert!(comparison["rows"].as_array().unwrap().iter().all(|row| row["attribution"] == "machine"), "{json}");
    let together = &comparison["moved_groups"][0];
    assert_eq!((&together["attribution"], &together["group"]), (&"machine".into(), &"a".into()));
    assert_eq!(together["benchmarks"], serde_json::json!(["a/floor", "a/work"]));
    assert!((together["ratio"]["center"].as_f64().unwrap() - 1.6).abs() < 1e-9, "{together}");
}
