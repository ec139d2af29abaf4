//! Finds one run by what a reader calls it.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::chain::start;
use super::error::Error;
use super::file::name_of;
use super::layout;
use super::list::row;
use super::run::read;
use super::tree::{Row, walk};
use crate::model::Run;

/// Loads the run that `wanted` names, and says which file it came from.
///
/// `wanted` is `last` (the run that started last), the path of a file (anything with a `/` or ending in `.json` that is
/// there), or the beginning of a file's name or of a run's id. All `roots` are searched as if they were one.
pub fn load(roots: &[PathBuf], wanted: &str) -> Result<(PathBuf, Run), Error> {
    let path = Path::new(wanted);
    if wanted.contains('/') || (wanted.ends_with(".json") && path.exists()) {
        return load_file(path.to_owned());
    }
    let mut paths = Vec::new();
    for root in roots {
        paths.extend(walk(root)?.into_iter().map(|entry| entry.unwrap_or_else(|(path, _)| path)));
    }
    let found = if wanted == "last" { last(paths) } else { named(&paths, wanted)? };
    let searched: Vec<String> = roots.iter().map(|root| root.display().to_string()).collect();
    let path = found.ok_or_else(|| Error::NotFound { wanted: wanted.to_owned(), searched: searched.join(" and ") })?;
    row::<Run>(&Ok(path)).usable()
}

/// Loads the run in a file, wherever the file lies.
pub fn load_file(path: PathBuf) -> Result<(PathBuf, Run), Error> {
    Row { content: read(&path), path }.usable()
}

/// Of the files that can be used the one that started last: the beginnings of all are read, and as few whole ones as it takes.
fn last(paths: Vec<PathBuf>) -> Option<PathBuf> {
    let mut starts: Vec<(Timestamp, PathBuf)> =
        paths.into_iter().filter_map(|path| Some((start(&path)?, path))).collect();
    starts.sort();
    starts.into_iter().rev().map(|(_, path)| path).find(|path| row::<Run>(&Ok(path.clone())).content.is_ok())
}

fn named(paths: &[PathBuf], wanted: &str) -> Result<Option<PathBuf>, Error> {
    let fits = |path: &&PathBuf| {
        // The id in its name still finds a file that cannot be used, so that the reader hears why.
        let name = name_of(path);
        let id_fits = layout::run_id_in(&name).is_some_and(|id| id.starts_with(wanted));
        !wanted.is_empty() && name != layout::MACHINE_FILE && (id_fits || name.starts_with(wanted))
    };
    let found: Vec<&PathBuf> = paths.iter().filter(fits).collect();
    match found.as_slice() {
        [] => Ok(None),
        [path] => Ok(Some((*path).clone())),
        several => {
            let matches = several.iter().map(|path| name_of(path)).collect();
            Err(Error::Ambiguous { wanted: wanted.to_owned(), matches })
        }
    }
}
