//! One benchmark of a run under judgement, and the verdict on it.

use super::evidence::{Evidence, median_logs};
use super::looks::{Decision, LAST_LOOK, Standing};
use super::{Doubt, Flaw, GatePolicy, PairedOutcome, PairedVerdict};
use crate::gate::counts::{CountVerdict, same_instructions};
use crate::model::{Class, Estimate, PairedBenchmark, PairedRun};
use crate::stats::Walsh;

/// The level of the interval of every change.
const INTERVAL_LEVEL: f64 = 0.95;
/// Standard deviations from the middle of that interval to its ends.
const INTERVAL_Z: f64 = 1.96;
/// Standard errors beyond the floor from which a change is found 19 times in 20: 3.29 make it one in 2,000, which
/// survives the other benchmarks of a suite, and 1.64 leave one in 20 below that.
const FOUND_Z: f64 = 4.9;
/// Code that is placed otherwise moved tight loops by up to 17 %; beyond this no layout explains it.
const LAYOUT_MAX: f64 = 0.2;

/// A benchmark of the run and what can be judged of it.
pub(super) struct Subject<'a> {
    /// Its place in the run.
    pub(super) place: usize,
    benchmark: &'a PairedBenchmark,
    pub(super) evidence: Result<Evidence, Flaw>,
}

impl Subject<'_> {
    /// Whether more pairs could decide it.
    pub(super) fn wants_pairs(&self, standing: &Standing) -> bool {
        let helped = self.evidence.as_ref().err().is_none_or(Flaw::is_of_the_machine);
        helped && standing.decision.is_none() && self.benchmark.pairs.len() < LAST_LOOK
    }

    /// What the looks come to.
    pub(super) fn verdict(&self, standing: &Standing, counts: &[CountVerdict]) -> PairedVerdict {
        let benchmark = self.benchmark;
        let mut verdict = PairedVerdict {
            topic: benchmark.topic.clone(),
            benchmark: benchmark.benchmark.clone(),
            metric: benchmark.metric,
            class: benchmark.class,
            outcome: PairedOutcome::Unchanged,
            floor: None,
            pairs: 0,
            change: None,
            p: None,
            smallest: None,
            median: None,
        };
        let evidence = match &self.evidence {
            Ok(evidence) => evidence,
            Err(flaw) => return PairedVerdict { outcome: PairedOutcome::Invalid(flaw.clone()), ..verdict },
        };
        let looked = standing.pairs > 0;
        verdict.pairs = if looked { standing.pairs } else { evidence.logs.len() };
        verdict.floor = Some(evidence.floor);
        verdict.p = looked.then_some(standing.p_slower.min(standing.p_faster));
        if let Some(walsh) = Walsh::of(&evidence.logs[..verdict.pairs]) {
            verdict.change = change(&walsh);
            verdict.smallest = smallest(&walsh, evidence.floor_log);
        }
        let medians = median_logs(&benchmark.pairs[..verdict.pairs]);
        verdict.median = medians.and_then(|logs| change(&Walsh::of(&logs)?));
        verdict.outcome = outcome(standing, &verdict, counts);
        verdict
    }
}

/// Every benchmark once, ordered by topic and name.
pub(super) fn subjects<'a>(run: &'a PairedRun, policy: &GatePolicy) -> Vec<Subject<'a>> {
    let mut order: Vec<(usize, &PairedBenchmark)> = run.benchmarks.iter().enumerate().collect();
    let named = |benchmark: &'a PairedBenchmark| (benchmark.topic.as_str(), benchmark.benchmark.as_str());
    // Of a name that stands twice always the same one comes first, however the file is ordered.
    order.sort_by_key(|(_, benchmark)| (named(benchmark), benchmark.metric, benchmark.class == Class::Compute));
    let subject = |same: &[(usize, &'a PairedBenchmark)]| {
        let (place, benchmark) = same[0];
        let evidence = match same.len() {
            1 => Evidence::of(benchmark, run.aligned, policy),
            times => Err(Flaw::Repeated { times }),
        };
        Subject { place, benchmark, evidence }
    };
    order.chunk_by(|a, b| named(a.1) == named(b.1)).map(subject).collect()
}

fn outcome(standing: &Standing, verdict: &PairedVerdict, counts: &[CountVerdict]) -> PairedOutcome {
    let moved = match standing.decision {
        Some(Decision::Slower) => PairedOutcome::Regressed,
        Some(Decision::Faster) => PairedOutcome::Improved,
        Some(Decision::Unchanged) => return PairedOutcome::Unchanged,
        None => return PairedOutcome::Inconclusive(doubt(standing, verdict.pairs)),
    };
    let may_be_layout = verdict.class == Class::Compute
        && verdict.change.is_some_and(|change| change.center().abs() < LAYOUT_MAX)
        && same_instructions(counts, &verdict.benchmark);
    if may_be_layout { PairedOutcome::Layout } else { moved }
}

fn doubt(standing: &Standing, pairs: usize) -> Doubt {
    match standing.pairs {
        0 => Doubt::TooFew { pairs },
        LAST_LOOK => Doubt::Noise,
        _ => Doubt::Budget { pairs },
    }
}

fn change(walsh: &Walsh) -> Option<Estimate> {
    let interval = walsh.interval(INTERVAL_LEVEL)?;
    let [center, low, high] = [walsh.estimate(), interval.low, interval.high].map(libm::expm1);
    Estimate::new(center, low, high).ok()
}

/// The smallest change that would have been found 19 times in 20.
fn smallest(walsh: &Walsh, floor_log: f64) -> Option<f64> {
    let interval = walsh.interval(INTERVAL_LEVEL)?;
    let error = (interval.high - interval.low) / (2.0 * INTERVAL_Z);
    Some(libm::expm1(floor_log + FOUND_Z * error)).filter(|smallest| smallest.is_finite())
}
