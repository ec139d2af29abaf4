//! What costs what inside each machine, and how that differs across.

use super::{letter, number, table};
use crate::advise::machines::{Averaged, Machines, Row, TopicMean, Yardstick};
use crate::model::{Estimate, Metric};
use crate::report::number::parameter;
use crate::report::page::{Cell, FACTOR, NoteKind, Section, Table};

/// What is named one by one among what was left out.
const NAMED_MAX: usize = 12;

/// The geometric means of each machine's own rows.
pub(super) fn inside(count: usize, machines: &Machines) -> Section {
    let what = match machines.normalised_by {
        None => "Each mechanism ÷ the first of its group, at equal parameters, on one machine",
        Some(Yardstick::Calibrator) => "Each price ÷ its calibrator on the same machine",
        Some(Yardstick::Floor) => "Each price ÷ its floor on the same machine",
    };
    let text = format!(
        "{what}, over what all machines have. The interval is Student's t between mechanisms, on logarithms: where the mean of \
         other such mechanisms would be. Fewer than three have none."
    );
    means("geometric means inside each machine, by topic", &text, 0..count, machines, |mean| &mean.inside)
}

/// The same across: quotients of each machine to the first.
pub(super) fn across(count: usize, machines: &Machines) -> Section {
    let text = format!(
        "The same of the quotients to {}, mechanism by mechanism: 1 where both machines have the same shape, whichever is \
         faster.",
        letter(0)
    );
    means("and across", &text, 1..count, machines, |mean| &mean.across)
}

fn means(
    heading: &str,
    text: &str,
    places: std::ops::Range<usize>,
    machines: &Machines,
    of: impl Fn(&TopicMean) -> &[Averaged],
) -> Section {
    let mut section = Section::new(heading);
    if machines.means.is_empty() {
        return section;
    }
    let beside = if places.start == 0 { String::new() } else { format!(" ÷ {}", letter(0)) };
    let heads: Vec<String> = places.clone().map(|place| format!("#{}{beside}", letter(place))).collect();
    let names = ["topic", "#mechanisms", "#rows"].into_iter().chain(heads.iter().map(String::as_str));
    let mut table = Table::new(&names.collect::<Vec<_>>());
    for mean in &machines.means {
        let head = [Cell::text(topic(&mean.topic, mean.metric)), number(mean.mechanisms), number(mean.rows)];
        table.rows.push(head.into_iter().chain(of(mean)[places.clone()].iter().map(averaged)).collect());
    }
    section.text = Some(text.to_owned());
    section.table = Some(table);
    section
}

fn averaged(mean: &Averaged) -> Cell {
    let estimate = mean.interval.map_or_else(|| Estimate::exact(mean.ratio), Ok);
    estimate.map_or(Cell::text("beyond measure"), |estimate| Cell::Number {
        estimate,
        unit: FACTOR.to_owned(),
        with_interval: true,
    })
}

/// Every row, machine by machine; with two machines also how they differ.
pub(super) fn rows(count: usize, machines: &Machines) -> Section {
    let heading =
        if machines.normalised_by.is_some() { "multiples inside each machine" } else { "ratios inside each machine" };
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
        let mut cells = vec![Cell::text(label(row))];
        cells.extend(row.values.iter().map(|value| Cell::factor(value, !with_quotient)));
        cells.extend(row.across.last().filter(|_| with_quotient).map(|quotient| Cell::factor(quotient, true)));
        table.rows.push(cells);
    }
    section.text = with_quotient.then(|| {
        "The last column says how the shapes differ, with the widest interval that both sides allow.".to_owned()
    });
    section.table = Some(table);
    section
}

/// `spawn/fork ÷ thread, ×1`.
fn label(row: &Row) -> String {
    let against = row.against.split('/').nth(1).unwrap_or(&row.against);
    let mut text = format!("{}/{} ÷ {against}", row.benchmark.group, row.benchmark.function);
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

/// What has no row, by reason.
pub(super) fn left_out(machines: &Machines) -> Section {
    let mut section = Section::new("left out of the ratios");
    for left in &machines.left_out {
        section.note(NoteKind::LeftOut, &topic(&left.benchmark, left.metric), &left.reason);
    }
    for row in &machines.rows {
        for (place, value) in row.values.iter().enumerate() {
            section.note_reading(&format!("{}, {}", letter(place), row.benchmark), value);
        }
    }
    for note in &mut section.notes {
        if note.subjects.len() > NAMED_MAX {
            let others = note.subjects.split_off(NAMED_MAX).len();
            note.subjects.push(format!("{others} others"));
        }
    }
    section
}
