//! The page of several machines: where they disagree, how they differ, and what costs what on each.

mod answers;
mod differences;
mod overview;
mod ratios;

pub(in crate::report) use overview::DIFFERENCES_MAX;
pub(in crate::report) use ratios::label as ratio_label;

use schemars::JsonSchema;
use serde::Serialize;

use super::compare::{Remark, remarks};
use super::doctor;
use crate::advise::machines::{Machines, NormalizeBy, QuestionKind};
use crate::model::Fitness;
use crate::report::page::{Page, Section, Table};

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ComparedMachine {
    pub key: String,
    pub run: String,
    /// Number of its other runs, which show how sessions differ.
    pub others: usize,
    /// What the circumstances of the run allow its numbers to be used for, where that is known.
    pub fitness: Option<Fitness>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct MachineComparisonRows<'a> {
    /// The machines; whatever has a value for each of them has it in their order.
    pub compared: &'a [ComparedMachine],
    pub remarks: &'a [Remark],
    pub machines: &'a Machines,
}

/// With more disagreements than these they are not on the first screen.
const DISAGREEMENTS_FIRST: usize = 5;

pub fn machines_page(compared: &[ComparedMachine], machines: &Machines, remarks_found: &[Remark]) -> Page {
    let mut page = Page { title: format!("Comparison of {} machines", compared.len()), ..Page::default() };
    if let Some(by) = machines.normalized_by {
        page.line("NORMALIZED", normalized(by));
    }
    page.line("verdict", "none: THE MACHINES DIFFER, so nothing here is regressed or improved");
    page.line("headline", headline(machines));
    for (index, machine) in compared.iter().enumerate() {
        page.line(&letter(index), described(machine));
    }
    page.sections = first_sections(compared.len(), machines).into();
    page.sections.push(overview::largest(compared.len(), machines));
    page.sections.push(remarks(remarks_found));
    let [disagreements, others @ ..] = machine_sections(compared.len(), machines);
    let is_short = (1..=DISAGREEMENTS_FIRST).contains(&machines.disagreements.len());
    page.sections.push(if is_short { disagreements } else { disagreements.folded() });
    page.sections.extend(others.map(Section::folded));
    let where_they = if is_short { "" } else { "where they disagree, " };
    page.with_next(format!("`--all` prints {where_they}how they differ, and every ratio"))
}

/// What is read first: the answers and the key costs, side by side.
pub(in crate::report) fn first_sections(count: usize, machines: &Machines) -> [Section; 2] {
    [overview::advice(count, machines), overview::costs(count, machines)]
}

/// The parts of the page without the remarks: disagreements, incomplete answers, differences, means of each machine and to
/// the first, ratios, and what has none. Machines are named by their letters.
pub(in crate::report) fn machine_sections(count: usize, machines: &Machines) -> [Section; 7] {
    [
        answers::disagreements(count, machines),
        answers::incomplete(count, machines),
        differences::differences(count, machines),
        ratios::within(count, machines),
        ratios::to_first(count, machines),
        ratios::rows(count, machines),
        ratios::skipped(machines),
    ]
}

/// What stands for a machine in the heads of columns, since keys are long: `A`, `B`, …, and numbers after `Z`.
pub(in crate::report) fn letter(index: usize) -> String {
    match u8::try_from(index) {
        Ok(index @ 0..26) => char::from(b'A' + index).to_string(),
        _ => (index + 1).to_string(),
    }
}

pub(in crate::report) fn headline(machines: &Machines) -> String {
    let count = |kind| machines.disagreements.iter().filter(|question| question.kind == kind).count();
    let kinds = [
        (QuestionKind::Advice, ["piece of advice", "pieces of advice"]),
        (QuestionKind::Claim, ["claim", "claims"]),
        (QuestionKind::Crossover, ["crossover", "crossovers"]),
        (QuestionKind::Order, ["question of which mechanism is cheaper", "questions of which mechanism is cheaper"]),
    ];
    let found = kinds.map(|(kind, word)| (count(kind), word)).into_iter().filter(|(count, _)| *count > 0);
    let found: Vec<String> =
        found.map(|(count, words)| format!("{count} {}", words[usize::from(count != 1)])).collect();
    let agreed = match machines.agreed {
        1 => "1 answer is the same on all machines".to_owned(),
        agreed => format!("{agreed} answers are the same on all machines"),
    };
    match found.is_empty() {
        true => format!("no answers of the machines exclude each other; {agreed}"),
        false => format!("the machines disagree in {}; {agreed}", found.join(", ")),
    }
}

fn normalized(by: NormalizeBy) -> String {
    let what = match by {
        NormalizeBy::Reference => {
            "BY REFERENCE WORKLOAD: every cost is a multiple of small fixed work timed next to it"
        }
        NormalizeBy::LowerBound => {
            "BY LOWER BOUND: every cost is a multiple of the least that its own system needs for the work"
        }
    };
    format!("{what}. Absolute speed is divided out: a machine that is slower in everything looks the same")
}

fn described(machine: &ComparedMachine) -> String {
    let mut text = format!("{}: {}", machine.key, machine.run);
    match machine.others {
        0 => {}
        1 => text.push_str("; 1 more run shows how its sessions differ"),
        others => text.push_str(&format!("; {others} more runs show how its sessions differ")),
    }
    if let Some(fitness) = &machine.fitness {
        text.push_str(&format!("; suitable for {}", doctor::fitness_text(fitness.fit_for, &[])));
    }
    text
}

fn table(first: &[&str], count: usize, numeric: bool) -> Table {
    let heads: Vec<String> =
        (0..count).map(|index| format!("{}{}", if numeric { "#" } else { "" }, letter(index))).collect();
    Table::new(&first.iter().copied().chain(heads.iter().map(String::as_str)).collect::<Vec<_>>())
}
