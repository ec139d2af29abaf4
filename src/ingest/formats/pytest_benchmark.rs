//! What pytest-benchmark writes with `--benchmark-json`; all numbers are seconds.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::ingest::builder::{Builder, Observation, Place, Revision};
use crate::ingest::error::Error;
use crate::ingest::file::Source;
use crate::ingest::format::ImportFormat;
use crate::ingest::json::{self, Items, parse};
use crate::model::RemarkKind;

pub(super) const FORMAT: ImportFormat = ImportFormat {
    name: "pytest-benchmark",
    about: "what pytest-benchmark writes with --benchmark-json",
    detect: |probe| probe.has(&["benchmarks", "machine_info"]),
    read,
};

#[derive(Deserialize)]
struct Report<'t> {
    #[serde(default, deserialize_with = "json::nullable")]
    machine_info: Machine,
    #[serde(default, deserialize_with = "json::nullable")]
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
    #[serde(default, deserialize_with = "json::nullable")]
    extra_info: BTreeMap<String, IgnoredAny>,
}

#[derive(Deserialize)]
struct Stats {
    #[serde(default, deserialize_with = "json::optional")]
    median: Option<f64>,
    #[serde(default, deserialize_with = "json::optional")]
    stddev: Option<f64>,
    #[serde(default, deserialize_with = "json::nullable")]
    data: Vec<Value>,
}

fn read(source: &Source, builder: &mut Builder) -> Result<(), Error> {
    let Report { machine_info, commit_info, datetime, benchmarks } = parse(builder.text(source)?, builder)?;
    let Commit { id, time, branch, dirty } = commit_info;
    builder.enter(Place::Entry(0), Revision { order: None, commit: id, time: time.or(datetime) });
    if dirty == Value::Bool(true) {
        builder.warn("it measured changes that were not committed");
    }
    builder.run_by([("python_version", machine_info.python_version)]);
    json::each(&benchmarks, "fullname", builder, |read: Benchmark, builder| {
        let Benchmark { fullname, stats, extra_info } = read;
        let name = builder.number(&fullname, "");
        if !extra_info.is_empty() {
            builder.remark(RemarkKind::Skipped, &name, "its extra_info is not read");
        }
        let Some(value) = stats.median else {
            builder.skip(&name, "its median is not a finite number");
            return Ok(());
        };
        let (low, high) = stats.stddev.map(|deviation| ((value - deviation).max(0.0), value + deviation)).unzip();
        let (branch, machine) = (branch.clone(), machine_info.node.clone());
        let (unit, samples) = (Some("s".to_owned()), json::numbers(&stats.data));
        let more = Observation::default();
        builder.add(Observation { name, unit, branch, machine, value, low, high, samples, ..more })
    })
}
