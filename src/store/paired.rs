//! Stores and reads paired runs: what a gate measured, in a tree beside the runs.

use std::path::{Path, PathBuf};

use super::append::json_of;
use super::place::{make_folder, place, sync_folders};
use super::read::{bytes_of, check_head, check_key, problem_of};
use super::walk::{Place, walk};
use super::{Error, Problem, layout, seal, values};
use crate::model::{PAIRED_SCHEMA_VERSION, PairedRun};

/// One entry of the tree of paired runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The file or folder.
    pub path: PathBuf,
    /// The paired run, or why this is none.
    pub content: Result<PairedRun, Problem>,
}

/// Stores `run` under `root`, sealed, and returns the path of its file; no existing file is ever touched.
///
/// # Errors
///
/// When the run would not read back as it is, when its name is taken, or when the file system refuses.
pub fn append(root: &Path, run: &PairedRun) -> Result<PathBuf, Error> {
    let not_storable = |reason: String| Error::NotStorable { id: run.id.clone(), reason };
    let name = layout::paired_file_name(run).map_err(not_storable)?;
    let (text, _) = json_of(run).and_then(|json| seal::sealed(&json)).map_err(not_storable)?;
    match parse(text.as_bytes()) {
        Ok(read_back) if read_back == *run => {}
        Ok(_) => return Err(not_storable("it would not read back as it is".to_owned())),
        Err(problem) => return Err(not_storable(format!("read back, {problem}"))),
    }
    let folder = layout::paired_machine_folder(root, &run.machine.key);
    make_folder(&folder)?;
    let path = place(&folder, &name, &run.id, &text)?;
    sync_folders(&folder, root)?;
    Ok(path)
}

/// Reads the paired run in a file, wherever the file lies.
///
/// # Errors
///
/// When the file holds no complete paired run that was sealed under a schema that this version knows; its path, and the
/// place in it where there is one.
pub fn read(path: &Path) -> Result<PairedRun, Error> {
    let run = bytes_of(path).and_then(|bytes| parse(&bytes));
    run.map_err(|problem| Error::Unusable { path: path.to_owned(), problem })
}

/// The paired run that these bytes are.
///
/// # Errors
///
/// As for [`read`]; any bytes are safe to try.
pub fn parse(bytes: &[u8]) -> Result<PairedRun, Problem> {
    let is_sealed = check_head(bytes, PAIRED_SCHEMA_VERSION)?;
    let run: PairedRun = serde_json::from_slice(bytes).map_err(problem_of)?;
    if !is_sealed {
        // A paired run was never stored without a seal.
        return Err(Problem::Edited);
    }
    check_key(&run.machine.key)?;
    layout::paired_file_name(&run).map_err(Problem::Foreign)?;
    values::check_paired(&run)?;
    Ok(run)
}

/// Every paired run stored under `root`, by machine and then by start; nothing when there is none yet.
///
/// # Errors
///
/// When the folder itself cannot be read. Whatever is wrong inside it is a row of its own.
pub fn list(root: &Path) -> Result<Vec<Row>, Error> {
    let entries = walk(&root.join(layout::PAIRED_FOLDER))?;
    let row = |entry| match entry {
        Ok(place) => Row { content: placed(&place), path: place.path },
        Err((path, problem)) => Row { path, content: Err(problem) },
    };
    Ok(entries.into_iter().map(row).collect())
}

fn placed(place: &Place) -> Result<PairedRun, Problem> {
    let run = bytes_of(&place.path).and_then(|bytes| parse(&bytes))?;
    let name = layout::paired_file_name(&run).map_err(Problem::Foreign)?;
    let folder = layout::machine_folder_name(&run.machine.key);
    if name == place.name && folder == place.machine_folder {
        Ok(run)
    } else {
        let (paired, version) = (layout::PAIRED_FOLDER, layout::VERSION_FOLDER);
        Err(Problem::Misplaced(format!("{paired}/{version}/{folder}/{name}")))
    }
}
