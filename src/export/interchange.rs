//! The format of parcost itself, which stores everything.

use super::format::{ExportFormat, json};
use crate::model::{Interchange, Remarks};

pub(super) const FORMAT: ExportFormat =
    ExportFormat { name: "history", about: "the format of parcost itself, which stores everything", write };

fn write(history: &Interchange, _: &mut Remarks) -> Result<String, String> {
    history.check().map_err(|invalid| invalid.to_string())?;
    json(history)
}
