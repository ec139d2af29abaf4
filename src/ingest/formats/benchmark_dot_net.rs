//! What the JSON exporters of BenchmarkDotNet write; times are nanoseconds.

use serde::Deserialize;
use serde_json::Value;

use crate::ingest::builder::{Builder, DEBUG_BUILD, Observation, Place, Revision, instant};
use crate::ingest::error::Error;
use crate::ingest::file::Source;
use crate::ingest::format::ImportFormat;
use crate::ingest::json::{self, Items, parse};
use crate::model::RemarkKind;

pub(super) const FORMAT: ImportFormat = ImportFormat {
    name: "benchmark-dot-net",
    about: "what the JSON exporters of BenchmarkDotNet write",
    detect: |probe| probe.has(&["Benchmarks", "HostEnvironmentInfo"]),
    read,
};

/// The length of what a title ends in.
const STAMP_BYTES: usize = "20240501-120000".len();

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Report<'t> {
    /// What ran and when: `Suite-20240501-120000`.
    title: Option<String>,
    #[serde(default)]
    host_environment_info: Value,
    #[serde(borrow)]
    benchmarks: Items<'t>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Benchmark {
    /// Older versions have its parts alone.
    full_name: Option<String>,
    namespace: Option<String>,
    #[serde(rename = "Type")]
    class: Option<String>,
    method: Option<String>,
    parameters: Option<String>,
    /// What ran, by which job, and with which parameters: `A.B: Job-ABCDEF(Runtime=.NET 8.0) [N=1]`.
    display_info: Option<String>,
    /// None where it failed.
    statistics: Option<Statistics>,
    memory: Option<Memory>,
    #[serde(default, deserialize_with = "json::nullable")]
    metrics: Vec<Value>,
}

impl Benchmark {
    fn name(&self) -> String {
        let parts = [&self.namespace, &self.class, &self.method].into_iter().flatten().map(String::as_str);
        let parameters = self.parameters.as_ref().filter(|it| !it.is_empty()).map(|it| format!("({it})"));
        let of_parts = || parts.collect::<Vec<_>>().join(".") + &parameters.unwrap_or_default();
        self.full_name.clone().unwrap_or_else(of_parts)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Statistics {
    #[serde(default, deserialize_with = "json::optional")]
    mean: Option<f64>,
    confidence_interval: Option<Interval>,
    #[serde(default, deserialize_with = "json::nullable")]
    original_values: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Interval {
    #[serde(default, deserialize_with = "json::optional")]
    lower: Option<f64>,
    #[serde(default, deserialize_with = "json::optional")]
    upper: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Memory {
    #[serde(default, deserialize_with = "json::optional")]
    bytes_allocated_per_operation: Option<f64>,
}

fn read(source: &Source, builder: &mut Builder) -> Result<(), Error> {
    let Report { title, host_environment_info, benchmarks } = parse(builder.text(source)?, builder)?;
    let stamp = title.as_deref().and_then(|title| title.get(title.len().checked_sub(STAMP_BYTES)?..));
    let time = stamp.filter(|stamp| instant(stamp).is_some()).map(str::to_owned);
    builder.enter(Place::Entry(0), Revision { time, ..Revision::default() });
    let machine = machine(&host_environment_info);
    let text = |key: &str| json::joined(&host_environment_info, &[key]);
    builder.run_by([("RuntimeVersion", text("RuntimeVersion"))]);
    if text("Configuration").is_some_and(|it| it.eq_ignore_ascii_case("debug")) {
        builder.warn(DEBUG_BUILD);
    }
    json::each(&benchmarks, "FullName", builder, |benchmark: Benchmark, builder| {
        let full_name = benchmark.name();
        let Benchmark { display_info, statistics, memory, metrics, .. } = benchmark;
        let job = display_info.as_deref().and_then(job).map(|job| format!("/job={job}")).unwrap_or_default();
        let name = builder.number(&format!("{full_name}{job}"), "");
        let Some((value, statistics)) = statistics.and_then(|it| Some((it.mean?, it))) else {
            builder.skip(&name, "it failed: it has no mean");
            return Ok(());
        };
        if metrics.iter().any(is_of_another_diagnoser) {
            builder.remark(RemarkKind::Skipped, &name, "of what diagnosers found only what it allocates is read");
        }
        let (low, high) = statistics.confidence_interval.map_or((None, None), |it| (it.lower, it.upper));
        let (unit, samples) = (Some("ns".to_owned()), json::numbers(&statistics.original_values));
        let (machine, more) = (machine.clone(), Observation::default());
        let of = Observation { name, machine, ..more };
        builder.add(Observation { unit, value, low, high, samples, ..of.clone() })?;
        match memory.and_then(|memory| memory.bytes_allocated_per_operation) {
            Some(value) => {
                let (metric, unit) = (Some("allocated".to_owned()), Some("B/op".to_owned()));
                builder.add(Observation { metric, unit, value, ..of })
            }
            None => Ok(()),
        }
    })
}

/// Whether a metric is neither what it allocates nor how often that was collected.
fn is_of_another_diagnoser(metric: &Value) -> bool {
    let id = metric.get("Descriptor").and_then(|descriptor| descriptor.get("Id")).and_then(Value::as_str);
    id.is_some_and(|id| !id.starts_with("Allocated") && !id.starts_with("Gen"))
}

/// The job that ran a benchmark; jobs with other runtimes have the same full name.
fn job(display_info: &str) -> Option<&str> {
    let (_, rest) = display_info.split_once(": ")?;
    let job = rest.split(['(', '[']).next()?.trim();
    (!job.is_empty() && job != "DefaultJob").then_some(job)
}

/// The system without its version, which every update changes, the architecture and the processor.
fn machine(host: &Value) -> Option<String> {
    let text = |key: &str| host.get(key).and_then(Value::as_str);
    let system = text("OsVersion").and_then(|system| system.split_whitespace().next());
    let parts = [system, text("Architecture"), text("ProcessorName")].into_iter().flatten().collect::<Vec<_>>();
    (!parts.is_empty()).then(|| parts.join(" "))
}
