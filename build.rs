//! Sets `PARCOST_VERSION`, which `parcost --version` prints: the version and, in a release build from a git checkout, its
//! commit, whose whole id is in `PARCOST_COMMIT`. Debug builds have none, so that a commit does not build all tests again.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let commit = if env::var("PROFILE").is_ok_and(|profile| profile == "release") { commit() } else { None };
    if let Some(commit) = &commit {
        println!("cargo::rustc-env=PARCOST_COMMIT={commit}");
    }
    let commit = commit.map_or_else(String::new, |commit| format!(" ({:.12})", commit));
    println!("cargo::rustc-env=PARCOST_VERSION={}{commit}", env!("CARGO_PKG_VERSION"));
}

/// The commit that is checked out, if git has this package under version control; a source archive inside another
/// repository has none.
fn commit() -> Option<String> {
    git(&["ls-files", "--error-unmatch", "Cargo.toml"])?;
    // Git appends to this file whenever another commit is checked out.
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"])?;
    if Path::new(&log).exists() {
        println!("cargo::rerun-if-changed={log}");
    }
    git(&["rev-parse", "HEAD"])
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
