//! From the pairs of a benchmark to logarithms that can be judged, or to what is wrong with them.

use super::{
    Flaw, GatePolicy,
    looks::{FIRST_LOOK, LAST_LOOK},
};
use crate::model::{Metric, Pair, PairedBenchmark};
use crate::stats;

/// With more of the processors' time in other hands a pair is no longer a pair.
const STOLEN_MAX: f64 = 0.1;
/// The baseline is one program all along, and so the calibrator of its pairs: where it took more than twice as long in one
/// half of them as in the other, as `compare` asks of a calibrator, it was not one machine that measured.
const BASELINE_FACTOR_MAX: f64 = 2.0;
/// With more of the pairs lost, those that are left are a choice, not a sample.
const FAILED_MAX: f64 = 0.2;
/// The widest ratio, in natural logarithms: beyond it a change is no finite number.
const SPAN_MAX: f64 = 700.0;

/// What is judged of one benchmark.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Evidence {
    /// `ln(candidate / baseline)` of every pair, in the order of measuring, up to the last look.
    pub(super) logs: Vec<f64>,
    /// The floor on the same scale: `ln(1 + floor)`.
    pub(super) floor_log: f64,
    /// The floor, as a share.
    pub(super) floor: f64,
}

impl Evidence {
    /// Of a benchmark whose pairs can be judged.
    pub(super) fn of(benchmark: &PairedBenchmark, aligned: bool, policy: &GatePolicy) -> Result<Self, Flaw> {
        let floor = policy.floor(benchmark, aligned)?;
        completed(benchmark)?;
        let logs = logs(&benchmark.pairs, benchmark.metric)?;
        untroubled(&benchmark.pairs)?;
        steady(&benchmark.pairs, benchmark.metric)?;
        Ok(Self { logs, floor_log: libm::log1p(floor), floor })
    }
}

/// `ln(candidate / baseline)` of the median wall times; none where one of them is no time.
pub(super) fn median_logs(pairs: &[Pair]) -> Option<Vec<f64>> {
    let log = |(place, pair): (usize, &Pair)| log(place, pair.baseline.wall_ns_median, pair.candidate.wall_ns_median);
    pairs.iter().enumerate().map(log).collect::<Result<_, _>>().ok()
}

fn completed(benchmark: &PairedBenchmark) -> Result<(), Flaw> {
    let failed = benchmark.failed_pairs;
    let tried = failed.saturating_add(benchmark.pairs.len() as u64);
    if failed as f64 > FAILED_MAX * tried as f64 { Err(Flaw::Failed { failed, tried }) } else { Ok(()) }
}

fn logs(pairs: &[Pair], metric: Metric) -> Result<Vec<f64>, Flaw> {
    if !matches!(metric, Metric::WallTime | Metric::CpuTime) {
        return Err(Flaw::Metric(metric));
    }
    let log = |(pair, measured): (usize, &Pair)| {
        let not_told = Flaw::NotTold { pair, metric };
        let values = measured.baseline.value(metric).zip(measured.candidate.value(metric));
        values.ok_or(not_told).and_then(|(baseline, candidate)| log(pair, baseline, candidate))
    };
    // All pairs have to be sound; those beyond the last look are never judged.
    let mut logs = pairs.iter().enumerate().map(log).collect::<Result<Vec<_>, _>>()?;
    logs.truncate(LAST_LOOK);
    Ok(logs)
}

/// The logarithm, by a library of our own choice: the system's differ in the last bit from one platform to another.
fn log(pair: usize, baseline: f64, candidate: f64) -> Result<f64, Flaw> {
    for value in [baseline, candidate] {
        if !(value.is_finite() && value > 0.0) {
            return Err(Flaw::NotPositive { pair, value });
        }
    }
    let log = libm::log(candidate / baseline);
    if log.abs() <= SPAN_MAX { Ok(log) } else { Err(Flaw::TooWide { pair }) }
}

/// A machine that gave its time to others half of the time says nothing of the code.
fn untroubled(pairs: &[Pair]) -> Result<(), Flaw> {
    let stolen: Vec<f64> = pairs.iter().filter_map(|pair| pair.stolen).filter(|stolen| stolen.is_finite()).collect();
    match stats::median(&stolen) {
        Some(stolen) if stolen > STOLEN_MAX => Err(Flaw::Stolen { percent: stolen * 100.0 }),
        _ => Ok(()),
    }
}

/// A machine that changes its own pace by more than any change of the code says nothing of the code.
fn steady(pairs: &[Pair], metric: Metric) -> Result<(), Flaw> {
    let judged = &pairs[..pairs.len().min(LAST_LOOK)];
    if judged.len() < FIRST_LOOK {
        return Ok(());
    }
    let middle =
        |half: &[Pair]| stats::median(&half.iter().filter_map(|pair| pair.baseline.value(metric)).collect::<Vec<_>>());
    let (earlier, later) = judged.split_at(judged.len() / 2);
    match middle(earlier).zip(middle(later)).map(|(earlier, later)| later / earlier) {
        Some(factor) if factor.max(1.0 / factor) > BASELINE_FACTOR_MAX => Err(Flaw::Unsteady { factor }),
        _ => Ok(()),
    }
}
