//! A format that is written, and what keeps a history from being written in it.

use crate::model::{Interchange, Remark, Remarks};

type Write = fn(&Interchange, &mut Remarks) -> Result<String, String>;

#[derive(Debug)]
pub struct ExportFormat {
    pub name: &'static str,
    pub about: &'static str,
    /// The file of a history; remarks say what the format does not store.
    pub(super) write: Write,
    /// Whether every value says which machine it is of, so that those of several can stand together.
    pub keeps_machines: bool,
}

impl ExportFormat {
    /// A format whose values do not say which machine they are of.
    pub(super) const fn new(name: &'static str, about: &'static str, write: Write) -> Self {
        Self { name, about, write, keeps_machines: false }
    }
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
