//! What `parcost compare` refuses, line by line: the exit code, and a message that names the file, the series where there
//! is one, and what to do.

#![expect(clippy::unwrap_used, reason = "what prepares a test may stop at the first surprise")]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::made::{COMMITS, compare, criterion, in_rounds, run, said, store, stored, timed};

use parcost::rooms::model::{Fact, MachineKey, Metric, Run, made};

/// A comparison and its exit code; what is done before to a folder with one good run, `0001`; and all that is said.
struct Sabotage {
    name: &'static str,
    arguments: &'static [&'static str],
    code: i32,
    prepare: fn(&Path),
    expected: &'static [&'static str],
}

const fn sabotage(name: &'static str, arguments: &'static [&'static str], code: i32) -> Sabotage {
    Sabotage { name, arguments, code, prepare: |_| {}, expected: &[] }
}

impl Sabotage {
    const fn by(self, prepare: fn(&Path)) -> Self {
        Self { prepare, ..self }
    }

    const fn says(self, expected: &'static [&'static str]) -> Self {
        Self { expected, ..self }
    }
}

fn put(folder: &Path, edit: impl Fn(&mut Run)) {
    let mut run = run(2, 1, 200.0);
    edit(&mut run);
    store(folder, &run);
}

/// Puts a run where a stored one lies, without asking the store, which would refuse it: as of before there were seals.
fn plant(folder: &Path, edit: impl Fn(&mut Run)) {
    let mut bad = run(2, 1, 200.0);
    let path = store(folder, &bad);
    edit(&mut bad);
    fs::write(&path, serde_json::to_string(&bad).unwrap()).unwrap();
}

/// Puts a good run where a stored one lies, and spoils its text; without a seal, which would give the edit away.
fn spoil(folder: &Path, from: &str, to: &str) {
    let good = run(2, 1, 200.0);
    let text = serde_json::to_string(&good).unwrap();
    assert!(text.contains(from), "{from} is not in {text}");
    fs::write(store(folder, &good), text.replacen(from, to, 1)).unwrap();
}

/// The runs `0002` and `0003` of two commits, each with what is done to it.
fn put_two(folder: &Path, edit: impl Fn(&mut Run, usize)) {
    for side in 0..2 {
        let mut run = run(2 + side as u64, 1 + side, 200.0);
        edit(&mut run, side);
        store(folder, &run);
    }
}

/// Two runs whose counts differ, and so does what they were counted with.
fn counted_with(folder: &Path, facts: fn(&mut Run) -> &mut BTreeMap<String, Fact>, name: &str, values: [&str; 2]) {
    put_two(folder, |run, side| {
        run.measurements = vec![in_rounds("parse/json", Metric::CallgrindInstructions, &[1e6 * (2 + side) as f64])];
        facts(run).insert(name.to_owned(), Fact::Value(values[side].to_owned()));
    });
}

fn baselines(folder: &Path) -> std::path::PathBuf {
    folder.join("target/criterion")
}

const BOTH: &[&str] = &["0001", "0002"];
const DEMANDED: &[&str] = &["0001", "0002", "--fail-on", "worse"];
const DEMANDED_OF_TWO: &[&str] = &["0002", "0003", "--fail-on", "worse"];

const SABOTAGES: &[Sabotage] = &[
    sabotage("an empty run", BOTH, 4).by(|folder| put(folder, |run| run.measurements.clear())).says(&[
        "0002000000000000.json",
        "holds no measurement",
        "measure again",
    ]),
    sabotage("no common benchmark", BOTH, 4)
        .by(|folder| put(folder, |run| run.measurements = vec![timed("spawn/other", 1.0)]))
        .says(&[
            "no benchmark is in both",
            "0002000000000000.json",
            "spawn/other wall_time",
            "measure the missing ones",
        ]),
    sabotage("the same run on both sides", &["0001", "last"], 3).says(&[
        "same run:",
        "0001000000000000.json is on both sides",
        "name two runs",
    ]),
    sabotage("the same file under another name", &["0001", "copy.json"], 3)
        .by(|folder| {
            let path = folder.join("results/v1").read_dir().unwrap().next().unwrap().unwrap().path();
            let file = path.read_dir().unwrap().map(|it| it.unwrap().path()).find(|it| !it.ends_with("machine.json"));
            fs::copy(file.unwrap(), folder.join("copy.json")).unwrap();
        })
        .says(&["same run:", "copy.json is on both sides"]),
    sabotage("the same samples under two names", &["base", "new"], 3)
        .by(|folder| {
            for name in ["new", "base"] {
                criterion(&baselines(folder), "g/f", name, 10.0, "null");
            }
        })
        .says(&["same samples:", "target/criterion@base", "the very same ones", "--save-baseline"]),
    sabotage("the same binaries, where an answer is demanded", DEMANDED_OF_TWO, 4)
        .by(|folder| put_two(folder, |run, _| run.commit.binaries_hash = Some("f00d".to_owned())))
        .says(&["A/A test", "measured the same binaries (A/A)", "every change is noise"]),
    sabotage("a row that looks three times slower and is not decided, where an answer is demanded", DEMANDED_OF_TWO, 4)
        .by(|folder| {
            put_two(folder, |run, side| {
                let values = [[1e5; 6], [3e5, 1e5, 9e5, 2e5, 3e5, 8e5]][side];
                run.measurements.push(in_rounds("spawn/noisy/count=1", Metric::WallTime, &values));
            });
        })
        .says(&["1 of the rows that are not decided look worse", "spawn/noisy/count=1 wall_time"]),
    sabotage("zero", BOTH, 3).by(|folder| plant(folder, |run| run.measurements[0].rounds[3].min = 0.0)).says(&[
        "0002000000000000.json",
        "wall_time of spawn/fork/count=1",
        "min is 0, not above zero",
        "restore it",
    ]),
    sabotage("a negative time", BOTH, 3)
        .by(|folder| plant(folder, |run| run.measurements[0].rounds[3].median = -5.0))
        .says(&["0002000000000000.json", "wall_time of spawn/fork/count=1", "median is -5, not above zero"]),
    sabotage("NaN", BOTH, 3)
        .by(|folder| spoil(folder, "\"min\":199", "\"min\":NaN,\"p10\":199"))
        .says(&["0002000000000000.json: it is not a stored run", "move it out"]),
    sabotage("null in the place of a number", BOTH, 3)
        .by(|folder| spoil(folder, "\"granted\":null", "\"granted\":null,\"min\":null"))
        .says(&["0002000000000000.json: it is not a stored run"]),
    sabotage("an infinite number", BOTH, 3)
        .by(|folder| spoil(folder, "\"center\":", "\"center\":1e999,\"was\":"))
        .says(&["0002000000000000.json: it is not a stored run", "number out of range"]),
    sabotage("an estimate out of order", BOTH, 3)
        .by(|folder| spoil(folder, "\"low\":199", "\"low\":999"))
        .says(&["0002000000000000.json: it is not a stored run", "they must be finite and in order"]),
    sabotage("another unit", BOTH, 3)
        .by(|folder| put(folder, |run| run.measurements[0].metric = Metric::PageFaults))
        .says(&["unit or direction changed: spawn/fork/count=1 wall_time of", "only page_faults (faults)", "rename"]),
    sabotage("an unknown unit", BOTH, 3)
        .by(|folder| spoil(folder, "\"wall_time\"", "\"wall_hours\""))
        .says(&["0002000000000000.json: it is not a stored run (unknown variant `wall_hours`"]),
    sabotage("declared work that changed", &["a", "b"], 3)
        .by(|folder| {
            criterion(&baselines(folder), "g/f", "a", 10.0, r#"{"Bytes":64}"#);
            criterion(&baselines(folder), "g/f", "b", 11.0, r#"{"Elements":64}"#);
        })
        .says(&["unit changed: the work of one operation of g/f", "Bytes 64", "Elements 64", "its own name"]),
    sabotage("a count that collapsed", &["0002", "0003"], 3)
        .by(|folder| {
            put_two(folder, |run, side| {
                let count = [100_000.0, 3_000.0][side];
                run.measurements.push(in_rounds("parse/json", Metric::CallgrindInstructions, &[count]));
            });
        })
        .says(&["parse/json: count collapsed: it fell from 100000 to 3000", "rename it"]),
    sabotage("a truncated file", &["0001", "20260202"], 3)
        .by(|folder| {
            let path = store(folder, &run(2, 1, 200.0));
            let text = fs::read(&path).unwrap();
            fs::write(&path, &text[..text.len() / 2]).unwrap();
        })
        .says(&["0002000000000000.json: it ends early", "restore it"]),
    sabotage("a foreign file", &["0001", "./other.json"], 3)
        .by(|folder| fs::write(folder.join("other.json"), "{\"benchmarks\":[]}").unwrap())
        .says(&["./other.json: it is not a stored run", "move it out"]),
    sabotage("a future schema", &["0001", "20260202"], 3)
        .by(|folder| spoil(folder, "\"schema_version\":1", "\"schema_version\":7"))
        .says(&["schema version 7, newer than this program reads", "use a newer parcost"]),
    sabotage("a damaged file in a folder", &["0001", "mine"], 3)
        .by(|folder| {
            fs::create_dir(folder.join("mine")).unwrap();
            fs::write(folder.join("mine/a.json"), "{").unwrap();
        })
        .says(&["mine/a.json: it ends early"]),
    sabotage("another machine, where an answer is demanded", DEMANDED, 4)
        .by(|folder| put(folder, |run| run.machine.key = parcost::rooms::model::MachineKey::new("other").unwrap()))
        .says(&["THE MACHINES DIFFER", "between which nothing is judged"]),
    sabotage("another valgrind for counts", DEMANDED_OF_TWO, 4)
        .by(|folder| {
            counted_with(folder, |run| &mut run.toolchain.facts, "valgrind", ["valgrind-3.19.0", "valgrind-3.20.0"])
        })
        .says(&["valgrind is `valgrind-3.19.0` in", "and `valgrind-3.20.0` in", "measure both sides with the same"]),
    sabotage("another libc for counts", DEMANDED_OF_TWO, 4)
        .by(|folder| counted_with(folder, |run| &mut run.toolchain.facts, "libc", ["glibc 2.36", "musl"]))
        .says(&["libc is `glibc 2.36` in", "and `musl` in", "measure both sides with the same"]),
    sabotage("another class of libc's functions for counts", DEMANDED_OF_TWO, 4)
        .by(|folder| counted_with(folder, |run| &mut run.machine.software, "libc_dispatch", ["avx2", "avx512"]))
        .says(&["libc_dispatch is `avx2` in", "and `avx512` in", "measure both sides with the same"]),
    sabotage("another compiler for counts", DEMANDED_OF_TWO, 4)
        .by(|folder| counted_with(folder, |run| &mut run.toolchain.facts, "rustc", ["rustc 1.90.0", "rustc 1.91.0"]))
        .says(&["rustc is `rustc 1.90.0` in", "and `rustc 1.91.0` in", "measure both sides with the same"]),
    sabotage("too few rounds", DEMANDED, 4)
        .by(|folder| put(folder, |run| run.measurements.iter_mut().for_each(|it| it.rounds.truncate(2))))
        .says(&["too few fresh processes: 6 and 2, at least 3", "measure again"]),
    sabotage("a run that ends before it starts", BOTH, 3)
        .by(|folder| put(folder, |run| run.conditions_after.time = "2026-03-01T09:59:00Z".to_owned()))
        .says(&["the clock went backwards in", "0002000000000000.json", "ended 2026-03-01T09:59:00Z", "measure again"]),
    sabotage("a later commit of an earlier time", BOTH, 3)
        .by(|folder| put(folder, |run| run.commit.time = Some("2026-01-01T00:00:00Z".to_owned())))
        .says(&[
            "the clock went backwards between commits",
            "2 commits up to its own of 2026-01-01",
            "on the same branch",
        ]),
    sabotage("a reference workload out of range", DEMANDED_OF_TWO, 4)
        .by(|folder| {
            put_two(folder, |run, side| {
                for measurement in &mut run.measurements {
                    measurement.reference = Some("syscall".to_owned());
                    for round in &mut measurement.rounds {
                        round.references.insert("syscall".to_owned(), [80.0, 170.0][side]);
                    }
                }
            });
        })
        .says(&["reference workload out of range: `syscall` took 2.12 times as long", "quiet machine"]),
    sabotage("one run in two files", &["0001", "0002,copy.json"], 3)
        .by(|folder| {
            let path = store(folder, &run(2, 1, 200.0));
            fs::copy(&path, folder.join("copy.json")).unwrap();
        })
        .says(&["run 0002000000000000 is there twice", "copy.json", "remove the copy"]),
    sabotage("one series twice in a run", BOTH, 3)
        .by(|folder| put(folder, |run| run.measurements.push(timed("spawn/fork/count=1", 7.0))))
        .says(&["0002000000000000.json holds spawn/fork/count=1 wall_time twice", "its own name"]),
    sabotage("one benchmark twice in a Criterion tree", &["a", "b"], 3)
        .by(|folder| {
            criterion(&baselines(folder), "g/f", "a", 10.0, "null");
            criterion(&baselines(folder), "g/f", "b", 11.0, "null");
            let copy = folder.join("target/criterion/other/b");
            fs::create_dir_all(&copy).unwrap();
            for file in ["benchmark.json", "sample.json", "estimates.json"] {
                fs::copy(folder.join("target/criterion/g/f/b").join(file), copy.join(file)).unwrap();
            }
            criterion(&baselines(folder), "g/h", "a", 10.0, "null");
            criterion(&baselines(folder), "g/h", "b", 11.0, "null");
        })
        .says(&["claims to be g/f as well", "remove its folder"]),
    sabotage("a filter that matches nothing", &["0001", "0002", "--filter", "nonsense"], 4)
        .by(|folder| put(folder, |_| {}))
        .says(&["nothing in", "0001000000000000.json passes --filter", "`parcost show` lists the names"]),
    sabotage("a stale folder", &["a", "b"], 0)
        .by(|folder| {
            for (baseline, ns) in [("a", 10.0), ("b", 11.0)] {
                criterion(&baselines(folder), "g/fresh", baseline, ns, "null");
                let old = criterion(&baselines(folder), "g/old", baseline, ns, "null");
                let before = SystemTime::now() - Duration::from_secs(5 * 3600);
                File::options().write(true).open(old.join("sample.json")).unwrap().set_modified(before).unwrap();
            }
        })
        .says(&[
            "skipped: g/old: stale: in target/criterion@a it is 5.0 hours older",
            "measure it again",
            "0 of 1 rows",
        ]),
    sabotage("a Criterion tree that contradicts itself", &["a", "b"], 3)
        .by(|folder| {
            for (baseline, ns) in [("a", 10.0), ("b", 11.0)] {
                criterion(&baselines(folder), "g/good", baseline, ns, "null");
                let bad = criterion(&baselines(folder), "g/bad", baseline, ns, "null");
                fs::write(bad.join("estimates.json"), r#"{"median":{"point_estimate":1.0}}"#).unwrap();
            }
        })
        .says(&["g/bad/b/estimates.json cannot be used: it was not made of the samples beside it", "measure again"]),
    sabotage("a name of nothing", &["0001", "nonsense"], 3).says(&[
        "`nonsense` is not a stored run, commit, branch or machine in results",
        "parcost list",
        "--help",
    ]),
    sabotage("a space behind a comma", &["0001,", "0002", "0003"], 3).says(&[
        "`0001,` lacks a name beside a comma",
        "joined by commas without spaces: `parcost compare a1,a2 b1,b2`",
    ]),
    sabotage("a space for a comma", &["0001", "0001", "0002"], 3).by(|folder| put(folder, |_| ())).says(&[
        "`0001` is another name for the machine",
        "name each machine once, or two sides",
        "a1,a2 b1,b2",
    ]),
    sabotage("a space for a comma, of Criterion", &["a", "b", "c"], 3)
        .by(|folder| {
            for baseline in ["a", "b", "c"] {
                criterion(&baselines(folder), "g/f", baseline, 10.0, "null");
            }
        })
        .says(&["`a` is of another harness", "or two sides", "a1,a2 b1,b2"]),
    sabotage("a baseline of nothing", &["a", "criterion:@b"], 3)
        .by(|folder| drop(criterion(&baselines(folder), "g/f", "a", 10.0, "null")))
        .says(&["Criterion has no baseline `b` in target/criterion (it has a)", "--save-baseline b"]),
    sabotage("a folder that is not there, of Criterion", &["0001", "criterion:none@b"], 3)
        .says(&["no baseline `b` in none (it has none, as it is not a folder)"]),
    sabotage("a folder that is not there, of counts", &["0001", "iai:none"], 3)
        .says(&["`iai:none` names no folder", "write iai:DIR"]),
    sabotage("a folder of nothing", &["0001", "empty"], 3)
        .by(|folder| fs::create_dir(folder.join("empty")).unwrap())
        .says(&["the folder `empty` holds no stored runs, no baseline `new`", "name the folder that holds them"]),
    sabotage("the folder of the version in a store", &["results/v1", "0001"], 3)
        .says(&["the folder `results/v1` holds no stored runs", "name the folder that holds it, results"]),
    sabotage("a folder of other baselines", &["0001", "target/criterion"], 3)
        .by(|folder| drop(criterion(&baselines(folder), "g/f", "a", 10.0, "null")))
        .says(&["the folder `target/criterion` holds no", "name criterion:target/criterion@a"]),
    sabotage("a gate in the place of a run", &["0001", "gate.json"], 3)
        .by(|folder| {
            let gate = made::paired_run(9, run(9, 0, 200.0));
            fs::write(folder.join("gate.json"), serde_json::to_string(&gate).unwrap()).unwrap();
        })
        .says(&["gate.json: it is not a stored run (it is a gate's", "`parcost gate --replay FILE`"]),
    sabotage("another machine without a common benchmark", BOTH, 4)
        .by(|folder| {
            put(folder, |run| {
                run.machine.key = MachineKey::new("slide-rule-4c-00000003").unwrap();
                run.measurements = vec![timed("spawn/other", 1.0)];
            });
        })
        .says(&["no benchmark is in two of 0001, 0002", "measured the same"]),
    sabotage("a run against another harness", &["0001", "a"], 3)
        .by(|folder| drop(criterion(&baselines(folder), "g/f", "a", 10.0, "null")))
        .says(&["cannot be compared", "the other results of another harness", "name two sides of one kind"]),
];

#[test]
fn every_sabotage_has_its_own_message() {
    for sabotage in SABOTAGES {
        let folder = stored(&[run(1, 0, 200.0)]);
        (sabotage.prepare)(folder.path());
        let assert = compare(folder.path(), sabotage.arguments);
        let text = said(&assert);
        assert_eq!(assert.get_output().status.code(), Some(sabotage.code), "{}: {text}", sabotage.name);
        for expected in sabotage.expected {
            assert!(text.contains(expected), "{}: `{expected}` is not in: {text}", sabotage.name);
        }
    }
}

#[test]
fn the_commits_of_the_runs_are_told_apart_by_four_digits() {
    for commit in COMMITS {
        assert_eq!(COMMITS.iter().filter(|it| it[..4] == commit[..4]).count(), 1);
    }
}
