//! From the pairs of a benchmark to logarithms that can be judged, or to why they are invalid.

use crate::model::{Metric, Pair, PairedBenchmark, Timing};
use crate::stats::{self, Walsh};
use crate::verdict::policy::{
    CHANGE_OTHER_CLOCK, CONFIDENCE, CRASHED_MAX, FAILED_MAX, FEW_PAIRS_EACH, FEW_PAIRS_TOGETHER, PAIRS_FIRST,
    PAIRS_LAST, REFERENCE_FACTOR_MAX, STOLEN_MAX, change_threshold,
};
use crate::verdict::{InvalidReason, VerdictReason};

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Evidence {
    /// `ln(candidate / baseline)` of every pair, in the order of measuring, up to the last look.
    pub(super) logs: Vec<f64>,
    /// The threshold on the same scale: `ln(1 + threshold)`.
    pub(super) threshold_log: f64,
    pub(super) threshold: f64,
}

impl Evidence {
    /// Of a benchmark whose pairs can be judged in this metric.
    pub(super) fn of(benchmark: &PairedBenchmark, metric: Metric, aligned: bool) -> Result<Self, InvalidReason> {
        let is_main = metric == benchmark.metric;
        let threshold = if is_main { change_threshold(benchmark.class, aligned) } else { CHANGE_OTHER_CLOCK };
        check_failures(benchmark)?;
        let logs = logs(&benchmark.pairs, metric)?;
        check_steal(&benchmark.pairs)?;
        check_baseline_drift(&benchmark.pairs, metric)?;
        Ok(Self { logs, threshold_log: libm::log1p(threshold), threshold })
    }

    /// Whether these pairs, taken for themselves, say that the candidate is slower by more than the threshold: then counts do
    /// not say the opposite.
    pub(super) fn speaks_of_slower(&self, pairs: usize) -> bool {
        let logs = &self.logs[..pairs];
        match Walsh::of(logs).and_then(|walsh| Some((walsh.estimate(), walsh.interval(CONFIDENCE)?))) {
            Some((center, interval)) => interval.low > 0.0 && center > self.threshold_log,
            None => !logs.is_empty() && logs.iter().all(|&log| log >= libm::log(FEW_PAIRS_EACH)),
        }
    }

    /// Whether so few pairs as there are point to a slowdown that no noise explains: in the smallest samples, which may be a
    /// stroke of luck, and in the medians.
    pub(super) fn is_far_slower(&self, pairs: &[Pair]) -> bool {
        let is_far = |logs: &[f64]| {
            let together: f64 = logs.iter().sum();
            logs.iter().all(|&log| log >= libm::log(FEW_PAIRS_EACH)) && together >= libm::log(FEW_PAIRS_TOGETHER)
        };
        is_far(&self.logs) && other_logs(pairs, MEDIAN).is_none_or(|logs| is_far(&logs))
    }
}

/// Whether the candidate's processes fail, and the baseline's do not, more often than chance has it.
pub(super) fn crashes(benchmark: &PairedBenchmark) -> Option<VerdictReason> {
    let (failed, tried) =
        (benchmark.failed_candidate, benchmark.failed_pairs.saturating_add(benchmark.pairs.len() as u64));
    let of_baseline = benchmark.failed_pairs.saturating_sub(failed);
    let is_often = failed >= 2 && failed as f64 > CRASHED_MAX * tried as f64 && failed > of_baseline.saturating_mul(2);
    // Without a pair it is missing, and not slower.
    (is_often && !benchmark.pairs.is_empty()).then_some(VerdictReason::Crashes { failed, tried })
}

/// A time of one process beside its smallest.
pub(super) type OtherTime = fn(&Timing) -> Option<f64>;
pub(super) const MEDIAN: OtherTime = |timing| Some(timing.wall_ns_median);
pub(super) const MEAN: OtherTime = |timing| timing.wall_ns_mean;

/// `ln(candidate / baseline)` of another time; none where one of them is missing or not a time.
pub(super) fn other_logs(pairs: &[Pair], time: OtherTime) -> Option<Vec<f64>> {
    let log = |(place, pair): (usize, &Pair)| log(place, time(&pair.baseline)?, time(&pair.candidate)?).ok();
    pairs.iter().enumerate().map(log).collect()
}

fn check_failures(benchmark: &PairedBenchmark) -> Result<(), InvalidReason> {
    let failed = benchmark.failed_pairs;
    let tried = failed.saturating_add(benchmark.pairs.len() as u64);
    if failed as f64 > FAILED_MAX * tried as f64 { Err(InvalidReason::Failed { failed, tried }) } else { Ok(()) }
}

fn logs(pairs: &[Pair], metric: Metric) -> Result<Vec<f64>, InvalidReason> {
    if !matches!(metric, Metric::WallTime | Metric::CpuTime) {
        return Err(InvalidReason::Metric(metric));
    }
    let log = |(pair, measured): (usize, &Pair)| {
        let not_reported = InvalidReason::NotReported { pair, metric };
        let values = measured.baseline.value(metric).zip(measured.candidate.value(metric));
        values.ok_or(not_reported).and_then(|(baseline, candidate)| log(pair, baseline, candidate))
    };
    // All pairs have to be sound; those beyond the last look are never judged.
    let mut logs = pairs.iter().enumerate().map(log).collect::<Result<Vec<_>, _>>()?;
    logs.truncate(PAIRS_LAST);
    Ok(logs)
}

/// The logarithm, by a library that is the same everywhere: the systems' differ in the last bit from one platform to another.
fn log(pair: usize, baseline: f64, candidate: f64) -> Result<f64, InvalidReason> {
    for value in [baseline, candidate] {
        if !(value.is_finite() && value > 0.0) {
            return Err(InvalidReason::NotPositive { pair, value });
        }
    }
    let log = libm::log(candidate / baseline);
    if log.abs() <= stats::LOG_MAX { Ok(log) } else { Err(InvalidReason::TooWide { pair }) }
}

fn check_steal(pairs: &[Pair]) -> Result<(), InvalidReason> {
    let stolen: Vec<f64> = pairs.iter().filter_map(|pair| pair.stolen).filter(|stolen| stolen.is_finite()).collect();
    match stats::median(&stolen) {
        Some(stolen) if stolen > STOLEN_MAX => Err(InvalidReason::Stolen { percent: stolen * 100.0 }),
        _ => Ok(()),
    }
}

/// The baseline is one program, and so the reference workload of its pairs.
fn check_baseline_drift(pairs: &[Pair], metric: Metric) -> Result<(), InvalidReason> {
    let judged = &pairs[..pairs.len().min(PAIRS_LAST)];
    if judged.len() < PAIRS_FIRST {
        return Ok(());
    }
    let middle =
        |half: &[Pair]| stats::median(&half.iter().filter_map(|pair| pair.baseline.value(metric)).collect::<Vec<_>>());
    let (earlier, later) = judged.split_at(judged.len() / 2);
    match middle(earlier).zip(middle(later)).map(|(earlier, later)| later / earlier) {
        Some(factor) if factor.max(1.0 / factor) > REFERENCE_FACTOR_MAX => Err(InvalidReason::BaselineDrift { factor }),
        _ => Ok(()),
    }
}
