//! One measurement at a time in one folder.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus};

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

use super::Error;
use crate::process;

/// Held for as long as it lives, and given back by the system if the process dies.
#[derive(Debug)]
pub struct Lock {
    _file: Flock<File>,
}

/// Takes the lock of `folder`, which is made where it is missing; from now on, what this program starts ends with it, so that
/// whoever takes the lock next has the machine to itself.
///
/// Fails when another gate is measuring there.
pub fn lock(folder: &Path) -> Result<Lock, Error> {
    fs::create_dir_all(folder).map_err(Error::file(folder))?;
    let path = folder.join("lock");
    let file = File::create(&path).map_err(Error::file(&path))?;
    process::keep_children().map_err(|source| Error::NoProgram { program: "sh".to_owned(), source })?;
    match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(file) => Ok(Lock { _file: file }),
        Err((_, Errno::EWOULDBLOCK)) => Err(Error::package(
            folder,
            "another gate is measuring here, and two at once would disturb each other; wait for it, or use another \
             CARGO_TARGET_DIR",
        )),
        Err((_, error)) => Err(Error::File { path, source: error.into() }),
    }
}

/// Runs a command to its end, which comes with that of this program at the latest.
pub fn kept(command: &mut Command) -> io::Result<ExitStatus> {
    process::keep_children()?;
    process::join(command).status()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = lock(folder.path()).unwrap();
        assert!(lock(folder.path()).unwrap_err().to_string().contains("another gate"));
        drop(first);
        assert!(lock(folder.path()).is_ok());
    }
}
