//! Lists what is stored, complete runs and everything else alike.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::read::{bytes_of, problem_of};
use super::{Error, Problem, layout, read};
use crate::model::{Commit, Machine, MachineKey, Run};

/// One entry of the results folder.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The file or folder.
    pub path: PathBuf,
    /// What the run is, or why this is none.
    pub content: Result<Header, Problem>,
}

/// What a run is, without its measurements.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    /// Its id.
    pub id: String,
    /// Its start, RFC 3339 in UTC.
    pub started: String,
    /// Its duration, seconds.
    pub duration_s: f64,
    /// How much was measured.
    pub profile: String,
    /// Of which source.
    pub commit: Commit,
    /// On which machine.
    pub machine: MachineKey,
    /// Number of measurements.
    pub measurements: usize,
    /// Number of failures.
    pub failures: usize,
    /// Number of omissions.
    pub omissions: usize,
}

/// Everything stored under `root`, by machine and then by commit time; nothing when there is no such folder yet.
///
/// Hidden files are passed over: among them are the temporary files of writers that were interrupted.
///
/// # Errors
///
/// When the folder itself cannot be read. Whatever is wrong inside it is a row of its own.
pub fn list(root: &Path) -> Result<Vec<Row>, Error> {
    let mut rows = Vec::new();
    let versions = match names_in(root) {
        Ok(names) => names,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(rows),
        Err(source) => return Err(Error::Io { action: "read the folder", path: root.to_owned(), source }),
    };
    // Beside the versions' folders a reader may keep notes of their own.
    for name in versions.iter().filter(|name| is_version(name)) {
        let folder = root.join(name);
        if name == layout::VERSION_FOLDER {
            list_machines(&folder, &mut rows);
        } else {
            let version = name[1..].parse().unwrap_or(u64::MAX);
            rows.push(Row { path: folder, content: Err(Problem::Future(version)) });
        }
    }
    Ok(rows)
}

fn is_version(name: &str) -> bool {
    name.strip_prefix('v').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

fn list_machines(folder: &Path, rows: &mut Vec<Row>) {
    for_each_name(folder, rows, |name, path, rows| {
        if layout::is_machine_folder(name) && path.is_dir() {
            list_runs(name, &path, rows);
        } else {
            let problem = Problem::Foreign("it is no folder machine=<key>".to_owned());
            rows.push(Row { path, content: Err(problem) });
        }
    });
}

fn list_runs(machine_folder: &str, folder: &Path, rows: &mut Vec<Row>) {
    for_each_name(folder, rows, |name, path, rows| {
        if name == layout::MACHINE_FILE {
            if let Err(problem) = check_machine(machine_folder, &path) {
                rows.push(Row { path, content: Err(problem) });
            }
        } else {
            let content = header(machine_folder, name, &path);
            rows.push(Row { path, content });
        }
    });
}

/// Visits the entries of a folder in order of their names; a folder that cannot be read becomes a row.
fn for_each_name(folder: &Path, rows: &mut Vec<Row>, mut visit: impl FnMut(&str, PathBuf, &mut Vec<Row>)) {
    match names_in(folder) {
        Ok(names) => names.iter().for_each(|name| visit(name, folder.join(name), rows)),
        Err(error) => {
            rows.push(Row { path: folder.to_owned(), content: Err(Problem::Unreadable(error.to_string())) });
        }
    }
}

/// The names in a folder, sorted, without hidden ones; a name that is no UTF-8 is kept in the form it is shown in.
fn names_in(folder: &Path) -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.retain(|name| !name.starts_with('.') && !layout::is_temporary(name));
    names.sort();
    Ok(names)
}

fn header(machine_folder: &str, name: &str, path: &Path) -> Result<Header, Problem> {
    let run = read(path)?;
    let expected_name = layout::file_name(&run).map_err(Problem::Foreign)?;
    let expected_folder = layout::machine_folder_name(&run.machine.key);
    if expected_name != name || expected_folder != machine_folder {
        return Err(Problem::Misplaced(format!("{}/{expected_folder}/{expected_name}", layout::VERSION_FOLDER)));
    }
    Ok(Header::from(run))
}

fn check_machine(machine_folder: &str, path: &Path) -> Result<(), Problem> {
    let machine: Machine = serde_json::from_slice(&bytes_of(path)?).map_err(problem_of)?;
    let expected = layout::machine_folder_name(&machine.key);
    if expected == machine_folder {
        Ok(())
    } else {
        Err(Problem::Misplaced(format!("{}/{expected}", layout::VERSION_FOLDER)))
    }
}

impl From<Run> for Header {
    fn from(run: Run) -> Self {
        Self {
            id: run.id,
            started: run.started,
            duration_s: run.duration_s,
            profile: run.profile,
            commit: run.commit,
            machine: run.machine.key,
            measurements: run.measurements.len(),
            failures: run.failures.len(),
            omissions: run.omissions.len(),
        }
    }
}
