//! Puts a file into its place, so that it is there completely or not at all, and never over another.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Error, layout};

/// Writes a file that appears under its name complete, and only if the name is free.
///
/// It is written under a temporary name in the same folder, flushed to the disk and then given its name, which fails when
/// the name is taken.
pub(super) fn place(folder: &Path, name: &str, id: &str, text: &str) -> Result<PathBuf, Error> {
    static WRITER: AtomicU64 = AtomicU64::new(0);
    let writer = format!("{}-{}", process::id(), WRITER.fetch_add(1, Ordering::Relaxed));
    let temporary = folder.join(layout::temporary_name(id, &writer));
    let path = folder.join(name);
    let placed = write_flushed(&temporary, text).and_then(|()| {
        fs::hard_link(&temporary, &path).map_err(|source| match source.kind() {
            ErrorKind::AlreadyExists => Error::AlreadyStored { path: path.clone() },
            _ => Error::Io { action: "name the file", path: path.clone(), source },
        })
    });
    // The temporary name is taken back in any case; left behind by a crash, it is never read.
    let removed = fs::remove_file(&temporary).map_err(Error::io("remove", &temporary));
    placed?;
    removed?;
    Ok(path)
}

/// Makes a folder and those above it.
pub(super) fn make_folder(folder: &Path) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(Error::io("create the folder", folder))
}

/// Flushes the names in `folder` to the disk, and those in the folders above it up to `root`.
pub(super) fn sync_folders(folder: &Path, root: &Path) -> Result<(), Error> {
    for folder in folder.ancestors().take_while(|above| above.starts_with(root)) {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(Error::io("flush the folder", folder))?;
    }
    Ok(())
}

fn write_flushed(path: &Path, text: &str) -> Result<(), Error> {
    let mut file =
        OpenOptions::new().write(true).create_new(true).open(path).map_err(Error::io("create the file", path))?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(Error::io("write", path))
}
