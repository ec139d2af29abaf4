//! The page of a machine: what it is, and how it is today.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{Conditions, Fact, Machine, MachineKey, Toolchain};
use crate::report::page::{Cell, Page, Section, Table};

/// What a machine is and how it is now; every fact is a value, or the reason why there is none.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MachineData {
    /// The key: runs are judged against each other only under one.
    pub machine: MachineKey,
    /// Facts of the hardware, hashed into the key.
    pub hardware: BTreeMap<String, Fact>,
    /// Facts of the system's software.
    pub software: BTreeMap<String, Fact>,
    /// Facts of today: load, frequency, pressure.
    pub conditions: Conditions,
    /// Compilers and tools.
    pub toolchain: BTreeMap<String, Fact>,
}

impl MachineData {
    pub fn new(machine: Machine, conditions: Conditions, toolchain: Toolchain) -> Self {
        let Machine { key, hardware, software } = machine;
        Self { machine: key, hardware, software, conditions, toolchain: toolchain.facts }
    }
}

/// Everything that was asked of this host, and what came of it.
pub fn machine_page(data: &MachineData) -> Page {
    let mut page = Page { title: format!("Machine {}", data.machine), ..Page::default() };
    page.sections = vec![
        facts("hardware, hashed into the key", &data.hardware),
        facts("software", &data.software),
        facts(&format!("conditions now, {}", data.conditions.time), &data.conditions.facts),
        facts("toolchain", &data.toolchain),
    ];
    page.with_next("`parcost doctor` says what it is suitable for, and the fix for each problem")
}

pub(super) fn facts(heading: &str, facts: &BTreeMap<String, Fact>) -> Section {
    let rows = facts.iter().map(|(name, fact)| {
        let (state, text) = match fact {
            Fact::Value(text) => ("value", text),
            Fact::Unknown(text) => ("unknown", text),
            Fact::NotApplicable(text) => ("not applicable", text),
        };
        vec![Cell::name(name), Cell::text(state), Cell::text(text)]
    });
    Section::new(heading).tabled(None, Table::of(&["fact", "state", "value or reason"], rows))
}
