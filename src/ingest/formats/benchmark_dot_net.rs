//! What the JSON exporters of BenchmarkDotNet write; times are nanoseconds.

use serde::Deserialize;
use serde_json::Value;

use crate::ingest::builder::{Builder, Observation};
use crate::ingest::error::Error;
use crate::ingest::file::Source;
use crate::ingest::format::ImportFormat;
use crate::ingest::json::{self, Items, items, parse, text_of};

pub(super) const FORMAT: ImportFormat = ImportFormat {
    name: "benchmark-dot-net",
    about: "what the JSON exporters of BenchmarkDotNet write",
    detect: |probe| probe.has(&["Benchmarks", "HostEnvironmentInfo"]),
    read,
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Report<'t> {
    #[serde(borrow)]
    benchmarks: Items<'t>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Benchmark {
    full_name: String,
    /// None where it failed.
    statistics: Option<Statistics>,
    memory: Option<Memory>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Statistics {
    mean: Option<f64>,
    confidence_interval: Option<Interval>,
    #[serde(default)]
    original_values: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Interval {
    lower: Option<f64>,
    upper: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Memory {
    bytes_allocated_per_operation: Option<f64>,
}

fn read(source: &Source, builder: &mut Builder<'_>) -> Result<(), Error> {
    let report: Report<'_> = parse(builder.text(source)?, builder)?;
    for (place, text) in items(&report.benchmarks) {
        let read = builder.item(place, text, || text_of(text, "FullName"));
        let Some(Benchmark { full_name, statistics, memory }) = read else { continue };
        // Jobs with other runtimes have the same name.
        let name = builder.number(&full_name, "");
        let Some((value, statistics)) = statistics.and_then(|it| Some((it.mean?, it))) else {
            builder.skip(&name, "it failed: it has no mean");
            continue;
        };
        let (low, high) = statistics.confidence_interval.map_or((None, None), |it| (it.lower, it.upper));
        let (unit, samples) = (Some("ns".to_owned()), json::numbers(&statistics.original_values));
        builder.add(Observation { name: name.clone(), unit, value, low, high, samples, ..Observation::default() })?;
        if let Some(value) = memory.and_then(|memory| memory.bytes_allocated_per_operation) {
            let (metric, unit) = (Some("allocated".to_owned()), Some("B/op".to_owned()));
            builder.add(Observation { name, metric, unit, value, ..Observation::default() })?;
        }
    }
    Ok(())
}
