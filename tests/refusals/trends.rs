//! What `trend` refuses of stored runs and of histories from elsewhere.

use std::fs;

use parcost::rooms::model::{Estimate, Fact, Metric, Run};
use parcost::rooms::store;

use super::file::{file, history};
use super::stored::{self, Folder, edit, forge, unseal};
use super::{Row, row};

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
    row("empty run", TREND, 3)
        .by(|f| fs::remove_dir_all(&f.results).expect("the folder is ours"))
        .says(&["no run is stored in results", "parcost run"]),
    row("zero", TREND, 0).by(|f| unsealed(f, "\"min\":12001.0", "\"min\":0.0")).says(&[
        "unusable",
        "wall_time of spawn/thread/count=1 in topic spawn: min is 0, not above zero",
        "restore it",
    ]),
    row("negative", TREND, 0)
        .by(|f| unsealed(f, "\"min\":12001.0", "\"min\":-1.0"))
        .says(&["min is -1, not above zero"]),
    row("NaN", TREND, 0).by(|f| unsealed(f, "\"min\":12001.0", "\"min\":NaN")).says(&["it is not a stored run"]),
    row("infinite", TREND, 0).by(|f| unsealed(f, "\"min\":12001.0", "\"min\":1e999")).says(&["it is not a stored run"]),
    row("unit or direction changed", TREND, 0)
        .by(|f| unsealed(f, "\"metric\":\"wall_time\"", "\"metric\":\"wall_hours\""))
        .says(&["unknown variant `wall_hours`"]),
    row("unit or direction changed", &["trend", "--fail-on", "worse"], 4)
        .by(|f| unsealed(f, "\"metric\":\"wall_time\"", "\"metric\":\"page_faults\""))
        .says(&["1 of the 20 values"]),
    row("foreign file", TREND, 0)
        .by(|f| fs::write(&f.runs[1], "# notes").expect("the folder is ours"))
        .says(&["it is not a stored run", "move it out"]),
    row("edited file", TREND, 0)
        .by(|f| edit(&f.runs[1], "12001.0", "11001.0"))
        .says(&["it was edited since it was written"]),
    row("other machine class", TREND, 0)
        .by(|f| forge(&f.runs[1], "x86_64-made-up-2c", "x86_64-made-up-4c"))
        .says(&["it lies in the wrong place", "machine=x86_64-made-up-4c"]),
    row("duplicated ids", TREND, 0)
        .by(|f| unsealed(f, "\"function\":\"fork\"", "\"function\":\"thread\""))
        .says(&["listed twice by their run"]),
    row("too few rounds", TREND, 0).says(&["of fewer than 3 rounds"]),
    row("clock backwards", TREND, 0)
        .by(|f| forge(&f.runs[1], "\"started\":\"2026-03-01T11", "\"started\":\"2025-03-01T11"))
        .says(&["a clock was wrong"]),
    row("metric that no run has", &["trend", "--metric", "page_faults"], 3)
        .says(&["no series matches --metric; there is none that names a metric"]),
    row("empty run", &["trend", "--fail-on", "worse"], 4)
        .by(|f| f.runs.iter().for_each(|run| fs::write(run, "").expect("the folder is ours")))
        .says(&["it ends early"]),
    row("filter that matches nothing", &["trend", "--from", "csv", "history.csv", "--since", "2030-01-01"], 3)
        .by(|f| csv(f, "spawn,0,1\n"))
        .says(&["history.csv has no times, so that --since cannot be applied"]),
    row("empty run", TREND_CSV, 3).by(|f| csv(f, "")).says(&["history.csv holds no benchmark"]),
    row("NaN", TREND_CSV, 0).by(|f| csv(f, "spawn,0,1\nspawn,1,NaN\n")).says(&[
        "skipped: spawn: NaN is not a finite number from zero on (history.csv, line 3)",
        "outcome inconclusive",
    ]),
    row("infinite", TREND_CSV, 3)
        .by(|f| csv(f, "spawn,0,inf\n"))
        .says(&["`spawn`: history.csv, line 2: inf is not a finite number"]),
    row("zero", TREND_CSV, 0)
        .by(|f| csv(f, "spawn,0,0\n"))
        .says(&["a change of zero has no size: spawn", "outcome inconclusive"]),
    row("negative", TREND_CSV, 3)
        .by(|f| csv(f, "spawn,0,-1\n"))
        .says(&["`spawn`: history.csv, line 2: -1 is not a finite number"]),
    row("clock backwards", TREND_CSV, 0)
        .by(|f| csv(f, "spawn,2,1\nspawn,1,1\n"))
        .says(&["spawn: its values were not in the order of their numbers or times; they are now"]),
    row("duplicated ids", TREND_CSV, 0)
        .by(|f| csv(f, "spawn,1,1\nspawn,1,1\n"))
        .says(&["several entries of one commit are one observation"]),
    row("foreign file", TREND_CSV, 3).by(|f| file(f, "history.csv", "{}")).says(&["there is no column `series`"]),
    row("truncated file", TREND_CSV, 3)
        .by(|f| csv(f, "spawn,0"))
        .says(&["`spawn`: history.csv, line 2: its value is missing"]),
    row("filter that matches nothing", &["trend", "--from", "csv", "history.csv", "--filter", "x"], 3)
        .by(|f| csv(f, "spawn,0,1\n"))
        .says(&["no series matches --filter; without it"]),
    row("unit or direction changed", TREND_LONG, 0)
        .by(|f| long(f, "2026-01-01T00:00:00Z,c1,spawn,ns,1\n2026-01-02T00:00:00Z,c2,spawn,MiB,1\n"))
        .says(&["changed: spawn: it has several units or directions: it is 2 series (ns", "0 of 2 series"]),
    row("negative", TREND_LONG, 3)
        .by(|f| long(f, "2026-01-01T00:00:00Z,c1,spawn,ns,-1\n"))
        .says(&["history.csv", "spawn"]),
    row("truncated file", TREND_HISTORY, 3)
        .by(|f| file(f, "history.json", "{\"schema_version\":1,\"source\":\"a\""))
        .says(&["history.json"]),
    row("future schema", TREND_HISTORY, 3).by(|f| history(f, 9, "1.0")).says(&["history.json", "9"]),
    row("negative", TREND_HISTORY, 3).by(|f| history(f, 1, "-1.0")).says(&["history.json", "spawn"]),
    row("infinite", TREND_HISTORY, 3).by(|f| history(f, 1, "1e999")).says(&["history.json"]),
    row("edited file", &["trend", "--fail-on", "worse"], 4)
        .by(|f| {
            judgeable(f);
            edit(&f.runs[1], "12001.0", "11001.0");
        })
        .says(&["it was edited since it was written", "judged 2 of 2 series", "regressed 0"]),
    row("other valgrind, libc or toolchain", TREND, 0)
        .by(|f| counted_with(f, "rustc", ["rustc 1.90.0", "rustc 1.91.0"]))
        .says(&["regressed 0", "on are not compared with those before: rustc: rustc 1.90.0 → rustc 1.91.0"]),
    row("other valgrind, libc or toolchain", TREND, 0)
        .by(|f| counted_with(f, "libc_dispatch", ["avx2", "avx512"]))
        .says(&["regressed 0", "on are not compared with those before: libc_dispatch: avx2 → avx512"]),
];
