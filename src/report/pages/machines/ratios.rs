//! What costs what on each machine, and how that differs between machines.

use super::{letter, table};
use crate::advise::machines::{GeometricMean, Machines, NormalizeBy, RatioRow, TopicMean};
use crate::model::{Estimate, Metric};
use crate::report::number::parameter;
use crate::report::page::{Cell, NoteKind, Section, Table};
use crate::verdict::{Absent, Value};

const NAMED_MAX: usize = 12;

pub(super) fn within(count: usize, machines: &Machines) -> Section {
    let what = match machines.normalized_by {
        None => "Each mechanism ÷ the first of its group, at equal parameters, on one machine",
        Some(NormalizeBy::Reference) => "Each cost ÷ its reference workload on the same machine",
        Some(NormalizeBy::LowerBound) => "Each cost ÷ its lower bound on the same machine",
    };
    let text = format!(
        "{what}, over what all machines have. The interval is Student's t between mechanisms, on logarithms: where the mean of \
         other mechanisms of that kind would be. Fewer than three have none."
    );
    means("geometric means on each machine, by topic", &text, 0..count, machines, |mean| &mean.within)
}

/// The same of each machine's ratios ÷ those of the first.
pub(super) fn to_first(count: usize, machines: &Machines) -> Section {
    let text = format!(
        "The same, ÷ the ratios of {}, mechanism by mechanism: 1 where both machines have the same shape, whichever is faster.",
        letter(0)
    );
    means("geometric means, to the first machine", &text, 1..count, machines, |mean| &mean.to_first)
}

fn means(
    heading: &str,
    text: &str,
    shown: std::ops::Range<usize>,
    machines: &Machines,
    of: impl Fn(&TopicMean) -> &[GeometricMean],
) -> Section {
    let quotient = if shown.start == 0 { String::new() } else { format!(" ÷ {}", letter(0)) };
    let heads: Vec<String> = shown.clone().map(|index| format!("#{}{quotient}", letter(index))).collect();
    let names = ["topic", "#mechanisms", "#rows"].into_iter().chain(heads.iter().map(String::as_str));
    let rows = machines.means.iter().map(|mean| {
        let topic = topic(&mean.topic, mean.metric);
        let head = [Cell::text(topic), Cell::text(mean.mechanisms), Cell::text(mean.rows)];
        head.into_iter().chain(of(mean)[shown.clone()].iter().map(mean_cell)).collect()
    });
    Section::new(heading).tabled(text, Table::of(&names.collect::<Vec<_>>(), rows))
}

fn mean_cell(mean: &GeometricMean) -> Cell {
    let estimate = mean.interval.map_or_else(|| Estimate::exact(mean.ratio), Ok);
    estimate.map_or(Cell::text("not finite"), |estimate| Cell::factor(&Ok(estimate), true))
}

/// Every row, machine by machine; with two machines also their quotient.
pub(super) fn rows(count: usize, machines: &Machines) -> Section {
    let heading =
        if machines.normalized_by.is_some() { "normalized on each machine" } else { "ratios on each machine" };
    let mut section = Section::new(heading);
    if machines.rows.is_empty() {
        section.text = Some("The machines have no such ratio in common.".to_owned());
        return section;
    }
    let with_quotient = count == 2;
    let mut table = table(&["what"], count, true);
    if with_quotient {
        let head = format!("#{} ÷ {}", letter(1), letter(0));
        table.columns.extend(Table::new(&[&head]).columns);
    }
    for row in &machines.rows {
        let mut cells = vec![Cell::name(label(row))];
        cells.extend(row.ratios.iter().map(|value| Cell::factor(value, !with_quotient)));
        cells.extend(row.to_first.last().filter(|_| with_quotient).map(quotient));
        table.rows.push(cells);
    }
    section.text = with_quotient.then(|| {
        "The last column says how the shapes differ, with the widest interval that both sides allow.".to_owned()
    });
    section.tabled(None, table)
}

/// Where a side has no number, the side says why.
pub(super) fn quotient(ratio: &Value) -> Cell {
    match ratio {
        Err(Absent::Missing(_)) => Cell::text(""),
        ratio => Cell::factor(ratio, true),
    }
}

/// `spawn/fork ÷ thread, ×1`.
pub(in crate::report) fn label(row: &RatioRow) -> String {
    let reference = row.reference.split('/').nth(1).unwrap_or(&row.reference);
    let mut text = format!("{}/{} ÷ {reference}", row.benchmark.group, row.benchmark.function);
    for (name, value) in &row.benchmark.parameters {
        text.push_str(&format!(", {}", parameter(name, *value)));
    }
    if row.metric != Metric::WallTime {
        text.push_str(&format!(", {}", row.metric.name().replace('_', " ")));
    }
    text
}

fn topic(topic: &str, metric: Metric) -> String {
    if metric == Metric::WallTime { topic.to_owned() } else { format!("{topic}: {}", metric.name().replace('_', " ")) }
}

pub(super) fn skipped(machines: &Machines) -> Section {
    let mut section = Section::new("skipped in the ratios");
    for skipped in &machines.skipped {
        section.note(NoteKind::Skipped, &topic(&skipped.benchmark, skipped.metric), &skipped.reason);
    }
    for row in &machines.rows {
        for (index, value) in row.ratios.iter().enumerate() {
            if !value.as_ref().is_err_and(Absent::is_missing) {
                section.note_reading(&format!("{}, {}", letter(index), row.benchmark), value);
            }
        }
    }
    section.naming(NAMED_MAX)
}
