//! The last target of `cargo bench`: has the run recorded, and its summary printed.
//!
//! It measures nothing itself. Silent as a test, for a list, or where no target was to measure; that a filter matched
//! nothing is an error.

use std::env;
use std::fs;
use std::os::unix::process::{CommandExt, parent_id};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Where the run is to be stored, when the program is not to choose itself.
const RESULTS: &str = "PARCOST_RESULTS";

/// Options under which no target measures.
const NOT_MEASURING: [&str; 4] = ["--help", "-h", "--load-baseline", "--profile-time"];

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let given = |word: &str| arguments.iter().any(|argument| argument == word);
    if given("--list") {
        if !given("--ignored") {
            println!("summary: benchmark");
        }
        return ExitCode::SUCCESS;
    }
    if !given("--bench") || given("--test") {
        return ExitCode::SUCCESS;
    }
    match session(&target_folder()) {
        Some(session) => record(&session, &arguments),
        // These ask for something else than new numbers.
        None if arguments.iter().any(|argument| NOT_MEASURING.iter().any(|option| argument.starts_with(option))) => {
            ExitCode::SUCCESS
        }
        None => {
            eprintln!("error: nothing was measured: no benchmark matches; `cargo bench -- --list` prints their names");
            ExitCode::from(3)
        }
    }
}

/// Becomes `parcost record`; returns only when that cannot be started.
fn record(session: &Path, arguments: &[String]) -> ExitCode {
    let target = target_folder();
    let iai = env::var_os("IAI_CALLGRIND_HOME").filter(|folder| !folder.is_empty());
    let iai = iai.map_or_else(|| target.join("iai"), PathBuf::from);
    let criterion = env::var_os("CRITERION_HOME").map_or_else(|| target.join("criterion"), PathBuf::from);
    let mut record = Command::new(env!("CARGO_BIN_EXE_parcost"));
    record.current_dir(env!("CARGO_MANIFEST_DIR")).arg("record");
    record.arg("--session").arg(session).arg("--criterion").arg(criterion).arg("--iai").arg(iai);
    record.arg("--binary").arg(env!("CARGO_BIN_EXE_worker"));
    if let Some(results) = env::var_os(RESULTS) {
        record.arg("--results").arg(results);
    }
    let selected: Vec<&str> =
        arguments.iter().map(String::as_str).filter(|word| !["--bench", "--quick"].contains(word)).collect();
    if !selected.is_empty() {
        record.arg(format!("--profile-note={}", selected.join(" ")));
    }
    let error = record.exec();
    eprintln!("error: {} cannot be started: {error}", env!("CARGO_BIN_EXE_parcost"));
    ExitCode::from(3)
}

/// The folder that cargo builds into, as it was when this target was built.
fn target_folder() -> PathBuf {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
    scratch.parent().unwrap_or(scratch).to_owned()
}

/// This session's folder, if a target of the same `cargo bench` has measured: named for cargo's process id and start.
fn session(target: &Path) -> Option<PathBuf> {
    let cargo = parent_id();
    let stat = fs::read_to_string(format!("/proc/{cargo}/stat")).ok()?;
    // Field 2 is a program's name in parentheses and may hold anything: counting starts behind it.
    let started = stat.rsplit_once(')')?.1.split_ascii_whitespace().nth(22 - 3)?;
    let session = target.join("parcost").join(format!("{cargo}-{started}"));
    session.is_dir().then_some(session)
}
