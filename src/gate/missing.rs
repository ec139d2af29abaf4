//! Answers that the baseline gives and the candidate does not.

use std::collections::BTreeMap;

use super::{PairedOutcome, PairedVerdict};
use crate::gate::counts::{CountOutcome, CountVerdict};
use crate::model::PairedRun;

/// A benchmark of the baseline that has no answer in the candidate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Missing {
    /// Its name.
    pub benchmark: String,
    /// Why there is no answer.
    pub reason: String,
}

/// Everything that the candidate has no answer for, each name once.
pub(super) fn missing(run: &PairedRun, verdicts: &[PairedVerdict], counts: &[CountVerdict]) -> Vec<Missing> {
    let mut missing = BTreeMap::new();
    let mut add = |benchmark: &str, reason: String| {
        missing.entry(benchmark.to_owned()).or_insert(reason);
    };
    for benchmark in &run.removed {
        add(benchmark, "the candidate does not have it".to_owned());
    }
    for verdict in verdicts {
        match &verdict.outcome {
            PairedOutcome::Invalid(flaw) if !flaw.is_of_the_machine() => add(&verdict.benchmark, flaw.to_string()),
            _ => {}
        }
    }
    for count in counts {
        if let CountOutcome::Invalid(flaw) = &count.outcome {
            add(&count.benchmark, flaw.to_string());
        }
    }
    // A benchmark with pairs or counts all the same failed for a moment, which the share of its failed pairs weighs.
    let answered = |name: &str| {
        verdicts.iter().any(|verdict| verdict.benchmark == name) || counts.iter().any(|count| count.benchmark == name)
    };
    let mut failures: Vec<_> = run.failures.iter().filter(|failure| !answered(&failure.benchmark)).collect();
    failures.sort_by_key(|failure| (&failure.benchmark, &failure.reason));
    for failure in failures {
        add(&failure.benchmark, failure.reason.clone());
    }
    missing.into_iter().map(|(benchmark, reason)| Missing { benchmark, reason }).collect()
}
