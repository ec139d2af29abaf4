//! What JMH writes with `-rf json`: a list with an object per benchmark, mode and parameters.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use crate::ingest::builder::{Builder, Observation};
use crate::ingest::error::Error;
use crate::ingest::file::Source;
use crate::ingest::format::ImportFormat;
use crate::ingest::json::{self, Items, items, parse, text_of};
use crate::model::{Direction, RemarkKind};

pub(super) const FORMAT: ImportFormat = ImportFormat {
    name: "jmh",
    about: "what JMH writes with -rf json",
    detect: |probe| probe.has_element(&MEMBERS),
    read,
};

/// What distinguishes its list from those of other tools.
pub(super) const MEMBERS: [&str; 3] = ["benchmark", "mode", "primaryMetric"];

/// The bytes of one operation, as the profiler `gc` calls them, since 1.37 without a dot before it.
const ALLOCATED: &str = "gc.alloc.rate.norm";

/// The mode that counts operations of a time; the others take the time of an operation.
const THROUGHPUT: &str = "thrpt";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Benchmark {
    benchmark: String,
    mode: String,
    threads: Option<u64>,
    jdk_version: Option<String>,
    vm_name: Option<String>,
    params: Option<BTreeMap<String, Value>>,
    primary_metric: Metric,
    secondary_metrics: Option<BTreeMap<String, Value>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metric {
    score: Value,
    #[serde(default)]
    score_confidence: Vec<Value>,
    score_unit: String,
    #[serde(default)]
    raw_data: Vec<Value>,
}

fn read(source: &Source, builder: &mut Builder<'_>) -> Result<(), Error> {
    let benchmarks: Items<'_> = parse(builder.text(source)?, builder)?;
    let mut allocating = BTreeSet::new();
    for (place, text) in items(&benchmarks) {
        let read = builder.item(place, text, || text_of(text, "benchmark"));
        let Some(read): Option<Benchmark> = read else { continue };
        let Benchmark { benchmark, mode, threads, jdk_version, vm_name, params, primary_metric, .. } = read;
        let (params, secondary_metrics) = (params.unwrap_or_default(), read.secondary_metrics.unwrap_or_default());
        builder.run_by([("jdkVersion", jdk_version), ("vmName", vm_name)]);
        let threads = threads.filter(|threads| *threads != 1).map(|threads| format!("/threads={threads}"));
        let name = format!("{benchmark}{}{}", json::parameters(&params), threads.unwrap_or_default());
        // Runs on another JVM have the same name.
        let name = builder.number(&name, &mode);
        let (allocated, others): (Vec<_>, Vec<_>) =
            secondary_metrics.iter().partition(|(metric, _)| metric.ends_with(ALLOCATED));
        if !others.is_empty() {
            builder.remark(RemarkKind::Skipped, &name, "of its secondary metrics only what it allocates is read");
        }
        for (_, metric) in allocated {
            let Some(value) = metric.get("score").and_then(json::number) else {
                builder.skip(&name, "what it allocates is not a finite number");
                continue;
            };
            if !allocating.insert(name.clone()) {
                builder.skip(&name, "what it allocates is read of its first mode alone");
                continue;
            }
            let (name, metric, unit) = (name.clone(), Some("allocated".to_owned()), Some("B/op".to_owned()));
            builder.add(Observation { name, metric, unit, value, ..Observation::default() })?;
        }
        let Metric { score, score_confidence, score_unit, raw_data } = primary_metric;
        let Some(value) = json::number(&score) else {
            builder.skip(&name, &format!("its score {score} is not a finite number"));
            continue;
        };
        let samples = json::numbers(raw_data.iter().filter_map(Value::as_array).flatten());
        // Where there was one measurement its ends are the text "NaN".
        let mut ends = score_confidence.iter().map(json::number);
        let (low, high) = (ends.next().flatten(), ends.next().flatten());
        let direction = if mode == THROUGHPUT { Direction::HigherIsBetter } else { Direction::LowerIsBetter };
        let (metric, unit, direction) = (Some(mode), Some(score_unit), Some(direction));
        builder.add(Observation {
            name,
            metric,
            unit,
            direction,
            value,
            low,
            high,
            samples,
            ..Observation::default()
        })?;
    }
    Ok(())
}
