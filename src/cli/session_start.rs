//! `parcost session-start`: what is true before the first benchmark, for the record that is made after the last.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result, ensure};
use clap::Args;
use jiff::Timestamp;

use super::exit::Exit;
use crate::host;
use crate::model::Conditions;

/// Note the conditions before the first benchmark of a session
#[derive(Args, Debug)]
#[command(alias = "begin", hide = true)]
pub(super) struct SessionStart {
    /// Folder of the session, below `parcost` in the target folder
    #[arg(long, value_name = "DIR")]
    session: PathBuf,
}

const FILE: &str = "conditions.json";
const BYTES_MAX: u64 = 1024 * 1024;

pub(super) struct Beginning {
    /// When; files that are older are not of this session.
    pub(super) time: SystemTime,
    /// The conditions then, or why they are not known.
    pub(super) conditions: Result<Conditions>,
}

/// Notes today's conditions in the session's folder, unless that has been done.
pub(super) fn run(arguments: &SessionStart) -> Result<Exit> {
    let path = arguments.session.join(FILE);
    if !path.exists() {
        let context = || format!("cannot write {}; is the target folder writable?", path.display());
        fs::create_dir_all(&arguments.session).with_context(context)?;
        let text = serde_json::to_string(&host::conditions()).with_context(context)?;
        fs::write(&path, text).with_context(context)?;
    }
    Ok(Exit::Success)
}

/// Reads how a session began: from what [`run`] noted, else from the age of its folder.
pub(super) fn beginning(session: &Path) -> Result<Beginning> {
    let metadata = fs::metadata(session)
        .with_context(|| format!("there is no session {}; `cargo bench` creates one", session.display()))?;
    ensure!(metadata.is_dir(), "{} is not a folder", session.display());
    let conditions = conditions(&session.join(FILE));
    let noted = conditions.as_ref().ok().and_then(|conditions| conditions.time.parse::<Timestamp>().ok());
    let time = match noted {
        Some(time) => SystemTime::from(time),
        None => metadata.created().with_context(|| {
            format!(
                "cannot determine when the session {} started: it has no {FILE}, and its file system keeps no creation times",
                session.display()
            )
        })?,
    };
    Ok(Beginning { time, conditions })
}

fn conditions(path: &Path) -> Result<Conditions> {
    let metadata = fs::metadata(path).with_context(|| format!("there is no {FILE}"))?;
    ensure!(metadata.is_file() && metadata.len() <= BYTES_MAX, "{FILE} is not a file of conditions");
    let text = fs::read(path).with_context(|| format!("cannot read {FILE}"))?;
    let conditions: Conditions =
        serde_json::from_slice(&text).with_context(|| format!("{FILE} holds no conditions"))?;
    conditions.time.parse::<Timestamp>().with_context(|| format!("{FILE} holds no time"))?;
    Ok(conditions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_start_of_a_session_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let session = folder.path().join("1-2");
        let arguments = SessionStart { session: session.clone() };
        assert_eq!(run(&arguments).unwrap(), Exit::Success);
        let noted = fs::read(session.join(FILE)).unwrap();
        assert_eq!(run(&arguments).unwrap(), Exit::Success);
        assert_eq!(fs::read(session.join(FILE)).unwrap(), noted);
        let beginning = beginning(&session).unwrap();
        let conditions = beginning.conditions.unwrap();
        assert_eq!(beginning.time, SystemTime::from(conditions.time.parse::<Timestamp>().unwrap()));
    }

    #[test]
    fn a_damaged_file_of_conditions_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        for text in ["", "{", "{\"time\":\"now\",\"facts\":{}}"] {
            fs::write(folder.path().join(FILE), text).unwrap();
            assert!(conditions(&folder.path().join(FILE)).is_err(), "{text}");
        }
        assert!(beginning(&folder.path().join("none")).is_err());
    }
}
