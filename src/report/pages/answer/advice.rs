//! What to use for which kind of work.

use crate::advise::answer::{Advice, Answer, Choice};
use crate::report::page::{Cell, NoteKind, Section, Status, Table};

/// One line for every kind of work, with the ratio that shows the choice best.
pub(in crate::report::pages) fn section(answer: &Answer) -> Section {
    let mut section = Section::new("Processes ÷ threads, by kind of work");
    let mut table = Table::new(&["for", "use", "decided by", "#processes ÷ threads"]);
    for advice in &answer.advice {
        let deciding = advice.deciding();
        if let (Err(absent), None) = (&advice.choice, deciding) {
            section.note(NoteKind::NotMeasured, advice.work, &absent.to_string());
        }
        table.rows.extend(deciding.map(|it| {
            let ratio = Cell::factor(&it.ratio, true);
            vec![Cell::text(advice.work), choice_cell(advice), Cell::text(it.label), ratio]
        }));
    }
    if !table.rows.is_empty() {
        let text = "Above 1× threads are faster, below processes; the interval is where another session may find it. Either: no \
                    significant difference, and threads start cheaper.";
        (section.text, section.table) = (Some(text.to_owned()), Some(table));
    }
    section
}

/// Every ratio that the advice rests on.
pub(super) fn ratios(answer: &Answer) -> Section {
    let mut section = Section::new("every ratio behind it");
    let mut table = Table::new(&["for", "work", "#processes ÷ threads"]);
    for advice in &answer.advice {
        for it in &advice.ratios {
            section.note_reading(&format!("{}, {}", advice.work, it.label), &it.ratio);
            if it.ratio.is_ok() {
                table.rows.push(vec![Cell::text(advice.work), Cell::text(it.label), Cell::factor(&it.ratio, true)]);
            }
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
    let (status, word) = match &advice.choice {
        Ok(choice) => choice_word(choice),
        Err(_) => (Status::Unsure, "inconclusive"),
    };
    Cell::verdict(status, word)
}

pub(in crate::report::pages) fn choice_word(choice: &Choice) -> (Status, &'static str) {
    match choice {
        Choice::Threads => (Status::Threads, "threads"),
        Choice::Processes => (Status::Processes, "processes"),
        Choice::ThreadsCheaperToStart(_) => (Status::Even, "either"),
        Choice::Mixed => (Status::Even, "it depends"),
    }
}
