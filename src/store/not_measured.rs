//! The note that a gate leaves in its results folder until it has stored what it measured: no end of it goes unnoticed, not
//! even a kill.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::document::json_of;
use super::error::Error;
use super::file::name_of;
use crate::model::{MachineKey, NotMeasured, NotMeasuredReason};

const PREFIX: &str = "not-measured-";
const SCHEMA_VERSION: u32 = 1;

/// The note of one gate.
pub struct Note {
    path: PathBuf,
    machine: String,
}

impl Note {
    /// Takes the place of the notes of earlier gates, and says that this one was interrupted until it says more.
    pub fn begin(root: &Path, machine: &MachineKey) -> Result<Self, Error> {
        fs::create_dir_all(root).map_err(Error::io("create the folder", root))?;
        for path in files(root) {
            fs::remove_file(&path).map_err(Error::io("remove", &path))?;
        }
        let note = Self { path: root.join(format!("{PREFIX}{machine}.json")), machine: machine.to_string() };
        note.write(NotMeasuredReason::Interrupted, "")?;
        Ok(note)
    }

    /// Says why nothing was measured.
    pub fn write(&self, reason: NotMeasuredReason, message: &str) -> Result<(), Error> {
        let (machine, message) = (self.machine.clone(), message.to_owned());
        let note = NotMeasured { schema_version: SCHEMA_VERSION, reason, machine, message };
        let text = json_of(&note).unwrap_or_default();
        fs::write(&self.path, text).map_err(Error::io("write", &self.path))
    }

    /// Removes the note: the gate is stored. One that began meanwhile may have removed it.
    pub fn remove(self) -> Result<(), Error> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::io("remove", &self.path)(error)),
            _ => Ok(()),
        }
    }
}

/// The files of all notes in a results folder, in the order of their names.
pub fn files(root: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(root).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> = entries.filter(|path| name_of(path).starts_with(PREFIX)).collect();
    files.sort();
    files
}

/// What a note says. A damaged one still says that nothing was measured: a full disk may have cut it.
pub fn parse(bytes: &[u8]) -> NotMeasured {
    serde_json::from_slice(bytes)
        .unwrap_or(NotMeasured { reason: NotMeasuredReason::Interrupted, ..NotMeasured::default() })
}
