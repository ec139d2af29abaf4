//! What series found together: findings, drifts, counts, and what is accepted of them.

use proptest::prelude::*;

use super::*;

fn counted(run: &mut Excerpt, value: f64) {
    run.measurements.push(measured("spawn/way0", Metric::CallgrindInstructions, value, None));
    run.measurements.iter_mut().for_each(|measurement| measurement.rounds.minima.truncate(1));
}

#[test]
fn what_changes_together_is_one_finding_with_the_largest_first() {
    let (small, large, late, down) = (step(40, 1.05), step(40, 1.2), step(41, 1.1), step(40, 0.9));
    let judged = judged(runs(&[&small, &large, &flat, &late, &down, &flat, &flat, &flat, &flat], Some(&flat)), &[]);
    let (regressed, improved) = (Category::Regressed, Category::Improved);
    assert_eq!(found(&judged), [(regressed, 40, 2), (regressed, 41, 1), (improved, 40, 1)]);
    let finding = &judged.findings[0];
    assert_eq!((finding.verdict, finding.from.clone()), (Verdict::Regressed, id(39)));
    assert_eq!((finding.culprit.clone(), finding.attribution), (Some(id(40)), Attribution::Code));
    assert!((finding.change.center() - ((1.05_f64 * 1.2).sqrt() - 1.0)).abs() < 0.005, "{:?}", finding.change);
    assert_eq!(finding.series.iter().map(|member| member.commit_index).collect::<Vec<_>>(), [40, 40]);
    let values = 9.0 * COMMITS as f64;
    assert!((judged.false_alarms_expected - values / 2_000.0).abs() < 1e-12);
}

#[test]
fn a_finding_names_what_a_gate_would_measure() {
    let (small, large) = (step(40, 1.05), step(40, 1.2));
    let judged = judged(runs(&[&small, &large, &flat], Some(&flat)), &[]);
    let finding = &judged.findings[0];
    assert_eq!((&finding.from, &finding.to), (&id(39), &id(40)));
    assert_eq!(finding.benchmarks(), ["spawn/way1", "spawn/way0"].map(|name| name.parse().unwrap()));
}

#[test]
fn a_drift_is_found_with_its_range_and_not_as_findings() {
    let drift = |commit: usize| 1_000.0 * (1.0 + 0.005 * commit.saturating_sub(40) as f64);
    let verdict = judged(runs(&[&drift, &drift, &flat], Some(&flat)), &[]);
    assert_eq!(found(&verdict), []);
    assert_eq!(verdict.drifts.len(), 1);
    let found = &verdict.drifts[0];
    assert!(found.category() == Category::Regressed && found.series.len() == 2, "{found:?}");
    assert!(number(&found.from).abs_diff(40) <= 4 && found.to == id(COMMITS - 1), "{found:?}");
    assert!((found.change.center() - 0.195).abs() < 0.04, "{found:?}");
    let with_reference = judged(runs(&[&drift], Some(&drift)), &[]);
    assert_eq!(with_reference.drifts[0].category(), Category::Machine);
}

#[test]
fn counts_step_at_one_commit_and_are_not_compared_where_something_else_counts() {
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
    let verdict = judged(counts(8), &[]);
    assert_eq!(found(&verdict), [(Category::Regressed, 4, 1)]);
    assert_eq!(verdict.findings[0].series[0].detected, id(5), "two equal values confirm");
    let parted = judged(counts(4), &[]);
    assert_eq!(found(&parted), []);
    assert_eq!((parted.count_breaks.len(), parted.count_breaks[0].commit.clone()), (1, id(4)));
    let unknown_binaries = counts(8).map(|mut run| {
        run.commit.binaries_hash = None;
        run
    });
    let unknown = judged(unknown_binaries, &[]);
    assert_eq!(found(&unknown), [(Category::Regressed, 4, 1)]);
}

#[test]
fn external_programs_are_reported_and_never_regress() {
    let up = step(40, 1.5);
    let drift = |commit: usize| 1_000.0 * (1.0 + 0.01 * commit.saturating_sub(20) as f64);
    let mut runs = runs(&[&up, &up, &drift, &flat], Some(&flat));
    for measurement in
        runs.iter_mut().flat_map(|run| &mut run.measurements).filter(|it| it.benchmark.function != "way0")
    {
        measurement.topic = "python".to_owned();
    }
    let judged = judged(runs, &[]);
    assert_eq!(found(&judged), [(Category::Regressed, 40, 1), (Category::External, 40, 1)]);
    assert_eq!(judged.findings[1].verdict, Verdict::Regressed, "its direction is reported");
    assert_eq!(judged.drifts.iter().map(|drift| drift.category()).collect::<Vec<_>>(), [Category::External]);
    assert!((judged.false_alarms_expected - COMMITS as f64 / 2_000.0).abs() < 1e-12);
}

#[test]
fn a_rule_accepts_up_to_its_limit() {
    let (small, large) = (step(40, 1.1), step(40, 1.3));
    let rule = |line: &str, commit: usize| {
        let commit = &id(commit)[..12];
        rules(&format!("[[accepted]]\nbenchmark = \"spawn/*\"\ncommit = \"{commit}\"\nreason = \"r\"\n{line}\n"))
            .unwrap()
            .changes
    };
    let (regression, accepted) = (Category::Regressed, Category::Accepted);
    let cases = [
        ("factor", rule("factor = 1.12", 40), vec![(regression, 40, 1), (accepted, 40, 1)]),
        ("near enough", rule("factor = 1.12", 42), vec![(regression, 40, 1), (accepted, 40, 1)]),
        ("all of it", rule("factor = 1.3", 40), vec![(accepted, 40, 2)]),
        ("level", rule("metric = \"wall_time\"\nlevel = \"1.1 µs\"", 40), vec![(regression, 40, 1), (accepted, 40, 1)]),
        ("another commit", rule("factor = 1.5", 44), vec![(regression, 40, 2)]),
        ("another metric", rule("metric = \"cpu_time\"\nfactor = 1.5", 40), vec![(regression, 40, 2)]),
    ];
    for (name, rules, expected) in cases {
        assert_eq!(found(&judged(runs(&[&small, &large, &flat], Some(&flat)), &rules)), expected, "{name}");
    }
    let drift = |commit: usize| 1_000.0 * (1.0 + 0.005 * commit.saturating_sub(40) as f64);
    let verdict = judged(runs(&[&drift, &flat], Some(&flat)), &rule("factor = 1.2", 60));
    assert_eq!(verdict.drifts[0].category(), accepted);
}

#[test]
fn what_cannot_be_judged_has_a_reason() {
    let zero = |commit: usize| if commit == 30 { 0.0 } else { 1_000.0 };
    let verdict = judged(runs(&[&zero], None), &[]);
    assert_eq!(verdict.series[0].trend, Err(Unjudged::NotPositive { index: 30, value: 0.0 }));
    let verdict = judged(runs(&[&flat], None).into_iter().take(19), &[]);
    assert_eq!(verdict.series[0].trend, Err(Unjudged::TooFew { found: 19, needed: 20 }));
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
        let _ = judged(made, &[]);
    }
}
