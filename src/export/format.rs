//! A format that is written, and what keeps a history from being written in it.

use crate::model::{Interchange, Remark, Remarks};

#[derive(Debug)]
pub struct ExportFormat {
    pub name: &'static str,
    pub about: &'static str,
    /// The file of a history; remarks say what the format does not store.
    pub(super) write: fn(&Interchange, &mut Remarks) -> Result<String, String>,
    /// Whether every value says which machine it is of, so that those of several can stand together.
    pub keeps_machines: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    pub bytes: Vec<u8>,
    pub remarks: Vec<Remark>,
}

/// The history cannot be written in a format.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {format}: {reason}")]
pub struct Error {
    pub format: &'static str,
    /// What the format cannot store, and what to do.
    pub reason: String,
}

pub(super) fn json(value: &impl serde::Serialize) -> Result<String, String> {
    serde_json::to_string_pretty(value).map(|text| text + "\n").map_err(|error| error.to_string())
}
