//! What `trend` refuses of stored runs and of histories from elsewhere.

use std::fs;

use parcost::rooms::model::{Estimate, Fact, Metric, Run};
use parcost::rooms::store;

use super::Row;
use super::file::{file, history};
use super::stored::{self, Folder, edit, forge, unseal};

const TREND: &[&str] = &["trend"];
const TREND_CSV: &[&str] = &["trend", "--from", "csv", "history.csv"];
const TREND_LONG: &[&str] = &["trend", "--from", "csv-long", "history.csv", "--better", "lower"];
const TREND_HISTORY: &[&str] = &["trend", "--from", "history", "history.json"];

fn csv(folder: &Folder, rows: &str) {
    file(folder, "history.csv", &format!("series,index,value\n{rows}"));
}

fn long(folder: &Folder, rows: &str) {
    file(folder, "history.csv", &format!("time,commit,benchmark,unit,value\n{rows}"));
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

pub(crate) const ROWS: &[Row] = &[
    (
        "empty run",
        TREND,
        |f| fs::remove_dir_all(&f.results).expect("the folder is ours"),
        3,
        &["no run is stored in results", "parcost run"],
    ),
    (
        "zero",
        TREND,
        |f| unsealed(f, "\"min\":12001.0", "\"min\":0.0"),
        0,
        &["unusable", "wall_time of spawn/thread/count=1 in topic spawn: min is 0, not above zero", "restore it"],
    ),
    ("negative", TREND, |f| unsealed(f, "\"min\":12001.0", "\"min\":-1.0"), 0, &["min is -1, not above zero"]),
    ("NaN", TREND, |f| unsealed(f, "\"min\":12001.0", "\"min\":NaN"), 0, &["it is not a stored run"]),
    ("infinite", TREND, |f| unsealed(f, "\"min\":12001.0", "\"min\":1e999"), 0, &["it is not a stored run"]),
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
        &["it is not a stored run", "move it out"],
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
        &["listed twice by their run"],
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
        &["no series matches --metric; there is none that names a metric"],
    ),
    (
        "empty run",
        &["trend", "--fail-on", "worse"],
        |f| f.runs.iter().for_each(|run| fs::write(run, "").expect("the folder is ours")),
        4,
        &["it ends early"],
    ),
    (
        "filter that matches nothing",
        &["trend", "--from", "csv", "history.csv", "--since", "2030-01-01"],
        |f| csv(f, "spawn,0,1\n"),
        3,
        &["history.csv has no times, so that --since cannot be applied"],
    ),
    ("empty run", TREND_CSV, |f| csv(f, ""), 3, &["history.csv holds no benchmark"]),
    (
        "NaN",
        TREND_CSV,
        |f| csv(f, "spawn,0,1\nspawn,1,NaN\n"),
        0,
        &["skipped: spawn: NaN is not a finite number from zero on (history.csv, line 3)", "outcome inconclusive"],
    ),
    (
        "infinite",
        TREND_CSV,
        |f| csv(f, "spawn,0,inf\n"),
        3,
        &["`spawn`: history.csv, line 2: inf is not a finite number"],
    ),
    ("zero", TREND_CSV, |f| csv(f, "spawn,0,0\n"), 0, &["a change of zero has no size: spawn", "outcome inconclusive"]),
    (
        "negative",
        TREND_CSV,
        |f| csv(f, "spawn,0,-1\n"),
        3,
        &["`spawn`: history.csv, line 2: -1 is not a finite number"],
    ),
    (
        "clock backwards",
        TREND_CSV,
        |f| csv(f, "spawn,2,1\nspawn,1,1\n"),
        0,
        &["spawn: its values were not in the order of their numbers or times; they are now"],
    ),
    (
        "duplicated ids",
        TREND_CSV,
        |f| csv(f, "spawn,1,1\nspawn,1,1\n"),
        0,
        &["several entries of one commit are one observation"],
    ),
    ("foreign file", TREND_CSV, |f| file(f, "history.csv", "{}"), 3, &["there is no column `series`"]),
    ("truncated file", TREND_CSV, |f| csv(f, "spawn,0"), 3, &["`spawn`: history.csv, line 2: its value is missing"]),
    (
        "filter that matches nothing",
        &["trend", "--from", "csv", "history.csv", "--filter", "x"],
        |f| csv(f, "spawn,0,1\n"),
        3,
        &["no series matches --filter; without it"],
    ),
    (
        "unit or direction changed",
        TREND_LONG,
        |f| long(f, "2026-01-01T00:00:00Z,c1,spawn,ns,1\n2026-01-02T00:00:00Z,c2,spawn,MiB,1\n"),
        0,
        &["changed: spawn: it has several units or directions: it is 2 series (ns", "0 of 2 series"],
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
        "edited file",
        &["trend", "--fail-on", "worse"],
        |f| {
            judgeable(f);
            edit(&f.runs[1], "12001.0", "11001.0");
        },
        4,
        &["it was edited since it was written", "judged 2 of 2 series", "regressed 0"],
    ),
    (
        "other valgrind, libc or toolchain",
        TREND,
        |f| counted_with(f, "rustc", ["rustc 1.90.0", "rustc 1.91.0"]),
        0,
        &["regressed 0", "on are not compared with those before: rustc: rustc 1.90.0 → rustc 1.91.0"],
    ),
    (
        "other valgrind, libc or toolchain",
        TREND,
        |f| counted_with(f, "libc_dispatch", ["avx2", "avx512"]),
        0,
        &["regressed 0", "on are not compared with those before: libc_dispatch: avx2 → avx512"],
    ),
];
