//! What costs what on each machine.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::advise::reference::rank;
use crate::model::topics::is_lower_bound;
use crate::model::{AsText, BenchmarkId, Estimate, Measurement, Metric};
use crate::stats;
use crate::verdict::policy::CONFIDENCE;
use crate::verdict::ratio::{kept, ratio};
use crate::verdict::{Absent, Figure, Sessions, Value, ValueOrReason, combine, measurement, value_of};

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
            None => machine.find(topic, id, *metric),
        };
        let ratios: Vec<Value> = machines.iter().zip(measured).map(value).collect();
        let key = (topic.clone(), id.clone(), *metric);
        keep(RatioRow::new(key, (*first).to_owned(), ratios)).map_or_else(|it| without.push(it), |row| rows.push(row));
    }
    (rows, without)
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NormalizeBy {
    /// The reference workload: small fixed work that was timed between the samples.
    Reference,
    /// The least that the system needs for the same work.
    LowerBound,
}

pub(super) fn normalized_rows(
    machines: &[Sessions],
    metrics: &[Metric],
    by: NormalizeBy,
    filter: Filter,
) -> (Vec<RatioRow>, Vec<Skipped>) {
    let (mut rows, mut without) = (Vec::new(), Vec::new());
    for ((topic, benchmark, metric), measured) in series(machines, metrics) {
        if !passes(&measured, filter) {
            continue;
        }
        let references: BTreeSet<Option<String>> = measured.iter().flatten().map(|it| reference(it, by)).collect();
        let reference = match references.into_iter().collect::<Vec<_>>().as_slice() {
            [Some(one)] => one.clone(),
            [None] | [] => {
                without.push(skipped(&benchmark, metric, no_reference(by)));
                continue;
            }
            _ => {
                without.push(skipped(&benchmark, metric, "it is normalized by different things on these machines"));
                continue;
            }
        };
        let ratios = measured.iter().zip(machines).map(|(measured, machine)| match measured {
            Some(measurement) => normalized(measurement, machine, by),
            None => machine.find(&topic, &benchmark, metric),
        });
        let ratios = ratios.collect();
        keep(RatioRow::new((topic, benchmark, metric), reference, ratios))
            .map_or_else(|it| without.push(it), |row| rows.push(row));
    }
    (rows, without)
}

fn reference(measurement: &Measurement, by: NormalizeBy) -> Option<String> {
    match by {
        NormalizeBy::Reference => measurement.normalized.and(measurement.reference.clone()),
        NormalizeBy::LowerBound => measurement.lower_bound.as_ref().map(ToString::to_string),
    }
}

fn no_reference(by: NormalizeBy) -> &'static str {
    match by {
        NormalizeBy::Reference => {
            "no reference workload: a timer or another machine decides its time, or it is a count"
        }
        NormalizeBy::LowerBound => "its group has no lower bound at these parameters",
    }
}

fn normalized(of: &Measurement, machine: &Sessions, by: NormalizeBy) -> Value {
    value_of(of)?;
    match (by, &of.lower_bound) {
        (NormalizeBy::Reference, _) => {
            let value = of.normalized.ok_or(Absent::missing("it has no normalized value"))?;
            Ok(kept(value, machine.reach(&of.benchmark.group, of.metric, Figure::Cost)))
        }
        (NormalizeBy::LowerBound, Some(bound)) => match measurement(machine.run(), bound, of.metric) {
            Some(_) => machine.ratio(&of.topic, [&of.benchmark, bound], of.metric),
            None => Err(Absent::missing(format!("its lower bound {bound} was not measured"))),
        },
        (NormalizeBy::LowerBound, None) => Err(Absent::missing("it has no lower bound on this machine")),
    }
}

/// Mechanisms below which there is no interval: two have hardly a spread of their own, and Student's t of one degree of
/// freedom says so with an interval of many powers of ten.
const MECHANISMS_MIN: usize = 3;

/// The rows of one topic, over the mechanisms that all machines have.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct TopicMean {
    pub topic: String,
    pub metric: Metric,
    pub rows: usize,
    /// Number of mechanisms that they are of: the rows of one mechanism are alike and count as one.
    pub mechanisms: usize,
    /// Of each machine's own ratios.
    pub within: Vec<GeometricMean>,
    /// Of each machine's ratios ÷ the first machine's; that of the first is 1.
    pub to_first: Vec<GeometricMean>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct GeometricMean {
    pub ratio: f64,
    /// Where the mean of other mechanisms of that kind may be: by Student's t on the logarithms, between mechanisms. None of
    /// fewer than three.
    pub interval: Option<Estimate>,
}

/// The mechanisms of a topic, each with the logarithms of its rows, a value a machine.
type Mechanisms<'a> = BTreeMap<(&'a str, &'a str), Vec<Vec<f64>>>;

/// The means by topic and metric, of the rows that have a number on every machine.
pub(super) fn means(rows: &[RatioRow]) -> Vec<TopicMean> {
    let mut topics: BTreeMap<(&str, Metric), Mechanisms> = BTreeMap::new();
    for row in rows {
        let logs: Option<Vec<f64>> = row.ratios.iter().map(log).collect();
        let Some(logs) = logs else { continue };
        let mechanism = (row.benchmark.group.as_str(), row.benchmark.function.as_str());
        topics.entry((&row.topic, row.metric)).or_default().entry(mechanism).or_default().push(logs);
    }
    topics.into_iter().filter_map(|((topic, metric), mechanisms)| mean(topic, metric, &mechanisms)).collect()
}

fn log(ratio: &Value) -> Option<f64> {
    ratio.as_ref().ok().map(|ratio| ratio.center()).filter(|center| *center > 0.0).map(libm::log)
}

fn mean(topic: &str, metric: Metric, mechanisms: &Mechanisms) -> Option<TopicMean> {
    let machines = mechanisms.values().flatten().next()?.len();
    let of_machine =
        |machine: usize, rows: &Vec<Vec<f64>>| rows.iter().map(|row| row[machine]).sum::<f64>() / rows.len() as f64;
    let within = |machine| average(mechanisms.values().map(|rows| of_machine(machine, rows)));
    let to_first = |machine| average(mechanisms.values().map(|rows| of_machine(machine, rows) - of_machine(0, rows)));
    Some(TopicMean {
        topic: topic.to_owned(),
        metric,
        rows: mechanisms.values().map(Vec::len).sum(),
        mechanisms: mechanisms.len(),
        within: (0..machines).map(within).collect::<Option<_>>()?,
        to_first: (0..machines).map(to_first).collect::<Option<_>>()?,
    })
}

fn average(logs: impl Iterator<Item = f64>) -> Option<GeometricMean> {
    let logs: Vec<f64> = logs.collect();
    let mean = logs.iter().sum::<f64>() / logs.len() as f64;
    let ratio = Some(libm::exp(mean)).filter(|ratio| ratio.is_finite() && *ratio > 0.0)?;
    let spread = stats::mean_interval(&logs, CONFIDENCE).filter(|_| logs.len() >= MECHANISMS_MIN);
    let interval = spread.and_then(|interval| {
        let [low, high] = [interval.low, interval.high].map(libm::exp);
        Estimate::new(ratio, low.min(ratio), high.max(ratio)).ok()
    });
    Some(GeometricMean { ratio, interval })
}
