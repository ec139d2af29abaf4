//! What to use for which kind of work.

use crate::advise::answer::{Advice, Answer, Choice};
use crate::report::number::{interval, quantity};
use crate::report::page::{Cell, FACTOR, NoteKind, Section, Status, Table};

/// One line for every kind of work, and what each rests on.
pub(super) fn section(answer: &Answer) -> Section {
    let mut section = Section::new("threads or processes?");
    let mut table = Table::new(&["for", "use", "processes ÷ threads"]);
    for advice in &answer.advice {
        let ratios = ratios(advice);
        if let Err(absent) = &advice.choice {
            let kind = if ratios.is_empty() { NoteKind::NotMeasured } else { NoteKind::Note };
            section.note(kind, advice.work, &absent.to_string());
        }
        if !ratios.is_empty() {
            table.rows.push(vec![Cell::text(advice.work), choice_cell(advice), Cell::text(ratios)]);
        }
    }
    if !table.rows.is_empty() {
        section.text = Some(sessions(answer.sessions));
        section.table = Some(table);
    }
    section
}

fn sessions(runs: usize) -> String {
    match runs {
        1 => "Every interval is as wide as sessions of a machine are assumed to differ: this is its only run here. With more \
              runs it is measured."
            .to_owned(),
        runs => format!("Every interval is as wide as sessions of this machine differ, by its {runs} runs here."),
    }
}

fn choice_cell(advice: &Advice) -> Cell {
    let choice = advice.choice.as_ref().ok();
    let status = match choice {
        Some(Choice::Threads) => Status::Threads,
        Some(Choice::Processes) => Status::Processes,
        Some(Choice::ThreadsCheaperToStart(_) | Choice::Mixed) => Status::Even,
        None => Status::Unsure,
    };
    Cell::verdict(status, &choice_text(choice))
}

pub(in crate::report::pages) fn choice_text(choice: Option<&Choice>) -> String {
    match choice {
        Some(Choice::Threads) => "threads".to_owned(),
        Some(Choice::Processes) => "processes".to_owned(),
        Some(Choice::ThreadsCheaperToStart(ratio)) => {
            format!("either: no significant difference, and threads start {} cheaper", quantity(ratio.center(), FACTOR))
        }
        Some(Choice::Mixed) => "it depends on the work".to_owned(),
        None => "inconclusive".to_owned(),
    }
}

fn ratios(advice: &Advice) -> String {
    let measured = advice.ratios.iter().filter_map(|it| Some((it.label, it.ratio.as_ref().ok()?)));
    measured.map(|(label, ratio)| format!("{label} {}", interval(*ratio, FACTOR))).collect::<Vec<_>>().join(", ")
}
