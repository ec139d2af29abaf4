//! The other runs of a run's machine.

use std::path::PathBuf;

use anyhow::Result;

use crate::advise::answer::OTHERS_MAX;
use crate::model::Run;
use crate::store::{self, Header};

/// Other stored runs of the machine of `run`, the newest first: as many as an answer makes use of.
pub(super) fn others(folders: &[PathBuf], run: &Run) -> Result<Vec<Run>> {
    let mut found: Vec<(PathBuf, Header)> = Vec::new();
    for folder in folders {
        // What is unusable is no run, and `list` tells of it.
        let usable = store::list(folder)?.into_iter().filter_map(|row| Some((row.path, row.content.ok()?)));
        found.extend(usable.filter(|(_, header)| header.machine == run.machine.key && header.id != run.id));
    }
    found.sort_by(|a, b| b.1.started.cmp(&a.1.started));
    found.dedup_by(|a, b| a.1.id == b.1.id);
    Ok(found.iter().take(OTHERS_MAX).filter_map(|(path, _)| store::read(path).ok()).collect())
}
