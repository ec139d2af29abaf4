//! The git program, started in one folder; nothing else starts it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::process::{self, Reach, Scratch};

use super::Error;

/// Longest that git may take to answer a question: ten times what walking the largest public histories takes.
const QUERY_TIME_MAX: Duration = Duration::from_secs(60);

/// Author of commits on the branch of results: a name that does not depend on whose machine it is.
const AUTHOR: &str = "parcost";
const ADDRESS: &str = "parcost@localhost";

pub(super) struct Git {
    folder: PathBuf,
    /// The folder of an index of its own, removed when this is dropped.
    scratch: Option<Scratch>,
}

impl Git {
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), scratch: None }
    }

    /// Git in `folder` with an index of its own, so that the repository's is not touched.
    pub(super) fn with_own_index(folder: &Path) -> Result<Self, Error> {
        let place = std::env::temp_dir();
        let scratch = Scratch::new(&place, "parcost-history").map_err(|source| Error::Temporary { place, source })?;
        Ok(Self { folder: folder.to_owned(), scratch: Some(scratch) })
    }

    /// What git prints in answer to a question, without the end of its last line. It takes no lock, reads no replaced
    /// objects and no patterns in paths, and is stopped when it takes too long.
    pub(super) fn query(&self, arguments: &[&str]) -> Result<String, Error> {
        let mut command = self.command();
        command.args(["--no-optional-locks", "--no-replace-objects", "--literal-pathspecs"]).args(arguments);
        match process::answer(command, QUERY_TIME_MAX, Reach::Alone) {
            Ok(output) => Ok(text(&output)),
            Err(reason) => Err(Error::Git { command: arguments.join(" "), reason }),
        }
    }

    /// What git prints when it does something, without the end of its last line.
    pub(super) fn run(&self, arguments: &[&str]) -> Result<String, Error> {
        Ok(text(&self.run_with_input(arguments, &[])?))
    }

    /// What git prints when it is given `input`, byte for byte.
    pub(super) fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>, Error> {
        let mut command = self.command();
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(Error::NoGit)?;
        let stdin = child.stdin.take();
        let output = std::thread::scope(|scope| {
            // A git that ends early has read enough; why it did is in its answer.
            scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input)));
            child.wait_with_output()
        });
        let output = output.map_err(Error::NoGit)?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let reason = text(&output.stderr).trim().to_owned();
        if reason.starts_with("fatal: not a git repository") {
            return Err(Error::NoRepository(self.folder.clone()));
        }
        Err(Error::Git { command: arguments.join(" "), reason })
    }

    fn command(&self) -> Command {
        let mut command = Command::new("git");
        process::join(&mut command).arg("-C").arg(&self.folder);
        command.args(["-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0", "-c", "advice.detachedHead=false"]);
        // A hook of git runs its programs with these set to its own repository.
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
            command.env_remove(name);
        }
        command.env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0");
        if let Some(scratch) = &self.scratch {
            command
                .env("GIT_INDEX_FILE", scratch.join("index"))
                .envs([("GIT_AUTHOR_NAME", AUTHOR), ("GIT_AUTHOR_EMAIL", ADDRESS)])
                .envs([("GIT_COMMITTER_NAME", AUTHOR), ("GIT_COMMITTER_EMAIL", ADDRESS)]);
        }
        command
    }
}

fn text(output: &[u8]) -> String {
    String::from_utf8_lossy(output).trim_end_matches('\n').to_owned()
}

#[cfg(test)]
pub(super) mod tests {
    use std::fs;

    use super::*;

    /// Runs git without the configuration of the user who runs the tests.
    pub(in crate::git) fn git(folder: &Path, arguments: &[&str]) {
        let status = Command::new("git")
            .arg("-C")
            .arg(folder)
            .args(["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"])
            .args(arguments)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_COMMITTER_DATE", "2026-01-02T03:04:05+02:00")
            .env_remove("GIT_DIR")
            .env_remove("GIT_WORK_TREE")
            .env_remove("GIT_INDEX_FILE")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(status.is_ok_and(|status| status.success()), "git {arguments:?}");
    }

    pub(in crate::git) fn repository() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("Cargo.toml"), "[package]\n").unwrap();
        fs::write(folder.path().join("Cargo.lock"), "lock\n").unwrap();
        git(folder.path(), &["init", "--quiet", "--initial-branch=trunk"]);
        git(folder.path(), &["add", "."]);
        git(folder.path(), &["commit", "--quiet", "--message=one"]);
        folder
    }

    /// A repository of two commits, and a clone that has the second alone.
    pub(in crate::git) fn shallow_clone() -> [tempfile::TempDir; 2] {
        let (folder, clone) = (repository(), tempfile::tempdir().unwrap());
        git(folder.path(), &["commit", "--quiet", "--allow-empty", "--message=two"]);
        let source = format!("file://{}", folder.path().display());
        git(clone.path(), &["clone", "--quiet", "--depth=1", &source, "."]);
        [folder, clone]
    }
}
