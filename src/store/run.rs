//! Stores and reads runs, whole or in part.

use std::fs;
use std::path::{Path, PathBuf};

use super::chain::newest;
use super::document::{self, check_head, check_key, check_place, check_version};
use super::error::{Error, Problem};
use super::file::{bytes_of, name_of};
use super::machine::place_machine;
use super::{layout, seal, values};
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
/// # Errors
///
/// When they are not a complete run of a schema that this version knows, when they were edited, or when they hold an
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
    seal::check(bytes, excerpt.seal.as_deref())?;
    if excerpt.follows.is_some() && excerpt.seal.is_none() {
        return Err(Problem::Edited);
    }
    check_key(&excerpt.machine.key)?;
    values::check_excerpt(&excerpt)?;
    Ok(excerpt)
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
