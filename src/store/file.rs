//! One file: read within bounds whatever it holds, and written completely or not at all, never over another.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use super::error::{Error, Problem};
use super::layout;

/// Far more than a run of every benchmark on the largest machine; it keeps a stray file from filling the memory.
const BYTES_MAX: u64 = 64 * 1024 * 1024;

/// A run's first fields and its start stand in the first hundred bytes of its file, however it is spaced.
const HEAD_BYTES: u64 = 256;
const HEAD_FIELDS: [&str; 2] = ["\"schema_version\"", "\"id\""];

/// Opens a file without waiting for one that only looks regular, as some of /proc do.
fn open(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)
}

/// The content of a regular file of bounded size; never waits on a pipe.
pub(super) fn bytes_of(path: &Path) -> Result<Vec<u8>, Problem> {
    let unreadable = |error: std::io::Error| Problem::Unreadable(error.to_string());
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(Problem::NotAFile);
    }
    if metadata.len() > BYTES_MAX {
        return Err(Problem::TooLarge(metadata.len()));
    }
    let mut bytes = Vec::new();
    open(path).and_then(|file| file.take(BYTES_MAX).read_to_end(&mut bytes)).map_err(unreadable)?;
    Ok(bytes)
}

/// The first bytes of a regular file as text; none where it cannot be read.
pub(super) fn head_of(path: &Path) -> Option<String> {
    // What is not a regular file may keep its reader waiting.
    fs::metadata(path).ok().filter(|metadata| metadata.is_file())?;
    let mut head = Vec::new();
    open(path).ok()?.take(HEAD_BYTES).read_to_end(&mut head).ok()?;
    Some(String::from_utf8_lossy(&head).into_owned())
}

/// Whether a file begins as the file of a run does, complete or not; false where it cannot be read.
pub fn begins_as_run(path: &Path) -> bool {
    head_of(path)
        .is_some_and(|head| head.trim_start().starts_with('{') && HEAD_FIELDS.iter().all(|field| head.contains(field)))
}

/// The name of a file; empty where it has none.
pub(super) fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Writes a file that appears under its name complete, and only if the name is free; the folder is made where there is
/// none, and all names up to `root` are flushed to the disk.
pub(super) fn place(root: &Path, folder: &Path, name: &str, id: &str, text: &str) -> Result<PathBuf, Error> {
    static WRITER: AtomicU64 = AtomicU64::new(0);
    fs::create_dir_all(folder).map_err(Error::io("create the folder", folder))?;
    let writer = format!("{}-{}", process::id(), WRITER.fetch_add(1, Ordering::Relaxed));
    let temporary = folder.join(layout::temporary_name(id, &writer));
    let path = folder.join(name);
    let placed = write_flushed(&temporary, text).and_then(|()| {
        // Unlike a rename, a link fails when the name is taken.
        fs::hard_link(&temporary, &path).map_err(|source| match source.kind() {
            ErrorKind::AlreadyExists => Error::AlreadyStored { path: path.clone() },
            _ => Error::Io { action: "name the file", path: path.clone(), source },
        })
    });
    // The temporary name is removed in any case; left behind by a crash, it is never read.
    let removed = fs::remove_file(&temporary).map_err(Error::io("remove", &temporary));
    placed?;
    removed?;
    for folder in folder.ancestors().take_while(|above| above.starts_with(root)) {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(Error::io("flush the folder", folder))?;
    }
    Ok(path)
}

fn write_flushed(path: &Path, text: &str) -> Result<(), Error> {
    let mut file =
        OpenOptions::new().write(true).create_new(true).open(path).map_err(Error::io("create the file", path))?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(Error::io("write", path))
}
