//! What `gate --from` and `selftest --from` refuse of stored evidence.

use std::fs;

use parcost::rooms::model::{MachineKey, Metric, PairedRun};

use super::file::file;
use super::stored::{Folder, edit, forge, paired_run, sealed};
use super::{Row, row};

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
    row("empty run", GATE_FROM, 4)
        .by(|f| {
            evidence(f, |run| {
                run.benchmarks.clear();
                run.counts.clear()
            })
        })
        .says(&["nothing was measured"]),
    row("no common benchmark", GATE_FROM, 4)
        .by(|f| {
            evidence(f, |run| {
                run.benchmarks.clear();
                run.counts.clear();
                run.removed = vec!["spawn/gone".to_owned()];
                run.added = vec!["spawn/new".to_owned()];
            })
        })
        .says(&["spawn/gone", "the candidate does not have it", "spawn/new"]),
    row("missing benchmark", GATE_FROM, 4)
        .by(|f| evidence(f, |run| run.removed = vec!["spawn/gone".to_owned()]))
        .says(&["1 missing", "spawn/gone: the candidate does not have it"]),
    row("needless allowance", &["gate", "--replay", "evidence.json", "--allow-missing", "spawn/gnoe"], 4)
        .by(|f| evidence(f, |run| run.removed = vec!["spawn/gone".to_owned()]))
        .says(&["--allow-missing spawn/gnoe has no effect: no benchmark has that name"]),
    row("NaN", GATE_FROM, 3)
        .by(|f| spoilt(f, "\"wall_ns\":1010.0", "\"wall_ns\":NaN"))
        .says(&["evidence.json", "it is not a stored gate"]),
    row("infinite", GATE_FROM, 3)
        .by(|f| spoilt(f, "\"wall_ns\":1010.0", "\"wall_ns\":1e999"))
        .says(&["evidence.json", "number out of range"]),
    row("zero", GATE_FROM, 3).by(|f| spoilt(f, "\"wall_ns\":1010.0", "\"wall_ns\":0.0")).says(&[
        "evidence.json",
        "spawn/thread/count=1: pair 1: candidate: wall_ns is 0, not above zero",
        "restore it",
    ]),
    row("negative", GATE_FROM, 3)
        .by(|f| spoilt(f, "\"wall_ns\":1010.0", "\"wall_ns\":-1.0"))
        .says(&["evidence.json", "pair 1: candidate: wall_ns is -1, not above zero"]),
    row("unit or direction changed", GATE_FROM, 3)
        .by(|f| evidence(f, |run| run.benchmarks[0].metric = Metric::PageFaults))
        .says(&["spawn/thread/count=1: page_faults is not measured in pairs"]),
    row("unit or direction changed", GATE_FROM, 3)
        .by(|f| spoilt(f, "\"wall_time\"", "\"wall_hours\""))
        .says(&["unknown variant `wall_hours`"]),
    row("count collapsed", GATE_FROM, 4)
        .by(|f| {
            evidence(f, |run| {
                run.benchmarks.clear();
                run.counts[0].baseline = vec![100_000; 2];
                run.counts[0].candidate = vec![5_000; 2];
            })
        })
        .says(&["spawn/thread/count=1", "count collapsed: it fell from 100000 to 5000"]),
    row("truncated file", GATE_FROM, 3)
        .by(|f| {
            evidence(f, |_| {});
            let path = f.top.path().join("evidence.json");
            let text = fs::read(&path).expect("just written");
            fs::write(&path, &text[..text.len() / 2]).expect("the folder is ours");
        })
        .says(&["evidence.json", "it ends early", "restore it"]),
    row("foreign file", GATE_FROM, 3).by(|f| file(f, "evidence.json", "{\"benchmarks\":[]}")).says(&[
        "evidence.json",
        "it is not a stored gate",
        "target/parcost/gate/results",
    ]),
    row("foreign file", GATE_FROM, 3)
        .by(|f| {
            fs::copy(&f.runs[0], f.top.path().join("evidence.json")).expect("the folder is ours");
        })
        .says(&["evidence.json", "it is not a stored gate", "target/parcost/gate/results"]),
    row("future schema", GATE_FROM, 3).by(|f| spoilt(f, "\"schema_version\":1", "\"schema_version\":9")).says(&[
        "evidence.json",
        "schema version 9",
        "use a newer parcost",
    ]),
    row("edited file", GATE_FROM, 3)
        .by(|f| {
            evidence(f, |_| {});
            edit(&f.top.path().join("evidence.json"), "1010.0", "1000.0");
        })
        .says(&["evidence.json", "it was edited since it was written", "restore it"]),
    row("too few rounds", GATE_FROM, 4)
        .by(|f| evidence(f, |run| run.counts.clear()))
        .says(&["1 inconclusive", "measuring ended; a larger --budget decides"]),
    row("clock backwards", GATE_FROM, 3)
        .by(|f| evidence(f, |run| run.conditions_after.time = "2026-03-01T11:00:00Z".to_owned()))
        .says(&["evidence.json", "the clock went backwards: it ended at 2026-03-01T11:00:00Z"]),
    row("calibrator out of range", GATE_FROM, 4)
        .by(|f| {
            evidence(f, |run| {
                run.counts.clear();
                let pairs = &mut run.benchmarks[0].pairs;
                *pairs = pairs.iter().cycle().take(16).cloned().collect();
                for timing in pairs[8..].iter_mut().flat_map(|pair| [&mut pair.baseline, &mut pair.candidate]) {
                    timing.wall_ns *= 3.0;
                    timing.wall_ns_median *= 3.0;
                }
            })
        })
        .says(&["spawn/thread/count=1", "the baseline, one program, took 3.00 times", "a quieter machine"]),
    row("duplicated ids", GATE_FROM, 3)
        .by(|f| evidence(f, |run| run.benchmarks.push(run.benchmarks[0].clone())))
        .says(&["benchmark spawn/spawn/thread/count=1: it is there twice"]),
    row("contradiction", GATE_FROM, 3)
        .by(|f| evidence(f, |run| run.identical = true))
        .says(&["evidence.json", "both sides are identical, and holds results"]),
    row("contradiction", GATE_FROM, 3).by(|f| evidence(f, |run| run.candidate.id = run.baseline.id.clone())).says(&[
        "evidence.json",
        "both sides are commit 0123",
        "not an A/A test",
    ]),
    row("filter that matches nothing", &["gate", "--replay", "evidence.json", "--filter", "nothing"], 2)
        .by(|f| evidence(f, |_| {}))
        .says(&["--filter"]),
    row("empty run", SELFTEST, 4)
        .by(|f| {
            evidence(f, |run| {
                run.same_code = true;
                run.benchmarks.clear()
            })
        })
        .says(&[]),
    row("foreign file", SELFTEST, 3).by(|f| evidence(f, |_| {})).says(&["compares two revisions", "parcost gate --aa"]),
    row("truncated file", SELFTEST, 3)
        .by(|f| file(f, "evidence.json", "{\"schema_version\":1,"))
        .says(&["evidence.json", "it ends early"]),
    row("zero", SELFTEST, 3).by(|f| spoilt(f, "\"wall_ns\":1010.0", "\"wall_ns\":0.0")).says(&["not above zero"]),
    row("duplicated ids", &["selftest", "--replay", "evidence.json", "evidence.json"], 3)
        .by(|f| evidence(f, |run| run.same_code = true))
        .says(&["run 00000000000000b1 is given twice"]),
    row("other machine class", &["selftest", "--replay", "evidence.json", "other.json"], 3)
        .by(|f| {
            evidence(f, |run| {
                run.same_code = true;
                run.id = "00000000000000b2".to_owned();
                run.machine.key = MachineKey::new("x86_64-other-2c-00000000").expect("a plain slug");
            });
            fs::rename(f.top.path().join("evidence.json"), f.top.path().join("other.json"))
                .expect("the folder is ours");
            evidence(f, |run| run.same_code = true);
        })
        .says(&["run 00000000000000b2 is of machine x86_64-other-2c-00000000", "judge each machine by itself"]),
    row("empty run", &["selftest", "--repeat", "0"], 2).says(&["--repeat"]),
];
