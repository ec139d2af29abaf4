use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::judge::{Policy, Rule, Unjudged, rules};
use crate::model::{
    Commit, Excerpt, Fact, Failure, MachineExcerpt, MachineKey, MeasurementExcerpt, Metric, Quality, RoundsExcerpt,
    Toolchain,
};

const COMMITS: usize = 80;
pub(crate) const NO_GIT: Known = Err("no git");

pub(crate) fn id(commit: usize) -> String {
    format!("{:012x}{commit:028x}", commit + 0xabc0)
}

/// A run of commit number `commit` in which nothing was measured.
fn run(commit: usize) -> Excerpt {
    let day = |hour: usize| format!("2026-01-{:02}T{:02}:00:00Z", 1 + commit / 20, hour);
    Excerpt {
        follows: None,
        seal: None,
        schema_version: 1,
        id: format!("{commit:016x}"),
        started: day(commit % 20 + 1),
        profile: "full".to_owned(),
        commit: Commit {
            id: Some(id(commit)),
            branch: Some("main".to_owned()),
            time: Some(day(commit % 20)),
            order: Some(commit as u64 + 1),
            dirty: false,
            lock_hash: Some("a".repeat(64)),
            binaries_hash: Some(format!("{commit:064x}")),
        },
        machine: MachineExcerpt {
            key: MachineKey::new("made-up").unwrap(),
            hardware: BTreeMap::new(),
            software: BTreeMap::new(),
        },
        toolchain: Toolchain { facts: facts(&[("rustc", "1.90"), ("valgrind", "3.19")]) },
        measurements: Vec::new(),
        failures: Vec::new(),
    }
}

pub(crate) fn facts(facts: &[(&str, &str)]) -> BTreeMap<String, Fact> {
    facts.iter().map(|(name, value)| ((*name).to_owned(), Fact::Value((*value).to_owned()))).collect()
}

/// One measurement in three rounds, beside a calibrator where there is one.
fn measured(benchmark: &str, metric: Metric, value: f64, syscall_ns: Option<f64>) -> MeasurementExcerpt {
    let calibrators = syscall_ns.map(|ns| ("syscall".to_owned(), vec![ns; 3])).into_iter().collect();
    MeasurementExcerpt {
        topic: benchmark.split('/').next().unwrap_or_default().to_owned(),
        benchmark: benchmark.parse().unwrap(),
        metric,
        rounds: RoundsExcerpt { minima: [1.0, 1.5, 1.0].map(|factor| value * factor).into(), calibrators },
        floor: None,
        quality: Quality::Good,
    }
}

/// A small ripple that differs from series to series.
fn rippled(commit: usize, series: usize) -> f64 {
    1.0 + 0.001 * ((commit * (7 + 2 * series)) % 5) as f64
}

/// Wall times of `levels.len()` benchmarks of one topic over the commits, each told by its level at a commit.
pub(crate) fn runs(levels: &[&dyn Fn(usize) -> f64], syscall: Option<&dyn Fn(usize) -> f64>) -> Vec<Excerpt> {
    let made = |commit: usize| {
        let mut run = run(commit);
        let ns = syscall.map(|level| level(commit) * rippled(commit, 9));
        let value = |(number, level): (usize, &&dyn Fn(usize) -> f64)| {
            let value = level(commit) * rippled(commit, number);
            measured(&format!("spawn/way{number}"), Metric::WallTime, value, ns)
        };
        run.measurements = levels.iter().enumerate().map(value).collect();
        run
    };
    (0..COMMITS).map(made).collect()
}

fn counted(run: &mut Excerpt, value: f64) {
    run.measurements.push(measured("spawn/way0", Metric::CallgrindInstructions, value, None));
    run.measurements.iter_mut().for_each(|measurement| measurement.rounds.minima.truncate(1));
}

pub(crate) fn ledger(runs: impl IntoIterator<Item = Excerpt>) -> Ledger {
    let mut ledger = Ledger::default();
    for (place, run) in runs.into_iter().enumerate() {
        ledger.enter(&format!("{place}.json"), run);
    }
    ledger
}

fn judged(runs: Vec<Excerpt>, rules: &[Rule]) -> Judged {
    let history = history(&ledger(runs), NO_GIT, &Selection::default());
    judge(&history, &Policy::default(), rules)
}

pub(crate) fn step(at: usize, factor: f64) -> impl Fn(usize) -> f64 {
    move |commit| if commit < at { 1_000.0 } else { 1_000.0 * factor }
}

pub(crate) fn flat(_: usize) -> f64 {
    1_000.0
}

/// Kind, commit and number of members of each finding.
fn told(judged: &Judged) -> Vec<(FindingKind, usize, usize)> {
    judged.findings.iter().map(|finding| (finding.kind, finding.at, finding.members.len())).collect()
}

#[test]
fn what_moves_together_is_one_finding_with_the_worst_first() {
    let (small, large, late, down) = (step(40, 1.05), step(40, 1.2), step(41, 1.1), step(40, 0.9));
    let judged = judged(runs(&[&small, &large, &flat, &late, &down, &flat, &flat, &flat, &flat], Some(&flat)), &[]);
    assert_eq!(told(&judged), [(FindingKind::Regression, 40, 3), (FindingKind::Improvement, 40, 1)]);
    let finding = &judged.findings[0];
    assert!(finding.worse && finding.before == 39, "{finding:?}");
    assert!((finding.effect - ((1.05_f64 * 1.2 * 1.1).powf(1.0 / 3.0) - 1.0)).abs() < 0.005, "{}", finding.effect);
    assert_eq!(finding.members.iter().map(|member| member.at).collect::<Vec<_>>(), [40, 41, 40]);
    let values = 9.0 * COMMITS as f64;
    assert!((judged.false_alarms_expected - values / 2_000.0).abs() < 1e-12);
}

#[test]
fn what_other_peoples_programs_do_is_told_and_no_regression() {
    let up = step(40, 1.5);
    let slide = |commit: usize| 1_000.0 * (1.0 + 0.01 * commit.saturating_sub(20) as f64);
    let mut runs = runs(&[&up, &up, &slide, &flat], Some(&flat));
    for measurement in
        runs.iter_mut().flat_map(|run| &mut run.measurements).filter(|it| it.benchmark.function != "way0")
    {
        measurement.topic = "python".to_owned();
    }
    let judged = judged(runs, &[]);
    assert_eq!(told(&judged), [(FindingKind::Regression, 40, 1), (FindingKind::Foreign, 40, 1)]);
    assert!(judged.findings[1].worse, "it is told which way it went");
    assert_eq!(judged.slides.iter().map(|slide| slide.kind).collect::<Vec<_>>(), [FindingKind::Foreign]);
    assert!((judged.false_alarms_expected - COMMITS as f64 / 2_000.0).abs() < 1e-12);
}

#[test]
fn a_finding_says_what_a_gate_would_measure() {
    let (small, large) = (step(40, 1.05), step(40, 1.2));
    let history = history(&ledger(runs(&[&small, &large, &flat], Some(&flat))), NO_GIT, &Selection::default());
    let confirmations = confirmations(&history, &judge(&history, &Policy::default(), &[]));
    let expected = Confirmation {
        kind: FindingKind::Regression,
        before: id(39),
        at: id(40),
        benchmarks: ["spawn/way1", "spawn/way0"].map(|name| name.parse().unwrap()).into(),
    };
    assert_eq!(confirmations, [expected]);
}

#[test]
fn the_machine_is_told_by_its_calibrators() {
    let (up, further, far) = (step(40, 1.1), step(41, 1.25), step(40, 2.0));
    let calibrator = step(41, 1.1);
    let judged = judged(runs(&[&up, &further, &far, &flat], Some(&calibrator)), &[]);
    assert_eq!(told(&judged), [(FindingKind::Regression, 40, 1), (FindingKind::Machine, 40, 2)]);
    assert!(matches!(&judged.findings[1].suspect, Some(Suspect::Calibrators(moved)) if moved.len() == 1));
    assert!((judged.findings[0].effect - 1.0).abs() < 0.01, "what doubles is not the calibrator's tenth");
}

#[test]
fn most_series_are_the_machine_only_where_no_calibrator_can_tell() {
    let up = step(40, 1.1);
    let most: [&dyn Fn(usize) -> f64; 8] = [&up, &up, &up, &up, &up, &flat, &flat, &flat];
    assert_eq!(told(&judged(runs(&most, None), &[])), [(FindingKind::Machine, 40, 5)]);
    assert_eq!(told(&judged(runs(&most, Some(&flat)), &[])), [(FindingKind::Regression, 40, 5)]);
    let few: [&dyn Fn(usize) -> f64; 8] = [&up, &up, &up, &flat, &flat, &flat, &flat, &flat];
    assert_eq!(told(&judged(runs(&few, None), &[])), [(FindingKind::Regression, 40, 3)]);
    assert_eq!(told(&judged(runs(&most[..5], None), &[])), [(FindingKind::Regression, 40, 5)], "too few to say");
}

#[test]
fn the_same_code_never_regressed() {
    let up = step(40, 1.1);
    let with_hashes = |hash: &dyn Fn(usize) -> Option<String>| {
        let mut runs = runs(&[&up, &flat], Some(&flat));
        runs.iter_mut().enumerate().for_each(|(commit, run)| run.commit.binaries_hash = hash(commit));
        told(&judged(runs, &[]))
    };
    let all = |_: usize| Some("b".repeat(64));
    let around = |commit: usize| Some(format!("{:064x}", if commit == 40 { 39 } else { commit }));
    let elsewhere = |commit: usize| Some(format!("{:064x}", if commit == 41 { 40 } else { commit }));
    assert_eq!(with_hashes(&all), [(FindingKind::Machine, 40, 1)]);
    assert_eq!(with_hashes(&around), [(FindingKind::Machine, 40, 1)]);
    assert_eq!(with_hashes(&elsewhere), [(FindingKind::Regression, 40, 1)]);
    assert_eq!(with_hashes(&|_| None), [(FindingKind::Regression, 40, 1)]);
}

#[test]
fn what_else_changed_there_is_named() {
    let up = step(40, 1.1);
    let mut runs = runs(&[&up], Some(&flat));
    for run in &mut runs[40..] {
        run.toolchain.facts = facts(&[("rustc", "1.91"), ("valgrind", "3.19")]);
        run.machine.software = facts(&[("kernel_release", "6.2")]);
        run.commit.lock_hash = Some("c".repeat(64));
    }
    let names: Vec<String> = judged(runs, &[]).findings[0].changed.iter().map(|change| change.name.clone()).collect();
    assert_eq!(names, ["kernel_release", "rustc", "Cargo.lock", "measured binaries"]);
}

/// Three groups, each with its floor, which is the first, third and fifth of the levels.
fn with_floors(levels: [&dyn Fn(usize) -> f64; 6], syscall: Option<&dyn Fn(usize) -> f64>) -> Vec<Excerpt> {
    let mut runs = runs(&levels, syscall);
    for measurements in runs.iter_mut().map(|run| &mut run.measurements) {
        for group in 0..3 {
            measurements[2 * group + 1].floor = Some(measurements[2 * group].benchmark.clone());
        }
    }
    runs
}

#[test]
fn floors_that_move_together_are_the_machine_and_a_workload_alone_is_the_code() {
    let (slow, own) = (step(40, 1.2), step(40, 1.15));
    let all: [&dyn Fn(usize) -> f64; 6] = [&slow, &slow, &slow, &slow, &slow, &slow];
    let one: [&dyn Fn(usize) -> f64; 6] = [&flat, &own, &flat, &flat, &flat, &flat];
    let one_floor: [&dyn Fn(usize) -> f64; 6] = [&own, &own, &flat, &flat, &flat, &flat];
    let other_kernel = |mut runs: Vec<Excerpt>| {
        for run in &mut runs[40..] {
            run.machine.software = facts(&[("kernel_release", "6.2")]);
        }
        runs
    };
    let (machine, code) = (FindingKind::Machine, FindingKind::Regression);
    let cases = [
        ("another kernel", other_kernel(with_floors(all, Some(&flat))), machine, 6),
        ("no calibrator can tell", with_floors(all, None), machine, 6),
        ("all, on the same system, and calibrators stay", with_floors(all, Some(&flat)), code, 6),
        ("one workload", with_floors(one, Some(&flat)), code, 1),
        ("one workload, while the kernel changes", other_kernel(with_floors(one, Some(&flat))), code, 1),
        ("one group with its floor", other_kernel(with_floors(one_floor, None)), code, 2),
    ];
    for (name, runs, kind, members) in cases {
        assert_eq!(told(&judged(runs, &[])), [(kind, 40, members)], "{name}");
    }
    let verdict = judged(other_kernel(with_floors(all, Some(&flat))), &[]);
    assert!(matches!(&verdict.findings[0].suspect, Some(Suspect::Floors(moved)) if moved.len() == 3));
    // The same binaries on both sides are never the code, whatever moved.
    let mut same = with_floors(one, Some(&flat));
    same.iter_mut().for_each(|run| run.commit.binaries_hash = Some("b".repeat(64)));
    assert_eq!(told(&judged(same, &[])), [(machine, 40, 1)]);
}

#[test]
fn a_slide_is_told_with_its_range_and_not_as_findings() {
    let slide = |commit: usize| 1_000.0 * (1.0 + 0.005 * commit.saturating_sub(40) as f64);
    let verdict = judged(runs(&[&slide, &slide, &flat], Some(&flat)), &[]);
    assert_eq!(told(&verdict), []);
    assert_eq!(verdict.slides.len(), 1);
    let found = &verdict.slides[0];
    assert!(found.kind == FindingKind::Regression && found.members.len() == 2, "{found:?}");
    assert!(found.from.abs_diff(40) <= 4 && found.to == COMMITS - 1, "{found:?}");
    assert!((found.effect - 0.195).abs() < 0.04, "{found:?}");
    let with_calibrator = judged(runs(&[&slide], Some(&slide)), &[]);
    assert_eq!(with_calibrator.slides[0].kind, FindingKind::Machine);
}

#[test]
fn counts_step_at_one_commit_and_are_not_held_against_others() {
    let counts = |valgrind_at: usize| {
        (0..8).map(move |commit| {
            let mut run = run(commit);
            counted(&mut run, if commit < 4 { 100_000.0 } else { 101_000.0 });
            if commit >= valgrind_at {
                run.toolchain.facts = facts(&[("rustc", "1.90"), ("valgrind", "3.20")]);
            }
            run
        })
    };
    let verdict = judged(counts(8).collect(), &[]);
    assert_eq!(told(&verdict), [(FindingKind::Regression, 4, 1)]);
    assert_eq!(verdict.findings[0].members[0].seen, 5, "two equal values confirm");
    let parted = judged(counts(4).collect(), &[]);
    assert_eq!(told(&parted), []);
    assert_eq!((parted.partings.len(), parted.partings[0].commit), (1, 4));
    let machine = judged(
        counts(8)
            .map(|mut run| {
                run.commit.binaries_hash = None;
                run
            })
            .collect(),
        &[],
    );
    assert_eq!(told(&machine), [(FindingKind::Regression, 4, 1)]);
}

#[test]
fn a_rule_accepts_up_to_its_limit() {
    let (small, large) = (step(40, 1.1), step(40, 1.3));
    let rule = |line: &str, commit: usize| {
        let commit = &id(commit)[..12];
        rules(&format!("[[accepted]]\nbenchmark = \"spawn/*\"\ncommit = \"{commit}\"\nreason = \"r\"\n{line}\n"))
            .unwrap()
    };
    let (regression, accepted) = (FindingKind::Regression, FindingKind::Accepted);
    let cases = [
        ("factor", rule("factor = 1.12", 40), vec![(regression, 40, 1), (accepted, 40, 1)]),
        ("near enough", rule("factor = 1.12", 42), vec![(regression, 40, 1), (accepted, 40, 1)]),
        ("all of it", rule("factor = 1.3", 40), vec![(accepted, 40, 2)]),
        ("level", rule("metric = \"wall_time\"\nlevel = \"1.1 µs\"", 40), vec![(regression, 40, 1), (accepted, 40, 1)]),
        ("another commit", rule("factor = 1.5", 44), vec![(regression, 40, 2)]),
        ("another metric", rule("metric = \"cpu_time\"\nfactor = 1.5", 40), vec![(regression, 40, 2)]),
    ];
    for (name, rules, expected) in cases {
        assert_eq!(told(&judged(runs(&[&small, &large, &flat], Some(&flat)), &rules)), expected, "{name}");
    }
    let slide = |commit: usize| 1_000.0 * (1.0 + 0.005 * commit.saturating_sub(40) as f64);
    let verdict = judged(runs(&[&slide, &flat], Some(&flat)), &rule("factor = 1.2", 60));
    assert_eq!(verdict.slides[0].kind, accepted);
}

#[test]
fn what_takes_no_part_is_counted_with_its_reason() {
    type Change = fn(&mut Excerpt);
    let cases: [(Change, LeftOut); 13] = [
        (|run| run.commit.id = None, LeftOut::NoCommit),
        (|run| run.commit.dirty = true, LeftOut::Dirty),
        (|run| run.profile = "quick".to_owned(), LeftOut::Quick),
        (|run| run.profile = "quick, topics cpu".to_owned(), LeftOut::Quick),
        (|run| run.profile = "filtered: spawn".to_owned(), LeftOut::Partial),
        (|run| run.profile = "full, topics spawn".to_owned(), LeftOut::Partial),
        (|run| run.commit.branch = None, LeftOut::OtherBranch),
        (|run| run.commit.time = Some("2025-12-31T00:00:00Z".to_owned()), LeftOut::TooOld),
        (|run| run.started = "2025-01-01T00:00:00Z".to_owned(), LeftOut::ClockNoted),
        (|run| run.id = format!("{:016x}", 2), LeftOut::Contradicting),
        (|run| run.measurements[0].quality = Quality::Inconclusive("noise".to_owned()), LeftOut::Inconclusive),
        (|run| run.measurements[0].rounds.minima.truncate(2), LeftOut::TooFewRounds),
        (|run| run.measurements.push(run.measurements[0].clone()), LeftOut::Twice),
    ];
    let selection = Selection { branch: Some("main".to_owned()), since: Some(1_767_225_600), ..Selection::default() };
    let base = runs(&[&flat, &flat], None);
    for (number, (change, reason)) in cases.into_iter().enumerate() {
        let mut runs = base.clone();
        change(&mut runs[5]);
        let history = history(&ledger(runs), NO_GIT, &selection);
        let count = if reason == LeftOut::Contradicting { 2 } else { 1 };
        assert_eq!(history.left_out.keys().collect::<Vec<_>>(), [&reason], "case {number}");
        assert_eq!(history.left_out[&reason].count, count, "case {number}");
        let kept = if reason.of_values() || reason == LeftOut::ClockNoted { COMMITS } else { COMMITS - count };
        assert_eq!(history.commits.measured.len(), kept, "case {number}");
    }
    let mut runs = base.clone();
    runs[5].failures.push(Failure { topic: "spawn".into(), benchmark: "spawn/way7".into(), reason: "r".into() });
    runs.push(runs[7].clone());
    let history = history(&ledger(runs), NO_GIT, &selection);
    assert_eq!((history.left_out[&LeftOut::Failed].count, history.left_out[&LeftOut::Copy].count), (1, 1));
    assert_eq!(history.runs, COMMITS);
}

#[test]
fn what_is_left_out_is_taken_when_asked_for() {
    let mut runs = runs(&[&flat], None);
    runs[5].commit.dirty = true;
    runs[6].profile = "quick, topics cpu".to_owned();
    runs[7].profile = "filtered: spawn".to_owned();
    let all = Selection { dirty: true, quick: true, partial: true, ..Selection::default() };
    assert_eq!(history(&ledger(runs), NO_GIT, &all).commits.measured.len(), COMMITS);
}

#[test]
fn git_says_which_commits_and_in_which_order() {
    let line: Vec<String> = (0..COMMITS).rev().filter(|commit| *commit != 3).map(id).collect();
    let history = history(&ledger(runs(&[&flat], None)), Ok(&line), &Selection::default());
    assert_eq!(history.ordered_by, OrderedBy::Git);
    assert!(history.commits.measured.iter().map(|commit| &commit.id).eq(&line));
    assert_eq!(history.left_out[&LeftOut::OffLine].subjects.iter().collect::<Vec<_>>(), ["3.json"]);
}

#[test]
fn without_topology_a_wrong_clock_gives_no_place() {
    let mut runs = runs(&[&flat], None);
    runs.iter_mut().for_each(|run| run.commit.order = None);
    runs[5].started = "2025-01-01T00:00:00Z".to_owned();
    runs[6].commit.time = None;
    let history = history(&ledger(runs), NO_GIT, &Selection::default());
    assert!(matches!(history.ordered_by, OrderedBy::Time(_)));
    assert_eq!(history.left_out.keys().collect::<Vec<_>>(), [&LeftOut::NoTime, &LeftOut::Clock]);
}

#[test]
fn a_moment_with_a_calibrator_out_of_range_is_left_out_and_a_lasting_change_is_not() {
    let moment = |commit: usize| if commit == 30 { 2_500.0 } else { 1_000.0 };
    let lasting = |commit: usize| if commit >= 30 { 2_500.0 } else { 1_000.0 };
    let levels: [&dyn Fn(usize) -> f64; 3] = [&moment, &lasting, &flat];
    let expected = [("a moment", true), ("a lasting change", false), ("nothing", false)];
    for (syscall, (name, is_left_out)) in levels.into_iter().zip(expected) {
        let all = runs(&[&flat], Some(syscall));
        let commits = all.len();
        let history = history(&ledger(all), NO_GIT, &Selection::default());
        let left: Vec<usize> = history.series.iter().map(|series| commits - series.observed.len()).collect();
        assert_eq!(left, [usize::from(is_left_out); 2], "{name}");
        let told = history.left_out.get(&LeftOut::Pace);
        assert_eq!(told.is_some_and(|told| told.subjects.contains("spawn/way0 wall_time")), is_left_out, "{name}");
    }
}

#[test]
fn runs_of_one_commit_are_one_witness() {
    let mut all = runs(&[&flat], None);
    for (number, factor) in [(1, 4.0), (2, 1.0)] {
        let mut again = runs(&[&flat], None).remove(0);
        again.id = format!("{:016x}", 0xff00 + number);
        again.measurements[0].rounds.minima.iter_mut().for_each(|min| *min *= factor);
        all.push(again);
    }
    let history = history(&ledger(all), NO_GIT, &Selection::default());
    assert_eq!((history.runs, history.commits.measured.len()), (COMMITS + 2, COMMITS));
    assert_eq!(history.commits.measured[0].runs, 3);
    assert_eq!(history.series[0].observed[0].value, 1_000.0, "the one in the middle of three");
}

#[test]
fn what_cannot_be_judged_says_why() {
    let zero = |commit: usize| if commit == 30 { 0.0 } else { 1_000.0 };
    let verdict = judged(runs(&[&zero], None), &[]);
    assert_eq!(verdict.trends[0], Err(Unjudged::NotPositive { place: 30, value: 0.0 }));
    let verdict = judged(runs(&[&flat], None).into_iter().take(19).collect(), &[]);
    assert_eq!(verdict.trends[0], Err(Unjudged::TooFew { found: 19, needed: 20 }));
    assert_eq!(verdict.false_alarms_expected, 0.0);
}

#[test]
fn the_order_of_the_files_makes_no_difference() {
    let (up, down) = (step(40, 1.1), step(50, 0.8));
    let mut all = runs(&[&up, &down, &flat], Some(&flat));
    all.push(all[3].clone());
    let named = all.iter().enumerate().map(|(place, run)| (format!("{place}.json"), run.clone()));
    let named: Vec<(String, Excerpt)> = named.collect();
    let verdict = |ledger: &Ledger| {
        let history = history(ledger, NO_GIT, &Selection::default());
        format!("{history:?} {:?}", judge(&history, &Policy::default(), &[]))
    };
    let forwards = verdict(&ledger(all));
    let enter = |names: &mut dyn Iterator<Item = &(String, Excerpt)>| {
        let mut ledger = Ledger::default();
        names.for_each(|(name, run)| ledger.enter(name, run.clone()));
        ledger
    };
    assert_eq!(verdict(&enter(&mut named.iter().rev())), forwards);
    let mut parts = enter(&mut named.iter().skip(1).step_by(2));
    parts.merge(enter(&mut named.iter().step_by(2)));
    assert_eq!(verdict(&parts), forwards);
}

proptest! {
    #[test]
    fn any_values_are_judged_or_refused(values in prop::collection::vec(prop::num::f64::ANY, 0..40)) {
        let made = values.iter().enumerate().map(|(commit, &value)| {
            let mut run = run(commit);
            run.measurements.push(measured("spawn/way0", Metric::WallTime, value, Some(value)));
            run.measurements.push(measured("spawn/way0", Metric::CallgrindInstructions, value, None));
            run
        });
        let _ = judged(made.collect(), &[]);
    }
}
