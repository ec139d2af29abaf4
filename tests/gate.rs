//! `parcost gate` from end to end, over a small package whose benchmarks make their times up.

#![expect(clippy::unwrap_used, reason = "what prepares a test may stop at the first surprise")]

mod gated;
// Runs with more in them are made for other tests.
#[allow(dead_code)]
mod made;
mod program;

use std::fs;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use gated::{gate, outcome, repository, set, stored};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use parcost::rooms::model::Metric;
use parcost::rooms::store;
use program::{complaint, git, output, parcost, program};
use serde_json::Value;
use tempfile::TempDir;

#[test]
fn a_slower_benchmark_is_a_regression_and_its_neighbours_are_not() {
    let folder = repository(&[
        r#"("a/steady", 100.0), ("a/slower", 100.0), ("a/faster", 100.0), ("a/gone", 100.0)"#,
        r#"("a/steady", 100.0), ("a/slower", 120.0), ("a/faster", 80.0), ("a/new", 100.0)"#,
    ]);
    let (code, rows, said) = gate(folder.path(), &["--base", "HEAD~1", "--allow-missing", "a/gone"]);
    assert_eq!(code, 1, "{said}");
    let expected = [("steady", "unchanged"), ("slower", "regressed"), ("faster", "improved"), ("new", "absent")];
    for (name, expected) in expected {
        assert_eq!(outcome(&rows, &format!("a/{name}")), expected, "{name}: {rows:#}");
    }
    assert_eq!(rows["added"], serde_json::json!(["a/new"]));

    // The verdict follows from what was stored, and from nothing else.
    let stored = stored(&said);
    let (again_code, again, _) = gate(folder.path(), &["--replay", &stored, "--allow-missing", "a/gone"]);
    assert_eq!((again_code, &again), (code, &rows));

    // An allowed regression is still reported.
    let (code, accepted, _) = gate(folder.path(), &["--replay", &stored, "--allow-missing", "a/gone", "--warn-only"]);
    assert_eq!((code, accepted), (0, rows));

    // A benchmark that is gone is reported, unless a rule or an argument says that it may be missing.
    let (code, gone, said) = gate(folder.path(), &["--replay", &stored]);
    assert_eq!((code, &gone["missing"][0]["benchmark"]), (1, &Value::from("a/gone")), "{said}");
    let rule = "[[missing]]\nbenchmark = \"a/gone\"\nreason = \"it measured nothing\"\n";
    fs::write(folder.path().join("rules.toml"), rule).unwrap();
    let (_, ruled, said) = gate(folder.path(), &["--replay", &stored, "--accepted", "rules.toml"]);
    assert_eq!(ruled["allowed_missing"][0]["benchmark"], "a/gone", "{said}");
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let folder = repository(&[r#"("a/b", 100.0)"#, r#"("a/b", 100.0), ("a/c", 0.0)"#]);
    let here = folder.path();
    let cases: [(&str, &[&str], i32, &str); 6] = [
        ("itself", &["--base", "HEAD"], 3, "same commit"),
        ("no revision", &["--base", "nothing"], 3, "is not a commit"),
        ("no such bench", &["--base", "HEAD~1", "--bench", "nothing"], 3, "no bench target `nothing`; it has"),
        ("no such package", &["--base", "HEAD~1", "--package", "nothing"], 3, "no package `nothing`"),
        ("a filter that matches nothing", &["--base", "HEAD~1", "--filter", "nothing"], 3, "no benchmark"),
        ("no time", &["--base", "HEAD~1", "--budget", "0s"], 2, "budget"),
    ];
    for (name, arguments, expected, piece) in cases {
        let (code, _, said) = gate(here, arguments);
        assert!(code == expected && said.contains(piece), "{name}: {code} {said}");
    }
    let said = complaint(&parcost(here, &["selftest", "--bench", "made_up", "--bench", "nothing"]).code(3));
    assert!(said.contains("no bench target `nothing`; it has made_up") && !said.contains("building"), "{said}");
    set(here, r#"("a/b", 200.0)"#);
    let (code, _, said) = gate(here, &["--base", "HEAD~1"]);
    assert!(code == 3 && said.contains("--allow-dirty"), "{code} {said}");
    let (code, rows, said) = gate(here, &["--base", "HEAD~1", "--allow-dirty"]);
    assert_eq!((code, outcome(&rows, "a/b").as_str()), (1, "regressed"), "{said}");
    let stored = stored(&said);
    assert!(fs::read_to_string(&stored).unwrap().contains("\"dirty\":true"), "{stored}");
}

#[test]
fn settings_of_one_side_are_not_built_into_the_other() {
    let folder = repository(&[r#"("a/b", 100.0)"#]);
    let here = folder.path();
    fs::create_dir(here.join(".cargo")).unwrap();
    fs::write(here.join(".cargo/config.toml"), "[term]\nverbose = false\n").unwrap();
    set(here, r#"("a/b", 120.0)"#);
    git(here, &["add", "."]);
    git(here, &["commit", "--quiet", "--message=settings"]);
    let (code, _, said) = gate(here, &["--base", "HEAD~1"]);
    let pieces = [
        ".cargo/config.toml: cargo reads it for both sides",
        "the baseline has different settings",
        "CARGO_TARGET_DIR",
    ];
    assert!(code == 3 && pieces.iter().all(|piece| said.contains(piece)), "{code} {said}");

    // Out of its reach, as the message says.
    let outside = tempfile::tempdir().unwrap();
    let output =
        program(here).env("CARGO_TARGET_DIR", outside.path()).args(["gate", "--base", "HEAD~1"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));

    // A file that no revision holds is the user's own, and adds the same to both.
    git(here, &["rm", "--quiet", "--cached", ".cargo/config.toml"]);
    git(here, &["commit", "--quiet", "--message=no settings"]);
    set(here, r#"("a/b", 150.0)"#);
    git(here, &["add", "benchmarks.in"]);
    git(here, &["commit", "--quiet", "--message=slower"]);
    let (code, _, said) = gate(here, &["--base", "HEAD~1"]);
    assert_eq!(code, 1, "{said}");
}

#[test]
fn a_change_that_makes_the_package_a_workspace_is_gated_outside_of_it() {
    let folder = repository(&[r#"("a/b", 100.0)"#]);
    let here = folder.path();
    fs::create_dir_all(here.join("part/src")).unwrap();
    fs::write(here.join("part/src/lib.rs"), "").unwrap();
    fs::write(here.join("part/Cargo.toml"), "[package]\nname = \"part\"\n").unwrap();
    let manifest = fs::read_to_string(here.join("Cargo.toml")).unwrap();
    fs::write(here.join("Cargo.toml"), format!("{manifest}\n[workspace]\nmembers = [\"part\"]\n")).unwrap();
    set(here, r#"("a/b", 120.0)"#);
    git(here, &["add", "."]);
    git(here, &["commit", "--quiet", "--message=a workspace"]);
    let (code, _, said) = gate(here, &["--base", "HEAD~1"]);
    assert!(code == 3 && said.contains("set CARGO_TARGET_DIR to a folder outside"), "{code} {said}");
    let outside = tempfile::tempdir().unwrap();
    let gate =
        program(here).env("CARGO_TARGET_DIR", outside.path()).args(["gate", "--base", "HEAD~1"]).output().unwrap();
    assert_eq!(gate.status.code(), Some(1), "{}", String::from_utf8_lossy(&gate.stderr));
}

#[test]
fn what_was_reviewed_is_accepted_up_to_its_limit() {
    let folder = repository(&[r#"("a/b", 100.0)"#, r#"("a/b", 120.0)"#]);
    let commit = git(folder.path(), &["rev-parse", "HEAD"]);
    let (code, _, said) = gate(folder.path(), &["--base", "HEAD~1"]);
    assert_eq!(code, 1, "{said}");
    let stored = stored(&said);
    let cases = [
        ("accepted", commit.as_str(), 1.2, "", 0, "regressed, accepted"),
        ("worse than accepted", &commit, 1.1, "", 1, "regressed"),
        ("of another commit", "0123456789ab", 1.2, "", 1, "regressed"),
        ("expired", &commit, 1.2, "expires = 2026-01-31", 3, "absent"),
    ];
    for (name, commit, factor, more, expected, verdict) in cases {
        let rule = format!(
            "[[accepted]]\nbenchmark = \"a/*\"\ncommit = \"{commit}\"\nfactor = {factor}\nreason = \"safer\"\n{more}\n"
        );
        fs::write(folder.path().join("accepted.toml"), rule).unwrap();
        let (code, rows, said) = gate(folder.path(), &["--replay", &stored, "--accepted", "accepted.toml"]);
        assert_eq!((code, outcome(&rows, "a/b").as_str()), (expected, verdict), "{name}: {said}");
    }
}

#[test]
fn identical_programs_are_not_measured_unless_in_an_a_a_test() {
    let folder = repository(&[r#"("a/b", 100.0)"#, r#"("a/b", 100.0)"#]);
    let (code, rows, said) = gate(folder.path(), &["--base", "HEAD~1"]);
    assert_eq!((code, &rows["outcome"]), (0, &Value::from("pass")), "{said}");
    let (code, rows, said) = gate(folder.path(), &["--base", "HEAD", "--aa", "--budget", "auto"]);
    assert_eq!((code, outcome(&rows, "a/b").as_str()), (0, "unchanged"), "{said}");
    assert!(said.contains("`parcost gate --clean` removes"), "{said}");

    // What was built goes, what was stored stays.
    let gates = folder.path().join("target/parcost/gate");
    let (code, _, said) = gate(folder.path(), &["--clean"]);
    assert!(code == 0 && !gates.join("base").exists() && gates.join("results").exists(), "{code} {said}");
}

#[test]
fn only_documentation_leaves_both_sides_identical() {
    let folder = repository(&[r#"("a/b", 100.0)"#]);
    let cases = [
        ("README.md", "absent"),
        ("docs/guide.md", "absent"),
        // A bench may read it, or start a program that is made of it.
        ("data.csv", "unchanged"),
        ("src/lib.rs", "unchanged"),
    ];
    fs::create_dir(folder.path().join("docs")).unwrap();
    for (file, expected) in cases {
        fs::write(folder.path().join(file), "// Another line.\n").unwrap();
        git(folder.path(), &["add", "."]);
        git(folder.path(), &["commit", "--quiet", "--message=a file"]);
        let (code, rows, said) = gate(folder.path(), &["--base", "HEAD~1"]);
        assert_eq!((code, outcome(&rows, "a/b").as_str()), (0, expected), "{file}: {said}");
    }
    // What a bench reads is none.
    let here = folder.path();
    let bench = fs::read_to_string(here.join("benches/made_up.rs")).unwrap();
    let reads = "fn main() {\n    let _ = fs::read(Path::new(\"docs\").join(\"guide.md\"));\n";
    fs::write(here.join("benches/made_up.rs"), bench.replace("fn main() {\n", reads)).unwrap();
    git(here, &["commit", "--quiet", "--all", "--message=it reads"]);
    let (_, rows, said) = gate(here, &["--base", "HEAD~1", "--evidence", "pairs"]);
    let text = String::from_utf8_lossy(&fs::read(stored(&said)).unwrap()).into_owned();
    assert!(text.contains("`benches/made_up.rs` of the bench changed"), "{rows:#} {text}");
    fs::write(here.join("docs/guide.md"), "Another line.\n").unwrap();
    git(here, &["commit", "--quiet", "--all", "--message=what is read"]);
    let (code, rows, said) = gate(here, &["--base", "HEAD~1"]);
    assert_eq!((code, outcome(&rows, "a/b").as_str()), (0, "unchanged"), "{said}");
}

#[test]
fn dependencies_that_cannot_be_shared_are_built_twice() {
    let folder = repository(&[r#"("a/b", 100.0)"#, r#"("a/b", 120.0)"#]);
    let [base, head] =
        ["base", "head"].map(|side| folder.path().join("target/parcost/gate").join(side).join("out/release"));
    for part in [head.join(".fingerprint"), head.join("build/dependency-0123"), base.join("build")] {
        fs::create_dir_all(part).unwrap();
    }
    // A folder takes no link's place.
    std::os::unix::fs::symlink("nowhere", base.join("build/dependency-0123")).unwrap();
    let (code, _, said) = gate(folder.path(), &["--base", "HEAD~1"]);
    assert!(code == 1 && said.contains("the sides share no dependencies"), "{code} {said}");
}

#[test]
fn where_nothing_can_be_stored_nothing_is_built() {
    let folder = repository(&[r#"("a/b", 100.0)"#, r#"("a/b", 120.0)"#]);
    let (code, _, said) = gate(folder.path(), &["--base", "HEAD~1", "--results", "Cargo.toml/results"]);
    assert!(code == 3 && said.contains("nothing can be stored in Cargo.toml/results"), "{code} {said}");
    assert!(!said.contains("building"), "{said}");
}

#[test]
fn a_single_pair_far_slower_fails_a_gate_without_time() {
    let folder = repository(&[r#"("a/b", 100.0)"#, r#"("a/b", 400000.0)"#]);
    let (code, rows, said) = gate(folder.path(), &["--base", "HEAD~1", "--budget", "1ms"]);
    assert_eq!((code, outcome(&rows, "a/b").as_str()), (1, "regressed"), "{said} {rows:#}");
    assert!(said.contains("the budget gives 0 of 1 benchmarks their first look"), "{said}");
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

/// A repository of 40 commits with a stored run of each, in which `a/b` is slower from commit 30 on.
fn with_history(before: &str, after: &str) -> TempDir {
    let folder = repository(&[before]);
    for commit in 1..40 {
        if commit == 30 {
            set(folder.path(), after);
            git(folder.path(), &["add", "."]);
        }
        git(folder.path(), &["commit", "--quiet", "--allow-empty", "--message=next"]);
    }
    let ids = git(folder.path(), &["rev-list", "--reverse", "HEAD"]);
    for (commit, id) in ids.lines().enumerate() {
        let mut run = made::run("x86_64-made-up-2c-00000000", commit);
        let level = if commit < 30 { 100.0 } else { 120.0 };
        let value = level * (1.0 + 0.001 * (commit * 7 % 5) as f64);
        let name = "a/b".parse().unwrap();
        run.commit.id = Some(id.to_owned());
        run.measurements = vec![made::measurement("made_up", name, Metric::WallTime, value, 6, 1.0)];
        store::append(&folder.path().join("stored"), &run).unwrap();
    }
    folder
}

/// What `trend --confirm --fail-on worse` says, and its exit code.
fn confirmed(folder: &Path) -> (i32, String) {
    let assert = parcost(folder, &["trend", "--results", "stored", "--confirm", "--fail-on", "worse"]);
    (assert.get_output().status.code().unwrap_or(-1), output(&assert) + &complaint(&assert))
}

#[test]
fn a_finding_of_the_history_is_confirmed_by_a_gate() {
    let slower = with_history(r#"("a/b", 100.0)"#, r#"("a/b", 120.0)"#);
    let (code, said) = confirmed(slower.path());
    assert!(code == 1 && said.contains("1 regressed (worst"), "{code} {said}");

    // The history says so, and the programs are the same: it was not the code.
    let same = with_history(r#"("a/b", 100.0)"#, r#"("a/b", 100.0)"#);
    let (code, said) = confirmed(same.path());
    assert!(code == 0 && said.contains("identical programs"), "{code} {said}");
}

#[test]
fn a_candidate_with_fewer_targets_is_not_identical() {
    let folder = repository(&[r#"("a/b", 100.0)"#]);
    let here = folder.path();
    let manifest = fs::read_to_string(here.join("Cargo.toml")).unwrap();
    let commit = |manifest: &str| {
        fs::write(here.join("Cargo.toml"), manifest).unwrap();
        git(here, &["add", "."]);
        git(here, &["commit", "--quiet", "--message=manifest"]);
    };
    // The same target once more, and then no longer: what is left is the same code.
    fs::write(here.join("benches/other.rs"), fs::read(here.join("benches/made_up.rs")).unwrap()).unwrap();
    commit(&format!("{manifest}\n[[bench]]\nname = \"other\"\nharness = false\n"));
    fs::remove_file(here.join("benches/other.rs")).unwrap();
    commit(&manifest);
    let (code, rows, said) = gate(here, &["--base", "HEAD~1"]);
    assert_eq!((code, &rows["outcome"]), (4, &Value::from("inconclusive")), "{said} {rows:#}");
    let (code, _, said) = gate(here, &["--base", "HEAD~2", "--filter", "nothing"]);
    assert!(code == 3 && said.contains("no benchmark of the candidate matches `nothing`"), "{code} {said}");
    // Nothing is left at all.
    fs::remove_dir_all(here.join("benches")).unwrap();
    commit(manifest.split("[[bench]]").next().unwrap());
    let (code, _, said) = gate(here, &["--base", "HEAD~1"]);
    assert!(code == 3 && said.contains("list no benchmark"), "{code} {said}");
}

#[test]
fn a_work_tree_that_a_killed_gate_left_is_made_anew() {
    let folder = repository(&[r#"("a/b", 100.0)"#, r#"("a/b", 120.0)"#]);
    let here = folder.path();
    let first = gate(here, &["--base", "HEAD~1"]);
    assert_eq!(first.0, 1, "{}", first.2);
    let of_git = here.join(".git/worktrees");
    for entry in fs::read_dir(&of_git).unwrap() {
        let entry = entry.unwrap().path();
        fs::write(entry.join("index.lock"), "").unwrap();
        fs::write(entry.join("locked"), "initializing").unwrap();
    }
    let (code, _, said) = gate(here, &["--base", "HEAD~1"]);
    assert_eq!(code, 1, "locked: {said}");
    fs::remove_dir_all(here.join("target/parcost/gate/base/tree/.git")).ok();
    fs::remove_file(here.join("target/parcost/gate/base/tree/.git")).ok();
    fs::remove_dir_all(here.join("target/parcost/gate/head/tree")).unwrap();
    let (code, _, said) = gate(here, &["--base", "HEAD~1"]);
    assert_eq!(code, 1, "gone: {said}");
}

#[test]
fn settings_of_the_candidate_hide_no_benchmark_of_the_baseline() {
    let folder = repository(&[r#"("a/b", 100.0), ("a/c", 100.0)"#]);
    let here = folder.path();
    let bench = fs::read_to_string(here.join("benches/made_up.rs")).unwrap();
    let fewer = bench.replace(
        ".for_each(|(name, _)| println!",
        ".take(if env::var_os(\"FEWER\").is_some() { 1 } else { 9 }).for_each(|(name, _)| println!",
    );
    assert_ne!(bench, fewer);
    fs::write(here.join("benches/made_up.rs"), fewer).unwrap();
    git(here, &["commit", "--quiet", "--all", "--message=may list fewer"]);
    let manifest = fs::read_to_string(here.join("Cargo.toml")).unwrap();
    let setting = "\n[package.metadata.parcost]\nenvironment = { FEWER = \"1\" }\n";
    fs::write(here.join("Cargo.toml"), manifest + setting).unwrap();
    set(here, r#"("a/b", 100.0), ("a/c", 200.0)"#);
    git(here, &["commit", "--quiet", "--all", "--message=hidden"]);
    let (code, rows, said) = gate(here, &["--base", "HEAD~1"]);
    assert_eq!((code, &rows["missing"][0]["benchmark"]), (4, &Value::from("a/c")), "{said} {rows:#}");
    assert!(!said.contains("lacks"), "{said}");
    let (_, _, said) = gate(here, &["--base", "HEAD", "--head", "HEAD~1"]);
    assert!(said.contains("the candidate lacks 1 of the baseline's commits"), "{said}");
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
fn names_of_all_kinds_are_taken_as_they_are() {
    let names = ["a/b.*", "a/(b|c)[0]", "a/b c", "a/µ$^", "a/\u{1b}[31mred", "--noplot"];
    let listed = |time: f64| names.map(|name| format!("({name:?}, {time:?})")).join(", ");
    let folder = repository(&[&listed(100.0), &listed(120.0)]);
    let (code, rows, said) = gate(folder.path(), &["--base", "HEAD~1"]);
    assert_eq!(code, 1, "{said}");
    assert!(!said.contains('\u{1b}'), "{said:?}");
    // The made up bench target takes these two off its filter, and so measures nothing under their names.
    for name in names.iter().filter(|name| !name.contains(['$', '^'])) {
        assert_eq!(outcome(&rows, name), "regressed", "{name}: {rows:#}");
    }
    // A name of two lines cannot be asked for; what it leaves is missing.
    let broken = repository(&[r#"("a/b", 100.0), ("a/c\nd", 100.0)"#, r#"("a/b", 101.0), ("a/c\nd", 100.0)"#]);
    let (code, rows, said) = gate(broken.path(), &["--base", "HEAD~1"]);
    assert_eq!((code, &rows["outcome"]), (4, &Value::from("inconclusive")), "{said} {rows:#}");
    let twice = repository(&[r#"("a/b", 100.0)"#, r#"("a/b", 101.0), ("a/b", 100.0)"#]);
    let (code, _, said) = gate(twice.path(), &["--base", "HEAD~1"]);
    assert!(code == 3 && said.contains("two benchmarks have the name `a/b`"), "{code} {said}");
}

#[test]
fn a_workspace_keeps_its_names_when_a_package_joins() {
    let folder = repository(&[]);
    let here = folder.path();
    let member = |name: &str, time: &str| {
        fs::create_dir_all(here.join(name).join("src")).unwrap();
        fs::create_dir_all(here.join(name).join("benches")).unwrap();
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[lib]\nbench = false\n\n\
             [[bench]]\nname = \"made_up\"\nharness = false\n"
        );
        fs::write(here.join(name).join("Cargo.toml"), manifest).unwrap();
        fs::write(here.join(name).join("src/lib.rs"), "").unwrap();
        fs::write(here.join(name).join("benches/made_up.rs"), include_str!("fixtures/gate/bench.rs")).unwrap();
        fs::write(here.join(name).join("benchmarks.in"), format!("&[(\"{name}/b\", {time})]\n")).unwrap();
    };
    let commit = || {
        git(here, &["add", "."]);
        git(here, &["commit", "--quiet", "--message=members"]);
    };
    for path in ["src", "benches"] {
        fs::remove_dir_all(here.join(path)).unwrap();
    }
    fs::write(here.join("Cargo.toml"), "[workspace]\nresolver = \"2\"\nmembers = [\"one\"]\n").unwrap();
    member("one", "100.0");
    commit();
    fs::write(here.join("Cargo.toml"), "[workspace]\nresolver = \"2\"\nmembers = [\"one\", \"two\"]\n").unwrap();
    member("one", "120.0");
    member("two", "100.0");
    commit();
    let (code, rows, said) = gate(here, &["--base", "HEAD~1"]);
    assert_eq!((code, outcome(&rows, "one/b").as_str()), (1, "regressed"), "{said} {rows:#}");
    assert_eq!(rows["added"], serde_json::json!(["two/b"]));
    // The same from the folder of the package.
    let (code, rows, said) = gate(&here.join("one"), &["--base", "HEAD~1"]);
    assert_eq!((code, outcome(&rows, "one/b").as_str()), (1, "regressed"), "{said} {rows:#}");
    let (code, _, said) = gate(&here.join("two"), &["--base", "HEAD~1"]);
    assert!(code == 3 && said.contains("there is nothing to compare with"), "{code} {said}");
}

#[test]
fn an_allowance_without_effect_is_a_warning() {
    let folder = repository(&[r#"("a/b", 100.0)"#, r#"("a/b", 120.0)"#]);
    let allowed = ["--base", "HEAD~1", "--allow-missing", "a/b", "--allow-missing", "a/z"];
    let (code, _, said) = gate(folder.path(), &allowed);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("--allow-missing a/b has no effect: it is not missing"), "{said}");
    assert!(said.contains("--allow-missing a/z has no effect: no benchmark has that name"), "{said}");
    let stored = stored(&said);
    for option in ["--allow-dirty", "--aa", "--budget=1m", "--cargo=-v", "--seed=1"] {
        assert_eq!(gate(folder.path(), &["--replay", &stored, option]).0, 2, "{option} says how to measure");
    }
}

#[test]
fn a_launcher_that_is_not_built_is_no_reason_to_do_without() {
    let folder = repository(&[r#"("a/b", 100.0)"#, r#"("a/b", 120.0)"#]);
    let here = folder.path();
    let manifest = fs::read_to_string(here.join("Cargo.toml")).unwrap();
    fs::write(here.join("Cargo.toml"), format!("{manifest}\n[package.metadata.parcost]\nlauncher = \"worker\"\n"))
        .unwrap();
    git(here, &["commit", "--quiet", "--all", "--message=launcher"]);
    let (code, _, said) = gate(here, &["--base", "HEAD~1"]);
    assert!(code == 3 && said.contains("launcher `worker`"), "{code} {said}");
}

#[test]
fn a_package_below_the_top_and_a_relative_target_folder_are_found() {
    let inner = repository(&[]);
    let outer = tempfile::tempdir().unwrap();
    let here = outer.path().join("crates/subject");
    fs::create_dir_all(here.parent().unwrap()).unwrap();
    git(outer.path(), &["init", "--quiet", "--initial-branch=main"]);
    fs::remove_dir_all(inner.path().join(".git")).unwrap();
    assert!(Command::new("cp").arg("-r").arg(inner.path()).arg(&here).status().unwrap().success());
    for time in ["100.0", "120.0"] {
        set(&here, &format!("(\"a/b\", {time})"));
        git(outer.path(), &["add", "."]);
        git(outer.path(), &["commit", "--quiet", "--message=time"]);
    }
    let output =
        program(&here).env("CARGO_TARGET_DIR", "target/elsewhere").args(["gate", "--base", "HEAD~1"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(here.join("target/elsewhere/parcost/gate/base/tree/crates/subject").is_dir());
}

#[test]
fn a_package_with_an_older_one_of_its_name_among_its_dependencies_is_gated() {
    let folder = repository(&[]);
    let here = folder.path();
    fs::create_dir_all(here.join("older/src")).unwrap();
    let older = "[package]\nname = \"subject\"\nversion = \"0.0.1\"\nedition = \"2021\"\n";
    fs::write(here.join("older/Cargo.toml"), older).unwrap();
    fs::write(here.join("older/src/lib.rs"), "").unwrap();
    let manifest = fs::read_to_string(here.join("Cargo.toml")).unwrap();
    let dependency = "\n[dev-dependencies]\nolder = { package = \"subject\", path = \"older\" }\n";
    fs::write(here.join("Cargo.toml"), manifest + dependency).unwrap();
    for time in ["100.0", "120.0"] {
        set(here, &format!("(\"a/b\", {time})"));
        git(here, &["add", "."]);
        git(here, &["commit", "--quiet", "--message=time"]);
    }
    let (code, rows, said) = gate(here, &["--base", "HEAD~1"]);
    assert_eq!((code, outcome(&rows, "a/b").as_str()), (1, "regressed"), "{said}");
}

#[test]
fn changes_that_no_snapshot_holds_are_refused() {
    let folder = repository(&[r#"("a/b", 100.0)"#]);
    let here = folder.path();
    let part = repository(&[r#"("x", 1.0)"#]);
    let source = part.path().display().to_string();
    git(here, &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &source, "part"]);
    git(here, &["commit", "--quiet", "--message=part"]);
    fs::write(here.join("part/benchmarks.in"), "&[]\n").unwrap();
    let (code, _, said) = gate(here, &["--base", "HEAD~1", "--allow-dirty"]);
    assert!(code == 3 && said.contains("submodules cannot be measured"), "{code} {said}");
}

#[test]
fn a_path_that_the_linker_cannot_write_to_is_named_with_its_remedy() {
    let folder = repository(&[r#"("a/b", 100.0)"#, r#"("a/b", 120.0)"#]);
    let place = folder.path().join("100%d");
    fs::create_dir(&place).unwrap();
    git(folder.path(), &["clone", "--quiet", ".", "100%d/clone"]);
    let (code, _, said) = gate(&place.join("clone"), &["--base", "HEAD~1", "--budget", "1s"]);
    // Not every linker reads the sign.
    assert!(code != 3 || said.contains("set CARGO_TARGET_DIR to another one"), "{code} {said}");
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

/// A repository whose benchmarks take as many times as long as the variable FACTOR says, with a second commit of nothing.
fn by_factor(benchmarks: &str) -> TempDir {
    let folder = repository(&[benchmarks]);
    let here = folder.path();
    let bench = fs::read_to_string(here.join("benches/made_up.rs")).unwrap();
    let factor = "time * env::var(\"FACTOR\").map_or(1.0, |factor| factor.parse().expect(\"a number\")) * jitter *";
    assert!(bench.contains("time * jitter *"));
    fs::write(here.join("benches/made_up.rs"), bench.replace("time * jitter *", factor)).unwrap();
    git(here, &["commit", "--quiet", "--all", "--message=by a factor"]);
    folder
}

#[test]
fn a_variable_of_cargos_settings_reaches_the_benches_of_its_side() {
    let folder = by_factor(r#"("a/b", 100.0)"#);
    let here = folder.path();
    fs::create_dir(here.join(".cargo")).unwrap();
    fs::write(here.join(".cargo/config.toml"), "[env]\nFACTOR = { value = \"1.5\" }\n").unwrap();
    git(here, &["add", "."]);
    git(here, &["commit", "--quiet", "--message=settings"]);
    let outside = tempfile::tempdir().unwrap();
    let gate =
        program(here).env("CARGO_TARGET_DIR", outside.path()).args(["gate", "--base", "HEAD~1"]).output().unwrap();
    assert_eq!(gate.status.code(), Some(1), "{}", String::from_utf8_lossy(&gate.stderr));
}

#[test]
fn an_environment_of_the_candidate_hides_no_slowdown() {
    let folder = by_factor(r#"("a/b", 100.0)"#);
    let here = folder.path();
    let manifest = fs::read_to_string(here.join("Cargo.toml")).unwrap();
    let setting = "\n[package.metadata.parcost]\nenvironment = { FACTOR = \"0.5\" }\n";
    fs::write(here.join("Cargo.toml"), manifest + setting).unwrap();
    set(here, r#"("a/b", 200.0)"#);
    git(here, &["commit", "--quiet", "--all", "--message=hidden"]);
    let (code, rows, said) = gate(here, &["--base", "HEAD~1"]);
    assert_eq!((code, outcome(&rows, "a/b").as_str()), (1, "regressed"), "{said} {rows:#}");
    let text = fs::read_to_string(stored(&said)).unwrap();
    assert!(text.contains("both sides run with the candidate's"), "{text}");
}

#[test]
fn a_target_that_needs_a_feature_is_named() {
    let folder = repository(&[r#"("a/b", 100.0)"#]);
    let here = folder.path();
    let manifest = fs::read_to_string(here.join("Cargo.toml")).unwrap();
    let more =
        "\n[[bench]]\nname = \"other\"\nharness = false\nrequired-features = [\"extra\"]\n\n[features]\nextra = []\n";
    fs::write(here.join("Cargo.toml"), manifest + more).unwrap();
    fs::write(here.join("benches/other.rs"), "fn main() {}\n").unwrap();
    git(here, &["add", "."]);
    git(here, &["commit", "--quiet", "--message=a target"]);
    let (code, rows, said) = gate(here, &["--base", "HEAD~1"]);
    let text = fs::read_to_string(stored(&said)).unwrap();
    assert!(code == 0 && text.contains("--cargo=--features=extra"), "{code} {said} {rows:#}");
}

#[test]
fn a_file_that_a_build_script_does_not_name_is_read_anew() {
    let folder = repository(&[r#"("a/b", 100.0)"#]);
    let here = folder.path();
    let script = "fn main() {\n    println!(\"cargo:rerun-if-env-changed=NOTHING\");\n    \
                  let to = format!(\"{}/benchmarks.in\", std::env::var(\"OUT_DIR\").unwrap());\n    \
                  std::fs::copy(\"benchmarks.in\", to).unwrap();\n}\n";
    fs::write(here.join("build.rs"), script).unwrap();
    let bench = fs::read_to_string(here.join("benches/made_up.rs")).unwrap();
    let built = "include!(concat!(env!(\"OUT_DIR\"), \"/benchmarks.in\"))";
    fs::write(here.join("benches/made_up.rs"), bench.replace("include!(\"../benchmarks.in\")", built)).unwrap();
    git(here, &["add", "."]);
    git(here, &["commit", "--quiet", "--message=a script"]);
    let (base, faster) = (git(here, &["rev-parse", "HEAD"]), r#"("a/b", 50.0)"#);
    for (benchmarks, expected) in [(faster, 0), (r#"("a/b", 120.0)"#, 1)] {
        set(here, benchmarks);
        git(here, &["commit", "--quiet", "--all", "--message=next"]);
        let (code, rows, said) = gate(here, &["--base", &base]);
        assert_eq!(code, expected, "{benchmarks}: {said} {rows:#}");
    }
}

#[test]
fn a_budget_that_ends_by_itself_does_not_pass_what_is_open() {
    let nine = (1..10).map(|place| format!("(\"a/{place}\", 100.0), ")).collect::<String>();
    let folder = repository(&[&format!("{nine}(\"a/noisy\", 100.0)")]);
    let here = folder.path();
    let bench = fs::read_to_string(here.join("benches/made_up.rs")).unwrap();
    let noisy = "let jitter = if name.ends_with(\"noisy\") { 30.0 * (jitter - 1.0) + 1.0 } else { jitter };\n        let values";
    fs::write(here.join("benches/made_up.rs"), bench.replacen("let values", noisy, 1)).unwrap();
    git(here, &["commit", "--quiet", "--all", "--message=noisy"]);
    set(here, &format!("{nine}(\"a/noisy\", 101.0)"));
    git(here, &["commit", "--quiet", "--all", "--message=next"]);
    let (code, rows, said) = gate(here, &["--base", "HEAD~1", "--budget", "auto", "--evidence", "pairs"]);
    assert_eq!((code, outcome(&rows, "a/noisy").as_str()), (4, "inconclusive"), "{said} {rows:#}");
    assert!(said.contains("--budget 10m goes on with them"), "{said}");
}

#[test]
fn a_pointer_in_place_of_data_is_refused() {
    let folder = repository(&[r#"("a/b", 100.0)"#]);
    let here = folder.path();
    let bench = fs::read_to_string(here.join("benches/made_up.rs")).unwrap();
    let reads = "fn main() {\n    let _ = fs::read(\"data/large.txt\");\n";
    fs::write(here.join("benches/made_up.rs"), bench.replace("fn main() {\n", reads)).unwrap();
    fs::create_dir(here.join("data")).unwrap();
    fs::write(here.join(".gitattributes"), "data/*.txt filter=lfs\n").unwrap();
    fs::write(here.join("data/large.txt"), "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n")
        .unwrap();
    git(here, &["-c", "filter.lfs.clean=cat", "add", "."]);
    git(here, &["-c", "filter.lfs.clean=cat", "commit", "--quiet", "--message=pointers"]);
    let (code, _, said) = gate(here, &["--base", "HEAD~1"]);
    assert!(code == 3 && said.contains("pointers of Git LFS"), "{code} {said}");
}
