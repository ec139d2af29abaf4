//! What is said of one benchmark.

use serde::Serialize;

use super::{Doubt, Flaw};
use crate::model::{Class, Estimate, Metric};

/// What became of one benchmark.
#[derive(Clone, Debug, PartialEq)]
pub struct PairedVerdict {
    /// The bench target.
    pub topic: String,
    /// Its name as the harness prints it.
    pub benchmark: String,
    /// Which of the times was judged.
    pub metric: Metric,
    /// What kind of work it is.
    pub class: Class,
    /// The verdict.
    pub outcome: PairedOutcome,
    /// The smallest change worth telling, as a share; none where the verdict is that nothing could be judged.
    pub floor: Option<f64>,
    /// Number of pairs that the verdict rests on.
    pub pairs: usize,
    /// Candidate ÷ baseline - 1 with its 95 % interval; none below 6 pairs.
    pub change: Option<Estimate>,
    /// How often noise alone would go that far beyond the floor, in the direction of the change, at any of the looks;
    /// none before the first look. It is held against what all benchmarks of the run found.
    pub p: Option<f64>,
    /// The smallest change that these pairs would have shown 19 times in 20, as a share; none below 6 pairs.
    pub smallest: Option<f64>,
    /// The same change of the medians of wall time in place of the minima: shown beside it, never judged.
    pub median: Option<Estimate>,
}

/// The verdict on one benchmark.
#[derive(Clone, Debug, PartialEq)]
pub enum PairedOutcome {
    /// It got slower by more than the floor.
    Regressed,
    /// It got faster by more than the floor.
    Improved,
    /// It got slower, and that was reviewed: why.
    Accepted(String),
    /// It moved by less than twice the floor, if at all.
    Unchanged,
    /// It moved as the compiler's placing of code may move it, and executes the same instructions.
    Layout,
    /// The pairs do not tell.
    Inconclusive(Doubt),
    /// There is nothing that could be judged.
    Invalid(Flaw),
}

/// The same without the reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeKind {
    /// See [`PairedOutcome::Regressed`].
    Regressed,
    /// See [`PairedOutcome::Accepted`].
    Accepted,
    /// See [`PairedOutcome::Improved`].
    Improved,
    /// See [`PairedOutcome::Layout`].
    Layout,
    /// A count that moved by less than is held against it.
    Notice,
    /// See [`PairedOutcome::Inconclusive`].
    Inconclusive,
    /// See [`PairedOutcome::Invalid`].
    Invalid,
    /// See [`PairedOutcome::Unchanged`].
    Unchanged,
}

impl PairedOutcome {
    /// The outcome without its reason.
    pub fn kind(&self) -> OutcomeKind {
        match self {
            PairedOutcome::Regressed => OutcomeKind::Regressed,
            PairedOutcome::Accepted(_) => OutcomeKind::Accepted,
            PairedOutcome::Improved => OutcomeKind::Improved,
            PairedOutcome::Unchanged => OutcomeKind::Unchanged,
            PairedOutcome::Layout => OutcomeKind::Layout,
            PairedOutcome::Inconclusive(_) => OutcomeKind::Inconclusive,
            PairedOutcome::Invalid(_) => OutcomeKind::Invalid,
        }
    }

    /// Why nothing is decided, where that is so.
    pub fn reason(&self) -> Option<String> {
        match self {
            PairedOutcome::Accepted(reason) => Some(reason.clone()),
            PairedOutcome::Inconclusive(doubt) => Some(doubt.to_string()),
            PairedOutcome::Invalid(flaw) => Some(flaw.to_string()),
            PairedOutcome::Layout => Some("its instructions are the same; the place of the code may be all".to_owned()),
            PairedOutcome::Regressed | PairedOutcome::Improved | PairedOutcome::Unchanged => None,
        }
    }
}

impl OutcomeKind {
    /// The word that is printed for it.
    pub fn word(self) -> &'static str {
        match self {
            OutcomeKind::Regressed => "regressed",
            OutcomeKind::Accepted => "accepted",
            OutcomeKind::Improved => "improved",
            OutcomeKind::Unchanged => "unchanged",
            OutcomeKind::Layout => "layout?",
            OutcomeKind::Notice => "notice",
            OutcomeKind::Inconclusive => "inconclusive",
            OutcomeKind::Invalid => "invalid",
        }
    }

    /// Whether it says anything of the change.
    pub fn is_decided(self) -> bool {
        !matches!(self, OutcomeKind::Inconclusive | OutcomeKind::Invalid)
    }
}
