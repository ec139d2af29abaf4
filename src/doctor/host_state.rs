//! What is known of a host, before and after something ran on it.

use std::collections::BTreeMap;

use crate::model::{Conditions, EMULATED, Fact, Machine, Toolchain};

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
