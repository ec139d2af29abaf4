//! The folder that Criterion leaves, `target/criterion`: of any package, in any baseline.
//!
//! A benchmark has a folder, and in it a folder per baseline (`new`, `base` or a name) with `benchmark.json`,
//! `sample.json` and `estimates.json`. Criterion cuts and replaces characters of the names, so a path is never made from a
//! name. Criterion counts these files as private and never removes one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::ingest::builder::{Builder, Observation};
use crate::ingest::error::Error;
use crate::ingest::file::{self, Source, modified, one_line, refused};
use crate::ingest::format::ImportFormat;
use crate::ingest::json;
use crate::ingest::stale::{Stale, part};
use crate::model::{BenchmarkId, RemarkKind};
use crate::stats::median;

pub(super) const FORMAT: ImportFormat = ImportFormat {
    name: "criterion",
    about: "the folder that Criterion leaves, target/criterion",
    detect: |probe| probe.file(BENCHMARK).is_some(),
    read: import,
};

/// Criterion computes the median of the same numbers in another order; beyond this relative difference the two files
/// are of two different runs.
const MEDIAN_TOLERANCE: f64 = 1e-6;

const BENCHMARK: &str = "benchmark.json";
const SAMPLES: &str = "sample.json";

const NEW: &str = "new";

/// What Criterion keeps beside the baselines of a benchmark and is not one.
const NOT_A_BASELINE: &str = "change";

/// The samples of one benchmark in one baseline, checked against what Criterion made of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The file that holds the samples.
    pub path: PathBuf,
    /// The group's name.
    pub group: String,
    /// The benchmark's full name.
    pub name: String,
    /// The name as an id of parcost; none for benchmarks of other packages, which may share the folder.
    pub id: Option<BenchmarkId>,
    /// The throughput that was declared for one operation: `Bytes 1024`.
    pub work: Option<String>,
    /// How the iterations were chosen.
    pub sampling: Sampling,
    /// Operations of each sample, as many as times; whole numbers above zero.
    pub iterations: Vec<f64>,
    /// Time of each sample, all operations together, ns; finite and above zero.
    pub elapsed_ns: Vec<f64>,
    median: Estimate,
}

/// How Criterion chose the number of iterations of each sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Sampling {
    /// Each sample has one step more of iterations than the one before.
    Linear,
    /// All samples have the same number of iterations.
    Flat,
}

/// The benchmarks of one baseline.
#[derive(Debug)]
pub struct Baseline {
    /// What was measured, by name; each by one process.
    pub records: Vec<Record>,
    /// Files that cannot be used, and the benchmark where its name can be read.
    pub refused: Vec<(Option<String>, Error)>,
    /// What is left of earlier measuring.
    pub stale: Vec<Stale>,
}

/// The newest records of all benchmarks of parcost, whenever they were made.
#[derive(Debug)]
pub struct Tree {
    root: PathBuf,
    folders: BTreeMap<BenchmarkId, Vec<PathBuf>>,
    refused: Vec<Error>,
}

#[derive(Deserialize)]
struct Benchmark {
    group_id: String,
    function_id: Option<String>,
    value_str: Option<String>,
    full_id: Option<String>,
    throughput: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
struct Samples {
    sampling_mode: Sampling,
    iters: Vec<f64>,
    times: Vec<f64>,
}

#[derive(Deserialize)]
pub(super) struct Estimates {
    pub(super) median: Estimate,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct Estimate {
    pub(super) point_estimate: f64,
    confidence_interval: Option<Interval>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Interval {
    #[serde(default, deserialize_with = "json::optional")]
    lower_bound: Option<f64>,
    #[serde(default, deserialize_with = "json::optional")]
    upper_bound: Option<f64>,
}

impl Record {
    /// The time of one operation in each sample, ns.
    pub fn ns(&self) -> Vec<f64> {
        self.elapsed_ns.iter().zip(&self.iterations).map(|(time, count)| time / count).collect()
    }
}

impl Estimate {
    pub(super) fn ends(&self) -> [Option<f64>; 2] {
        let of = |interval: &Interval| [interval.lower_bound, interval.upper_bound];
        self.confidence_interval.as_ref().map_or([None; 2], of)
    }
}

impl Benchmark {
    fn name(&self) -> String {
        // Harnesses in the style of Criterion may write the parts alone.
        let parts = || [Some(&self.group_id), self.function_id.as_ref(), self.value_str.as_ref()].into_iter().flatten();
        let of_parts = || parts().map(String::as_str).collect::<Vec<_>>().join("/");
        one_line(&self.full_id.clone().unwrap_or_else(of_parts))
    }

    fn id(&self) -> Option<BenchmarkId> {
        let function = self.function_id.as_ref()?;
        let parameters = self.value_str.as_ref().map_or_else(String::new, |value| format!("/{value}"));
        let id: BenchmarkId = format!("{}/{function}{parameters}", self.group_id).parse().ok()?;
        (id.group == self.group_id && id.function == *function).then_some(id)
    }
}

impl Tree {
    /// Finds out which benchmarks there are records of; a missing folder holds none.
    ///
    /// Fails when a folder cannot be listed. A broken record is not an error here: it is named once its benchmark is asked for
    /// and found nowhere else.
    pub fn open(root: &Path) -> Result<Tree, Error> {
        let mut tree = Tree { root: root.to_owned(), folders: BTreeMap::new(), refused: Vec::new() };
        for folder in folders(root, NEW)? {
            match json::<Benchmark>(&folder.join(BENCHMARK)) {
                Ok(benchmark) => {
                    if let Some(id) = benchmark.id() {
                        tree.folders.entry(id).or_default().push(folder);
                    }
                }
                Err(error) => tree.refused.push(error),
            }
        }
        Ok(tree)
    }

    /// The newest samples that Criterion has of a benchmark.
    ///
    /// Fails when there are none or two of them, when a file is truncated, or when its numbers are not finite, not above zero,
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

/// The newest records of every benchmark below `root`, in the order of their folders.
pub fn records(root: &Path) -> Result<Vec<Record>, Error> {
    folders(root, NEW)?.iter().map(|folder| record(folder)).collect()
}

/// The names of all baselines below `root`, in order; none where there is no such folder.
pub fn baseline_names(root: &Path) -> Result<BTreeSet<String>, Error> {
    let files = file::find(root, BENCHMARK)?;
    Ok(files.iter().filter_map(|path| Some(baseline_of(path.parent()?)?.to_owned())).collect())
}

/// The baseline of that name. A benchmark that cannot be used is among the refused, and does not fail the others.
pub fn baseline(root: &Path, name: &str) -> Result<Baseline, Error> {
    let mut found: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    let (mut refusals, mut dated) = (Vec::new(), Vec::new());
    for folder in folders(root, name)? {
        match record(&folder) {
            Ok(record) => {
                dated.push((modified(&record.path)?, record.clone()));
                found.entry(record.name).or_default().push(folder);
            }
            Err(error) => {
                let name = json::<Benchmark>(&folder.join(BENCHMARK)).ok().map(|benchmark| benchmark.name());
                refusals.push((name, error));
            }
        }
    }
    let (mut records, stale) = part(dated, |record| &record.name);
    found.retain(|_, folders| folders.len() > 1);
    for (benchmark, folders) in &found {
        let other = format!("{} claims to be {benchmark} as well", folders[1].display());
        refusals.push((Some(benchmark.clone()), refused(&folders[0], other)));
    }
    records.retain(|record| !found.contains_key(&record.name));
    records.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Baseline { records, refused: refusals, stale })
}

fn import(source: &Source, builder: &mut Builder) -> Result<(), Error> {
    let Source::Folder(root) = source else {
        return Err(builder.invalid("it is a file; name the folder, target/criterion"));
    };
    let folders = folders(root, NEW)?;
    let others = if folders.is_empty() { baseline_names(root)? } else { BTreeSet::new() };
    if !others.is_empty() {
        let others = others.into_iter().collect::<Vec<_>>().join(", ");
        let what = format!("it has no baseline `{NEW}`, which is read, but {others}, which `parcost compare` takes");
        return Err(Error::Unread { file: root.display().to_string(), what: what.into() });
    }
    for folder in folders {
        let record = match record(&folder) {
            Ok(record) => record,
            Err(error) => {
                let about = folder.parent().unwrap_or(&folder).strip_prefix(root).unwrap_or(&folder);
                builder.remark(RemarkKind::Skipped, &about.display().to_string(), &error.to_string());
                continue;
            }
        };
        let (name, samples) = (builder.number(&record.name, ""), record.ns());
        let (value, work) = (median(&samples).unwrap_or(f64::NAN), record.work);
        let [low, high] = record.median.ends();
        let unit = Some("ns".to_owned());
        builder.add(Observation { name, unit, value, low, high, samples, work, ..Observation::default() })?;
    }
    Ok(())
}

/// The folders of a baseline, each once; one that was interrupted may have only one of its files.
fn folders(root: &Path, baseline: &str) -> Result<Vec<PathBuf>, Error> {
    let files = file::find_like(root, |file| [BENCHMARK, SAMPLES].contains(&file))?;
    let folders = files.iter().filter_map(|path| path.parent());
    let of_baseline = folders.filter(|folder| baseline_of(folder) == Some(baseline));
    Ok(of_baseline.map(Path::to_owned).collect::<BTreeSet<_>>().into_iter().collect())
}

fn baseline_of(folder: &Path) -> Option<&str> {
    folder.file_name()?.to_str().filter(|name| *name != NOT_A_BASELINE)
}

/// The samples in one folder, refused where its files do not agree.
fn record(folder: &Path) -> Result<Record, Error> {
    let benchmark: Benchmark = json(&folder.join(BENCHMARK))?;
    let name = benchmark.name();
    if name.is_empty() {
        return Err(refused(&folder.join(BENCHMARK), "its benchmark has no name"));
    }
    let path = folder.join(SAMPLES);
    let samples: Samples = json(&path)?;
    if samples.iters.is_empty() || samples.iters.len() != samples.times.len() {
        let reason = format!("it holds {} iteration counts and {} times", samples.iters.len(), samples.times.len());
        return Err(refused(&path, reason));
    }
    let is_count = |count: &&f64| **count >= 1.0 && count.is_finite() && count.fract() == 0.0;
    if let Some(count) = samples.iters.iter().find(|count| !is_count(count)) {
        return Err(refused(&path, format!("{count} is not a number of iterations")));
    }
    if let Some(time) = samples.times.iter().find(|&&time| !(time > 0.0 && time.is_finite())) {
        return Err(refused(&path, format!("{time} ns is not the duration of a sample")));
    }
    let estimates = folder.join("estimates.json");
    let record = Record {
        id: benchmark.id(),
        group: one_line(&benchmark.group_id),
        name,
        work: benchmark.throughput.as_ref().map(work),
        path,
        sampling: samples.sampling_mode,
        iterations: samples.iters,
        elapsed_ns: samples.times,
        median: json::<Estimates>(&estimates)?.median,
    };
    // Criterion writes the estimates after the samples: an interrupted run leaves new samples beside older estimates.
    match median(&record.ns()) {
        Some(median) if (record.median.point_estimate - median).abs() <= MEDIAN_TOLERANCE * median => Ok(record),
        _ => Err(refused(&estimates, "it was not made of the samples beside it")),
    }
}

/// `Bytes 1024`; the amounts of a throughput of several kinds are in braces.
pub(super) fn work(amounts: &Map<String, Value>) -> String {
    let parts: Vec<String> = amounts.iter().map(|(kind, amount)| format!("{kind} {amount}")).collect();
    one_line(&parts.join(", "))
}

fn json<T: DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let text = file::read_text(path)?;
    serde_json::from_str(&text).map_err(|error| {
        let is_old = text.contains("\"Median\"") || text.trim_start().starts_with('[');
        let hint = if is_old { "; versions before 0.3.4 wrote other files" } else { "" };
        refused(path, format!("it is not as Criterion writes it ({error}){hint}"))
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn put(root: &Path, place: &str, id: &str, throughput: &str, times: &str) {
        let folder = root.join(place);
        fs::create_dir_all(&folder).unwrap();
        let benchmark = format!(
            r#"{{"group_id":"g","function_id":null,"value_str":null,"throughput":{throughput},"full_id":"{id}","directory_name":"d","title":"t"}}"#
        );
        fs::write(folder.join("benchmark.json"), benchmark).unwrap();
        let samples = format!(r#"{{"sampling_mode":"Linear","iters":[1,2,4],"times":{times}}}"#);
        fs::write(folder.join(SAMPLES), samples).unwrap();
        fs::write(folder.join("estimates.json"), r#"{"median":{"point_estimate":10.0}}"#).unwrap();
    }

    #[test]
    fn reads_the_baseline_that_was_asked_for() {
        let root = tempfile::tempdir().unwrap();
        put(root.path(), "g/a/new", "g/a b", "null", "[10.0,22.0,36.0]");
        put(root.path(), "g/a/mine", "g/a b", r#"{"Bytes":1024}"#, "[10.0,20.0,44.0]");
        put(root.path(), "g/a/change", "g/a b", "null", "[10.0,20.0,44.0]");
        assert_eq!(baseline_names(root.path()).unwrap(), ["mine", "new"].map(str::to_owned).into());
        let new = baseline(root.path(), "new").unwrap();
        let [record] = &new.records[..] else { panic!("{new:?}") };
        assert_eq!((record.name.as_str(), record.group.as_str(), &record.work), ("g/a b", "g", &None));
        assert_eq!(record.ns(), [10.0, 11.0, 9.0]);
        let mine = baseline(root.path(), "mine").unwrap();
        assert_eq!(mine.records[0].work.as_deref(), Some("Bytes 1024"));
        assert!(baseline(&root.path().join("nowhere"), "new").unwrap().records.is_empty());
    }

    #[test]
    fn what_cannot_be_used_does_not_fail_the_others() {
        let root = tempfile::tempdir().unwrap();
        put(root.path(), "g/a/new", "g/a", "null", "[10.0,20.0,40.0]");
        put(root.path(), "g/b/new", "g/b", "null", "[10.0,20.0,0.0]");
        put(root.path(), "g/c/new", "g/c", "null", "[10.0,20.0,");
        put(root.path(), "g/d/new", "g/d", "null", "[10.0,20.0,40.0]");
        put(root.path(), "g/e/new", "g/d", "null", "[10.0,20.0,40.0]");
        put(root.path(), "g/f/new", "", "null", "[10.0,20.0,40.0]");
        let baseline = baseline(root.path(), "new").unwrap();
        assert_eq!(baseline.records.len(), 1, "{baseline:?}");
        let refused: Vec<String> = baseline.refused.iter().map(|(_, error)| error.to_string()).collect();
        assert_eq!(refused.len(), 4, "{refused:?}");
        for part in ["0 ns is not the duration", "expected value", "claims to be g/d as well", "has no name"] {
            assert!(refused.iter().any(|reason| reason.contains(part)), "{part}: {refused:?}");
        }
    }
}
