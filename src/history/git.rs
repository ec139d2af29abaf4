//! Git, asked from one folder and with an index of its own.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Error;

/// Who writes to the branch: a name that does not depend on whose machine it is.
const WRITER: &str = "parcost";
const ADDRESS: &str = "parcost@localhost";

/// A folder of a repository, and a folder for what is needed only now.
pub(super) struct Git {
    folder: PathBuf,
    scratch: PathBuf,
}

impl Git {
    /// Git in a repository.
    pub(super) fn new(folder: &Path) -> Result<Self, Error> {
        let scratch = std::env::temp_dir().join(format!("parcost-history-{:016x}", fastrand::u64(..)));
        fs::create_dir(&scratch).map_err(Error::file(&scratch))?;
        Ok(Self { folder: folder.to_owned(), scratch })
    }

    /// What git prints, without the end of its last line.
    pub(super) fn ask(&self, arguments: &[&str]) -> Result<String, Error> {
        let output = self.tell(arguments, &[])?;
        Ok(String::from_utf8_lossy(&output).trim_end_matches('\n').to_owned())
    }

    /// What git prints when it is given `input`, byte for byte.
    pub(super) fn tell(&self, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>, Error> {
        let mut command = Command::new("git");
        command.arg("-C").arg(&self.folder).args(["-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0"]);
        // A hook of git runs its programs with these set to its own repository.
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_PREFIX"] {
            command.env_remove(name);
        }
        command
            .args(arguments)
            .env("LC_ALL", "C")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_INDEX_FILE", self.scratch.join("index"))
            .envs([("GIT_AUTHOR_NAME", WRITER), ("GIT_AUTHOR_EMAIL", ADDRESS)])
            .envs([("GIT_COMMITTER_NAME", WRITER), ("GIT_COMMITTER_EMAIL", ADDRESS)])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().map_err(Error::NoGit)?;
        let input_of_child = child.stdin.take();
        let output = std::thread::scope(|scope| {
            // A git that ends early has read enough; why it did is in its answer.
            scope.spawn(move || input_of_child.map(|mut stdin| stdin.write_all(input)));
            child.wait_with_output()
        });
        let output = output.map_err(Error::NoGit)?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let reason = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(Error::Git { command: arguments.join(" "), reason })
    }
}

impl Drop for Git {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.scratch);
    }
}
