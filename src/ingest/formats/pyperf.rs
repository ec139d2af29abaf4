//! The result files of pyperf, which keep every value.

use serde::Deserialize;
use serde_json::Value;

use crate::ingest::builder::{Builder, Observation, Revision};
use crate::ingest::error::Error;
use crate::ingest::file::Source;
use crate::ingest::format::ImportFormat;
use crate::ingest::json::{self, Items, parse};
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
    #[serde(default, deserialize_with = "json::nullable")]
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
    python_implementation: Option<String>,
}

#[derive(Deserialize)]
struct Benchmark {
    #[serde(default, deserialize_with = "json::nullable")]
    metadata: Metadata,
    runs: Vec<Run>,
}

#[derive(Deserialize)]
struct Run {
    /// What differs between runs, their dates for one; all of it where there is one benchmark.
    #[serde(default, deserialize_with = "json::nullable")]
    metadata: Metadata,
    /// None for runs that only found out how many loops to make.
    #[serde(default, deserialize_with = "json::nullable")]
    values: Vec<Value>,
}

fn read(source: &Source, builder: &mut Builder) -> Result<(), Error> {
    let suite: Suite<'_> = parse(builder.text(source)?, builder)?;
    if suite.version != VERSION {
        return Err(builder.invalid(format!("its version is {}, and only {VERSION} is known", suite.version)));
    }
    json::each(&suite.benchmarks, "name", builder, |Benchmark { metadata, runs }: Benchmark, builder| {
        let said = |of: fn(&Metadata) -> &Option<String>| {
            let mut all = [&metadata, &suite.metadata].into_iter().chain(runs.iter().map(|run| &run.metadata));
            all.find_map(|metadata| of(metadata).clone())
        };
        let name = builder.number(&said(|it| &it.name).unwrap_or_default(), "");
        let unit = said(|it| &it.unit).unwrap_or_else(|| SECOND.to_owned());
        let samples = json::measured(&name, runs.iter().flat_map(|run| &run.values), builder);
        let time = said(|it| &it.commit_date).or_else(|| said(|it| &it.date));
        builder.date(Revision { order: None, commit: said(|it| &it.commit_id), time });
        let (branch, machine) = (said(|it| &it.commit_branch), said(|it| &it.hostname));
        let (version, implementation) = (said(|it| &it.python_version), said(|it| &it.python_implementation));
        builder.run_by([("python_version", version), ("python_implementation", implementation)]);
        let Some(value) = median(&samples) else {
            builder.skip(&name, "it has no values");
            return Ok(());
        };
        builder.add(Observation {
            name,
            // Seconds, and bytes of memory in use; whole numbers can be anything.
            direction: (unit != "integer").then_some(Direction::LowerIsBetter),
            unit: Some(unit).filter(|unit| unit != "integer"),
            value,
            samples,
            branch,
            machine,
            ..Observation::default()
        })
    })
}
