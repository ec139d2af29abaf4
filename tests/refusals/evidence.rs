//! What `gate --from` and `selftest --from` refuse of stored evidence.

use std::fs;

use parcost::rooms::model::{MachineKey, Metric, PairedRun};

use super::Row;
use super::file::file;
use super::stored::{Folder, edit, forge, paired_run, sealed};

const GATE_FROM: &[&str] = &["gate", "--replay", "evidence.json"];
const SELFTEST: &[&str] = &["selftest", "--replay", "evidence.json"];

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

pub(crate) const ROWS: &[Row] = &[
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
        &["nothing was measured"],
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
        &["1 missing", "spawn/gone: the candidate does not have it"],
    ),
    (
        "needless allowance",
        &["gate", "--replay", "evidence.json", "--allow-missing", "spawn/gnoe"],
        |f| evidence(f, |run| run.removed = vec!["spawn/gone".to_owned()]),
        4,
        &["--allow-missing spawn/gnoe has no effect: no benchmark has that name"],
    ),
    (
        "NaN",
        GATE_FROM,
        |f| spoilt(f, "\"wall_ns\":1010.0", "\"wall_ns\":NaN"),
        3,
        &["evidence.json", "it is not a stored gate"],
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
        &["spawn/thread/count=1", "count collapsed: it fell from 100000 to 5000"],
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
        &["evidence.json", "it is not a stored gate", "target/parcost/gate/results"],
    ),
    (
        "foreign file",
        GATE_FROM,
        |f| {
            fs::copy(&f.runs[0], f.top.path().join("evidence.json")).expect("the folder is ours");
        },
        3,
        &["evidence.json", "it is not a stored gate", "target/parcost/gate/results"],
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
        &["1 inconclusive", "measuring ended; a larger --budget decides"],
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
        &["spawn/thread/count=1", "the baseline, one program, took 3.00 times", "a quieter machine"],
    ),
    (
        "duplicated ids",
        GATE_FROM,
        |f| evidence(f, |run| run.benchmarks.push(run.benchmarks[0].clone())),
        3,
        &["benchmark spawn/spawn/thread/count=1: it is there twice"],
    ),
    (
        "contradiction",
        GATE_FROM,
        |f| evidence(f, |run| run.identical = true),
        3,
        &["evidence.json", "both sides are identical, and holds results"],
    ),
    (
        "contradiction",
        GATE_FROM,
        |f| evidence(f, |run| run.candidate.id = run.baseline.id.clone()),
        3,
        &["evidence.json", "both sides are commit 0123", "not an A/A test"],
    ),
    (
        "filter that matches nothing",
        &["gate", "--replay", "evidence.json", "--filter", "nothing"],
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
    ("foreign file", SELFTEST, |f| evidence(f, |_| {}), 3, &["compares two revisions", "parcost gate --aa"]),
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
        &["selftest", "--replay", "evidence.json", "evidence.json"],
        |f| evidence(f, |run| run.same_code = true),
        3,
        &["run 00000000000000b1 is given twice"],
    ),
    (
        "other machine class",
        &["selftest", "--replay", "evidence.json", "other.json"],
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
        &["run 00000000000000b2 is of machine x86_64-other-2c-00000000", "judge each machine by itself"],
    ),
    ("empty run", &["selftest", "--repeat", "0"], |_| {}, 2, &["--repeat"]),
];
