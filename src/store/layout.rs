//! Where a run lies: every path under the results folder is computed here and nowhere else.
//!
//! ```text
//! results/v1/machine=<key>/<commit time>-<commit, 12 digits>-<run id>.json
//! results/v1/machine=<key>/machine.json
//! results/v1/machine=<key>/.<run id>.elsewhere
//! results/paired/v1/machine=<key>/<start>-<baseline, 12 digits>-<candidate, 12 digits>-<run id>.json
//! ```
//!
//! Folders are named `key=value`, so that query engines read the tree as one table partitioned by machine.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::model::{Commit, MachineKey, PairedRun, Run};

/// The folder of the version of stored files.
pub const VERSION_FOLDER: &str = "v1";
/// The folder of paired runs: a tree of its own, so that a query over all runs does not meet them.
pub const PAIRED_FOLDER: &str = "paired";
/// The file beside the runs that says what the machine is.
pub const MACHINE_FILE: &str = "machine.json";

const MACHINE_PREFIX: &str = "machine=";
const SUFFIX: &str = ".json";
const TEMPORARY_SUFFIX: &str = ".partial";
const ELSEWHERE_SUFFIX: &str = ".elsewhere";
/// Digits of the commit in a file's name: enough to tell commits apart, short enough to read.
const COMMIT_DIGITS: usize = 12;

/// The folder of one machine's runs.
pub fn machine_folder(root: &Path, key: &MachineKey) -> PathBuf {
    root.join(VERSION_FOLDER).join(format!("{MACHINE_PREFIX}{key}"))
}

/// The path of a machine's file of that name below the results folder, `/` between its parts; `tree` is the folder of its
/// tree.
pub(super) fn place(tree: &str, key: &MachineKey, name: &str) -> String {
    let separator = if tree.is_empty() { "" } else { "/" };
    format!("{tree}{separator}{VERSION_FOLDER}/{MACHINE_PREFIX}{key}/{name}")
}

/// The machine whose runs a folder of that name holds.
pub fn machine_of_folder(name: &str) -> Option<MachineKey> {
    name.strip_prefix(MACHINE_PREFIX).and_then(MachineKey::new)
}

/// The name of a run's file: sorted by name, a machine's runs are in the order of their commits.
///
/// A run without a commit is placed by the time of its start.
pub fn file_name(run: &Run) -> Result<String, String> {
    file_name_of(&run.id, &run.commit, &run.started)
}

/// The same, of the parts of a run that it is made of.
pub(super) fn file_name_of(id: &str, commit: &Commit, started: &str) -> Result<String, String> {
    check_id(id)?;
    let time = time_digits(commit.time.as_deref().unwrap_or(started));
    let time = time.ok_or("its commit time or start is not an RFC 3339 time")?;
    Ok(format!("{time}-{}-{id}{SUFFIX}", commit_digits(commit, "its commit")?))
}

/// The name of a paired run's file: sorted by name, they are in the order of their starts.
pub fn paired_file_name(run: &PairedRun) -> Result<String, String> {
    check_id(&run.id)?;
    let time = time_digits(&run.started).ok_or("its start is not an RFC 3339 time")?;
    let baseline = commit_digits(&run.baseline, "its baseline's commit")?;
    let candidate = commit_digits(&run.candidate, "its candidate's commit")?;
    Ok(format!("{time}-{baseline}-{candidate}-{}{SUFFIX}", run.id))
}

/// The run's id at the end of the name of its file, if there is one.
pub fn run_id_in(name: &str) -> Option<&str> {
    name.strip_suffix(SUFFIX)?.rsplit_once('-').map(|(_, id)| id).filter(|id| is_run_id(id))
}

/// True for the path of a stored file below the results folder, `/` between its parts: of a run, of a paired run or of
/// what a machine is. No such path leads out of the folder.
pub fn is_place(place: &str) -> bool {
    let place = place.strip_prefix(PAIRED_FOLDER).and_then(|rest| rest.strip_prefix('/')).unwrap_or(place);
    match place.split('/').collect::<Vec<_>>()[..] {
        [version, folder, name] => {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
            let is_file = name == MACHINE_FILE || (run_id_in(name).is_some() && name.chars().all(is_plain));
            version == VERSION_FOLDER && machine_of_folder(folder).is_some() && is_file && !name.starts_with('.')
        }
        _ => false,
    }
}

fn check_id(id: &str) -> Result<(), String> {
    if is_run_id(id) { Ok(()) } else { Err("its id is not 16 lower-case hexadecimal digits".to_owned()) }
}

fn commit_digits<'a>(commit: &'a Commit, whose: &str) -> Result<&'a str, String> {
    let Some(id) = &commit.id else { return Ok("nocommit") };
    let digits = id.get(..COMMIT_DIGITS).filter(|_| id.chars().all(is_digit));
    digits.ok_or_else(|| format!("{whose} is not a hexadecimal id of at least 12 digits"))
}

fn time_digits(time: &str) -> Option<String> {
    let time: Timestamp = time.parse().ok()?;
    Some(time.strftime("%Y%m%dT%H%M%SZ").to_string())
}

/// The name of the file that a run is written to before it is complete.
pub(super) fn temporary_name(id: &str, writer: &str) -> String {
    format!(".{id}.{writer}{TEMPORARY_SUFFIX}")
}

/// The name of the file, which no reader of runs opens, that says beside imported runs that this one, which one of them
/// follows, was elsewhere then.
pub(super) fn elsewhere_name(id: &str) -> String {
    format!(".{id}{ELSEWHERE_SUFFIX}")
}

/// True for what a writer left behind when it was interrupted: no reader opens it.
pub fn is_temporary(name: &str) -> bool {
    name.starts_with('.') && name.ends_with(TEMPORARY_SUFFIX)
}

/// True for 16 lower-case hexadecimal digits.
pub fn is_run_id(id: &str) -> bool {
    id.len() == 16 && id.chars().all(is_digit)
}

fn is_digit(c: char) -> bool {
    matches!(c, '0'..='9' | 'a'..='f')
}
