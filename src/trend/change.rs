//! What one series did: its change points, its drifts, and how small a change would have been found.

use schemars::JsonSchema;
use serde::Serialize;
use strum::IntoStaticStr;

use super::false_alarms::FalseAlarmRate;
use crate::model::{Direction, Estimate};
use crate::verdict::Verdict;

/// Commits by which a drift may miss a change point that it explains: they are located within five commits.
const SLACK: usize = 5;

/// A step of the level.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ChangePoint {
    /// The index of the first observation at the new level.
    #[serde(rename = "change_point")]
    pub at: usize,
    /// The first and the last index that the change point may have: an interval that holds it in at least 95 %.
    #[serde(rename = "change_point_interval")]
    pub interval: (usize, usize),
    /// As far as it may be off at all; what overlaps there may have one cause.
    #[serde(skip)]
    pub(crate) reach: (usize, usize),
    /// The index of the observation that revealed it.
    pub detected: usize,
    /// New level ÷ old level − 1, with the 95 % interval of Hodges and Lehmann. The change point was chosen from the same
    /// observations, so it covers somewhat less.
    pub change: Estimate,
    /// Regressed or improved.
    pub verdict: Verdict,
    /// Whether the new level is one that was left within the last 60 commits: most likely the machine goes to and fro.
    pub returned: bool,
    /// Whether a count rose from zero: then the change is as many hundred per cent as it has units now.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub from_zero: bool,
    /// Whether it is noise, as the whole series shows: then it is no part of a finding.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub noise: bool,
    /// How often independent noise alone looks like this at most; none for counts, which are exact.
    #[serde(rename = "false_alarms_per_1000_commits")]
    pub false_alarms: Option<FalseAlarmRate>,
}

/// A slope of the level: no single commit is its culprit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Drift {
    /// The index of its first observation; found within some ten commits.
    pub from: usize,
    /// The index of its last observation so far.
    pub to: usize,
    /// Level at its end ÷ level at its beginning − 1, with a 95 % interval from the slope's. The ends were chosen from the
    /// same observations, so it covers somewhat less.
    pub change: Estimate,
    /// The change from one commit to the next, as a share.
    pub change_per_commit: f64,
    /// Regressed or improved.
    pub verdict: Verdict,
}

impl ChangePoint {
    /// The same in a series with so many observations before this one.
    pub(super) fn shifted(self, by: usize) -> Self {
        let both = |(low, high): (usize, usize)| (low + by, high + by);
        Self {
            at: self.at + by,
            interval: both(self.interval),
            reach: both(self.reach),
            detected: self.detected + by,
            ..self
        }
    }
}

impl Drift {
    /// Whether a change point is part of the drift: it goes the same way, and lies in its range or a few commits off.
    pub fn explains(&self, point: &ChangePoint) -> bool {
        let range = self.from.saturating_sub(SLACK)..=self.to + SLACK;
        range.contains(&point.at) && same_way(point.change, self.change)
    }
}

/// What a series did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct SeriesTrend {
    /// In the order in which they were detected; indices are those of the observations.
    pub change_points: Vec<ChangePoint>,
    /// In order. Change points that one of them [explains](Drift::explains) are listed all the same. Drifts are found in
    /// the whole series as it is, so that a longer one may find others.
    pub drifts: Vec<Drift>,
    /// The smallest change of the present level that would be found within 20 commits in 9 of 10 cases, as a share.
    pub min_detectable_change: f64,
    /// Whether they scatter more than before.
    pub noisier: Option<Noisier>,
}

/// A step that too few values show yet.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Suspected {
    /// The index of the first value beyond everything that the level before it did.
    #[serde(rename = "change_point")]
    pub at: usize,
    pub change: Estimate,
    /// How many values show it, and how many the first verdict needs at least.
    pub values: usize,
    pub needed: usize,
}

/// A change of the noise, which is not a change of the level.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Noisier {
    /// The index of the first noisier value.
    pub since: usize,
    /// Robust standard deviations, as shares.
    pub before: f64,
    pub after: f64,
}

#[derive(Clone, Debug, PartialEq, thiserror::Error, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Unjudged {
    #[error("{found} of the {needed} values that a first verdict needs; measure more commits")]
    TooFew { found: usize, needed: usize },
    /// An observation is NaN, infinite, zero or negative.
    #[error("value {} is not a number above zero, and changes are ratios", .index + 1)]
    NotPositive { index: usize, value: f64 },
    /// The observations are so far apart that their ratio is not a number.
    #[error("the largest and the smallest value are too far apart to compare; are they in one unit?")]
    TooWide,
}

pub(super) fn same_way(a: Estimate, b: Estimate) -> bool {
    (a.center() > 0.0) == (b.center() > 0.0)
}

pub(super) fn verdict(change: f64, direction: Direction) -> Verdict {
    if (change > 0.0) == (direction == Direction::LowerIsBetter) { Verdict::Regressed } else { Verdict::Improved }
}
