//! The run receipts of perfgate: one command, measured several times.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::ingest::builder::{Builder, Observation, Place, Revision};
use crate::ingest::error::Error;
use crate::ingest::file::Source;
use crate::ingest::format::ImportFormat;
use crate::ingest::json::{self, Items, items, parse};
use crate::model::Direction;
use crate::stats::median;

pub(super) const FORMAT: ImportFormat = ImportFormat {
    name: "perfgate",
    about: "the run receipts of perfgate, one a command",
    detect: |probe| {
        let schema = probe.text_in_object(&["schema"], "schema");
        probe.starts_with("{") && schema.is_some_and(|schema| schema.starts_with("perfgate.run."))
    },
    read,
};

/// What a sample holds, the metric that it is, and its unit.
const METRICS: [(&str, Option<&str>, &str); 10] = [
    ("wall_ms", None, "ms"),
    ("cpu_ms", Some("cpu_time"), "ms"),
    ("max_rss_kb", Some("max_rss"), "KiB"),
    ("page_faults", Some("page_faults"), "faults"),
    ("ctx_switches", Some("context_switches"), "switches"),
    ("io_read_bytes", Some("io_read"), "B"),
    ("io_write_bytes", Some("io_written"), "B"),
    ("network_packets", Some("network_packets"), "packets"),
    ("energy_uj", Some("energy"), "µJ"),
    ("binary_bytes", Some("binary_size"), "B"),
];

#[derive(Deserialize)]
struct Receipt<'t> {
    run: Run,
    bench: Bench,
    #[serde(borrow)]
    samples: Items<'t>,
}

#[derive(Deserialize)]
struct Run {
    started_at: Option<String>,
    #[serde(default)]
    host: Value,
}

#[derive(Deserialize)]
struct Bench {
    name: String,
}

#[derive(Deserialize)]
struct Sample {
    /// Null where a signal ended it.
    #[serde(default = "success")]
    exit_code: Option<i64>,
    #[serde(default)]
    warmup: bool,
    #[serde(default)]
    timed_out: bool,
    #[serde(flatten)]
    numbers: BTreeMap<String, Value>,
}

fn success() -> Option<i64> {
    Some(0)
}

fn read(source: &Source, builder: &mut Builder) -> Result<(), Error> {
    let Receipt { run, bench, samples }: Receipt<'_> = parse(builder.text(source)?, builder)?;
    builder.enter(Place::Entry(0), Revision { time: run.started_at, ..Revision::default() });
    // The name of the host is mostly left out.
    let processors = run.host.get("cpu_count").and_then(Value::as_u64).map(|count| format!("{count} CPUs"));
    let named = json::joined(&run.host, &["os", "arch", "hostname_hash"]);
    let host: Vec<String> = named.into_iter().chain(processors).collect();
    let host = (!host.is_empty()).then(|| host.join(" "));
    let samples =
        items(&samples).filter_map(|(place, text)| builder.item::<Sample>(place, text, || bench.name.clone()));
    let measured: Vec<Sample> = samples.filter(|sample| !sample.warmup).collect();
    builder.stand_at(Place::Entry(0));
    let good: Vec<&Sample> =
        measured.iter().filter(|sample| sample.exit_code == Some(0) && !sample.timed_out).collect();
    if good.len() < measured.len() {
        let failed = measured.len() - good.len();
        builder.skip(&bench.name, &format!("{failed} of its {} runs failed", measured.len()));
    }
    for (key, metric, unit) in METRICS {
        let samples = json::measured(&bench.name, good.iter().filter_map(|sample| sample.numbers.get(key)), builder);
        let Some(value) = median(&samples) else { continue };
        builder.add(Observation {
            name: bench.name.clone(),
            metric: metric.map(str::to_owned),
            machine: host.clone(),
            unit: Some(unit.to_owned()),
            direction: Some(Direction::LowerIsBetter),
            value,
            samples,
            ..Observation::default()
        })?;
    }
    Ok(())
}
