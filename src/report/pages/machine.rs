//! The page of a machine: what it is, and how it is today.

use std::collections::BTreeMap;

use crate::model::{Conditions, Fact, Machine, Toolchain};
use crate::report::page::{Cell, Page, Section, Table};

/// Everything that was asked of this host, and what came of it.
pub fn machine_page(machine: &Machine, conditions: &Conditions, toolchain: &Toolchain) -> Page {
    let mut page = Page { title: format!("Machine {}", machine.key), ..Page::default() };
    page.sections = vec![
        facts("hardware, hashed into the key", &machine.hardware),
        facts("software", &machine.software),
        facts(&format!("conditions now, {}", conditions.time), &conditions.facts),
        facts("toolchain", &toolchain.facts),
    ];
    page.sections.retain(|section| !section.is_empty());
    page
}

/// A table of facts; empty where there are none.
pub(super) fn facts(heading: &str, facts: &BTreeMap<String, Fact>) -> Section {
    let mut section = Section::new(heading);
    let mut table = Table::new(&["fact", "state", "value or reason"]);
    for (name, fact) in facts {
        let (state, text) = match fact {
            Fact::Value(text) => ("value", text),
            Fact::Unknown(text) => ("unknown", text),
            Fact::NotApplicable(text) => ("not applicable", text),
        };
        table.rows.push(vec![Cell::name(name), Cell::text(state), Cell::text(text)]);
    }
    section.table = (!table.rows.is_empty()).then_some(table);
    section
}
