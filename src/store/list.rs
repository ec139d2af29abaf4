//! Lists what is stored, complete runs and everything else alike.

use std::path::{Path, PathBuf};
use std::thread;

use super::read::{bytes_of, problem_of};
use super::walk::{Place, Stray, walk};
use super::{Error, Problem, layout, read};
use crate::model::{Commit, Machine, MachineKey, Run};

/// One entry of the results folder.
#[derive(Clone, Debug, PartialEq)]
pub struct Row<T = Header> {
    /// The file or folder.
    pub path: PathBuf,
    /// What the run is, or why this is none.
    pub content: Result<T, Problem>,
}

/// Threads that read; more would wait for each other's memory.
const READERS_MAX: usize = 8;

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
    list_as(root, Header::from)
}

/// The same, with what `keep` makes of each run: every file is read once, on several threads, and a run does not outlive
/// its turn.
///
/// # Errors
///
/// As for [`list`].
pub fn list_as<T: Send>(root: &Path, keep: impl Fn(Run) -> T + Sync) -> Result<Vec<Row<T>>, Error> {
    let entries = walk(root)?;
    let readers = thread::available_parallelism().map_or(1, usize::from).min(READERS_MAX);
    let (keep, share) = (&keep, entries.len().div_ceil(readers).max(1));
    let rows = thread::scope(|scope| {
        let read = |part: &[Result<Place, Stray>]| part.iter().filter_map(|entry| row(entry, keep)).collect::<Vec<_>>();
        let parts: Vec<_> = entries.chunks(share).map(|part| scope.spawn(move || read(part))).collect();
        // In order of the entries, whoever is done first.
        parts.into_iter().flat_map(|part| part.join().expect("reading any bytes does not panic")).collect()
    });
    Ok(rows)
}

/// The row of one entry; a machine's own file has one only where something is wrong with it.
fn row<T>(entry: &Result<Place, Stray>, keep: impl Fn(Run) -> T) -> Option<Row<T>> {
    let place = match entry {
        Ok(place) => place,
        Err((path, problem)) => return Some(Row { path: path.clone(), content: Err(problem.clone()) }),
    };
    let content = if place.name == layout::MACHINE_FILE {
        Err(check_machine(&place.machine_folder, &place.path).err()?)
    } else {
        placed(&place.machine_folder, &place.name, &place.path).map(keep)
    };
    Some(Row { path: place.path.clone(), content })
}

/// The run in a file that lies where it belongs.
fn placed(machine_folder: &str, name: &str, path: &Path) -> Result<Run, Problem> {
    let run = read(path)?;
    let expected_name = layout::file_name(&run).map_err(Problem::Foreign)?;
    let expected_folder = layout::machine_folder_name(&run.machine.key);
    if expected_name != name || expected_folder != machine_folder {
        return Err(Problem::Misplaced(format!("{}/{expected_folder}/{expected_name}", layout::VERSION_FOLDER)));
    }
    Ok(run)
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
