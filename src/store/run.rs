//! Stores, finds and reads runs, whole or in part.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::chain::{newest, start};
use super::document::{self, check_head, check_key, check_place, check_seal, check_version, place_machine};
use super::error::{Error, Problem};
use super::file::{bytes_of, name_of};
use super::list::row;
use super::tree::{Row, walk};
use super::{layout, values};
use crate::model::{Excerpt, Run, SCHEMA_VERSION};

/// Stores `run` under `root`, sealed and with the id of the run that it follows, and returns the path of its file.
///
/// What `run` itself says of both is not looked at. No existing file is ever touched. What the machine is, is written
/// beside the first of its runs.
pub fn append(root: &Path, run: &Run) -> Result<PathBuf, Error> {
    let folder = layout::machine_folder(root, &run.machine.key);
    if let Some(path) = stored_already(&folder, run) {
        return Err(Error::AlreadyStored { path });
    }
    let follows = newest(&folder);
    let path = document::append(root, Run { follows, seal: None, ..run.clone() })?;
    place_machine(root, &run.machine, &run.id)?;
    Ok(path)
}

/// The file that holds the same run under another id: its name has the same commit.
pub(super) fn stored_already(folder: &Path, run: &Run) -> Option<PathBuf> {
    let content = run.content()?;
    let name = layout::file_name(run).ok()?;
    let start = name.strip_suffix(&format!("{}.json", run.id))?;
    let paths = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    let mut of_commit = paths.filter(|path| name_of(path).starts_with(start));
    of_commit.find(|path| read(path).is_ok_and(|stored| stored.content() == Some(content)))
}

/// Reads the run in a file, wherever the file lies.
pub fn read(path: &Path) -> Result<Run, Problem> {
    parse(&bytes_of(path)?)
}

/// The run that these bytes are.
///
/// Fails when they are not a complete run of a schema that this version knows, when they were edited, or when they hold an
/// impossible value; any bytes are safe to try.
pub fn parse(bytes: &[u8]) -> Result<Run, Problem> {
    document::parse(bytes)
}

/// Reads the part of a run that a history needs, in a fraction of the time that the whole takes; the file has to lie
/// where the layout says.
///
/// The whole file is read and has to be one complete JSON text, but what an excerpt does not hold is not looked at: a
/// run of which an impossible value is found by [`read`] alone may have an excerpt.
pub fn excerpt(path: &Path) -> Result<Excerpt, Problem> {
    let excerpt = parse_excerpt(&bytes_of(path)?)?;
    let name = layout::file_name_of(&excerpt.id, &excerpt.commit, &excerpt.started).map_err(Problem::Foreign)?;
    check_place(path, layout::place("", &excerpt.machine.key, &name))?;
    Ok(excerpt)
}

fn parse_excerpt(bytes: &[u8]) -> Result<Excerpt, Problem> {
    // Checked as a whole, it need not be checked text by text.
    let parsed = match std::str::from_utf8(bytes) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(bytes),
    };
    let excerpt: Excerpt = match parsed {
        Ok(excerpt) => excerpt,
        // A newer form is named as one even where it has other fields.
        Err(error) => return Err(check_head(bytes, SCHEMA_VERSION).err().unwrap_or_else(|| error.into())),
    };
    check_version(excerpt.schema_version, SCHEMA_VERSION)?;
    check_seal(bytes, excerpt.seal.as_deref())?;
    if excerpt.follows.is_some() && excerpt.seal.is_none() {
        return Err(Problem::Edited);
    }
    check_key(&excerpt.machine.key)?;
    values::check_excerpt(&excerpt)?;
    Ok(excerpt)
}

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

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;

    use super::super::{paired, tests::run};
    use super::*;

    #[test]
    fn an_excerpt_says_what_the_run_says() {
        let root = tempfile::tempdir().unwrap();
        let path = append(root.path(), &run(10)).unwrap();
        let (excerpt, whole) = (excerpt(&path).unwrap(), read(&path).unwrap());
        assert_eq!((excerpt.id, excerpt.commit, excerpt.profile), (whole.id, whole.commit, whole.profile));
    }

    #[test]
    fn an_excerpt_is_refused_for_the_reason_of_the_whole_run() {
        let root = tempfile::tempdir().unwrap();
        let path = append(root.path(), &run(1)).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let future =
            text.replacen("\"schema_version\":1", "\"schema_version\":2", 1).replacen("\"profile\"", "\"p\"", 1);
        for content in [&text[..text.len() - 9], "", "# notes", "{\"a\":1}", &future] {
            fs::write(&path, content).unwrap();
            assert_eq!(excerpt(&path).unwrap_err(), read(&path).unwrap_err(), "{content}");
        }
        fs::write(&path, &text).unwrap();
        let moved = path.with_file_name("20260101T000000Z-nocommit-0000000000000001.json");
        fs::rename(&path, &moved).unwrap();
        assert!(matches!(excerpt(&moved), Err(Problem::Misplaced(_))));
    }

    proptest! {
        #[test]
        fn any_bytes_are_safe_to_read(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            prop_assert!(parse_excerpt(&bytes).is_err() && parse(&bytes).is_err() && paired::parse(&bytes).is_err());
        }
    }
}
