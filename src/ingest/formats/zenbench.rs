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
}

#[derive(Deserialize)]
struct Summary {
    #[serde(default, deserialize_with = "json::optional")]
    median: Option<f64>,
    /// The median absolute deviation, scaled to a standard deviation.
    #[serde(default, deserialize_with = "json::optional")]
    mad: Option<f64>,
}

fn read(source: &Source, builder: &mut Builder<'_>) -> Result<(), Error> {
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
    builder: &mut Builder<'_>,
) -> Result<(), Error> {
    json::each(benchmarks, "name", builder, |Benchmark { name, summary, cpu_summary }, builder| {
        let name = builder.number(&name, group.unwrap_or_default());
        for (metric, summary) in [(None, Some(summary)), (Some("cpu_time"), cpu_summary)] {
            let Some(Summary { median, mad }) = summary else { continue };
            let Some(value) = median else {
                builder.skip(&name, "it has no median");
                continue;
            };
            builder.add(Observation {
                suite: group.map(str::to_owned),
                name: name.clone(),
                metric: metric.map(str::to_owned),
                machine: machine.cloned(),
                unit: Some("ns".to_owned()),
                value,
                low: mad.map(|mad| value - mad),
                high: mad.map(|mad| value + mad),
                ..Observation::default()
            })?;
        }
        Ok(())
    })
}
