//! The result files of pyperf, which keep every value.

use serde::Deserialize;
use serde_json::Value;

use crate::ingest::builder::{Builder, Observation, Revision};
use crate::ingest::error::Error;
use crate::ingest::file::Source;
use crate::ingest::format::ImportFormat;
use crate::ingest::json::{self, Items, items, parse};
use crate::model::Direction;
use crate::stats::median;

pub(super) const FORMAT: ImportFormat = ImportFormat {
    name: "pyperf",
    about: "the result files of pyperf, also compressed",
    detect: |probe| probe.has_inner("benchmarks", "runs"),
    read,
};

/// The version of the files; others are not known.
const VERSION: &str = "1.0";

const SECOND: &str = "second";

#[derive(Deserialize)]
struct Suite<'t> {
    version: String,
    #[serde(default)]
    metadata: Metadata,
    #[serde(borrow)]
    benchmarks: Items<'t>,
}

/// What all benchmarks of a suite share stands at the suite.
#[derive(Deserialize, Default)]
struct Metadata {
    name: Option<String>,
    unit: Option<String>,
    commit_id: Option<String>,
    commit_date: Option<String>,
    commit_branch: Option<String>,
    date: Option<String>,
    hostname: Option<String>,
    python_version: Option<String>,
}

#[derive(Deserialize)]
struct Benchmark {
    #[serde(default)]
    metadata: Metadata,
    runs: Vec<Run>,
}

#[derive(Deserialize)]
struct Run {
    /// What differs between runs, their dates for one.
    #[serde(default)]
    metadata: Metadata,
    /// None for runs that only found out how many loops to make.
    #[serde(default)]
    values: Vec<Value>,
}

fn read(source: &Source, builder: &mut Builder<'_>) -> Result<(), Error> {
    let suite: Suite<'_> = parse(builder.text(source)?, builder)?;
    if suite.version != VERSION {
        return Err(builder.invalid(format!("its version is {}, and only {VERSION} is known", suite.version)));
    }
    for (place, text) in items(&suite.benchmarks) {
        let Some(benchmark) = builder.item::<Benchmark>(place, text, String::new) else { continue };
        let name = benchmark.metadata.name.as_ref().or(suite.metadata.name.as_ref()).map_or("", String::as_str);
        let name = builder.number(name, "");
        let unit = benchmark.metadata.unit.as_ref().or(suite.metadata.unit.as_ref());
        let unit = unit.map_or(SECOND, String::as_str);
        let begun = benchmark.runs.iter().find_map(|run| run.metadata.date.clone());
        let samples = json::measured(&name, benchmark.runs.iter().flat_map(|run| &run.values), builder);
        let said = |of: fn(&Metadata) -> &Option<String>| {
            of(&benchmark.metadata).as_ref().or(of(&suite.metadata).as_ref()).cloned()
        };
        let time = said(|it| &it.commit_date).or_else(|| said(|it| &it.date)).or(begun);
        builder.date(Revision { order: None, commit: said(|it| &it.commit_id), time });
        let (branch, machine) = (said(|it| &it.commit_branch), said(|it| &it.hostname));
        builder.run_by([("python_version", said(|it| &it.python_version))]);
        let Some(value) = median(&samples) else {
            builder.skip(&name, "it has no values");
            continue;
        };
        builder.add(Observation {
            name,
            unit: (unit != "integer").then(|| unit.to_owned()),
            // Seconds, and bytes of memory in use; whole numbers can be anything.
            direction: (unit != "integer").then_some(Direction::LowerIsBetter),
            value,
            samples,
            branch,
            machine,
            ..Observation::default()
        })?;
    }
    Ok(())
}
