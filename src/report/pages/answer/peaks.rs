//! How many workers.

use std::collections::BTreeMap;

use crate::advise::answer::{Peak, Peaks};
use crate::report::number::quantity;
use crate::report::page::{Cell, FACTOR, NoteKind, Section, Table};

/// How many workers do the most of each work, and from how many on more of them hurt.
pub(super) fn section(peaks: &[Peaks]) -> Section {
    let mut section = Section::new("how many workers?");
    let mut table = Table::new(&["work", "threads", "processes"]);
    for row in peaks {
        let label = format!("{}: {}", row.topic, label(&row.label, &row.parameters));
        let mut cell = |peak: Option<&Peak>| match peak {
            Some(Peak::At { workers, hurts, measured }) => {
                let more = match hurts {
                    Some((number, share)) => format!("{number} do {} of that", quantity(share.center(), FACTOR)),
                    None if workers == measured => "none more measured".to_owned(),
                    None => format!("no loss up to {measured}"),
                };
                Cell::text(format!("{workers}; {more}"))
            }
            Some(Peak::Untold(reason)) => {
                section.note(NoteKind::Inconclusive, &label, reason);
                Cell::text("could not be told")
            }
            None => Cell::text(""),
        };
        let cells = [cell(Some(&row.threads)), cell(row.processes.as_ref())];
        table.rows.push([Cell::text(&label)].into_iter().chain(cells).collect());
    }
    if !table.rows.is_empty() {
        let text = "The least number of workers that no other number surely outdoes, and the first beyond it that surely \
                    does less.";
        section.text = Some(text.to_owned());
        section.table = Some(table);
    }
    section
}

fn label(label: &str, parameters: &BTreeMap<String, u64>) -> String {
    let others: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    if others.is_empty() { label.to_owned() } else { format!("{label}, {}", others.join(", ")) }
}
