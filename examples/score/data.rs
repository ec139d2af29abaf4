//! Reads histories with known changes: a folder with `series.csv`, `labels.csv` and one CSV for every set.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use parcost::rooms::ingest::{self, Assumed, Source};
use parcost::rooms::model::Direction;

/// In histories of real projects a smaller change may be found or not.
const REAL_REQUIRED_PERCENT: f64 = 2.5;

/// A series and what is known of it.
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) set: String,
    pub(crate) values: Vec<f64>,
    /// Robust standard deviation, %; 0 where it is not said.
    pub(crate) noise_percent: f64,
    pub(crate) labels: Vec<Label>,
}

/// A change that is known.
pub(crate) struct Label {
    /// The place of the first value on the new level.
    pub(crate) place: usize,
    /// Whether a detector must find it.
    pub(crate) required: bool,
    /// Its size whichever way it went, %: a fall to 1 / 1.05 has the size 5, as the rise that undoes it.
    pub(crate) size_percent: f64,
}

/// Every series of the folder.
pub(crate) fn load(folder: &Path) -> Result<Vec<Series>> {
    let mut labels = labels(&folder.join("labels.csv"))?;
    let mut known: BTreeMap<String, (String, f64)> = BTreeMap::new();
    for row in rows(&folder.join("series.csv"), ["series", "set", "noise_pct"])? {
        let [series, set, noise] = row;
        let noise = if noise.is_empty() { "0" } else { &noise };
        let noise = noise.parse().with_context(|| format!("the noise of {series} is `{noise}`"))?;
        known.insert(series, (set, noise));
    }
    let mut sets: Vec<&String> = known.values().map(|(set, _)| set).collect();
    sets.sort();
    sets.dedup();
    let mut all = Vec::new();
    for set in sets {
        let source = Source::open(&folder.join(format!("{set}.csv")))?;
        let assumed = Assumed { better: Some(Direction::LowerIsBetter), unit: None };
        let csv = ingest::format("csv").context("the format csv is in the list")?;
        for series in ingest::read(csv, &[source], &assumed)?.series {
            let values: Vec<f64> = series.points.iter().map(|point| point.value).collect();
            let (_, noise_percent) =
                known.get(&series.name).with_context(|| format!("{} is not in series.csv", series.name))?;
            let mut labels = labels.remove(&series.name).unwrap_or_default();
            for label in &mut labels {
                ensure!(label.place < values.len(), "a label of {} is beyond its end", series.name);
                label.required &= set != "real" || label.size_percent >= REAL_REQUIRED_PERCENT;
            }
            all.push(Series { name: series.name, set: set.clone(), values, noise_percent: *noise_percent, labels });
        }
    }
    ensure!(labels.is_empty(), "labels of series that are not there: {:?}", labels.keys());
    Ok(all)
}

fn labels(path: &Path) -> Result<BTreeMap<String, Vec<Label>>> {
    let mut labels: BTreeMap<String, Vec<Label>> = BTreeMap::new();
    for [series, index, kind, effect] in rows(path, ["series", "index", "kind", "effect_pct"])? {
        let effect: f64 = effect.parse().with_context(|| format!("an effect of {series} is `{effect}`"))?;
        let place = index.parse().with_context(|| format!("an index of {series} is `{index}`"))?;
        let size_percent = if effect < 0.0 { 1e2 / (1.0 + effect / 1e2) - 1e2 } else { effect };
        labels.entry(series).or_default().push(Label { place, required: kind == "required", size_percent });
    }
    Ok(labels)
}

/// The named columns of every row.
pub(crate) fn rows<const N: usize>(path: &Path, columns: [&str; N]) -> Result<Vec<[String; N]>> {
    let mut reader = csv::Reader::from_path(path)?;
    let header = reader.headers()?.clone();
    let mut places = [0; N];
    for (place, column) in places.iter_mut().zip(columns) {
        *place = header
            .iter()
            .position(|title| title == column)
            .with_context(|| format!("{} has no column {column}", path.display()))?;
    }
    reader
        .records()
        .map(|record| record.map(|row| places.map(|place| row[place].to_owned())).map_err(Into::into))
        .collect()
}
