//! `parcost import` of runs of ours: files that were stored elsewhere, checked and placed as they are.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::arguments::Format;
use super::{Exit, print};
use crate::probe;
use crate::report::{ImportedRun, imported_runs_page};
use crate::store::{self, layout};

/// Whether what was named are runs of ours rather than results of other tools.
///
/// # Errors
///
/// When some are and some are not.
pub(super) fn are_runs(files: &[PathBuf]) -> Result<bool> {
    let (runs, others): (Vec<&PathBuf>, Vec<_>) = files.iter().partition(|file| store::begins_as_run(file));
    if let (Some(run), Some(other)) = (runs.first(), others.first()) {
        let (run, other) = (run.display(), other.display());
        bail!("{run} is a run of parcost and {other} begins as none; import the runs by themselves");
    }
    Ok(!runs.is_empty())
}

/// Takes every run in that is believed, and says of every other why not.
pub(super) fn import_runs(files: &[PathBuf], root: &Path, format: Format) -> Result<Exit> {
    let (mut imported, mut refused) = (Vec::new(), Vec::new());
    for file in files {
        match store::import(root, file, probe::machine_key) {
            Ok((path, run)) => imported.push(ImportedRun { file: path.display().to_string(), run, misses: None }),
            Err(error) => refused.push(error.to_string()),
        }
    }
    // Only now, since a run may follow one that was named behind it.
    let stored = ids(root)?;
    for one in &mut imported {
        one.misses = one.run.follows.clone().filter(|id| !stored.contains(id));
    }
    if !imported.is_empty() {
        print::page(&imported_runs_page(&root.display().to_string(), &imported), format)?;
    }
    refused.iter().for_each(|text| print::error(text));
    Ok(if refused.is_empty() { Exit::Done } else { Exit::CouldNot })
}

fn ids(root: &Path) -> Result<BTreeSet<String>> {
    let name = |path: PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let paths = store::files(root)?.runs.into_values().flatten();
    Ok(paths.filter_map(name).filter_map(|name| layout::run_id_in(&name).map(str::to_owned)).collect())
}
