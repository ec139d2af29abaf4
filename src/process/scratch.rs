//! A folder for files that outlive nothing.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::ops::Deref;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use nix::fcntl::{Flock, FlockArg};

/// More are never needed: the lock follows the making at once.
const TRIES: usize = 5;

/// A folder that nobody else writes to, removed when dropped. One that a killed process left is removed by the next that
/// makes one of that name in the same place: the system gives back the lock of the dead.
#[derive(Debug)]
pub struct Scratch {
    folder: PathBuf,
    _lock: Option<Flock<File>>,
}

impl Scratch {
    /// Makes the folder in `place`, which is made where it is missing.
    pub fn new(place: &Path, name: &str) -> io::Result<Self> {
        fs::create_dir_all(place)?;
        let place = fs::canonicalize(place)?;
        sweep(&place, &format!("{name}-"));
        for _ in 1..TRIES {
            let (folder, lock) = locked(&place, name)?;
            // Between its making and its lock, another may have taken it for one that was left.
            if lock.is_some() && folder.exists() {
                return Ok(Self { folder, _lock: lock });
            }
            let _ = fs::remove_dir(folder);
        }
        // A file system without locks: there nobody sweeps.
        let (folder, lock) = locked(&place, name)?;
        Ok(Self { folder, _lock: lock })
    }
}

impl Deref for Scratch {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn locked(place: &Path, name: &str) -> io::Result<(PathBuf, Option<Flock<File>>)> {
    let folder = place.join(format!("{name}-{}-{:08x}", std::process::id(), fastrand::u32(..)));
    DirBuilder::new().mode(0o700).create(&folder)?;
    Ok((folder.clone(), lock(&folder)))
}

fn lock(folder: &Path) -> Option<Flock<File>> {
    Flock::lock(File::open(folder).ok()?, FlockArg::LockExclusiveNonblock).ok()
}

/// Removes what the dead left; what belongs to others stays.
fn sweep(place: &Path, prefix: &str) {
    let is_left = |path: &PathBuf| {
        let name = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix));
        name && path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir())
    };
    for path in fs::read_dir(place).into_iter().flatten().flatten().map(|entry| entry.path()).filter(is_left) {
        if let Some(_lock) = lock(&path) {
            let _ = fs::remove_dir_all(&path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_removes_what_a_killed_process_left_and_nothing_else() {
        let place = tempfile::tempdir().unwrap();
        for name in ["work-1-00000001", "other-1-00000001"] {
            fs::create_dir(place.path().join(name)).unwrap();
            fs::write(place.path().join(name).join("file"), "").unwrap();
        }
        let first = Scratch::new(place.path(), "work").unwrap();
        fs::write(first.join("file"), "").unwrap();
        let second = Scratch::new(place.path(), "work").unwrap();
        let names = || fs::read_dir(place.path()).unwrap().count();
        assert!(first.join("file").exists() && !place.path().join("work-1-00000001").exists());
        assert_eq!(names(), 3);
        drop((first, second));
        assert_eq!(names(), 1);
    }
}
