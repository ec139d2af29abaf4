//! Lists what is stored, complete runs and everything else alike.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::document::{self, Document, check_place, place_of};
use super::error::{Error, Problem};
use super::file::{bytes_of, name_of};
use super::layout;
use super::machine::check_machine;
use super::tree::{Entry, Row, walk};
use crate::model::{Run, RunHeader};

/// Everything stored under `root`, by machine and then by commit time; nothing when there is no such folder yet.
///
/// Hidden files are skipped: among them are the temporary files of writers that were interrupted.
pub fn list(root: &Path) -> Result<Vec<Row>, Error> {
    rows(root, |path, run| RunHeader::new(path.display().to_string(), run))
}

/// The same, with what `keep` makes of each run: every file is read once, on several threads, and a run does not outlive
/// its turn.
pub fn list_as<T: Send>(root: &Path, keep: impl Fn(Run) -> T + Sync) -> Result<Vec<Row<T>>, Error> {
    rows(root, |_, run| keep(run))
}

fn rows<T: Send>(root: &Path, keep: impl Fn(&Path, Run) -> T + Sync) -> Result<Vec<Row<T>>, Error> {
    // A machine's file has a row only where something is wrong with it.
    let is_listed = |entry: &Entry| {
        !entry.as_ref().is_ok_and(|path| name_of(path) == layout::MACHINE_FILE && check_machine(path).is_ok())
    };
    let entries: Vec<Entry> = walk(root)?.into_iter().filter(is_listed).collect();
    let read = |entry: &Entry| {
        let Row { path, content } = row::<Run>(entry);
        let (same, content) = match content {
            Ok(run) => (run.content(), Ok(keep(&path, run))),
            Err(problem) => (None, Err(problem)),
        };
        (same, Row { path, content })
    };
    let rows: Vec<(Option<u64>, Row<T>)> = in_parallel(|| entries.par_iter().map(read).collect());
    let mut seen: BTreeMap<u64, PathBuf> = BTreeMap::new();
    let once = |(same, row): (Option<u64>, Row<T>)| {
        let Some(same) = same else { return row };
        match seen.get(&same) {
            Some(first) => Row { content: Err(Problem::Duplicate(first.display().to_string())), ..row },
            None => {
                seen.insert(same, row.path.clone());
                row
            }
        }
    };
    Ok(rows.into_iter().map(once).collect())
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
