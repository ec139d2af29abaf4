//! A built bench target, and the benchmarks that it lists.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::Error;
use crate::process::{self, Reach};

/// Longest that a bench target may take to list its benchmarks.
const LISTING: Duration = Duration::from_secs(60);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Name of the target, with its package where there are several.
    pub topic: String,
    pub target: String,
    pub package: String,
    pub path: PathBuf,
    pub folder: PathBuf,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Timed,
    /// It counts, with iai-callgrind or its successor gungraun.
    Counted,
}

impl Kind {
    /// Which it is by its source: only one that counts names the library that does.
    pub(super) fn of(source: &Path) -> Result<Self, Error> {
        let text = fs::read_to_string(source).map_err(Error::file(source))?;
        let counts = ["iai_callgrind", "gungraun"].iter().any(|library| text.contains(library));
        Ok(if counts { Kind::Counted } else { Kind::Timed })
    }
}

impl Program {
    pub(super) fn command(&self, environment: &BTreeMap<String, String>) -> Command {
        let mut command = Command::new(&self.path);
        command.current_dir(&self.folder).env("CARGO_MANIFEST_DIR", &self.folder).envs(environment);
        command
    }

    pub(super) fn list(&self, environment: &BTreeMap<String, String>) -> Result<Vec<String>, Error> {
        let mut command = self.command(environment);
        command.args(["--bench", "--list"]);
        let refuse = |reason: String| Error::package(&self.path, format!("its benchmarks cannot be listed: {reason}"));
        let output = process::answer(command, LISTING, Reach::Alone).map_err(refuse)?;
        Ok(String::from_utf8_lossy(&output)
            .lines()
            .filter_map(|line| line.strip_suffix(": benchmark").or(line.strip_suffix(": bench")))
            .map(str::to_owned)
            .collect())
    }
}
