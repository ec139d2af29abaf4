//! The file beside the runs that says what their machine is.

use std::path::Path;

use super::document::{check_place, json_of};
use super::error::{Error, Problem};
use super::file::{bytes_of, place};
use super::layout;
use crate::model::Machine;

/// Writes what a machine is, unless that is there already.
pub(super) fn place_machine(root: &Path, machine: &Machine, id: &str) -> Result<(), Error> {
    let json = json_of(machine).map_err(|reason| Error::NotStorable { id: id.to_owned(), reason })?;
    let folder = layout::machine_folder(root, &machine.key);
    match place(root, &folder, layout::MACHINE_FILE, id, &format!("{json}\n")) {
        Ok(_) | Err(Error::AlreadyStored { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Refuses a file that is of another machine than its folder.
pub(super) fn check_machine(path: &Path) -> Result<(), Problem> {
    let machine: Machine = serde_json::from_slice(&bytes_of(path)?)?;
    check_place(path, layout::place("", &machine.key, layout::MACHINE_FILE))
}
