//! What to use for which kind of work.

use crate::advise::answer::{Advice, Answer, Choice};
use crate::report::page::{Cell, Section, Status, Table};
use crate::report::pages::intervals_text;

/// One line for every kind of work, with the ratio that shows the choice best.
pub(in crate::report::pages) fn section(answer: &Answer) -> Section {
    let mut section = Section::new("Processes ÷ threads, by kind of work");
    let mut table = Table::new(&["for", "use", "decided by", "#processes ÷ threads"]);
    for advice in &answer.advice {
        section.note_reading(advice.work, &advice.choice);
        table.rows.extend(advice.deciding().map(|it| {
            let ratio = Cell::factor(&it.ratio, true);
            vec![Cell::text(advice.work), choice_cell(advice, "not measured"), Cell::text(it.label), ratio]
        }));
    }
    let text = format!(
        "Above 1× threads are faster, below processes; the interval is {}. Either: no significant difference, and threads \
         start cheaper.",
        intervals_text(&answer.intervals)
    );
    section.tabled(text.as_str(), table)
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
    section.tabled(None, table)
}

/// The choice; `missing` where nothing of it was measured.
pub(in crate::report::pages) fn choice_cell(advice: &Advice, missing: &str) -> Cell {
    let (status, word) = match &advice.choice {
        Ok(choice) => choice_word(choice),
        Err(_) if advice.deciding().is_none() => (Status::Unsure, missing),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advise::answer::answer;
    use crate::model::Run;
    use crate::verdict::Sessions;

    #[test]
    fn an_inconclusive_kind_of_work_has_its_reason_beside_it() {
        let text = include_str!(
            "../../../../results/v1/machine=x86_64-amd-epyc-2c-5b5fdcec/20261129T082111Z-08d0d81539d8-fb0ad1051b68ec89.json"
        );
        let run: Run = serde_json::from_str(text).unwrap();
        let section = section(&answer(&Sessions::new(&run, [])));
        let [note] = &section.notes[..] else { panic!("{:?}", section.notes) };
        assert_eq!(note.subjects, ["moving memory"]);
        assert!(note.text.starts_with("allocating: 65 of 156 samples had"), "{}", note.text);
    }
}
