//! What was made of many files when they were last read, so that a file that did not change is not read again.
//!
//! It lies in the user's cache folder and is never believed over the files: it counts only while every file that it was
//! made of has the size, the node and the times that it had, and for the program that wrote it. Without a cache folder,
//! or with a damaged cache, every file is read.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::error::Problem;

/// Fewer files are read as fast as a cache.
const FILES_MIN: usize = 100;
/// Seconds after a change in which another could leave the same times behind.
const SETTLED_S: i64 = 2;

/// Files that could not be used, and why.
pub type Refused = BTreeMap<PathBuf, Problem>;
/// By path, whose bytes are compared in a tenth of the time that its parts take.
type Stamps = BTreeMap<OsString, Stamp>;

/// A file as it was: size, node, and when it was written and changed, in seconds and nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Stamp(u64, u64, i64, i64, i64, i64);

impl Stamp {
    /// None for what is not a file.
    fn of(path: &Path) -> Option<Self> {
        let of = |it: &Metadata| Self(it.size(), it.ino(), it.mtime(), it.mtime_nsec(), it.ctime(), it.ctime_nsec());
        fs::metadata(path).ok().filter(Metadata::is_file).map(|metadata| of(&metadata))
    }

    fn is_settled(self, now: i64) -> bool {
        now - self.2.max(self.4) >= SETTLED_S
    }
}

/// What `read` makes of `files`, all in `folders`: it is handed what is known of some of them, and adds the others. It is
/// remembered under `name`.
pub fn cached<T: Default + Serialize + DeserializeOwned>(
    name: &str,
    folders: &BTreeSet<&Path>,
    files: &[PathBuf],
    read: impl FnOnce(&mut T, &[&PathBuf]) -> Refused,
) -> (T, Refused) {
    let place = if files.len() < FILES_MIN { None } else { place(name, folders) };
    // Before they are read: a change in between makes a stamp an old one.
    let mut stamps: Stamps = files.iter().filter_map(|file| Some((file.into(), Stamp::of(file)?))).collect();
    let (known, mut content) = place.as_deref().and_then(|place| load(place, &stamps)).unwrap_or_default();
    let fresh: Vec<&PathBuf> = files.iter().filter(|file| !known.contains_key(file.as_os_str())).collect();
    let refused = read(&mut content, &fresh);
    stamps.retain(|path, _| !refused.contains_key(Path::new(path)));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64);
    if let Some(place) = place
        && stamps.len() > known.len()
        && stamps.values().all(|stamp| stamp.is_settled(now))
    {
        store(&place, &stamps, &content);
    }
    (content, refused)
}

/// What was stored, if each of its files is still what it was.
fn load<T: DeserializeOwned>(place: &Path, stamps: &Stamps) -> Option<(Stamps, T)> {
    let bytes = fs::read(place).ok()?;
    let (sum, body) = bytes.split_at_checked(size_of::<u64>())?;
    if sum != hash((maker(), body)).to_le_bytes() {
        return None;
    }
    let (known, content): (Stamps, T) = postcard::from_bytes(body).ok()?;
    known.iter().all(|(path, stamp)| stamps.get(path) == Some(stamp)).then_some((known, content))
}

/// A cache that cannot be written is made again.
fn store(place: &Path, stamps: &Stamps, content: &impl Serialize) {
    // With room for the sum: the content once more would be the most that the whole program holds.
    let Ok(mut bytes) = postcard::to_extend(&(stamps, content), vec![0; size_of::<u64>()]) else { return };
    let (sum, body) = bytes.split_at_mut(size_of::<u64>());
    sum.copy_from_slice(&hash((maker(), &*body)).to_le_bytes());
    let temporary = place.with_extension(format!("{}.partial", std::process::id()));
    let written = fs::create_dir_all(place.parent().unwrap_or(Path::new(".")))
        .and_then(|()| fs::write(&temporary, bytes))
        .and_then(|()| fs::rename(&temporary, place));
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
}

/// What made a cache: another program, or another build of it, makes its own.
fn maker() -> (&'static str, Option<Stamp>) {
    (env!("CARGO_PKG_VERSION"), std::env::current_exe().ok().and_then(|program| Stamp::of(&program)))
}

fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Below `$XDG_CACHE_HOME`, else `~/.cache`; one file for each set of folders and each way to write their names.
fn place(name: &str, folders: &BTreeSet<&Path>) -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = named("XDG_CACHE_HOME").or_else(|| Some(named("HOME")?.join(".cache")))?;
    let full = folders.iter().map(fs::canonicalize).collect::<Result<Vec<_>, _>>().ok()?;
    Some(cache.join("parcost").join(format!("{name}-{:016x}", hash((full, folders)))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cache_counts_only_while_its_files_are_what_they_were() {
        let root = tempfile::tempdir().unwrap();
        let [file, place] = ["run.json", "cache"].map(|name| root.path().join(name));
        fs::write(&file, "1").unwrap();
        let stamps = || -> Stamps { [((&file).into(), Stamp::of(&file).unwrap())].into() };
        store(&place, &stamps(), &7);
        assert_eq!(load::<i32>(&place, &stamps()), Some((stamps(), 7)));
        assert_eq!(load::<i32>(&place, &Stamps::new()), None, "its file is gone");
        fs::write(&file, "1").unwrap();
        assert_eq!(load::<i32>(&place, &stamps()), None, "its file was written again");
        store(&place, &stamps(), &7);
        let mut bytes = fs::read(&place).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&place, bytes).unwrap();
        assert_eq!(load::<i32>(&place, &stamps()), None, "the cache is damaged");
        assert_eq!(Stamp::of(root.path()), None);
    }

    #[test]
    fn a_file_that_was_just_written_is_not_remembered() {
        let stamp = Stamp(1, 1, 100, 0, 100, 0);
        assert!(!stamp.is_settled(101) && stamp.is_settled(102));
        assert!(!Stamp(1, 1, 50, 0, 101, 0).is_settled(102), "its name was changed since");
    }
}
