//! Folders of stored runs made by hand, and ways to damage what lies in them.

#![allow(dead_code, unused_imports, reason = "every test takes what it needs")]

#[path = "../program/mod.rs"]
pub(crate) mod program;

use std::fs;
use std::path::{Path, PathBuf};

use parcost::rooms::model::{Commit, Metric, Pair, PairedBenchmark, PairedRun, Run, Timing, made};
use parcost::rooms::store;
pub(crate) use program::git;
use sha2::{Digest, Sha256};

/// Ids of the three runs of a [`Folder`], in the order they were stored.
pub(crate) const IDS: [&str; 3] = ["00000000000000a1", "00000000000000a2", "00000000000000a3"];

const SEAL: &str = ",\"seal\":\"";

/// A temporary folder with three runs of one machine and a paired run, all as they ought to be.
pub(crate) struct Folder {
    /// Where the program is started.
    pub(crate) top: tempfile::TempDir,
    /// The folder of stored runs, `results` below it.
    pub(crate) results: PathBuf,
    /// The files of the runs.
    pub(crate) runs: Vec<PathBuf>,
    /// The file of the paired run.
    pub(crate) paired: PathBuf,
}

impl Folder {
    /// A fresh one.
    pub(crate) fn new() -> Self {
        let top = tempfile::tempdir().expect("a temporary folder can be made");
        let results = top.path().join("results");
        let runs = (0..3).map(|place| store::append(&results, &run(place)).expect("the folder is new")).collect();
        let paired = store::paired::append(&results, &paired_run()).expect("the folder is new");
        Self { top, results, runs, paired }
    }

    /// The folder of the runs' machine.
    pub(crate) fn machine(&self) -> &Path {
        self.runs[0].parent().expect("a run lies in its machine's folder")
    }
}

/// The run at a place of a history: one commit and one hour after the one before.
pub(crate) fn run(place: usize) -> Run {
    let time = |minute: u32| format!("2026-03-01T1{place}:{minute:02}:00Z");
    let times = [("spawn/thread/count=1", 12_000.0), ("spawn/fork/count=1", 60_000.0)];
    let measured = |(benchmark, ns)| made::measurement(benchmark, Metric::WallTime, &[ns + place as f64]);
    Run {
        id: IDS[place].to_owned(),
        started: time(0),
        duration_s: 300.5,
        commit: commit(place),
        conditions_before: made::conditions(&time(0)),
        conditions_after: made::conditions(&time(5)),
        measurements: times.map(measured).into(),
        ..made::run(0)
    }
}

/// A paired run of the first two commits.
pub(crate) fn paired_run() -> PairedRun {
    let timing = |ns: f64| Timing { wall_ns_median: ns + 1.5, cpu_ns: Some(ns * 2.0), ..made::timing(ns) };
    let pair = |place: u32| Pair {
        candidate_first: place.is_multiple_of(2),
        baseline: timing(1_000.25 + f64::from(place)),
        candidate: timing(1_010.0),
        stolen: Some(0.0),
    };
    PairedRun {
        candidate: commit(1),
        benchmarks: vec![PairedBenchmark {
            iterations: Some(100),
            ..made::paired_benchmark("spawn", "spawn/thread/count=1", (0..3).map(pair).collect())
        }],
        counts: vec![made::paired_count("spawn/thread/count=1", &[100, 100], &[101])],
        ..made::paired_run(0xb1, Run { commit: commit(0), ..run(2) })
    }
}

fn commit(place: usize) -> Commit {
    let id = format!("{place}123456789abcdef0123456789abcdef01234567");
    made::commit(&id, &format!("2026-02-0{}T00:00:00Z", place + 1), place as u64 + 1)
}

/// Replaces `old` in a file, which has to be there.
pub(crate) fn edit(path: &Path, old: &str, new: &str) {
    let text = fs::read_to_string(path).expect("a stored file is text");
    assert!(text.contains(old), "{old} is not in {text}");
    fs::write(path, text.replacen(old, new, 1)).expect("it can be written");
}

/// The same, with a new seal: what an edit would be whose author knew how to make one.
pub(crate) fn forge(path: &Path, old: &str, new: &str) {
    edit(path, old, new);
    let text = fs::read_to_string(path).expect("a stored file is text");
    let (body, _) = text.rsplit_once(SEAL).expect("it is sealed");
    fs::write(path, sealed(body)).expect("it can be written");
}

/// A sealed file of what stands before its seal.
pub(crate) fn sealed(body: &str) -> String {
    let seal: String = Sha256::digest(body.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{body}{SEAL}{seal}\"}}\n")
}

/// Takes the seal, and what the run follows, off a file.
pub(crate) fn unseal(path: &Path) {
    let text = fs::read_to_string(path).expect("a stored file is text");
    let body = text.rsplit_once(SEAL).expect("it is sealed").0;
    let body = body.rsplit_once(",\"follows\":\"").map_or(body, |(body, _)| body);
    fs::write(path, format!("{body}}}\n")).expect("it can be written");
}

/// Commits everything in a folder, which becomes a repository where it was none.
pub(crate) fn commit_all(folder: &Path) {
    git(folder, &["init", "--quiet"]);
    git(folder, &["add", "--all"]);
    git(folder, &["commit", "--quiet", "--message=more"]);
}
