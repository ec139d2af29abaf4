//! A branch of a remote repository, and its tip.

use std::path::Path;

use super::super::command::Git;
use super::super::error::Error;

/// A branch of a remote repository, seen from a clone of it.
pub struct Branch {
    pub(super) git: Git,
    pub(super) remote: String,
    pub(super) name: String,
}

impl Branch {
    /// The branch `name` of `remote`, which is the name of a remote of the repository around `folder`, or an address.
    ///
    /// Fails when one of them is not a valid name, or git is missing.
    pub fn new(folder: &Path, remote: &str, name: &str) -> Result<Self, Error> {
        let git = Git::with_own_index(folder)?;
        git.run(&["rev-parse", "--git-dir"])?;
        if remote.is_empty() || remote.starts_with('-') {
            return Err(Error::Name { name: remote.to_owned(), what: "remote" });
        }
        let is_name = !remote.contains(['/', ':']) && !folder.join(remote).exists();
        if is_name && !git.run(&["remote"])?.lines().any(|one| one == remote) {
            return Err(Error::NoRemote(remote.to_owned()));
        }
        if name.starts_with('-') || git.run(&["check-ref-format", &reference(name)]).is_err() {
            return Err(Error::Name { name: name.to_owned(), what: "branch" });
        }
        Ok(Self { git, remote: remote.to_owned(), name: name.to_owned() })
    }

    pub(super) fn reference(&self) -> String {
        reference(&self.name)
    }

    /// The commit at the tip of the branch; none where the branch does not exist yet.
    ///
    /// A remote that does not answer is an error, not a missing branch.
    pub(super) fn tip(&self) -> Result<Option<String>, Error> {
        let reference = self.reference();
        let answer = self.git.run(&["ls-remote", "--refs", "--", &self.remote, &reference])?;
        // A pattern fits the ends of names, so that others than the one that is wanted may be among them.
        let mut lines = answer.lines().filter_map(|line| line.split_once('\t'));
        Ok(lines.find(|(_, name)| *name == reference).map(|(id, _)| id.to_owned()))
    }

    /// Brings `tip` and its files into the repository; false where the branch moved on meanwhile.
    pub(super) fn fetch(&self, tip: &str) -> Result<bool, Error> {
        let mut arguments = vec!["fetch", "--quiet", "--no-tags", "--no-write-fetch-head"];
        // A clone that has no history of its own gets none of this branch.
        if self.git.run(&["rev-parse", "--is-shallow-repository"])? == "true" {
            arguments.push("--depth=1");
        }
        let reference = self.reference();
        arguments.extend(["--", &self.remote, &reference]);
        // Two that fetch in one clone get in each other's way; what counts is what arrived. Where it was not this fetch that
        // brought it, the commit may be there before its files are.
        match self.git.run(&arguments) {
            Ok(_) => Ok(self.git.run(&["cat-file", "-e", &format!("{tip}^{{commit}}")]).is_ok()),
            Err(error) => match self.git.run(&["rev-list", "--objects", "--no-walk", "--quiet", tip]) {
                Ok(_) => Ok(true),
                Err(_) => Err(error),
            },
        }
    }
}

fn reference(name: &str) -> String {
    format!("refs/heads/{name}")
}
