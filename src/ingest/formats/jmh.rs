//! What JMH writes with `-rf json`: a list with an object per benchmark, mode and parameters.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use crate::ingest::builder::{Builder, Observation};
use crate::ingest::error::Error;
use crate::ingest::file::Source;
use crate::ingest::format::ImportFormat;
use crate::ingest::json::{self, Items, parse};
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
    #[serde(default, deserialize_with = "json::nullable")]
    jvm_args: Vec<String>,
    #[serde(default, deserialize_with = "json::nullable")]
    params: BTreeMap<String, Value>,
    primary_metric: Metric,
    #[serde(default, deserialize_with = "json::nullable")]
    secondary_metrics: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metric {
    score: Value,
    #[serde(default, deserialize_with = "json::nullable")]
    score_confidence: Vec<Value>,
    score_unit: String,
    #[serde(default, deserialize_with = "json::nullable")]
    raw_data: Vec<Value>,
}

fn read(source: &Source, builder: &mut Builder) -> Result<(), Error> {
    let benchmarks: Items<'_> = parse(builder.text(source)?, builder)?;
    let mut allocating = BTreeSet::new();
    json::each(&benchmarks, "benchmark", builder, |read: Benchmark, builder| {
        let Benchmark { benchmark, mode, threads, params, primary_metric, .. } = read;
        let jvm_args = Some(read.jvm_args.join(" ")).filter(|arguments| !arguments.is_empty());
        builder.run_by([("jdkVersion", read.jdk_version), ("vmName", read.vm_name), ("jvmArgs", jvm_args)]);
        let threads = threads.filter(|threads| *threads != 1).map(|threads| format!("/threads={threads}"));
        let name = format!("{benchmark}{}{}", json::parameters(&params), threads.unwrap_or_default());
        // Runs on another JVM have the same name.
        let name = builder.number(&name, &mode);
        let (allocated, others): (Vec<_>, Vec<_>) =
            read.secondary_metrics.iter().partition(|(metric, _)| metric.ends_with(ALLOCATED));
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
            return Ok(());
        };
        let samples = json::numbers(raw_data.iter().filter_map(Value::as_array).flatten());
        // Where there was one measurement its ends are the text "NaN".
        let [low, high] = [0, 1].map(|end| score_confidence.get(end).and_then(json::number));
        let direction = if mode == THROUGHPUT { Direction::HigherIsBetter } else { Direction::LowerIsBetter };
        let (metric, unit, direction) = (Some(mode), Some(score_unit), Some(direction));
        let more = Observation::default();
        builder.add(Observation { name, metric, unit, direction, value, low, high, samples, ..more })
    })
}
