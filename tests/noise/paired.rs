//! Paired runs made of values that were measured or drawn elsewhere.

use parcost::rooms::model::{
    Class, Commit, Conditions, Machine, MachineKey, Metric, PAIRED_SCHEMA_VERSION, Pair, PairedBenchmark, PairedCount,
    PairedRun, Timing, Toolchain,
};

/// A run of these benchmarks and counts, and of nothing else.
pub(crate) fn run(benchmarks: Vec<PairedBenchmark>, counts: Vec<PairedCount>) -> PairedRun {
    let commit =
        Commit { id: None, branch: None, time: None, order: None, dirty: false, lock_hash: None, binaries_hash: None };
    let conditions = Conditions { time: "2026-01-01T00:00:00Z".to_owned(), facts: Default::default() };
    PairedRun {
        schema_version: PAIRED_SCHEMA_VERSION,
        id: "0000000000000000".to_owned(),
        started: conditions.time.clone(),
        duration_s: 0.0,
        budget_s: 0.0,
        seed: 0,
        baseline: commit.clone(),
        candidate: commit,
        commits: Vec::new(),
        same_code: true,
        identical: false,
        aligned: true,
        machine: Machine {
            key: MachineKey::new("made-up").expect("it is letters and a dash"),
            hardware: Default::default(),
            software: Default::default(),
        },
        conditions_before: conditions.clone(),
        conditions_after: conditions,
        toolchain: Toolchain { facts: Default::default() },
        benchmarks,
        counts,
        added: Vec::new(),
        removed: Vec::new(),
        failures: Vec::new(),
        omissions: Vec::new(),
    }
}

/// A benchmark whose pairs hold these wall times, baseline first.
pub(crate) fn benchmark(name: &str, class: Class, pairs: impl IntoIterator<Item = (f64, f64)>) -> PairedBenchmark {
    let timing = |wall_ns| Timing { samples: 10, wall_ns, wall_ns_median: wall_ns, cpu_ns: None };
    let pair = |(baseline, candidate)| Pair {
        candidate_first: false,
        baseline: timing(baseline),
        candidate: timing(candidate),
        stolen: None,
    };
    PairedBenchmark {
        topic: "made".to_owned(),
        benchmark: name.to_owned(),
        metric: Metric::WallTime,
        class,
        iterations: None,
        pairs: pairs.into_iter().map(pair).collect(),
        planted: None,
        failed_pairs: 0,
        failed_candidate: 0,
    }
}
