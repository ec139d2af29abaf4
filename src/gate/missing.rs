//! Benchmarks of the baseline that have no result in the candidate.

use std::collections::BTreeMap;

use super::series::SeriesVerdict;
use crate::model::PairedRun;
use crate::verdict::VerdictReason;

/// A benchmark of the baseline that has no result in the candidate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, schemars::JsonSchema)]
pub struct Missing {
    pub benchmark: String,
    pub reason: String,
}

/// Everything that has no result in the candidate, each name once; `series` are the verdicts on pairs and counts.
pub(super) fn missing(run: &PairedRun, series: &[&SeriesVerdict]) -> Vec<Missing> {
    let mut missing = BTreeMap::new();
    let mut add = |benchmark: &str, reason: String| {
        missing.entry(benchmark.to_owned()).or_insert(reason);
    };
    for benchmark in &run.removed {
        add(benchmark, "the candidate does not have it".to_owned());
    }
    for one in series {
        match &one.reason {
            Some(VerdictReason::Invalid(reason)) if !reason.is_of_the_machine() => {
                add(&one.benchmark, reason.to_string())
            }
            _ => {}
        }
    }
    // A benchmark with pairs or counts failed only for a moment, which the share of its failed pairs covers.
    let has_result = |name: &str| series.iter().any(|one| one.benchmark == name);
    let mut failures: Vec<_> = run.failures.iter().filter(|failure| !has_result(&failure.benchmark)).collect();
    failures.sort_by_key(|failure| (&failure.benchmark, &failure.reason));
    for failure in failures {
        add(&failure.benchmark, failure.reason.clone());
    }
    missing.into_iter().map(|(benchmark, reason)| Missing { benchmark, reason }).collect()
}
