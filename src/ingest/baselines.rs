//! Reads a baseline of any package's Criterion benchmarks: `new`, `base` or one that was saved under a name.
//!
//! There is no witness here: what the files say is believed, as far as they agree with each other, and rests of earlier
//! measuring are told by their age alone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::criterion::{json, record};
use super::stale::{Stale, part, written};
use super::{Error, file};
use crate::stats;

/// What Criterion keeps beside the baselines of a benchmark and is none.
const NO_BASELINE: &str = "change";

/// The benchmarks of one baseline.
#[derive(Debug)]
pub struct Baseline {
    /// What was measured, by name; each by one process.
    pub benchmarks: Vec<Timed>,
    /// What cannot be used.
    pub refused: Vec<Error>,
    /// What is left of earlier measuring.
    pub stale: Vec<Stale>,
}

/// One benchmark of one process.
#[derive(Clone, Debug, PartialEq)]
pub struct Timed {
    /// The group.
    pub group: String,
    /// Its full name.
    pub benchmark: String,
    /// The throughput that was declared for one operation: `Bytes 1024`.
    pub work: Option<String>,
    /// Number of samples.
    pub samples: u64,
    /// The smallest time of one operation, ns.
    pub ns_min: f64,
    /// The median time of one operation, ns.
    pub ns_median: f64,
}

#[derive(Deserialize)]
struct Benchmark {
    group_id: String,
    full_id: String,
    throughput: Option<Map<String, Value>>,
}

/// The names of all baselines below `root`, in order; none where there is no such folder.
///
/// # Errors
///
/// When a folder cannot be listed.
pub fn names(root: &Path) -> Result<BTreeSet<String>, Error> {
    let folders = file::find(root, "benchmark.json")?;
    Ok(folders.iter().filter_map(|path| Some(name(path.parent()?)?.to_owned())).collect())
}

/// The baseline of that name.
///
/// # Errors
///
/// When a folder cannot be listed or the age of a file not be told. A benchmark that cannot be used is a row of its own.
pub fn read(root: &Path, baseline: &str) -> Result<Baseline, Error> {
    let mut found: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    let (mut refused, mut dated) = (Vec::new(), Vec::new());
    for path in file::find(root, "benchmark.json")? {
        let Some(folder) = path.parent().filter(|folder| name(folder) == Some(baseline)) else { continue };
        match timed(folder, &path) {
            Ok(timed) => {
                found.entry(timed.benchmark.clone()).or_default().push(folder.to_owned());
                dated.push((written(&folder.join("sample.json"))?, timed));
            }
            Err(error) => refused.push(error),
        }
    }
    let (mut benchmarks, stale) = part(dated, |timed| &timed.benchmark);
    found.retain(|_, folders| folders.len() > 1);
    for (benchmark, folders) in &found {
        let reason = format!("{} claims to be {benchmark} as well", folders[1].display());
        refused.push(file::refused(&folders[0], reason));
    }
    benchmarks.retain(|timed| !found.contains_key(&timed.benchmark));
    benchmarks.sort_by(|a, b| a.benchmark.cmp(&b.benchmark));
    Ok(Baseline { benchmarks, refused, stale })
}

/// The name of a baseline's folder.
fn name(folder: &Path) -> Option<&str> {
    folder.file_name()?.to_str().filter(|name| *name != NO_BASELINE)
}

fn timed(folder: &Path, path: &Path) -> Result<Timed, Error> {
    let benchmark: Benchmark = json(path)?;
    if benchmark.full_id.is_empty() {
        return Err(file::refused(path, "its benchmark has no name"));
    }
    let record = record(folder)?;
    let values: Vec<f64> = record.elapsed_ns.iter().zip(&record.iterations).map(|(time, count)| time / count).collect();
    let numbers = stats::range(&values).zip(stats::median(&values)).filter(|(range, _)| range.low > 0.0);
    let (range, ns_median) = numbers.ok_or_else(|| file::refused(&record.path, "its times are no finite numbers"))?;
    Ok(Timed {
        group: file::one_line(&benchmark.group_id),
        benchmark: file::one_line(&benchmark.full_id),
        work: benchmark.throughput.map(|amounts| work(&amounts)),
        samples: values.len() as u64,
        ns_min: range.low,
        ns_median,
    })
}

/// `Bytes 1024`; the amounts of a throughput of several kinds are in braces.
fn work(amounts: &Map<String, Value>) -> String {
    let parts: Vec<String> = amounts.iter().map(|(kind, amount)| format!("{kind} {amount}")).collect();
    file::one_line(&parts.join(", "))
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
        fs::write(folder.join("sample.json"), samples).unwrap();
        fs::write(folder.join("estimates.json"), r#"{"median":{"point_estimate":10.0}}"#).unwrap();
    }

    #[test]
    fn reads_the_baseline_that_was_asked_for() {
        let root = tempfile::tempdir().unwrap();
        put(root.path(), "g/a/new", "g/a b", "null", "[10.0,22.0,36.0]");
        put(root.path(), "g/a/mine", "g/a b", r#"{"Bytes":1024}"#, "[10.0,20.0,44.0]");
        put(root.path(), "g/a/change", "g/a b", "null", "[10.0,20.0,44.0]");
        assert_eq!(names(root.path()).unwrap(), ["mine", "new"].map(str::to_owned).into());
        let baseline = read(root.path(), "new").unwrap();
        let [timed] = &baseline.benchmarks[..] else { panic!("{baseline:?}") };
        assert_eq!((timed.benchmark.as_str(), timed.group.as_str(), timed.samples), ("g/a b", "g", 3));
        assert_eq!((timed.ns_min, timed.ns_median, &timed.work), (9.0, 10.0, &None));
        let mine = read(root.path(), "mine").unwrap();
        assert_eq!(mine.benchmarks[0].work.as_deref(), Some("Bytes 1024"));
        assert!(read(&root.path().join("nowhere"), "new").unwrap().benchmarks.is_empty());
    }

    #[test]
    fn what_cannot_be_used_is_a_row_of_its_own() {
        let root = tempfile::tempdir().unwrap();
        put(root.path(), "g/a/new", "g/a", "null", "[10.0,20.0,40.0]");
        put(root.path(), "g/b/new", "g/b", "null", "[10.0,20.0,0.0]");
        put(root.path(), "g/c/new", "g/c", "null", "[10.0,20.0,");
        put(root.path(), "g/d/new", "g/d", "null", "[10.0,20.0,40.0]");
        put(root.path(), "g/e/new", "g/d", "null", "[10.0,20.0,40.0]");
        put(root.path(), "g/f/new", "", "null", "[10.0,20.0,40.0]");
        let baseline = read(root.path(), "new").unwrap();
        assert_eq!(baseline.benchmarks.len(), 1, "{baseline:?}");
        let refused: Vec<String> = baseline.refused.iter().map(ToString::to_string).collect();
        assert_eq!(refused.len(), 4, "{refused:?}");
        for part in ["0 ns is no duration", "expected value", "claims to be g/d as well", "has no name"] {
            assert!(refused.iter().any(|reason| reason.contains(part)), "{part}: {refused:?}");
        }
    }
}
