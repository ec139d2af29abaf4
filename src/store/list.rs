//! Lists what is stored, complete runs and everything else alike.

use std::path::{Path, PathBuf};

use super::read::{bytes_of, problem_of};
use super::walk::{Place, Stray, walk};
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
    Ok(walk(root)?.into_iter().filter_map(row).collect())
}

/// The row of one entry; a machine's own file has one only where something is wrong with it.
fn row(entry: Result<Place, Stray>) -> Option<Row> {
    let place = match entry {
        Ok(place) => place,
        Err((path, problem)) => return Some(Row { path, content: Err(problem) }),
    };
    let content = if place.name == layout::MACHINE_FILE {
        Err(check_machine(&place.machine_folder, &place.path).err()?)
    } else {
        header(&place.machine_folder, &place.name, &place.path)
    };
    Some(Row { path: place.path, content })
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

pub(super) fn check_machine(machine_folder: &str, path: &Path) -> Result<(), Problem> {
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
