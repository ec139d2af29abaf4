//! Reads one file, which may hold anything.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use serde::Deserialize;

use super::{Problem, layout};
use crate::model::{MachineKey, Run, SCHEMA_VERSION};

/// Far more than a run of every benchmark on the largest machine; it keeps a stray file from filling the memory.
const BYTES_MAX: u64 = 64 * 1024 * 1024;

#[derive(Deserialize)]
struct Version {
    schema_version: u64,
}

/// Reads the run in a file, wherever the file lies.
///
/// # Errors
///
/// When the file holds no complete run of a schema that this version knows.
pub fn read(path: &Path) -> Result<Run, Problem> {
    parse(&bytes_of(path)?)
}

/// The run that these bytes are.
///
/// # Errors
///
/// When they are no complete run of a schema that this version knows; any bytes are safe to try.
pub fn parse(bytes: &[u8]) -> Result<Run, Problem> {
    let version: Version = serde_json::from_slice(bytes).map_err(problem_of)?;
    if version.schema_version > u64::from(SCHEMA_VERSION) {
        return Err(Problem::Future(version.schema_version));
    }
    if version.schema_version != u64::from(SCHEMA_VERSION) {
        return Err(Problem::Foreign(format!("there is no schema version {}", version.schema_version)));
    }
    let run: Run = serde_json::from_slice(bytes).map_err(problem_of)?;
    if MachineKey::new(run.machine.key.as_str()).is_none() {
        return Err(Problem::Foreign("its machine key holds more than letters, digits, - and _".to_owned()));
    }
    layout::file_name(&run).map_err(Problem::Foreign)?;
    Ok(run)
}

/// The content of a regular file of bounded size; never waits on a pipe and never follows one.
pub(super) fn bytes_of(path: &Path) -> Result<Vec<u8>, Problem> {
    let unreadable = |error: std::io::Error| Problem::Unreadable(error.to_string());
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(Problem::NotAFile);
    }
    if metadata.len() > BYTES_MAX {
        return Err(Problem::TooLarge(metadata.len()));
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(BYTES_MAX).read_to_end(&mut bytes)).map_err(unreadable)?;
    Ok(bytes)
}

pub(super) fn problem_of(error: serde_json::Error) -> Problem {
    if error.is_eof() { Problem::Truncated } else { Problem::Foreign(error.to_string()) }
}
