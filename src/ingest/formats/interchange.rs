//! The format of parcost itself, which keeps everything: what was imported can be stored and read back.

use serde::Deserialize;

use crate::ingest::builder::Builder;
use crate::ingest::error::Error;
use crate::ingest::file::Source;
use crate::ingest::format::ImportFormat;
use crate::ingest::json::parse;
use crate::model::{INTERCHANGE_SCHEMA_VERSION, Interchange};

pub(super) const FORMAT: ImportFormat = ImportFormat {
    name: "history",
    about: "the format of parcost itself, which keeps everything",
    detect: |probe| probe.has(&["schema_version", "series"]),
    read,
};

#[derive(Deserialize)]
struct Version {
    schema_version: u64,
}

fn read(source: &Source, builder: &mut Builder) -> Result<(), Error> {
    let text = builder.text(source)?;
    let version = parse::<Version>(text, builder)?.schema_version;
    if version != u64::from(INTERCHANGE_SCHEMA_VERSION) {
        let reason = format!("its schema version is {version}, and only {INTERCHANGE_SCHEMA_VERSION} is known");
        return Err(builder.invalid(reason));
    }
    let history: Interchange = parse(text, builder)?;
    history.check().map_err(|invalid| builder.invalid(invalid.to_string()))?;
    builder.take(history)
}
