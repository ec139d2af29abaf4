//! What `critcmp --export` writes: one baseline of Criterion in one file.

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::criterion::{Estimates, work};
use crate::ingest::builder::{Builder, Observation, Place};
use crate::ingest::error::Error;
use crate::ingest::file::Source;
use crate::ingest::format::ImportFormat;
use crate::ingest::json::{Members, parse};
use crate::model::RemarkKind;

pub(super) const FORMAT: ImportFormat = ImportFormat {
    name: "critcmp",
    about: "what critcmp --export writes",
    detect: |probe| probe.has(&["benchmarks", "name"]) && !probe.has_inner("benchmarks", "runs"),
    read,
};

#[derive(Deserialize)]
struct Export<'t> {
    name: Option<String>,
    #[serde(borrow)]
    benchmarks: Members<&'t RawValue>,
}

#[derive(Deserialize)]
struct Benchmark {
    fullname: String,
    criterion_benchmark_v1: Option<Declared>,
    criterion_estimates_v1: Estimates,
}

#[derive(Deserialize)]
struct Declared {
    throughput: Option<Map<String, Value>>,
}

fn read(source: &Source, builder: &mut Builder) -> Result<(), Error> {
    let export: Export<'_> = parse(builder.text(source)?, builder)?;
    if let Some(name) = &export.name {
        builder.remark(RemarkKind::Skipped, name, "the names of baselines are not kept; the order of the files is");
    }
    for (place, (name, text)) in export.benchmarks.0.into_iter().enumerate() {
        let read = builder.item::<Benchmark>(Place::Entry(place), text.get(), || name);
        let Some(benchmark) = read else { continue };
        let name = builder.number(&benchmark.fullname, "");
        let median = benchmark.criterion_estimates_v1.median;
        let [low, high] = median.ends();
        let (unit, value) = (Some("ns".to_owned()), median.point_estimate);
        let work = benchmark.criterion_benchmark_v1.and_then(|it| it.throughput).as_ref().map(work);
        builder.add(Observation { name, unit, value, low, high, work, ..Observation::default() })?;
    }
    Ok(())
}
