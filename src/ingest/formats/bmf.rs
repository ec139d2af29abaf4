//! The Bencher Metric Format, version 0: `{benchmark: {measure: {value, lower_value, upper_value}}}`.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use crate::ingest::builder::{Builder, Observation};
use crate::ingest::error::Error;
use crate::ingest::file::Source;
use crate::ingest::format::ImportFormat;
use crate::ingest::json::{self, Members, parse};
use crate::model::{BENCHER_MEASURES, RemarkKind};

pub(super) const FORMAT: ImportFormat = ImportFormat {
    name: "bmf",
    about: "the Bencher Metric Format, version 0",
    is_history: false,
    detect: |probe| probe.is_object_of_objects(),
    read,
};

/// The suffix of a name that keeps Bencher quiet about it.
const IGNORED: &str = "-bencher-ignore";

#[derive(Deserialize)]
struct Metric {
    value: Value,
    lower_value: Option<f64>,
    upper_value: Option<f64>,
}

fn read(source: &Source, builder: &mut Builder<'_>) -> Result<(), Error> {
    let benchmarks: Members<Members<Metric>> = parse(builder.text(source)?, builder)?;
    let mut seen = BTreeSet::new();
    for (full_name, measures) in benchmarks.0 {
        let name = full_name.strip_suffix(IGNORED).unwrap_or(&full_name);
        if name.len() < full_name.len() {
            builder.remark(
                RemarkKind::Changed,
                name,
                &format!("the suffix {IGNORED} was taken off: it is judged here"),
            );
        }
        for (measure, metric) in measures.0 {
            if !seen.insert((name.to_owned(), measure.clone())) {
                return Err(builder.invalid(format!("`{name}` has the measure `{measure}` twice")));
            }
            let Some(value) = json::number(&metric.value) else {
                builder.skip(name, &format!("{} is not a finite number", metric.value));
                continue;
            };
            let known = BENCHER_MEASURES.iter().find(|known| known.name == measure);
            builder.add(Observation {
                name: name.to_owned(),
                unit: known.map(|known| known.unit.to_owned()),
                direction: known.map(|known| known.direction),
                metric: Some(measure),
                value,
                low: metric.lower_value,
                high: metric.upper_value,
                ..Observation::default()
            })?;
        }
    }
    Ok(())
}
