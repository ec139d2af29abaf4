//! A format that is written.

use crate::model::{Interchange, Remark, Remarks};

#[derive(Debug)]
pub struct ExportFormat {
    pub name: &'static str,
    pub about: &'static str,
    /// The file of a history; remarks say what the format does not store.
    pub(super) write: fn(&Interchange, &mut Remarks) -> Result<String, String>,
}

/// A history in another format.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// Its content.
    pub bytes: Vec<u8>,
    /// What was changed or left out.
    pub remarks: Vec<Remark>,
}

pub(super) fn json(value: &impl serde::Serialize) -> Result<String, String> {
    serde_json::to_string_pretty(value).map(|text| text + "\n").map_err(|error| error.to_string())
}
