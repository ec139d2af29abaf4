//! The Bencher Metric Format, version 0: `{benchmark: {measure: {value, lower_value, upper_value}}}`; and version 1, in
//! which a benchmark is a list of `{parameters, measures}`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::ingest::builder::{Builder, Observation, Place};
use crate::ingest::error::Error;
use crate::ingest::format::ImportFormat;
use crate::ingest::json::{self, Items, Members, parse};
use crate::model::{BENCHER_MEASURES, RemarkKind};

pub(super) const FORMAT: ImportFormat = ImportFormat {
    name: "bmf",
    about: "the Bencher Metric Format, version 0",
    detect: |probe| probe.is_object_of_objects_with("value"),
    read: |source, builder| {
        let benchmarks: Members<&RawValue> = parse(builder.text(source)?, builder)?;
        let mut seen = BTreeSet::new();
        for (place, (name, text)) in benchmarks.0.into_iter().enumerate() {
            if let Some(measures) = builder.item(Place::Entry(place), text.get(), || name.clone()) {
                add(&name, "", measures, &mut seen, builder)?;
            }
        }
        Ok(())
    },
};

pub(super) const PARAMETERS: ImportFormat = ImportFormat {
    name: "bmf-1",
    about: "the Bencher Metric Format, version 1",
    detect: |probe| probe.is_object_of_lists_with("measures"),
    read: |source, builder| {
        let benchmarks: Members<&RawValue> = parse(builder.text(source)?, builder)?;
        let mut seen = BTreeSet::new();
        for (place, (name, text)) in benchmarks.0.into_iter().enumerate() {
            let place = Place::Entry(place);
            let entries = builder.item::<Items<'_>>(place, text.get(), || name.clone());
            for entry in entries.into_iter().flatten() {
                let read = builder.item(place, entry.get(), || name.clone());
                let Some(Entry { parameters, measures }) = read else { continue };
                add(&name, &json::parameters(&parameters), measures, &mut seen, builder)?;
            }
        }
        Ok(())
    },
};

/// The suffix of a name that keeps Bencher quiet about it.
const IGNORED: &str = "-bencher-ignore";

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    parameters: BTreeMap<String, Value>,
    measures: Measures,
}

type Measures = Members<Metric>;

#[derive(Deserialize)]
struct Metric {
    value: Value,
    #[serde(default, deserialize_with = "json::optional")]
    lower_value: Option<f64>,
    #[serde(default, deserialize_with = "json::optional")]
    upper_value: Option<f64>,
    #[serde(flatten)]
    rest: BTreeMap<String, IgnoredAny>,
}

fn add(
    benchmark: &str,
    parameters: &str,
    measures: Measures,
    seen: &mut BTreeSet<(String, String)>,
    builder: &mut Builder,
) -> Result<(), Error> {
    let judged = benchmark.strip_suffix(IGNORED).unwrap_or(benchmark);
    if judged.len() < benchmark.len() {
        let text = format!("the suffix {IGNORED} was taken off: it is judged here");
        builder.remark(RemarkKind::Changed, judged, &text);
    }
    let name = format!("{judged}{parameters}");
    if measures.0.is_empty() {
        builder.skip(&name, "it has no measure");
    }
    for (measure, metric) in measures.0 {
        // A measure goes by its slug or by its name: `estimated-cycles`, `Estimated Cycles`.
        let slug = measure.to_lowercase().replace(' ', "-");
        if !seen.insert((name.clone(), slug.clone())) {
            builder.skip(&name, &format!("it has the measure `{measure}` twice; the first is kept"));
            continue;
        }
        if !metric.rest.is_empty() {
            let keys = metric.rest.into_keys().collect::<Vec<_>>().join(", ");
            builder.remark(
                RemarkKind::Skipped,
                &name,
                &format!("what its measure has beside value and bounds is not read: {keys}"),
            );
        }
        let Some(value) = json::number(&metric.value) else {
            builder.skip(&name, &format!("{} is not a finite number", metric.value));
            continue;
        };
        let known = BENCHER_MEASURES.iter().find(|known| known.name == slug);
        builder.add(Observation {
            name: name.clone(),
            unit: known.map(|known| known.unit.to_owned()),
            direction: known.map(|known| known.direction),
            metric: Some(known.map_or(measure, |known| known.name.to_owned())),
            value,
            low: metric.lower_value,
            high: metric.upper_value,
            ..Observation::default()
        })?;
    }
    Ok(())
}
