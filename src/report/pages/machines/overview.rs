//! The first screen of several machines.

use super::ratios::{label, quotient};
use super::{letter, table};
use crate::advise::answer::Advice;
use crate::advise::machines::{AdviceRow, CostRow, Machines, differing};
use crate::report::page::{Cell, Section, Status, Table};
use crate::report::pages::answer::choice_cell;

/// The differences that are shown first; the others are among the ratios.
pub(in crate::report) const DIFFERENCES_MAX: usize = 10;

/// The answers side by side, each with the ratio that decides it.
pub(super) fn advice(count: usize, machines: &Machines) -> Section {
    let mut section = Section::new("Threads or processes?");
    let heads: Vec<String> = (0..count).flat_map(|index| [letter(index), "?#÷".to_owned()]).collect();
    let mut table = Table::new(&["for"].into_iter().chain(heads.iter().map(String::as_str)).collect::<Vec<_>>());
    for AdviceRow { work, advice } in &machines.advice {
        let mut deciding: Vec<&str> = advice.iter().filter_map(|it| Some(it.deciding()?.label)).collect();
        deciding.sort_unstable();
        deciding.dedup();
        // A ratio of one work beside one of another would be read as a difference of the machines.
        let (beside, below) = match deciding[..] {
            [one] => (Some(one), &[][..]),
            ref several => (None, several),
        };
        let answers = advice.iter().flat_map(|it| [choice_cell(it, "not measured there"), ratio_of(it, beside)]);
        table.rows.push([Cell::text(*work)].into_iter().chain(answers).collect());
        table.rows.extend(below.iter().map(|&label| {
            let ratios = advice.iter().flat_map(|it| [ratio_of(it, Some(label)), Cell::text("")]);
            [Cell::text(format!("by {label}"))].into_iter().chain(ratios).collect()
        }));
    }
    section.text = Some("÷: processes ÷ threads, above 1× where threads are faster.".to_owned());
    section.tabled(None, table)
}

fn ratio_of(advice: &Advice, label: Option<&str>) -> Cell {
    let work = advice.ratios.iter().find(|work| Some(work.label) == label);
    work.map_or(Cell::text(""), |work| Cell::factor(&work.ratio, false))
}

/// Every machine's key costs; with two machines their ratio, too.
pub(super) fn costs(count: usize, machines: &Machines) -> Section {
    let section = Section::new("Key costs");
    let mut table = table(&["to"], count, true);
    let with_ratio = count == 2;
    if with_ratio {
        table.columns.extend(Table::new(&[&format!("#{} ÷ {}", letter(1), letter(0))]).columns);
    }
    for CostRow { what, metric, values, to_first, .. } in &machines.costs {
        let costs = values.iter().map(|value| Cell::reading(value, *metric, false));
        let ratio = to_first.last().filter(|_| with_ratio).map(quotient);
        table.rows.push([Cell::text(what)].into_iter().chain(costs).chain(ratio).collect());
    }
    section.tabled(None, table)
}

/// The ratios that differ most between machines.
pub(super) fn largest(count: usize, machines: &Machines) -> Section {
    let mut section = Section::new("The largest significant differences of ratios");
    let found = differing(&machines.rows);
    let mut table = table(&["cost ÷ cost on one machine"], count, true);
    table.columns[1..].iter_mut().for_each(|column| column.spare = true);
    table.columns.extend(Table::new(&[&format!("#÷ {}", letter(0)), "differs"]).columns);
    for (row, index, quotient) in found.iter().take(DIFFERENCES_MAX) {
        let mut cells = vec![Cell::name(label(row))];
        cells.extend(row.ratios.iter().map(|ratio| Cell::factor(ratio, false)));
        let (status, word) = if quotient.center() > 1.0 { (Status::More, "more") } else { (Status::Less, "less") };
        cells.push(Cell::factor(&Ok(*quotient), true));
        cells.push(Cell::verdict(status, &format!("{word} on {}", letter(*index))));
        table.rows.push(cells);
    }
    section.text = match found.len() {
        0 => Some("None differs significantly.".to_owned()),
        few if few <= DIFFERENCES_MAX => None,
        many => Some(format!("{DIFFERENCES_MAX} of {many} that differ.")),
    };
    section.tabled(None, table)
}
