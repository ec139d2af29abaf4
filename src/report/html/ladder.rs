//! Threads vs. processes, pair by pair: their costs with intervals and lower bounds, and the ratio as a bar.

use std::collections::BTreeMap;

use serde::Serialize;

use super::figures::{CostMark, Figures, RowFigure, RowsFigure, bounds};
use super::view::Tags;
use crate::advise::machines::MachineRuns;
use crate::advise::{Pair, Side};
use crate::model::topics::meaning_of;
use crate::model::{Estimate, Metric};
use crate::report::Section;
use crate::report::number::{interval, labelled, quantity};
use crate::report::page::{Cell, FACTOR};
use crate::report::pages::{SummaryData, intervals_text, summary_page};
use crate::verdict::Value;

/// The pairs of one topic that are measured in one unit.
#[derive(Serialize)]
pub(super) struct Ladder {
    pub(super) tags: Tags,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    what: String,
    /// What the process's mechanism is, and the thread's where it is not plain.
    meaning: String,
    thread: String,
    process: String,
    ratio: String,
    /// What the ratio means, and its class.
    word: &'static str,
    class: &'static str,
}

/// The ladder of some pairs; none where none has a number.
pub(super) fn ladder(topic: &str, machine: &str, pairs: &[&Pair], figures: &mut Figures) -> Option<Ladder> {
    let has_number = |pair: &&&Pair| [&pair.thread, &pair.process].iter().any(|side| number(&side.value).is_some());
    let pairs: Vec<&Pair> = pairs.iter().filter(has_number).copied().collect();
    let metric = pairs.first()?.metric;
    let tags = Tags::new("ladder", topic, [topic, metric.name(), machine]);
    let rows = pairs.iter().map(|pair| row_figure(pair)).collect();
    figures.rows.insert(tags.id.clone(), RowsFigure { unit: metric.unit(), rows });
    Some(Ladder { tags, rows: pairs.iter().map(|pair| row(pair)).collect() })
}

fn number(value: &Value) -> Option<Estimate> {
    value.as_ref().ok().copied()
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
        meaning: meaning(pair),
        thread: printed(&pair.thread.value, pair.metric.unit(), false),
        process: printed(&pair.process.value, pair.metric.unit(), false),
        ratio: printed(&pair.process_to_thread, FACTOR, true),
        word,
        class,
    }
}

/// Each side's mechanism in one line; of workers that are plainly threads and processes, nothing.
fn meaning(pair: &Pair) -> String {
    let sides = [("threads", &pair.thread), ("processes", &pair.process)];
    let lines = sides
        .into_iter()
        .filter_map(|(side, it)| Some(format!("{side}: {}", meaning_of(&it.benchmark.group, &it.benchmark.function)?)));
    lines.collect::<Vec<_>>().join("; ")
}

fn row_figure(pair: &Pair) -> RowFigure {
    let marks = [(&pair.thread, "thread"), (&pair.process, "process")];
    RowFigure {
        marks: marks.into_iter().filter_map(|(side, class)| cost_mark(pair.metric, side, class, "")).collect(),
        ratio: number(&pair.process_to_thread).map(bounds),
        class: class(pair).1,
    }
}

/// A cost with its lower bound; `before` stands before its name.
pub(super) fn cost_mark(metric: Metric, side: &Side, class: &'static str, before: &str) -> Option<CostMark> {
    let cost = number(&side.value)?;
    let unit = metric.unit();
    // In the side's unit.
    let lower_bound = side.to_lower_bound.as_ref().and_then(number).map(|ratio| cost.center() / ratio.center());
    let bound = lower_bound.map_or(String::new(), |bound| format!(", lower bound {}", quantity(bound, unit)));
    let title = format!("{before}{}: {}{bound}", side.benchmark, interval(cost, unit));
    Some(CostMark { class, cost: bounds(cost), lower_bound, title })
}

/// A value, or why there is none in a word.
pub(super) fn printed(value: &Value, unit: &str, with_interval: bool) -> String {
    Cell::reading_in(value, unit, with_interval).printed()
}

#[derive(Serialize)]
pub(super) struct MachineCosts {
    key: String,
    run: String,
    ladders: Vec<Ladder>,
    sections: Vec<Section>,
}

pub(super) fn machine_costs(machine: &MachineRuns, figures: &mut Figures) -> MachineCosts {
    let run = machine.run;
    let summary_data = SummaryData::new(&machine.sessions(), String::new());
    let key = run.machine.key.as_str();
    let mut ladders = Vec::new();
    for topic in &summary_data.summary.topics {
        let mut by_metric: BTreeMap<Metric, Vec<&Pair>> = BTreeMap::new();
        for pair in &topic.pairs {
            by_metric.entry(pair.metric).or_default().push(pair);
        }
        ladders.extend(by_metric.values().filter_map(|pairs| ladder(&topic.topic, key, pairs, figures)));
    }
    let has_more = |section: &Section| section.table.is_some() || !section.notes.is_empty();
    MachineCosts {
        key: key.to_owned(),
        run: format!(
            "run {} of {}; intervals: {}",
            run.id,
            run.started,
            intervals_text(&summary_data.summary.intervals)
        ),
        ladders,
        sections: summary_page(&summary_data).sections.into_iter().filter(has_more).collect(),
    }
}
