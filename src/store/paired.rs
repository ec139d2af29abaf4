//! Stores and reads paired runs: what a gate measured, in a tree beside the runs.

use std::path::{Path, PathBuf};

use super::document;
use super::error::{Error, Problem};
use super::file::bytes_of;
use super::layout;
use super::list::row;
use super::tree::{Row, walk};
use crate::model::PairedRun;

/// Stores `run` under `root`, sealed, and returns the path of its file; no existing file is ever touched.
pub fn append(root: &Path, run: &PairedRun) -> Result<PathBuf, Error> {
    document::append(root, run.clone())
}

/// Reads the paired run in a file, wherever the file lies.
pub fn read(path: &Path) -> Result<PairedRun, Error> {
    let run = bytes_of(path).and_then(|bytes| parse(&bytes));
    let path = path.to_owned();
    run.map_err(|problem| match problem {
        Problem::Foreign(why) => Error::NotAGate { path, why },
        problem => Error::Unusable { path, problem },
    })
}

/// The paired run that these bytes are.
pub fn parse(bytes: &[u8]) -> Result<PairedRun, Problem> {
    document::parse(bytes)
}

/// How many files of paired runs lie under `root`, whatever is in them.
pub fn count(root: &Path) -> Result<usize, Error> {
    Ok(walk(&root.join(layout::PAIRED_FOLDER))?.len())
}

/// Every paired run stored under `root`, by machine and then by start; nothing when there is none yet.
pub fn list(root: &Path) -> Result<Vec<Row<PairedRun>>, Error> {
    let entries = walk(&root.join(layout::PAIRED_FOLDER))?;
    Ok(entries.iter().map(row).collect())
}
