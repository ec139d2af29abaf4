//! What a gate says of what it measured.

use std::fs;
use std::path::Path;

use parcost::rooms::model::Metric;
use parcost::rooms::store;
use serde_json::Value;
use tempfile::TempDir;

use crate::gated::{commit, gate, outcome, repository, set, stored};
use crate::made;
use crate::program::{complaint, git, output, parcost};

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
    let cases: [(&str, &[&str], i32, &str); 7] = [
        ("itself", &["--base", "HEAD"], 3, "same commit"),
        ("no revision", &["--base", "nothing"], 3, "`git fetch origin nothing:nothing` gets a branch"),
        ("no commit", &["--base", "0123456789ab"], 3, "`git fetch --all` gets all"),
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
    assert!(code == 3 && said.contains("--allow-dirty") && said.contains("changes (benchmarks.in)"), "{code} {said}");
    let (code, rows, said) = gate(here, &["--base", "HEAD~1", "--allow-dirty"]);
    assert_eq!((code, outcome(&rows, "a/b").as_str()), (1, "regressed"), "{said}");
    let stored = stored(&said);
    assert!(fs::read_to_string(&stored).unwrap().contains("\"dirty\":true"), "{stored}");
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
fn a_single_pair_far_slower_fails_a_gate_without_time() {
    let folder = repository(&[r#"("a/b", 100.0)"#, r#"("a/b", 400000.0)"#]);
    let (code, rows, said) = gate(folder.path(), &["--base", "HEAD~1", "--budget", "1ms"]);
    assert_eq!((code, outcome(&rows, "a/b").as_str()), (1, "regressed"), "{said} {rows:#}");
    assert!(said.contains("the budget gives 0 of 1 benchmarks their first look"), "{said}");
}

#[test]
fn a_change_that_edits_what_is_accepted_is_named() {
    let folder = repository(&[r#"("a/b", 100.0)"#]);
    let here = &folder.path().join("inner");
    fs::create_dir(here).unwrap();
    git(folder.path(), &["mv", "Cargo.toml", "src", "benches", "benchmarks.in", "inner"]);
    git(folder.path(), &["commit", "--quiet", "--message=below the top"]);
    set(here, r#"("a/b", 101.0)"#);
    fs::create_dir(here.join(".github")).unwrap();
    let rule = "[[inconclusive]]\nbenchmark = \"*\"\nreason = \"noise\"\n\n\
                [[accepted]]\nbenchmark = \"a/b\"\ncommit = \"0123456789ab\"\nfactor = 1.1\nreason = \"mistyped\"\n";
    fs::write(here.join(".github/perf-accepted.toml"), rule).unwrap();
    commit(here, "next");
    for named in [&[][..], &["--accepted", "./.github/../.github/perf-accepted.toml"]] {
        let (code, rows, said) = gate(here, &[&["--base", "HEAD~1", "--budget", "1ms"], named].concat());
        let text = fs::read_to_string(stored(&said)).unwrap();
        let is_named = text.contains("the change itself edits what is accepted");
        assert!(code == 0 && is_named, "{named:?}: {code} {said} {rows:#}");
        assert!(said.contains("perf-accepted.toml:5: git here knows no commit `0123456789ab`"), "{said}");
    }
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
