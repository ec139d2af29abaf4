//! How the machines differ.

use super::table;
use crate::advise::machines::{Difference, Machines};
use crate::model::Fact;
use crate::report::page::{Cell, Section};

/// With so many machines a fact can explain more than another.
const EXPLAINING_MIN: usize = 3;
const HASH_DIGITS: usize = 12;
const HASHES: [&str; 2] = ["_hash", "_commit"];

/// Every fact that is not the same everywhere; with enough machines, what explains most of the disagreements first.
pub(super) fn differences(count: usize, machines: &Machines) -> Section {
    let mut section = Section::new("how they differ");
    let is_explained = count >= EXPLAINING_MIN && !machines.disagreements.is_empty();
    let mut table =
        if is_explained { table(&["fact", "#explains"], count, false) } else { table(&["fact"], count, false) };
    for difference in &machines.differences {
        let mut cells = vec![Cell::name(format!("{} {}", difference.kind.word(), difference.name))];
        cells.extend(is_explained.then(|| Cell::text(difference.explains)));
        cells.extend(difference.values.iter().map(|fact| Cell::text(value(difference, fact.as_ref()))));
        table.rows.push(cells);
    }
    section.text = Some(match (machines.differences.is_empty(), is_explained) {
        (true, _) => "No recorded fact differs.".to_owned(),
        (false, true) => format!(
            "In how many of the {} disagreements a fact splits the machines exactly as the answers do; a fact that could not be \
             read explains nothing. It is where to look first, not a proof.",
            machines.disagreements.len()
        ),
        (false, false) if count < EXPLAINING_MIN && !machines.disagreements.is_empty() => {
            "With two machines every fact splits them as every answer does, so none is preferred: they are in order of hardware, \
             software and toolchain. A third machine would distinguish some of them."
                .to_owned()
        }
        (false, false) => "There is nothing to explain: no answers exclude each other.".to_owned(),
    });
    section.tabled(None, table)
}

fn value(difference: &Difference, fact: Option<&Fact>) -> String {
    match fact {
        Some(Fact::Value(text)) if HASHES.iter().any(|end| difference.name.ends_with(end)) => {
            text.chars().take(HASH_DIGITS).collect()
        }
        Some(Fact::Value(text)) => text.clone(),
        Some(Fact::Unknown(_)) => "unknown".to_owned(),
        Some(Fact::NotApplicable(_)) => "not applicable".to_owned(),
        None => "not recorded".to_owned(),
    }
}
