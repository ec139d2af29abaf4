//! The machine or the code, by what changed along, and what else changed.

use super::*;
use crate::model::Conditions;
use crate::verdict::environment::EnvironmentKind;

#[test]
fn the_machine_is_recognized_by_its_reference_workloads() {
    let (up, further, far) = (step(40, 1.1), step(41, 1.25), step(40, 2.0));
    let reference = step(41, 1.1);
    let judged = judged(runs(&[&up, &further, &far, &flat], Some(&reference)), &[]);
    assert_eq!(found(&judged), [(Category::Regressed, 40, 1), (Category::Machine, 40, 2)]);
    assert!(
        matches!(&judged.findings[1].attribution_reason, AttributionReason::Machine(MachineEvidence::References(moved)) if moved.len() == 1)
    );
    assert!((judged.findings[0].change.center() - 1.0).abs() < 0.01, "what doubles is not explained by a tenth");
}

#[test]
fn reference_workloads_that_are_unsure_by_themselves_are_asked_together() {
    let level = step(40, 1.1);
    let noise = |commit: usize| libm::exp(((commit * commit * 7919 + 209_458) % 1009) as f64 / 1009.0 - 0.5);
    let with = |references: fn(f64, f64) -> Vec<f64>| {
        let mut runs = runs(&[&level, &flat], None);
        for (commit, run) in runs.iter_mut().enumerate() {
            let values = references(level(commit), noise(commit)).into_iter().zip(["a", "b"]);
            let references: Vec<_> = values.map(|(ns, name)| (name.to_owned(), vec![ns; 3])).collect();
            run.measurements.iter_mut().for_each(|it| it.rounds.references.clone_from(&references));
        }
        found(&judged(runs, &[]))
    };
    assert_eq!(with(|level, noise| vec![level * noise]), [(Category::Regressed, 40, 1)]);
    assert_eq!(with(|level, noise| vec![level * noise, level / noise]), [(Category::Machine, 40, 1)]);
    assert_eq!(with(|_, noise| vec![noise, 1.0 / noise]), [(Category::Regressed, 40, 1)]);
}

#[test]
fn most_series_are_the_machine_only_without_reference_workloads() {
    let up = step(40, 1.1);
    let most: [&dyn Fn(usize) -> f64; 8] = [&up, &up, &up, &up, &up, &flat, &flat, &flat];
    assert_eq!(found(&judged(runs(&most, None), &[])), [(Category::Machine, 40, 5)]);
    assert_eq!(found(&judged(runs(&most, Some(&flat)), &[])), [(Category::Regressed, 40, 5)]);
    let few: [&dyn Fn(usize) -> f64; 8] = [&up, &up, &up, &flat, &flat, &flat, &flat, &flat];
    assert_eq!(found(&judged(runs(&few, None), &[])), [(Category::Regressed, 40, 3)]);
    assert_eq!(found(&judged(runs(&most[..5], None), &[])), [(Category::Regressed, 40, 5)], "too few to say");
    let mut counted = runs(&most, None);
    for (commit, run) in counted.iter_mut().enumerate() {
        let count = if commit < 40 { 1e6 } else { 1.2e6 };
        run.measurements.push(measured("callgrind/way", Metric::CallgrindInstructions, count, None));
    }
    let both = [(Category::Regressed, 40, 1), (Category::Machine, 40, 5)];
    assert_eq!(found(&judged(counted, &[])), both, "instructions are the same on any machine");
}

#[test]
fn the_same_binaries_never_regressed() {
    let up = step(40, 1.1);
    let with_hashes = |hash: &dyn Fn(usize) -> Option<String>| {
        let mut runs = runs(&[&up, &flat], Some(&flat));
        runs.iter_mut().enumerate().for_each(|(commit, run)| run.commit.binaries_hash = hash(commit));
        found(&judged(runs, &[]))
    };
    let all = |_: usize| Some("b".repeat(64));
    let around = |commit: usize| Some(format!("{:064x}", if commit == 40 { 39 } else { commit }));
    let elsewhere = |commit: usize| Some(format!("{:064x}", if commit == 41 { 40 } else { commit }));
    assert_eq!(with_hashes(&all), [(Category::Machine, 40, 1)]);
    assert_eq!(with_hashes(&around), [(Category::Machine, 40, 1)]);
    assert_eq!(with_hashes(&elsewhere), [(Category::Regressed, 40, 1)]);
    assert_eq!(with_hashes(&|_| None), [(Category::Regressed, 40, 1)]);
    // Another code a commit later is to blame for what surely moved there.
    let later = step(41, 1.1);
    let mut runs = runs(&[&up, &later], Some(&flat));
    for (commit, run) in runs.iter_mut().enumerate() {
        run.commit.binaries_hash = Some(format!("{:064x}", if commit < 41 { 0 } else { commit }));
    }
    assert_eq!(found(&judged(runs, &[])), [(Category::Regressed, 41, 1), (Category::Machine, 40, 1)]);
}

#[test]
fn what_else_changed_is_named() {
    let up = step(40, 1.1);
    let mut runs = runs(&[&up], Some(&flat));
    for run in &mut runs[40..] {
        run.toolchain.facts = facts(&[("rustc", "1.91"), ("valgrind", "3.19")]);
        run.machine.software = facts(&[("kernel_release", "6.2")]);
        run.commit.lock_hash = Some("c".repeat(64));
    }
    let names: Vec<String> =
        judged(runs, &[]).findings[0].environment_diff.iter().map(|change| change.name.clone()).collect();
    assert_eq!(names, ["kernel_release", "rustc", "Cargo.lock", "measured binaries"]);
}

/// Three groups, each with its lower bound, which is the first, third and fifth of the levels.
fn with_lower_bounds(levels: [&dyn Fn(usize) -> f64; 6], syscall: Option<&dyn Fn(usize) -> f64>) -> Vec<Excerpt> {
    let mut runs = runs(&levels, syscall);
    for measurements in runs.iter_mut().map(|run| &mut run.measurements) {
        for group in 0..3 {
            measurements[2 * group + 1].lower_bound = Some(measurements[2 * group].benchmark.clone());
        }
    }
    runs
}

fn with_other_kernel(mut runs: Vec<Excerpt>, from: usize) -> Vec<Excerpt> {
    for run in &mut runs[from..] {
        run.machine.software = facts(&[("kernel_release", "6.2")]);
    }
    runs
}

fn with_other_python(mut runs: Vec<Excerpt>, from: usize) -> Vec<Excerpt> {
    for run in &mut runs[from..] {
        run.toolchain.facts.extend(facts(&[("python_31107_gil_1", "CPython 3.11.7")]));
    }
    runs
}

#[test]
fn lower_bounds_that_change_together_are_the_machine_and_a_workload_alone_is_the_code() {
    let (slow, own) = (step(40, 1.2), step(40, 1.15));
    let all: [&dyn Fn(usize) -> f64; 6] = [&slow, &slow, &slow, &slow, &slow, &slow];
    let one: [&dyn Fn(usize) -> f64; 6] = [&flat, &own, &flat, &flat, &flat, &flat];
    let one_bound: [&dyn Fn(usize) -> f64; 6] = [&own, &own, &flat, &flat, &flat, &flat];
    let (other_kernel, other_python) = (|runs| with_other_kernel(runs, 40), |runs| with_other_python(runs, 40));
    let (machine, code) = (Category::Machine, Category::Regressed);
    let cases = [
        ("another interpreter", other_python(with_lower_bounds(all, Some(&flat))), code, 6),
        ("another kernel", other_kernel(with_lower_bounds(all, Some(&flat))), machine, 6),
        ("no reference workload", with_lower_bounds(all, None), machine, 6),
        ("all, on the same system, and reference workloads stay", with_lower_bounds(all, Some(&flat)), code, 6),
        ("one workload", with_lower_bounds(one, Some(&flat)), code, 1),
        ("one workload, while the kernel changes", other_kernel(with_lower_bounds(one, Some(&flat))), code, 1),
        ("one group with its lower bound", other_kernel(with_lower_bounds(one_bound, None)), code, 2),
    ];
    for (name, runs, kind, members) in cases {
        assert_eq!(found(&judged(runs, &[])), [(kind, 40, members)], "{name}");
    }
    let verdict = judged(other_kernel(with_lower_bounds(all, Some(&flat))), &[]);
    assert!(
        matches!(&verdict.findings[0].attribution_reason, AttributionReason::Machine(MachineEvidence::LowerBounds { changed, .. }) if changed.len() == 3)
    );
    // The same binaries on both sides are never the code, whatever moved.
    let mut same = with_lower_bounds(one, Some(&flat));
    same.iter_mut().for_each(|run| run.commit.binaries_hash = Some("b".repeat(64)));
    assert_eq!(found(&judged(same, &[])), [(machine, 40, 1)]);
}

#[test]
fn conditions_that_differ_around_a_change_are_named() {
    let up = step(40, 1.1);
    let changed = |load: &dyn Fn(usize) -> &'static str| {
        let mut runs = runs(&[&up], Some(&flat));
        for (commit, run) in runs.iter_mut().enumerate() {
            let conditions = |load| Some(Conditions { time: String::new(), facts: facts(&[("load_1m", load)]) });
            run.machine.hardware = facts(&[("cpus_online", "2")]);
            (run.conditions_before, run.conditions_after) = (conditions(load(commit)), conditions("2.0"));
        }
        let changed = judged(runs, &[]).findings.remove(0).environment_diff;
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
fn lower_bounds_that_drift_together_are_the_machine_and_a_workload_alone_is_the_code() {
    let drift = |commit: usize| 1_000.0 * (1.0 + 0.005 * commit.saturating_sub(40) as f64);
    let all: [&dyn Fn(usize) -> f64; 6] = [&drift; 6];
    let one: [&dyn Fn(usize) -> f64; 6] = [&flat, &drift, &flat, &flat, &flat, &flat];
    let one_group: [&dyn Fn(usize) -> f64; 6] = [&drift, &drift, &flat, &flat, &flat, &flat];
    let (other_kernel, other_python) = (|runs| with_other_kernel(runs, 60), |runs| with_other_python(runs, 60));
    let (machine, code) = (Category::Machine, Category::Regressed);
    let cases = [
        ("another interpreter", other_python(with_lower_bounds(all, Some(&flat))), code, 6),
        ("another kernel", other_kernel(with_lower_bounds(all, Some(&flat))), machine, 6),
        ("no reference workload", with_lower_bounds(all, None), machine, 6),
        ("all, on the same system, and reference workloads stay", with_lower_bounds(all, Some(&flat)), code, 6),
        ("one workload", with_lower_bounds(one, None), code, 1),
        ("one group with its lower bound", with_lower_bounds(one_group, None), code, 2),
    ];
    for (name, runs, kind, members) in cases {
        let drifts = judged(runs, &[]).drifts;
        let found: Vec<_> = drifts.iter().map(|drift| (drift.category(), drift.series.len())).collect();
        assert_eq!(found, [(kind, members)], "{name}");
        let by_bounds = matches!(&drifts[0].attribution_reason, AttributionReason::Machine(MachineEvidence::LowerBounds { changed, .. }) if changed.len() == 3);
        assert_eq!(by_bounds, kind == machine, "{name}");
    }
}

#[test]
fn a_drift_in_which_the_machine_stepped_is_the_machine() {
    let drift = |commit: usize| 1_000.0 * (1.0 + 0.005 * commit.saturating_sub(40) as f64);
    let slower = step(60, 1.15);
    for (reference, category) in [(&slower as &dyn Fn(usize) -> f64, Category::Machine), (&flat, Category::Regressed)] {
        let judged = judged(runs(&[&drift, &flat], Some(reference)), &[]);
        assert_eq!(judged.drifts.iter().map(|drift| drift.category()).collect::<Vec<_>>(), [category]);
    }
}

#[test]
fn a_reference_workload_that_drifts_a_little_does_not_account_for_a_doubling() {
    let drift = |whole: f64| move |commit: usize| 1_000.0 * (1.0 + whole * commit.saturating_sub(40) as f64 / 40.0);
    let (little, far, tenth) = (drift(0.08), drift(1.0), drift(0.1));
    let kinds = |level: &dyn Fn(usize) -> f64| {
        let judged = judged(runs(&[level, &flat], Some(&little)), &[]);
        judged.drifts.iter().map(|drift| drift.category()).collect::<Vec<_>>()
    };
    assert_eq!(kinds(&tenth), [Category::Machine]);
    assert_eq!(kinds(&far), [Category::Regressed]);
}
