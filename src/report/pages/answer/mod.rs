//! Threads or processes: what to use, which claims hold, and where the answer turns.

mod advice;
mod costs;
mod forecast;
mod peaks;

pub(super) use advice::{choice_cell, choice_word, section as advice_section};
pub(super) use costs::costs;
use forecast::forecast_sections;

use schemars::JsonSchema;
use serde::Serialize;

use super::doctor::fitness_text;
use super::run_text;
use crate::advise::Crossing;
use crate::advise::answer::{Answer, Check, Claim, Crossover, Forecast};
use crate::advise::{KeyCost, Law, key_costs, laws};
use crate::model::topics::axis_of;
use crate::model::{MachineKey, Metric, Run};
use crate::report::number::{count, quantity, rounded};
use crate::report::page::{Cell, NoteKind, Page, Section, Table};
use crate::verdict::{Absent, Sessions};

#[derive(Debug, Serialize, JsonSchema)]
pub struct AnswerData<'a> {
    pub run: &'a str,
    pub file: String,
    pub machine: &'a MachineKey,
    pub commit: Option<&'a str>,
    pub answer: &'a Answer,
    pub costs: Vec<KeyCost>,
    pub forecast: Option<Forecast>,
    pub laws: Vec<Law>,
    #[serde(skip)]
    source: &'a Run,
}

impl<'a> AnswerData<'a> {
    pub fn new(sessions: &Sessions<'a>, file: String, answer: &'a Answer, forecast: Option<Forecast>) -> Self {
        let run = sessions.run();
        let (machine, commit) = (&run.machine.key, run.commit.id.as_deref());
        let (costs, laws) = (key_costs(sessions), laws(sessions));
        Self { run: &run.id, file, machine, commit, answer, costs, forecast, laws, source: run }
    }
}

/// One screen: the choice for each kind of work and the key costs; folded, all that they rest on.
pub fn answer_page(data: &AnswerData) -> Page {
    let mut page = Page { title: "Threads or processes?".to_owned(), ..Page::default() };
    page.line("run", run_text(data.source));
    page.line("machine", data.machine.to_string());
    if let Some(fitness) = &data.source.fitness {
        page.line("suitable for", fitness_text(fitness.fit_for, &fitness.reasons));
    }
    page.sections = data.forecast.iter().flat_map(forecast_sections).collect();
    let costs = Section { folded: data.forecast.is_some(), ..costs(&data.costs) };
    page.sections.extend([advice::section(data.answer), costs]);
    page.sections.push(advice::ratios(data.answer).folded());
    page.sections.extend(answer_details(data.answer).into_iter().map(Section::folded));
    page.with_next(match data.forecast {
        None => {
            "`parcost answer --work-us 200us --workers 8` for a program of yours, `--all` for all that is behind this"
        }
        Some(_) => "`parcost answer --all` for crossovers and all that is behind this",
    })
}

/// Which claims hold, from where on each mechanism is cheaper, and how many workers do most.
pub(in crate::report) fn answer_details(answer: &Answer) -> Vec<Section> {
    let mut sections =
        vec![claims_section(&answer.claims), crossovers(&answer.crossovers), peaks::section(&answer.peaks)];
    sections.retain(|section| !section.is_empty());
    sections
}

pub(super) fn claims_section(claims: &[Claim]) -> Section {
    let mut section = Section::new("does it hold here?");
    let mut table = Table::new(&["claim", "#ratio", "on this machine"]);
    for Claim { claim, ratio, holds, .. } in claims {
        section.note_reading(claim, holds);
        let word = match holds {
            Ok(true) => "holds",
            Ok(false) => "does not hold here",
            Err(_) => "inconclusive",
        };
        if !ratio.as_ref().is_err_and(Absent::is_missing) {
            table.rows.push(vec![Cell::text(claim.clone()), Cell::factor(ratio, true), Cell::text(word)]);
        }
    }
    section.tabled(None, table)
}

fn crossovers(crossovers: &[Crossover]) -> Section {
    let mut section = Section::new("from where on");
    let is_checked = crossovers.iter().any(|row| row.check.is_some());
    let names = ["what", "from", "that is", "measured again"];
    let mut table = Table::new(if is_checked { &names } else { &names[..3] });
    for row in crossovers {
        let Ok(crossing) = &row.crossing else {
            section.note_reading(row.question, &row.crossing);
            continue;
        };
        let [from, size] = crossing_cells(row, crossing);
        if !crossing.is_narrow() && row.check.is_none() {
            section.note(NoteKind::Inconclusive, row.question, &from);
            continue;
        }
        let mut cells = [row.question, &from, &size].map(Cell::text).to_vec();
        let check = || row.check.as_ref().map_or(String::new(), |check| check_text(check, &row.axis));
        cells.extend(is_checked.then(|| Cell::text(check())));
        table.rows.push(cells);
    }
    let text = "Straight lines between measured positions on logarithmic axes; the ends are those of the best and the \
                worst curve within both intervals. A time is that of the other strategy.";
    section.tabled(text, table)
}

/// The axis of jobs, whose size says nothing to a reader: what they take does.
const JOBS: &str = "roots";

/// From where on, and beside it what that is: `3.11 ms (2.40 ms to 4.02 ms)` and `1,260,000 roots`, or `64.0 B` and `29.5 µs`.
fn crossing_cells(row: &Crossover, crossing: &Crossing) -> [String; 2] {
    let time = |ns: f64| quantity(ns, Metric::WallTime.unit());
    let size = |position: f64| on(position, &row.axis);
    match row.cost_ns {
        Some(cost) if row.axis == JOBS => [text_of(&crossing.moved(cost), &time), size(crossing.positions()[1])],
        Some(cost) => [text_of(crossing, &size), time(cost.center())],
        None => [text_of(crossing, &size), String::new()],
    }
}

/// From where on: `1.20 KiB (0.90 KiB to 2.00 KiB)`.
pub(super) fn crossing_text(crossing: &Crossing, axis: &str) -> String {
    text_of(crossing, &|position| on(position, axis))
}

fn text_of(crossing: &Crossing, print: &dyn Fn(f64) -> String) -> String {
    match crossing {
        Crossing::At { position, open_low, open_high } => {
            let end = |open: bool, sign: &str, at: f64| format!("{}{}", if open { sign } else { "" }, print(at));
            let (low, high) = (end(*open_low, "≤ ", position.low()), end(*open_high, "≥ ", position.high()));
            match crossing.is_narrow() {
                true => format!("{} ({low} to {high})", print(position.center())),
                false => format!("somewhere from {low} to {high}"),
            }
        }
        Crossing::Always(first) => format!("{} on, or less", print(*first)),
        Crossing::Never(last) => format!("not up to {}", print(*last)),
    }
}

fn check_text(check: &Check, axis: &str) -> String {
    let word = if check.is_within { "within" } else { "outside" };
    match &check.found {
        Ok(Crossing::At { position, .. }) => format!("{word}: {}", on(position.center(), axis)),
        Ok(Crossing::Always(first)) => format!("{word}: below {}", on(*first, axis)),
        Ok(Crossing::Never(last)) => format!("{word}: beyond {}", on(*last, axis)),
        Err(absent) => format!("inconclusive: {absent}"),
    }
}

fn on(value: f64, axis: &str) -> String {
    match axis_of(axis).map_or("", |axis| axis.unit) {
        "B" => quantity(value, "B"),
        // Whole things, of which no more digits are known than of anything else.
        "" => format!("{} {axis}", count(rounded(value).0)),
        unit => format!("{value:.1} {unit}"),
    }
}
