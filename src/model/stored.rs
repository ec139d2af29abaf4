//! What lies in a folder of stored runs, and what is wrong there.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::Display;

use super::{MachineKey, Run};

/// A stored run, without its measurements.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunHeader {
    #[serde(rename = "run")]
    pub id: String,
    pub file: String,
    /// The start of its first benchmark, RFC 3339 in UTC.
    pub started: String,
    /// From there to the end of the last one, seconds.
    pub duration_s: f64,
    /// How much was measured: `full`, `quick`, or what was selected.
    pub scope: String,
    /// The SHA of the measured commit; null outside a repository.
    pub commit: Option<String>,
    /// The branch that was checked out.
    pub branch: Option<String>,
    /// Whether files under version control had changes that were not committed.
    pub dirty: bool,
    pub machine: MachineKey,
    pub measurements: usize,
    /// Number of benchmarks that were tried and failed.
    pub failed: usize,
    /// Number of benchmarks that were skipped on purpose.
    pub skipped: usize,
}

impl RunHeader {
    pub fn new(file: String, run: Run) -> Self {
        Self {
            id: run.id,
            file,
            started: run.started,
            duration_s: run.duration_s,
            scope: run.profile,
            commit: run.commit.id,
            branch: run.commit.branch,
            dirty: run.commit.dirty,
            machine: run.machine.key,
            measurements: run.measurements.len(),
            failed: run.failures.len(),
            skipped: run.omissions.len(),
        }
    }
}

/// A file among the stored runs that is not one.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct UnusableFile {
    pub file: String,
    /// Why it is not a run, and what to do.
    pub reason: String,
}

/// What lies in one folder.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct StoredFolder {
    pub folder: String,
    /// The runs, by machine and then by commit time.
    pub runs: Vec<RunHeader>,
    /// How many stored gates lie beside them.
    pub gates: usize,
    /// Everything else.
    pub unusable: Vec<UnusableFile>,
}

/// What lies in all folders of stored runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct StoredRuns {
    pub folders: Vec<StoredFolder>,
}

/// What was checked, and what is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Checkup {
    pub folders: Vec<CheckedFolder>,
    /// Everything that is wrong, by file; empty when all is as it was written.
    pub findings: Vec<Finding>,
    /// The runs that were imported without the one that they follow, which nothing was lost by.
    pub elsewhere: Vec<String>,
}

/// One folder that was checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CheckedFolder {
    pub folder: String,
    /// Number of runs that can be read.
    pub runs: usize,
    /// Number of gates that can be read.
    pub gates: usize,
    /// The files of runs from before seals, of which an edit goes unnoticed.
    pub unsealed: Vec<String>,
    pub git_history: String,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Finding {
    pub file: String,
    pub fault: Fault,
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

impl Finding {
    pub fn new(file: &Path, fault: Fault, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { file: file.display().to_string(), fault, what: what.into(), remedy: remedy.into() }
    }
}

/// The kinds of faults of stored runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema, Display)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "snake_case")]
pub enum Fault {
    /// It is not what was written.
    Edited,
    Missing,
    /// It lies where it does not belong.
    Misplaced,
    /// Its id is taken.
    Duplicated,
    /// Its times are impossible.
    Clock,
    /// It ends early.
    Truncated,
    /// It is not a run, or holds an impossible value.
    Foreign,
    /// A newer version wrote it.
    Future,
    /// It cannot be read.
    Unreadable,
    /// A writer that was interrupted left it behind, or it no longer holds.
    Leftover,
    /// It could not be checked.
    Unchecked,
}
