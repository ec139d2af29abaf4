//! The verdict on one series, and the outcome of a whole gate, comparison or history.

use schemars::JsonSchema;
use serde::Serialize;
use strum::{Display, IntoStaticStr, VariantArray};

use crate::model::{Direction, Metric};

/// The verdict on one series, the same in every verb.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    JsonSchema,
    Display,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Verdict {
    /// Worse than the baseline, significantly and beyond the threshold. An accepted regression is one, too.
    Regressed,
    /// Better than the baseline, significantly and beyond the threshold.
    Improved,
    /// The change lies within the threshold, or so close to it that it does not matter.
    Unchanged,
    /// The data are sound and do not decide: the reason says what would.
    #[default]
    Inconclusive,
    /// The data cannot be judged: the reason says what is wrong with them.
    Invalid,
}

/// The outcome of a whole gate, comparison or history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema, Display, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Outcome {
    /// Nothing regressed, and enough was judged to say so.
    Pass,
    /// Too little was judged, or something is missing that could have regressed.
    Inconclusive,
    /// Something regressed.
    Fail,
}

impl Verdict {
    /// All verdicts, in the order in which they are counted on a page.
    pub const ALL: &[Verdict] = Self::VARIANTS;

    /// The verdict on a metric whose value grew, or shrank, by more than the threshold.
    pub fn of_change(metric: Metric, grew: bool) -> Self {
        let is_worse = grew == (metric.direction() == Direction::LowerIsBetter);
        if is_worse { Verdict::Regressed } else { Verdict::Improved }
    }

    pub fn word(self) -> &'static str {
        self.into()
    }

    /// Whether the series regressed or improved.
    pub fn is_change(self) -> bool {
        matches!(self, Verdict::Regressed | Verdict::Improved)
    }

    /// Whether the series was judged, one way or the other.
    pub fn is_decided(self) -> bool {
        !matches!(self, Verdict::Inconclusive | Verdict::Invalid)
    }
}

impl Outcome {
    pub fn word(self) -> &'static str {
        self.into()
    }
}
