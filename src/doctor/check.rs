//! One check: what was found, what a warning affects, and the fix; and what a host is suitable for, by all checks.

use schemars::JsonSchema;
use serde::Serialize;
use strum::IntoStaticStr;

use crate::model::{Fact, FitFor, Fitness};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Check {
    pub name: &'static str,
    pub state: State,
    /// What was found, or why nothing was.
    pub found: String,
    pub why: &'static str,
    pub affects: Affects,
    /// The command or step that fixes it; none where nothing can be done from here.
    pub fix: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum State {
    Fine,
    /// It affects measurements.
    Warning,
    Unknown,
    /// It does not exist on this kind of machine.
    #[strum(serialize = "not applicable")]
    NotApplicable,
}

/// What a warning affects, from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Affects {
    /// Nothing by itself: it is worth knowing.
    Little,
    /// Some benchmarks fail or are skipped.
    Coverage,
    /// Times; ratios that are taken side by side hold.
    Timing,
    Ratios,
}

impl State {
    pub fn word(self) -> &'static str {
        self.into()
    }
}

impl Affects {
    pub fn word(self) -> &'static str {
        self.into()
    }
}

pub(super) enum Finding {
    Fine,
    Warning(Option<String>),
    /// The reading is not understood.
    Odd,
}

impl Check {
    pub(super) fn of(
        name: &'static str,
        fact: &Fact,
        (affects, why): (Affects, &'static str),
        judge: impl FnOnce(&str) -> Finding,
    ) -> Self {
        let (state, found, fix) = match fact {
            Fact::Value(text) => match judge(text) {
                Finding::Fine => (State::Fine, text.clone(), None),
                Finding::Warning(fix) => (State::Warning, text.clone(), fix),
                Finding::Odd => (State::Unknown, format!("`{text}` is not understood"), None),
            },
            Fact::Unknown(reason) => (State::Unknown, reason.clone(), None),
            Fact::NotApplicable(reason) => (State::NotApplicable, reason.clone(), None),
        };
        Self { name, state, found, why, affects, fix }
    }

    /// The check of a number: a warning where `exceeds` says so.
    pub(super) fn of_number(
        name: &'static str,
        fact: &Fact,
        about: (Affects, &'static str),
        exceeds: impl FnOnce(f64) -> bool,
        fix: impl Into<Option<String>>,
    ) -> Self {
        Self::of(name, fact, about, |text| match text.parse::<f64>() {
            Ok(number) if number.is_finite() => warn_if(exceeds(number), fix),
            _ => Finding::Odd,
        })
    }

    pub(super) fn in_unit(mut self, unit: &str) -> Self {
        if matches!(self.state, State::Fine | State::Warning) && self.found.parse::<f64>().is_ok() {
            self.found.push_str(unit);
        }
        self
    }
}

/// A warning with its fix where it is so, else fine.
pub(super) fn warn_if(is_so: bool, fix: impl Into<Option<String>>) -> Finding {
    if is_so { Finding::Warning(fix.into()) } else { Finding::Fine }
}

/// What the numbers of a host with these checks are good for.
///
/// A check that could not be made counts as one that affects times: nothing shows that they hold, and nothing that ratios
/// do not. What does not exist on a machine affects nothing.
pub fn fitness(checks: &[Check]) -> Fitness {
    let mut warnings: Vec<(Affects, String)> = checks
        .iter()
        .filter(|check| check.affects >= Affects::Timing)
        .filter_map(|check| match check.state {
            State::Warning => Some((check.affects, format!("{}: {}", check.name, check.found))),
            State::Unknown => Some((Affects::Timing, format!("{} is unknown: {}", check.name, check.found))),
            State::Fine | State::NotApplicable => None,
        })
        .collect();
    // Stable: within one impact the order of the checks remains.
    warnings.sort_by_key(|(affects, _)| std::cmp::Reverse(*affects));
    let fit_for = match warnings.first() {
        Some((Affects::Ratios, _)) => FitFor::CountsOnly,
        Some(_) => FitFor::RatiosOnly,
        None => FitFor::Timing,
    };
    Fitness { fit_for, reasons: warnings.into_iter().map(|(_, reason)| reason).collect() }
}
