//! Files that somebody else wrote.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Error;

/// A whole session's witness of one topic stays below 5 MiB; what is larger than this is not ours to load.
const BYTES_MAX: u64 = 64 << 20;

/// Characters of foreign text that are repeated in a message or kept as a reason.
const QUOTE_CHARS_MAX: usize = 500;

/// The text of a plain file.
pub(super) fn read_text(path: &Path) -> Result<String, Error> {
    let read = || {
        // Asked before it is opened: to open a named pipe would wait for ever.
        let metadata = fs::metadata(path)?;
        if !metadata.is_file() || metadata.len() > BYTES_MAX {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it is no plain file of a sensible size"));
        }
        fs::read_to_string(path)
    };
    read().map_err(|source| unreadable(path, source))
}

/// All plain files of that name below `root`, in order; symbolic links are not followed. A missing root holds none.
pub(super) fn find(root: &Path, name: &str) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for (path, kind) in entries(&folder)? {
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() && path.file_name().is_some_and(|file| file == name) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// What lies in a folder, in order; nothing when there is no such folder.
pub(super) fn entries(folder: &Path) -> Result<Vec<(PathBuf, fs::FileType)>, Error> {
    let listed = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        listed => listed.and_then(|listed| {
            listed.map(|entry| entry.and_then(|entry| Ok((entry.path(), entry.file_type()?)))).collect()
        }),
    };
    let mut entries: Vec<(PathBuf, fs::FileType)> = listed.map_err(|source| unreadable(folder, source))?;
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(entries)
}

/// Foreign text made fit for a message: one line of limited length, control characters replaced by spaces.
pub(super) fn one_line(text: &str) -> String {
    text.chars().take(QUOTE_CHARS_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

pub(super) fn unreadable(path: &Path, source: io::Error) -> Error {
    Error::Unreadable { path: path.to_owned(), source }
}

pub(super) fn refused(path: &Path, reason: impl Into<String>) -> Error {
    Error::Refused { path: path.to_owned(), reason: one_line(&reason.into()) }
}
