//! How many workers.

use crate::advise::answer::{Peak, Peaks};
use crate::report::number::labelled;
use crate::report::number::quantity;
use crate::report::page::{Cell, FACTOR, NoteKind, Section, Table};
use crate::verdict::Value;

/// How many workers do the most of each work, and from how many on more of them hurt.
pub(super) fn section(peaks: &[Peaks]) -> Section {
    let mut section = Section::new("how many workers?");
    let mut table = Table::new(&["work", "threads", "processes"]);
    for row in peaks {
        let label = format!("{}: {}", row.topic, labelled(&row.label, &row.parameters));
        let mut cell = |peak: Option<&Value<Peak>>| match peak {
            Some(Ok(Peak { workers, hurts, measured })) => {
                let more = match hurts {
                    Some((number, share)) => format!("{number} do {} of that", quantity(share.center(), FACTOR)),
                    None if workers == measured => "none more measured".to_owned(),
                    None => format!("no loss up to {measured}"),
                };
                Cell::text(format!("{workers}; {more}"))
            }
            Some(Err(absent)) => {
                section.note(NoteKind::Inconclusive, &label, &absent.to_string());
                Cell::text("inconclusive")
            }
            None => Cell::text(""),
        };
        let cells = [cell(Some(&row.threads)), cell(row.processes.as_ref())];
        table.rows.push([Cell::text(&label)].into_iter().chain(cells).collect());
    }
    let text = "The least number of workers that no other number significantly exceeds, and the first beyond it that \
                does significantly less.";
    section.tabled(text, table)
}
