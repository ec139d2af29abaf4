//! Planted changes of the machine and of the code, and what they are put down to.

use super::*;
use crate::verdict::attribution::Attribution;
use crate::verdict::environment::EnvironmentKind;

/// Three groups, each with its floor; what is planted in a run of them.
#[derive(Clone, Copy)]
struct Planted {
    /// By how much each floor is slower than the baseline's, and each workload beside it.
    factors: [f64; 6],
    calibrator: Option<f64>,
    has_floors: bool,
    binaries: Option<&'static str>,
    kernel: &'static str,
}

const BENCHMARKS: [&str; 6] = ["a/floor", "a/work", "b/floor", "b/work", "c/floor", "c/work"];
const STILL: [f64; 6] = [1.0; 6];
const ALL: [f64; 6] = [1.2; 6];
const ONE: [f64; 6] = [1.0, 1.0, 1.0, 1.3, 1.0, 1.0];
const BASELINE: Planted =
    Planted { factors: STILL, calibrator: Some(80.0), has_floors: true, binaries: Some("old"), kernel: "6.1" };
/// Other code on the same system.
const CANDIDATE: Planted = Planted { binaries: Some("new"), ..BASELINE };

fn planted(id: u64, planted: Planted) -> Run {
    let told = |(name, factor): (&&'static str, f64)| Told {
        calibrator: planted.calibrator,
        ..wall(name, near(100.0 * factor, 6))
    };
    let mut run = run(id, &BENCHMARKS.iter().zip(planted.factors).map(told).collect::<Vec<_>>());
    for place in [1, 3, 5].into_iter().filter(|_| planted.has_floors) {
        run.measurements[place].floor = Some(run.measurements[place - 1].benchmark.clone());
    }
    run.machine.software.insert("kernel_release".to_owned(), Fact::Value(planted.kernel.to_owned()));
    run.commit.binaries_hash = planted.binaries.map(str::to_owned);
    run
}

/// The causes of the rows that moved, each with how many there are.
fn causes(comparison: &Comparison) -> Vec<(Attribution, usize)> {
    let counted =
        Attribution::ALL.map(|cause| (cause, comparison.rows.iter().filter(|row| row.cause == Some(cause)).count()));
    counted.into_iter().filter(|(_, count)| *count > 0).collect()
}

#[test]
fn floors_that_move_together_are_the_machine_and_a_workload_alone_is_the_code() {
    use Attribution::{Code, Machine, Unknown};
    let (other_kernel, none) = (Planted { kernel: "6.2", ..CANDIDATE }, Planted { calibrator: None, ..CANDIDATE });
    let one_with_its_floor = [1.2, 1.2, 1.0, 1.0, 1.0, 1.0];
    let no_floors = Planted { has_floors: false, ..none };
    type Case<'a> = (&'a str, Planted, &'a [(Attribution, usize)]);
    let cases: [Case; 16] = [
        ("another kernel, and all is 20 % slower", Planted { factors: ALL, ..other_kernel }, &[(Machine, 6)]),
        ("no calibrator, and all is slower", Planted { factors: ALL, ..none }, &[(Machine, 6)]),
        (
            "the calibrators are slower, too",
            Planted { factors: ALL, calibrator: Some(96.0), ..CANDIDATE },
            &[(Machine, 6)],
        ),
        (
            "one workload far beyond what its own calibrator did",
            Planted { factors: [1.2, 1.2, 1.2, 3.0, 1.2, 1.2], calibrator: Some(96.0), ..CANDIDATE },
            &[(Code, 1), (Machine, 5)],
        ),
        ("all, on the same system, and calibrators stay", Planted { factors: ALL, ..CANDIDATE }, &[(Code, 6)]),
        ("one workload", Planted { factors: ONE, ..CANDIDATE }, &[(Code, 1)]),
        ("one workload, while the kernel changes", Planted { factors: ONE, ..other_kernel }, &[(Code, 1)]),
        ("one workload, and floors alone can tell", Planted { factors: ONE, ..none }, &[(Code, 1)]),
        ("one workload that is faster", Planted { factors: ONE.map(|it| 1.0 / it), ..CANDIDATE }, &[(Code, 1)]),
        ("one group with its floor", Planted { factors: one_with_its_floor, ..other_kernel }, &[(Code, 2)]),
        (
            "one workload far beyond what the machine did",
            Planted { factors: [1.2, 1.2, 1.2, 3.0, 1.2, 1.2], ..other_kernel },
            &[(Code, 1), (Machine, 5)],
        ),
        ("the same binaries", Planted { factors: ONE, ..BASELINE }, &[(Machine, 1)]),
        ("the same binaries, and another kernel", Planted { factors: ONE, kernel: "6.2", ..BASELINE }, &[(Machine, 1)]),
        ("binaries of which nothing is known", Planted { factors: ONE, binaries: None, ..CANDIDATE }, &[(Code, 1)]),
        ("nothing that can tell", Planted { factors: ONE, ..no_floors }, &[(Unknown, 1)]),
        ("nothing moved", CANDIDATE, &[]),
    ];
    for (name, candidate, expected) in cases {
        let baseline = Planted { calibrator: candidate.calibrator.and(BASELINE.calibrator), ..BASELINE };
        let baseline = Planted { has_floors: candidate.has_floors, ..baseline };
        let comparison = compared(&[planted(1, baseline)], &[planted(2, candidate)]);
        assert_eq!(causes(&comparison), expected, "{name}: {:?}", comparison.rows);
        for row in &comparison.rows {
            assert_eq!(row.cause.is_some(), row.cause_reason.is_some(), "{name}: {row:?}");
        }
        let is_slower = candidate.factors.iter().any(|factor| *factor > 1.0);
        let regressed = is_slower && expected.iter().any(|(cause, _)| *cause != Machine);
        assert_eq!(comparison.regressions().next().is_some(), regressed, "{name}");
        let alone = !regressed && comparison.same_code.is_none() && expected.iter().any(|(cause, _)| *cause == Machine);
        assert_eq!(comparison.machine_alone().is_some(), alone, "{name}");
    }
}

#[test]
fn runs_of_both_sides_with_the_same_binaries_are_not_two_codes() {
    let slow = Planted { factors: ONE, ..CANDIDATE };
    let with = |id, planted_of: Planted, binaries| planted(id, Planted { binaries: Some(binaries), ..planted_of });
    let baseline = [with(1, BASELINE, "old"), with(2, BASELINE, "old"), with(3, BASELINE, "new")];
    let comparison = compared(&baseline, &[with(4, slow, "new"), with(5, slow, "new"), with(6, slow, "new")]);
    assert_eq!(causes(&comparison), [(Attribution::Unknown, 1)]);
    assert!(comparison.shared_code.as_ref().is_some_and(|why| why.contains("(new)")), "{comparison:?}");
    assert_eq!(comparison.regressions().count(), 0, "{comparison:?}");
}

#[test]
fn a_reason_names_what_went_along() {
    let reason = |candidate: Planted, baseline: Planted| {
        let comparison = compared(&[planted(1, baseline)], &[planted(2, candidate)]);
        comparison.rows.iter().find_map(|row| row.cause_reason.clone()).unwrap()
    };
    let machine = Planted { factors: ALL, kernel: "6.2", ..CANDIDATE };
    assert!(
        reason(machine, BASELINE).starts_with("3 of 3 floors went along, which are the system's share: a/floor +20")
    );
    let calibrated = Planted { calibrator: Some(96.0), ..machine };
    assert_eq!(reason(calibrated, BASELINE), "their own calibrator, syscall, went along");
    let code = Planted { factors: ONE, ..CANDIDATE };
    let expected = "other binaries were measured; no calibrator went along so far that it would account for it";
    assert_eq!(reason(code, BASELINE), expected);
}

#[test]
fn calibrators_speak_for_rows_that_have_none_of_their_own() {
    let bare = |id, factor, calibrator| {
        let mut run = planted(id, Planted { factors: [factor; 6], calibrator: Some(calibrator), ..CANDIDATE });
        run.commit.binaries_hash = None;
        run.measurements.iter_mut().for_each(|it| it.calibrator = None);
        run
    };
    let comparison = compared(&[bare(1, 1.0, 80.0)], &[bare(2, 1.2, 96.0)]);
    assert_eq!(causes(&comparison), [(Attribution::Machine, 6)]);
    let reason = comparison.rows[0].cause_reason.as_deref();
    assert_eq!(reason, Some("the calibrators went along: syscall in spawn +20.0 %"));
    let comparison = compared(&[bare(1, 1.0, 80.0)], &[bare(2, 1.2, 80.0)]);
    assert_eq!(causes(&comparison), [(Attribution::Code, 6)]);
}

#[test]
fn floors_of_the_wall_time_speak_for_other_times() {
    let with_cpu_time = |id, kernel, factor: f64| {
        let mut run = planted(id, Planted { factors: [factor; 6], kernel, ..CANDIDATE });
        run.commit.binaries_hash = Some(kernel.to_owned());
        let cpu_time = Told { metric: Metric::CpuTime, ..wall("a/work", near(90.0 * factor, 6)) };
        run.measurements.push(measurement(&cpu_time));
        run
    };
    let comparison = compared(&[with_cpu_time(1, "6.1", 1.0)], &[with_cpu_time(2, "6.2", 1.2)]);
    assert_eq!(causes(&comparison), [(Attribution::Machine, 7)]);
}

#[test]
fn interpreters_are_neither_the_code_nor_a_regression() {
    let with_python = |id, factor: f64| {
        let mut run = planted(id, BASELINE);
        run.commit.binaries_hash = Some(id.to_string());
        run.measurements.push(measurement(&Told { topic: "python", ..wall("calc/python", near(100.0 * factor, 6)) }));
        run
    };
    let comparison = compared(&[with_python(1, 1.0)], &[with_python(2, 1.5)]);
    assert_eq!(causes(&comparison), [(Attribution::External, 1)]);
    assert_eq!((comparison.regressions().count(), comparison.machine_alone()), (0, None));
}

#[test]
fn instructions_are_never_the_machines() {
    let with_counts = |id, kernel, factor: f64, count: f64| {
        let mut run = planted(id, Planted { factors: [factor; 6], calibrator: None, kernel, ..CANDIDATE });
        run.commit.binaries_hash = Some(kernel.to_owned());
        let counted = Told { metric: Metric::CallgrindInstructions, topic: "callgrind", ..wall("a/work", vec![count]) };
        run.measurements.push(measurement(&counted));
        run
    };
    let comparison = compared(&[with_counts(1, "6.1", 1.0, 100_000.0)], &[with_counts(2, "6.2", 1.2, 103_000.0)]);
    assert_eq!(causes(&comparison), [(Attribution::Code, 1), (Attribution::Machine, 6)]);
}

#[test]
fn what_moved_together_is_told_by_cause_and_group() {
    let factors = [1.2, 1.2, 1.2, 3.0, 1.2, 1.3];
    let candidate = Planted { factors, kernel: "6.2", ..CANDIDATE };
    let together = compared(&[planted(1, BASELINE)], &[planted(2, candidate)]).together;
    let told: Vec<_> = together.iter().map(|it| (it.cause, it.group.as_str(), it.benchmarks.len(), it.worse)).collect();
    let expected = [
        (Attribution::Code, "b", 1, true),
        (Attribution::Machine, "a", 2, true),
        (Attribution::Machine, "c", 2, true),
        (Attribution::Machine, "b", 1, true),
    ];
    assert_eq!(told, expected);
    assert!((together[2].ratio - (1.2_f64 * 1.3).sqrt()).abs() < 0.01, "{together:?}");
}

#[test]
fn what_was_otherwise_is_told_and_nothing_else() {
    let edited = |id, edit: &dyn Fn(&mut Run)| {
        let mut run = planted(id, BASELINE);
        edit(&mut run);
        run
    };
    let told = |candidate: Run| {
        let changes = compared(&[edited(1, &|_| {})], &[candidate]).otherwise.unwrap();
        changes
            .into_iter()
            .map(|it| (it.kind, format!("{}: {} → {}", it.name, it.baseline, it.candidate)))
            .collect::<Vec<_>>()
    };
    let value = |text: &str| Fact::Value(text.to_owned());
    assert_eq!(told(edited(2, &|_| {})), []);
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
        // Our own doing.
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
    assert_eq!(told(other), expected.map(|(kind, text)| (kind, text.to_owned())));
    // What another harness left is not said to be the same.
    let side = |name: &str, value| Side { name: name.to_owned(), sources: vec![foreign(name, "g/f", value, None)] };
    assert_eq!(compare(&side("a", 100.0), &side("b", 90.0), &|_| true).unwrap().otherwise, None);
}
