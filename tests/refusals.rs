//! Everything that has to be refused, by name, and the rows of the tests that show it; and those rows that belong to the
//! verbs which judge what is stored: `gate --from`, `selftest --from`, `trend`, `import` and `export`.

mod stored;

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use parcost::model::{Estimate, Fact, MachineKey, Metric, PairedRun, Run};
use parcost::store;
use stored::{Folder, edit, forge, paired_run, sealed, unseal};

/// What has to be refused.
const REFUSALS: [&str; 27] = [
    "empty run",
    "no common benchmark",
    "stale folder",
    "baseline is candidate",
    "missing benchmark",
    "NaN",
    "infinite",
    "zero",
    "negative",
    "unit or direction changed",
    "count collapsed",
    "truncated file",
    "foreign file",
    "future schema",
    "edited file",
    "other machine class",
    "other valgrind, libc or toolchain",
    "too few rounds",
    "clock backwards",
    "calibrator out of range",
    "duplicated ids",
    "filter that matches nothing",
    "stale accept rule",
    "history rewritten",
    "metric that no run has",
    "needless allowance",
    "unlike settings of cargo",
];

/// Rows of other tables: what is refused, by which verb, in which file, and a piece of the row that shows it.
const ELSEWHERE: &[(&str, &str, &str, &str)] = &[
    ("empty run", "compare", COMPARE, "an empty run"),
    ("empty run", "record", CLI, "a_session_without_a_measurement_is_no_run"),
    ("no common benchmark", "compare", COMPARE, "no common benchmark"),
    ("no common benchmark", "gate", GATE, "a_gate_that_can_judge_nothing_is_not_green"),
    ("stale folder", "compare", COMPARE, "a stale folder"),
    ("baseline is candidate", "compare", COMPARE, "the same run on both sides"),
    ("baseline is candidate", "gate", GATE, "\"itself\""),
    ("missing benchmark", "gate", GATE, "the_same_code_is_not_said_of_less_code"),
    ("NaN", "compare", COMPARE, "name: \"NaN\""),
    ("NaN", "list, show, fsck", SABOTAGE, "(\"NaN\""),
    ("infinite", "compare", COMPARE, "an infinite number"),
    ("infinite", "list, show, fsck", SABOTAGE, "(\"infinite\""),
    ("zero", "compare", COMPARE, "name: \"zero\""),
    ("zero", "list, show, fsck", SABOTAGE, "\"zero\""),
    ("negative", "compare", COMPARE, "a negative time"),
    ("negative", "list, show, fsck", SABOTAGE, "\"negative\""),
    ("unit or direction changed", "compare", COMPARE, "another unit"),
    ("unit or direction changed", "compare of Criterion", COMPARE, "declared work that changed"),
    ("count collapsed", "compare", COMPARE, "a count that collapsed"),
    ("truncated file", "compare", COMPARE, "a truncated file"),
    ("truncated file", "list, show, fsck", SABOTAGE, "(\"truncated\""),
    ("truncated file", "trend", HISTORY, "it ends early"),
    ("foreign file", "compare", COMPARE, "a foreign file"),
    ("foreign file", "list, show, fsck", SABOTAGE, "(\"foreign text\""),
    ("future schema", "compare", COMPARE, "a future schema"),
    ("future schema", "list, show, fsck", SABOTAGE, "(\"future\""),
    ("future schema", "trend", HISTORY, "schema version 9"),
    ("edited file", "list, show, fsck", SABOTAGE, "(\"edited\""),
    ("other machine class", "compare", COMPARE, "another machine, where an answer is demanded"),
    ("other machine class", "export", INTERCHANGE, "an_export_asks_for_one_machine"),
    ("other machine class", "fsck", SABOTAGE, "the wrong machine's folder"),
    ("other machine class", "trend", HISTORY, "the_machine_is_this_one_or_the_only_one_or_named"),
    ("other valgrind, libc or toolchain", "compare", COMPARE, "another valgrind for counts"),
    ("other valgrind, libc or toolchain", "compare", COMPARE, "another libc for counts"),
    ("other valgrind, libc or toolchain", "compare", COMPARE, "another class of libc's functions for counts"),
    ("other valgrind, libc or toolchain", "compare", COMPARE, "another compiler for counts"),
    ("too few rounds", "compare", COMPARE, "too few rounds"),
    ("clock backwards", "compare", COMPARE, "a run that ends before it starts"),
    ("clock backwards", "fsck", SABOTAGE, "a later commit before an earlier one"),
    ("unlike settings of cargo", "gate", GATE, "settings_of_one_side_are_not_built_into_the_other"),
    ("calibrator out of range", "compare", COMPARE, "a calibrator out of range"),
    ("calibrator out of range", "trend", JUDGED, "a_moment_with_a_calibrator_out_of_range_is_left_out"),
    ("duplicated ids", "compare", COMPARE, "one run in two files"),
    ("duplicated ids", "fsck", SABOTAGE, "an id twice"),
    ("duplicated ids", "gate", GATE, "two benchmarks are called"),
    ("duplicated ids", "trend", HISTORY, "share their id"),
    ("filter that matches nothing", "compare", COMPARE, "a filter that matches nothing"),
    ("filter that matches nothing", "gate", GATE, "a filter that matches nothing"),
    ("filter that matches nothing", "trend", HISTORY, "\"--filter\", \"nothing\""),
    ("stale accept rule", "trend", HISTORY, "expired on 2020-01-01"),
    ("history rewritten", "fsck", SABOTAGE, "a_history_that_was_rewritten_is_found"),
    ("truncated file", "import of runs", IMPORTED, "\"truncated\""),
    ("future schema", "import of runs", IMPORTED, "of a future schema"),
    ("edited file", "import of runs", IMPORTED, "\"edited\""),
    ("foreign file", "import of runs", IMPORTED, "\"a gate\""),
    ("duplicated ids", "import of runs", IMPORTED, "another run of its id is stored"),
    ("other machine class", "import of runs", IMPORTED, "\"another facts' key\""),
    ("negative", "import of runs", IMPORTED, "an impossible time"),
    ("needless allowance", "gate", GATE, "what_is_allowed_to_be_missing_and_is_not_is_said"),
];

const CLI: &str = include_str!("cli.rs");
const COMPARE: &str = include_str!("compare_refusals.rs");
const GATE: &str = include_str!("gate.rs");
const HISTORY: &str = include_str!("history.rs");
const JUDGED: &str = include_str!("../src/judge/history/tests/observations.rs");
const IMPORTED: &str = include_str!("imported_runs.rs");
const INTERCHANGE: &str = include_str!("interchange.rs");
const SABOTAGE: &str = include_str!("sabotage.rs");

/// What is refused, by which arguments, what is done to the folder before, the exit code, and pieces of what is said.
type Row = (&'static str, &'static [&'static str], fn(&Folder), i32, &'static [&'static str]);

const GATE_FROM: &[&str] = &["gate", "--from", "evidence.json"];
const SELFTEST: &[&str] = &["selftest", "--from", "evidence.json"];
const TREND: &[&str] = &["trend"];
const TREND_CSV: &[&str] = &["trend", "--from", "csv", "history.csv"];
const TREND_LONG: &[&str] = &["trend", "--from", "csv-long", "history.csv", "--better", "lower"];
const TREND_HISTORY: &[&str] = &["trend", "--from", "history", "history.json"];
const IMPORT: &[&str] = &["import", "--from", "history", "history.json"];
const EXPORT: &[&str] = &["export", "--to", "go", "--from", "history", "history.json"];

/// Stores evidence that was edited by somebody who can seal it.
fn evidence(folder: &Folder, edit: impl Fn(&mut PairedRun)) {
    let mut run = paired_run();
    edit(&mut run);
    let text = serde_json::to_string(&run).expect("it is plain data");
    fs::write(folder.top.path().join("evidence.json"), sealed(&text[..text.len() - 1])).expect("the folder is ours");
}

/// Evidence whose text was spoiled by somebody who can seal it.
fn spoilt(folder: &Folder, old: &str, new: &str) {
    evidence(folder, |_| {});
    forge(&folder.top.path().join("evidence.json"), old, new);
}

fn file(folder: &Folder, name: &str, text: &str) {
    fs::write(folder.top.path().join(name), text).expect("the folder is ours");
}

fn csv(folder: &Folder, rows: &str) {
    file(folder, "history.csv", &format!("series,index,value\n{rows}"));
}

fn long(folder: &Folder, rows: &str) {
    file(folder, "history.csv", &format!("time,commit,benchmark,unit,value\n{rows}"));
}

fn history(folder: &Folder, version: u32, value: &str) {
    let text = format!(
        r#"{{"schema_version":{version},"source":"a","series":[{{"name":"spawn","direction":"lower_is_better","points":[{{"value":{value}}}]}}],"remarks":[]}}"#
    );
    file(folder, "history.json", &text);
}

/// As many further runs as a first verdict takes, each of a commit and an hour of its own, that say the same as the last.
fn judgeable(folder: &Folder) {
    further(folder, 30, |_, _| {});
}

/// A history of counts that doubles where a fact of the counting changes.
fn counted_with(folder: &Folder, name: &str, values: [&str; 2]) {
    further(folder, 20, |place, run| {
        let later = usize::from(place >= 10);
        run.toolchain.facts.insert(name.to_owned(), Fact::Value(values[later].to_owned()));
        let estimate = Estimate::exact([1e6, 2e6][later]).expect("a finite number");
        let mut counted = run.measurements[0].clone();
        (counted.metric, counted.estimate) = (Metric::CallgrindInstructions, estimate);
        for round in &mut counted.rounds {
            (round.min, round.p10, round.median) = (estimate.center(), estimate.center(), estimate.center());
        }
        run.measurements = vec![counted];
    });
}

fn further(folder: &Folder, number: usize, edit: impl Fn(usize, &mut Run)) {
    for place in 0..number {
        let mut run = stored::run(2);
        run.id = format!("{:016x}", 0xc0 + place);
        run.commit.id = Some(format!("{:040x}", 0xc0 + place));
        run.commit.order = Some(10 + place as u64);
        run.commit.time = Some(format!("2026-02-{:02}T{:02}:00:00Z", 4 + place / 24, place % 24));
        run.measurements.iter_mut().for_each(|measurement| measurement.rounds = vec![measurement.rounds[0].clone(); 3]);
        edit(place, &mut run);
        store::append(&folder.results, &run).expect("the folder is ours");
    }
}

/// A run that no seal protects, with another text.
fn unsealed(folder: &Folder, old: &str, new: &str) {
    folder.runs.iter().for_each(|run| unseal(run));
    edit(&folder.runs[1], old, new);
}

const ROWS: &[Row] = &[
    (
        "empty run",
        GATE_FROM,
        |f| {
            evidence(f, |run| {
                run.benchmarks.clear();
                run.counts.clear()
            })
        },
        4,
        &["nothing to say: 0 of 0"],
    ),
    (
        "no common benchmark",
        GATE_FROM,
        |f| {
            evidence(f, |run| {
                run.benchmarks.clear();
                run.counts.clear();
                run.removed = vec!["spawn/gone".to_owned()];
                run.added = vec!["spawn/new".to_owned()];
            })
        },
        4,
        &["spawn/gone", "the candidate does not have it", "spawn/new"],
    ),
    (
        "missing benchmark",
        GATE_FROM,
        |f| evidence(f, |run| run.removed = vec!["spawn/gone".to_owned()]),
        4,
        &["missing: nothing regressed", "spawn/gone"],
    ),
    (
        "needless allowance",
        &["gate", "--from", "evidence.json", "--allow-missing", "spawn/gnoe"],
        |f| evidence(f, |run| run.removed = vec!["spawn/gone".to_owned()]),
        4,
        &["--allow-missing spawn/gnoe allows nothing: no benchmark has that name"],
    ),
    (
        "NaN",
        GATE_FROM,
        |f| spoilt(f, "\"wall_ns\":1010.0", "\"wall_ns\":NaN"),
        3,
        &["evidence.json", "it is no stored run", "move it out"],
    ),
    (
        "infinite",
        GATE_FROM,
        |f| spoilt(f, "\"wall_ns\":1010.0", "\"wall_ns\":1e999"),
        3,
        &["evidence.json", "number out of range"],
    ),
    (
        "zero",
        GATE_FROM,
        |f| spoilt(f, "\"wall_ns\":1010.0", "\"wall_ns\":0.0"),
        3,
        &["evidence.json", "spawn/thread/count=1: pair 1: candidate: wall_ns is 0, not above zero", "restore it"],
    ),
    (
        "negative",
        GATE_FROM,
        |f| spoilt(f, "\"wall_ns\":1010.0", "\"wall_ns\":-1.0"),
        3,
        &["evidence.json", "pair 1: candidate: wall_ns is -1, not above zero"],
    ),
    (
        "unit or direction changed",
        GATE_FROM,
        |f| evidence(f, |run| run.benchmarks[0].metric = Metric::PageFaults),
        3,
        &["spawn/thread/count=1: page_faults is not measured in pairs"],
    ),
    (
        "unit or direction changed",
        GATE_FROM,
        |f| spoilt(f, "\"wall_time\"", "\"wall_hours\""),
        3,
        &["unknown variant `wall_hours`"],
    ),
    (
        "count collapsed",
        GATE_FROM,
        |f| {
            evidence(f, |run| {
                run.benchmarks.clear();
                run.counts[0].baseline = vec![100_000; 2];
                run.counts[0].candidate = vec![5_000; 2];
            })
        },
        4,
        &["spawn/thread/count=1", "5 %"],
    ),
    (
        "truncated file",
        GATE_FROM,
        |f| {
            evidence(f, |_| {});
            let path = f.top.path().join("evidence.json");
            let text = fs::read(&path).expect("just written");
            fs::write(&path, &text[..text.len() / 2]).expect("the folder is ours");
        },
        3,
        &["evidence.json", "it ends early", "restore it"],
    ),
    (
        "foreign file",
        GATE_FROM,
        |f| file(f, "evidence.json", "{\"benchmarks\":[]}"),
        3,
        &["evidence.json", "it is no stored run"],
    ),
    (
        "foreign file",
        GATE_FROM,
        |f| {
            fs::copy(&f.runs[0], f.top.path().join("evidence.json")).expect("the folder is ours");
        },
        3,
        &["evidence.json", "it is no stored run"],
    ),
    (
        "future schema",
        GATE_FROM,
        |f| spoilt(f, "\"schema_version\":1", "\"schema_version\":9"),
        3,
        &["evidence.json", "schema version 9", "use a newer parcost"],
    ),
    (
        "edited file",
        GATE_FROM,
        |f| {
            evidence(f, |_| {});
            edit(&f.top.path().join("evidence.json"), "1010.0", "1000.0");
        },
        3,
        &["evidence.json", "it was edited since it was written", "restore it"],
    ),
    (
        "too few rounds",
        GATE_FROM,
        |f| evidence(f, |run| run.counts.clear()),
        4,
        &["3 of the 15 pairs that a first look takes"],
    ),
    (
        "clock backwards",
        GATE_FROM,
        |f| evidence(f, |run| run.conditions_after.time = "2026-03-01T11:00:00Z".to_owned()),
        3,
        &["evidence.json", "the clock went backwards: it ended at 2026-03-01T11:00:00Z"],
    ),
    (
        "calibrator out of range",
        GATE_FROM,
        |f| {
            evidence(f, |run| {
                run.counts.clear();
                let pairs = &mut run.benchmarks[0].pairs;
                *pairs = pairs.iter().cycle().take(16).cloned().collect();
                for timing in pairs[8..].iter_mut().flat_map(|pair| [&mut pair.baseline, &mut pair.candidate]) {
                    timing.wall_ns *= 3.0;
                    timing.wall_ns_median *= 3.0;
                }
            })
        },
        4,
        &["spawn/thread/count=1", "calibrator out of range: the baseline took 3.00 times", "a quieter machine"],
    ),
    (
        "duplicated ids",
        GATE_FROM,
        |f| evidence(f, |run| run.benchmarks.push(run.benchmarks[0].clone())),
        3,
        &["benchmark spawn/spawn/thread/count=1: it is there twice"],
    ),
    (
        "filter that matches nothing",
        &["gate", "--from", "evidence.json", "--filter", "nothing"],
        |f| evidence(f, |_| {}),
        2,
        &["--filter"],
    ),
    (
        "empty run",
        SELFTEST,
        |f| {
            evidence(f, |run| {
                run.same_code = true;
                run.benchmarks.clear()
            })
        },
        4,
        &[],
    ),
    ("foreign file", SELFTEST, |f| evidence(f, |_| {}), 3, &["compares two revisions", "parcost gate --same-code"]),
    (
        "truncated file",
        SELFTEST,
        |f| file(f, "evidence.json", "{\"schema_version\":1,"),
        3,
        &["evidence.json", "it ends early"],
    ),
    ("zero", SELFTEST, |f| spoilt(f, "\"wall_ns\":1010.0", "\"wall_ns\":0.0"), 3, &["not above zero"]),
    (
        "duplicated ids",
        &["selftest", "--from", "evidence.json", "evidence.json"],
        |f| evidence(f, |run| run.same_code = true),
        3,
        &["run 00000000000000b1 is there twice"],
    ),
    (
        "other machine class",
        &["selftest", "--from", "evidence.json", "other.json"],
        |f| {
            evidence(f, |run| {
                run.same_code = true;
                run.id = "00000000000000b2".to_owned();
                run.machine.key = MachineKey::new("x86_64-other-2c-00000000").expect("a plain slug");
            });
            fs::rename(f.top.path().join("evidence.json"), f.top.path().join("other.json"))
                .expect("the folder is ours");
            evidence(f, |run| run.same_code = true);
        },
        3,
        &["run 00000000000000b2 is of the machine x86_64-other-2c-00000000", "judge them apart"],
    ),
    ("empty run", &["selftest", "--gates", "0"], |_| {}, 2, &["--gates"]),
    (
        "empty run",
        TREND,
        |f| fs::remove_dir_all(&f.results).expect("the folder is ours"),
        3,
        &["there are no stored runs in results", "parcost run"],
    ),
    (
        "zero",
        TREND,
        |f| unsealed(f, "\"min\":12001.0", "\"min\":0.0"),
        0,
        &["unusable", "wall_time of spawn/thread/count=1 in topic spawn: min is 0, not above zero", "restore it"],
    ),
    ("negative", TREND, |f| unsealed(f, "\"min\":12001.0", "\"min\":-1.0"), 0, &["min is -1, not above zero"]),
    ("NaN", TREND, |f| unsealed(f, "\"min\":12001.0", "\"min\":NaN"), 0, &["it is no stored run"]),
    ("infinite", TREND, |f| unsealed(f, "\"min\":12001.0", "\"min\":1e999"), 0, &["it is no stored run"]),
    (
        "unit or direction changed",
        TREND,
        |f| unsealed(f, "\"metric\":\"wall_time\"", "\"metric\":\"wall_hours\""),
        0,
        &["unknown variant `wall_hours`"],
    ),
    (
        "unit or direction changed",
        &["trend", "--fail-on", "worse"],
        |f| unsealed(f, "\"metric\":\"wall_time\"", "\"metric\":\"page_faults\""),
        4,
        &["1 of the 20 values"],
    ),
    (
        "foreign file",
        TREND,
        |f| fs::write(&f.runs[1], "# notes").expect("the folder is ours"),
        0,
        &["it is no stored run", "move it out"],
    ),
    ("edited file", TREND, |f| edit(&f.runs[1], "12001.0", "11001.0"), 0, &["it was edited since it was written"]),
    (
        "other machine class",
        TREND,
        |f| forge(&f.runs[1], "x86_64-made-up-2c", "x86_64-made-up-4c"),
        0,
        &["it lies in the wrong place", "machine=x86_64-made-up-4c"],
    ),
    (
        "duplicated ids",
        TREND,
        |f| unsealed(f, "\"function\":\"fork\"", "\"function\":\"thread\""),
        0,
        &["told twice by their run"],
    ),
    ("too few rounds", TREND, |_| {}, 0, &["of fewer than 3 rounds"]),
    (
        "clock backwards",
        TREND,
        |f| forge(&f.runs[1], "\"started\":\"2026-03-01T11", "\"started\":\"2025-03-01T11"),
        0,
        &["a clock was wrong"],
    ),
    (
        "metric that no run has",
        &["trend", "--metric", "page_faults"],
        |_| {},
        3,
        &["no series matches --filter and --metric", "parcost trend --format json"],
    ),
    (
        "empty run",
        &["trend", "--fail-on", "worse"],
        |f| f.runs.iter().for_each(|run| fs::write(run, "").expect("the folder is ours")),
        4,
        &["it ends early"],
    ),
    ("empty run", TREND_CSV, |f| csv(f, ""), 3, &["history.csv, line 1: there is a header and not one row"]),
    (
        "NaN",
        TREND_CSV,
        |f| csv(f, "spawn,0,1\nspawn,1,NaN\n"),
        3,
        &["history.csv, line 3: the value of series `spawn` is `NaN`"],
    ),
    (
        "infinite",
        TREND_CSV,
        |f| csv(f, "spawn,0,inf\n"),
        3,
        &["history.csv, line 2", "`spawn` is `inf`, not a finite number"],
    ),
    ("zero", TREND_CSV, |f| csv(f, "spawn,0,0\n"), 3, &["`spawn` is `0`, not a finite number above zero"]),
    ("negative", TREND_CSV, |f| csv(f, "spawn,0,-1\n"), 3, &["`spawn` is `-1`, not a finite number above zero"]),
    (
        "clock backwards",
        TREND_CSV,
        |f| csv(f, "spawn,2,1\nspawn,1,1\n"),
        3,
        &["index 1 of series `spawn` comes after a larger one"],
    ),
    (
        "duplicated ids",
        TREND_CSV,
        |f| csv(f, "spawn,1,1\nspawn,1,1\n"),
        3,
        &["index 1 of series `spawn` is there twice"],
    ),
    ("foreign file", TREND_CSV, |f| file(f, "history.csv", "{}"), 3, &["there is no column `series`"]),
    ("truncated file", TREND_CSV, |f| csv(f, "spawn,0"), 3, &["found 2 fields where the header has 3"]),
    (
        "filter that matches nothing",
        &["trend", "--from", "csv", "history.csv", "--filter", "x"],
        |f| csv(f, "spawn,0,1\n"),
        2,
        &["--filter"],
    ),
    (
        "unit or direction changed",
        TREND_LONG,
        |f| long(f, "2026-01-01T00:00:00Z,c1,spawn,ns,1\n2026-01-02T00:00:00Z,c2,spawn,MiB,1\n"),
        0,
        &["changed: spawn: its unit or direction changes on the way: it is 2 series (ns", "0 of 2 series"],
    ),
    ("negative", TREND_LONG, |f| long(f, "2026-01-01T00:00:00Z,c1,spawn,ns,-1\n"), 3, &["history.csv", "spawn"]),
    (
        "truncated file",
        TREND_HISTORY,
        |f| file(f, "history.json", "{\"schema_version\":1,\"source\":\"a\""),
        3,
        &["history.json"],
    ),
    ("future schema", TREND_HISTORY, |f| history(f, 9, "1.0"), 3, &["history.json", "9"]),
    ("negative", TREND_HISTORY, |f| history(f, 1, "-1.0"), 3, &["history.json", "spawn"]),
    ("infinite", TREND_HISTORY, |f| history(f, 1, "1e999"), 3, &["history.json"]),
    (
        "truncated file",
        IMPORT,
        |f| file(f, "history.json", "{\"schema_version\":1,\"source\":\"a\""),
        3,
        &["history.json"],
    ),
    (
        "foreign file",
        &["import", "history.json"],
        |f| file(f, "history.json", "{\"a\":1}"),
        3,
        &["history.json", "--from"],
    ),
    ("future schema", IMPORT, |f| history(f, 9, "1.0"), 3, &["history.json", "9"]),
    ("negative", IMPORT, |f| history(f, 1, "-1.0"), 3, &["history.json", "spawn"]),
    ("infinite", IMPORT, |f| history(f, 1, "1e999"), 3, &["history.json"]),
    ("empty run", IMPORT, |f| file(f, "history.json", ""), 3, &["history.json"]),
    ("negative", EXPORT, |f| history(f, 1, "-1.0"), 3, &["history.json", "spawn"]),
    (
        "empty run",
        &["export", "--to", "go"],
        |f| fs::remove_dir_all(&f.results).expect("the folder is ours"),
        3,
        &["no run is stored", "--results"],
    ),
    (
        "metric that no run has",
        &["export", "--to", "go", "--metric", "page_faults"],
        |_| {},
        3,
        &["no series has the metric `page_faults`; there are: wall_time"],
    ),
    (
        "edited file",
        &["export", "--to", "history"],
        |f| edit(&f.runs[1], "12001.0", "11001.0"),
        3,
        &["is unusable: it was edited", "1 of the stored files could not be used", "parcost fsck"],
    ),
    (
        "edited file",
        &["trend", "--fail-on", "worse"],
        |f| {
            judgeable(f);
            edit(&f.runs[1], "12001.0", "11001.0");
        },
        4,
        &["it was edited since it was written", "judged 2 of 2 series", "regression 0,"],
    ),
    (
        "other valgrind, libc or toolchain",
        TREND,
        |f| counted_with(f, "rustc", ["rustc 1.90.0", "rustc 1.91.0"]),
        0,
        &["regression 0,", "are not held against those from there on: rustc was rustc 1.90.0 and is rustc 1.91.0"],
    ),
    (
        "other valgrind, libc or toolchain",
        TREND,
        |f| counted_with(f, "libc_dispatch", ["avx2", "avx512"]),
        0,
        &["regression 0,", "are not held against those from there on: libc_dispatch was avx2 and is avx512"],
    ),
];

/// What `parcost` says, with one space wherever its lines are broken, and how it ends.
fn told(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let mut parcost = Command::new(env!("CARGO_BIN_EXE_parcost"));
    parcost.current_dir(folder).env_remove("CARGO_TARGET_DIR").env("GIT_CEILING_DIRECTORIES", folder);
    let output = parcost.args(arguments).output().expect("the program was built with the test");
    let text =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("all we print is UTF-8")).concat();
    (output.status.code().expect("it ends by itself"), text.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[test]
fn every_row_is_refused_with_its_own_message() {
    let mut wrong = Vec::new();
    for (refusal, arguments, spoil, code, pieces) in ROWS {
        let folder = Folder::new();
        spoil(&folder);
        let (ended, text) = told(folder.top.path(), arguments);
        let absent: Vec<_> = pieces.iter().filter(|piece| !text.contains(**piece)).collect();
        if ended != *code || !absent.is_empty() {
            wrong.push(format!("{refusal}, {arguments:?}: {ended} for {code}, without {absent:?}: {text}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn every_refusal_has_a_row() {
    for refusal in REFUSALS {
        let here = ROWS.iter().any(|row| row.0 == refusal);
        assert!(here || ELSEWHERE.iter().any(|row| row.0 == refusal), "{refusal}");
    }
    let named = ROWS.iter().map(|row| row.0).chain(ELSEWHERE.iter().map(|row| row.0));
    for refusal in named {
        assert!(REFUSALS.contains(&refusal), "{refusal} is not among what has to be refused");
    }
    for (refusal, verb, source, row) in ELSEWHERE {
        assert!(source.contains(row), "{refusal} by {verb}: there is no row `{row}`");
    }
}
