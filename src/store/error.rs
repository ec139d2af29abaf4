//! What can go wrong in the results folder; every text names the file and says what to do.

use std::io;
use std::path::PathBuf;

use super::Problem;

/// Why something could not be stored or loaded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file system refused.
    #[error("cannot {action} {}: {source}; check that the folder exists, is writable and has space", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file of this name is there already; stored runs are never replaced.
    #[error("{} is stored already and is not replaced; measure again for a run of its own", path.display())]
    AlreadyStored {
        /// The file that is there.
        path: PathBuf,
    },
    /// The run cannot be stored so that it reads back as it is.
    #[error("run `{id}` cannot be stored: {reason}; nothing was written")]
    NotStorable {
        /// The run.
        id: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The file is there, but it is no run that this version can read.
    #[error("{}: {problem}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: Problem,
    },
    /// A file that is to be taken in is not believed.
    #[error("{} is not taken in: {what}; {remedy}", path.display())]
    NotBelieved {
        /// The file.
        path: PathBuf,
        /// What speaks against it.
        what: String,
        /// What to do about it.
        remedy: &'static str,
    },
    /// No stored run answers to that name.
    #[error("there is no stored run `{wanted}` in {searched}; `parcost list` shows what there is")]
    NotFound {
        /// What was asked for.
        wanted: String,
        /// The folders that were searched.
        searched: String,
    },
    /// Several stored runs answer to that name.
    #[error("`{wanted}` names {} stored runs ({}); write more of the name", matches.len(), matches.join(", "))]
    Ambiguous {
        /// What was asked for.
        wanted: String,
        /// The names of the files that fit.
        matches: Vec<String>,
    },
}

impl Error {
    /// Wraps an error of the file system, for `map_err`.
    pub(super) fn io(action: &'static str, path: &std::path::Path) -> impl FnOnce(io::Error) -> Error {
        let path = path.to_owned();
        move |source| Error::Io { action, path, source }
    }
}
