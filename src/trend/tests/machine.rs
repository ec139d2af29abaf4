//! The machine, told from the code by what moved along, and what else was otherwise.

use super::*;
use crate::model::Conditions;
use crate::verdict::environment::EnvironmentKind;

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
    let mut counted = runs(&most, None);
    for (commit, run) in counted.iter_mut().enumerate() {
        let count = if commit < 40 { 1e6 } else { 1.2e6 };
        run.measurements.push(measured("callgrind/way", Metric::CallgrindInstructions, count, None));
    }
    let both = [(FindingKind::Regression, 40, 1), (FindingKind::Machine, 40, 5)];
    assert_eq!(told(&judged(counted, &[])), both, "instructions are the same on any machine");
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
    // Another code a commit later is to blame for what surely moved there.
    let later = step(41, 1.1);
    let mut runs = runs(&[&up, &later], Some(&flat));
    for (commit, run) in runs.iter_mut().enumerate() {
        run.commit.binaries_hash = Some(format!("{:064x}", if commit < 41 { 0 } else { commit }));
    }
    assert_eq!(told(&judged(runs, &[])), [(FindingKind::Regression, 41, 1), (FindingKind::Machine, 40, 1)]);
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

/// The same on another kernel from a commit on.
fn with_other_kernel(mut runs: Vec<Excerpt>, from: usize) -> Vec<Excerpt> {
    for run in &mut runs[from..] {
        run.machine.software = facts(&[("kernel_release", "6.2")]);
    }
    runs
}

/// The same beside another interpreter from a commit on.
fn with_other_python(mut runs: Vec<Excerpt>, from: usize) -> Vec<Excerpt> {
    for run in &mut runs[from..] {
        run.toolchain.facts.extend(facts(&[("python_31107_gil_1", "CPython 3.11.7")]));
    }
    runs
}

#[test]
fn floors_that_move_together_are_the_machine_and_a_workload_alone_is_the_code() {
    let (slow, own) = (step(40, 1.2), step(40, 1.15));
    let all: [&dyn Fn(usize) -> f64; 6] = [&slow, &slow, &slow, &slow, &slow, &slow];
    let one: [&dyn Fn(usize) -> f64; 6] = [&flat, &own, &flat, &flat, &flat, &flat];
    let one_floor: [&dyn Fn(usize) -> f64; 6] = [&own, &own, &flat, &flat, &flat, &flat];
    let (other_kernel, other_python) = (|runs| with_other_kernel(runs, 40), |runs| with_other_python(runs, 40));
    let (machine, code) = (FindingKind::Machine, FindingKind::Regression);
    let cases = [
        ("another interpreter", other_python(with_floors(all, Some(&flat))), code, 6),
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
fn conditions_that_were_otherwise_around_a_change_are_named() {
    let up = step(40, 1.1);
    let changed = |load: &dyn Fn(usize) -> &'static str| {
        let mut runs = runs(&[&up], Some(&flat));
        for (commit, run) in runs.iter_mut().enumerate() {
            let conditions = |load| Some(Conditions { time: String::new(), facts: facts(&[("load_1m", load)]) });
            run.machine.hardware = facts(&[("cpus_online", "2")]);
            (run.conditions_before, run.conditions_after) = (conditions(load(commit)), conditions("2.0"));
        }
        let changed = judged(runs, &[]).findings.remove(0).changed;
        let conditions = changed.into_iter().filter(|changed| changed.kind == EnvironmentKind::Conditions);
        conditions.map(|it| format!("{}: {} → {}", it.name, it.baseline, it.candidate)).collect::<Vec<_>>()
    };
    let since = |commit| if commit < 40 { "0.1" } else { "1.5" };
    assert_eq!(changed(&since), ["load for each CPU, before: 0.05 → 0.75"]);
    let ended = |commit| if commit == 41 { "1.5" } else { "0.1" };
    assert_eq!(changed(&ended), ["load for each CPU, before: 0.05 → 0.05 to 0.75"]);
    let long_ago = |commit| if commit < 30 { "1.5" } else { "0.1" };
    assert_eq!(changed(&long_ago), [""; 0]);
}

#[test]
fn floors_that_slide_together_are_the_machine_and_a_workload_alone_is_the_code() {
    let slide = |commit: usize| 1_000.0 * (1.0 + 0.005 * commit.saturating_sub(40) as f64);
    let all: [&dyn Fn(usize) -> f64; 6] = [&slide; 6];
    let one: [&dyn Fn(usize) -> f64; 6] = [&flat, &slide, &flat, &flat, &flat, &flat];
    let one_group: [&dyn Fn(usize) -> f64; 6] = [&slide, &slide, &flat, &flat, &flat, &flat];
    let (other_kernel, other_python) = (|runs| with_other_kernel(runs, 60), |runs| with_other_python(runs, 60));
    let (machine, code) = (FindingKind::Machine, FindingKind::Regression);
    let cases = [
        ("another interpreter", other_python(with_floors(all, Some(&flat))), code, 6),
        ("another kernel", other_kernel(with_floors(all, Some(&flat))), machine, 6),
        ("no calibrator can tell", with_floors(all, None), machine, 6),
        ("all, on the same system, and calibrators stay", with_floors(all, Some(&flat)), code, 6),
        ("one workload", with_floors(one, None), code, 1),
        ("one group with its floor", with_floors(one_group, None), code, 2),
    ];
    for (name, runs, kind, members) in cases {
        let slides = judged(runs, &[]).slides;
        let told: Vec<_> = slides.iter().map(|slide| (slide.kind, slide.members.len())).collect();
        assert_eq!(told, [(kind, members)], "{name}");
        let by_floors = matches!(&slides[0].suspect, Some(Suspect::Floors(moved)) if moved.len() == 3);
        assert_eq!(by_floors, kind == machine, "{name}");
    }
}

#[test]
fn a_calibrator_that_slides_a_little_does_not_account_for_a_doubling() {
    let slide = |whole: f64| move |commit: usize| 1_000.0 * (1.0 + whole * commit.saturating_sub(40) as f64 / 40.0);
    let (little, far, tenth) = (slide(0.08), slide(1.0), slide(0.1));
    let kinds = |level: &dyn Fn(usize) -> f64| {
        let judged = judged(runs(&[level, &flat], Some(&little)), &[]);
        judged.slides.iter().map(|slide| slide.kind).collect::<Vec<_>>()
    };
    assert_eq!(kinds(&tenth), [FindingKind::Machine]);
    assert_eq!(kinds(&far), [FindingKind::Regression]);
}
