//! Why git did not do what was asked.

use std::io;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("`git` cannot be started ({0}); is it installed and in PATH?")]
    NoGit(io::Error),
    #[error("`git {command}` failed: {reason}")]
    Git { command: String, reason: String },
    #[error("{} is not in a git repository; go to one", .0.display())]
    NoRepository(PathBuf),
    #[error("`{name}` is not the name of a {what}")]
    Name { name: String, what: &'static str },
    #[error("`{name}` is not a commit of this repository ({reason}); {advice}")]
    NoRevision { name: String, reason: String, advice: String },
    #[error("{0}: uncommitted changes in submodules cannot be measured; commit them")]
    DirtySubmodule(String),
    #[error("{} is not a git work tree", .0.display())]
    NoWorkTree(PathBuf),
    #[error("revision {revision} has no {}; there is nothing to compare with", path.display())]
    NoPackage { path: PathBuf, revision: String },
    #[error(
        "{place} is on {branch} already, with other content; nothing was pushed, and stored runs are never replaced"
    )]
    Taken { place: String, branch: String },
    #[error("{place} on {branch} would change; nothing was pushed")]
    Touched { place: String, branch: String },
    #[error(
        "this repository has no remote `{0}`; add one with `git remote add {0} URL`, or name a repository with --remote"
    )]
    NoRemote(String),
    #[error("{remote} refuses a commit on {branch}: {reason}; may the user write there?")]
    Refused { remote: String, branch: String, reason: String },
    #[error("{branch} moved {tries} times while a commit for it was made; try again when fewer write to it")]
    Crowded { branch: String, tries: usize },
    #[error("cannot make a temporary folder in {}: {source}; set TMPDIR to a folder that can be written", place.display())]
    Temporary { place: PathBuf, source: io::Error },
    #[error("{}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("{} is there already, with other content; pull into an empty folder", .0.display())]
    Different(PathBuf),
}

impl Error {
    pub(super) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}
