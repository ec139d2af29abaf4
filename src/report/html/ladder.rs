//! Threads against processes, pair by pair: their prices with intervals and floors, and the ratio as a bar.

use serde::Serialize;

use super::scale::{Scale, Tick, percent};
use super::view::Tags;
use crate::advise::{Pair, Side};
use crate::model::Estimate;
use crate::report::number::{interval, quantity};
use crate::report::page::FACTOR;
use crate::report::pages::labelled;
use crate::verdict::{Absent, Value};

/// The pairs of one topic that are measured in one unit.
#[derive(Serialize)]
pub(super) struct Ladder {
    pub(super) tags: Tags,
    /// The price axis.
    ticks: Vec<Tick>,
    /// The axis of the ratio.
    factors: Vec<Tick>,
    /// Where the ratio is 1.
    even: String,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    what: String,
    marks: Vec<Mark>,
    thread: String,
    process: String,
    bar: Option<Bar>,
    ratio: String,
    /// What the ratio says in a word, and the class it is shown by.
    word: &'static str,
    class: &'static str,
}

/// A price on its axis.
#[derive(Serialize)]
struct Mark {
    class: &'static str,
    at: String,
    low: String,
    high: String,
    floor: Option<String>,
    title: String,
}

/// A ratio on its axis, drawn from 1.
#[derive(Serialize)]
struct Bar {
    start: String,
    width: String,
    low: String,
    high: String,
}

/// The ladder of some pairs; none where none has a number.
pub(super) fn ladder(topic: &str, machine: &str, pairs: &[&Pair]) -> Option<Ladder> {
    let pairs: Vec<&Pair> =
        pairs.iter().copied().filter(|pair| sides(pair).any(|side| number(&side.value).is_some())).collect();
    let metric = pairs.first()?.metric;
    let scale = Scale::in_factors(pairs.iter().flat_map(|pair| sides(pair)).flat_map(bounds));
    let ratios = pairs.iter().filter_map(|pair| number(&pair.process_to_thread));
    let factors = Scale::in_factors(ratios.flat_map(|ratio| [ratio.low(), ratio.high()]).chain([0.8, 1.25]));
    Some(Ladder {
        tags: Tags::new("ladder", topic, [topic, metric.name(), machine]),
        ticks: scale.ticks(metric.unit()),
        factors: factors.ticks(FACTOR),
        even: factors.percent(1.0),
        rows: pairs.iter().map(|pair| row(pair, &scale, &factors)).collect(),
    })
}

fn sides(pair: &Pair) -> impl Iterator<Item = &Side> {
    [&pair.thread, &pair.process].into_iter()
}

fn number(reading: &Value) -> Option<Estimate> {
    match reading {
        Ok(estimate) => Some(*estimate),
        Err(_) => None,
    }
}

/// The price of the floor of a side, in the side's unit.
fn floor(side: &Side) -> Option<f64> {
    let to_lower_bound = number(side.to_lower_bound.as_ref()?)?;
    Some(number(&side.value)?.center() / to_lower_bound.center())
}

fn bounds(side: &Side) -> Vec<f64> {
    let price = number(&side.value).map(|price| [price.low(), price.high()]);
    price.into_iter().flatten().chain(floor(side)).collect()
}

fn row(pair: &Pair, scale: &Scale, factors: &Scale) -> Row {
    let ratio = number(&pair.process_to_thread);
    let (word, class) = match ratio {
        Some(ratio) if ratio.low() > 1.0 => ("processes cost more", "process"),
        Some(ratio) if ratio.high() < 1.0 => ("threads cost more", "thread"),
        Some(_) => ("no difference shown", "same"),
        None => ("", "same"),
    };
    Row {
        what: labelled(&pair.label, &pair.parameters),
        marks: [mark(pair, &pair.thread, "thread", scale), mark(pair, &pair.process, "process", scale)]
            .into_iter()
            .flatten()
            .collect(),
        thread: printed(&pair.thread.value, pair.metric.unit()),
        process: printed(&pair.process.value, pair.metric.unit()),
        bar: ratio.map(|ratio| bar(ratio, factors)),
        ratio: match &pair.process_to_thread {
            Ok(ratio) => interval(*ratio, FACTOR),
            other => printed(other, FACTOR),
        },
        word,
        class,
    }
}

fn mark(pair: &Pair, side: &Side, class: &'static str, scale: &Scale) -> Option<Mark> {
    let price = number(&side.value)?;
    let unit = pair.metric.unit();
    let floor = floor(side);
    let beside = floor.map_or(String::new(), |floor| format!(", floor {}", quantity(floor, unit)));
    Some(Mark {
        class,
        at: scale.percent(price.center()),
        low: scale.percent(price.low()),
        high: scale.percent(price.high()),
        floor: floor.map(|floor| scale.percent(floor)),
        title: format!("{}: {}{beside}", side.benchmark, interval(price, unit)),
    })
}

fn bar(ratio: Estimate, factors: &Scale) -> Bar {
    let [even, center] = [1.0, ratio.center()].map(|factor| factors.share(factor));
    Bar {
        start: percent(even.min(center)),
        width: percent((center - even).abs()),
        low: factors.percent(ratio.low()),
        high: factors.percent(ratio.high()),
    }
}

fn printed(reading: &Value, unit: &str) -> String {
    match reading {
        Ok(estimate) => quantity(estimate.center(), unit),
        Err(Absent::Inconclusive(_)) => "inconclusive".to_owned(),
        Err(Absent::Missing(_)) => "not measured".to_owned(),
    }
}
