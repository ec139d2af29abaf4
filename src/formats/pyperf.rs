//! The result files of pyperf, which keep every value.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::builder::{Builder, Observation};
use super::newest::newest;
use super::remarks::Remarks;
use super::unit::NS_PER_S;
use super::{Error, Source, Written, json as read_json};
use crate::model::{Direction, Interchange, RemarkKind};
use crate::stats::median;

/// The version of the files; others are not known.
const VERSION: &str = "1.0";

/// The unit where a file names none.
const SECOND: &str = "second";

#[derive(Deserialize)]
struct Suite {
    version: String,
    #[serde(default)]
    metadata: Metadata,
    benchmarks: Vec<Benchmark>,
}

/// What all benchmarks of a suite share stands at the suite.
#[derive(Deserialize, Default)]
struct Metadata {
    name: Option<String>,
    unit: Option<String>,
}

#[derive(Deserialize)]
struct Benchmark {
    #[serde(default)]
    metadata: Metadata,
    runs: Vec<Run>,
}

#[derive(Deserialize)]
struct Run {
    /// None for runs that only found out how many loops to make.
    #[serde(default)]
    values: Vec<f64>,
}

pub(super) fn read(source: &Source, builder: &mut Builder<'_>) -> Result<(), Error> {
    let suite: Suite = read_json::parse(source.text(builder.form)?, builder)?;
    if suite.version != VERSION {
        return Err(builder.strange(format!("its version is {}, and {VERSION} is the one known here", suite.version)));
    }
    let mut given = BTreeMap::new();
    for benchmark in suite.benchmarks {
        let Some(name) = benchmark.metadata.name.as_ref().or(suite.metadata.name.as_ref()) else {
            return Err(builder.strange("a benchmark has no name"));
        };
        let name = builder.number(name, &mut given);
        let unit = benchmark.metadata.unit.as_ref().or(suite.metadata.unit.as_ref());
        let unit = unit.map_or(SECOND, String::as_str);
        let samples: Vec<f64> = benchmark.runs.into_iter().flat_map(|run| run.values).collect();
        let Some(value) = median(&samples) else {
            return Err(builder.value(&name, "it has no values".to_owned()));
        };
        builder.add(Observation {
            name,
            unit: (unit != "integer").then(|| unit.to_owned()),
            // Seconds, and bytes of memory in use; whole numbers can be anything.
            direction: (unit != "integer").then_some(Direction::LowerIsBetter),
            value,
            samples,
            ..Observation::default()
        })?;
    }
    Ok(())
}

pub(super) fn write(history: &Interchange) -> Result<Written, String> {
    let mut remarks = Remarks::default();
    let mut benchmarks: Vec<Value> = Vec::new();
    for (series, label, point) in newest(history, &mut remarks)? {
        let (unit, divisor) = match series.unit.as_deref() {
            Some("ns") => (SECOND, NS_PER_S),
            Some("B") => ("byte", 1.0),
            _ => {
                remarks.add(RemarkKind::LeftOut, &label, "the form holds times and bytes only");
                continue;
            }
        };
        if series.direction == Direction::HigherIsBetter {
            remarks.add(RemarkKind::LeftOut, &label, "higher is better, and the form has no direction");
            continue;
        }
        let samples = if point.samples.is_empty() { std::slice::from_ref(&point.value) } else { &point.samples };
        if samples.contains(&0.0) {
            remarks.add(RemarkKind::LeftOut, &label, "the form has no zeros");
            continue;
        }
        if point.low.is_some() || point.high.is_some() {
            remarks.add(RemarkKind::LeftOut, "spreads", "the form does not hold them");
        }
        let values: Vec<Value> = samples.iter().map(|sample| number(sample / divisor, unit)).collect();
        benchmarks.push(json!({ "metadata": { "name": label, "unit": unit }, "runs": [{ "values": values }] }));
    }
    if benchmarks.is_empty() {
        return Err("no series is a time or a size above zero, and the form holds no others".to_owned());
    }
    let suite = json!({ "version": VERSION, "metadata": {}, "benchmarks": benchmarks });
    let mut bytes = serde_json::to_vec_pretty(&suite).map_err(|error| error.to_string())?;
    bytes.push(b'\n');
    Ok(Written { bytes, remarks: remarks.list() })
}

/// Bytes are whole numbers there.
fn number(value: f64, unit: &str) -> Value {
    /// Beyond this, whole numbers are not told apart.
    const WHOLE_MAX: f64 = 9e15;
    if unit != SECOND && value.fract() == 0.0 && value < WHOLE_MAX { (value as u64).into() } else { value.into() }
}
