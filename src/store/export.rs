//! A stored file on its way to another folder, branch or machine.

use std::fs;
use std::path::Path;

use super::document::{self, json_of, place_of};
use super::error::{Error, Problem};
use super::file::{bytes_of, name_of};
use super::layout;
use crate::model::{PairedRun, Run};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// Its path below a results folder, by its content alone, `/` between the parts.
    pub place: String,
    pub bytes: Vec<u8>,
    /// What the machine is, with its own place: for a folder that has no run of it yet. None for a paired run.
    pub machine: Option<(String, Vec<u8>)>,
}

/// The run or paired run in a file, for another results folder.
pub fn export(path: &Path) -> Result<Exported, Error> {
    let unusable = |problem| Error::Unusable { path: path.to_owned(), problem };
    let is_link = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
    let bytes = if is_link { Err(Problem::NotAFile) } else { bytes_of(path) }.map_err(unusable)?;
    let exported = exported(bytes).map_err(unusable)?;
    if exported.place.rsplit('/').next() == Some(&name_of(path)) {
        Ok(exported)
    } else {
        Err(unusable(Problem::Misplaced(exported.place)))
    }
}

fn exported(bytes: Vec<u8>) -> Result<Exported, Problem> {
    match document::parse::<Run>(&bytes) {
        Ok(run) => {
            let json = json_of(&run.machine).map_err(Problem::Foreign)?;
            let place = layout::place("", &run.machine.key, layout::MACHINE_FILE);
            let machine = Some((place, format!("{json}\n").into_bytes()));
            Ok(Exported { place: place_of(&run)?, bytes, machine })
        }
        // Of the two reasons, that of the kind which the file is says more.
        Err(problem) => match document::parse::<PairedRun>(&bytes) {
            Ok(run) => Ok(Exported { place: place_of(&run)?, bytes, machine: None }),
            Err(Problem::Foreign(_)) => Err(problem),
            Err(of_paired) if matches!(problem, Problem::Foreign(_)) => Err(of_paired),
            Err(_) => Err(problem),
        },
    }
}
