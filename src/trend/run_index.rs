//! Runs as they are read: of each, one value for every series.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::{BenchmarkId, Commit, Estimate, Excerpt, MeasurementExcerpt, Metric, Quality};
use crate::stats;
use crate::verdict::environment::{Facts, Readings};
use crate::verdict::policy::TREND_ROUNDS_MIN;
use crate::verdict::value;

/// So many sets of facts back a run looks for its own.
const FACTS_REACH: usize = 8;
/// Of the reference workloads: there is no other.
const ONE_FORM: i16 = 1;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SeriesKey {
    Measured(BenchmarkId, Metric),
    /// A reference workload, as it was timed next to the benchmarks of a topic; it shows what the machine does by itself.
    Reference {
        topic: String,
        name: String,
    },
    /// A series of another tool, by a label that no other has.
    Imported {
        label: String,
        metric: Option<String>,
        unit: Option<String>,
    },
}

/// A series, as programs read it.
#[derive(Serialize, JsonSchema)]
pub(super) struct SeriesName {
    benchmark: String,
    /// One of parcost's metrics, or as another tool names it.
    metric: Option<String>,
    unit: Option<String>,
}

/// Runs, inserted in any order.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct RunIndex {
    names: BTreeMap<SeriesKey, usize>,
    /// The topic of each series, by its number.
    topics: Vec<String>,
    /// The benchmarks that a run names as the lower bound of others.
    pub(super) lower_bounds: BTreeSet<BenchmarkId>,
    pub(super) runs: Vec<IndexedRun>,
    /// The facts of the runs: most share theirs with one shortly before.
    #[serde(serialize_with = "write_facts", deserialize_with = "read_facts")]
    pub(super) facts: Vec<Arc<Facts>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct IndexedRun {
    pub(super) file: String,
    pub(super) id: String,
    pub(super) started: String,
    pub(super) profile: String,
    pub(super) commit: Commit,
    /// Their number in the index.
    pub(super) facts: usize,
    pub(super) readings: Readings,
    pub(super) values: Vec<(usize, RunValue)>,
    pub(super) failures: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum RunValue {
    /// The median over its rounds of the smallest sample, between the smallest and the largest round; the form of the benchmark, and
    /// what reading the clock may add to the value, ns.
    Measured(Estimate, i16, f32),
    Inconclusive,
    TooFewRounds,
    Twice,
}

/// A run and where it lies.
#[derive(Clone, Copy, Debug)]
pub struct StoredRun<'a> {
    pub file: &'a str,
    pub id: &'a str,
    /// RFC 3339.
    pub started: &'a str,
    pub profile: &'a str,
    pub commit: Option<&'a str>,
}

impl SeriesKey {
    pub fn metric(&self) -> Option<Metric> {
        match self {
            SeriesKey::Measured(_, metric) => Some(*metric),
            SeriesKey::Reference { .. } | SeriesKey::Imported { .. } => None,
        }
    }

    /// The same by name, or as another tool names it.
    pub fn metric_name(&self) -> Option<&str> {
        match self {
            SeriesKey::Imported { metric, .. } => metric.as_deref(),
            _ => self.metric().map(Metric::name),
        }
    }

    /// The unit of its values; empty where nobody said.
    pub fn unit(&self) -> &str {
        match self {
            SeriesKey::Measured(_, metric) => metric.unit(),
            SeriesKey::Reference { .. } => "ns",
            SeriesKey::Imported { unit, .. } => unit.as_deref().unwrap_or_default(),
        }
    }

    pub fn benchmark(&self) -> String {
        match self {
            SeriesKey::Measured(benchmark, _) => benchmark.to_string(),
            SeriesKey::Reference { topic, name } => format!("reference workload {name} in {topic}"),
            SeriesKey::Imported { label, .. } => label.clone(),
        }
    }
}

/// Writes a key as programs read it.
pub(super) fn named<S: Serializer>(key: &SeriesKey, serializer: S) -> Result<S::Ok, S::Error> {
    let metric = key.metric_name().map(str::to_owned);
    let unit = Some(key.unit().to_owned()).filter(|unit| !unit.is_empty());
    SeriesName { benchmark: key.benchmark(), metric, unit }.serialize(serializer)
}

fn write_facts<S: Serializer>(facts: &[Arc<Facts>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(facts.iter().map(|facts| &**facts))
}

fn read_facts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Arc<Facts>>, D::Error> {
    Ok(Vec::deserialize(deserializer)?.into_iter().map(Arc::new).collect())
}

impl fmt::Display for SeriesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SeriesKey::Measured(benchmark, metric) => write!(f, "{benchmark} {metric}"),
            SeriesKey::Reference { .. } | SeriesKey::Imported { .. } => f.write_str(&self.benchmark()),
        }
    }
}

impl RunIndex {
    /// Adds what `file` holds.
    ///
    /// The value of a series is the median over the rounds of the smallest sample of each: noise is added to a time and
    /// never taken away.
    pub fn insert(&mut self, file: &str, excerpt: Excerpt) {
        let forms: Vec<i16> = excerpt.measurements.iter().map(|it| excerpt.form(&it.benchmark.group)).collect();
        let readings = match (&excerpt.conditions_before, &excerpt.conditions_after) {
            (Some(before), Some(after)) => {
                Readings::new([before, after], &excerpt.machine.hardware, excerpt.fitness.as_ref())
            }
            _ => Readings::default(),
        };
        let facts = Facts::new(excerpt.machine.hardware, excerpt.machine.software, excerpt.toolchain.facts);
        let facts = self.number_of(Arc::new(facts));
        let mut values = self.references(&excerpt.measurements);
        for (measurement, form) in excerpt.measurements.into_iter().zip(forms) {
            let value = value(&measurement, form);
            self.lower_bounds.extend(measurement.lower_bound);
            let key = SeriesKey::Measured(measurement.benchmark, measurement.metric);
            values.push((self.number(key, measurement.topic), value));
        }
        values.sort_by_key(|&(series, _)| series);
        values.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                earlier.1 = RunValue::Twice;
            }
            same
        });
        // They stay for as long as the index does: room for more would be half as much again.
        values.shrink_to_fit();
        self.runs.push(IndexedRun {
            file: file.to_owned(),
            id: excerpt.id,
            started: excerpt.started,
            profile: excerpt.profile,
            commit: excerpt.commit,
            facts,
            readings,
            values,
            failures: excerpt.failures.into_iter().map(|failure| failure.benchmark).collect(),
        });
    }

    /// The branches that the runs were recorded on.
    pub fn branches(&self) -> BTreeSet<Option<&str>> {
        self.runs.iter().map(|run| run.commit.branch.as_deref()).collect()
    }

    /// What was inserted, in no order.
    pub fn stored(&self) -> impl Iterator<Item = StoredRun<'_>> {
        self.runs.iter().map(|run| StoredRun {
            file: &run.file,
            id: &run.id,
            started: &run.started,
            profile: &run.profile,
            commit: run.commit.id.as_deref(),
        })
    }

    /// Adds what another index holds.
    pub fn merge(&mut self, other: RunIndex) {
        self.lower_bounds.extend(other.lower_bounds);
        let mut numbers = vec![0; other.topics.len()];
        for (key, number) in other.names {
            numbers[number] = self.number(key, other.topics[number].clone());
        }
        let facts: Vec<usize> = other.facts.into_iter().map(|facts| self.number_of(facts)).collect();
        for mut run in other.runs {
            run.facts = facts[run.facts];
            run.values.iter_mut().for_each(|(series, _)| *series = numbers[*series]);
            run.values.sort_by_key(|&(series, _)| series);
            self.runs.push(run);
        }
    }

    /// Every series: its number, its name and its topic, by name.
    pub(super) fn series(&self) -> impl Iterator<Item = (usize, &SeriesKey, &str)> {
        self.names.iter().map(|(key, &number)| (number, key, self.topics[number].as_str()))
    }

    pub(super) fn name(&self, number: usize) -> String {
        let named = self.names.iter().find(|(_, known)| **known == number);
        named.map_or_else(String::new, |(key, _)| key.to_string())
    }

    fn number_of(&mut self, facts: Arc<Facts>) -> usize {
        let known = self.facts.iter().enumerate().rev().take(FACTS_REACH).find(|(_, known)| **known == facts);
        known.map(|(number, _)| number).unwrap_or_else(|| {
            self.facts.push(facts);
            self.facts.len() - 1
        })
    }

    /// The number of a series, a new one where it occurs for the first time.
    fn number(&mut self, key: SeriesKey, topic: String) -> usize {
        let Self { names, topics, .. } = self;
        *names.entry(key).or_insert_with(|| {
            topics.push(topic);
            topics.len() - 1
        })
    }

    /// The median of each reference workload over the rounds of each topic. The metrics of a benchmark share their rounds: each
    /// round is counted once, with the wall time.
    fn references(&mut self, measurements: &[MeasurementExcerpt]) -> Vec<(usize, RunValue)> {
        let mut times: BTreeMap<(&str, &str), Vec<f64>> = BTreeMap::new();
        for measurement in measurements.iter().filter(|measurement| measurement.metric == Metric::WallTime) {
            for (name, ns) in &measurement.rounds.references {
                times.entry((&measurement.topic, name)).or_default().extend(ns);
            }
        }
        let median = |(name, ns): (_, Vec<f64>)| Some((name, Estimate::exact(stats::median(&ns)?).ok()?));
        let medians: Vec<_> = times.into_iter().filter_map(median).collect();
        medians
            .into_iter()
            .map(|((topic, name), ns)| {
                let key = SeriesKey::Reference { topic: topic.to_owned(), name: name.to_owned() };
                (self.number(key, topic.to_owned()), RunValue::Measured(ns, ONE_FORM, 0.0))
            })
            .collect()
    }
}

/// Whether so many rounds say what a time is; a count takes one.
pub(super) fn has_enough_rounds(metric: Metric, rounds: usize) -> bool {
    rounds >= TREND_ROUNDS_MIN || !metric.is_time()
}

fn value(measurement: &MeasurementExcerpt, form: i16) -> RunValue {
    let MeasurementExcerpt { metric, operations, rounds, quality, .. } = measurement;
    let minima = || rounds.minima.iter().copied();
    let is_enough = has_enough_rounds(*metric, rounds.minima.len());
    let [low, high] = [f64::min, f64::max].map(|end| minima().reduce(end).unwrap_or(f64::NAN));
    let median = value::of_run(rounds.minima.clone());
    let median = median.and_then(|median| Estimate::new(median, low.min(median), high.max(median)).ok());
    match (quality, median) {
        (Quality::Inconclusive(_), _) => RunValue::Inconclusive,
        (Quality::Good, Some(median)) if is_enough => {
            RunValue::Measured(median, form, value::clock_ns(*metric, *operations, minima()) as f32)
        }
        (Quality::Good, _) => RunValue::TooFewRounds,
    }
}
