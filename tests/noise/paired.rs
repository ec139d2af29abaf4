//! Paired runs made of values that were measured or drawn elsewhere.

use parcost::rooms::model::{Class, Pair, PairedBenchmark, PairedCount, PairedRun, made};

/// A run of these benchmarks and counts, and of nothing else.
pub(crate) fn run(benchmarks: Vec<PairedBenchmark>, counts: Vec<PairedCount>) -> PairedRun {
    PairedRun { benchmarks, counts, same_code: true, ..made::paired_run(0, made::run(0)) }
}

/// A benchmark whose pairs hold these wall times, baseline first.
pub(crate) fn benchmark(name: &str, class: Class, pairs: impl IntoIterator<Item = (f64, f64)>) -> PairedBenchmark {
    let pair = |(baseline, candidate)| Pair {
        candidate_first: false,
        baseline: made::timing(baseline),
        candidate: made::timing(candidate),
        stolen: None,
    };
    PairedBenchmark { class, ..made::paired_benchmark("made", name, pairs.into_iter().map(pair).collect()) }
}
