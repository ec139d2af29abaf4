//! Walks through a tree of stored files, machine by machine.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{Error, Problem, layout};

/// A file, or whatever else lies in a machine's folder.
pub(super) struct Place {
    pub(super) path: PathBuf,
    pub(super) name: String,
    /// The name of the folder that it lies in.
    pub(super) machine_folder: String,
}

/// A path that leads to no place, and why.
pub(super) type Stray = (PathBuf, Problem);

/// Every place under `root` and whatever is none, by machine and then by name; nothing when there is no such folder.
///
/// Hidden files are passed over: among them are the temporary files of writers that were interrupted.
///
/// # Errors
///
/// When the folder itself cannot be read.
pub(super) fn walk(root: &Path) -> Result<Vec<Result<Place, Stray>>, Error> {
    let mut found = Vec::new();
    let versions = match names_in(root) {
        Ok(names) => names,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(found),
        Err(source) => return Err(Error::Io { action: "read the folder", path: root.to_owned(), source }),
    };
    // Beside the versions' folders a reader may keep notes of their own.
    for name in versions.iter().filter(|name| is_version(name)) {
        let folder = root.join(name);
        if name == layout::VERSION_FOLDER {
            walk_machines(&folder, &mut found);
        } else {
            let version = name[1..].parse().unwrap_or(u64::MAX);
            found.push(Err((folder, Problem::Future(version))));
        }
    }
    Ok(found)
}

fn is_version(name: &str) -> bool {
    name.strip_prefix('v').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

fn walk_machines(folder: &Path, found: &mut Vec<Result<Place, Stray>>) {
    for_each_name(folder, found, |machine_folder, path, found| {
        if layout::is_machine_folder(&machine_folder) && path.is_dir() {
            for_each_name(&path, found, |name, path, found| {
                found.push(Ok(Place { path, name, machine_folder: machine_folder.clone() }));
            });
        } else {
            found.push(Err((path, Problem::Foreign("it is no folder machine=<key>".to_owned()))));
        }
    });
}

/// Visits the entries of a folder in order of their names; a folder that cannot be read is a stray itself.
fn for_each_name(
    folder: &Path,
    found: &mut Vec<Result<Place, Stray>>,
    visit: impl Fn(String, PathBuf, &mut Vec<Result<Place, Stray>>),
) {
    match names_in(folder) {
        Ok(names) => names.into_iter().for_each(|name| {
            let path = folder.join(&name);
            visit(name, path, found);
        }),
        Err(error) => found.push(Err((folder.to_owned(), Problem::Unreadable(error.to_string())))),
    }
}

/// The names in a folder, sorted, without hidden ones; a name that is no UTF-8 is kept in the form it is shown in.
fn names_in(folder: &Path) -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.retain(|name| !name.starts_with('.'));
    names.sort();
    Ok(names)
}
