//! Where the runs of each machine lie, without opening one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::list::check_machine;
use super::walk::walk;
use super::{Error, Row, layout};
use crate::model::MachineKey;

/// The files under a results folder.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Files {
    /// What bears the name of a run's file or any other, by machine, in the order of the names.
    pub runs: BTreeMap<MachineKey, Vec<PathBuf>>,
    /// What can hold no run, with the reason.
    pub strays: Vec<Row>,
}

/// The files of all machines under `root`; none when there is no such folder yet. Hidden files are passed over.
///
/// # Errors
///
/// When the folder itself cannot be read. Whatever is wrong inside it is among the strays.
pub fn files(root: &Path) -> Result<Files, Error> {
    let mut files = Files::default();
    for entry in walk(root)? {
        let place = match entry {
            Ok(place) => place,
            Err((path, problem)) => {
                files.strays.push(Row { path, content: Err(problem) });
                continue;
            }
        };
        if place.name == layout::MACHINE_FILE {
            if let Err(problem) = check_machine(&place.machine_folder, &place.path) {
                files.strays.push(Row { path: place.path, content: Err(problem) });
            }
        } else if let Some(machine) = layout::machine_of_folder(&place.machine_folder) {
            files.runs.entry(machine).or_default().push(place.path);
        }
    }
    Ok(files)
}
