//! Our own form, which holds everything: what was imported can be stored and read back.

use serde::Deserialize;

use super::builder::Builder;
use super::remarks::Remarks;
use super::{Error, Source, Written, json};
use crate::model::{INTERCHANGE_SCHEMA_VERSION, Interchange};

#[derive(Deserialize)]
struct Version {
    schema_version: u64,
}

pub(super) fn read(source: &Source, builder: &mut Builder<'_>) -> Result<(), Error> {
    let text = source.text(builder.form)?;
    let version = json::parse::<Version>(text, builder)?.schema_version;
    if version != u64::from(INTERCHANGE_SCHEMA_VERSION) {
        let reason = format!("its schema version is {version}, and {INTERCHANGE_SCHEMA_VERSION} is the one known here");
        return Err(builder.strange(reason));
    }
    let history: Interchange = json::parse(text, builder)?;
    for series in &history.series {
        for (place, point) in series.points.iter().enumerate() {
            if let Err(reason) = point.check() {
                builder.enter(place, super::builder::Moment::default());
                return Err(builder.value(&series.name, reason));
            }
        }
    }
    history.check().map_err(|invalid| builder.strange(invalid.to_string()))?;
    builder.take(history);
    Ok(())
}

pub(super) fn write(history: &Interchange) -> Result<Written, String> {
    history.check().map_err(|invalid| invalid.to_string())?;
    let mut bytes = serde_json::to_vec_pretty(history).map_err(|error| error.to_string())?;
    bytes.push(b'\n');
    Ok(Written { bytes, remarks: Remarks::default().list() })
}
