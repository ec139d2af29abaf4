//! Counts of instructions.

use super::*;

fn counts(benchmark: &'static str, count: f64) -> Measured {
    let metric = Metric::CallgrindInstructions;
    Measured { topic: "callgrind", benchmark, metric, rounds: vec![count], reference: None, samples: 1 }
}

#[test]
fn counts_are_exact() {
    let cases = [
        ("equal", "parse/json", 100_000.0, 100_000.0, Verdict::Unchanged, ""),
        ("below what is mentioned", "parse/json", 100_000.0, 100_050.0, Verdict::Unchanged, ""),
        ("below the threshold", "parse/json", 100_000.0, 100_300.0, Verdict::Unchanged, "+0.30 %, below the threshold"),
        ("more", "parse/json", 100_000.0, 100_600.0, Verdict::Regressed, ""),
        ("less", "parse/json", 100_000.0, 99_000.0, Verdict::Improved, ""),
        ("few instructions", "parse/json", 1_000.0, 1_090.0, Verdict::Unchanged, "(90 instructions), no more than 100"),
        ("threads", "parse/threads", 100_000.0, 102_000.0, Verdict::Inconclusive, "the count changed"),
        ("threads, a little", "parse/threads", 100_000.0, 100_900.0, Verdict::Unchanged, "+0.90 %, below"),
        ("means of counts", "parse/json", 100_000.5, 102_000.0, Verdict::Inconclusive, "one run a side"),
        ("collapsed", "parse/json", 100_000.0, 3_000.0, Verdict::Invalid, "count collapsed"),
        ("nothing", "parse/json", 100_000.0, 0.0, Verdict::Invalid, "holds 0 instructions"),
    ];
    for (name, benchmark, before, after, expected, reason) in cases {
        let row = row(counts(benchmark, before), counts(benchmark, after));
        assert_eq!(row.verdict, expected, "{name}: {row:?}");
        assert!(row.reason.map_or(String::new(), |it| it.to_string()).contains(reason), "{name}");
    }
}

#[test]
fn counts_that_scatter_raise_their_own_threshold() {
    let side_of = |first: u64, values: &[f64]| -> Vec<Run> {
        (first..).zip(values).map(|(id, &value)| run(id, &[counts("parse/json", value)])).collect()
    };
    let steady = compared(&side_of(1, &[100_000.0, 100_000.0]), &side_of(5, &[101_000.0]));
    assert_eq!(steady.rows[0].verdict, Verdict::Regressed);
    let scattered = compared(&side_of(1, &[100_000.0, 100_500.0]), &side_of(5, &[101_000.0]));
    assert_eq!(scattered.rows[0].verdict, Verdict::Unchanged);
    assert!((scattered.rows[0].threshold.unwrap() - 0.015).abs() < 1e-9);
}
