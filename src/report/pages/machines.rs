//! The page of several machines: where their answers exclude each other, what costs what inside each, what they differ in.

mod answers;
mod differences;
mod prices;

use serde::Serialize;

use super::compare::{Remark, remarks};
use super::doctor;
use crate::advise::machines::{Machines, QuestionKind, Yardstick};
use crate::model::Fitness;
use crate::report::page::{Cell, Page, Section, Table};

/// A machine that is compared.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ComparedMachine {
    /// Its key.
    pub key: String,
    /// The run that speaks for it.
    pub run: String,
    /// Number of its other runs, by which sessions are told to differ.
    pub others: usize,
    /// What the circumstances of the run allow its numbers to be used for, where that is known.
    pub fitness: Option<Fitness>,
}

/// Machines side by side as programs read it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MachineComparisonRows<'a> {
    /// The machines; whatever has a value for each of them has it in their order.
    pub compared: &'a [ComparedMachine],
    /// What was left out while they were read.
    pub remarks: &'a [Remark],
    /// What they have to say to each other.
    pub machines: &'a Machines,
}

/// What several machines have to say to each other.
pub fn machines_page(compared: &[ComparedMachine], machines: &Machines, remarks_found: &[Remark]) -> Page {
    let mut page = Page { title: format!("Comparison of {} machines", compared.len()), ..Page::default() };
    if let Some(by) = machines.normalised_by {
        page.line("NORMALISED", normalised(by));
    }
    page.line("verdict", "none: THE MACHINES DIFFER, so that nothing here is slower or faster");
    page.line("headline", headline(machines));
    for (place, machine) in compared.iter().enumerate() {
        page.line(&letter(place), told(machine));
    }
    page.sections = machine_sections(compared.len(), machines).into();
    page.sections.push(remarks(remarks_found));
    page.sections.retain(|section| !section.is_empty());
    page
}

/// The parts of the page but for what was found on the way, for pages that say more: opposite answers, those that are not
/// full, differences, means inside and across, ratios, and what has none. Machines are told by their letters.
pub(in crate::report) fn machine_sections(count: usize, machines: &Machines) -> [Section; 7] {
    [
        answers::changes(count, machines),
        answers::partly(count, machines),
        differences::differences(count, machines),
        prices::inside(count, machines),
        prices::across(count, machines),
        prices::rows(count, machines),
        prices::left_out(machines),
    ]
}

/// What stands for a machine in the heads of columns, since keys are long: `A`, `B`, …, and numbers after `Z`.
pub(in crate::report) fn letter(place: usize) -> String {
    match u8::try_from(place) {
        Ok(place @ 0..26) => char::from(b'A' + place).to_string(),
        _ => (place + 1).to_string(),
    }
}

/// In a sentence: what is different, first of all.
pub(in crate::report) fn headline(machines: &Machines) -> String {
    let count = |kind| machines.changes.iter().filter(|question| question.kind == kind).count();
    let kinds = [
        (QuestionKind::Advice, ["piece of advice", "pieces of advice"]),
        (QuestionKind::Claim, ["claim", "claims"]),
        (QuestionKind::Crossover, ["crossover", "crossovers"]),
        (QuestionKind::Order, ["order of mechanisms", "orders of mechanisms"]),
    ];
    let told = kinds.map(|(kind, word)| (count(kind), word)).into_iter().filter(|(count, _)| *count > 0);
    let told: Vec<String> = told.map(|(count, words)| format!("{count} {}", words[usize::from(count != 1)])).collect();
    let agreed = format!("answers that are the same everywhere: {}", machines.agreed);
    match told.is_empty() {
        true => format!("no machine says the opposite of another; {agreed}"),
        false => format!("machines say the opposite of each other in {}; {agreed}", told.join(", ")),
    }
}

fn normalised(by: Yardstick) -> &'static str {
    match by {
        Yardstick::Calibrator => {
            "BY CALIBRATOR: every price is a multiple of a small fixed work timed beside it. Absolute speed is divided out: \
             a machine that is slower in everything looks the same"
        }
        Yardstick::Floor => {
            "BY FLOOR: every price is a multiple of the least that its own system needs for such work. Absolute speed is \
             divided out: a machine that is slower in everything looks the same"
        }
    }
}

fn told(machine: &ComparedMachine) -> String {
    let mut text = format!("{}: {}", machine.key, machine.run);
    if machine.others > 0 {
        text.push_str(&format!("; how its sessions differ is told by {} more", machine.others));
    }
    if let Some(fitness) = &machine.fitness {
        text.push_str(&format!("; suitable for {}", doctor::fitness_text(fitness.fit_for, &fitness.reasons)));
    }
    text
}

/// A table with some columns and one a machine.
fn table(first: &[&str], count: usize, numeric: bool) -> Table {
    let heads: Vec<String> =
        (0..count).map(|place| format!("{}{}", if numeric { "#" } else { "" }, letter(place))).collect();
    Table::new(&first.iter().copied().chain(heads.iter().map(String::as_str)).collect::<Vec<_>>())
}

/// The text of a count.
fn number(count: usize) -> Cell {
    Cell::text(count.to_string())
}
