//! The key costs of a machine.

use crate::advise::KeyCost;
use crate::report::page::{Cell, Section, Table};
use crate::verdict::Absent;

pub(in crate::report::pages) fn costs(costs: &[KeyCost]) -> Section {
    let mut section = Section::new("Key costs");
    let mut table = Table::new(&["to", "#costs", "?benchmark"]);
    for KeyCost { what, benchmark, metric, value } in costs {
        section.note_reading(what, value);
        if !value.as_ref().is_err_and(Absent::is_missing) {
            table.rows.push(vec![Cell::text(what), Cell::reading(value, *metric, true), Cell::name(benchmark)]);
        }
    }
    section.tabled(None, table)
}
