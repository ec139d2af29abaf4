//! Paired runs made of values that were measured or drawn elsewhere.

use parcost::rooms::model::{Class, Metric, Pair, PairedBenchmark, PairedCount, PairedRun, Timing, made};

/// A run of these benchmarks and counts, and of nothing else.
pub(crate) fn run(benchmarks: Vec<PairedBenchmark>, counts: Vec<PairedCount>) -> PairedRun {
    PairedRun { benchmarks, counts, same_code: true, ..made::paired_run(0, made::run(0)) }
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
        renamed_from: None,
        failed_candidate: 0,
    }
}
