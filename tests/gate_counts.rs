//! `parcost gate` by counts alone, from end to end.

#![expect(clippy::unwrap_used, reason = "what prepares a test may stop at the first surprise")]

mod gated;
mod program;

use std::fs;
use std::process::{Command, Stdio};

use gated::{append, commit, edit, gate, outcome, repository, stored};
use program::git;
use serde_json::Value;
use tempfile::TempDir;

fn has_valgrind() -> bool {
    Command::new("valgrind").arg("--version").stdout(Stdio::null()).status().is_ok()
}

/// A package whose harness enters its benchmarks as Criterion does, with so many steps in its one benchmark.
fn counted_repository(commits: &[u32]) -> TempDir {
    let folder = repository(&[]);
    let here = folder.path();
    append(here, "Cargo.toml", "\n[dependencies]\ncriterion = { path = \"criterion\" }\n");
    fs::create_dir_all(here.join("criterion/src")).unwrap();
    let harness = "[package]\nname = \"criterion\"\nversion = \"0.1.0\"\nedition = \"2021\"\n";
    fs::write(here.join("criterion/Cargo.toml"), harness).unwrap();
    let entry = "pub mod bencher {\n    pub struct Bencher;\n    impl Bencher {\n        #[inline(never)]\n        \
                 pub fn iter<O>(&mut self, mut work: impl FnMut() -> O) {\n            \
                 std::hint::black_box(work());\n        }\n\n        #[inline(never)]\n        \
                 pub fn iter_batched<I, O>(&mut self, setup: impl Fn() -> I, mut work: impl FnMut(I) -> O) {\n            \
                 std::hint::black_box(work(setup()));\n        }\n    }\n}\n";
    fs::write(here.join("criterion/src/lib.rs"), entry).unwrap();
    let bench = "fn work(steps: u32) -> Vec<u32> {\n    (0..steps).map(Box::new).map(|it| *it).collect()\n}\n\n\
                 fn main() {\n    let words: Vec<String> = std::env::args().collect();\n    \
                 let steps = include!(\"../benchmarks.in\");\n    \
                 for (name, steps) in [(\"a/work\", steps), (\"a/same\", 100), (\"a/like\", 200)] {\n        \
                 if words.iter().any(|it| it == \"--list\") {\n            println!(\"{name}: benchmark\");\n        \
                 } else if words.last().is_some_and(|it| !it.starts_with('^') || it.contains(name)) {\n            \
                 println!(\"Testing {name}\");\n            \
                 if name == \"a/like\" {\n                \
                 criterion::bencher::Bencher.iter_batched(|| steps, work);\n            } else {\n                \
                 criterion::bencher::Bencher.iter(|| work(steps));\n            }\n        }\n    }\n}\n";
    fs::write(here.join("benches/made_up.rs"), bench).unwrap();
    for steps in commits {
        fs::write(here.join("benchmarks.in"), format!("{steps}\n")).unwrap();
        commit(here, "steps");
    }
    folder
}

#[test]
fn one_execution_is_counted_on_both_sides() {
    let folder = counted_repository(&[1_000, 1_100]);
    let here = folder.path();
    let (code, rows, said) = gate(here, &["--base", "HEAD~1", "--evidence", "counts"]);
    if !has_valgrind() {
        assert_eq!(code, 4, "{said} {rows:#}");
        return;
    }
    assert_eq!(code, 1, "{said} {rows:#}");
    let counts = rows["counts"].as_array().unwrap();
    let find = |name: &str, metric: &str| {
        counts.iter().find(|count| count["benchmark"] == name && count["metric"] == metric).unwrap()
    };
    let of = |metric: &str| find("a/work", metric);
    // Those of a target are counted in one process, and each has its own.
    for (name, steps) in [("a/same", 100.0), ("a/like", 200.0)] {
        let allocations = find(name, "allocations");
        assert_eq!(allocations["baseline"], allocations["candidate"], "{name}: {rows:#}");
        let beyond = allocations["baseline"].as_f64().unwrap() - steps;
        assert!((0.0..5.0).contains(&beyond), "a box for each step, and the list: {name} {rows:#}");
        assert_eq!(find(name, "callgrind_instructions")["verdict"], "unchanged", "{name}: {rows:#}");
    }
    assert_eq!(of("callgrind_instructions")["verdict"], "regressed", "{rows:#}");
    assert_eq!(of("system_calls")["verdict"], "unchanged", "{rows:#}");
    let allocations = of("allocations");
    let more = allocations["candidate"].as_f64().unwrap() - allocations["baseline"].as_f64().unwrap();
    assert_eq!(more, 100.0, "one box a step: {rows:#}");
    let functions = of("callgrind_instructions")["functions"].as_array().unwrap();
    assert!(functions.iter().any(|it| it["name"].as_str().unwrap().contains("work")), "{rows:#}");
    assert_eq!(of("callgrind_instructions")["spread"], 0.0, "counted twice, and the same: {rows:#}");

    // Under another name the same is executed, so both names are one benchmark; a slower one is not.
    edit(here, "benches/made_up.rs", "a/work", "a/job");
    commit(here, "renamed");
    let (code, rows, said) = gate(here, &["--base", "HEAD~1", "--evidence", "counts"]);
    assert_eq!((code, rows["missing"].as_array().map(Vec::len)), (0, Some(0)), "{said} {rows:#}");
    let stored = fs::read_to_string(stored(&said)).unwrap();
    assert!(!stored.contains("\"removed\":[\"") && stored.contains("a/job"), "{stored}");
    let (code, rows, said) = gate(here, &["--base", "HEAD~2", "--evidence", "counts"]);
    assert_eq!((code, &rows["missing"][0]["benchmark"]), (4, &Value::from("a/work")), "{said} {rows:#}");
    git(here, &["reset", "--quiet", "--hard", "HEAD~1"]);

    // What the setup of the first makes, the others find made: alone each of them makes it.
    let warmed = "use std::sync::OnceLock;\n\nfn table() -> &'static [u32] {\n    \
                  static TABLE: OnceLock<Vec<u32>> = OnceLock::new();\n    \
                  TABLE.get_or_init(|| (0..include!(\"../benchmarks.in\")).map(Box::new).map(|it| *it).collect())\n}\n\n\
                  fn main() {\n    let words: Vec<String> = std::env::args().collect();\n    \
                  for name in [\"a/work\", \"a/same\", \"a/like\"] {\n        \
                  if words.iter().any(|it| it == \"--list\") {\n            println!(\"{name}: benchmark\");\n        \
                  } else if words.last().is_some_and(|it| it.contains(name)) {\n            \
                  println!(\"Testing {name}\");\n            if name == \"a/work\" {\n                \
                  std::hint::black_box(table());\n            }\n            \
                  criterion::bencher::Bencher.iter(|| table().len());\n        }\n    }\n}\n";
    fs::write(here.join("benches/made_up.rs"), warmed).unwrap();
    commit(here, "warmed");
    fs::write(here.join("benchmarks.in"), "4000\n").unwrap();
    commit(here, "a larger table");
    let (code, rows, said) = gate(here, &["--base", "HEAD~1", "--evidence", "counts"]);
    let same = rows["counts"].as_array().unwrap().iter().find(|count| count["benchmark"] == "a/same").unwrap();
    assert_eq!((code, &same["verdict"]), (1, &Value::from("regressed")), "{said} {rows:#}");

    fs::write(here.join("data.csv"), "1\n").unwrap();
    commit(here, "data");
    let (code, rows, said) = gate(here, &["--base", "HEAD~1", "--evidence", "counts"]);
    assert_eq!((code, &rows["outcome"]), (0, &Value::from("pass")), "{said} {rows:#}");
}

#[test]
fn what_waits_is_not_the_same_by_its_counts() {
    let folder = counted_repository(&[1_000]);
    let here = folder.path();
    let bench = fs::read_to_string(here.join("benches/made_up.rs")).unwrap();
    let wait = |micros: u32| {
        let sleep =
            format!("{{\n    std::thread::park_timeout(std::time::Duration::from_micros({micros}));\n    (0..steps)");
        fs::write(here.join("benches/made_up.rs"), bench.replace("{\n    (0..steps)", &sleep)).unwrap();
        commit(here, "wait");
    };
    wait(1);
    wait(900);
    let (code, rows, said) = gate(here, &["--base", "HEAD~1", "--evidence", "counts"]);
    assert_eq!((code, outcome(&rows, "a/same").as_str()), (4, "inconclusive"), "{said} {rows:#}");
    assert!(!said.contains("budget") && !said.contains("measuring"), "nothing is timed: {said}");
    let stored: Value = serde_json::from_str(&fs::read_to_string(stored(&said)).unwrap()).unwrap();
    assert_eq!(stored.get("budget_needed_s"), None, "{stored:#}");
    assert_eq!(stored["options"], serde_json::json!(["--evidence=counts"]), "measured again as it was: {stored:#}");
    if has_valgrind() {
        assert_eq!(rows["benchmarks"][0]["reason"]["code"], "uncounted", "{rows:#}");
    }
}

#[test]
fn what_runs_beside_a_thread_is_counted_five_times() {
    let folder = counted_repository(&[1_000]);
    let here = folder.path();
    let bench = fs::read_to_string(here.join("benches/made_up.rs")).unwrap();
    let threaded =
        bench.replace("if name == ", "if name == \"a/work\" { std::thread::spawn(|| ()); }\n            if name == ");
    fs::write(here.join("benches/made_up.rs"), threaded).unwrap();
    commit(here, "a thread");
    fs::write(here.join("benchmarks.in"), "4000\n").unwrap();
    commit(here, "steps");
    let (_, rows, said) = gate(here, &["--base", "HEAD~1", "--evidence", "counts", "--filter", "a/work"]);
    if has_valgrind() {
        let stored: Value = serde_json::from_str(&fs::read_to_string(stored(&said)).unwrap()).unwrap();
        let lengths = ["baseline", "candidate"].map(|side| stored["counts"][0][side].as_array().map(Vec::len));
        assert_eq!(lengths, [Some(5); 2], "{said} {rows:#}");
    }
}
