//! `parcost` and `git`, started where no setting of whoever runs the tests reaches them.

#![allow(dead_code, reason = "every test takes what it needs")]

use std::path::Path;

use assert_cmd::Command;
use assert_cmd::assert::Assert;

/// The program in `folder`, where no repository around it is found.
pub(crate) fn program(folder: &Path) -> Command {
    let mut parcost = Command::new(env!("CARGO_BIN_EXE_parcost"));
    for name in ["CARGO_TARGET_DIR", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"] {
        parcost.env_remove(name);
    }
    parcost.current_dir(folder).env("GIT_CEILING_DIRECTORIES", std::env::temp_dir());
    parcost
}

pub(crate) fn parcost(folder: &Path, arguments: &[&str]) -> Assert {
    program(folder).args(arguments).assert()
}

pub(crate) fn output(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stdout.clone()).expect("all we print is UTF-8")
}

pub(crate) fn complaint(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stderr.clone()).expect("all we print is UTF-8")
}

/// All that was printed, with one space wherever its lines are broken.
pub(crate) fn said(assert: &Assert) -> String {
    let text = output(assert) + &complaint(assert);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How it ended, and all that it printed.
pub(crate) fn ended(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let assert = parcost(folder, arguments);
    (assert.get_output().status.code().expect("it ends by itself"), said(&assert))
}

/// What git prints, without the end of its last line.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    git_at(folder, arguments, "2026-01-02T03:04:05Z")
}

/// The same on a computer with this date.
pub(crate) fn git_at(folder: &Path, arguments: &[&str], date: &str) -> String {
    let assert = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_COMMITTER_DATE", date)
        .env("LC_ALL", "C")
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        .assert()
        .success();
    output(&assert).trim_end().to_owned()
}
