//! The verdict on one benchmark.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{Class, Estimate, Metric};
use crate::verdict::{InconclusiveReason, Verdict, VerdictReason};

/// The verdict on one benchmark in one metric, measured in pairs or counted.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SeriesVerdict {
    /// The bench target.
    pub topic: String,
    /// The full name.
    pub benchmark: String,
    /// What was measured.
    pub metric: Metric,
    /// The unit of both values.
    pub unit: &'static str,
    /// What the time depends on; none for counts.
    pub class: Option<Class>,
    /// The verdict on the series.
    pub verdict: Verdict,
    /// Why a regression is accepted, where a rule accepts it.
    pub accepted: Option<String>,
    /// Why it is inconclusive or invalid, or what else is to be said.
    #[schemars(with = "Option<String>")]
    pub reason: Option<VerdictReason>,
    /// The value of the baseline's run.
    pub baseline: Option<f64>,
    /// The value of the candidate's run.
    pub candidate: Option<f64>,
    /// Candidate ÷ baseline − 1 with its 95 % interval; exact for counts, none below 6 pairs.
    pub change: Option<Estimate>,
    /// The same of the medians of wall time in place of the minima: shown, never judged.
    pub median_change: Option<Estimate>,
    /// The smallest change that counts, a share.
    pub threshold: Option<f64>,
    /// The smallest change that would have been found 19 times in 20, a share.
    pub min_detectable_change: Option<f64>,
    /// How often noise alone goes so far beyond the threshold, in the direction of the change, at any of the looks. It is
    /// compared with those of all benchmarks of the run.
    pub p_value: Option<f64>,
    /// Number of pairs that the verdict rests on; 0 for counts.
    pub pairs: usize,
    /// Of counts, the widest distance between two of one side ÷ the smaller.
    pub spread: Option<f64>,
}

impl SeriesVerdict {
    pub(super) fn new(topic: &str, benchmark: &str, metric: Metric) -> Self {
        Self {
            topic: topic.to_owned(),
            benchmark: benchmark.to_owned(),
            metric,
            unit: metric.unit(),
            class: None,
            verdict: Verdict::Unchanged,
            accepted: None,
            reason: None,
            baseline: None,
            candidate: None,
            change: None,
            median_change: None,
            threshold: None,
            min_detectable_change: None,
            p_value: None,
            pairs: 0,
            spread: None,
        }
    }

    pub(super) fn with(self, reason: impl Into<VerdictReason>) -> Self {
        let reason = reason.into();
        Self { verdict: reason.verdict(), reason: Some(reason), ..self }
    }

    /// Whether it regressed and no rule accepts it.
    pub fn is_regression(&self) -> bool {
        self.verdict == Verdict::Regressed && self.accepted.is_none()
    }

    /// Whether the place of the code may explain its change.
    pub fn is_layout(&self) -> bool {
        self.reason == Some(VerdictReason::Inconclusive(InconclusiveReason::Layout))
    }
}
