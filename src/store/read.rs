//! Reads one file, which may hold anything.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use serde::Deserialize;

use super::{Problem, layout, seal, values};
use crate::model::{MachineKey, Run, SCHEMA_VERSION};

/// Far more than a run of every benchmark on the largest machine; it keeps a stray file from filling the memory.
const BYTES_MAX: u64 = 64 * 1024 * 1024;

/// What every stored file is asked first.
#[derive(Deserialize)]
struct Head {
    schema_version: u64,
    seal: Option<String>,
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
/// When they are no complete run of a schema that this version knows, when they were edited, or when they hold a value that
/// nothing can have measured; any bytes are safe to try.
pub fn parse(bytes: &[u8]) -> Result<Run, Problem> {
    let is_sealed = check_head(bytes, SCHEMA_VERSION)?;
    let run: Run = serde_json::from_slice(bytes).map_err(problem_of)?;
    check_key(&run.machine.key)?;
    layout::file_name(&run).map_err(Problem::Foreign)?;
    if run.follows.is_some() && !is_sealed {
        // The store writes the one never without the other.
        return Err(Problem::Edited);
    }
    values::check_run(&run)?;
    Ok(run)
}

/// Refuses other schemas and broken seals; says whether there is a seal.
pub(super) fn check_head(bytes: &[u8], schema_version: u32) -> Result<bool, Problem> {
    let head: Head = serde_json::from_slice(bytes).map_err(problem_of)?;
    check_version(head.schema_version, schema_version)?;
    seal::check(bytes, head.seal.as_deref())?;
    Ok(head.seal.is_some())
}

/// Refuses a schema version that this program does not read.
pub(super) fn check_version(found: u64, known: u32) -> Result<(), Problem> {
    match found {
        found if found == u64::from(known) => Ok(()),
        newer if newer > u64::from(known) => Err(Problem::Future(newer)),
        unknown => Err(Problem::Foreign(format!("there is no schema version {unknown}"))),
    }
}

/// Refuses a key that could not be the name of a folder.
pub(super) fn check_key(key: &MachineKey) -> Result<(), Problem> {
    match MachineKey::new(key.as_str()) {
        Some(_) => Ok(()),
        None => Err(Problem::Foreign("its machine key holds more than letters, digits, - and _".to_owned())),
    }
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
