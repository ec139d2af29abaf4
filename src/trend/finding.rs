//! A finding: shifts that have one cause, what it means and who is suspected.

use serde::Serialize;

use crate::model::Estimate;
use crate::trend::Hazard;
use crate::trend::replay::Alert;
use crate::verdict::environment::EnvironmentChange;

/// What a group of shifts means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// The code got worse.
    Regression,
    /// The machine, or what it runs, changed; the code is not to blame.
    Machine,
    /// It got worse, and a rule accepts it.
    Accepted,
    /// It got better.
    Improvement,
    /// It went back to a level that was left a short while ago.
    Return,
    /// Other people's programs take longer or less long.
    Foreign,
}

/// What makes a finding one of the machine.
#[derive(Clone, Debug, PartialEq)]
pub enum Suspect {
    /// The binaries before and after are the same.
    SameCode,
    /// Calibrators shifted at the same place in the same direction.
    Calibrators(Vec<Control>),
    /// Most floors shifted at the same place in the same direction.
    Floors(Vec<Control>),
    /// Most series shifted together, and there are no calibrators that could tell.
    MostSeries {
        /// How many.
        shifted: usize,
        /// Of how many.
        judged: usize,
    },
}

/// A calibrator or a floor that moved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Control {
    /// The number of its series.
    pub series: usize,
    /// By how much.
    pub effect: Estimate,
}

/// Shifts that have one cause.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What it means.
    pub kind: FindingKind,
    /// Whether it is for the worse, whoever is to blame.
    pub worse: bool,
    /// The place of the last commit before it.
    pub before: usize,
    /// The place of the commit at which most of its members shifted.
    pub at: usize,
    /// The shifts, the worst first.
    pub members: Vec<Member>,
    /// New level ÷ old level - 1, geometric mean over the members.
    pub effect: f64,
    /// How sure it is: the rarest hazard of its members.
    pub hazard: Hazard,
    /// Why it is the machine, where it is.
    pub suspect: Option<Suspect>,
    /// What else was otherwise at its commit than before.
    pub changed: Vec<EnvironmentChange>,
    /// The line of the rule that accepts it, where one does.
    pub rule: Option<usize>,
}

/// One shift.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Member {
    /// The number of the series.
    pub series: usize,
    /// The place of the last commit of the series before it.
    pub before: usize,
    /// The place of the first commit of the series on the new level.
    pub at: usize,
    /// The place of the commit after which it was told.
    pub seen: usize,
    /// The shift, in places of the series.
    pub alert: Alert,
}

impl Finding {
    /// The numbers of its series.
    pub fn series(&self) -> impl Iterator<Item = usize> {
        self.members.iter().map(|member| member.series)
    }
}

impl FindingKind {
    /// The word that is printed for it.
    pub fn word(self) -> &'static str {
        match self {
            FindingKind::Regression => "regression",
            FindingKind::Machine => "machine",
            FindingKind::Accepted => "accepted",
            FindingKind::Improvement => "improvement",
            FindingKind::Return => "return",
            FindingKind::Foreign => "foreign",
        }
    }
}
