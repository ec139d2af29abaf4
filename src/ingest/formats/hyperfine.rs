//! What `hyperfine --export-json` writes; all numbers are seconds.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::ingest::builder::{Builder, Observation};
use crate::ingest::error::Error;
use crate::ingest::file::Source;
use crate::ingest::format::ImportFormat;
use crate::ingest::json::parse;
use crate::model::RemarkKind;
use crate::stats::median;

pub(super) const FORMAT: ImportFormat = ImportFormat {
    name: "hyperfine",
    about: "what hyperfine --export-json writes",
    is_history: false,
    detect: |probe| probe.has_inner("results", "command"),
    read,
};

#[derive(Deserialize)]
struct Export {
    results: Vec<Measured>,
}

#[derive(Deserialize)]
struct Measured {
    command: String,
    mean: f64,
    median: Option<f64>,
    min: Option<f64>,
    max: Option<f64>,
    #[serde(default)]
    times: Vec<f64>,
    exit_codes: Option<Vec<Option<i64>>>,
}

fn read(source: &Source, builder: &mut Builder<'_>) -> Result<(), Error> {
    let export: Export = parse(builder.text(source)?, builder)?;
    let mut given = BTreeMap::new();
    for result in export.results {
        let name = builder.number(&result.command, &mut given);
        if result.exit_codes.is_some_and(|codes| codes.iter().any(|code| *code != Some(0))) {
            builder.remark(RemarkKind::Changed, &name, "some of its runs failed; their times are among the others");
        }
        let value = median(&result.times).or(result.median).unwrap_or_else(|| {
            builder.remark(RemarkKind::Changed, &name, "its median is missing; the mean is used");
            result.mean
        });
        builder.add(Observation {
            name,
            unit: Some("s".to_owned()),
            value,
            low: result.min,
            high: result.max,
            samples: result.times,
            ..Observation::default()
        })?;
    }
    Ok(())
}
