//! Planted changes of the machine and of the code, and what they are attributed to.

use super::*;
use crate::verdict::{Attribution, EnvironmentChange, environment::EnvironmentKind};

/// Three groups, each with its lower bound; what is planted in a run of them.
#[derive(Clone, Copy)]
struct Planted {
    /// Times the baseline, of each lower bound and of the workload beside it.
    factors: [f64; 6],
    reference: Option<f64>,
    has_lower_bounds: bool,
    binaries: Option<&'static str>,
    kernel: &'static str,
}

const BENCHMARKS: [&str; 6] = ["a/floor", "a/work", "b/floor", "b/work", "c/floor", "c/work"];
const STILL: [f64; 6] = [1.0; 6];
const ALL: [f64; 6] = [1.2; 6];
const ONE: [f64; 6] = [1.0, 1.0, 1.0, 1.3, 1.0, 1.0];
const BASELINE: Planted =
    Planted { factors: STILL, reference: Some(80.0), has_lower_bounds: true, binaries: Some("old"), kernel: "6.1" };
const CANDIDATE: Planted = Planted { binaries: Some("new"), ..BASELINE };

fn planted(id: u64, planted: Planted) -> Run {
    let found = |(name, factor): (&&'static str, f64)| Measured {
        reference: planted.reference,
        ..wall(name, near(100.0 * factor, 6))
    };
    let mut run = run(id, &BENCHMARKS.iter().zip(planted.factors).map(found).collect::<Vec<_>>());
    for place in [1, 3, 5].into_iter().filter(|_| planted.has_lower_bounds) {
        run.measurements[place].lower_bound = Some(run.measurements[place - 1].benchmark.clone());
    }
    run.machine.software.insert("kernel_release".to_owned(), Fact::Value(planted.kernel.to_owned()));
    run.commit.binaries_hash = planted.binaries.map(str::to_owned);
    run
}

/// The attributions of the rows that changed, each with how many there are.
fn attributions(comparison: &Comparison) -> Vec<(Attribution, usize)> {
    let count = |it: &Attribution| comparison.rows.iter().filter(|row| row.attribution == Some(*it)).count();
    Attribution::ALL.iter().map(|it| (*it, count(it))).filter(|(_, count)| *count > 0).collect()
}

#[test]
fn lower_bounds_that_change_together_are_the_machine_and_a_workload_alone_is_the_code() {
    use Attribution::{Code, Machine, Unknown};
    let (other_kernel, none) = (Planted { kernel: "6.2", ..CANDIDATE }, Planted { reference: None, ..CANDIDATE });
    let one_with_its_bound = [1.2, 1.2, 1.0, 1.0, 1.0, 1.0];
    let no_bounds = Planted { has_lower_bounds: false, ..none };
    let one_far_beyond = [1.2, 1.2, 1.2, 3.0, 1.2, 1.2];
    let slower_references = Planted { reference: Some(96.0), ..CANDIDATE };
    let same_system = Planted { factors: ALL, ..CANDIDATE };
    let own_reference = Planted { factors: one_far_beyond, ..slower_references };
    type Case<'a> = (&'a str, Planted, &'a [(Attribution, usize)]);
    let cases: [Case; 16] = [
        ("another kernel, and all is 20 % slower", Planted { factors: ALL, ..other_kernel }, &[(Machine, 6)]),
        ("no reference workload, and all is slower", Planted { factors: ALL, ..none }, &[(Machine, 6)]),
        ("the reference workloads are slower, too", Planted { factors: ALL, ..slower_references }, &[]),
        ("one workload far beyond what its own reference workload did", own_reference, &[(Code, 1)]),
        ("all, on the same system, and reference workloads stay", same_system, &[(Unknown, 6)]),
        ("one workload", Planted { factors: ONE, ..CANDIDATE }, &[(Code, 1)]),
        ("one workload, while the kernel changes", Planted { factors: ONE, ..other_kernel }, &[(Code, 1)]),
        ("one workload, and lower bounds alone can show it", Planted { factors: ONE, ..none }, &[(Code, 1)]),
        ("one workload that is faster", Planted { factors: ONE.map(|it| 1.0 / it), ..CANDIDATE }, &[(Code, 1)]),
        ("one group with its lower bound", Planted { factors: one_with_its_bound, ..other_kernel }, &[(Unknown, 2)]),
        (
            "one workload far beyond what the machine did",
            Planted { factors: one_far_beyond, ..other_kernel },
            &[(Code, 1), (Machine, 5)],
        ),
        ("the same binaries", Planted { factors: ONE, ..BASELINE }, &[(Machine, 1)]),
        ("the same binaries, and another kernel", Planted { factors: ONE, kernel: "6.2", ..BASELINE }, &[(Machine, 1)]),
        ("unknown binaries", Planted { factors: ONE, binaries: None, ..CANDIDATE }, &[(Code, 1)]),
        ("nothing that can show it", Planted { factors: ONE, ..no_bounds }, &[(Unknown, 1)]),
        ("nothing changed", CANDIDATE, &[]),
    ];
    for (name, candidate, expected) in cases {
        let baseline = Planted { reference: candidate.reference.and(BASELINE.reference), ..BASELINE };
        let baseline = Planted { has_lower_bounds: candidate.has_lower_bounds, ..baseline };
        let comparison = compared(&[planted(1, baseline)], &[planted(2, candidate)]);
        assert_eq!(attributions(&comparison), expected, "{name}: {:?}", comparison.rows);
        for row in &comparison.rows {
            assert_eq!(row.attribution.is_some(), row.attribution_reason.is_some(), "{name}: {row:?}");
        }
        let is_slower = candidate.factors.iter().any(|factor| *factor > 1.0);
        let regressed = is_slower && expected.iter().any(|(it, _)| *it != Machine);
        assert_eq!(comparison.regressions().next().is_some(), regressed, "{name}");
        let is_identical = matches!(comparison.binaries, Binaries::Same(_));
        let alone = !regressed && !is_identical && expected.iter().any(|(it, _)| *it == Machine);
        let is_machine = matches!(comparison.reason, Some(ComparisonReason::Machine { .. }));
        assert_eq!((is_machine, comparison.outcome == Outcome::Fail), (alone, regressed), "{name}");
    }
}

#[test]
fn runs_of_both_sides_with_the_same_binaries_are_not_two_codes() {
    let slow = Planted { factors: ONE, ..CANDIDATE };
    let with = |id, planted_of: Planted, binaries| planted(id, Planted { binaries: Some(binaries), ..planted_of });
    let baseline = [with(1, BASELINE, "old"), with(2, BASELINE, "old"), with(3, BASELINE, "new")];
    let comparison = compared(&baseline, &[with(4, slow, "new"), with(5, slow, "new"), with(6, slow, "new")]);
    assert_eq!(attributions(&comparison), [(Attribution::Unknown, 1)]);
    assert_eq!(comparison.binaries, Binaries::Shared("new".to_owned()));
    assert_eq!(comparison.regressions().count(), 0, "{comparison:?}");
}

#[test]
fn a_reason_names_what_changed_along() {
    let reason = |candidate: Planted, baseline: Planted| {
        let comparison = compared(&[planted(1, baseline)], &[planted(2, candidate)]);
        comparison.rows.iter().find_map(|row| row.attribution_reason.clone()).unwrap().to_string()
    };
    let machine = Planted { factors: ALL, kernel: "6.2", ..CANDIDATE };
    assert!(reason(machine, BASELINE).starts_with("3 of 3 lower bounds changed along: a/floor +20"));
    let code = Planted { factors: ONE, ..CANDIDATE };
    let expected = "the binaries differ; no reference workload changed along by enough to account for it";
    assert_eq!(reason(code, BASELINE), expected);
}

#[test]
fn reference_workloads_speak_for_rows_that_have_none() {
    let bare = |id, factor, reference| {
        let mut run = planted(id, Planted { factors: [factor; 6], reference: Some(reference), ..CANDIDATE });
        run.commit.binaries_hash = None;
        run.measurements.iter_mut().for_each(|it| it.reference = None);
        run
    };
    let comparison = compared(&[bare(1, 1.0, 80.0)], &[bare(2, 1.2, 96.0)]);
    assert_eq!(attributions(&comparison), [(Attribution::Machine, 6)]);
    let reason = comparison.rows[0].attribution_reason.as_ref().unwrap().to_string();
    assert_eq!(reason, "reference workloads changed along: syscall in spawn +20.0 %");
    let comparison = compared(&[bare(1, 1.0, 80.0)], &[bare(2, 1.2, 80.0)]);
    assert_eq!(attributions(&comparison), [(Attribution::Unknown, 6)], "and their lower bounds do not say what it was");
}

#[test]
fn what_changed_between_commits_of_the_same_code_is_not_attributed_to_it() {
    let slow = [planted(2, Planted { factors: ONE, ..CANDIDATE })];
    let candidate = Side { same_code: true, ..side("B", &slow) };
    let comparison = compare(&side("A", &[planted(1, BASELINE)]), &candidate, &|_| true).unwrap();
    assert_eq!(attributions(&comparison), [(Attribution::Unknown, 1)]);
}

#[test]
fn a_mechanism_that_is_the_lower_bound_of_its_group_does_not_account_for_itself() {
    let of = |function: &str, id, own: f64, binaries| {
        let factors = [own, 1.0, 1.0, 1.0, 1.0, 1.0];
        let mut run = planted(id, Planted { factors, binaries: Some(binaries), ..BASELINE });
        let alone = fixture::time("spawn", function, 1.0, 1.0, 1.0).benchmark;
        run.measurements[0].benchmark = alone.clone();
        run.measurements[1].lower_bound = Some(alone);
        run
    };
    for (function, expected) in [("a/processes", Attribution::Code), ("a/floor", Attribution::Unknown)] {
        let comparison = compared(&[of(function, 1, 1.0, "old")], &[of(function, 2, 1.3, "new")]);
        assert_eq!(attributions(&comparison), [(expected, 1)], "{function}");
    }
}

#[test]
fn lower_bounds_of_the_wall_time_speak_for_other_times() {
    let with_cpu_time = |id, kernel, factor: f64| {
        let mut run = planted(id, Planted { factors: [factor; 6], kernel, ..CANDIDATE });
        run.commit.binaries_hash = Some(kernel.to_owned());
        let cpu_time = Measured { metric: Metric::CpuTime, ..wall("a/work", near(90.0 * factor, 6)) };
        run.measurements.push(measurement(&cpu_time));
        run
    };
    let comparison = compared(&[with_cpu_time(1, "6.1", 1.0)], &[with_cpu_time(2, "6.2", 1.2)]);
    assert_eq!(attributions(&comparison), [(Attribution::Machine, 7)]);
}

#[test]
fn interpreters_are_neither_the_code_nor_a_regression() {
    let with_python = |id, factor: f64| {
        let mut run = planted(id, BASELINE);
        run.commit.binaries_hash = Some(id.to_string());
        run.measurements
            .push(measurement(&Measured { topic: "python", ..wall("calc/python", near(100.0 * factor, 6)) }));
        run
    };
    let comparison = compared(&[with_python(1, 1.0)], &[with_python(2, 1.5)]);
    assert_eq!(attributions(&comparison), [(Attribution::External, 1)]);
    assert_eq!((comparison.regressions().count(), &comparison.reason), (0, &None));
}

#[test]
fn instructions_are_never_attributed_to_the_machine() {
    let with_counts = |id, kernel, factor: f64, count: f64| {
        let mut run = planted(id, Planted { factors: [factor; 6], reference: None, kernel, ..CANDIDATE });
        run.commit.binaries_hash = Some(kernel.to_owned());
        let counted =
            Measured { metric: Metric::CallgrindInstructions, topic: "callgrind", ..wall("a/work", vec![count]) };
        run.measurements.push(measurement(&counted));
        run
    };
    let comparison = compared(&[with_counts(1, "6.1", 1.0, 100_000.0)], &[with_counts(2, "6.2", 1.2, 103_000.0)]);
    assert_eq!(attributions(&comparison), [(Attribution::Code, 1), (Attribution::Machine, 6)]);
}

#[test]
fn what_changed_together_is_listed_by_attribution_and_group() {
    let factors = [1.2, 1.2, 1.2, 3.0, 1.2, 1.3];
    let candidate = Planted { factors, kernel: "6.2", ..CANDIDATE };
    let together = compared(&[planted(1, BASELINE)], &[planted(2, candidate)]).moved_groups;
    let found: Vec<_> =
        together.iter().map(|it| (it.attribution, it.group.as_str(), it.benchmarks.len(), it.worse)).collect();
    let expected = [
        (Attribution::Code, "b", 1, true),
        (Attribution::Machine, "a", 2, true),
        (Attribution::Machine, "c", 2, true),
        (Attribution::Machine, "b", 1, true),
    ];
    assert_eq!(found, expected);
    assert!((together[2].ratio.center - (1.2_f64 * 1.3).sqrt()).abs() < 0.01, "{together:?}");
}

#[test]
fn the_environment_diff_has_what_differs_and_nothing_else() {
    let edited = |id, edit: &dyn Fn(&mut Run)| {
        let mut run = planted(id, BASELINE);
        edit(&mut run);
        run
    };
    let found = |candidate: Run| {
        let changes = compared(&[edited(1, &|_| {})], &[candidate]).environment_diff.unwrap();
        let said = |it: EnvironmentChange| (it.kind, format!("{}: {} → {}", it.name, it.baseline, it.candidate));
        changes.into_iter().map(said).collect::<Vec<_>>()
    };
    let value = |text: &str| Fact::Value(text.to_owned());
    assert_eq!(found(edited(2, &|_| {})), []);
    let other = edited(2, &|run| {
        run.machine.hardware.insert("memory_gib".to_owned(), value("16"));
        run.machine.software.insert("kernel_release".to_owned(), value("6.2"));
        run.machine.software.insert("mitigations".to_owned(), value("none"));
        run.machine.software.insert("libc".to_owned(), value("glibc 2.40"));
        run.machine.software.insert("huge_pages".to_owned(), value("always"));
        run.toolchain.facts.insert("rustc".to_owned(), value("1.96.0"));
        run.commit.binaries_hash = Some("f".repeat(64));
        run.commit.dirty = true;
        run.conditions_before.facts.insert("load_1m".to_owned(), value("2.10"));
        // Caused by the measuring itself.
        run.conditions_after.facts.insert("load_1m".to_owned(), value("99"));
    });
    let expected = [
        (EnvironmentKind::Hardware, "memory_gib: unknown → 16"),
        (EnvironmentKind::Kernel, "kernel_release: 6.1 → 6.2"),
        (EnvironmentKind::Mitigations, "mitigations: unknown → none"),
        (EnvironmentKind::Libc, "libc: unknown → glibc 2.40"),
        (EnvironmentKind::Toolchain, "rustc: 1.95.0 → 1.96.0"),
        (EnvironmentKind::Binaries, "measured binaries: old → ffffffffffff"),
        (EnvironmentKind::Revision, "commit: 0123456789ab → 0123456789ab with changes"),
        (EnvironmentKind::Conditions, "huge_pages: unknown → always"),
    ];
    assert_eq!(found(other), expected.map(|(kind, text)| (kind, text.to_owned())));
    // Of what another harness left nothing is known.
    let side = |name: &str, value| Side {
        name: name.to_owned(),
        sources: vec![other_harness(name, "g/f", value, None)],
        ..Side::default()
    };
    assert_eq!(compare(&side("a", 100.0), &side("b", 90.0), &|_| true).unwrap().environment_diff, None);
}
