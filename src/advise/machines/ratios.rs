//! What costs what inside each machine.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::party::{NOT_THERE, Party};
use crate::advise::reference::rank;
use crate::model::topics::is_lower_bound;
use crate::model::{BenchmarkId, Measurement, Metric};
use crate::verdict::{Reading, ratio};

/// A price as a multiple of another price of the same machine, on every machine.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The topic.
    pub topic: String,
    /// What is priced.
    pub benchmark: BenchmarkId,
    /// In which quantity.
    pub metric: Metric,
    /// What it is a multiple of: another function of the group, its floor or a calibrator.
    pub against: String,
    /// The multiple on each machine, in their order.
    pub values: Vec<Reading>,
    /// Each machine's multiple ÷ the first machine's, with the widest interval that both allow: how the shapes differ.
    pub across: Vec<Reading>,
}

impl Row {
    pub(super) fn new((topic, benchmark, metric): Key, against: String, values: Vec<Reading>) -> Self {
        let across = values.iter().map(|value| value.combine(&values[0], ratio)).collect();
        Self { topic, benchmark, metric, against, values, across }
    }
}

/// Something that has no row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// What.
    pub benchmark: String,
    /// In which quantity.
    pub metric: Metric,
    /// Why.
    pub reason: String,
}

/// Says of a measurement whether it is among what was asked for. What it is held against need not be.
pub type Keeps<'a> = &'a dyn Fn(&Measurement) -> bool;

/// Whether what the machines measured of a series is among what was asked for.
pub(super) fn is_kept(measured: &[Option<&Measurement>], keeps: Keeps) -> bool {
    measured.iter().flatten().any(|it| keeps(it))
}

/// A series, in the order of a run.
pub(super) type Key = (String, BenchmarkId, Metric);

/// Every series of these metrics that is a way to do a work, with its measurement on each machine that has it.
pub(super) fn series<'a>(parties: &[Party<'a>], metrics: &[Metric]) -> BTreeMap<Key, Vec<Option<&'a Measurement>>> {
    let mut series: BTreeMap<Key, Vec<Option<&Measurement>>> = BTreeMap::new();
    for (place, party) in parties.iter().enumerate() {
        for it in &party.run.measurements {
            if metrics.contains(&it.metric) && !is_lower_bound(&it.benchmark.function) {
                let key = (it.topic.clone(), it.benchmark.clone(), it.metric);
                series.entry(key).or_insert_with(|| vec![None; parties.len()])[place] = Some(it);
            }
        }
    }
    series
}

/// Number of machines that lack a function, and how far from the first of its group it is.
type Rank<'a> = (usize, (usize, &'a str));

/// Each mechanism that `keeps` lets pass as a multiple of the first of its group, at equal parameters.
pub(super) fn rows(parties: &[Party], metrics: &[Metric], keeps: Keeps) -> (Vec<Row>, Vec<LeftOut>) {
    let series = series(parties, metrics);
    let mut firsts: BTreeMap<(&str, BenchmarkId, Metric), BTreeSet<Rank>> = BTreeMap::new();
    for ((topic, id, metric), measured) in &series {
        // What more machines have comes before what a page names first.
        let wanting = measured.iter().filter(|it| it.is_none()).count();
        let work = (topic.as_str(), id.with_function(""), *metric);
        firsts.entry(work).or_default().insert((wanting, rank(&id.group, &id.function)));
    }
    let (mut rows, mut left_out) = (Vec::new(), Vec::new());
    for ((topic, id, metric), measured) in series.iter().filter(|(_, measured)| is_kept(measured, keeps)) {
        let ways = &firsts[&(topic.as_str(), id.with_function(""), *metric)];
        let Some((_, (_, first))) = ways.first() else { continue };
        if *first == id.function {
            if ways.len() == 1 {
                left_out.push(left(id, *metric, "it is the only way of its group at these parameters"));
            }
            continue;
        }
        let first_id = id.with_function(first);
        let value = |(party, measured): (&Party, &Option<&Measurement>)| match measured {
            Some(_) => party.ratio(&party.sessions(), topic, *metric, [id, &first_id]),
            None => Reading::Missing(NOT_THERE.to_owned()),
        };
        let values: Vec<Reading> = parties.iter().zip(measured).map(value).collect();
        let key = (topic.clone(), id.clone(), *metric);
        keep(Row::new(key, (*first).to_owned(), values)).map_or_else(|it| left_out.push(it), |row| rows.push(row));
    }
    (rows, left_out)
}

/// The row, where it sets at least two machines side by side.
pub(super) fn keep(row: Row) -> Result<Row, LeftOut> {
    let measured = row.values.iter().filter(|value| matches!(value, Reading::Measured(_))).count();
    match measured {
        0 => Err(left(&row.benchmark, row.metric, "no machine has a number of it that can be relied on")),
        1 => Err(left(&row.benchmark, row.metric, "one machine alone has a number of it that can be relied on")),
        _ => Ok(row),
    }
}

pub(super) fn left(benchmark: &BenchmarkId, metric: Metric, reason: &str) -> LeftOut {
    LeftOut { benchmark: benchmark.to_string(), metric, reason: reason.to_owned() }
}
