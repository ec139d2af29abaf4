//! A value, or why there is none.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};
use strum::IntoStaticStr;

use super::policy::ROUNDS_FACTOR_MAX;
use super::reason::CodedReason;
use crate::model::{BenchmarkId, Estimate, Failure, Measurement, Metric, Omission, Quality, Run};

/// A value, or why there is none. A field of this type is written with `#[serde(with = "ValueOrReason")]`.
pub type Value<T = Estimate> = Result<T, Absent>;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[error(transparent)]
pub enum Absent {
    Inconclusive(Reason),
    Missing(Reason),
}

/// The reason in words; the judges match on the variants and never on the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema, thiserror::Error, IntoStaticStr)]
#[serde(into = "CodedReason")]
#[schemars(with = "CodedReason")]
#[strum(serialize_all = "snake_case")]
pub enum Reason {
    #[error("failed: {0}")]
    Failed(String),
    #[error("{0}")]
    Skipped(String),
    /// It was measured, and is another benchmark than what it is compared with.
    #[error("{0}")]
    OtherForm(String),
    /// The run was asked for other benchmarks.
    #[error("not requested")]
    NotRequested,
    /// The run is complete, and measured the function elsewhere: this is no part of the suite.
    #[error("measured at other parameters or in other metrics only")]
    MeasuredElsewhere,
    /// The run is complete and does not mention it.
    #[error("not in the run, which is older than this benchmark or of other topics; `cargo bench` measures it")]
    NotRecorded,
    /// The run recorded that the number cannot be relied on: why.
    #[error("{0}")]
    Recorded(String),
    /// A ratio of an interval that reaches down to zero could be anything.
    #[error("an interval reaches down to zero")]
    ReachesZero,
    #[error("{0}")]
    #[strum(serialize = "other")]
    Text(Cow<'static, str>),
}

impl Reason {
    /// Why a run does not mention something, which it may have measured elsewhere.
    pub fn unrecorded(is_full: bool, is_elsewhere: bool) -> Self {
        match (is_full, is_elsewhere) {
            (false, _) => Reason::NotRequested,
            (true, true) => Reason::MeasuredElsewhere,
            (true, false) => Reason::NotRecorded,
        }
    }
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
            Absent::Missing(Reason::OtherForm(_)) => Absent::Missing(Reason::OtherForm(reason.to_string())),
            Absent::Missing(_) => Absent::Missing(reason),
        }
    }

    pub fn is_missing(&self) -> bool {
        matches!(self, Absent::Missing(_))
    }

    pub fn is_other_form(&self) -> bool {
        matches!(self, Absent::Missing(Reason::OtherForm(_)))
    }

    /// Whether nobody expects it.
    pub fn is_elsewhere(&self) -> bool {
        *self == Absent::Missing(Reason::MeasuredElsewhere)
    }
}

pub fn value_of(measurement: &Measurement) -> Value<Estimate> {
    match &measurement.quality {
        Quality::Good => {
            let rounds = measurement.rounds.iter().map(|round| round.median).collect();
            of_one_kind(measurement.metric, measurement.estimate, "its rounds", rounds)
        }
        Quality::Inconclusive(reason) => Err(Absent::Inconclusive(Reason::Recorded(reason.clone()))),
    }
}

/// The estimate, where rounds of a time, or of a quotient of times, with these values have a common middle, and are not of two kinds. Of eight rounds or more,
/// one apart on either side widens the interval, and leaves the median where it is.
pub fn of_one_kind(metric: Metric, estimate: Estimate, what: &str, values: Vec<f64>) -> Value {
    let factor = estimate.high() / estimate.low();
    let is_compared = matches!(metric, Metric::WallTime | Metric::Efficiency);
    if !is_compared || factor <= ROUNDS_FACTOR_MAX || are_alike_but_the_outermost(values) {
        return Ok(estimate);
    }
    Err(Absent::inconclusive(format!("{what} differ by {factor:.1}×, so that their median stands for none of them")))
}

/// Whether eight rounds or more are no further apart than rounds may be, the outermost of either side left out. Of fewer, one may
/// well be all that is there of a second kind: of two kinds as frequent, one round or none of eight is of the rarer one in 7 cases
/// of 100, of six in 22.
fn are_alike_but_the_outermost(mut values: Vec<f64>) -> bool {
    values.sort_by(f64::total_cmp);
    match values[..] {
        [_, least, .., most, _] if values.len() >= 8 => most <= least * ROUNDS_FACTOR_MAX,
        _ => false,
    }
}

pub fn find_value(run: &Run, topic: &str, benchmark: &BenchmarkId, metric: Metric) -> Value<Estimate> {
    match measurement(run, benchmark, metric) {
        Some(measurement) => value_of(measurement),
        None => {
            let is_of = |id: &BenchmarkId| (&id.group, &id.function) == (&benchmark.group, &benchmark.function);
            let is_elsewhere = run.measurements.iter().any(|it| is_of(&it.benchmark));
            let unrecorded = Reason::unrecorded(run.is_full(), is_elsewhere);
            let recorded = |name: &str| recorded(&run.failures, &run.omissions, topic, metric, name);
            Err(Absent::Missing(absence(topic, &benchmark.to_string(), metric, unrecorded, recorded)))
        }
    }
}

pub fn measurement<'a>(run: &'a Run, benchmark: &BenchmarkId, metric: Metric) -> Option<&'a Measurement> {
    run.measurements.iter().find(|it| it.metric == metric && it.benchmark == *benchmark)
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
    unrecorded: Reason,
    recorded: impl Fn(&str) -> Option<Reason>,
) -> Reason {
    let own = format!("{benchmark}: {metric}");
    let names = [&own, benchmark, upto(benchmark, 1), upto(benchmark, 0), metric.name(), topic];
    names.into_iter().find_map(recorded).unwrap_or(unrecorded)
}

/// The group and the function in the name of a benchmark.
pub fn function_of(benchmark: &str) -> &str {
    upto(benchmark, 1)
}

fn upto(name: &str, slash: usize) -> &str {
    name.match_indices('/').nth(slash).map_or(name, |(end, _)| &name[..end])
}

/// What a run says of a name in a topic. Memory and counts are of other topics than the times of their groups, so that theirs may
/// be of any; so may what another harness says, which names no topic.
pub fn recorded(
    failures: &[Failure],
    omissions: &[Omission],
    topic: &str,
    metric: Metric,
    name: &str,
) -> Option<Reason> {
    let is_of = |own: &str| own == topic || own.is_empty() || !metric.is_time();
    let failure = failures.iter().find(|it| it.benchmark == name && is_of(&it.topic));
    let omission = || omissions.iter().find(|it| it.what == name && is_of(&it.topic));
    let skipped = |omission: &Omission| {
        let reason = if omission.is_of_form() { Reason::OtherForm } else { Reason::Skipped };
        reason(omission.reason.clone())
    };
    failure.map(|failure| Reason::Failed(failure.reason.clone())).or_else(|| omission().map(skipped))
}

/// How values are written: a value as itself, and an absent one as `{"inconclusive": reason}` or `{"missing": reason}`.
///
/// Stands in `#[serde(with = "ValueOrReason")]`, for a field that is no plain [`Value`] with its type: `ValueOrReason::<Vec<Value>>`.
pub struct ValueOrReason<V = Value>(PhantomData<V>);

impl<V: Values> ValueOrReason<V> {
    pub fn serialize<S: Serializer>(values: &V, serializer: S) -> Result<S::Ok, S::Error> {
        values.write(serializer)
    }
}

impl<V: Values> JsonSchema for ValueOrReason<V> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Value".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        V::schema(generator)
    }
}

/// A value alone, an optional one, or a list of them.
pub trait Values {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
    fn schema(generator: &mut SchemaGenerator) -> Schema;
}

struct Written<'a, V>(&'a V);

impl<V: Values> Serialize for Written<'_, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }
}

impl<T: Serialize + JsonSchema> Values for Value<T> {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Ok(value) => value.serialize(serializer),
            Err(absent) => absent.serialize(serializer),
        }
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [generator.subschema_for::<T>(), generator.subschema_for::<Absent>()] })
    }
}

impl<V: Values> Values for Option<V> {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_ref().map(Written).serialize(serializer)
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [V::schema(generator), { "type": "null" }] })
    }
}

impl<V: Values> Values for Vec<V> {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Written))
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "array", "items": V::schema(generator) })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::fixture;

    #[test]
    fn rounds_of_two_kinds_have_no_middle_and_one_apart_from_all_has() {
        let cases: [(&[f64], bool); 6] = [
            (&[55.0, 52.0, 127.0, 62.0, 57.0, 56.0, 60.0, 64.0], true),
            (&[20.0, 52.0, 127.0, 62.0, 57.0, 56.0, 60.0, 64.0], true),
            (&[20.0, 52.0, 57.0, 62.0, 57.0, 56.0], false),
            (&[6.3, 7.9, 17.1, 17.3, 17.4, 17.1], false),
            (&[7.3, 7.4, 7.3, 35.0, 39.0, 40.0, 44.0], false),
            (&[10.0, 11.0, 25.0], false),
        ];
        for (medians, is_known) in cases {
            let (low, high) =
                (medians.iter().copied().fold(f64::MAX, f64::min), medians.iter().copied().fold(0.0, f64::max));
            let mut measured = fixture::time("spawn", "spawn/thread/count=1", medians[0], low, high);
            let round = measured.rounds[0].clone();
            measured.rounds = medians.iter().map(|&median| crate::model::Round { median, ..round.clone() }).collect();
            assert_eq!(value_of(&measured).is_ok(), is_known, "{medians:?}");
        }
    }
}
