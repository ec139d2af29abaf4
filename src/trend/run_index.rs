//! Runs as they come in: one number for each series of each, and nothing else of their measurements.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use crate::model::{BenchmarkId, Commit, Excerpt, MeasurementExcerpt, Metric, Quality};
use crate::stats;
use crate::verdict::environment::{Facts, Readings};

/// Rounds that the value of a time takes at least: the median of fewer is at the mercy of one process.
const ROUNDS_MIN: usize = 3;

/// What is watched over the commits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SeriesKey {
    /// A benchmark in one metric.
    Measured(BenchmarkId, Metric),
    /// A calibrator, as the benchmarks of one topic found it; it tells what the machine did by itself.
    Calibrator {
        /// The topic.
        topic: String,
        /// The calibrator's name.
        name: String,
    },
}

/// Runs, in whatever order they are entered.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    names: BTreeMap<SeriesKey, usize>,
    /// The topic of each series, by its number.
    topics: Vec<String>,
    /// The benchmarks that a run names as the floor of others.
    pub(super) floors: BTreeSet<BenchmarkId>,
    pub(super) runs: Vec<Entry>,
    /// The facts of the run that was entered last: most runs share theirs with the one before.
    facts: Option<Arc<Facts>>,
}

/// What is kept of a run.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) file: String,
    pub(super) id: String,
    pub(super) started: String,
    pub(super) profile: String,
    pub(super) commit: Commit,
    pub(super) facts: Arc<Facts>,
    pub(super) readings: Arc<Readings>,
    pub(super) values: Vec<(usize, Value)>,
    pub(super) failures: Vec<String>,
}

/// What a run says of a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value {
    /// The median over its rounds of the smallest sample.
    Measured(f64),
    /// It was measured and cannot be relied on.
    Inconclusive,
    /// It has too few rounds.
    TooFewRounds,
    /// The run has it more than once.
    Twice,
}

impl Ledger {
    /// Enters what `file` holds.
    ///
    /// The value of a series is the median over the rounds of the smallest sample of each, the middle two by their
    /// geometric mean: noise is added to a time and never taken away.
    pub fn enter(&mut self, file: &str, excerpt: Excerpt) {
        let readings = match (&excerpt.conditions_before, &excerpt.conditions_after) {
            (Some(before), Some(after)) => {
                Readings::new([before, after], &excerpt.machine.hardware, excerpt.fitness.as_ref())
            }
            _ => Readings::default(),
        };
        let facts = Facts::new(excerpt.machine.hardware, excerpt.machine.software, excerpt.toolchain.facts);
        let facts = match &self.facts {
            Some(known) if **known == facts => Arc::clone(known),
            _ => Arc::new(facts),
        };
        self.facts = Some(Arc::clone(&facts));
        let mut values = self.calibrators(&excerpt.measurements);
        for measurement in excerpt.measurements {
            self.floors.extend(measurement.floor);
            let value = value(measurement.metric, &measurement.quality, measurement.rounds.minima);
            let key = SeriesKey::Measured(measurement.benchmark, measurement.metric);
            values.push((self.number(key, measurement.topic), value));
        }
        values.sort_by_key(|&(series, _)| series);
        values.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                earlier.1 = Value::Twice;
            }
            same
        });
        self.runs.push(Entry {
            file: file.to_owned(),
            id: excerpt.id,
            started: excerpt.started,
            profile: excerpt.profile,
            commit: excerpt.commit,
            facts,
            readings: Arc::new(readings),
            values,
            failures: excerpt.failures.into_iter().map(|failure| failure.benchmark).collect(),
        });
    }

    /// Takes over what another ledger holds.
    pub fn merge(&mut self, other: Ledger) {
        self.floors.extend(other.floors);
        let mut numbers = vec![0; other.topics.len()];
        for (key, number) in other.names {
            numbers[number] = self.number(key, other.topics[number].clone());
        }
        for mut entry in other.runs {
            entry.values.iter_mut().for_each(|(series, _)| *series = numbers[*series]);
            entry.values.sort_by_key(|&(series, _)| series);
            self.runs.push(entry);
        }
    }

    /// Number of runs.
    pub fn len(&self) -> usize {
        self.runs.len()
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Every series: its number, its name and its topic, by name.
    pub(super) fn series(&self) -> impl Iterator<Item = (usize, &SeriesKey, &str)> {
        self.names.iter().map(|(key, &number)| (number, key, self.topics[number].as_str()))
    }

    /// The name of a series by its number.
    pub(super) fn name(&self, number: usize) -> String {
        let named = self.names.iter().find(|(_, known)| **known == number);
        named.map_or_else(String::new, |(key, _)| key.to_string())
    }

    /// The number of a series, a new one where it is met for the first time.
    fn number(&mut self, key: SeriesKey, topic: String) -> usize {
        let Self { names, topics, .. } = self;
        *names.entry(key).or_insert_with(|| {
            topics.push(topic);
            topics.len() - 1
        })
    }

    /// The median of each calibrator over the rounds of each topic. The metrics of a benchmark share their rounds: each
    /// round is counted once, with the wall time.
    fn calibrators(&mut self, measurements: &[MeasurementExcerpt]) -> Vec<(usize, Value)> {
        let mut readings: BTreeMap<(&str, &str), Vec<f64>> = BTreeMap::new();
        for measurement in measurements.iter().filter(|measurement| measurement.metric == Metric::WallTime) {
            for (name, ns) in &measurement.rounds.calibrators {
                readings.entry((&measurement.topic, name)).or_default().extend(ns);
            }
        }
        let median = |(name, ns): (_, Vec<f64>)| Some((name, stats::median(&ns)?));
        let medians: Vec<_> = readings.into_iter().filter_map(median).collect();
        medians
            .into_iter()
            .map(|((topic, name), ns)| {
                let key = SeriesKey::Calibrator { topic: topic.to_owned(), name: name.to_owned() };
                (self.number(key, topic.to_owned()), Value::Measured(ns))
            })
            .collect()
    }
}

impl fmt::Display for SeriesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SeriesKey::Measured(benchmark, metric) => write!(f, "{benchmark} {metric}"),
            SeriesKey::Calibrator { topic, name } => write!(f, "calibrator {name} in {topic}"),
        }
    }
}

fn value(metric: Metric, quality: &Quality, mut minima: Vec<f64>) -> Value {
    let enough = minima.len() >= ROUNDS_MIN || !metric.unit().starts_with("ns");
    match (quality, middle(&mut minima)) {
        (Quality::Inconclusive(_), _) => Value::Inconclusive,
        (Quality::Good, Some(middle)) if enough => Value::Measured(middle),
        (Quality::Good, _) => Value::TooFewRounds,
    }
}

/// The value in the middle; of two in the middle the geometric mean, or the mean where one is not above zero. Equal
/// values give that value, bit for bit.
pub(super) fn middle(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let (lower, upper) = (*values.get(values.len().checked_sub(1)? / 2)?, values[values.len() / 2]);
    Some(match (lower, upper) {
        (lower, upper) if lower == upper => lower,
        (lower, upper) if lower > 0.0 => lower.sqrt() * upper.sqrt(),
        (lower, upper) => lower / 2.0 + upper / 2.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_is_taken_on_the_scale_of_ratios() {
        let cases = [
            (vec![], None),
            (vec![7.0], Some(7.0)),
            (vec![4.0, 1.0], Some(2.0)),
            (vec![9.0, 3.3, 1.0, 3.3], Some(3.3)),
            (vec![0.0, 3.0], Some(1.5)),
            (vec![5.0, 1.0, 2.0], Some(2.0)),
        ];
        for (mut values, expected) in cases {
            assert_eq!(middle(&mut values), expected, "{values:?}");
        }
    }
}
