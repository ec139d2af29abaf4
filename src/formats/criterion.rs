//! The folder that Criterion leaves: `benchmark.json`, `sample.json` and `estimates.json` under each `new`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::builder::{Builder, Observation};
use super::input::Input;
use super::{Error, Source};
use crate::model::RemarkKind;
use crate::stats::median;

/// Criterion computes the median of the same numbers in another order; beyond this relative difference the two files
/// are of two different runs.
const MEDIAN_TOLERANCE: f64 = 1e-6;

/// The folder of the newest run; beside it are older runs and what changed.
const NEW: &str = "new";

#[derive(Deserialize)]
struct Benchmark {
    full_id: String,
}

#[derive(Deserialize)]
struct Samples {
    iters: Vec<f64>,
    times: Vec<f64>,
}

/// What Criterion made of the samples; critcmp keeps it, too.
#[derive(Deserialize)]
pub(super) struct Estimates {
    pub(super) median: Estimate,
}

/// A number with its interval, ns.
#[derive(Deserialize)]
pub(super) struct Estimate {
    pub(super) point_estimate: f64,
    pub(super) confidence_interval: Interval,
}

#[derive(Deserialize)]
pub(super) struct Interval {
    pub(super) lower_bound: f64,
    pub(super) upper_bound: f64,
}

pub(super) fn read(source: &Source, builder: &mut Builder<'_>) -> Result<(), Error> {
    if !source.is_folder {
        return Err(builder.strange("it is a file; name the folder, target/criterion"));
    }
    let mut folders: BTreeMap<&Path, Vec<&Input>> = BTreeMap::new();
    for file in &source.files {
        let Some(folder) = Path::new(&file.name).parent() else { continue };
        if folder.file_name().is_some_and(|name| name == NEW) {
            folders.entry(folder).or_default().push(file);
        }
    }
    let mut given = BTreeMap::new();
    for (folder, files) in folders {
        if named(&files, "benchmark.json").is_none() {
            continue;
        }
        let benchmark: Benchmark = part(folder, &files, "benchmark.json", builder)?;
        let samples: Samples = part(folder, &files, "sample.json", builder)?;
        let estimates: Estimates = part(folder, &files, "estimates.json", builder)?;
        let name = builder.number(&benchmark.full_id, &mut given);
        add(name, samples, &estimates.median, builder)?;
    }
    Ok(())
}

fn add(name: String, samples: Samples, estimate: &Estimate, builder: &mut Builder<'_>) -> Result<(), Error> {
    let (iters, times) = (samples.iters, samples.times);
    if iters.is_empty() || iters.len() != times.len() {
        return Err(builder.value(&name, format!("{} iteration counts and {} times", iters.len(), times.len())));
    }
    let values: Vec<f64> = times.iter().zip(&iters).map(|(time, count)| time / count).collect();
    let value = median(&values).unwrap_or(f64::NAN);
    if (estimate.point_estimate - value).abs() > MEDIAN_TOLERANCE * value {
        let reason = "its estimates were not made of the samples beside them: a run was interrupted; measure again";
        return Err(builder.value(&name, reason.to_owned()));
    }
    let Interval { lower_bound, upper_bound } = estimate.confidence_interval;
    let is_around = lower_bound <= value && value <= upper_bound;
    if !is_around {
        builder.remark(RemarkKind::LeftOut, &name, "the interval of its median does not hold its median");
    }
    builder.add(Observation {
        name,
        unit: Some("ns".to_owned()),
        value,
        low: is_around.then_some(lower_bound),
        high: is_around.then_some(upper_bound),
        samples: values,
        ..Observation::default()
    })
}

fn named<'a>(files: &[&'a Input], name: &str) -> Option<&'a Input> {
    files.iter().copied().find(|file| Path::new(&file.name).file_name().is_some_and(|file| file == name))
}

fn part<T: DeserializeOwned>(folder: &Path, files: &[&Input], name: &str, builder: &Builder<'_>) -> Result<T, Error> {
    let Some(file) = named(files, name) else {
        return Err(builder.strange(format!("there is no {name} in {}", folder.display())));
    };
    let text = file.text(builder.form)?;
    serde_json::from_str(text).map_err(|error| builder.strange(format!("{}: {error}", file.name)))
}
