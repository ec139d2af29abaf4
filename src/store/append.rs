//! Adds a run to the results, so that it is there completely or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

use super::{Error, layout, parse};
use crate::model::Run;

/// Stores `run` under `root` and returns the path of its file.
///
/// It is written under a temporary name in the same folder, flushed to the disk and then given its name, which fails when
/// the name is taken: no existing file is ever touched. What the machine is, is written beside the first of its runs.
///
/// # Errors
///
/// When the run would not read back as it is, when its name is taken, or when the file system refuses.
pub fn append(root: &Path, run: &Run) -> Result<PathBuf, Error> {
    let not_storable = |reason: String| Error::NotStorable { id: run.id.clone(), reason };
    let name = layout::file_name(run).map_err(not_storable)?;
    let text = text_of(run).map_err(not_storable)?;
    match parse(text.as_bytes()) {
        Ok(read_back) if read_back == *run => {}
        Ok(_) => return Err(not_storable("it would not read back as it is".to_owned())),
        Err(problem) => return Err(not_storable(format!("read back, {problem}"))),
    }

    let folder = layout::machine_folder(root, &run.machine.key);
    fs::create_dir_all(&folder).map_err(Error::io("create the folder", &folder))?;
    let machine = text_of(&run.machine).map_err(not_storable)?;
    match place(&folder, layout::MACHINE_FILE, &run.id, &machine) {
        Ok(_) | Err(Error::AlreadyStored { .. }) => {}
        Err(error) => return Err(error),
    }
    let path = place(&folder, &name, &run.id, &text)?;
    for folder in [folder.as_path(), &root.join(layout::VERSION_FOLDER), root] {
        sync_folder(folder)?;
    }
    Ok(path)
}

fn text_of(content: &impl Serialize) -> Result<String, String> {
    let mut text = serde_json::to_string(content).map_err(|error| error.to_string())?;
    text.push('\n');
    Ok(text)
}

/// Writes a file that appears under its name complete, and only if the name is free.
fn place(folder: &Path, name: &str, id: &str, text: &str) -> Result<PathBuf, Error> {
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

fn write_flushed(path: &Path, text: &str) -> Result<(), Error> {
    let mut file =
        OpenOptions::new().write(true).create_new(true).open(path).map_err(Error::io("create the file", path))?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(Error::io("write", path))
}

fn sync_folder(folder: &Path) -> Result<(), Error> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(Error::io("flush the folder", folder))
}
