//! What `hyperfine --export-json` writes; all numbers are seconds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::builder::{Builder, Observation};
use super::newest::{is_cost_in_time, newest};
use super::remarks::Remarks;
use super::unit::NS_PER_S;
use super::{Error, Source, Written, json};
use crate::model::{Interchange, InterchangePoint, RemarkKind};
use crate::stats::median;

#[derive(Deserialize)]
struct Export {
    results: Vec<Measured>,
}

#[derive(Deserialize)]
struct Measured {
    command: String,
    mean: f64,
    median: Option<f64>,
    min: Option<f64>,
    max: Option<f64>,
    #[serde(default)]
    times: Vec<f64>,
    exit_codes: Option<Vec<Option<i64>>>,
}

#[derive(Serialize)]
struct Results {
    results: Vec<Row>,
}

/// A result with every field that hyperfine has; null where nobody measured it.
#[derive(Serialize)]
struct Row {
    command: String,
    mean: f64,
    stddev: Option<f64>,
    median: f64,
    user: Option<f64>,
    system: Option<f64>,
    min: Option<f64>,
    max: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    times: Vec<f64>,
}

pub(super) fn read(source: &Source, builder: &mut Builder<'_>) -> Result<(), Error> {
    let export: Export = json::parse(source.text(builder.form)?, builder)?;
    let mut given = BTreeMap::new();
    for result in export.results {
        let name = builder.number(&result.command, &mut given);
        if result.exit_codes.is_some_and(|codes| codes.iter().any(|code| *code != Some(0))) {
            builder.remark(RemarkKind::Changed, &name, "some of its runs failed; their times are among the others");
        }
        let value = median(&result.times).or(result.median).unwrap_or_else(|| {
            builder.remark(RemarkKind::Changed, &name, "its median is not there; the mean stands for it");
            result.mean
        });
        builder.add(Observation {
            name,
            unit: Some("s".to_owned()),
            value,
            low: result.min,
            high: result.max,
            samples: result.times,
            ..Observation::default()
        })?;
    }
    Ok(())
}

pub(super) fn write(history: &Interchange) -> Result<Written, String> {
    let mut remarks = Remarks::default();
    let mut results = Vec::new();
    for (series, label, point) in newest(history, &mut remarks)? {
        if is_cost_in_time(series) {
            results.push(row(label, point, &mut remarks));
        } else {
            remarks.add(RemarkKind::LeftOut, &label, "the form holds times only, of which lower is better");
        }
    }
    if results.is_empty() {
        return Err("no series is a time, and the form holds times only".to_owned());
    }
    remarks.add(RemarkKind::LeftOut, "user and system", "nobody measured them: they are null");
    let mut bytes = serde_json::to_vec_pretty(&Results { results }).map_err(|error| error.to_string())?;
    bytes.push(b'\n');
    Ok(Written { bytes, remarks: remarks.list() })
}

fn row(command: String, point: &InterchangePoint, remarks: &mut Remarks) -> Row {
    let times: Vec<f64> = point.samples.iter().map(|sample| sample / NS_PER_S).collect();
    let count = times.len() as f64;
    let (mean, stddev) = if times.is_empty() {
        remarks.add(RemarkKind::Changed, &command, "the form wants a mean: the median stands for it");
        (point.value / NS_PER_S, None)
    } else {
        let mean = times.iter().sum::<f64>() / count;
        let squares: f64 = times.iter().map(|time| (time - mean).powi(2)).sum();
        (mean, (times.len() > 1).then(|| (squares / (count - 1.0)).sqrt()))
    };
    Row {
        command,
        mean,
        stddev,
        median: point.value / NS_PER_S,
        user: None,
        system: None,
        min: point.low.map(|low| low / NS_PER_S),
        max: point.high.map(|high| high / NS_PER_S),
        times,
    }
}
