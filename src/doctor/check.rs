//! One check: what was found, what a warning affects, and the fix; and what a host is suitable for, by all checks.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use strum::Display;

use crate::model::{Conditions, EMULATED, Fact, FitFor, Fitness, Machine, Toolchain};

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

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema, Display)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema, Display)]
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

pub(super) enum Finding {
    Fine,
    Warning(Option<String>),
    /// The reading is not understood.
    Odd,
}

/// A fact that is looked at, and what a warning of it affects.
pub(super) struct Subject {
    name: &'static str,
    fact: Fact,
    affects: Affects,
    why: &'static str,
}

pub(super) fn check(name: &'static str, fact: Fact) -> Subject {
    Subject { name, fact, affects: Affects::Little, why: "" }
}

impl Subject {
    pub(super) fn affects(self, affects: Affects, why: &'static str) -> Self {
        Self { affects, why, ..self }
    }

    pub(super) fn judged(self, judge: impl FnOnce(&str) -> Finding) -> Check {
        let Self { name, fact, affects, why } = self;
        let (state, found, fix) = match fact {
            Fact::Value(text) => match judge(&text) {
                Finding::Fine => (State::Fine, text, None),
                Finding::Warning(fix) => (State::Warning, text, fix),
                Finding::Odd => (State::Unknown, format!("`{text}` is not understood"), None),
            },
            Fact::Unknown(reason) => (State::Unknown, reason, None),
            Fact::NotApplicable(reason) => (State::NotApplicable, reason, None),
        };
        Check { name, state, found, why, affects, fix }
    }

    pub(super) fn warn_if(self, is_so: impl FnOnce(&str) -> bool, fix: impl Into<Option<String>>) -> Check {
        self.judged(|text| warn_if(is_so(text), fix))
    }

    /// The check of a number: a warning where `exceeds` says so.
    pub(super) fn exceeds(self, exceeds: impl FnOnce(f64) -> bool, fix: impl Into<Option<String>>) -> Check {
        self.judged(|text| match text.parse::<f64>() {
            Ok(number) if number.is_finite() => warn_if(exceeds(number), fix),
            _ => Finding::Odd,
        })
    }
}

impl Check {
    /// The same of bytes, which nobody counts.
    pub(super) fn in_mebibytes(mut self) -> Self {
        if let (State::Fine | State::Warning, Ok(bytes)) = (self.state, self.found.parse::<u64>()) {
            let kib = bytes / 1024;
            self.found = if kib % 1024 == 0 { format!("{} MiB", kib / 1024) } else { format!("{kib} KiB") };
        }
        self
    }

    pub(super) fn in_unit(mut self, unit: &str) -> Self {
        if matches!(self.state, State::Fine | State::Warning) && self.found.parse::<f64>().is_ok() {
            self.found.push_str(unit);
        }
        self
    }
}

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

#[derive(Clone, Copy, Debug)]
pub struct HostState<'a> {
    pub machine: &'a Machine,
    pub before: &'a Conditions,
    pub after: &'a Conditions,
    pub toolchain: &'a Toolchain,
}

impl HostState<'_> {
    pub(super) fn hardware(&self, name: &str) -> Fact {
        find(&self.machine.hardware, name)
    }

    pub(super) fn software(&self, name: &str) -> Fact {
        find(&self.machine.software, name)
    }

    pub(super) fn tool(&self, name: &str) -> Fact {
        find(&self.toolchain.facts, name)
    }

    /// A reading from before anything was measured.
    pub(super) fn condition(&self, name: &str) -> Fact {
        find(&self.before.facts, name)
    }

    /// What a counter grew by; unknown where it was reset.
    pub(super) fn growth(&self, name: &str) -> Fact {
        let (before, after) = (find(&self.before.facts, name), find(&self.after.facts, name));
        let (Some(first), Some(last)) = (before.value(), after.value()) else {
            return if before.value().is_some() { after } else { before };
        };
        let grown =
            last.parse::<u64>().ok().zip(first.parse::<u64>().ok()).and_then(|(last, first)| last.checked_sub(first));
        grown.map_or_else(|| Fact::Unknown(format!("{name} was reset")), |grown| Fact::Value(grown.to_string()))
    }

    /// A number among the facts of the hardware, if it is one.
    pub(super) fn hardware_number(&self, name: &str) -> Option<f64> {
        self.hardware(name).value()?.parse().ok().filter(|number: &f64| number.is_finite())
    }

    pub(super) fn is_container(&self) -> bool {
        self.hardware("container").value().is_some_and(|kind| kind != "none")
    }

    pub(super) fn is_emulated(&self) -> bool {
        self.hardware("virtualisation").value().is_some_and(|kind| kind.starts_with(EMULATED))
    }

    pub(super) fn is_guest(&self) -> bool {
        self.hardware("virtualisation").value().is_some_and(|kind| kind != "none")
    }

    /// A command that only the administrator of the kernel may give; a container's own is not enough.
    pub(super) fn as_root(&self, command: &str) -> String {
        if self.is_container() {
            format!("outside the container, `sudo {command}`")
        } else {
            format!("`sudo {command}`")
        }
    }

    pub(super) fn write(&self, word: &str, path: &str) -> String {
        self.as_root(&format!("sh -c 'for f in {path}; do echo {word} > $f; done'"))
    }

    pub(super) fn set(&self, setting: &str) -> String {
        self.as_root(&format!("sysctl -w {setting}"))
    }
}

/// What every Linux has must be known: that it is not there is a failure to read it.
pub(super) fn always(fact: Fact) -> Fact {
    match fact {
        Fact::NotApplicable(reason) => Fact::Unknown(reason),
        fact => fact,
    }
}

fn find(facts: &BTreeMap<String, Fact>, name: &str) -> Fact {
    facts.get(name).cloned().unwrap_or_else(|| Fact::Unknown("not read".to_owned()))
}
