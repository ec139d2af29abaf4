//! What series found together: findings, slides, counts, and what is accepted of them.

use proptest::prelude::*;

use super::*;

fn counted(run: &mut Excerpt, value: f64) {
    run.measurements.push(measured("spawn/way0", Metric::CallgrindInstructions, value, None));
    run.measurements.iter_mut().for_each(|measurement| measurement.rounds.minima.truncate(1));
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
fn what_cannot_be_judged_says_why() {
    let zero = |commit: usize| if commit == 30 { 0.0 } else { 1_000.0 };
    let verdict = judged(runs(&[&zero], None), &[]);
    assert_eq!(verdict.trends[0], Err(Unjudged::NotPositive { place: 30, value: 0.0 }));
    let verdict = judged(runs(&[&flat], None).into_iter().take(19).collect(), &[]);
    assert_eq!(verdict.trends[0], Err(Unjudged::TooFew { found: 19, needed: 20 }));
    assert_eq!(verdict.false_alarms_expected, 0.0);
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
