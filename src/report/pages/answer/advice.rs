//! What to use for which kind of work.

use crate::advise::answer::{Advice, Answer, Choice};
use crate::report::number::{interval, quantity};
use crate::report::page::{Cell, FACTOR, NoteKind, Section, Table};
use crate::verdict::Reading;

/// One line for every kind of work, and what each rests on.
pub(super) fn section(answer: &Answer) -> Section {
    let mut section = Section::new("threads or processes?");
    let mut table = Table::new(&["for", "use", "processes ÷ threads"]);
    for advice in &answer.advice {
        let told = told(advice);
        if told.is_empty() {
            if let Choice::Untold(reason) = &advice.choice {
                section.note(NoteKind::NotMeasured, &advice.kind, reason);
            }
            continue;
        }
        if let Choice::Untold(reason) = &advice.choice {
            section.note(NoteKind::Beside, &advice.kind, reason);
        }
        table.rows.push(vec![Cell::text(&advice.kind), Cell::text(word(&advice.choice)), Cell::text(told)]);
    }
    if !table.rows.is_empty() {
        section.text = Some(sessions(answer.sessions));
        section.table = Some(table);
    }
    section
}

/// How wide the intervals are, and why.
fn sessions(runs: usize) -> String {
    match runs {
        1 => "Every interval is as wide as sessions of a machine are taken to differ: this is its only run here. More runs \
              make that measured."
            .to_owned(),
        runs => format!("Every interval is as wide as sessions of this machine differ, by its {runs} runs here."),
    }
}

/// What is advised.
pub(in crate::report::pages) fn word(choice: &Choice) -> String {
    match choice {
        Choice::Threads => "threads".to_owned(),
        Choice::Processes => "processes".to_owned(),
        Choice::Alike(starting) => {
            format!("threads: no difference is sure, and they start {} cheaper", quantity(starting.center(), FACTOR))
        }
        Choice::Mixed => "it depends on the work".to_owned(),
        Choice::Untold(_) => "could not be told".to_owned(),
    }
}

/// The factors of the works that have one.
fn told(advice: &Advice) -> String {
    let one = |label: &str, reading: &Reading| match reading {
        Reading::Measured(estimate) => Some(format!("{label} {}", interval(*estimate, FACTOR))),
        Reading::Inconclusive(_) | Reading::Missing(_) => None,
    };
    let told: Vec<String> =
        advice.pieces.iter().filter_map(|piece| one(&piece.label, &piece.process_to_thread)).collect();
    told.join(", ")
}
