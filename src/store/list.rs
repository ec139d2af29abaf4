//! Lists what is stored, complete runs and everything else alike.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::document::{self, Document, check_place, place_of};
use super::error::{Error, Problem};
use super::file::{bytes_of, name_of};
use super::index::{Index, Listed, Stamp};
use super::layout;
use super::machine::check_machine;
use super::tree::{Entry, Row, walk};
use crate::model::{Run, RunHeader};

/// Everything stored under `root`, by machine and then by commit time; nothing when there is no such folder yet.
///
/// Hidden files are skipped: among them are the temporary files of writers that were interrupted. Of a large folder only
/// what changed since the last time is read.
pub fn list(root: &Path) -> Result<Vec<Row>, Error> {
    let entries = entries(root)?;
    let index = Index::of(root, entries.len());
    let header = |path: &Path, run| RunHeader::new(path.display().to_string(), run);
    let listed = listed(&entries, |path, stamp| index.get(path, stamp), header);
    index.keep(&listed);
    Ok(once(listed))
}

/// The same, with what `keep` makes of each run: every file is read once, on several threads, and a run does not outlive
/// its turn.
pub fn list_as<T: Send>(root: &Path, keep: impl Fn(Run) -> T + Sync) -> Result<Vec<Row<T>>, Error> {
    Ok(once(listed(&entries(root)?, |_, _| None, |_, run| keep(run))))
}

fn entries(root: &Path) -> Result<Vec<Entry>, Error> {
    // A machine's file has a row only where something is wrong with it.
    let is_listed = |entry: &Entry| {
        !entry.as_ref().is_ok_and(|path| name_of(path) == layout::MACHINE_FILE && check_machine(path).is_ok())
    };
    Ok(walk(root)?.into_iter().filter(is_listed).collect())
}

/// Every entry: as it is known, else as its file says.
fn listed<T: Send>(
    entries: &[Entry],
    known: impl Fn(&Path, Option<Stamp>) -> Option<(Option<u64>, T)> + Sync,
    keep: impl Fn(&Path, Run) -> T + Sync,
) -> Vec<Listed<T>> {
    let read = |entry: &Entry| {
        // Before it is read: a change in between makes the stamp an old one.
        let stamp = entry.as_ref().ok().and_then(|path| Stamp::of(path));
        if let Ok(path) = entry
            && let Some((content, kept)) = known(path, stamp)
        {
            return Listed { stamp, content, row: Row { path: path.clone(), content: Ok(kept) } };
        }
        let Row { path, content } = row::<Run>(entry);
        let (same, content) = match content {
            Ok(run) => (run.content(), Ok(keep(&path, run))),
            Err(problem) => (None, Err(problem)),
        };
        Listed { stamp, content: same, row: Row { path, content } }
    };
    in_parallel(|| entries.par_iter().map(read).collect())
}

/// The rows, each run once.
fn once<T>(listed: Vec<Listed<T>>) -> Vec<Row<T>> {
    let mut seen: BTreeMap<u64, PathBuf> = BTreeMap::new();
    let once = |Listed { content, row, .. }: Listed<T>| {
        let Some(same) = content else { return row };
        match seen.get(&same) {
            Some(first) => Row { content: Err(Problem::Duplicate(first.display().to_string())), ..row },
            None => {
                seen.insert(same, row.path.clone());
                row
            }
        }
    };
    listed.into_iter().map(once).collect()
}

/// Does the work on as many threads as there are CPUs; on this one alone where the system starts no other.
pub fn in_parallel<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    static POOL: OnceLock<Option<ThreadPool>> = OnceLock::new();
    let alone = || ThreadPoolBuilder::new().num_threads(1).use_current_thread().build();
    match POOL.get_or_init(|| ThreadPoolBuilder::new().build().or_else(|_| alone()).ok()) {
        Some(pool) => pool.install(work),
        None => work(),
    }
}

pub(super) fn row<T: Document>(entry: &Entry) -> Row<T> {
    match entry {
        Ok(path) => Row { path: path.clone(), content: placed(path) },
        Err((path, problem)) => Row { path: path.clone(), content: Err(problem.clone()) },
    }
}

fn placed<T: Document>(path: &Path) -> Result<T, Problem> {
    if name_of(path) == layout::MACHINE_FILE {
        check_machine(path)?;
    }
    let document = document::parse(&bytes_of(path)?)?;
    check_place(path, place_of(&document)?)?;
    Ok(document)
}
