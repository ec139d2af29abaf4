//! The key costs of a machine.

use crate::advise::KeyCost;
use crate::report::page::{Cell, NoteKind, Section, Table};

pub(in crate::report::pages) fn costs(costs: &[KeyCost]) -> Section {
    let mut section = Section::new("Key costs");
    let mut table = Table::new(&["to", "#costs", "?benchmark"]);
    for KeyCost { what, benchmark, metric, value } in costs {
        match value {
            Err(absent) if absent.is_missing() => section.note(NoteKind::NotMeasured, what, &absent.to_string()),
            value => {
                section.note_reading(what, value);
                table.rows.push(vec![Cell::text(*what), Cell::reading(value, *metric, true), Cell::name(benchmark)]);
            }
        }
    }
    section.table = Some(table).filter(|table| !table.rows.is_empty());
    section
}
