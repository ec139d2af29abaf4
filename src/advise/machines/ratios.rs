//! What costs what on each machine.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::advise::reference::rank;
use crate::model::topics::is_lower_bound;
use crate::model::{AsText, BenchmarkId, Measurement, Metric};
use crate::verdict::ratio::ratio;
use crate::verdict::{Absent, Sessions, Value, ValueOrReason, combine};

/// A cost as a multiple of another cost of the same machine, on every machine.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct RatioRow {
    pub topic: String,
    #[serde(with = "AsText")]
    pub benchmark: BenchmarkId,
    pub metric: Metric,
    /// What it is a multiple of: another function of the group, its lower bound or a reference workload.
    pub reference: String,
    #[serde(with = "ValueOrReason::<Vec<Value>>")]
    pub ratios: Vec<Value>,
    /// Each machine's ratio ÷ the first machine's, with the widest interval that both allow.
    #[serde(with = "ValueOrReason::<Vec<Value>>")]
    pub to_first: Vec<Value>,
}

impl RatioRow {
    pub(super) fn new((topic, benchmark, metric): Key, reference: String, ratios: Vec<Value>) -> Self {
        let to_first = ratios.iter().map(|value| combine(value, &ratios[0], ratio)).collect();
        Self { topic, benchmark, metric, reference, ratios, to_first }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Skipped {
    pub benchmark: String,
    pub metric: Metric,
    pub reason: String,
}

/// Whether the user asked for a measurement. What it is compared with need not pass.
pub type Filter<'a> = &'a dyn Fn(&Measurement) -> bool;

pub(super) fn passes(measured: &[Option<&Measurement>], filter: Filter) -> bool {
    measured.iter().flatten().any(|it| filter(it))
}

pub(super) type Key = (String, BenchmarkId, Metric);

/// Every series of these metrics that is of a mechanism, with its measurement on each machine that has it.
pub(super) fn series<'a>(machines: &[Sessions<'a>], metrics: &[Metric]) -> BTreeMap<Key, Vec<Option<&'a Measurement>>> {
    let mut series: BTreeMap<Key, Vec<Option<&Measurement>>> = BTreeMap::new();
    for (index, machine) in machines.iter().enumerate() {
        for it in &machine.run().measurements {
            if metrics.contains(&it.metric) && !is_lower_bound(&it.benchmark.function) {
                let key = (it.topic.clone(), it.benchmark.clone(), it.metric);
                series.entry(key).or_insert_with(|| vec![None; machines.len()])[index] = Some(it);
            }
        }
    }
    series
}

/// Number of machines that lack a function, and how far from the first of its group it is.
type Rank<'a> = (usize, (usize, &'a str));

/// Each mechanism that passes the filter as a multiple of the first of its group, at equal parameters.
pub(super) fn rows(machines: &[Sessions], metrics: &[Metric], filter: Filter) -> (Vec<RatioRow>, Vec<Skipped>) {
    let series = series(machines, metrics);
    let mut firsts: BTreeMap<(&str, BenchmarkId, Metric), BTreeSet<Rank>> = BTreeMap::new();
    for ((topic, id, metric), measured) in &series {
        // What more machines have comes before what is listed first.
        let missing = measured.iter().filter(|it| it.is_none()).count();
        let work = (topic.as_str(), id.with_function(""), *metric);
        firsts.entry(work).or_default().insert((missing, rank(&id.group, &id.function)));
    }
    let (mut rows, mut without) = (Vec::new(), Vec::new());
    for ((topic, id, metric), measured) in series.iter().filter(|(_, measured)| passes(measured, filter)) {
        let functions = &firsts[&(topic.as_str(), id.with_function(""), *metric)];
        let Some((_, (_, first))) = functions.first() else { continue };
        if *first == id.function {
            if functions.len() == 1 {
                without.push(skipped(id, *metric, "it is the only mechanism of its group at these parameters"));
            }
            continue;
        }
        let first_id = id.with_function(first);
        let value = |(machine, measured): (&Sessions, &Option<&Measurement>)| match measured {
            Some(_) => machine.ratio(topic, [id, &first_id], *metric),
            None => Err(not_there()),
        };
        let ratios: Vec<Value> = machines.iter().zip(measured).map(value).collect();
        let key = (topic.clone(), id.clone(), *metric);
        keep(RatioRow::new(key, (*first).to_owned(), ratios)).map_or_else(|it| without.push(it), |row| rows.push(row));
    }
    (rows, without)
}

pub(super) fn not_there() -> Absent {
    Absent::missing("not measured on this machine")
}

pub(super) fn keep(row: RatioRow) -> Result<RatioRow, Skipped> {
    let measured = row.ratios.iter().filter(|ratio| ratio.is_ok()).count();
    match measured {
        0 => Err(skipped(&row.benchmark, row.metric, "no machine has a number of it that can be relied on")),
        1 => Err(skipped(&row.benchmark, row.metric, "one machine alone has a number of it that can be relied on")),
        _ => Ok(row),
    }
}

pub(super) fn skipped(benchmark: &BenchmarkId, metric: Metric, reason: &str) -> Skipped {
    Skipped { benchmark: benchmark.to_string(), metric, reason: reason.to_owned() }
}
