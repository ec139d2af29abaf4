//! Runs and the files of other harnesses, made by hand, and the program that is to compare them.

use std::fs;
use std::path::{Path, PathBuf};

pub(crate) use crate::program::{complaint, output, parcost, said};
use assert_cmd::assert::Assert;
use parcost::rooms::model::{Commit, Measurement, Metric, Run, Toolchain, made};
use parcost::rooms::store;

pub(crate) const MACHINE: &str = "x86_64-made-up-2c-00000000";
/// Commits, distinguished by their first digit.
pub(crate) const COMMITS: [&str; 3] = [
    "aaaa456789abcdef0123456789abcdef01234567",
    "bbbb456789abcdef0123456789abcdef01234567",
    "cccc456789abcdef0123456789abcdef01234567",
];

pub(crate) fn compare(folder: &Path, arguments: &[&str]) -> Assert {
    parcost(folder, &[&["compare"], arguments].concat())
}

/// A run of one commit, `spawn/thread` at 100 µs and `spawn/fork` at `fork` µs in six rounds.
pub(crate) fn run(id: u64, commit: usize, fork: f64) -> Run {
    let time = |second: &str| format!("2026-03-01T10:{:02}:{second}Z", id % 60);
    let of = made::commit(COMMITS[commit], &format!("2026-02-0{}T04:05:06Z", commit + 1), commit as u64 + 1);
    Run {
        // Told apart by its first digits, as a reader would.
        id: format!("{id:04x}{:012x}", 0),
        started: time("00"),
        commit: Commit { branch: Some("trunk".to_owned()), ..of },
        machine: made::machine(MACHINE),
        conditions_before: made::conditions(&time("00")),
        conditions_after: made::conditions(&time("12")),
        toolchain: Toolchain { facts: made::facts(&[("rustc", "rustc 1.0")]) },
        measurements: vec![timed("spawn/fork/count=1", fork * 1e3), timed("spawn/thread/count=1", 1e5)],
        ..made::run(id)
    }
}

/// Wall time in six rounds within a per cent of `ns`.
pub(crate) fn timed(benchmark: &str, ns: f64) -> Measurement {
    let values = [0.996, 1.004, 1.0, 0.998, 1.003, 1.001].map(|ripple| ns * ripple);
    in_rounds(benchmark, Metric::WallTime, &values)
}

/// A measurement with these rounds.
pub(crate) fn in_rounds(benchmark: &str, metric: Metric, values: &[f64]) -> Measurement {
    let topic = if metric == Metric::CallgrindInstructions { "callgrind" } else { "spawn" }.to_owned();
    let mut measurement = Measurement { topic, ..made::measurement(benchmark, metric, values) };
    measurement.rounds.iter_mut().for_each(|round| round.median *= 1.01);
    measurement
}

/// A folder in which runs are stored under `results`.
pub(crate) fn stored(runs: &[Run]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    runs.iter().for_each(|run| drop(store(folder.path(), run)));
    folder
}

/// Stores one more.
pub(crate) fn store(folder: &Path, run: &Run) -> PathBuf {
    store::append(&folder.join("results"), run).expect("the run is new")
}

/// Leaves a benchmark as Criterion does: two samples, one of them of `ns`.
pub(crate) fn criterion(root: &Path, benchmark: &str, baseline: &str, ns: f64, throughput: &str) -> PathBuf {
    let folder = root.join(benchmark).join(baseline);
    fs::create_dir_all(&folder).expect("the folder is ours");
    let group = benchmark.split('/').next().unwrap_or_default();
    let put = |name: &str, text: String| fs::write(folder.join(name), text).expect("the folder is ours");
    put(
        "benchmark.json",
        format!(
            r#"{{"group_id":"{group}","function_id":null,"value_str":null,"throughput":{throughput},"full_id":"{benchmark}","directory_name":"d","title":"t"}}"#
        ),
    );
    put(
        "sample.json",
        format!(r#"{{"sampling_mode":"Linear","iters":[1,1,1],"times":[{ns},{},{}]}}"#, ns * 1.1, ns * 1.2),
    );
    put("estimates.json", format!(r#"{{"median":{{"point_estimate":{}}}}}"#, ns * 1.1));
    folder
}

/// Leaves a count as gungraun does.
pub(crate) fn summary(root: &Path, benchmark: &str, new: u64, old: u64) {
    let folder = root.join(benchmark);
    fs::create_dir_all(&folder).expect("the folder is ours");
    let text = format!(
        r#"{{"version":"7","module_path":"bench::group::{benchmark}","profiles":[{{"tool":"Callgrind",
        "data":{{"total":{{"metrics":{{"Ir":{{"values":{{"new":{new},"old":{old}}}}}}}}}}}}}]}}"#
    );
    fs::write(folder.join("summary.json"), text).expect("the folder is ours");
}
