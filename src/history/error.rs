//! What keeps files from a branch, or a branch from its readers.

use std::io;
use std::path::PathBuf;

/// Why something could not be pushed or pulled; the message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Git is not there.
    #[error("`git` cannot be started ({0}); is it installed and in PATH?")]
    NoGit(io::Error),
    /// Git would not do something.
    #[error("`git {command}` failed: {reason}")]
    Git {
        /// What it was asked.
        command: String,
        /// What it said.
        reason: String,
    },
    /// A name that git would take for something else.
    #[error("`{name}` is no name of a {what}")]
    Name {
        /// The name.
        name: String,
        /// `branch` or `remote`.
        what: &'static str,
    },
    /// The branch has a file of that name with other content.
    #[error(
        "{place} is on {branch} already, with other content; nothing was pushed, and stored runs are never replaced"
    )]
    Taken {
        /// The file's place on the branch.
        place: String,
        /// The branch.
        branch: String,
    },
    /// A commit would have done more than to add files.
    #[error("{place} on {branch} would not stay as it is; nothing was pushed")]
    Touched {
        /// The first such file.
        place: String,
        /// The branch.
        branch: String,
    },
    /// The remote did not take the commit, and nobody else was faster.
    #[error("{remote} refuses a commit on {branch}: {reason}; may the user write there?")]
    Refused {
        /// The remote.
        remote: String,
        /// The branch.
        branch: String,
        /// What git said.
        reason: String,
    },
    /// Others were faster every time.
    #[error("{branch} moved {tries} times while a commit for it was made; try again when fewer write to it")]
    Crowded {
        /// The branch.
        branch: String,
        /// How often it was tried.
        tries: usize,
    },
    /// A file or folder that cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder has a file of that name with other content.
    #[error("{} is there already, with other content; pull into an empty folder", .0.display())]
    Different(PathBuf),
}

impl Error {
    pub(super) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}
