//! Why git did not do what was asked.

use std::io;
use std::path::PathBuf;

/// Why something failed; the message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Git cannot be started.
    #[error("`git` cannot be started ({0}); is it installed and in PATH?")]
    NoGit(io::Error),
    /// Git failed.
    #[error("`git {command}` failed: {reason}")]
    Git {
        /// Its arguments.
        command: String,
        /// What it printed.
        reason: String,
    },
    /// A name that is not valid.
    #[error("`{name}` is not the name of a {what}")]
    Name {
        /// The name.
        name: String,
        /// `branch` or `remote`.
        what: &'static str,
    },
    /// A name that git does not know a commit by.
    #[error("`{name}` is not a commit of this repository ({reason}); in a shallow clone, fetch it first")]
    NoRevision {
        /// The name.
        name: String,
        /// What git printed.
        reason: String,
    },
    /// Changes that a snapshot of the work tree does not hold.
    #[error("{}: uncommitted changes in submodules cannot be measured; commit them", .0.display())]
    DirtySubmodule(PathBuf),
    /// A work tree that belongs to another repository, or to a folder above.
    #[error("{} is not a git work tree", .0.display())]
    NoWorkTree(PathBuf),
    /// A revision without the package.
    #[error("revision {revision} has no {}; there is nothing to compare with", path.display())]
    NoPackage {
        /// The manifest.
        path: PathBuf,
        /// The revision.
        revision: String,
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
    #[error("{place} on {branch} would change; nothing was pushed")]
    Touched {
        /// The first such file.
        place: String,
        /// The branch.
        branch: String,
    },
    /// The remote did not take the commit, and no other writer was faster.
    #[error("{remote} refuses a commit on {branch}: {reason}; may the user write there?")]
    Refused {
        /// The remote.
        remote: String,
        /// The branch.
        branch: String,
        /// What git printed.
        reason: String,
    },
    /// Other writers were faster every time.
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
        /// The system's error.
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
