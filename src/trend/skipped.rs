//! What is not part of a history, why, and how it could be.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;
use strum::IntoStaticStr;

use crate::verdict::CodedReason;

/// Why a run, or its value of a series, is not an observation.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error, Serialize, JsonSchema, IntoStaticStr,
)]
#[serde(into = "CodedReason")]
#[schemars(with = "CodedReason")]
#[strum(serialize_all = "snake_case")]
pub enum SkipReason {
    #[error("measured outside a repository: without a commit they have no place in the order")]
    NoCommit,
    #[error("measured with uncommitted changes; --include-dirty counts them for their commit")]
    Dirty,
    #[error("of the quick profile, noisier than full runs; --include-quick includes them")]
    Quick,
    /// The other benchmarks were measured in another order and company.
    #[error("filtered, or of some topics only; --include-partial includes them")]
    Partial,
    #[error("of commits that did not lead to the tip; check out theirs, or name it with --branch")]
    OffLine,
    #[error("recorded on other branches, or on none")]
    OtherBranch,
    #[error("of commits before --since")]
    TooOld,
    #[error("without a time, so that nothing says whether they are before --since")]
    Undated,
    #[error("of commits without a time, and nothing else gives their order")]
    NoTime,
    #[error("started before their commit was made: a clock was wrong, and nothing else gives the order")]
    Clock,
    /// Noted only: the order does not come from clocks.
    #[error("started before their commit was made: a clock was wrong; included, since the order is not by time")]
    ClockNoted,
    #[error("copies of another file, by their id and content; each run counts once")]
    Copy,
    #[error("share their id with another file of different content; keep the true one")]
    Contradicting,
    #[error("inconclusive when they were measured")]
    Inconclusive,
    #[error("of fewer than 3 rounds")]
    TooFewRounds,
    #[error(
        "of samples so short that reading the clock is a part of them, and not of those of other commits; a newer `cargo bench` takes \
         more operations a sample"
    )]
    ShortSamples,
    #[error("listed twice by their run")]
    Twice,
    #[error(
        "of commits at which a reference workload took more than twice or less than half of what it took before and after; \
         measure them again"
    )]
    MachineOutlier,
    #[error("of an older form: the benchmark itself changed, and its series begins with the newest form")]
    OlderForm,
    #[error("of zero: a change of zero has no size")]
    Zero,
    #[error("failed when they were measured")]
    Failed,
}

impl SkipReason {
    /// Whether single values were skipped, not whole runs.
    pub fn is_of_values(self) -> bool {
        use SkipReason::{Failed, Inconclusive, MachineOutlier, OlderForm, ShortSamples, TooFewRounds, Twice, Zero};
        matches!(self, Inconclusive | TooFewRounds | ShortSamples | Twice | MachineOutlier | OlderForm | Zero | Failed)
    }
}

/// Runs or values that were skipped for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Skipped {
    pub reason: SkipReason,
    pub count: usize,
    /// The files of the runs, or the series of the values, each once.
    pub subjects: BTreeSet<String>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct SkipLog(BTreeMap<SkipReason, Skipped>);

impl SkipLog {
    pub(super) fn note(&mut self, reason: SkipReason, subject: &str) {
        let skipped = self.0.entry(reason).or_insert_with(|| Skipped { reason, count: 0, subjects: BTreeSet::new() });
        skipped.count += 1;
        if !skipped.subjects.contains(subject) {
            skipped.subjects.insert(subject.to_owned());
        }
    }

    pub(super) fn into_list(self) -> Vec<Skipped> {
        self.0.into_values().collect()
    }
}
