//! What zenbench saves: groups of benchmarks that took turns, and benchmarks alone; all times are nanoseconds.

use serde::Deserialize;
use serde_json::Value;

use crate::ingest::builder::{Builder, Observation, Place, Revision};
use crate::ingest::error::Error;
use crate::ingest::file::Source;
use crate::ingest::format::ImportFormat;
use crate::ingest::json::{self, Items, parse};

pub(super) const FORMAT: ImportFormat = ImportFormat {
    name: "zenbench",
    about: "the results that zenbench saves",
    detect: |probe| probe.has(&["comparisons", "standalones"]),
    read,
};

#[derive(Deserialize)]
struct Suite<'t> {
    timestamp: Option<String>,
    git_hash: Option<String>,
    #[serde(borrow, deserialize_with = "json::nullable")]
    comparisons: Items<'t>,
    #[serde(borrow, deserialize_with = "json::nullable")]
    standalones: Items<'t>,
    #[serde(default)]
    unreliable: bool,
    #[serde(default)]
    testbed: Value,
}

#[derive(Deserialize)]
struct Group<'t> {
    group_name: String,
    #[serde(borrow)]
    benchmarks: Items<'t>,
}

#[derive(Deserialize)]
struct Benchmark {
    name: String,
    summary: Summary,
    cpu_summary: Option<Summary>,
    /// What sets it apart from others of its name.
    #[serde(default, deserialize_with = "json::nullable")]
    tags: Vec<(String, Value)>,
    #[serde(default, deserialize_with = "json::nullable")]
    alloc_stats: Allocations,
}

#[derive(Default, Deserialize)]
struct Allocations {
    #[serde(default, deserialize_with = "json::optional")]
    allocs_per_iter: Option<f64>,
    #[serde(default, deserialize_with = "json::optional")]
    bytes_per_iter: Option<f64>,
}

#[derive(Deserialize)]
struct Summary {
    /// Samples; of none the other numbers are 0.
    #[serde(default, deserialize_with = "json::optional")]
    n: Option<f64>,
    #[serde(default, deserialize_with = "json::optional")]
    median: Option<f64>,
    /// The median absolute deviation, scaled to a standard deviation.
    #[serde(default, deserialize_with = "json::optional")]
    mad: Option<f64>,
}

fn read(source: &Source, builder: &mut Builder) -> Result<(), Error> {
    let Suite { timestamp: time, git_hash: commit, comparisons, standalones, unreliable, testbed } =
        parse(builder.text(source)?, builder)?;
    let machine = json::joined(&testbed, &["os", "arch", "cpu_model"]);
    builder.enter(Place::Entry(0), Revision { order: None, commit, time });
    if unreliable {
        builder.warn("zenbench itself calls this run unreliable: the machine was busy");
    }
    json::each(&comparisons, "group_name", builder, |Group { group_name, benchmarks }, builder| {
        add_all(&benchmarks, Some(&group_name), machine.as_ref(), builder)
    })?;
    add_all(&standalones, None, machine.as_ref(), builder)
}

fn add_all(
    benchmarks: &Items<'_>,
    group: Option<&str>,
    machine: Option<&String>,
    builder: &mut Builder,
) -> Result<(), Error> {
    json::each(benchmarks, "name", builder, |benchmark: Benchmark, builder| {
        let Benchmark { name, summary, cpu_summary, tags, alloc_stats } = benchmark;
        let name = builder
            .number(&format!("{name}{}", json::parameters(&tags.into_iter().collect())), group.unwrap_or_default());
        let (suite, machine) = (group.map(str::to_owned), machine.cloned());
        let of = Observation { suite, name: name.clone(), machine, ..Observation::default() };
        let metric = |metric: &str| Some(metric.to_owned());
        for (metric, summary) in [(None, Some(summary)), (metric("cpu_time"), cpu_summary)] {
            let Some(Summary { n, median, mad }) = summary else { continue };
            let Some(value) = median.filter(|_| n != Some(0.0)) else {
                builder.skip(&name, "it has no median of samples");
                continue;
            };
            let (low, high) = (mad.map(|mad| value - mad), mad.map(|mad| value + mad));
            builder.add(Observation { metric, unit: Some("ns".to_owned()), value, low, high, ..of.clone() })?;
        }
        let Allocations { allocs_per_iter, bytes_per_iter } = alloc_stats;
        for (name, value, unit) in
            [("allocations", allocs_per_iter, "allocs/op"), ("allocated", bytes_per_iter, "B/op")]
        {
            let Some(value) = value else { continue };
            builder.add(Observation { metric: metric(name), unit: Some(unit.to_owned()), value, ..of.clone() })?;
        }
        Ok(())
    })
}
