//! A stored file on its way to another folder, branch or machine.

use std::fs;
use std::path::Path;

use super::append::json_of;
use super::read::bytes_of;
use super::{Error, Problem, layout, paired, parse};
use crate::model::{Machine, MachineKey};

/// A stored file, proven to be one, and where it belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// Its path below a results folder, by its content alone, `/` between the parts.
    pub place: String,
    /// Its content.
    pub bytes: Vec<u8>,
    /// What the machine is, with its own place: for a folder that has no run of it yet. None for a paired run.
    pub machine: Option<(String, Vec<u8>)>,
}

/// The run or paired run in a file, for another results folder.
///
/// # Errors
///
/// When the file is a link, no complete stored run, or not named as the store named it.
pub fn export(path: &Path) -> Result<Exported, Error> {
    let unusable = |problem| Error::Unusable { path: path.to_owned(), problem };
    let is_link = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
    let bytes = if is_link { Err(Problem::NotAFile) } else { bytes_of(path) }.map_err(unusable)?;
    let exported = exported(bytes).map_err(unusable)?;
    let named = path.file_name().and_then(|name| name.to_str());
    if exported.place.rsplit('/').next() == named {
        Ok(exported)
    } else {
        Err(unusable(Problem::Misplaced(exported.place)))
    }
}

fn exported(bytes: Vec<u8>) -> Result<Exported, Problem> {
    match parse(&bytes) {
        Ok(run) => {
            let name = layout::file_name(&run).map_err(Problem::Foreign)?;
            let folder = place(&run.machine.key, layout::VERSION_FOLDER);
            let machine = Some((format!("{folder}/{}", layout::MACHINE_FILE), machine_bytes(&run.machine)?));
            Ok(Exported { place: format!("{folder}/{name}"), bytes, machine })
        }
        // Of the two reasons, that of the form which the file has is the one to tell.
        Err(problem) => match paired::parse(&bytes) {
            Ok(run) => {
                let name = layout::paired_file_name(&run).map_err(Problem::Foreign)?;
                let folder = place(&run.machine.key, &format!("{}/{}", layout::PAIRED_FOLDER, layout::VERSION_FOLDER));
                Ok(Exported { place: format!("{folder}/{name}"), bytes, machine: None })
            }
            Err(Problem::Foreign(_)) => Err(problem),
            Err(of_paired) if matches!(problem, Problem::Foreign(_)) => Err(of_paired),
            Err(_) => Err(problem),
        },
    }
}

fn place(key: &MachineKey, version: &str) -> String {
    format!("{version}/{}", layout::machine_folder_name(key))
}

/// As the store writes it beside the first run of a machine.
fn machine_bytes(machine: &Machine) -> Result<Vec<u8>, Problem> {
    json_of(machine).map(|json| format!("{json}\n").into_bytes()).map_err(Problem::Foreign)
}
