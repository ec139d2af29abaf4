//! What large folders held when they were last listed, so that a file that did not change is not read again.
//!
//! The index lies in the user's cache folder and is never believed over the files: an entry counts only while the file has
//! the size, the node and the times that it had. Without a cache folder, or with a damaged index, every file is read.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::tree::Row;
use crate::model::RunHeader;

/// Fewer files are read as fast as an index.
const FILES_MIN: usize = 100;
/// Seconds after a change in which another could leave the same times behind.
const SETTLED_S: i64 = 2;

/// A file as it was: size, node, and when it was written and changed, in seconds and nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp(u64, u64, i64, i64, i64, i64);

/// A file as it was listed: its stamp, what it has in common with copies of it, and its row.
pub(super) struct Listed<T> {
    pub(super) stamp: Option<Stamp>,
    pub(super) content: Option<u64>,
    pub(super) row: Row<T>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    stamp: Stamp,
    content: Option<u64>,
    header: RunHeader,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Index {
    /// What made it: another version, or another hash, makes other entries.
    maker: String,
    entries: BTreeMap<PathBuf, Entry>,
    #[serde(skip)]
    file: Option<PathBuf>,
}

impl Stamp {
    /// None for what is not a file.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let of = |it: &Metadata| Self(it.size(), it.ino(), it.mtime(), it.mtime_nsec(), it.ctime(), it.ctime_nsec());
        fs::metadata(path).ok().filter(Metadata::is_file).map(|metadata| of(&metadata))
    }

    fn is_settled(self, now: i64) -> bool {
        now - self.2.max(self.4) >= SETTLED_S
    }
}

impl Index {
    /// The index of a folder with so many files; empty where there is none.
    pub(super) fn of(root: &Path, files: usize) -> Self {
        let file = (files >= FILES_MIN).then(|| file_of(root)).flatten();
        let stored = file.as_ref().and_then(|file| serde_json::from_slice(&fs::read(file).ok()?).ok());
        let stored = stored.filter(|index: &Self| index.maker == maker());
        let none = || Self { maker: maker(), entries: BTreeMap::new(), file: None };
        Self { file, ..stored.unwrap_or_else(none) }
    }

    /// The run in a file that did not change since.
    pub(super) fn get(&self, path: &Path, stamp: Option<Stamp>) -> Option<(Option<u64>, RunHeader)> {
        let entry = self.entries.get(path).filter(|entry| Some(entry.stamp) == stamp)?;
        Some((entry.content, entry.header.clone()))
    }

    /// Remembers what was listed, if it is not what was known.
    pub(super) fn keep(self, listed: &[Listed<RunHeader>]) {
        let Some(file) = self.file else { return };
        let is_known = |listed: &Listed<RunHeader>| {
            listed.row.content.is_err()
                || self.entries.get(&listed.row.path).is_some_and(|entry| Some(entry.stamp) == listed.stamp)
        };
        if listed.len() == self.entries.len() && listed.iter().all(is_known) {
            return;
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64);
        let entry = |listed: &Listed<RunHeader>| {
            let header = listed.row.content.as_ref().ok()?.clone();
            let stamp = listed.stamp.filter(|stamp| stamp.is_settled(now))?;
            Some((listed.row.path.clone(), Entry { stamp, content: listed.content, header }))
        };
        let index = Self { maker: maker(), entries: listed.iter().filter_map(entry).collect(), file: None };
        // An index that cannot be written is made again.
        let temporary = file.with_extension(format!("{}.partial", std::process::id()));
        let written = fs::create_dir_all(file.parent().unwrap_or(Path::new(".")))
            .and_then(|()| fs::write(&temporary, serde_json::to_vec(&index).unwrap_or_default()))
            .and_then(|()| fs::rename(&temporary, &file));
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
    }
}

fn maker() -> String {
    format!("{} {:016x}", env!("CARGO_PKG_VERSION"), hash("parcost"))
}

fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Below `$XDG_CACHE_HOME`, else `~/.cache`; one file for each folder and each way to write its name.
fn file_of(root: &Path) -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = named("XDG_CACHE_HOME").or_else(|| Some(named("HOME")?.join(".cache")))?;
    let key = hash((fs::canonicalize(root).ok()?, root));
    Some(cache.join("parcost").join(format!("index-{key:016x}.json")))
}

#[cfg(test)]
mod tests {
    use super::super::tests::run;
    use super::super::{append, list};
    use super::*;

    #[test]
    fn an_entry_counts_only_while_its_file_is_what_it_was() {
        let root = tempfile::tempdir().unwrap();
        let path = append(root.path(), &run(1)).unwrap();
        let stamp = Stamp::of(&path);
        let header = list(root.path()).unwrap().remove(0).content.unwrap();
        let entry = Entry { stamp: stamp.unwrap(), content: Some(7), header };
        let index = Index { maker: maker(), entries: [(path.clone(), entry)].into(), file: None };
        assert_eq!(index.get(&path, Stamp::of(&path)).map(|found| found.0), Some(Some(7)));
        fs::write(&path, fs::read(&path).unwrap()).unwrap();
        assert_eq!(index.get(&path, Stamp::of(&path)).map(|found| found.0), None, "written again");
        assert_eq!(Stamp::of(root.path()), None);
    }

    #[test]
    fn a_file_that_was_just_written_is_not_remembered() {
        let stamp = Stamp(1, 1, 100, 0, 100, 0);
        assert!(!stamp.is_settled(101) && stamp.is_settled(102));
        assert!(!Stamp(1, 1, 50, 0, 101, 0).is_settled(102), "its name was changed since");
    }
}
