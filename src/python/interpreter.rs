//! What an interpreter is and can do, as it says itself.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde::Deserialize;

use super::Scripts;
use super::answer::answer_of;
use super::measure::TOPIC;
use crate::model::Omission;

/// An interpreter tells what it is in a tenth of a second; one on a slow disk may need longer.
const PROBE_LIMIT: Duration = Duration::from_secs(30);

/// Bytes at the beginning of a program that tell a shim of pyenv, which has some four hundred.
const SHIM_BYTES: u64 = 4096;

/// The oldest version that the scripts are written for.
const VERSION_MIN: (u64, u64) = (3, 6);

/// A CPython that can be measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interpreter {
    /// The program, as the interpreter itself calls it.
    pub program: PathBuf,
    /// Major, minor, micro.
    pub version: (u64, u64, u64),
    /// Whether the lock is on.
    pub gil: bool,
    /// The ways of `multiprocessing` to start a process.
    pub start_methods: Vec<String>,
    /// Whether it has interpreters inside one process, each with a lock of its own.
    pub interpreters: bool,
    /// Whether it has pools of them.
    pub interpreter_pool: bool,
}

/// The interpreters that can be measured, and the programs that cannot, with the reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Newest last; of one version and one state of the lock there is one.
    pub interpreters: Vec<Interpreter>,
    /// A program, and why it is left out.
    pub left_out: Vec<(PathBuf, String)>,
}

/// Which interpreters are measured where there is no time for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The newest with the lock, and the newest without it.
    EachLock,
    /// The newest.
    Newest,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    implementation: String,
    version: Vec<u64>,
    release: String,
    executable: PathBuf,
    gil: bool,
    start_methods: Vec<String>,
    interpreters: bool,
    interpreter_pool: bool,
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

    /// What it said that it is and can do, with a name for it; not where it lies.
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

impl Known {
    /// Those that are left out, as a record tells of them: not where they lie, since records are published.
    pub fn omissions(&self) -> impl Iterator<Item = Omission> {
        self.left_out.iter().map(|(program, reason)| Omission {
            topic: TOPIC.to_owned(),
            what: program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned(),
            reason: reason.clone(),
        })
    }

    /// The same with the others left out.
    pub fn choose(mut self, choice: Choice) -> Self {
        let newest = |gil| self.interpreters.iter().rev().find(|interpreter| interpreter.gil == gil).cloned();
        let kept: Vec<Interpreter> = match choice {
            Choice::EachLock => [newest(false), newest(true)].into_iter().flatten().collect(),
            Choice::Newest => self.interpreters.last().cloned().into_iter().collect(),
        };
        for other in self.interpreters.iter().filter(|interpreter| !kept.contains(interpreter)) {
            let reason = format!("CPython {} is left to `parcost python`: {}", other.name(), choice.reason());
            self.left_out.push((other.program.clone(), reason));
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

/// Asks every candidate what it is.
pub fn know(candidates: &[PathBuf], scripts: &Scripts) -> Known {
    let mut known = Known::default();
    let mut shims = Vec::new();
    for candidate in candidates {
        match ask(candidate, scripts) {
            Ok(interpreter) => {
                let same =
                    |other: &&Interpreter| (other.number(), other.gil) == (interpreter.number(), interpreter.gil);
                match known.interpreters.iter().find(same) {
                    Some(other) if other.program == interpreter.program => {}
                    Some(other) => {
                        let reason = format!("another CPython {} is measured", other.name());
                        known.left_out.push((candidate.clone(), reason));
                    }
                    None => known.interpreters.push(interpreter),
                }
            }
            Err(_) if is_shim(candidate) => shims.push(candidate.as_path()),
            Err(reason) => known.left_out.push((candidate.clone(), reason)),
        }
    }
    known.left_out.extend(shims.first().and_then(|shim| shim.parent()).map(|folder| {
        let reason = match shims.len() {
            1 => "one shim of pyenv names no interpreter".to_owned(),
            several => format!("{several} shims of pyenv name no interpreter"),
        };
        (folder.to_owned(), reason)
    }));
    known.interpreters.sort_by_key(|interpreter| (interpreter.number(), interpreter.gil));
    known
}

/// Whether a program is a script of pyenv that looks for the interpreter to run; it says for half a page what it has not
/// found, and there is one for every version.
fn is_shim(candidate: &Path) -> bool {
    let mut head = Vec::new();
    let read = File::open(candidate).and_then(|file| file.take(SHIM_BYTES).read_to_end(&mut head));
    let text = String::from_utf8_lossy(&head);
    read.is_ok() && text.starts_with("#!") && text.contains("pyenv\" exec")
}

fn ask(candidate: &Path, scripts: &Scripts) -> Result<Interpreter, String> {
    let program = std::path::absolute(candidate).map_err(|error| format!("it is no path ({error})"))?;
    let mut command = Command::new(program);
    // Not `-I`, which the oldest do not know: they shall say what they are.
    command.args(["-E", "-s"]).arg(scripts.path("probe.py")).current_dir(scripts.folder());
    interpreter(&answer_of(command, PROBE_LIMIT)?)
}

/// Reads what the probe script printed.
fn interpreter(answer: &str) -> Result<Interpreter, String> {
    let told: Told = serde_json::from_str(answer).map_err(|error| format!("it does not say what it is ({error})"))?;
    let [major, minor, micro] = told.version[..] else {
        return Err("it does not say which version it is".to_owned());
    };
    let name: String = told.implementation.chars().filter(|c| !c.is_control()).take(40).collect();
    let too_large = [major, minor, micro].iter().any(|&part| part > 99);
    if name != "CPython" || too_large || (major, minor) < VERSION_MIN {
        return Err(format!("it is {name} {major}.{minor}.{micro}; CPython 3.6 or newer is measured"));
    }
    if told.release != "final" {
        return Err(format!("it is {name} {major}.{minor}.{micro} before its release"));
    }
    if !told.executable.is_absolute() {
        return Err("it does not say where its program is".to_owned());
    }
    Ok(Interpreter {
        program: std::fs::canonicalize(&told.executable).unwrap_or(told.executable),
        version: (major, minor, micro),
        gil: told.gil,
        start_methods: told.start_methods,
        interpreters: told.interpreters,
        interpreter_pool: told.interpreter_pool,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn told(implementation: &str, version: &str, executable: &str) -> String {
        format!(
            r#"{{"implementation":"{implementation}","version":{version},"release":"final","executable":"{executable}",
            "gil":true,"start_methods":["fork"],"interpreters":false,"interpreter_pool":false}}"#
        )
    }

    #[test]
    fn only_a_released_cpython_will_do() {
        let good = interpreter(&told("CPython", "[3,11,7]", "/made/up/python3")).unwrap();
        assert_eq!((good.number(), good.name().as_str()), (31_107, "3.11.7"));
        let early = told("CPython", "[3,15,0]", "/p").replace("final", "alpha");
        let cases = [
            (told("CPython", "[2,7,18]", "/p"), "it is CPython 2.7.18"),
            (told("PyPy", "[3,10,1]", "/p"), "it is PyPy 3.10.1"),
            (told("CPython", "[3,5,9]", "/p"), "it is CPython 3.5.9"),
            (told("CPython", "[3,11]", "/p"), "which version"),
            (told("CPython", "[3,11,700]", "/p"), "it is CPython 3.11.700"),
            (told("CPython", "[3,11,7]", ""), "where its program is"),
            (early, "before its release"),
            ("rubbish".to_owned(), "does not say what it is"),
            (format!("{0}{0}", told("CPython", "[3,11,7]", "/p")), "does not say what it is"),
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
        let says = |executable: &str| format!("cat <<E\n{}\nE", told("CPython", "[3,9,1]", executable));
        let programs = [
            program("first", &says("/made/up/first")),
            program("shim", &says("/made/up/first")),
            program("double", &says("/made/up/other")),
            program("broken", "echo no such version >&2; exit 127"),
            program("python3.1", "exec \"pyenv\" exec 2>&1; exit 127"),
            program("python3.2", "exec \"pyenv\" exec 2>&1; exit 127"),
        ];
        let known = know(&programs, &scripts);
        assert_eq!(known.interpreters.len(), 1);
        let reasons: Vec<&str> = known.left_out.iter().map(|(_, reason)| reason.as_str()).collect();
        let [double, broken, shims] = reasons[..] else { panic!("{reasons:?}") };
        assert_eq!((double, shims), ("another CPython 3.9.1 is measured", "2 shims of pyenv name no interpreter"));
        assert!(broken.contains("no such version"), "{broken}");
    }

    #[test]
    fn of_many_the_newest_are_chosen_and_the_others_told() {
        let one = |version: &str, gil: bool| {
            let one = interpreter(&told("CPython", version, &format!("/made/up/{version}{gil}"))).unwrap();
            Interpreter { gil, ..one }
        };
        let interpreters = vec![one("[3,9,1]", true), one("[3,14,1]", false), one("[3,14,1]", true)];
        let known = Known { interpreters: interpreters.clone(), left_out: Vec::new() };
        let told = |known: &Known| (known.interpreters.clone(), known.left_out.len());
        assert_eq!(told(&known.clone().choose(Choice::EachLock)), (interpreters[1..].to_vec(), 1));
        let newest = known.choose(Choice::Newest);
        assert_eq!(told(&newest), (interpreters[2..].to_vec(), 2));
        assert!(newest.left_out[1].1.starts_with("CPython 3.14.1 without the lock is left to `parcost python`"));
        assert_eq!(Known::default().choose(Choice::EachLock), Known::default());
    }
}
