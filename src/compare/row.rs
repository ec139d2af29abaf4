//! One row of a comparison.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{Estimate, Metric};
use crate::verdict::policy::CHANGE_SESSION;
use crate::verdict::value::RoundStatistic;
use crate::verdict::{Attribution, AttributionReason, InconclusiveReason, Verdict, VerdictReason};

/// One benchmark in one metric, on both sides.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Row {
    /// The topic; of another harness the group.
    pub topic: String,
    /// Whether it is of external programs; the attribution says so where it changed.
    #[serde(skip)]
    pub external: bool,
    pub benchmark: String,
    pub metric: Metric,
    /// The unit of both values.
    pub unit: &'static str,
    pub verdict: Verdict,
    /// Why it is inconclusive or invalid, or what else is to be said.
    pub reason: Option<VerdictReason>,
    /// What a change is attributed to; none where the row did not change.
    pub attribution: Option<Attribution>,
    pub attribution_reason: Option<AttributionReason>,
    /// The baseline's value: the median over its replicates.
    pub baseline: Option<f64>,
    pub candidate: Option<f64>,
    /// Candidate ÷ baseline − 1, by Hodges and Lehmann on logarithms; without an interval where processes show no spread.
    pub change: Option<Figure>,
    /// The confidence of its interval: less than .95 where so few replicates allow no more.
    pub confidence: Option<f64>,
    /// The same change of normalized values, where a reference workload was measured everywhere.
    pub normalized: Option<Normalized>,
    /// The probability of so large a change where there is none beyond the threshold.
    pub p_value: Option<f64>,
    /// The smallest change that counts, a share.
    pub threshold: Option<f64>,
    /// The smallest change that would have been found 19 times in 20, a share.
    pub min_detectable_change: Option<f64>,
    pub replicate: Replicate,
    /// Number of replicates of the baseline and of the candidate.
    pub replicates: [usize; 2],
    pub round_statistic: RoundStatistic,
}

/// A number, and its interval where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Figure {
    /// The best single number.
    pub center: f64,
    /// The lower end of the interval.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
}

/// What is replicated: the spread between these is what a change has to exceed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Replicate {
    /// Whole runs; each is one value.
    Run,
    /// Fresh processes.
    #[default]
    Process,
}

/// A change of values that were divided by the reference workload of the same process.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Normalized {
    pub reference: String,
    /// Candidate ÷ baseline − 1 of the normalized values, with its interval.
    pub change: Figure,
    /// Candidate ÷ baseline of the reference workload alone: what the machine did.
    pub machine: f64,
}

impl Row {
    pub(super) fn new(topic: &str, external: bool, benchmark: &str, metric: Metric) -> Self {
        Self {
            topic: topic.to_owned(),
            external,
            benchmark: benchmark.to_owned(),
            metric,
            unit: metric.unit(),
            ..Self::default()
        }
    }

    pub(super) fn with(self, reason: impl Into<VerdictReason>) -> Self {
        let reason = reason.into();
        Self { verdict: reason.verdict(), reason: Some(reason), ..self }
    }

    /// Candidate ÷ baseline.
    pub fn ratio(&self) -> Option<f64> {
        self.change.map(|change| 1.0 + change.center)
    }

    /// Whether its change, whatever it is worth, is one for the worse and beyond the threshold.
    pub(super) fn looks_worse(&self) -> bool {
        let is_beyond = |change: &Figure| change.center.abs() > self.threshold.unwrap_or(CHANGE_SESSION);
        let change = self.change.filter(|change| !self.external && is_beyond(change));
        change.is_some_and(|change| Verdict::of_change(self.metric, change.center > 0.0) == Verdict::Regressed)
    }

    /// Whether it changed, be it with its reference workload, so that it is inconclusive.
    pub(super) fn is_changed(&self) -> bool {
        self.verdict.is_change() || self.reason == Some(InconclusiveReason::ReferenceChanged.into())
    }

    pub(super) fn is_judged(&self) -> bool {
        self.p_value.is_some() || self.verdict.is_decided()
    }
}

impl Figure {
    pub fn bare(center: f64) -> Self {
        Self { center, low: None, high: None }
    }

    /// The change, a share, that a ratio is.
    pub(super) fn change(ratio: Estimate) -> Self {
        Self { center: ratio.center() - 1.0, low: Some(ratio.low() - 1.0), high: Some(ratio.high() - 1.0) }
    }

    /// The ratio that a change, a share, is.
    pub(super) fn ratio(self) -> Option<Estimate> {
        Estimate::new(1.0 + self.center, 1.0 + self.low?, 1.0 + self.high?).ok()
    }
}

/// A series in a message: `spawn/thread/count=1 wall_time`.
pub(super) fn series_name(benchmark: &str, metric: impl fmt::Display) -> String {
    format!("{benchmark} {metric}")
}
