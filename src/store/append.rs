//! Adds a run to the results, so that it is there completely or not at all.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::chain::newest;
use super::place::{make_folder, place, sync_folders};
use super::{Error, layout, parse, seal};
use crate::model::Run;

/// Stores `run` under `root`, sealed and with the run that it follows, and returns the path of its file.
///
/// What `run` itself says of both is not looked at. The file is written under a temporary name in the same folder, flushed
/// to the disk and then given its name, which fails when the name is taken: no existing file is ever touched. What the
/// machine is, is written beside the first of its runs.
///
/// # Errors
///
/// When the run would not read back as it is, when its name is taken, or when the file system refuses.
pub fn append(root: &Path, run: &Run) -> Result<PathBuf, Error> {
    let not_storable = |reason: String| Error::NotStorable { id: run.id.clone(), reason };
    let name = layout::file_name(run).map_err(not_storable)?;
    let folder = layout::machine_folder(root, &run.machine.key);
    let mut stored = Run { follows: newest(&folder), seal: None, ..run.clone() };
    let (text, seal) = json_of(&stored).and_then(|json| seal::sealed(&json)).map_err(not_storable)?;
    stored.seal = Some(seal);
    match parse(text.as_bytes()) {
        Ok(read_back) if read_back == stored => {}
        Ok(_) => return Err(not_storable("it would not read back as it is".to_owned())),
        Err(problem) => return Err(not_storable(format!("read back, {problem}"))),
    }

    make_folder(&folder)?;
    let machine = json_of(&run.machine).map_err(not_storable)?;
    match place(&folder, layout::MACHINE_FILE, &run.id, &format!("{machine}\n")) {
        Ok(_) | Err(Error::AlreadyStored { .. }) => {}
        Err(error) => return Err(error),
    }
    let path = place(&folder, &name, &run.id, &text)?;
    sync_folders(&folder, root)?;
    Ok(path)
}

/// Compact JSON.
pub(super) fn json_of(content: &impl Serialize) -> Result<String, String> {
    serde_json::to_string(content).map_err(|error| error.to_string())
}
