//! The lines of JSON that libtest writes with `--format json`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::bencher::{THROUGHPUT, say_lost};
use crate::ingest::builder::{Builder, Observation, Place};
use crate::ingest::error::Error;
use crate::ingest::file::Source;
use crate::ingest::format::ImportFormat;
use crate::ingest::json::{self, lines, text_of};
use crate::model::RemarkKind;

pub(super) const FORMAT: ImportFormat = ImportFormat {
    name: "libtest-json",
    about: "lines of libtest with --format json",
    detect: |probe| probe.has_json_line(&["type", "name", "median"]) || probe.has_json_line(&["type", "event"]),
    read,
};

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    name: Option<String>,
    event: Option<String>,
    #[serde(default, deserialize_with = "json::optional")]
    median: Option<f64>,
    #[serde(default, deserialize_with = "json::optional")]
    deviation: Option<f64>,
    mib_per_second: Option<IgnoredAny>,
}

fn read(source: &Source, builder: &mut Builder) -> Result<(), Error> {
    let mut running: BTreeMap<String, Place> = BTreeMap::new();
    for (place, text) in lines(builder.text(source)?) {
        let Some(event) = builder.item::<Event>(place, text, || text_of(text, "name")) else { continue };
        let name = event.name.unwrap_or_default();
        match event.event.as_deref() {
            Some("started") if event.kind == "test" => drop(running.insert(name.clone(), place)),
            // Said of a test that goes on.
            Some("timeout") => {}
            _ => drop(running.remove(&name)),
        }
        match (event.kind.as_str(), event.median) {
            ("bench", Some(value)) => {
                let name = builder.number(&name, "");
                if event.mib_per_second.is_some() {
                    builder.remark(RemarkKind::Skipped, &name, THROUGHPUT);
                }
                let unit = Some("ns".to_owned());
                let (low, high) = event.deviation.map(|half| (value - half, value + half)).unzip();
                builder.add(Observation { name, unit, value, low, high, ..Observation::default() })?;
            }
            ("bench", None) => builder.skip(&name, "it has no median"),
            ("test", _) if event.event.as_deref() == Some("failed") => builder.skip(&name, "it failed"),
            _ => {}
        }
    }
    running.iter().for_each(|(name, place)| say_lost(Some((*place, name, false)), builder));
    Ok(())
}
