//! What a finding is, and how it is counted.

use schemars::JsonSchema;
use serde::Serialize;
use strum::{IntoStaticStr, VariantArray};

use super::false_alarms::FalseAlarmRate;
use super::run_index::{SeriesKey, SeriesName, named};
use crate::model::{BenchmarkId, Estimate};
use crate::verdict::{Attribution, AttributionReason, EnvironmentChange, NotAccepted, Verdict};

/// Changes with one cause: steps that may be of one commit, or drifts at the same time.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Finding {
    /// What happened to its series.
    pub verdict: Verdict,
    /// What it is put down to.
    pub attribution: Attribution,
    /// Why.
    pub attribution_reason: AttributionReason,
    /// Whether most of it went back to a level that was left a short while ago.
    pub returned: bool,
    /// The rule that accepts it.
    pub accepted: Option<Accepted>,
    /// Why a rule about it at its commit does not accept it.
    pub not_accepted: Option<NotAccepted>,
    /// The last commit before the interval that holds the culprit in at least 95 %; of a drift, its first.
    pub from: String,
    /// The last commit of that interval; of a drift, its last so far.
    pub to: String,
    /// The most likely one in it; none of a drift.
    pub culprit: Option<String>,
    /// The measured commits of the interval; none of a drift.
    pub culprits: Vec<String>,
    /// New level ÷ old level − 1: the geometric means over the series, of costs and rates together that of the cost.
    pub change: Estimate,
    /// Of a drift: the change of the first series from one commit to the next, as a share.
    pub change_per_commit: Option<f64>,
    /// How often independent noise alone looks like its rarest change at most; none for counts, which are exact.
    #[serde(rename = "false_alarms_per_1000_commits")]
    pub false_alarms: Option<FalseAlarmRate>,
    /// What else changed there.
    pub environment_diff: Vec<EnvironmentChange>,
    /// The series, the largest change first.
    pub series: Vec<Member>,
    /// Benchmarks that differ from these in their number of workers alone, and did not change.
    pub unchanged: Vec<Unchanged>,
}

/// The rule that accepts a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Accepted {
    pub reason: String,
    /// Its line in the file of rules.
    pub line: usize,
}

/// A change of one series.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Member {
    #[serde(flatten, serialize_with = "named")]
    #[schemars(with = "SeriesName")]
    pub key: SeriesKey,
    pub topic: String,
    pub verdict: Verdict,
    pub returned: bool,
    /// Whether it went back to the level before it, by steps that followed.
    pub resolved: bool,
    /// As of its change point.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub from_zero: bool,
    pub change: Estimate,
    /// As in [`Finding`], of this series.
    pub from: String,
    pub to: String,
    pub culprit: Option<String>,
    /// The commit that revealed it.
    pub detected: String,
    /// The index of the culprit, of a drift of its last commit, among the measured commits.
    pub commit_index: usize,
}

/// Benchmarks without their number of workers, and the numbers of workers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Unchanged {
    pub benchmark: String,
    pub workers: Vec<u64>,
}

/// How a finding is counted and ordered: what to act on comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Category {
    /// The code got slower, or whatever is worse, and no rule accepts it.
    Regressed,
    /// The machine changed.
    Machine,
    /// A rule accepts the change.
    Accepted,
    /// The code got cheaper.
    Improved,
    /// A return to a level that was left a short while ago.
    Returned,
    /// A regression that went back.
    Resolved,
    /// Programs that are not ours changed.
    External,
}

impl Category {
    /// In their order.
    pub const ALL: &[Category] = Self::VARIANTS;

    /// The word for it.
    pub fn word(self) -> &'static str {
        self.into()
    }
}

impl Finding {
    /// How it is counted.
    pub fn category(&self) -> Category {
        match (self.attribution, self.verdict) {
            (Attribution::Machine, _) => Category::Machine,
            (Attribution::External, _) => Category::External,
            _ if self.accepted.is_some() => Category::Accepted,
            _ if self.returned => Category::Returned,
            (_, Verdict::Regressed) if self.is_resolved() => Category::Resolved,
            (_, Verdict::Regressed) => Category::Regressed,
            _ => Category::Improved,
        }
    }

    /// Whether all of its series went back to what they were.
    pub fn is_resolved(&self) -> bool {
        self.verdict == Verdict::Regressed && self.series.iter().all(|member| member.resolved)
    }

    /// The benchmarks in it, each once, the largest change first.
    pub fn benchmarks(&self) -> Vec<BenchmarkId> {
        let mut benchmarks: Vec<BenchmarkId> = Vec::new();
        for member in &self.series {
            if let SeriesKey::Measured(benchmark, _) = &member.key
                && !benchmarks.contains(benchmark)
            {
                benchmarks.push(benchmark.clone());
            }
        }
        benchmarks
    }
}
