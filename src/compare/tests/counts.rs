//! Counts of instructions.

use super::*;

fn counts(benchmark: &'static str, count: f64) -> Told {
    let metric = Metric::CallgrindInstructions;
    Told { topic: "callgrind", benchmark, metric, rounds: vec![count], calibrator: None, samples: 1 }
}

#[test]
fn counts_are_exact() {
    let cases = [
        ("equal", "parse/json", 100_000.0, 100_000.0, Verdict::NoChange, ""),
        ("below the notice", "parse/json", 100_000.0, 100_050.0, Verdict::NoChange, ""),
        ("a notice", "parse/json", 100_000.0, 100_300.0, Verdict::NoChange, "notice: +0.30 %"),
        ("more", "parse/json", 100_000.0, 100_600.0, Verdict::Slower, ""),
        ("less", "parse/json", 100_000.0, 99_000.0, Verdict::Faster, ""),
        ("few instructions", "parse/json", 1_000.0, 1_090.0, Verdict::NoChange, "notice: +9.00 %"),
        ("threads", "calc/threads", 100_000.0, 102_000.0, Verdict::Inconclusive, "notice: the count moved"),
        ("threads, a little", "calc/threads", 100_000.0, 100_900.0, Verdict::NoChange, "notice: +0.90 %"),
        ("collapsed", "parse/json", 100_000.0, 3_000.0, Verdict::Refused, "count collapsed"),
        ("nothing", "parse/json", 100_000.0, 0.0, Verdict::Refused, "holds 0 instructions"),
    ];
    for (name, benchmark, before, after, expected, reason) in cases {
        let row = row(counts(benchmark, before), counts(benchmark, after));
        assert_eq!(row.verdict, expected, "{name}: {row:?}");
        assert!(row.reason.unwrap_or_default().contains(reason), "{name}");
    }
}

#[test]
fn counts_that_scatter_raise_their_own_floor() {
    let side_of = |first: u64, values: &[f64]| -> Vec<Run> {
        (first..).zip(values).map(|(id, &value)| run(id, &[counts("parse/json", value)])).collect()
    };
    let steady = compared(&side_of(1, &[100_000.0, 100_000.0]), &side_of(5, &[101_000.0]));
    assert_eq!(steady.rows[0].verdict, Verdict::Slower);
    let scattered = compared(&side_of(1, &[100_000.0, 100_500.0]), &side_of(5, &[101_000.0]));
    assert_eq!(scattered.rows[0].verdict, Verdict::NoChange);
    assert!((scattered.rows[0].floor.unwrap() - 0.015).abs() < 1e-9);
}

#[test]
fn counts_of_unlike_tools_are_not_judged() {
    let with = |id, name: &str, value: &str| {
        let mut run = run(id, &[counts("parse/json", 100_000.0)]);
        let facts = if name == "libc_dispatch" { &mut run.machine.software } else { &mut run.toolchain.facts };
        facts.insert(name.to_owned(), Fact::Value(value.to_owned()));
        run
    };
    for name in ["valgrind", "libc", "rustc", "libc_dispatch"] {
        let comparison = compared(&[with(1, name, "3.19")], &[with(2, name, "3.20")]);
        let reason = comparison.rows[0].reason.clone().unwrap();
        assert_eq!(comparison.rows[0].verdict, Verdict::Inconclusive, "{name}");
        assert!(["3.19", "3.20", "0000000000000002.json", name].iter().all(|it| reason.contains(it)), "{reason}");
    }
}
