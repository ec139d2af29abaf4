//! What can go wrong in the results folder; every text names the file and says what to do.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot {action} {}: {source}; check that the folder exists, is writable and has space", path.display())]
    Io { action: &'static str, path: PathBuf, source: io::Error },
    #[error("{} is stored already and is not replaced; measure again for another run", path.display())]
    AlreadyStored { path: PathBuf },
    /// The run cannot be stored so that it reads back unchanged.
    #[error("run `{id}` cannot be stored: {reason}; nothing was written")]
    NotStorable { id: String, reason: String },
    /// The file is there, but it is not a run that this version can read.
    #[error("{}: {problem}", path.display())]
    Unusable { path: PathBuf, problem: Problem },
    #[error("{} is not imported: {what}; {remedy}", path.display())]
    NotImported { path: PathBuf, what: String, remedy: &'static str },
    #[error("there is no stored run `{wanted}` in {searched}; `parcost list` shows what there is")]
    NotFound { wanted: String, searched: String },
    #[error("`{wanted}` names {} stored runs ({}); write more of the name", matches.len(), matches.join(", "))]
    Ambiguous { wanted: String, matches: Vec<String> },
}

/// Why a file in the results folder is not a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    Unreadable(String),
    /// It is a folder, a pipe or a device.
    NotAFile,
    TooLarge(u64),
    Truncated,
    Foreign(String),
    Future(u64),
    Misplaced(String),
    Edited,
    Invalid(String),
    /// Another file holds the same run, under another id.
    Duplicate(String),
}

impl Error {
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
        let path = path.to_owned();
        move |source| Error::Io { action, path, source }
    }
}

impl Problem {
    /// What is wrong with the file.
    pub fn what(&self) -> String {
        match self {
            Problem::Unreadable(reason) => format!("it cannot be read ({reason})"),
            Problem::NotAFile => "it is not a regular file".to_owned(),
            Problem::TooLarge(bytes) => format!("it has {bytes} bytes, more than any run"),
            Problem::Truncated => "it ends early".to_owned(),
            Problem::Foreign(reason) => format!("it is not a stored run ({reason})"),
            Problem::Future(version) => format!("it has schema version {version}, newer than this program reads"),
            Problem::Misplaced(place) => format!("it lies in the wrong place; by its content it belongs to {place}"),
            Problem::Edited => "it was edited since it was written".to_owned(),
            Problem::Invalid(reason) => format!("it holds an impossible value ({reason})"),
            Problem::Duplicate(other) => format!("it is the run of {other} once more"),
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Problem::Unreadable(_) => "check its permissions",
            Problem::NotAFile | Problem::TooLarge(_) | Problem::Foreign(_) => {
                "name a run of `parcost list`, read results of another tool with `parcost trend FILE`, or move it out of the results \
                 folder"
            }
            Problem::Truncated | Problem::Invalid(_) => "restore it from version control or remove it",
            Problem::Future(_) => "use a newer parcost",
            Problem::Duplicate(_) => "remove it: one run counts once",
            Problem::Misplaced(_) => "move it there",
            Problem::Edited => "restore it from version control; run `parcost fsck` to see what else was changed",
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // The place that it belongs to is the remedy.
            Problem::Misplaced(_) => f.write_str(&self.what()),
            _ => write!(f, "{}; {}", self.what(), self.remedy()),
        }
    }
}

impl std::error::Error for Problem {}

impl From<serde_json::Error> for Problem {
    fn from(error: serde_json::Error) -> Self {
        if error.is_eof() { Problem::Truncated } else { Problem::Foreign(error.to_string()) }
    }
}
