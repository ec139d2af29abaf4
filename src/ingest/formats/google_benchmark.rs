//! What Google Benchmark writes with `--benchmark_format=json`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::ingest::builder::{Builder, Observation, Place, Revision};
use crate::ingest::error::Error;
use crate::ingest::file::Source;
use crate::ingest::format::ImportFormat;
use crate::ingest::json::{Members, parse};
use crate::model::RemarkKind;
use crate::stats::median;

pub(super) const FORMAT: ImportFormat = ImportFormat {
    name: "google-benchmark",
    about: "what Google Benchmark writes with --benchmark_format=json",
    is_history: false,
    detect: |probe| probe.has(&["context", "benchmarks"]),
    read,
};

/// Members of a row that are numbers and no counters.
const FIELDS: [&str; 9] = [
    "family_index",
    "per_family_instance_index",
    "repetitions",
    "repetition_index",
    "threads",
    "iterations",
    "real_time",
    "cpu_time",
    "rms",
];

#[derive(Deserialize)]
struct Report {
    context: Context,
    benchmarks: Vec<Members<Value>>,
}

#[derive(Deserialize)]
struct Context {
    date: Option<String>,
}

/// A number of one row: whose, which, and in what unit.
type Quantity = (String, &'static str, String);

fn read(source: &Source, builder: &mut Builder<'_>) -> Result<(), Error> {
    let report: Report = parse(builder.text(source)?, builder)?;
    builder.enter(Place::Entry(0), Revision { time: report.context.date, ..Revision::default() });
    let rows: Vec<BTreeMap<String, Value>> =
        report.benchmarks.into_iter().map(|row| row.0.into_iter().collect()).collect();
    let mut order: Vec<Quantity> = Vec::new();
    let mut samples: BTreeMap<Quantity, Vec<f64>> = BTreeMap::new();
    let has_repetitions = rows.iter().any(|row| text(row, "run_type") != Some("aggregate"));
    for row in &rows {
        let name = text(row, "run_name").or(text(row, "name")).unwrap_or_default().to_owned();
        if row.get("error_occurred").and_then(Value::as_bool) == Some(true) || row.contains_key("skipped") {
            builder.remark(RemarkKind::Skipped, &name, "it failed or was skipped");
            continue;
        }
        let is_aggregate = text(row, "run_type") == Some("aggregate");
        if is_aggregate && (has_repetitions || text(row, "aggregate_name") != Some("median")) {
            builder.remark(RemarkKind::Skipped, "aggregates", "they follow from the repetitions, or are not medians");
            continue;
        }
        for (quantity, value) in quantities(name, row, builder)? {
            if !samples.contains_key(&quantity) {
                order.push(quantity.clone());
            }
            samples.entry(quantity).or_default().push(value);
        }
    }
    for quantity in order {
        let samples = samples.remove(&quantity).unwrap_or_default();
        let (name, metric, unit) = quantity;
        let value = median(&samples).unwrap_or(f64::NAN);
        let samples = if samples.len() > 1 { samples } else { Vec::new() };
        let (metric, unit) = (Some(metric.to_owned()), Some(unit));
        builder.add(Observation { name, metric, unit, value, samples, ..Observation::default() })?;
    }
    Ok(())
}

/// The numbers of a row that have a unit and a direction; others are said.
fn quantities(
    name: String,
    row: &BTreeMap<String, Value>,
    builder: &mut Builder<'_>,
) -> Result<Vec<(Quantity, f64)>, Error> {
    let Some(unit) = text(row, "time_unit") else {
        return Err(builder.value(&name, "it has no time_unit"));
    };
    let known = [("real_time", unit), ("cpu_time", unit), ("bytes_per_second", "B/s"), ("items_per_second", "items/s")];
    let mut found = Vec::new();
    for (metric, unit) in known {
        match row.get(metric).map(Value::as_f64) {
            Some(Some(value)) => found.push(((name.clone(), metric, unit.to_owned()), value)),
            Some(None) => return Err(builder.value(&name, format!("its {metric} is not a finite number"))),
            None if metric == "real_time" => return Err(builder.value(&name, "it has no real_time")),
            None => {}
        }
    }
    for (key, value) in row {
        if value.is_number() && !FIELDS.contains(&key.as_str()) && known.iter().all(|(metric, _)| metric != key) {
            builder.remark(RemarkKind::Skipped, &format!("the counter {key}"), "its unit and direction are unknown");
        }
    }
    Ok(found)
}

fn text<'a>(row: &'a BTreeMap<String, Value>, key: &str) -> Option<&'a str> {
    row.get(key).and_then(Value::as_str)
}
