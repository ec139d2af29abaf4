//! Where a run lies: every path under the results folder is computed here and nowhere else.
//!
//! ```text
//! results/v1/machine=<key>/<commit time>-<commit, 12 digits>-<run id>.json
//! results/v1/machine=<key>/machine.json
//! ```
//!
//! Folders are named `key=value`, so that query engines read the tree as one table partitioned by machine.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::model::{MachineKey, Run};

/// The folder of the stored form's version.
pub const VERSION_FOLDER: &str = "v1";
/// The file beside the runs that says what the machine is.
pub const MACHINE_FILE: &str = "machine.json";

const MACHINE_PREFIX: &str = "machine=";
const TEMPORARY_SUFFIX: &str = ".partial";
/// Digits of the commit in a file's name: enough to tell commits apart, short enough to read.
const COMMIT_DIGITS: usize = 12;

/// The folder of one machine's runs.
pub fn machine_folder(root: &Path, key: &MachineKey) -> PathBuf {
    root.join(VERSION_FOLDER).join(machine_folder_name(key))
}

/// The name of that folder.
pub fn machine_folder_name(key: &MachineKey) -> String {
    format!("{MACHINE_PREFIX}{key}")
}

/// True for the name of a folder that holds a machine's runs.
pub fn is_machine_folder(name: &str) -> bool {
    name.strip_prefix(MACHINE_PREFIX).is_some_and(|slug| MachineKey::new(slug).is_some())
}

/// The name of a run's file: sorted by name, a machine's runs are in the order of their commits.
///
/// A run without a commit is placed by the time of its start.
///
/// # Errors
///
/// When the run's id, commit or times are not of the form that a name can be made of; the reason.
pub fn file_name(run: &Run) -> Result<String, String> {
    if !is_run_id(&run.id) {
        return Err("its id is not 16 lower-case hexadecimal digits".to_owned());
    }
    let commit = match &run.commit.id {
        None => "nocommit",
        Some(id) => id
            .get(..COMMIT_DIGITS)
            .filter(|_| id.chars().all(is_digit))
            .ok_or("its commit is not a hexadecimal id of at least 12 digits")?,
    };
    let time = run.commit.time.as_deref().unwrap_or(&run.started);
    let time: Timestamp = time.parse().map_err(|_| "its commit time or start is no RFC 3339 time".to_owned())?;
    Ok(format!("{}-{commit}-{}.json", time.strftime("%Y%m%dT%H%M%SZ"), run.id))
}

/// The name of the file that a run is written to before it is complete.
pub(super) fn temporary_name(id: &str, writer: &str) -> String {
    format!(".{id}.{writer}{TEMPORARY_SUFFIX}")
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
