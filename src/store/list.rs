//! Lists what is stored, complete runs and everything else alike.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::cache::{Refused, cached};
use super::document::check_machine;
use super::document::{self, Document, check_place, place_of};
use super::error::{Error, Problem};
use super::file::{bytes_of, name_of};
use super::layout;
use super::tree::{Entry, Row, walk};
use crate::model::{Run, RunHeader};

/// A row, and what its run has in common with copies of it.
struct Listed<T> {
    same: Option<u64>,
    row: Row<T>,
}

/// Everything stored under `root`, by machine and then by commit time; nothing when there is no such folder yet.
///
/// Hidden files are skipped: among them are the temporary files of writers that were interrupted. Of a large folder only
/// what changed since the last time is read.
pub fn list(root: &Path) -> Result<Vec<Row>, Error> {
    let entries = entries(root)?;
    let files: Vec<PathBuf> = entries.iter().flatten().cloned().collect();
    let read = |known: &mut BTreeMap<OsString, (Option<u64>, RunHeader)>, fresh: &[&PathBuf]| {
        let fresh: Vec<Entry> = fresh.iter().map(|path| Ok((*path).clone())).collect();
        let mut refused = Refused::new();
        for Listed { same, row } in listed(&fresh, |path, run| RunHeader::new(path.display().to_string(), run)) {
            match row.content {
                Ok(header) => drop(known.insert(row.path.into(), (same, header))),
                Err(problem) => drop(refused.insert(row.path, problem)),
            }
        }
        refused
    };
    let (mut known, mut refused) = cached("runs", &BTreeSet::from([root]), &files, read);
    let listed = entries.into_iter().map(|entry| {
        let kept = entry.as_ref().ok().and_then(|path| known.remove(path.as_os_str()));
        let (same, header) = kept.map_or((None, None), |(same, header)| (same, Some(header)));
        let row = match (entry, header) {
            (Ok(path), Some(header)) => Row { path, content: Ok(header) },
            (Ok(path), None) => {
                let problem = refused.remove(&path).expect("what is read is known or refused");
                Row { path, content: Err(problem) }
            }
            (Err((path, problem)), _) => Row { path, content: Err(problem) },
        };
        Listed { same, row }
    });
    Ok(once(listed))
}

/// The same, with what `keep` makes of each run: every file is read once, on several threads, and a run does not outlive
/// its turn.
pub fn list_as<T: Send>(root: &Path, keep: impl Fn(Run) -> T + Sync) -> Result<Vec<Row<T>>, Error> {
    Ok(once(listed(&entries(root)?, |_, run| keep(run)).into_iter()))
}

fn entries(root: &Path) -> Result<Vec<Entry>, Error> {
    // A machine's file has a row only where something is wrong with it.
    let is_listed = |entry: &Entry| {
        !entry.as_ref().is_ok_and(|path| name_of(path) == layout::MACHINE_FILE && check_machine(path).is_ok())
    };
    Ok(walk(root)?.into_iter().filter(is_listed).collect())
}

fn listed<T: Send>(entries: &[Entry], keep: impl Fn(&Path, Run) -> T + Sync) -> Vec<Listed<T>> {
    let read = |entry: &Entry| {
        let Row { path, content } = row::<Run>(entry);
        let same = content.as_ref().ok().and_then(Run::content);
        let content = content.map(|run| keep(&path, run));
        Listed { same, row: Row { path, content } }
    };
    in_parallel(|| entries.par_iter().map(read).collect())
}

/// The rows, each run once.
fn once<T>(listed: impl Iterator<Item = Listed<T>>) -> Vec<Row<T>> {
    let mut seen: BTreeMap<u64, PathBuf> = BTreeMap::new();
    let once = |Listed { same, row }: Listed<T>| {
        let Some(same) = same else { return row };
        match seen.get(&same) {
            Some(first) => Row { content: Err(Problem::Duplicate(first.display().to_string())), ..row },
            None => {
                seen.insert(same, row.path.clone());
                row
            }
        }
    };
    listed.map(once).collect()
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
