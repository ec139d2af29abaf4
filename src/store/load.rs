//! Finds one run by what a reader calls it.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::error::Error;
use super::file::name_of;
use super::layout;
use super::list::list;
use super::run::read;
use super::tree::Row;
use crate::model::{Run, RunHeader};

/// Loads the run that `wanted` names, and says which file it came from.
///
/// `wanted` is `last` (the run that started last), the path of a file (anything with a `/` or ending in `.json` that is
/// there), or the beginning of a file's name or of a run's id. All `roots` are searched as if they were one.
pub fn load(roots: &[PathBuf], wanted: &str) -> Result<(PathBuf, Run), Error> {
    let path = Path::new(wanted);
    if wanted.contains('/') || (wanted.ends_with(".json") && path.exists()) {
        return load_file(path.to_owned());
    }
    let mut rows = Vec::new();
    for root in roots {
        rows.extend(list(root)?);
    }
    let found = if wanted == "last" { last(&rows) } else { named(&rows, wanted)? };
    let searched: Vec<String> = roots.iter().map(|root| root.display().to_string()).collect();
    let row = found.ok_or_else(|| Error::NotFound { wanted: wanted.to_owned(), searched: searched.join(" and ") })?;
    match &row.content {
        Ok(_) => load_file(row.path.clone()),
        Err(problem) => Err(Error::Unusable { path: row.path.clone(), problem: problem.clone() }),
    }
}

fn load_file(path: PathBuf) -> Result<(PathBuf, Run), Error> {
    match read(&path) {
        Ok(run) => Ok((path, run)),
        Err(problem) => Err(Error::Unusable { path, problem }),
    }
}

fn last(rows: &[Row]) -> Option<&Row> {
    let started = |header: &RunHeader| header.started.parse::<Timestamp>().ok();
    rows.iter().filter(|row| row.content.is_ok()).max_by_key(|row| row.content.as_ref().ok().and_then(started))
}

fn named<'a>(rows: &'a [Row], wanted: &str) -> Result<Option<&'a Row>, Error> {
    let fits = |row: &&Row| {
        // The id in its name still finds a file that cannot be used, so that the reader hears why.
        let name = name_of(&row.path);
        let id_fits = layout::run_id_in(&name).is_some_and(|id| id.starts_with(wanted));
        !wanted.is_empty() && (id_fits || name.starts_with(wanted))
    };
    let found: Vec<&Row> = rows.iter().filter(fits).collect();
    match found.as_slice() {
        [] => Ok(None),
        [row] => Ok(Some(row)),
        several => {
            let matches = several.iter().map(|row| name_of(&row.path)).collect();
            Err(Error::Ambiguous { wanted: wanted.to_owned(), matches })
        }
    }
}
