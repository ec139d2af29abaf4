//! Repositories of a small package whose benchmarks make their times up, and gates over them.

#![allow(dead_code, clippy::unwrap_used, reason = "every test takes what it needs, and stops at the first surprise")]

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use super::program::{git, program};

/// A repository with one commit for each list of benchmarks.
pub(crate) fn repository(commits: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("src")).unwrap();
    let manifest = "[package]\nname = \"subject\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[lib]\nbench = false\n\n\
                    [[bench]]\nname = \"made_up\"\nharness = false\n\n[profile.bench]\nopt-level = 0\n";
    fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
    fs::write(folder.path().join("src/lib.rs"), "").unwrap();
    fs::create_dir_all(folder.path().join("benches")).unwrap();
    fs::write(folder.path().join("benches/made_up.rs"), include_str!("../fixtures/gate/bench.rs")).unwrap();
    fs::write(folder.path().join(".gitignore"), "target\n").unwrap();
    git(folder.path(), &["init", "--quiet", "--initial-branch=main"]);
    for benchmarks in commits {
        set(folder.path(), benchmarks);
        commit(folder.path(), "benchmarks");
    }
    folder
}

pub(crate) fn set(folder: &Path, benchmarks: &str) {
    fs::write(folder.join("benchmarks.in"), format!("&[{benchmarks}]\n")).unwrap();
}

/// Commits whatever there is.
pub(crate) fn commit(folder: &Path, message: &str) {
    git(folder, &["add", "."]);
    git(folder, &["commit", "--quiet", "--allow-empty", "--message", message]);
}

/// Replaces a text that must be there.
pub(crate) fn edit(folder: &Path, file: &str, from: &str, to: &str) {
    let text = fs::read_to_string(folder.join(file)).unwrap();
    assert!(text.contains(from), "{file} holds no {from}");
    fs::write(folder.join(file), text.replace(from, to)).unwrap();
}

pub(crate) fn append(folder: &Path, file: &str, more: &str) {
    let text = fs::read_to_string(folder.join(file)).unwrap();
    fs::write(folder.join(file), text + more).unwrap();
}

/// What the gate says in a repository: its exit code, its rows and its complaints.
pub(crate) fn gate(folder: &Path, arguments: &[&str]) -> (i32, Value, String) {
    let output = program(folder).args(["gate", "--format", "json"]).args(arguments).output().unwrap();
    let rows = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code().unwrap_or(-1), rows, String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The exit code of a gate against the commit before, built into a folder that no setting of the repository reaches.
pub(crate) fn gate_outside(folder: &Path) -> (Option<i32>, String) {
    let outside = tempfile::tempdir().unwrap();
    let mut gate = program(folder);
    let output = gate.env("CARGO_TARGET_DIR", outside.path()).args(["gate", "--base", "HEAD~1"]).output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The file that a gate says it has stored.
pub(crate) fn stored(said: &str) -> String {
    said.lines().find_map(|line| line.strip_prefix("parcost: stored ")).expect("the gate says where").to_owned()
}

pub(crate) fn outcome(rows: &Value, benchmark: &str) -> String {
    let all = rows["benchmarks"].as_array().cloned().unwrap_or_default();
    let found = all.iter().find(|row| row["benchmark"] == benchmark);
    let accepted = found.is_some_and(|row| row["accepted"].is_string());
    let verdict = found.map_or("absent", |row| row["verdict"].as_str().unwrap_or_default());
    if accepted { format!("{verdict}, accepted") } else { verdict.to_owned() }
}
