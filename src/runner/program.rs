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
    /// What the settings of its own side add to its environment.
    pub(super) environment: BTreeMap<String, String>,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Timed,
    /// It counts, with iai-callgrind or its successor gungraun.
    Counted,
    /// By a harness that does not measure one benchmark in a process as Criterion does.
    Unsupported(&'static str),
}

impl Kind {
    /// Which it is by its source: only one that uses a library names it.
    pub(super) fn of(source: &Path) -> Result<Self, Error> {
        let text = fs::read_to_string(source).map_err(Error::file(source))?;
        let names = |words: &[&str]| words.iter().any(|word| text.contains(word));
        Ok(match text {
            _ if names(&["iai_callgrind", "gungraun"]) => Kind::Counted,
            _ if names(&["criterion"]) => Kind::Timed,
            _ if names(&["divan::"]) => Kind::Unsupported("divan"),
            _ if names(&["#[bench]"]) => Kind::Unsupported("libtest"),
            _ => Kind::Timed,
        })
    }

    pub(super) fn unsupported(self) -> Option<&'static str> {
        if let Kind::Unsupported(harness) = self { Some(harness) } else { None }
    }
}

impl Program {
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command.current_dir(&self.folder).env("CARGO_MANIFEST_DIR", &self.folder).envs(&self.environment);
        command
    }

    pub(super) fn list(&self) -> Result<Vec<String>, Error> {
        let mut command = self.command();
        command.args(["--bench", "--list"]);
        let refuse = |reason: String| {
            Error::package(
                &self.path,
                format!(
                    "its benchmarks cannot be listed; what they need is set under `environment` in [package.metadata.parcost], and a \
             target that needs more, a service or a file, is left out by naming the others with --bench, or under `benches` \
             there: {reason}"
                ),
            )
        };
        let output = process::answer(command, LISTING, Reach::Alone).map_err(refuse)?;
        Ok(String::from_utf8_lossy(&output)
            .lines()
            .filter_map(|line| line.strip_suffix(": benchmark").or(line.strip_suffix(": bench")))
            .map(str::to_owned)
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bench_is_of_the_harness_that_it_names() {
        let folder = tempfile::tempdir().unwrap();
        let kind = |text: &str| {
            let source = folder.path().join("bench.rs");
            fs::write(&source, text).unwrap();
            Kind::of(&source).unwrap()
        };
        assert_eq!(kind("use gungraun::main; // not criterion"), Kind::Counted);
        assert_eq!(kind("use criterion::Criterion; // as #[bench] did"), Kind::Timed);
        assert_eq!(kind("fn main() { divan::main() }"), Kind::Unsupported("divan"));
        assert_eq!(kind("#[bench]\nfn a(b: &mut Bencher) {}"), Kind::Unsupported("libtest"));
        assert_eq!(kind("include!(\"all.rs\");"), Kind::Timed);
    }
}
