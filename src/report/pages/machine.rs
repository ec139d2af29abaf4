//! The pages of this host: what it is and how it is today, and what the doctor found.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::capital;
use crate::doctor::{Check, State};
use crate::model::{Conditions, Fact, FitFor, Fitness, Machine, MachineKey, Toolchain};
use crate::report::number::plural;
use crate::report::page::{Cell, NoteKind, Page, Section, Table};

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
        facts("Hardware, hashed into the key", &data.hardware),
        facts("Software", &data.software),
        facts(&format!("Conditions now, {}", data.conditions.time), &data.conditions.facts),
        facts("Toolchain", &data.toolchain),
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

/// What a host is suitable for, and its checks.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct DoctorData {
    /// What numbers of this host can be used for.
    pub suitable_for: FitFor,
    /// What keeps it from being suitable for more, what affects most first.
    pub reasons: Vec<String>,
    pub checks: Vec<Check>,
}

impl DoctorData {
    pub fn new(Fitness { fit_for, reasons }: Fitness, checks: Vec<Check>) -> Self {
        Self { suitable_for: fit_for, reasons, checks }
    }
}

/// What the host is suitable for; warnings with their fixes, what affects most first; what is unknown; what is fine.
pub fn doctor_page(data: &DoctorData) -> Page {
    let mut page = Page { title: "This host as a place to measure".to_owned(), ..Page::default() };
    page.line("suitable for", fitness_text(data.suitable_for, &data.reasons));
    page.line("checks", counted(&data.checks));
    page.sections = vec![warnings(&data.checks)];
    for state in [State::Unknown, State::Fine, State::NotApplicable] {
        page.sections.push(others(&data.checks, state));
    }
    page.with_next(match data.checks.iter().any(|check| check.state == State::Warning && check.fix.is_some()) {
        true => "apply the fixes and run `parcost doctor` again, or measure with `parcost run`",
        false => "`parcost run` measures and stores a run",
    })
}

/// `ratios only (virtualisation: kvm; load: 1.2)`.
pub(super) fn fitness_text(suitable_for: FitFor, reasons: &[String]) -> String {
    if reasons.is_empty() { suitable_for.to_string() } else { format!("{suitable_for} ({})", reasons.join("; ")) }
}

fn counted(checks: &[Check]) -> String {
    let count = |state| checks.iter().filter(|check| check.state == state).count();
    let states = [State::Warning, State::Unknown, State::Fine, State::NotApplicable];
    let counts: Vec<String> = states
        .iter()
        .map(|&state| match (state, count(state)) {
            (State::Warning, count) => plural(count, "warning"),
            (state, count) => format!("{count} {state}"),
        })
        .collect();
    format!("{}: {}", checks.len(), counts.join(", "))
}

fn warnings(checks: &[Check]) -> Section {
    let mut warnings: Vec<&Check> = checks.iter().filter(|check| check.state == State::Warning).collect();
    warnings.sort_by_key(|check| std::cmp::Reverse(check.affects));
    let row =
        |check: &&Check| [check.name, &check.found, &check.affects.to_string(), check.why].map(Cell::text).to_vec();
    let table = Table::of(&["check", "found", "affects", "why it matters"], warnings.iter().map(row));
    let mut section = Section::new("Warnings").tabled(None, table);
    // Not in the table, whose columns are too narrow for a command that is to be copied.
    for check in warnings {
        section.note(NoteKind::Fix, check.name, check.fix.as_deref().unwrap_or("none from here"));
    }
    section
}

fn others(checks: &[Check], state: State) -> Section {
    let found = if state == State::Fine { "found" } else { "why" };
    let row = |check: &Check| [check.name, &check.found, &check.affects.to_string()].map(Cell::text).to_vec();
    let rows = checks.iter().filter(|check| check.state == state).map(row);
    Section::new(capital(&state.to_string())).tabled(None, Table::of(&["check", found, "could affect"], rows))
}
