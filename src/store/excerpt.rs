//! Reads the part of a run that a history needs, in a fraction of the time that the whole takes.

use std::path::Path;

use super::read::{bytes_of, check_head, check_key, check_version, problem_of};
use super::{Problem, layout, seal, values};
use crate::model::{Excerpt, SCHEMA_VERSION};

/// Reads the excerpt of the run in a file, which has to lie where the layout says.
///
/// The whole file is read and has to be one complete JSON text, but what an excerpt does not hold is not looked at: a
/// run of which nonsense is found by [`super::read()`] alone may have an excerpt.
///
/// # Errors
///
/// When the file holds no complete run of a schema that this version knows, or lies in the wrong place.
pub fn excerpt(path: &Path) -> Result<Excerpt, Problem> {
    let excerpt = parse(&bytes_of(path)?)?;
    let name = layout::file_name_of(&excerpt.id, &excerpt.commit, &excerpt.started).map_err(Problem::Foreign)?;
    let folder = layout::machine_folder_name(&excerpt.machine.key);
    let lies_in = path.parent().and_then(Path::file_name);
    if path.file_name().is_none_or(|found| found != name.as_str())
        || lies_in.is_none_or(|found| found != folder.as_str())
    {
        return Err(Problem::Misplaced(format!("{}/{folder}/{name}", layout::VERSION_FOLDER)));
    }
    Ok(excerpt)
}

fn parse(bytes: &[u8]) -> Result<Excerpt, Problem> {
    // Checked as a whole, it need not be checked text by text.
    let parsed = match std::str::from_utf8(bytes) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(bytes),
    };
    let excerpt: Excerpt = match parsed {
        Ok(excerpt) => excerpt,
        // A newer form is named as one even where it has other fields.
        Err(error) => return Err(check_head(bytes, SCHEMA_VERSION).err().unwrap_or_else(|| problem_of(error))),
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

    use super::super::tests::run;
    use super::*;
    use crate::store::append;

    #[test]
    fn an_excerpt_says_what_the_run_says() {
        let root = tempfile::tempdir().unwrap();
        let path = append(root.path(), &run(10)).unwrap();
        let excerpt = excerpt(&path).unwrap();
        let whole = super::super::read(&path).unwrap();
        assert_eq!((excerpt.id, excerpt.commit, excerpt.profile), (whole.id, whole.commit, whole.profile));
    }

    #[test]
    fn what_is_no_run_is_told_as_of_a_whole_one() {
        let root = tempfile::tempdir().unwrap();
        let path = append(root.path(), &run(1)).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let future =
            text.replacen("\"schema_version\":1", "\"schema_version\":2", 1).replacen("\"profile\"", "\"p\"", 1);
        for content in [&text[..text.len() - 9], "", "# notes", "{\"a\":1}", &future] {
            fs::write(&path, content).unwrap();
            assert_eq!(excerpt(&path).unwrap_err(), super::super::read(&path).unwrap_err(), "{content}");
        }
        fs::write(&path, &text).unwrap();
        let moved = path.with_file_name("20260101T000000Z-nocommit-0000000000000001.json");
        fs::rename(&path, &moved).unwrap();
        assert!(matches!(excerpt(&moved), Err(Problem::Misplaced(_))));
    }

    proptest! {
        #[test]
        fn any_bytes_are_safe_to_read(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            prop_assert!(parse(&bytes).is_err());
        }
    }
}
