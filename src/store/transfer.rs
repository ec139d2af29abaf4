//! Runs and paired runs on their way to another folder, branch or machine, and from there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::document::{self, json_of, place_machine, place_of};
use super::error::{Error, Problem};
use super::file::{bytes_of, name_of, place};
use super::layout;
use super::run::{parse, stored_already};
use super::tree::files;
use crate::model::{Fact, MachineKey, PairedRun, Run};

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

/// Places the run in `file` under `root`, byte for byte, with what its machine is beside the first of its runs; returns the
/// path of the new file and the run.
///
/// It has to be readable, its seal has to fit its bytes, its machine key has to be the one that `key_of` makes of its
/// machine's facts, and no run of its id may be stored. No existing file is ever touched.
pub fn import(
    root: &Path,
    file: &Path,
    key_of: impl Fn(&BTreeMap<String, Fact>) -> MachineKey,
) -> Result<(PathBuf, Run), Error> {
    let refuse = |what: String, remedy| Error::NotImported { path: file.to_owned(), what, remedy };
    let refuse_for = |problem: Problem| refuse(problem.parts().1, remedy(&problem));
    let bytes = bytes_of(file).map_err(refuse_for)?;
    let run = parse(&bytes).map_err(refuse_for)?;
    // What parses as JSON is UTF-8.
    let text = std::str::from_utf8(&bytes).map_err(|error| refuse_for(Problem::Foreign(error.to_string())))?;
    if run.seal.is_none() {
        let what = "it has no seal, so an edit would go unnoticed".to_owned();
        return Err(refuse(what, "measure again on that machine, with a parcost that seals"));
    }
    let key = key_of(&run.machine.hardware);
    if key != run.machine.key {
        let what = format!("its machine key is {}, but the facts of its machine make {key}", run.machine.key);
        return Err(refuse(what, "copy the run as it was written, or measure again there with this parcost"));
    }
    let present = |stored, other_id| Error::Imported { path: file.to_owned(), stored, other_id };
    if let Some(other) = stored_as(root, &run.id)? {
        if fs::read(&other).is_ok_and(|stored| stored == bytes) {
            return Err(present(other, false));
        }
        let what = format!("another run of its id is stored, in {}", other.display());
        return Err(refuse(what, "find out which of the two is genuine"));
    }

    let folder = layout::machine_folder(root, &run.machine.key);
    if let Some(other) = stored_already(&folder, &run) {
        return Err(present(other, true));
    }

    let not_storable = |reason: String| Error::NotStorable { id: run.id.clone(), reason };
    let name = layout::file_name(&run).map_err(not_storable)?;
    let path = place(root, &folder, &name, &run.id, text)?;
    place_machine(root, &run.machine, &run.id)?;
    forget_elsewhere(&path);
    Ok((path, run))
}

/// Notes beside an imported run that the one that it follows was not imported: what was never here was not lost.
pub fn note_elsewhere(imported: &Path, follows: &str) -> Result<(), Error> {
    let path = imported.with_file_name(layout::elsewhere_name(follows));
    fs::write(&path, "").map_err(|source| Error::Io { action: "write", path, source })
}

/// Removes the note that the run in this file was elsewhere: it is here now, so that its loss would be one.
pub fn forget_elsewhere(path: &Path) {
    if let Some(id) = layout::run_id_in(&name_of(path)) {
        let _ = fs::remove_file(path.with_file_name(layout::elsewhere_name(id)));
    }
}

/// The file under `root` that has this id in its name, of whichever machine.
fn stored_as(root: &Path, id: &str) -> Result<Option<PathBuf>, Error> {
    let has_id = |path: &PathBuf| layout::run_id_in(&name_of(path)) == Some(id);
    Ok(files(root)?.runs.into_values().flatten().find(has_id))
}

/// What to do about a file that is to be imported: unlike one in the results folder it stays where it is.
fn remedy(problem: &Problem) -> &'static str {
    match problem {
        Problem::Unreadable(_) | Problem::Future(_) => problem.parts().2,
        Problem::Truncated => "copy it again, whole",
        Problem::Edited => "copy the run as it was written",
        Problem::Invalid(_) => "measure again on that machine",
        Problem::NotAFile
        | Problem::TooLarge(_)
        | Problem::Foreign(_)
        | Problem::Misplaced(_)
        | Problem::Duplicate(_) => "name the file of a run, as `parcost list` shows it where the run was stored",
    }
}
