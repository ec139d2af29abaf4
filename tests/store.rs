//! Stored files at their worst: paired runs with values that nothing can have measured, and any bytes whatever.

mod stored;

use std::fs;
use std::thread;

use parcost::rooms::model::{Metric, PairedRun};
use parcost::rooms::store::{self, Error, Problem, paired};
use proptest::prelude::*;
use stored::{Folder, forge, paired_run, sealed};

#[test]
fn a_paired_run_lies_beside_the_runs_and_reads_back_as_it_is() {
    let folder = Folder::new();
    let name = "20260301T120000Z-0123456789ab-1123456789ab-00000000000000b1.json";
    assert_eq!(folder.paired, folder.results.join("paired/v1/machine=x86_64-made-up-2c-00000000").join(name));
    assert_eq!(paired::read(&folder.paired).unwrap(), paired_run());
    assert_eq!(store::list(&folder.results).unwrap().len(), 3, "runs are listed without it");
    let rows = paired::list(&folder.results).unwrap();
    assert_eq!(rows, [store::Row { path: folder.paired.clone(), content: Ok(paired_run()) }]);
    assert!(matches!(paired::append(&folder.results, &paired_run()), Err(Error::AlreadyStored { .. })));
    assert_eq!(paired::list(folder.top.path()).unwrap(), []);
}

#[test]
fn paired_runs_are_stored_at_once() {
    let folder = tempfile::tempdir().unwrap();
    thread::scope(|scope| {
        for id in 0..20 {
            let root = folder.path();
            scope.spawn(move || {
                paired::append(root, &PairedRun { id: format!("{id:016x}"), ..paired_run() }).unwrap();
            });
        }
    });
    let rows = paired::list(folder.path()).unwrap();
    assert_eq!(rows.iter().filter(|row| row.content.is_ok()).count(), 20);
}

#[test]
fn a_paired_run_that_cannot_be_is_refused_with_its_place() {
    let timing = "\"wall_ns\":1000.25,\"wall_ns_median\":1001.75,\"cpu_ns\":2000.5";
    let times = [
        ("zero", ["0", "1", "1"], "thread/count=1: pair 1: baseline: wall_ns is 0, not above zero"),
        ("negative", ["-1", "1", "1"], "thread/count=1: pair 1: baseline: wall_ns is -1, not above zero"),
        ("endless", ["1e999", "1", "1"], "number out of range at line 1 column"),
        ("no number", ["NaN", "1", "1"], "at line 1 column"),
        ("null", ["null", "1", "1"], "invalid type: null"),
        ("small median", ["2", "1", "1"], "thread/count=1: pair 1: baseline: wall_ns_median 1 is below"),
        ("negative CPU", ["1", "1", "-1"], "thread/count=1: pair 1: baseline: cpu_ns is -1, below zero"),
    ];
    let others = [
        ("no sample", "\"samples\":10", "\"samples\":0", "thread/count=1: pair 1: baseline: samples is 0"),
        ("no share", "\"stolen\":0.0", "\"stolen\":1.5", "pair 1: stolen is 1.5, not a share from 0 to 1"),
        ("another metric", "\"wall_time\"", "\"page_faults\"", "page_faults is not measured in pairs"),
        ("an unknown metric", "\"wall_time\"", "\"wall_hours\"", "unknown variant `wall_hours`"),
        ("a time counted", "\"callgrind_instructions\"", "\"cpu_time\"", "a time is not a count"),
        ("nothing counted", "[100,100]", "[]", "baseline was never counted"),
        ("a foreign id", "00000000000000b1", "../../../../../b1", "its id is not 16"),
        ("a foreign key", "x86_64-made-up", "../x86_64/made", "its machine key holds more than"),
    ];
    let times = times.map(|(name, [least, median, cpu], reason)| {
        (name, timing, format!("\"wall_ns\":{least},\"wall_ns_median\":{median},\"cpu_ns\":{cpu}"), reason)
    });
    for (name, old, new, reason) in times.into_iter().chain(others.map(|(a, b, new, d)| (a, b, new.to_owned(), d))) {
        let folder = Folder::new();
        forge(&folder.paired, old, &new);
        let error = paired::read(&folder.paired).unwrap_err().to_string();
        assert!(error.starts_with(&folder.paired.display().to_string()), "{name}: {error}");
        assert!(error.contains(reason), "{name}: {error}");
    }
}

#[test]
fn what_cannot_be_judged_later_is_not_stored() {
    type Spoil = fn(&mut PairedRun);
    let spoil: [(&str, Spoil); 5] = [
        ("no number", |run| run.benchmarks[0].pairs[1].candidate.wall_ns = f64::NAN),
        ("endless", |run| run.benchmarks[0].pairs[1].candidate.wall_ns_median = f64::INFINITY),
        ("judged in what was not measured", |run| {
            run.benchmarks[0].metric = Metric::CpuTime;
            run.benchmarks[0].pairs[2].baseline.cpu_ns = None;
        }),
        ("twice", |run| run.benchmarks.push(run.benchmarks[0].clone())),
        ("another schema", |run| run.schema_version += 1),
    ];
    for (name, spoil) in spoil {
        let folder = tempfile::tempdir().unwrap();
        let mut run = paired_run();
        spoil(&mut run);
        assert!(matches!(paired::append(folder.path(), &run), Err(Error::NotStorable { .. })), "{name}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{name}");
    }
}

#[test]
fn a_run_is_no_paired_run_and_the_other_way_round() {
    let folder = Folder::new();
    assert!(matches!(paired::read(&folder.runs[0]), Err(Error::NotAGate { .. })));
    assert!(matches!(store::read(&folder.paired), Err(Problem::Foreign(_))));
}

/// What somebody might have put in the place of a value.
const SNIPPETS: [&str; 16] = [
    "",
    "0",
    "-0.0",
    "-1",
    "NaN",
    "1e999",
    "1e-999",
    "99999999999999999999999",
    "null",
    "true",
    "\"\u{1b}[31m\"",
    "{}",
    "[]",
    "[[[[[[[[[[",
    "\"../..\"",
    "\\ud800",
];

proptest! {
    /// The seal is made anew behind every change, so that the code behind it is met, too.
    #[test]
    fn any_change_of_a_stored_file_is_safe_to_read(
        is_paired in any::<bool>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), 0_usize..12, any::<prop::sample::Index>()), 1..4),
        raw in proptest::collection::vec(any::<u8>(), 0..8),
    ) {
        let json = if is_paired { serde_json::to_string(&paired_run()) } else { serde_json::to_string(&stored::run(0)) };
        let json = json.unwrap();
        let mut body = json.strip_suffix('}').unwrap().to_owned();
        for (at, length, snippet) in &changes {
            let start = at.index(body.len() + 1);
            let end = (start + length).min(body.len());
            body.replace_range(start..end, SNIPPETS[snippet.index(SNIPPETS.len())]);
            prop_assume!(body.is_ascii());
        }
        let text = sealed(&body);
        let bytes = [text.as_bytes(), &raw].concat();
        for bytes in [text.as_bytes(), &bytes] {
            if let Ok(run) = store::parse(bytes) {
                prop_assert!(run.measurements.iter().all(|measurement| measurement.estimate.low() > 0.0));
            }
            if let Ok(run) = paired::parse(bytes) {
                let pairs = run.benchmarks.iter().flat_map(|benchmark| &benchmark.pairs);
                prop_assert!(pairs.flat_map(|pair| [&pair.baseline, &pair.candidate]).all(|timing| timing.wall_ns > 0.0));
            }
        }
    }
}
