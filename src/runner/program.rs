//! A built bench target, and the benchmarks that it lists.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};
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
    /// What cargo's settings of its own side add to its environment.
    pub(super) cargo_environment: BTreeMap<String, String>,
    /// What the package's settings add to it.
    pub(super) environment: BTreeMap<String, String>,
    pub(super) kind: Kind,
    /// Its source files, by their path from the top of the work tree.
    pub(super) sources: BTreeSet<String>,
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
}

/// The files below `top` that the compiler read for a program, by their path from there: it wrote them down beside the program,
/// in a line `PROGRAM: FILE FILE`, with their path from the workspace.
pub(super) fn sources(program: &Path, workspace: &Path, top: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(program.with_extension("d")).unwrap_or_default();
    let of_program = text.lines().find_map(|line| line.split_once(": ").filter(|(to, _)| Path::new(to) == program));
    // A space in a name is written with a backslash.
    let files = of_program.map_or(String::new(), |(_, files)| files.replace("\\ ", "\0"));
    let below = |file: &str| {
        let mut path = PathBuf::new();
        // The compiler keeps the `..` of a `#[path]`, git does not.
        for part in workspace.join(file.replace('\0', " ")).components() {
            if part == Component::ParentDir {
                path.pop();
            } else {
                path.push(part);
            }
        }
        Some(path.strip_prefix(top).ok()?.to_string_lossy().into_owned())
    };
    files.split(' ').filter_map(below).collect()
}

impl Program {
    /// Whether it counts what its benchmarks execute, and times nothing.
    pub(super) fn counts(&self) -> bool {
        self.kind == Kind::Counted
    }

    pub(super) fn command(&self) -> Command {
        self.prepared(Command::new(&self.path))
    }

    /// A command that starts the program in its folder and environment.
    pub(super) fn prepared(&self, mut command: Command) -> Command {
        // A stack in front of what it says would be all that is quoted of it.
        command.current_dir(&self.folder).env("CARGO_MANIFEST_DIR", &self.folder).env("RUST_BACKTRACE", "0");
        command.envs(&self.cargo_environment).envs(&self.environment);
        command
    }

    pub(super) fn list(&self) -> Result<Vec<String>, Error> {
        let mut command = self.command();
        command.args(["--bench", "--list"]);
        let refuse = |reason: String| {
            Error::package(
                &self.path,
                format!(
                    "its benchmarks cannot be listed; set a variable that they need under `environment` in \
                     [package.metadata.parcost]; to skip a target that needs more, a service or a file, name the others with \
                     --bench, or under `benches` there: {reason}"
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
pub(super) fn made(topic: &str, path: &Path) -> Program {
    Program {
        topic: topic.to_owned(),
        target: topic.to_owned(),
        package: "p".to_owned(),
        path: path.to_owned(),
        folder: PathBuf::from("."),
        cargo_environment: BTreeMap::new(),
        environment: BTreeMap::new(),
        kind: Kind::Timed,
        sources: BTreeSet::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sources_of_a_program_are_those_below_the_top() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("parse-0123");
        let line = format!(
            "{}: benches/parse.rs benches/a\\ b.rs benches/../src/c.rs /usr/include/x\n\nbenches/parse.rs:\n",
            program.display()
        );
        fs::write(program.with_extension("d"), format!("{}.d: benches/parse.rs\n\n{line}", program.display())).unwrap();
        let found = sources(&program, Path::new("/tree/ws"), Path::new("/tree"));
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["ws/benches/a b.rs", "ws/benches/parse.rs", "ws/src/c.rs"]);
    }

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
