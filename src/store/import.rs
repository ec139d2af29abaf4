//! Takes in a run that was stored elsewhere: its bytes as they are, once they are believed.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::append::json_of;
use super::files::files;
use super::place::{make_folder, place, sync_folders};
use super::read::bytes_of;
use super::{Error, Problem, layout, parse};
use crate::model::{Fact, MachineKey, Run};

/// The names of a run's first two fields stand in the first hundred bytes of its file, however it is spaced.
const HEAD_BYTES: u64 = 256;
const HEAD_FIELDS: [&str; 2] = ["\"schema_version\"", "\"id\""];

/// Whether a file begins as the file of a run does, complete or not; of what cannot be read it is not said.
pub fn begins_as_run(path: &Path) -> bool {
    // What is no regular file may keep its reader waiting.
    if !fs::metadata(path).is_ok_and(|metadata| metadata.is_file()) {
        return false;
    }
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(HEAD_BYTES).read_to_end(&mut head));
    let head = String::from_utf8_lossy(&head);
    read.is_ok() && head.trim_start().starts_with('{') && HEAD_FIELDS.iter().all(|field| head.contains(field))
}

/// Places the run in `file` under `root`, byte for byte, with what its machine is beside the first of its runs; returns the
/// path of the new file and the run.
///
/// A run is believed when it could be read if it lay there already, when its seal fits its bytes, when its
/// machine key is the one that `key_of` makes of its machine's facts, and when no run of its id is stored. No existing file
/// is ever touched.
///
/// # Errors
///
/// When it is not believed, and why; or when the file system refuses. No run was written then.
pub fn import(
    root: &Path,
    file: &Path,
    key_of: impl Fn(&BTreeMap<String, Fact>) -> MachineKey,
) -> Result<(PathBuf, Run), Error> {
    let refuse = |what: String, remedy| Error::NotBelieved { path: file.to_owned(), what, remedy };
    let refuse_for = |problem: Problem| refuse(problem.what(), remedy(&problem));
    let bytes = bytes_of(file).map_err(refuse_for)?;
    let run = parse(&bytes).map_err(refuse_for)?;
    // What parses as JSON is UTF-8.
    let text = std::str::from_utf8(&bytes).map_err(|error| refuse_for(Problem::Foreign(error.to_string())))?;
    if run.seal.is_none() {
        let what = "it has no seal, so that nobody could tell whether it was edited".to_owned();
        return Err(refuse(what, "measure again where it comes from, with a parcost that seals"));
    }
    let key = key_of(&run.machine.hardware);
    if key != run.machine.key {
        let what = format!(
            "it says that its machine is {}, and the facts that it gives of that machine make {key}",
            run.machine.key
        );
        return Err(refuse(what, "copy the run as it was written, or measure again there with this parcost"));
    }
    if let Some(other) = stored_as(root, &run.id)? {
        let same = fs::read(&other).is_ok_and(|stored| stored == bytes);
        let what = if same { "it is stored already" } else { "another run of its id is stored" };
        let what = format!("{what}, in {}", other.display());
        return Err(refuse(what, if same { "nothing is to be done" } else { "find out which of the two was made up" }));
    }

    let not_storable = |reason: String| Error::NotStorable { id: run.id.clone(), reason };
    let name = layout::file_name(&run).map_err(not_storable)?;
    let folder = layout::machine_folder(root, &run.machine.key);
    let machine = json_of(&run.machine).map_err(not_storable)?;
    make_folder(&folder)?;
    match place(&folder, layout::MACHINE_FILE, &run.id, &format!("{machine}\n")) {
        Ok(_) | Err(Error::AlreadyStored { .. }) => {}
        Err(error) => return Err(error),
    }
    let path = place(&folder, &name, &run.id, text)?;
    sync_folders(&folder, root)?;
    Ok((path, run))
}

/// The file under `root` that has this id in its name, of whichever machine.
fn stored_as(root: &Path, id: &str) -> Result<Option<PathBuf>, Error> {
    let has_id = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        layout::run_id_in(&name) == Some(id)
    };
    Ok(files(root)?.runs.into_values().flatten().find(has_id))
}

/// What to do about a file that is to be taken in: unlike one in the results folder it stays where it is.
fn remedy(problem: &Problem) -> &'static str {
    match problem {
        Problem::Unreadable(_) | Problem::Future(_) => problem.remedy(),
        Problem::Truncated => "copy it again, whole",
        Problem::Edited => "copy the run as it was written",
        Problem::Invalid(_) => "measure again where it comes from",
        Problem::NotAFile | Problem::TooLarge(_) | Problem::Foreign(_) | Problem::Misplaced(_) => {
            "name the file of a run, as `parcost list` shows it where the run was stored"
        }
    }
}
