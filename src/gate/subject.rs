//! One benchmark of a run under judgement, and the verdict on it.

use super::counts::same_instructions;
use super::evidence::{Evidence, median_logs};
use super::looks::Standing;
use super::policy::GatePolicy;
use super::series::SeriesVerdict;
use crate::model::{Class, Estimate, Pair, PairedBenchmark, PairedRun, Timing};
use crate::stats::Walsh;
use crate::verdict::policy::{CONFIDENCE, DETECTABLE_Z, LAYOUT_MAX, PAIRS_LAST};
use crate::verdict::{InconclusiveReason, InvalidReason, value};

/// Standard deviations from the middle of the shown interval to its ends.
const INTERVAL_Z: f64 = 1.96;

/// A benchmark of the run and what can be judged of it.
pub(super) struct Subject<'a> {
    pub(super) place: usize,
    benchmark: &'a PairedBenchmark,
    pub(super) evidence: Result<Evidence, InvalidReason>,
}

impl Subject<'_> {
    pub(super) fn wants_pairs(&self, standing: &Standing) -> bool {
        let helped = self.evidence.as_ref().err().is_none_or(InvalidReason::is_of_the_machine);
        helped && standing.decision.is_none() && self.benchmark.pairs.len() < PAIRS_LAST
    }

    pub(super) fn verdict(&self, standing: &Standing, counts: &[SeriesVerdict]) -> SeriesVerdict {
        let benchmark = self.benchmark;
        let mut series = SeriesVerdict {
            class: Some(benchmark.class),
            ..SeriesVerdict::new(&benchmark.topic, &benchmark.benchmark, benchmark.metric)
        };
        let evidence = match &self.evidence {
            Ok(evidence) => evidence,
            Err(reason) => return series.with(reason.clone()),
        };
        let looked = standing.pairs > 0;
        series.pairs = if looked { standing.pairs } else { evidence.logs.len() };
        series.threshold = Some(evidence.threshold);
        series.p_value = looked.then_some(standing.p_regressed.min(standing.p_improved));
        if let Some(walsh) = Walsh::of(&evidence.logs[..series.pairs]) {
            series.change = change(&walsh);
            series.min_detectable_change = min_detectable_change(&walsh, evidence.threshold_log);
        }
        let judged = &benchmark.pairs[..series.pairs];
        let level = |side: fn(&Pair) -> &Timing| {
            value::of_run(judged.iter().filter_map(|pair| side(pair).value(benchmark.metric)).collect())
        };
        (series.baseline, series.candidate) = (level(|pair| &pair.baseline), level(|pair| &pair.candidate));
        series.median_change = median_logs(judged).and_then(|logs| change(&Walsh::of(&logs)?));
        match standing.decision {
            None => {
                let pairs = series.pairs;
                series.with(match standing.pairs {
                    0 => InconclusiveReason::TooFewPairs { pairs },
                    PAIRS_LAST => InconclusiveReason::NoisyPairs,
                    _ => InconclusiveReason::Budget { pairs },
                })
            }
            Some(verdict) if verdict.is_change() && may_be_layout(&series, counts) => {
                series.with(InconclusiveReason::Layout)
            }
            Some(verdict) => SeriesVerdict { verdict, ..series },
        }
    }
}

pub(super) fn subjects<'a>(run: &'a PairedRun, policy: &GatePolicy) -> Vec<Subject<'a>> {
    let mut order: Vec<(usize, &PairedBenchmark)> = run.benchmarks.iter().enumerate().collect();
    let named = |benchmark: &'a PairedBenchmark| (benchmark.topic.as_str(), benchmark.benchmark.as_str());
    // Of a name that stands twice always the same one comes first, however the file is ordered.
    order.sort_by_key(|(_, benchmark)| (named(benchmark), benchmark.metric, benchmark.class == Class::Compute));
    let subject = |same: &[(usize, &'a PairedBenchmark)]| {
        let (place, benchmark) = same[0];
        let evidence = match same.len() {
            1 => Evidence::of(benchmark, run.aligned, policy),
            times => Err(InvalidReason::Repeated { times }),
        };
        Subject { place, benchmark, evidence }
    };
    order.chunk_by(|a, b| named(a.1) == named(b.1)).map(subject).collect()
}

/// Whether the compiler's placing of the code may explain a change: of computing, not too large, and with the same
/// instructions.
fn may_be_layout(series: &SeriesVerdict, counts: &[SeriesVerdict]) -> bool {
    series.class == Some(Class::Compute)
        && series.change.is_some_and(|change| change.center().abs() < LAYOUT_MAX)
        && same_instructions(counts, &series.benchmark)
}

fn change(walsh: &Walsh) -> Option<Estimate> {
    let interval = walsh.interval(CONFIDENCE)?;
    let [center, low, high] = [walsh.estimate(), interval.low, interval.high].map(libm::expm1);
    Estimate::new(center, low, high).ok()
}

/// The smallest change that would have been found 19 times in 20.
fn min_detectable_change(walsh: &Walsh, threshold_log: f64) -> Option<f64> {
    let interval = walsh.interval(CONFIDENCE)?;
    let error = (interval.high - interval.low) / (2.0 * INTERVAL_Z);
    Some(libm::expm1(threshold_log + DETECTABLE_Z * error)).filter(|change| change.is_finite())
}
