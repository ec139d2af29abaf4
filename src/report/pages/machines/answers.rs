//! The questions whose answers are not the same on every machine.

use super::table;
use crate::advise::machines::{MachineAnswer, Machines, Question, QuestionKind};
use crate::report::number::interval;
use crate::report::page::{Cell, FACTOR, NoteKind, Section, Table};
use crate::report::pages::answer::{choice_word, crossing_text};
use crate::verdict::Value;

/// Rows that are shown; JSON has all of them.
const DISAGREEMENTS_MAX: usize = 30;

pub(super) fn disagreements(count: usize, machines: &Machines) -> Section {
    let mut section = Section::new("where the machines disagree");
    if machines.disagreements.is_empty() {
        section.text =
            Some("No answers exclude each other; one that is open on a machine may agree with all.".to_owned());
        return section;
    }
    let text = "Each answer rests on a machine's own costs, of times with the 95 % interval of another session; only answers that exclude \
                each other are listed.";
    section.text = Some(match machines.disagreements.len().saturating_sub(DISAGREEMENTS_MAX) {
        0 => text.to_owned(),
        hidden => format!("{text} {hidden} more orders of mechanisms, less far apart, are in --format json."),
    });
    section.table = Some(asked(count, machines.disagreements.iter().take(DISAGREEMENTS_MAX)));
    section
}

/// What some machines answer and others do not, with the reasons.
pub(super) fn incomplete(count: usize, machines: &Machines) -> Section {
    let mut section = Section::new("what not every machine answers");
    for question in &machines.incomplete {
        for (index, answer) in question.answers.iter().enumerate() {
            // That it was not measured there, the table says.
            if let Err(absent) = answer
                && !absent.is_missing()
            {
                let subject = format!("{}, {}", super::letter(index), question.question);
                section.note(NoteKind::Note, &subject, &absent.to_string());
            }
        }
    }
    if !machines.incomplete.is_empty() {
        section.table = Some(asked(count, machines.incomplete.iter()));
    }
    section
}

fn asked<'a>(count: usize, questions: impl Iterator<Item = &'a Question>) -> Table {
    let mut table = table(&["what"], count, false);
    table.rows = questions
        .map(|question| {
            let mut what = match question.kind {
                QuestionKind::Advice => format!("what to use for {}", question.question),
                QuestionKind::Claim | QuestionKind::Crossover | QuestionKind::Order => question.question.clone(),
            };
            if !question.also_at.is_empty() {
                what.push_str(&format!("; also at {}", question.also_at.join(" and at ")));
            }
            let answers = question.answers.iter().map(|answer| Cell::text(answer_text(answer)));
            [Cell::text(what)].into_iter().chain(answers).collect()
        })
        .collect();
    table
}

/// `yes: 5.01× (4.39–5.23)`, `1.20 KiB (0.90 KiB to 2.00 KiB)`, `threads`.
fn answer_text(answer: &Value<MachineAnswer>) -> String {
    match answer {
        Ok(MachineAnswer::MoreExpensive(ratio)) => format!("yes: {}", interval(*ratio, FACTOR)),
        Ok(MachineAnswer::Cheaper(ratio)) => format!("no: {}", interval(*ratio, FACTOR)),
        Ok(MachineAnswer::Crosses { crossing, axis }) => crossing_text(crossing, axis),
        Ok(MachineAnswer::Advises(choice)) => choice_word(choice).1.to_owned(),
        Err(absent) if absent.is_missing() => "not measured there".to_owned(),
        Err(_) => "inconclusive".to_owned(),
    }
}
