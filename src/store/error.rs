//! What can go wrong in the results folder; every text names the file and says what to do.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::layout::PAIRED_FOLDER;
use crate::model::Fault;

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
    /// The file is there, but it is not a gate's.
    #[error(
        "{}: it is not a stored gate ({why}); name a file below {}/ in the folder that `parcost gate` stores in, \
         target/parcost/gate/results unless --results named another",
        path.display(), PAIRED_FOLDER
    )]
    NotAGate { path: PathBuf, why: String },
    #[error("{} is not imported: {what}; {remedy}", path.display())]
    NotImported { path: PathBuf, what: String, remedy: &'static str },
    /// Nothing is wrong with the file, and nothing is to do.
    #[error("{} is stored already, {}in {}", path.display(), if *other_id { "under another id, " } else { "" }, stored.display())]
    Imported { path: PathBuf, stored: PathBuf, other_id: bool },
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
    /// The kind of fault, what is wrong with the file, and what to do about it.
    pub(super) fn parts(&self) -> (Fault, String, &'static str) {
        let not_a_run = "name a run of `parcost list`, read results of another tool with `parcost trend FILE`, or move it out if \
                         it lies among stored runs";
        let spoiled = "restore it from version control or remove it";
        let edited = "restore it from version control; run `parcost fsck` to see what else was changed";
        let once = "remove it: one run counts once";
        match self {
            Self::Unreadable(why) => {
                let remedy = if why.starts_with("No such file") { "check its path" } else { "check its permissions" };
                (Fault::Unreadable, format!("it cannot be read ({why})"), remedy)
            }
            Self::NotAFile => (Fault::Foreign, "it is not a regular file".to_owned(), not_a_run),
            Self::TooLarge(bytes) => (Fault::Foreign, format!("it has {bytes} bytes, more than any run"), not_a_run),
            Self::Truncated => (Fault::Truncated, "it ends early".to_owned(), spoiled),
            Self::Foreign(why) => (Fault::Foreign, format!("it is not a stored run ({why})"), not_a_run),
            Self::Future(version) => {
                let what = format!("it has schema version {version}, newer than this program reads");
                (Fault::Future, what, "use a newer parcost")
            }
            Self::Misplaced(place) => {
                let what = format!("it lies in the wrong place; by its content it belongs to {place}");
                (Fault::Misplaced, what, "move it there")
            }
            Self::Edited => (Fault::Edited, "it was edited since it was written".to_owned(), edited),
            Self::Invalid(why) => (Fault::Foreign, format!("it holds an impossible value ({why})"), spoiled),
            Self::Duplicate(other) => (Fault::Duplicated, format!("it is the run of {other} once more"), once),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (fault, what, remedy) = self.parts();
        // The place that it belongs to is the remedy.
        if fault == Fault::Misplaced { f.write_str(&what) } else { write!(f, "{what}; {remedy}") }
    }
}

impl std::error::Error for Problem {}

impl From<serde_json::Error> for Problem {
    fn from(error: serde_json::Error) -> Self {
        if error.is_eof() { Problem::Truncated } else { Problem::Foreign(error.to_string()) }
    }
}
