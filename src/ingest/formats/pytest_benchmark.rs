//! What pytest-benchmark writes with `--benchmark-json`; all numbers are seconds.

use serde::Deserialize;
use serde_json::Value;

use crate::ingest::builder::{Builder, Observation, Place, Revision};
use crate::ingest::error::Error;
use crate::ingest::file::Source;
use crate::ingest::format::ImportFormat;
use crate::ingest::json::{self, Items, items, parse, text_of};

pub(super) const FORMAT: ImportFormat = ImportFormat {
    name: "pytest-benchmark",
    about: "what pytest-benchmark writes with --benchmark-json",
    detect: |probe| probe.has(&["benchmarks", "machine_info"]),
    read,
};

#[derive(Deserialize)]
struct Report<'t> {
    #[serde(default)]
    machine_info: Machine,
    #[serde(default)]
    commit_info: Commit,
    datetime: Option<String>,
    #[serde(borrow)]
    benchmarks: Items<'t>,
}

#[derive(Deserialize, Default)]
struct Machine {
    node: Option<String>,
    python_version: Option<String>,
}

#[derive(Deserialize, Default)]
struct Commit {
    id: Option<String>,
    time: Option<String>,
    branch: Option<String>,
    #[serde(default)]
    dirty: Value,
}

#[derive(Deserialize)]
struct Benchmark {
    fullname: String,
    stats: Stats,
}

#[derive(Deserialize)]
struct Stats {
    #[serde(default, deserialize_with = "json::optional")]
    median: Option<f64>,
    #[serde(default, deserialize_with = "json::optional")]
    stddev: Option<f64>,
    #[serde(default)]
    data: Vec<Value>,
}

fn read(source: &Source, builder: &mut Builder<'_>) -> Result<(), Error> {
    let Report { machine_info, commit_info, datetime, benchmarks } = parse(builder.text(source)?, builder)?;
    let Commit { id, time, branch, dirty } = commit_info;
    builder.enter(Place::Entry(0), Revision { order: None, commit: id, time: time.or(datetime) });
    if dirty == Value::Bool(true) {
        builder.warn("it measured changes that were not committed");
    }
    builder.run_by([("python_version", machine_info.python_version)]);
    for (place, text) in items(&benchmarks) {
        let read = builder.item(place, text, || text_of(text, "fullname"));
        let Some(Benchmark { fullname, stats }) = read else { continue };
        let name = builder.number(&fullname, "");
        let Some(value) = stats.median else {
            builder.skip(&name, "its median is not a finite number");
            continue;
        };
        let (low, high) = stats.stddev.map(|deviation| ((value - deviation).max(0.0), value + deviation)).unzip();
        let (branch, machine) = (branch.clone(), machine_info.node.clone());
        let (unit, samples) = (Some("s".to_owned()), json::numbers(&stats.data));
        builder.add(Observation {
            name,
            unit,
            branch,
            machine,
            value,
            low,
            high,
            samples,
            ..Observation::default()
        })?;
    }
    Ok(())
}
