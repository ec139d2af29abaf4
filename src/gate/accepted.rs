//! What of a change for the worse was reviewed before the gate found it.

use super::{GatePolicy, PairedOutcome, PairedVerdict};
use crate::gate::counts::{CountOutcome, CountVerdict};
use crate::model::PairedRun;
use crate::stats::median;
use crate::verdict::{Claim, accepted};

/// Takes off the list what the rules accept; what is worse than they allow stays a regression.
pub(super) fn accept(
    run: &PairedRun,
    policy: &GatePolicy,
    verdicts: &mut [PairedVerdict],
    counts: &mut [CountVerdict],
) {
    if policy.accepted.is_empty() {
        return;
    }
    for verdict in verdicts.iter_mut().filter(|verdict| verdict.outcome == PairedOutcome::Regressed) {
        let (Some(change), Some(level)) = (verdict.change, level(run, verdict)) else { continue };
        let claim = Claim {
            benchmark: &verdict.benchmark,
            metric: verdict.metric,
            ratio: 1.0 + change.center(),
            level,
            commits: &run.commits,
        };
        if let Some(rule) = accepted(&policy.accepted, &claim, verdict.floor.unwrap_or(0.0)) {
            verdict.outcome = PairedOutcome::Accepted(rule.reason.clone());
        }
    }
    for verdict in counts.iter_mut().filter(|verdict| verdict.outcome == CountOutcome::Regressed) {
        let (Some(change), Some(level)) = (verdict.change, verdict.candidate) else { continue };
        let claim = Claim {
            benchmark: &verdict.benchmark,
            metric: verdict.metric,
            ratio: 1.0 + change,
            level,
            commits: &run.commits,
        };
        if let Some(rule) = accepted(&policy.accepted, &claim, verdict.floor) {
            verdict.outcome = CountOutcome::Accepted(rule.reason.clone());
        }
    }
}

/// The candidate's level in the metric that was judged: the median of its processes.
fn level(run: &PairedRun, verdict: &PairedVerdict) -> Option<f64> {
    let measured = run.benchmarks.iter().find(|it| it.topic == verdict.topic && it.benchmark == verdict.benchmark)?;
    let values: Vec<f64> = measured.pairs.iter().filter_map(|pair| pair.candidate.value(verdict.metric)).collect();
    median(&values)
}
