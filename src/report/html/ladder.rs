//! Threads vs. processes, pair by pair: their costs with intervals and lower bounds, and the ratio as a bar.

use serde::Serialize;

use super::drawn::{Data, LadderData, MarkData, RowData};
use super::view::Tags;
use crate::advise::{Pair, Side};
use crate::model::Estimate;
use crate::report::number::labelled;
use crate::report::number::{interval, quantity};
use crate::report::page::FACTOR;
use crate::verdict::{Absent, Value};

/// The pairs of one topic that are measured in one unit.
#[derive(Serialize)]
pub(super) struct Ladder {
    pub(super) tags: Tags,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    what: String,
    thread: String,
    process: String,
    ratio: String,
    /// What the ratio means, and its class.
    word: &'static str,
    class: &'static str,
}

/// The ladder of some pairs; none where none has a number.
pub(super) fn ladder(topic: &str, machine: &str, pairs: &[&Pair], data: &mut Data) -> Option<Ladder> {
    let has_number = |pair: &&&Pair| [&pair.thread, &pair.process].iter().any(|side| number(&side.value).is_some());
    let pairs: Vec<&Pair> = pairs.iter().filter(has_number).copied().collect();
    let metric = pairs.first()?.metric;
    let tags = Tags::new("ladder", topic, [topic, metric.name(), machine]);
    let rows = pairs.iter().map(|pair| row_data(pair)).collect();
    data.ladders.insert(tags.id.clone(), LadderData { unit: metric.unit(), rows });
    Some(Ladder { tags, rows: pairs.iter().map(|pair| row(pair)).collect() })
}

fn number(value: &Value) -> Option<Estimate> {
    value.as_ref().ok().copied()
}

fn bounds(estimate: Estimate) -> [f64; 3] {
    [estimate.low(), estimate.center(), estimate.high()]
}

fn class(pair: &Pair) -> (&'static str, &'static str) {
    match number(&pair.process_to_thread) {
        Some(ratio) if ratio.low() > 1.0 => ("processes cost more", "process"),
        Some(ratio) if ratio.high() < 1.0 => ("threads cost more", "thread"),
        Some(_) => ("no significant difference", "same"),
        None => ("", "same"),
    }
}

fn row(pair: &Pair) -> Row {
    let (word, class) = class(pair);
    Row {
        what: labelled(&pair.label, &pair.parameters),
        thread: printed(&pair.thread.value, pair.metric.unit()),
        process: printed(&pair.process.value, pair.metric.unit()),
        ratio: match &pair.process_to_thread {
            Ok(ratio) => interval(*ratio, FACTOR),
            other => printed(other, FACTOR),
        },
        word,
        class,
    }
}

fn row_data(pair: &Pair) -> RowData {
    let marks = [mark(pair, &pair.thread, "thread"), mark(pair, &pair.process, "process")];
    RowData {
        marks: marks.into_iter().flatten().collect(),
        ratio: number(&pair.process_to_thread).map(bounds),
        class: class(pair).1,
    }
}

fn mark(pair: &Pair, side: &Side, class: &'static str) -> Option<MarkData> {
    let cost = number(&side.value)?;
    let unit = pair.metric.unit();
    // In the side's unit.
    let lower_bound = side.to_lower_bound.as_ref().and_then(number).map(|ratio| cost.center() / ratio.center());
    let bound = lower_bound.map_or(String::new(), |bound| format!(", lower bound {}", quantity(bound, unit)));
    let title = format!("{}: {}{bound}", side.benchmark, interval(cost, unit));
    Some(MarkData { class, cost: bounds(cost), lower_bound, title })
}

fn printed(value: &Value, unit: &str) -> String {
    match value {
        Ok(estimate) => quantity(estimate.center(), unit),
        Err(Absent::Inconclusive(_)) => "inconclusive".to_owned(),
        Err(Absent::Missing(_)) => "not measured".to_owned(),
    }
}
