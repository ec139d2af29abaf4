//! When a gate stops, or does not begin.

use std::fs;
use std::os::unix::fs::OpenOptionsExt;
use std::process::{Command, Stdio};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::gated::{commit, edit, gate, outcome, repository, set, stored};
use crate::program::{git, program};

#[test]
fn where_nothing_can_be_stored_nothing_is_built() {
    let folder = repository(&[r#"("a/b", 100.0)"#, r#"("a/b", 120.0)"#]);
    let (code, _, said) = gate(folder.path(), &["--base", "HEAD~1", "--results", "Cargo.toml/results"]);
    assert!(code == 3 && said.contains("nothing can be stored in Cargo.toml/results"), "{code} {said}");
    assert!(!said.contains("building"), "{said}");
}

#[test]
fn a_gate_that_is_stopped_leaves_no_process() {
    let folder = repository(&[r#"("a/b", 100.0)"#, r#"("a/b", 120.0)"#]);
    let path = folder.path().join("held");
    nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap();
    for (signal, evidence) in
        [(Signal::SIGINT, "pairs"), (Signal::SIGTERM, "both"), (Signal::SIGKILL, "pairs"), (Signal::SIGKILL, "both")]
    {
        let held = fs::File::options().read(true).custom_flags(nix::libc::O_NONBLOCK).open(&path).unwrap();
        // A shell starts what runs behind it with SIGINT ignored.
        let mut gate = Command::new("env")
            .current_dir(folder.path())
            .env_remove("CARGO_TARGET_DIR")
            .env("HELD", &path)
            .args(["--default-signal=INT,TERM", env!("CARGO_BIN_EXE_parcost")])
            .args(["gate", "--base", "HEAD~1", "--evidence", evidence])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let wait = |flags| {
            let mut watched = [PollFd::new(std::os::fd::AsFd::as_fd(&held), flags)];
            assert_eq!(poll(&mut watched, PollTimeout::from(60_000_u16)), Ok(1), "{signal}");
        };
        wait(PollFlags::POLLIN);
        std::io::Read::read_exact(&mut &held, &mut [0]).unwrap();
        kill(Pid::from_raw(gate.id() as i32), signal).unwrap();
        gate.wait().unwrap();
        // The writing end is closed when the bench is gone.
        wait(PollFlags::empty());
    }
}

#[test]
fn a_gate_that_can_judge_nothing_does_not_pass() {
    let folder = repository(&[r#"("a/b", 100.0)"#, r#"("a/b", 0.0)"#]);
    let (code, rows, said) = gate(folder.path(), &["--base", "HEAD~1"]);
    assert_eq!(code, 4, "{said} {rows:#}");
}

#[test]
fn a_budget_that_leaves_no_time_is_never_green() {
    let benchmarks = r#"("a/b", 100.0), ("a/c", 100.0), ("a/d", 100.0)"#;
    let folder = repository(&[benchmarks, &format!(r#"{benchmarks}, ("a/new", 100.0)"#)]);
    let (code, rows, said) = gate(folder.path(), &["--base", "HEAD~1", "--budget", "1ms"]);
    assert_eq!(code, 4, "{said} {rows:#}");
    for name in ["a/b", "a/c", "a/d"] {
        assert_eq!(outcome(&rows, name), "inconclusive", "{name}: {rows:#}");
    }
}

#[test]
fn a_gate_that_measures_nothing_leaves_a_note_that_says_why() {
    let folder = repository(&[r#"("a/b", 100.0)"#]);
    let top = folder.path();
    let commit = |what: &str, broken: &str| {
        fs::write(top.join("src/lib.rs"), broken).unwrap();
        fs::write(top.join("notes"), what).unwrap();
        git(top, &["add", "."]);
        git(top, &["commit", "--quiet", "--message", what]);
        git(top, &["tag", what]);
    };
    commit("whole", "");
    commit("broken", "compile_error!(\"not today\");");
    let note = || {
        let entries = fs::read_dir(top.join("evidence")).unwrap().map(|entry| entry.unwrap().path());
        let mut notes = entries.filter(|path| path.to_string_lossy().contains("not-measured-"));
        notes.next().map(|path| serde_json::from_slice::<Value>(&fs::read(path).unwrap()).unwrap())
    };
    let cases: [(&str, &[&str], &str, &str); 5] = [
        ("the head", &["--base", "whole"], "candidate_build", "not today"),
        ("the base", &["--base", "broken", "--head", "whole"], "baseline_build", "not today"),
        ("a target", &["--base", "main~2", "--head", "whole", "--bench", "x"], "no_benchmark", "`x`"),
        ("a name", &["--base", "main~2", "--head", "whole", "--filter", "x"], "no_benchmark", "`x`"),
        ("a revision", &["--base", "nowhere"], "failed", "nowhere"),
    ];
    for (what, arguments, reason, piece) in cases {
        let (code, _, said) = gate(top, &[arguments, &["--results", "evidence"]].concat());
        let note = note().unwrap();
        let message = note["message"].as_str().unwrap();
        assert!(code == 3 && note["reason"] == reason && message.contains(piece), "{what}: {code} {note:?} {said}");
    }
    let (code, _, said) = gate(top, &["--base", "main~2", "--head", "whole", "--results", "evidence"]);
    assert!(code != 3 && note().is_none(), "{code} {said}");
}

#[test]
fn a_budget_that_ends_by_itself_does_not_pass_what_is_open() {
    let nine = (1..10).map(|place| format!("(\"a/{place}\", 100.0), ")).collect::<String>();
    let folder = repository(&[&format!("{nine}(\"a/noisy\", 100.0)")]);
    let here = folder.path();
    let noisy = "let jitter = if name.ends_with(\"noisy\") { 30.0 * (jitter - 1.0) + 1.0 } else { jitter };\n        let values";
    edit(here, "benches/made_up.rs", "let values", noisy);
    commit(here, "noisy");
    set(here, &format!("{nine}(\"a/noisy\", 101.0)"));
    commit(here, "next");
    let (code, rows, said) = gate(here, &["--base", "HEAD~1", "--budget", "auto", "--evidence", "pairs"]);
    assert_eq!((code, outcome(&rows, "a/noisy").as_str()), (4, "inconclusive"), "{said} {rows:#}");
    assert!(said.contains("--budget 10m goes on with them"), "{said}");
}

#[test]
fn a_budget_too_small_for_a_target_is_not_spent_on_pairs_that_decide_nothing() {
    let folder = repository(&[r#"("a/b", 100.0), ("a/c", 100.0), ("a/d", 100.0), ("a/e", 100.0)"#]);
    let here = folder.path();
    let slow = "std::thread::sleep(std::time::Duration::from_millis(200));\n    if let Some(held)";
    edit(here, "benches/made_up.rs", "if let Some(held)", slow);
    commit(here, "slow start");
    set(here, r#"("a/b", 101.0), ("a/c", 101.0), ("a/d", 101.0), ("a/e", 101.0)"#);
    commit(here, "next");
    let (code, rows, said) = gate(here, &["--base", "HEAD~1", "--budget", "4s", "--evidence", "pairs"]);
    let pairs: u64 = ["a/b", "a/c", "a/d", "a/e"].iter().map(|name| pairs(&rows, name)).sum();
    assert_eq!((code, pairs), (4, 3), "three show how long each takes: {said} {rows:#}");
    let (_, enough) = said.split_once("the budget gives 0 of 4 benchmarks their first look").unwrap();
    let budget = enough.split_once("--budget ").and_then(|(_, rest)| rest.split_once(' ')).unwrap().0;
    let page = program(here).args(["gate", "--replay", &stored(&said)]).output().unwrap();
    let page = String::from_utf8_lossy(&page.stdout).into_owned();
    assert!(page.contains(&format!("--budget {budget} ")) && budget != "4s", "{budget} {page}");
}

fn pairs(rows: &Value, benchmark: &str) -> u64 {
    let all = rows["benchmarks"].as_array().unwrap();
    all.iter().find(|row| row["benchmark"] == benchmark).and_then(|row| row["pairs"].as_u64()).unwrap()
}
