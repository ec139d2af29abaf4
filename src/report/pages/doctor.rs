//! The page of the doctor: what is poor on this host and its fix, then all else that was checked.

use serde::Serialize;

use crate::doctor::{Check, State};
use crate::model::Fitness;
use crate::report::page::{Cell, Page, Section, Table};

/// The checks of a host and the verdict over them, as programs read it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DoctorRows {
    /// What its numbers are good for.
    pub fitness: Fitness,
    /// Every check.
    pub checks: Vec<Check>,
}

/// The verdict; what is poor with its fix, the gravest first; what is not known; what is fine.
pub fn doctor_page(rows: &DoctorRows) -> Page {
    let mut page = Page { title: "This host as a place to measure".to_owned(), ..Page::default() };
    page.line("fit for", fitness_text(&rows.fitness));
    page.line("checks", counted(&rows.checks));
    page.sections = vec![poor(&rows.checks)];
    for state in [State::Unknown, State::Fine, State::NotApplicable] {
        page.sections.push(others(&rows.checks, state));
    }
    page.sections.retain(|section| !section.is_empty());
    page
}

/// `ratios only (virtualisation: kvm; load: 1.2)`.
pub(super) fn fitness_text(fitness: &Fitness) -> String {
    let fit_for = fitness.fit_for;
    if fitness.reasons.is_empty() { fit_for.to_string() } else { format!("{fit_for} ({})", fitness.reasons.join("; ")) }
}

fn counted(checks: &[Check]) -> String {
    let count = |state| checks.iter().filter(|check| check.state == state).count();
    let states = [State::Poor, State::Unknown, State::Fine, State::NotApplicable];
    let counts: Vec<String> = states.iter().map(|&state| format!("{} {}", count(state), state.word())).collect();
    format!("{}: {}", checks.len(), counts.join(", "))
}

fn poor(checks: &[Check]) -> Section {
    let mut section = Section::new("poor");
    let mut table = Table::new(&["check", "found", "harms", "why it matters, and the fix"]);
    let mut poor: Vec<&Check> = checks.iter().filter(|check| check.state == State::Poor).collect();
    poor.sort_by_key(|check| std::cmp::Reverse(check.harms));
    for check in poor {
        let fix = check.fix.as_deref().unwrap_or("nothing can be done about it from here");
        let text = format!("{}. Fix: {fix}", check.why);
        let cells = [check.name, &check.found, check.harms.word(), &text];
        table.rows.push(cells.iter().map(|text| Cell::text(*text)).collect());
    }
    section.table = (!table.rows.is_empty()).then_some(table);
    section
}

fn others(checks: &[Check], state: State) -> Section {
    let mut section = Section::new(state.word());
    let found = if state == State::Fine { "found" } else { "why" };
    let mut table = Table::new(&["check", found, "could harm"]);
    for check in checks.iter().filter(|check| check.state == state) {
        let cells = [check.name, &check.found, check.harms.word()];
        table.rows.push(cells.iter().map(|text| Cell::text(*text)).collect());
    }
    section.table = (!table.rows.is_empty()).then_some(table);
    section
}
