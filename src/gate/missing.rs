//! Benchmarks of the baseline that have no result in the candidate.

use std::collections::BTreeMap;

use super::policy::GatePolicy;
use super::series::SeriesVerdict;
use crate::model::PairedRun;
use crate::verdict::VerdictReason;

/// A benchmark of the baseline that has no result in the candidate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, schemars::JsonSchema)]
pub struct Missing {
    /// The bench target; empty in evidence that does not name it.
    pub topic: String,
    pub benchmark: String,
    pub reason: String,
}

/// Everything that has no result in the candidate, each target's benchmarks once; the verdicts are those on pairs and counts.
pub(super) fn missing(run: &PairedRun, pairs: &[SeriesVerdict], counts: &[SeriesVerdict]) -> Vec<Missing> {
    let mut missing = BTreeMap::new();
    let mut add = |topic: &str, benchmark: &str, reason: String| {
        missing.entry((benchmark.to_owned(), topic.to_owned())).or_insert(reason);
    };
    for benchmark in &run.removed {
        add("", benchmark, "the candidate does not have it".to_owned());
    }
    for one in pairs.iter().chain(counts) {
        match &one.reason {
            Some(VerdictReason::Invalid(reason)) if !reason.is_of_the_machine() => {
                add(&one.topic, &one.benchmark, reason.to_string())
            }
            _ => {}
        }
    }
    // A benchmark with pairs failed only for a moment, which the share of its failed pairs covers.
    let has_pairs = |topic: &str, name: &str| pairs.iter().any(|one| one.topic == topic && one.benchmark == name);
    let mut failures: Vec<_> =
        run.failures.iter().filter(|failure| !has_pairs(&failure.topic, &failure.benchmark)).collect();
    failures.sort_by_key(|failure| (&failure.benchmark, &failure.topic, &failure.reason));
    for failure in failures {
        add(&failure.topic, &failure.benchmark, failure.reason.clone());
    }
    let row = |((benchmark, topic), reason)| Missing { topic, benchmark, reason };
    missing.into_iter().map(row).collect()
}

/// The missing ones that may not be missing, and those that may, by name or by a reviewed rule.
pub(super) fn allowed(missing: Vec<Missing>, policy: &GatePolicy) -> (Vec<Missing>, Vec<Missing>) {
    let all = missing.clone();
    let is_covered = |one: &Missing| policy.accepted.missing.iter().any(|rule| rule.benchmark.covers(&one.benchmark));
    missing.into_iter().partition(|one| !is_covered(one) && !is_allowed(one, &all, &policy.allowed_missing))
}

/// By `TARGET: NAME`, or by the name alone where no other target misses one of that name.
fn is_allowed(missing: &Missing, all: &[Missing], names: &[String]) -> bool {
    let is_only = all.iter().filter(|other| other.benchmark == missing.benchmark).count() == 1;
    let full = format!("{}: {}", missing.topic, missing.benchmark);
    names.iter().any(|name| *name == full || is_only && *name == missing.benchmark)
}
