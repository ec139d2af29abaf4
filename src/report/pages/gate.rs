//! The page of a gate: one verdict, and everything it rests on.

mod results;
mod rows;

pub use rows::{CountRow, GateRow, GateRows, gate_rows};

use super::commit_text;
use crate::gate::{Gate, Judgement, OutcomeKind, Sensitivity};
use crate::model::{Conditions, Estimate, Fact, PairedRun};
use crate::report::number::quantity;
use crate::report::page::{Cell, NoteKind, PERCENT, Page, Section, Table};
use results::{all, changes, inconclusive, invalid};
pub(super) use results::{all as all_of, changes_of};

/// How the verdicts were reached.
const METHOD: &str = "A pair is two fresh processes, one of each side, one after the other, which first by lot; the value \
                      of a process is its smallest sample. A benchmark regressed when the signed-rank test says that \
                      its pairs lie above the floor, is unchanged when the 90 % interval of the change lies within \
                      twice the floor, and else inconclusive. Runs are looked at after 15, 30 and 60 pairs, each p is \
                      corrected for the three looks, and of all changes that are told 5 % are false at most on average. \
                      Counts are exact: what is beyond 0.5 % and 100 instructions is a change. The verdicts follow from \
                      the stored pairs alone.";

/// The conditions that say most of how quiet a machine was.
const TOLD: [&str; 6] = [
    "load_1m",
    "cpu_steal_ratio",
    "pressure_cpu_some_percent",
    "pressure_io_some_percent",
    "frequency_mhz_min",
    "throttled_periods_total",
];

/// What a gate found in a paired run.
pub fn gate_page(run: &PairedRun, gate: &Gate) -> Page {
    let mut page = Page { title: "Gate".to_owned(), ..Page::default() };
    page.line("verdict", verdict(gate));
    page.line("judged", judged(gate));
    if let Some(sensitivity) = gate.sensitivity {
        page.line("could have seen", sight(sensitivity));
    }
    page.line("baseline", commit_text(&run.baseline));
    page.line("candidate", commit_text(&run.candidate));
    if run.same_code {
        page.line("same code", "both sides are the same code: every change that is told is a false alarm");
    }
    page.line("machine", run.machine.key.to_string());
    page.line("measured", format!("{} of {}", seconds(run.duration_s), seconds(run.budget_s)));
    page.line("run", format!("{}, seed {}", run.id, run.seed));
    page.sections = vec![
        changes(gate),
        inconclusive(gate),
        invalid(gate),
        names(run, gate),
        topics(gate),
        all(gate),
        noise(run),
        method(),
    ];
    page.sections.retain(|section| !section.is_empty());
    page
}

/// How the verdicts were reached.
pub(super) fn method() -> Section {
    Section { text: Some(METHOD.to_owned()), ..Section::new("Method") }
}

/// What did not tell and what could not be judged, with the reasons.
pub(super) fn bad(gate: &Gate) -> Vec<Section> {
    vec![inconclusive(gate), invalid(gate)]
}

fn verdict(gate: &Gate) -> String {
    let regressed = counted(gate, |kind| kind == OutcomeKind::Regressed);
    match gate.judgement {
        Judgement::Red => format!("red: {regressed} regressed"),
        Judgement::Missing => format!("missing: nothing regressed, but {} gave no answer", gate.missing.len()),
        Judgement::Nothing => {
            let (decided, all) = (counted(gate, OutcomeKind::is_decided), counted(gate, |_| true));
            format!("nothing to say: {decided} of {all} results could be judged, which is no good news")
        }
        Judgement::SameCode => "same code: both sides are identical programs, so nothing was measured".to_owned(),
        Judgement::Green => match gate.sensitivity {
            Some(sensitivity) => format!("green: nothing regressed; could have seen {}", share(sensitivity.half)),
            None => "green: nothing regressed".to_owned(),
        },
    }
}

fn judged(gate: &Gate) -> String {
    let kinds = [
        OutcomeKind::Regressed,
        OutcomeKind::Accepted,
        OutcomeKind::Improved,
        OutcomeKind::Layout,
        OutcomeKind::Notice,
        OutcomeKind::Unchanged,
        OutcomeKind::Inconclusive,
        OutcomeKind::Invalid,
    ];
    let of_kinds = kinds.map(|kind| (kind, counted(gate, |other| other == kind)));
    let named: Vec<String> = of_kinds
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(kind, count)| format!("{count} {}", kind.word()))
        .collect();
    let all = counted(gate, |_| true);
    let decided = counted(gate, OutcomeKind::is_decided);
    let by_kind = if named.is_empty() { String::new() } else { format!(": {}", named.join(", ")) };
    format!("{decided} of {all} results{by_kind}")
}

fn sight(sensitivity: Sensitivity) -> String {
    format!(
        "{} in half of {} benchmarks, {} in nine of ten",
        share(sensitivity.half),
        sensitivity.benchmarks,
        share(sensitivity.most)
    )
}

/// What else the machine did meanwhile; the stored file has all that was asked.
pub(super) fn noise(run: &PairedRun) -> Section {
    let mut table = Table::new(&["condition", "#before", "#after"]);
    for name in TOLD {
        let told = |conditions: &Conditions| match conditions.facts.get(name).and_then(Fact::value) {
            Some(value) => Cell::text(value),
            None => Cell::NotMeasured("the machine does not tell".to_owned()),
        };
        table.rows.push(vec![Cell::name(name), told(&run.conditions_before), told(&run.conditions_after)]);
    }
    Section { table: Some(table), ..Section::new("Machine and noise") }
}

/// New benchmarks, missing ones, and what was left out.
pub(super) fn names(run: &PairedRun, gate: &Gate) -> Section {
    let mut section = Section::new("New, missing and left out");
    let invalid = invalid(gate);
    let told = |name: &str| invalid.notes.iter().any(|note| note.subjects.iter().any(|subject| subject == name));
    for missing in gate.missing.iter().filter(|missing| !told(&missing.benchmark)) {
        section.note(NoteKind::Missing, &missing.benchmark, &missing.reason);
    }
    for allowed in &gate.allowed {
        section.note(NoteKind::LeftOut, &allowed.benchmark, &format!("{}, as is allowed", allowed.reason));
    }
    for added in &gate.added {
        section.note(NoteKind::New, added, "the baseline does not have it");
    }
    let missing = |name: &str| gate.missing.iter().chain(&gate.allowed).any(|missing| missing.benchmark == name);
    for failure in run.failures.iter().filter(|failure| !missing(&failure.benchmark)) {
        section.note(NoteKind::Failed, &failure.benchmark, &failure.reason);
    }
    for omission in &run.omissions {
        section.note(NoteKind::LeftOut, &omission.what, &omission.reason);
    }
    section
}

pub(super) fn topics(gate: &Gate) -> Section {
    let mut section = Section::new("Topics as a whole, never judged");
    let mut table = Table::new(&["topic", "#mean change", "#benchmarks"]);
    for topic in &gate.topics {
        table.rows.push(vec![
            Cell::name(&topic.topic),
            exact_percent(Some(topic.change)),
            Cell::text(topic.benchmarks.to_string()),
        ]);
    }
    section.table = (!table.rows.is_empty()).then_some(table);
    section
}

/// How many results are of such a kind.
pub(super) fn counted(gate: &Gate, wanted: impl Fn(OutcomeKind) -> bool) -> usize {
    let of_pairs = gate.verdicts.iter().map(|verdict| verdict.outcome.kind());
    of_pairs.chain(gate.counts.iter().map(|count| count.outcome.kind())).filter(|kind| wanted(*kind)).count()
}

/// A share in per cent; nothing where there is none.
fn exact_percent(share: Option<f64>) -> Cell {
    match share.and_then(|share| Estimate::exact(share * 100.0).ok()) {
        Some(estimate) => Cell::Number { estimate, unit: PERCENT.to_owned(), with_interval: false },
        None => Cell::text(""),
    }
}

pub(super) fn share(share: f64) -> String {
    format!("a change of {}", quantity(share * 100.0, PERCENT))
}

pub(super) fn seconds(seconds: f64) -> String {
    quantity(seconds * 1e9, "ns")
}
