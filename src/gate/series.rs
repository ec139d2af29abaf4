//! The verdict on one benchmark.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{Class, Estimate, FunctionChange, Metric};
use crate::verdict::{NotAccepted, Verdict, VerdictReason};

/// The verdict on one benchmark in one metric, measured in pairs or counted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct SeriesVerdict {
    /// The bench target.
    pub topic: String,
    /// The full name.
    pub benchmark: String,
    /// What was measured.
    pub metric: Metric,
    /// Whether it is the clock beside the one that the benchmark is mainly judged by.
    pub is_other_clock: bool,
    /// The unit of both values.
    pub unit: &'static str,
    /// What the time depends on; none for counts.
    pub class: Option<Class>,
    /// The verdict on the series.
    pub verdict: Verdict,
    /// Why a regression, or that it is inconclusive, is accepted, where a rule accepts it.
    pub accepted: Option<String>,
    /// Why a rule about a regression does not accept it.
    pub not_accepted: Option<NotAccepted>,
    /// Why it is inconclusive or invalid, or what else is to be said.
    pub reason: Option<VerdictReason>,
    /// The value of the baseline's run.
    pub baseline: Option<f64>,
    /// The value of the candidate's run.
    pub candidate: Option<f64>,
    /// Candidate ÷ baseline − 1 with the interval that the verdict is one with; exact for counts, from the smallest to the
    /// largest pair where they are too few for it.
    pub change: Option<Estimate>,
    /// The confidence of that interval: that of the test, with the looks and all benchmarks of the run accounted for, or 90 %
    /// where it is unchanged; none for counts.
    pub confidence: Option<f64>,
    /// The same of the medians of wall time in place of the minima: shown, never judged.
    pub median_change: Option<Estimate>,
    /// The smallest change that counts, a share.
    pub threshold: Option<f64>,
    /// The smallest change that would have been found 19 times in 20, a share; where the benchmark is unchanged, no more than
    /// what its interval excludes.
    pub min_detectable_change: Option<f64>,
    /// How often noise alone goes so far beyond the threshold, in the direction of the change, at any of the looks. It is
    /// compared with those of all benchmarks of the run.
    pub p_value: Option<f64>,
    /// Number of pairs that the verdict rests on; 0 for counts.
    pub pairs: usize,
    /// The functions whose instructions differ most, the largest difference first.
    pub functions: Vec<FunctionChange>,
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
            verdict: Verdict::Unchanged,
            ..Self::default()
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

    /// Whether it is decided, or the project accepts that it is not.
    pub fn is_settled(&self) -> bool {
        self.verdict.is_decided() || self.accepted.is_some()
    }
}
