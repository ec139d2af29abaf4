//! The questions whose answers are not the same on every machine.

use super::table;
use crate::advise::machines::{Machines, Question, QuestionKind, Said};
use crate::report::number::interval;
use crate::report::page::{Cell, FACTOR, NoteKind, Section, Table};
use crate::report::pages::answer::{choice_text, crossing_text};

/// Rows that are shown; a program that reads JSON has them all.
const CHANGES_MAX: usize = 30;

/// The headline: answers that exclude each other.
pub(super) fn changes(count: usize, machines: &Machines) -> Section {
    let mut section = Section::new("where machines say the opposite of each other");
    if machines.changes.is_empty() {
        section.text = Some("Nowhere, as far as their runs can tell.".to_owned());
        return section;
    }
    let text = "Each answer is of a machine's own prices, of times with the interval that another session of it would be in; \
                only those that exclude each other are told.";
    section.text = Some(match machines.changes.len().saturating_sub(CHANGES_MAX) {
        0 => text.to_owned(),
        hidden => format!("{text} {hidden} more orders of mechanisms, less far apart, are in the JSON form."),
    });
    section.table = Some(asked(count, machines.changes.iter().take(CHANGES_MAX)));
    section
}

/// What some machines answer and others do not, with the reasons.
pub(super) fn partly(count: usize, machines: &Machines) -> Section {
    let mut section = Section::new("what not every machine answers, or not in full");
    for question in &machines.partly {
        for (place, said) in question.answers.iter().enumerate() {
            if let Said::Untold(reason) = said {
                section.note(NoteKind::Beside, &format!("{}, {}", super::letter(place), question.subject), reason);
            }
        }
    }
    if !machines.partly.is_empty() {
        section.table = Some(asked(count, machines.partly.iter()));
    }
    section
}

fn asked<'a>(count: usize, questions: impl Iterator<Item = &'a Question>) -> Table {
    let mut table = table(&["what"], count, false);
    table.rows = questions
        .map(|question| {
            let mut subject = match question.kind {
                QuestionKind::Advice => format!("what to use for {}", question.subject),
                QuestionKind::Claim | QuestionKind::Crossover | QuestionKind::Order => question.subject.clone(),
            };
            if !question.also_at.is_empty() {
                subject.push_str(&format!("; so at {}", question.also_at.join(" and at ")));
            }
            let answers = question.answers.iter().map(|said| Cell::text(answer(said)));
            [Cell::text(subject)].into_iter().chain(answers).collect()
        })
        .collect();
    table
}

/// `yes: 5.01× (4.39–5.23)`, `1.20 KiB (0.90 KiB to 2.00 KiB)`, `threads`.
fn answer(said: &Said) -> String {
    match said {
        Said::Dearer(factor) => format!("yes: {}", interval(*factor, FACTOR)),
        Said::Cheaper(factor) => format!("no: {}", interval(*factor, FACTOR)),
        Said::Crosses { crossing, axis } => crossing_text(crossing, axis),
        Said::Advises(choice) => choice_text(choice),
        Said::Untold(_) => "could not be told".to_owned(),
    }
}
