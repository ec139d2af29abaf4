//! Reads what Criterion 0.8 leaves under `target/criterion`.
//!
//! One folder a benchmark, found by its `new/benchmark.json`: Criterion cuts and replaces characters of the names, so a
//! path is never made from a name. Criterion counts these files as private and never removes one: they are believed
//! only as far as a witness confirms them.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Error, file};
use crate::model::BenchmarkId;
use crate::stats::median;

/// Criterion computes the median of the same numbers in another order; beyond this relative difference the two files
/// are of two different runs.
const MEDIAN_TOLERANCE: f64 = 1e-6;

/// All benchmarks that Criterion has a record of, whenever it was made.
#[derive(Debug)]
pub struct Tree {
    root: PathBuf,
    folders: BTreeMap<BenchmarkId, Vec<PathBuf>>,
    refused: Vec<Error>,
}

/// The samples of one benchmark, as many iterations as times.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The file that holds them.
    pub path: PathBuf,
    /// How the iterations were chosen.
    pub sampling: Sampling,
    /// Operations of each sample; whole numbers above zero.
    pub iterations: Vec<f64>,
    /// Time of each sample, all operations together, ns; finite and above zero.
    pub elapsed_ns: Vec<f64>,
}

/// How Criterion chose the number of iterations of each sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Sampling {
    /// Growing from sample to sample.
    Linear,
    /// The same for every sample.
    Flat,
}

#[derive(Deserialize)]
struct Benchmark {
    group_id: String,
    function_id: Option<String>,
    value_str: Option<String>,
}

#[derive(Deserialize)]
struct Samples {
    sampling_mode: Sampling,
    iters: Vec<f64>,
    times: Vec<f64>,
}

#[derive(Deserialize)]
struct Estimates {
    median: Median,
}

#[derive(Deserialize)]
struct Median {
    point_estimate: f64,
}

impl Tree {
    /// Finds out which benchmarks there are records of; a missing folder holds none.
    ///
    /// # Errors
    ///
    /// When a folder cannot be listed. A broken record is no error here: it is named once its benchmark is asked for
    /// and found nowhere else.
    pub fn open(root: &Path) -> Result<Tree, Error> {
        let mut tree = Tree { root: root.to_owned(), folders: BTreeMap::new(), refused: Vec::new() };
        for path in file::find(root, "benchmark.json")? {
            let Some(folder) = path.parent().filter(|folder| folder.file_name() == Some(OsStr::new("new"))) else {
                continue;
            };
            match json(&path).map(name) {
                Ok(Some(id)) => tree.folders.entry(id).or_default().push(folder.to_owned()),
                Ok(None) => {}
                Err(error) => tree.refused.push(error),
            }
        }
        Ok(tree)
    }

    /// The newest samples that Criterion has of a benchmark.
    ///
    /// # Errors
    ///
    /// When there are none or two of them, when a file is truncated, or when its numbers are not finite, not above zero,
    /// not as many iterations as times, or not those that Criterion's own estimates were made of.
    pub fn record(&self, benchmark: &BenchmarkId) -> Result<Record, Error> {
        match self.folders.get(benchmark).map(Vec::as_slice) {
            Some([folder]) => record(folder),
            Some([first, second, ..]) => Err(Error::Ambiguous {
                benchmark: Box::new(benchmark.clone()),
                first: first.clone(),
                second: second.clone(),
            }),
            Some([]) | None => {
                let hint = self.refused.first().map_or_else(String::new, |error| format!(" (but {error})"));
                Err(Error::Missing { root: self.root.clone(), benchmark: Box::new(benchmark.clone()), hint })
            }
        }
    }
}

/// The newest samples of every benchmark below `root`, whatever package they are of, in the order of their folders.
///
/// # Errors
///
/// As for [`Tree::record`].
pub fn records(root: &Path) -> Result<Vec<Record>, Error> {
    let files = file::find(root, "sample.json")?;
    let folders = files.iter().filter_map(|path| path.parent());
    folders.filter(|folder| folder.file_name() == Some(OsStr::new("new"))).map(record).collect()
}

/// The benchmark of ours that a record names; `None` for benchmarks of other packages, which may share the folder.
fn name(benchmark: Benchmark) -> Option<BenchmarkId> {
    let function = benchmark.function_id?;
    let parameters = benchmark.value_str.map_or_else(String::new, |value| format!("/{value}"));
    let id: BenchmarkId = format!("{}/{function}{parameters}", benchmark.group_id).parse().ok()?;
    (id.group == benchmark.group_id && id.function == function).then_some(id)
}

/// The samples in one folder, refused where its files do not agree.
pub(super) fn record(folder: &Path) -> Result<Record, Error> {
    let path = folder.join("sample.json");
    let samples: Samples = json(&path)?;
    if samples.iters.is_empty() || samples.iters.len() != samples.times.len() {
        let reason = format!("it holds {} iteration counts and {} times", samples.iters.len(), samples.times.len());
        return Err(file::refused(&path, reason));
    }
    if let Some(count) =
        samples.iters.iter().find(|&&count| !(count >= 1.0 && count.is_finite() && count.fract() == 0.0))
    {
        return Err(file::refused(&path, format!("{count} is no number of iterations")));
    }
    if let Some(time) = samples.times.iter().find(|&&time| !(time > 0.0 && time.is_finite())) {
        return Err(file::refused(&path, format!("{time} ns is no duration of a sample")));
    }
    let estimates_path = folder.join("estimates.json");
    let estimated = json::<Estimates>(&estimates_path)?.median.point_estimate;
    let values: Vec<f64> = samples.times.iter().zip(&samples.iters).map(|(time, count)| time / count).collect();
    // Criterion writes the estimates after the samples: an interrupted run leaves new samples beside older estimates.
    match median(&values) {
        Some(median) if (estimated - median).abs() <= MEDIAN_TOLERANCE * median => {}
        _ => return Err(file::refused(&estimates_path, "it was not made of the samples beside it")),
    }
    Ok(Record { path, sampling: samples.sampling_mode, iterations: samples.iters, elapsed_ns: samples.times })
}

/// What a file of Criterion holds.
pub(super) fn json<T: DeserializeOwned>(path: &Path) -> Result<T, Error> {
    serde_json::from_str(&file::read_text(path)?)
        .map_err(|error| file::refused(path, format!("it is not as Criterion writes it ({error})")))
}
