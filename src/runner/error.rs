//! Why two revisions cannot be measured.

use std::io;
use std::path::PathBuf;

use crate::git;

/// Why two revisions cannot be measured; the message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("`{program}` cannot be started ({source}); is it installed and in PATH?")]
    NoProgram { program: String, source: io::Error },
    #[error(transparent)]
    Git(#[from] git::Error),
    #[error("{}: {reason}", path.display())]
    Package { path: PathBuf, reason: String },
    #[error("the {side} ({revision}) does not build:\n{reason}")]
    Build { side: &'static str, revision: String, reason: String },
    #[error("the {side} ({revision}) could not be built on this machine: {cause}\n{reason}")]
    Obstacle { side: &'static str, revision: String, cause: &'static str, reason: String },
    #[error(
        "the baseline builds with {baseline} and the candidate with {candidate}: a change of the compiler would be judged as \
         one of the code; set RUSTUP_TOOLCHAIN to build both with one"
    )]
    Toolchains { baseline: String, candidate: String },
    #[error(
        "{}: cargo reads it for both sides, whose work trees are below it, and the {side} has different settings: a setting of \
         one would be built into the other; set CARGO_TARGET_DIR to a folder outside the repository",
        path.display()
    )]
    Settings { path: PathBuf, side: &'static str },
    #[error("{}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("{0}")]
    Nothing(String),
}

impl Error {
    pub(super) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }

    pub(super) fn package(path: impl Into<PathBuf>, reason: impl ToString) -> Self {
        Self::Package { path: path.into(), reason: reason.to_string() }
    }
}
