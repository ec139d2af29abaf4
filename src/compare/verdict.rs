//! What is said of one row.

use serde::Serialize;

use crate::model::{Direction, Metric};

/// What became of one benchmark in one metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Worse than the baseline, beyond doubt and beyond the floor.
    Slower,
    /// Better than the baseline, beyond doubt and beyond the floor.
    Faster,
    /// Surely within twice the floor of such work.
    NoChange,
    /// It cannot be told: the reason says why.
    Inconclusive,
    /// The data are not fit to be compared: the reason says what is wrong with them.
    Refused,
}

impl Verdict {
    /// The word that is printed for it.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Slower => "slower",
            Verdict::Faster => "faster",
            Verdict::NoChange => "no change",
            Verdict::Inconclusive => "inconclusive",
            Verdict::Refused => "refused",
        }
    }

    /// True where the row says something of the code.
    pub fn is_decided(self) -> bool {
        matches!(self, Verdict::Slower | Verdict::Faster | Verdict::NoChange)
    }

    /// What a metric's value that grew, or shrank, means.
    pub(super) fn of_move(metric: Metric, grew: bool) -> Self {
        match (metric.direction(), grew) {
            (Direction::LowerIsBetter, true) | (Direction::HigherIsBetter, false) => Verdict::Slower,
            (Direction::LowerIsBetter, false) | (Direction::HigherIsBetter, true) => Verdict::Faster,
        }
    }
}
