//! What went back, and what ended.

use super::*;

/// A level that is raised for a while.
fn bump(from: usize, to: usize, factor: f64, then: f64) -> impl Fn(usize) -> f64 {
    move |commit| match commit {
        _ if commit < from => 1_000.0,
        _ if commit < to => 1_000.0 * factor,
        _ => 1_000.0 * then,
    }
}

/// A history in which each series was measured at those commits alone.
fn measured_at(ranges: &[std::ops::Range<usize>], rules: &str) -> History {
    let mut all = runs(&[&flat, &flat, &flat], Some(&flat));
    for (commit, run) in all.iter_mut().enumerate() {
        let name = |number: usize| format!("spawn/way{number}").parse().unwrap();
        let is_measured = |benchmark: &crate::model::BenchmarkId| {
            ranges.iter().enumerate().all(|(it, range)| *benchmark != name(it) || range.contains(&commit))
        };
        run.measurements.retain(|measurement| is_measured(&measurement.benchmark));
    }
    let mut history = judged(all, &[]);
    history.accept_missing(&crate::verdict::rules(rules).unwrap());
    history
}

#[test]
fn a_regression_that_went_back_is_resolved_and_does_not_fail() {
    let case = |then: f64, machine: bool| {
        let level = bump(30, 60, 1.15, then);
        let paced = bump(60, 60, 1.0, then / 1.15);
        let references: &dyn Fn(usize) -> f64 = if machine { &paced } else { &flat };
        judged(runs(&[&level, &flat], Some(references)), &[])
    };
    let (back, better, in_part, by_machine) = (case(1.0, false), case(0.8, false), case(1.08, false), case(1.0, true));
    for resolved in [&back, &better] {
        assert_eq!((resolved.counts[&Category::Resolved], resolved.outcome), (1, Outcome::Pass));
    }
    let to_and_fro = |commit: usize| match commit {
        20..60 | 76.. => 1.1,
        _ if (commit / 4).is_multiple_of(2) && commit >= 60 => 1.1,
        _ => 1.0,
    };
    let comes_again = judged(runs(&[&to_and_fro, &flat], None), &[]);
    let returned = |commit: usize| if (40..50).contains(&commit) || commit >= 62 { 1.3 } else { 1.0 };
    let is_landed_again = judged(runs(&[&returned, &flat], None), &[]);
    for regressed in [&in_part, &by_machine, &comes_again, &is_landed_again] {
        assert_eq!((regressed.counts[&Category::Regressed], regressed.outcome), (1, Outcome::Fail));
    }
}

#[test]
fn a_series_that_ended_is_missing_until_a_rule_accepts_it() {
    let ended = |history: &History| -> Vec<(String, usize, Option<String>)> {
        let it = history.ended.iter();
        it.map(|it| (it.key.benchmark(), it.commits_since, it.continued_as.clone())).collect()
    };
    let lost = measured_at(&[0..80, 0..60], "");
    assert_eq!(ended(&lost), [("spawn/way1".to_owned(), 20, None)]);
    assert_eq!((lost.missing().count(), lost.outcome), (1, Outcome::Inconclusive));
    let rule = "[[missing]]\nbenchmark = \"spawn/way1\"\nreason = \"removed on purpose\"";
    let accepted = measured_at(&[0..80, 0..60], rule);
    assert_eq!((accepted.missing().count(), accepted.outcome), (0, Outcome::Pass));
    let recent = measured_at(&[0..80, 0..78], "");
    assert_eq!(ended(&recent), [], "two commits may have failed");
    let renamed = measured_at(&[0..80, 0..60, 60..80], "");
    assert_eq!(ended(&renamed), [("spawn/way1".to_owned(), 20, Some("spawn/way2 wall_time".to_owned()))]);
    assert_eq!(renamed.outcome, Outcome::Pass);
}

#[test]
fn small_counts_that_are_equal_by_chance_are_no_continuation() {
    let continued = |name: &str, value: f64| {
        let made = |commit: usize| {
            let mut run = run(commit);
            let name = if commit < 4 { "spawn/way0" } else { name };
            run.measurements = ["always", name]
                .map(|name| {
                    let name = if name == "always" { "spawn/always" } else { name };
                    let one = measured(name, Metric::ContextSwitches, value, None);
                    MeasurementExcerpt { topic: "spawn".to_owned(), ..one }
                })
                .into();
            run
        };
        judged((0..8).map(made), &[]).ended[0].continued_as.is_some()
    };
    assert!(continued("spawn/way1", 3.0) && continued("other/way1", 3_000.0));
    assert!(!continued("other/way1", 3.0));
}
