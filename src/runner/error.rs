//! What keeps two revisions from being measured.

use std::io;
use std::path::PathBuf;

use crate::git;

/// Why a trial cannot be held; the message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A program of the tool chain cannot be started.
    #[error("`{program}` cannot be started ({source}); is it installed and in PATH?")]
    NoProgram {
        /// The program.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// Git failed.
    #[error(transparent)]
    Git(#[from] git::Error),
    /// The package cannot be understood.
    #[error("{}: {reason}", path.display())]
    Package {
        /// The manifest or folder.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// One side does not build.
    #[error("the {side} ({revision}) does not build:\n{reason}")]
    Build {
        /// `baseline` or `candidate`.
        side: &'static str,
        /// Its commit.
        revision: String,
        /// The end of what cargo said.
        reason: String,
    },
    /// Both sides were made by different compilers.
    #[error(
        "the baseline builds with {baseline} and the candidate with {candidate}: a change of the compiler would be taken for \
         one of the code; set RUSTUP_TOOLCHAIN to have both built by one"
    )]
    Toolchains {
        /// What the baseline's tree asks for.
        baseline: String,
        /// What the candidate's asks for.
        candidate: String,
    },
    /// The sides have unlike settings of cargo, and a file above both would add to either.
    #[error(
        "{}: cargo reads it for both sides, whose work trees lie below it, and the {side} has another of its own: a setting of \
         one would be built into the other; set CARGO_TARGET_DIR to a folder outside the repository, and none is shared",
        path.display()
    )]
    Settings {
        /// The file above both.
        path: PathBuf,
        /// `baseline` or `candidate`.
        side: &'static str,
    },
    /// A file or folder that cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is nothing to measure.
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
