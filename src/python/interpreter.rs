//! What an interpreter is and can do, by its own description.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rayon::prelude::*;
use serde::Deserialize;

use super::answer::answer_of;
use super::scripts::Scripts;
use crate::model::Omission;

pub(super) const TOPIC: &str = "python";

/// The group of what threads share, which interpreters with the lock do not measure.
pub(super) const SHARED: &str = "python_shared";

/// An interpreter describes itself in a tenth of a second; one on a slow disk may need longer.
const PROBE_LIMIT: Duration = Duration::from_secs(30);

/// Bytes at the beginning of a program that show a shim of pyenv, which has some four hundred.
const SHIM_BYTES: u64 = 4096;

/// The oldest version that the scripts are written for.
const VERSION_MIN: (u64, u64) = (3, 6);

/// A CPython that was found and answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interpreter {
    /// The program, as the interpreter itself calls it.
    pub program: PathBuf,
    pub version: (u64, u64, u64),
    pub gil: bool,
    /// The ways of `multiprocessing` to start a process.
    pub start_methods: Vec<String>,
    /// Whether it has interpreters inside one process, each with a lock of its own.
    pub interpreters: bool,
    /// Whether it has `InterpreterPoolExecutor`.
    pub interpreter_pool: bool,
    /// Whether it has `multiprocessing.shared_memory`.
    pub shared_memory: bool,
}

/// The interpreters that can be measured, and the skipped programs, with the reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Discovered {
    /// Newest last; of one version and one state of the lock there is one.
    pub interpreters: Vec<Interpreter>,
    /// Programs that are skipped, and why.
    pub skipped: Vec<(PathBuf, String)>,
}

/// Which interpreters are measured where time is short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The newest with the lock, and the newest without it.
    EachLock,
    /// The newest alone.
    Newest,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    implementation: String,
    version: Vec<u64>,
    release: String,
    executable: PathBuf,
    gil: bool,
    start_methods: Vec<String>,
    interpreters: bool,
    interpreter_pool: bool,
    shared_memory: bool,
}

impl Interpreter {
    /// The version as one number that grows with it: 31107 for 3.11.7.
    pub fn number(&self) -> u64 {
        let (major, minor, micro) = self.version;
        major * 10_000 + minor * 100 + micro
    }

    /// `3.11.7`, and `3.13.0 without the lock`.
    pub fn name(&self) -> String {
        let (major, minor, micro) = self.version;
        format!("{major}.{minor}.{micro}{}", if self.gil { "" } else { " without the lock" })
    }

    /// Its description, with a name for it; without its folder.
    pub fn fact(&self) -> (String, String) {
        let has = |has: bool| if has { "yes" } else { "no" };
        let text = format!(
            "CPython {}; lock {}; starts by {}; interpreters {}; pools of them {}",
            self.name(),
            if self.gil { "on" } else { "off" },
            self.start_methods.join(" "),
            has(self.interpreters),
            has(self.interpreter_pool)
        );
        (format!("python_{}_gil_{}", self.number(), u64::from(self.gil)), text)
    }

    /// A command that runs a script without what the user's environment adds.
    pub(super) fn command(&self, scripts: &Scripts, script: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("-I").arg(scripts.path(script)).current_dir(scripts.folder());
        command
    }
}

/// Why no interpreter measures what threads share.
const WITHOUT_LOCK: &str = "threads that take turns at a lock do not meet in what they share, and every CPython that is measured has one; \
                            `parcost python` measures one without, such as python3.14t, where it is on the search path";

impl Discovered {
    /// The skipped programs as a record names them: without their folders, since records are published; and what none of the
    /// interpreters can do.
    pub fn omissions(&self) -> impl Iterator<Item = Omission> {
        let omission = |what, reason| Omission { topic: TOPIC.to_owned(), what, reason };
        let skipped = self.skipped.iter().map(move |(program, reason)| {
            let name = program.file_name().unwrap_or(program.as_os_str());
            omission(name.to_string_lossy().into_owned(), reason.clone())
        });
        let have_locks = !self.interpreters.is_empty() && self.interpreters.iter().all(|it| it.gil);
        skipped.chain(have_locks.then(|| omission(SHARED.to_owned(), WITHOUT_LOCK.to_owned())))
    }

    /// The same with the others skipped.
    pub fn choose(mut self, choice: Choice) -> Self {
        let newest = |gil| self.interpreters.iter().rev().find(|interpreter| interpreter.gil == gil).cloned();
        let kept: Vec<Interpreter> = match choice {
            Choice::EachLock => [newest(false), newest(true)].into_iter().flatten().collect(),
            Choice::Newest => self.interpreters.last().cloned().into_iter().collect(),
        };
        for other in self.interpreters.iter().filter(|interpreter| !kept.contains(interpreter)) {
            let reason = format!("CPython {} is measured by `parcost python` only: {}", other.name(), choice.reason());
            self.skipped.push((other.program.clone(), reason));
        }
        self.interpreters.retain(|interpreter| kept.contains(interpreter));
        self
    }
}

impl Choice {
    fn reason(self) -> &'static str {
        match self {
            Choice::EachLock => "the suite has time for the newest with the lock and the newest without",
            Choice::Newest => "the short suite has time for the newest",
        }
    }
}

/// What each program says that it is, or why it cannot be measured.
pub type Answers = Vec<(PathBuf, Result<Interpreter, String>)>;

/// Runs every candidate once to find out what it is, several at a time: nothing is timed yet.
pub fn ask(candidates: &[PathBuf], scripts: &Scripts) -> Answers {
    candidates.par_iter().map(|candidate| (candidate.clone(), query(candidate, scripts))).collect()
}

/// The interpreters of these answers, each once.
pub fn discover(answers: Answers) -> Discovered {
    let mut discovered = Discovered::default();
    let mut shims = Vec::new();
    for (candidate, answer) in answers {
        match answer {
            Ok(interpreter) => {
                let same =
                    |other: &&Interpreter| (other.number(), other.gil) == (interpreter.number(), interpreter.gil);
                match discovered.interpreters.iter().find(same) {
                    Some(other) if other.program == interpreter.program => {}
                    Some(other) => {
                        let reason = format!("another CPython {} is measured", other.name());
                        discovered.skipped.push((candidate, reason));
                    }
                    None => discovered.interpreters.push(interpreter),
                }
            }
            Err(_) if is_shim(&candidate) => shims.push(candidate),
            Err(reason) => discovered.skipped.push((candidate, reason)),
        }
    }
    discovered.skipped.extend(shims.first().and_then(|shim| shim.parent()).map(|folder| {
        let reason = match shims.len() {
            1 => "one shim of pyenv does not lead to an interpreter".to_owned(),
            several => format!("{several} shims of pyenv do not lead to an interpreter"),
        };
        (folder.to_owned(), reason)
    }));
    discovered.interpreters.sort_by_key(|interpreter| (interpreter.number(), interpreter.gil));
    discovered
}

/// Whether a program is a script of pyenv that looks for the interpreter to run; its complaint
/// fills half a page, and there is one for every version.
fn is_shim(candidate: &Path) -> bool {
    let mut head = Vec::new();
    let read = File::open(candidate).and_then(|file| file.take(SHIM_BYTES).read_to_end(&mut head));
    let text = String::from_utf8_lossy(&head);
    read.is_ok() && text.starts_with("#!") && text.contains("pyenv\" exec")
}

fn query(candidate: &Path, scripts: &Scripts) -> Result<Interpreter, String> {
    let program = std::path::absolute(candidate).map_err(|error| format!("it is not a path ({error})"))?;
    let mut command = Command::new(program);
    // Not `-I`, which the oldest do not have: they, too, describe themselves.
    command.args(["-E", "-s"]).arg(scripts.path("probe.py")).current_dir(scripts.folder());
    interpreter(&answer_of(command, PROBE_LIMIT)?)
}

fn interpreter(answer: &str) -> Result<Interpreter, String> {
    let described: Description =
        serde_json::from_str(answer).map_err(|error| format!("it does not describe itself as expected ({error})"))?;
    let [major, minor, micro] = described.version[..] else {
        return Err("it does not report its version".to_owned());
    };
    let name: String = described.implementation.chars().filter(|c| !c.is_control()).take(40).collect();
    let too_large = [major, minor, micro].iter().any(|&part| part > 99);
    if name != "CPython" || too_large || (major, minor) < VERSION_MIN {
        return Err(format!("it is {name} {major}.{minor}.{micro}; CPython 3.6 or newer is measured"));
    }
    if described.release != "final" {
        return Err(format!("it is {name} {major}.{minor}.{micro} before its release"));
    }
    if !described.executable.is_absolute() {
        return Err("it does not report the path of its program".to_owned());
    }
    Ok(Interpreter {
        program: std::fs::canonicalize(&described.executable).unwrap_or(described.executable),
        version: (major, minor, micro),
        gil: described.gil,
        start_methods: described.start_methods,
        interpreters: described.interpreters,
        interpreter_pool: described.interpreter_pool,
        shared_memory: described.shared_memory,
    })
}

/// What is named, then every `python3`, `python3.N` and `python3.Nt` on the search path; each file once.
///
/// `path` is the value of the variable `PATH`.
pub fn candidates(named: &[PathBuf], path: &OsStr) -> Vec<PathBuf> {
    let mut found = named.to_vec();
    for folder in std::env::split_paths(path).filter(|folder| folder.is_absolute()) {
        let entries = fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
        let mut programs: Vec<PathBuf> = entries.filter(|path| is_name(path) && is_program(path)).collect();
        programs.sort();
        found.extend(programs);
    }
    let mut seen = BTreeSet::new();
    found.retain(|program| seen.insert(fs::canonicalize(program).unwrap_or_else(|_| program.clone())));
    found
}

fn is_name(path: &Path) -> bool {
    let Some(rest) = path.file_name().and_then(OsStr::to_str).and_then(|name| name.strip_prefix("python3")) else {
        return false;
    };
    let minor = rest.strip_prefix('.').map(|minor| minor.strip_suffix('t').unwrap_or(minor));
    rest.is_empty() || minor.is_some_and(|minor| !minor.is_empty() && minor.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_program(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn description(implementation: &str, version: &str, executable: &str) -> String {
        format!(
            r#"{{"implementation":"{implementation}","version":{version},"release":"final","executable":"{executable}",
            "gil":true,"start_methods":["fork"],"interpreters":false,"interpreter_pool":false,"shared_memory":true}}"#
        )
    }

    #[test]
    fn only_a_released_cpython_will_do() {
        let good = interpreter(&description("CPython", "[3,11,7]", "/made/up/python3")).unwrap();
        assert_eq!((good.number(), good.name().as_str()), (31_107, "3.11.7"));
        let early = description("CPython", "[3,15,0]", "/p").replace("final", "alpha");
        let cases = [
            (description("CPython", "[2,7,18]", "/p"), "it is CPython 2.7.18"),
            (description("PyPy", "[3,10,1]", "/p"), "it is PyPy 3.10.1"),
            (description("CPython", "[3,5,9]", "/p"), "it is CPython 3.5.9"),
            (description("CPython", "[3,11]", "/p"), "report its version"),
            (description("CPython", "[3,11,700]", "/p"), "it is CPython 3.11.700"),
            (description("CPython", "[3,11,7]", ""), "the path of its program"),
            (early, "before its release"),
            ("rubbish".to_owned(), "does not describe itself"),
            (format!("{0}{0}", description("CPython", "[3,11,7]", "/p")), "does not describe itself"),
        ];
        for (answer, expected) in cases {
            let reason = interpreter(&answer).unwrap_err();
            assert!(reason.contains(expected), "{expected}: {reason}");
        }
    }

    #[test]
    fn a_double_is_said_and_a_program_that_is_none_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let scripts = Scripts::write(folder.path()).unwrap();
        let program = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
            path
        };
        let says = |executable: &str| format!("cat <<E\n{}\nE", description("CPython", "[3,9,1]", executable));
        let programs = [
            program("first", &says("/made/up/first")),
            program("shim", &says("/made/up/first")),
            program("double", &says("/made/up/other")),
            program("broken", "echo no such version >&2; exit 127"),
            program("python3.1", "exec \"pyenv\" exec 2>&1; exit 127"),
            program("python3.2", "exec \"pyenv\" exec 2>&1; exit 127"),
        ];
        let discovered = discover(ask(&programs, &scripts));
        assert_eq!(discovered.interpreters.len(), 1);
        let reasons: Vec<&str> = discovered.skipped.iter().map(|(_, reason)| reason.as_str()).collect();
        let [double, broken, shims] = reasons[..] else { panic!("{reasons:?}") };
        assert_eq!(
            (double, shims),
            ("another CPython 3.9.1 is measured", "2 shims of pyenv do not lead to an interpreter")
        );
        assert!(broken.contains("no such version"), "{broken}");
    }

    #[test]
    fn of_many_the_newest_are_chosen_and_the_others_told() {
        let one = |version: &str, gil: bool| {
            let one = interpreter(&description("CPython", version, &format!("/made/up/{version}{gil}"))).unwrap();
            Interpreter { gil, ..one }
        };
        let interpreters = vec![one("[3,9,1]", true), one("[3,14,1]", false), one("[3,14,1]", true)];
        let discovered = Discovered { interpreters: interpreters.clone(), skipped: Vec::new() };
        let counts = |discovered: &Discovered| (discovered.interpreters.clone(), discovered.skipped.len());
        let both = discovered.clone().choose(Choice::EachLock);
        assert_eq!(counts(&both), (interpreters[1..].to_vec(), 1));
        let newest = discovered.choose(Choice::Newest);
        assert_eq!(counts(&newest), (interpreters[2..].to_vec(), 2));
        let shared = |discovered: &Discovered| discovered.omissions().filter(|it| it.what == SHARED).count();
        assert_eq!((shared(&newest), shared(&both), shared(&Discovered::default())), (1, 0, 0));
        assert!(
            newest.skipped[1].1.starts_with("CPython 3.14.1 without the lock is measured by `parcost python` only")
        );
        assert_eq!(Discovered::default().choose(Choice::EachLock), Discovered::default());
    }

    #[test]
    fn a_name_says_whether_it_may_be_an_interpreter() {
        for name in ["python3", "python3.6", "python3.14", "python3.13t"] {
            assert!(is_name(Path::new(name)), "{name}");
        }
        for name in ["python", "python2.7", "python3-config", "python3.11-config", "python3.", "python3.t", "python3t"]
        {
            assert!(!is_name(Path::new(name)), "{name}");
        }
    }

    #[test]
    fn a_program_under_two_names_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let [program, link, plain] = ["python3.9", "python3", "python3.8"].map(|name| folder.path().join(name));
        fs::write(&program, "").unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        symlink(&program, &link).unwrap();
        fs::write(&plain, "").unwrap();
        assert_eq!(candidates(&[], folder.path().as_os_str()), [link]);
        let named = [program.clone()];
        assert_eq!(candidates(&named, folder.path().as_os_str()), named);
    }
}
