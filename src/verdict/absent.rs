//! A value, or why there is none.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::model::{BenchmarkId, Estimate, Measurement, Metric, Quality, Run};

/// A value, or why there is none. A field of this type is written with `#[serde(serialize_with = "serialize_value")]`.
pub type Value<T = Estimate> = Result<T, Absent>;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Absent {
    Inconclusive(Reason),
    Missing(Reason),
}

/// The reason in words; the judges match on the variants and never on the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    Failed(String),
    Skipped(String),
    /// The run was asked for other benchmarks.
    NotRequested,
    /// The run is complete and says nothing of it.
    NotRecorded,
    /// The run recorded that the number cannot be relied on: why.
    Recorded(String),
    /// A ratio of an interval that reaches down to zero could be anything.
    ReachesZero,
    Text(Cow<'static, str>),
}

impl Absent {
    /// It was measured and cannot be relied on, for this reason.
    pub fn inconclusive(reason: impl Into<Reason>) -> Self {
        Absent::Inconclusive(reason.into())
    }

    pub fn missing(reason: impl Into<Reason>) -> Self {
        Absent::Missing(reason.into())
    }

    /// The same about something, which is named before the reason.
    pub fn of(&self, what: impl fmt::Display) -> Self {
        let reason = Reason::from(format!("{what}: {self}"));
        match self {
            Absent::Inconclusive(_) => Absent::Inconclusive(reason),
            Absent::Missing(_) => Absent::Missing(reason),
        }
    }

    pub fn reason(&self) -> &Reason {
        match self {
            Absent::Inconclusive(reason) | Absent::Missing(reason) => reason,
        }
    }

    pub fn is_missing(&self) -> bool {
        matches!(self, Absent::Missing(_))
    }
}

pub fn value_of(measurement: &Measurement) -> Value<Estimate> {
    match &measurement.quality {
        Quality::Good => Ok(measurement.estimate),
        Quality::Inconclusive(reason) => Err(Absent::Inconclusive(Reason::Recorded(reason.clone()))),
    }
}

pub fn find_value(run: &Run, topic: &str, benchmark: &BenchmarkId, metric: Metric) -> Value<Estimate> {
    match measurement(run, benchmark, metric) {
        Some(measurement) => value_of(measurement),
        None => {
            let is_full = run.profile == "full";
            let name = benchmark.to_string();
            Err(Absent::Missing(absence(topic, &name, metric, is_full, |name| recorded(run, name))))
        }
    }
}

pub fn measurement<'a>(run: &'a Run, benchmark: &BenchmarkId, metric: Metric) -> Option<&'a Measurement> {
    run.measurements.iter().find(|it| it.metric == metric && it.benchmark == *benchmark)
}

pub fn topic_absence(run: &Run, topic: &str) -> Reason {
    absence(topic, topic, Metric::WallTime, run.profile == "full", |name| recorded(run, name))
}

/// Combines two values; where one is absent, so is the result, for its reason.
pub fn combine(
    one: &Value<Estimate>,
    other: &Value<Estimate>,
    number: impl FnOnce(Estimate, Estimate) -> Option<Estimate>,
) -> Value<Estimate> {
    let (one, other) = (one.clone()?, other.clone()?);
    number(one, other).ok_or(Absent::Inconclusive(Reason::ReachesZero))
}

/// Why a benchmark is not there: the reason `recorded` for the narrowest name, from the benchmark's own to the topic's.
pub fn absence(
    topic: &str,
    benchmark: &str,
    metric: Metric,
    is_full: bool,
    recorded: impl Fn(&str) -> Option<Reason>,
) -> Reason {
    let upto = |slash: usize| benchmark.match_indices('/').nth(slash).map_or(benchmark, |(end, _)| &benchmark[..end]);
    let names = [benchmark, upto(1), upto(0), metric.name(), topic];
    let other = if is_full { Reason::NotRecorded } else { Reason::NotRequested };
    names.into_iter().find_map(recorded).unwrap_or(other)
}

fn recorded(run: &Run, name: &str) -> Option<Reason> {
    let failure = run.failures.iter().find(|failure| failure.benchmark == name);
    let omission = || run.omissions.iter().find(|omission| omission.what == name);
    let failed = failure.map(|failure| Reason::Failed(failure.reason.clone()));
    failed.or_else(|| omission().map(|omission| Reason::Skipped(omission.reason.clone())))
}

/// What [`serialize_value`] writes: a value alone, an optional one, and a list of them.
pub trait Values {
    /// Writes it.
    ///
    /// # Errors
    ///
    /// Those of the serializer.
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

struct Written<'a, V>(&'a V);

impl<V: Values> Serialize for Written<'_, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }
}

impl<T: Serialize> Values for Value<T> {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Ok(value) => value.serialize(serializer),
            Err(absent) => absent.serialize(serializer),
        }
    }
}

impl<V: Values> Values for Option<V> {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_ref().map(Written).serialize(serializer)
    }
}

impl<V: Values> Values for Vec<V> {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Written))
    }
}

/// Writes a value as itself, and an absent one as `{"inconclusive": reason}` or `{"missing": reason}`.
///
/// # Errors
///
/// Those of the serializer.
pub fn serialize_value<S: Serializer>(values: &impl Values, serializer: S) -> Result<S::Ok, S::Error> {
    values.write(serializer)
}

impl fmt::Display for Absent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason().fmt(f)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Failed(reason) => write!(f, "failed: {reason}"),
            Reason::Skipped(reason) | Reason::Recorded(reason) => f.write_str(reason),
            Reason::NotRequested => f.write_str("not requested"),
            Reason::NotRecorded => f.write_str("no reason was recorded"),
            Reason::ReachesZero => f.write_str("an interval reaches down to zero"),
            Reason::Text(text) => f.write_str(text),
        }
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl From<&'static str> for Reason {
    fn from(text: &'static str) -> Self {
        Reason::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Reason {
    fn from(text: String) -> Self {
        Reason::Text(Cow::Owned(text))
    }
}
