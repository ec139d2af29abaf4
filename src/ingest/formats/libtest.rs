//! The lines of JSON that libtest writes with `--format json`.

use serde::Deserialize;

use crate::ingest::builder::{Builder, Observation, Place, Revision};
use crate::ingest::error::Error;
use crate::ingest::file::Source;
use crate::ingest::format::ImportFormat;

pub(super) const FORMAT: ImportFormat = ImportFormat {
    name: "libtest-json",
    about: "lines of libtest with --format json",
    is_history: false,
    detect: |probe| probe.has_json_line(&["type", "name", "median"]),
    read,
};

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    name: Option<String>,
    event: Option<String>,
    median: Option<f64>,
    deviation: Option<f64>,
}

fn read(source: &Source, builder: &mut Builder<'_>) -> Result<(), Error> {
    for (line, text) in builder.text(source)?.lines().enumerate().filter(|(_, text)| text.starts_with('{')) {
        builder.enter(Place::Line(line + 1), Revision::default());
        let event: Event = match serde_json::from_str(text) {
            Ok(event) => event,
            Err(error) => {
                builder.skip("", &error.to_string());
                continue;
            }
        };
        let name = event.name.unwrap_or_default();
        match (event.kind.as_str(), event.median) {
            ("bench", Some(value)) => {
                let unit = Some("ns".to_owned());
                let (low, high) = event.deviation.map(|half| (value - half, value + half)).unzip();
                builder.add(Observation { name, unit, value, low, high, ..Observation::default() })?;
            }
            ("bench", None) => builder.skip(&name, "it has no median"),
            ("test", _) if event.event.as_deref() == Some("failed") => builder.skip(&name, "it failed"),
            _ => {}
        }
    }
    Ok(())
}
