//! Walks through a tree of stored files, machine by machine, without opening one.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::document::check_machine;
use super::error::{Error, Problem};
use super::file::name_of;
use super::layout;
use crate::model::{MachineKey, RunHeader};

/// A file, or whatever else lies in a machine's folder; else a path that leads to none, and why.
pub(super) type Entry = Result<PathBuf, (PathBuf, Problem)>;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Files {
    /// What has the name of a run's file or any other, by machine, in the order of the names.
    pub runs: BTreeMap<MachineKey, Vec<PathBuf>>,
    pub strays: Vec<Row>,
}

/// A path in the results folder.
#[derive(Clone, Debug, PartialEq)]
pub struct Row<T = RunHeader> {
    /// The file.
    pub path: PathBuf,
    /// What the run is, or why this is none.
    pub content: Result<T, Problem>,
}

impl<T> Row<T> {
    /// What was read, and from where; else the error of one who needs it.
    pub fn usable(self) -> Result<(PathBuf, T), Error> {
        match self.content {
            Ok(content) => Ok((self.path, content)),
            Err(problem) => Err(Error::Unusable { path: self.path, problem }),
        }
    }
}

/// The files of all machines under `root`; none when there is no such folder yet. Hidden files are skipped.
pub fn files(root: &Path) -> Result<Files, Error> {
    let mut files = Files::default();
    for entry in walk(root)? {
        match entry {
            Err((path, problem)) => files.strays.push(Row { path, content: Err(problem) }),
            Ok(path) if name_of(&path) == layout::MACHINE_FILE => {
                if let Err(problem) = check_machine(&path) {
                    files.strays.push(Row { path, content: Err(problem) });
                }
            }
            Ok(path) => {
                let machine = path.parent().and_then(|folder| layout::machine_of_folder(&name_of(folder)));
                files.runs.entry(machine.expect("the tree has no other folders")).or_default().push(path);
            }
        }
    }
    Ok(files)
}

/// Every stored file under `root` and every path that is not one, by machine and then by name; nothing when there is no such folder.
///
/// Hidden files are skipped: among them are the temporary files of writers that were interrupted.
pub(super) fn walk(root: &Path) -> Result<Vec<Entry>, Error> {
    let mut found = Vec::new();
    let versions = match paths_in(root) {
        Ok(paths) => paths,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(found),
        Err(source) => return Err(Error::Io { action: "read the folder", path: root.to_owned(), source }),
    };
    for folder in versions {
        let name = name_of(&folder);
        if name == layout::VERSION_FOLDER {
            for_each_path(&folder, &mut found, walk_machine);
        } else if let Some(newer) = version(&name) {
            found.push(Err((folder, Problem::Future(newer))));
        }
        // Beside the folders of the versions a reader may keep notes.
    }
    Ok(found)
}

fn version(name: &str) -> Option<u64> {
    let digits = name.strip_prefix('v').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    if digits.is_empty() { None } else { Some(digits.parse().unwrap_or(u64::MAX)) }
}

fn walk_machine(path: PathBuf, found: &mut Vec<Entry>) {
    if layout::machine_of_folder(&name_of(&path)).is_some() && path.is_dir() {
        for_each_path(&path, found, |path, found| found.push(Ok(path)));
    } else {
        found.push(Err((path, Problem::Foreign("it is not a folder machine=<key>".to_owned()))));
    }
}

/// Visits the entries of a folder in the order of their names; a folder that cannot be read is a stray itself.
fn for_each_path(folder: &Path, found: &mut Vec<Entry>, visit: impl Fn(PathBuf, &mut Vec<Entry>)) {
    match paths_in(folder) {
        Ok(paths) => paths.into_iter().for_each(|path| visit(path, found)),
        Err(error) => found.push(Err((folder.to_owned(), Problem::Unreadable(error.to_string())))),
    }
}

fn paths_in(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.retain(|path| !name_of(path).starts_with('.'));
    paths.sort();
    Ok(paths)
}
