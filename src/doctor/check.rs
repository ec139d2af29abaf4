//! One check: what was found, whether that is well, what it harms, and the fix.

use serde::Serialize;

use crate::model::Fact;

/// One check and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was checked.
    pub name: &'static str,
    /// What came of it.
    pub state: State,
    /// What was found; where nothing was, why.
    pub found: String,
    /// Why it matters.
    pub why: &'static str,
    /// What a poor state harms.
    pub harms: Harm,
    /// The exact command or step that mends a poor state; none where nothing can be done from here.
    pub fix: Option<String>,
}

/// What came of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is as it ought to be.
    Fine,
    /// It harms.
    Poor,
    /// It could not be read.
    Unknown,
    /// It does not exist on this kind of machine.
    NotApplicable,
}

/// What a poor state harms, from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Harm {
    /// Nothing in itself: it is worth knowing.
    Little,
    /// Some benchmarks fail or are left out.
    Coverage,
    /// Times; ratios that are taken side by side hold.
    Timing,
    /// Ratios too.
    Ratios,
}

impl State {
    /// The word that is printed for it.
    pub fn word(self) -> &'static str {
        match self {
            State::Fine => "fine",
            State::Poor => "poor",
            State::Unknown => "unknown",
            State::NotApplicable => "not applicable",
        }
    }
}

impl Harm {
    /// The word that is printed for it.
    pub fn word(self) -> &'static str {
        match self {
            Harm::Little => "little",
            Harm::Coverage => "coverage",
            Harm::Timing => "timing",
            Harm::Ratios => "ratios",
        }
    }
}

/// What a check judges a reading to be.
pub(super) enum Finding {
    Fine,
    /// It harms, and this mends it.
    Poor(Option<String>),
    /// The reading is in no form that is known here.
    Odd,
}

impl Check {
    /// The check of one fact.
    pub(super) fn of(
        name: &'static str,
        fact: &Fact,
        (harms, why): (Harm, &'static str),
        judge: impl FnOnce(&str) -> Finding,
    ) -> Self {
        let (state, found, fix) = match fact {
            Fact::Value(text) => match judge(text) {
                Finding::Fine => (State::Fine, text.clone(), None),
                Finding::Poor(fix) => (State::Poor, text.clone(), fix),
                Finding::Odd => (State::Unknown, format!("`{text}` is not understood"), None),
            },
            Fact::Unknown(reason) => (State::Unknown, reason.clone(), None),
            Fact::NotApplicable(reason) => (State::NotApplicable, reason.clone(), None),
        };
        Self { name, state, found, why, harms, fix }
    }

    /// The check of a number: poor where `is_poor` says so.
    pub(super) fn of_number(
        name: &'static str,
        fact: &Fact,
        about: (Harm, &'static str),
        is_poor: impl FnOnce(f64) -> bool,
        fix: impl Into<Option<String>>,
    ) -> Self {
        Self::of(name, fact, about, |text| match text.parse::<f64>() {
            Ok(number) if number.is_finite() => poor_if(is_poor(number), fix),
            _ => Finding::Odd,
        })
    }

    /// The same check, with the unit behind what was found.
    pub(super) fn in_unit(mut self, unit: &str) -> Self {
        if matches!(self.state, State::Fine | State::Poor) && self.found.parse::<f64>().is_ok() {
            self.found.push_str(unit);
        }
        self
    }
}

/// Poor with its fix where it is so, else fine.
pub(super) fn poor_if(is_so: bool, fix: impl Into<Option<String>>) -> Finding {
    if is_so { Finding::Poor(fix.into()) } else { Finding::Fine }
}
