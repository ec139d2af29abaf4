//! Which runs take part, in which order, and what they come to.

use std::num::NonZeroU64;

use super::*;

#[test]
fn what_is_skipped_is_counted_with_its_reason() {
    type Change = fn(&mut Excerpt);
    let cases: [(Change, SkipReason); 15] = [
        (|run| run.commit.id = None, SkipReason::NoCommit),
        (|run| run.commit.dirty = true, SkipReason::Dirty),
        (|run| run.profile = "quick".to_owned(), SkipReason::Quick),
        (|run| run.profile = "quick, topics cpu".to_owned(), SkipReason::Quick),
        (|run| run.profile = "filtered: spawn".to_owned(), SkipReason::Partial),
        (|run| run.profile = "filtered, quick: spawn".to_owned(), SkipReason::Partial),
        (|run| run.profile = "full, topics spawn".to_owned(), SkipReason::Partial),
        (|run| run.commit.branch = None, SkipReason::OtherBranch),
        (|run| run.commit.time = Some("2025-12-31T00:00:00Z".to_owned()), SkipReason::TooOld),
        (|run| run.started = "2025-01-01T00:00:00Z".to_owned(), SkipReason::ClockNoted),
        (|run| run.id = format!("{:016x}", 2), SkipReason::Contradicting),
        (|run| run.measurements[0].quality = Quality::Inconclusive("noise".to_owned()), SkipReason::Inconclusive),
        (|run| run.measurements[0].rounds.minima.truncate(2), SkipReason::TooFewRounds),
        (|run| run.measurements[0].operations = NonZeroU64::new(1), SkipReason::ShortSamples),
        (|run| run.measurements.push(run.measurements[0].clone()), SkipReason::Twice),
    ];
    let selection = Selection { branch: Some("main".to_owned()), since: Some(1_767_225_600), ..Selection::default() };
    let base = runs(&[&flat, &flat], None);
    for (number, (change, reason)) in cases.into_iter().enumerate() {
        let mut runs = base.clone();
        change(&mut runs[5]);
        let history = selected(runs, NO_GIT, &selection);
        let count = if reason == SkipReason::Contradicting { 2 } else { 1 };
        assert_eq!(history.skipped.iter().map(|it| it.reason).collect::<Vec<_>>(), [reason], "case {number}");
        assert_eq!(skipped(&history, reason).count, count, "case {number}");
        let kept = if reason.is_of_values() || reason == SkipReason::ClockNoted { COMMITS } else { COMMITS - count };
        assert_eq!(history.commits.measured.len(), kept, "case {number}");
    }
    let mut runs = base.clone();
    runs[5].failures.push(Failure { topic: "spawn".into(), benchmark: "spawn/way7".into(), reason: "r".into() });
    runs.push(runs[7].clone());
    let history = selected(runs, NO_GIT, &selection);
    assert_eq!((skipped(&history, SkipReason::Failed).count, skipped(&history, SkipReason::Copy).count), (1, 1));
    assert_eq!(history.runs, COMMITS);
}

#[test]
fn what_is_skipped_is_included_when_asked_for() {
    let mut runs = runs(&[&flat], None);
    runs[5].commit.dirty = true;
    runs[6].profile = "quick, topics cpu".to_owned();
    runs[7].profile = "filtered: spawn".to_owned();
    let all = Selection { dirty: true, quick: true, partial: true, ..Selection::default() };
    assert_eq!(selected(runs, NO_GIT, &all).commits.measured.len(), COMMITS);
}

#[test]
fn git_gives_the_commits_and_their_order() {
    let line: Vec<String> = (0..COMMITS).rev().filter(|commit| *commit != 3).map(id).collect();
    let history = selected(runs(&[&flat], None), Ok(&line), &Selection::default());
    assert_eq!(history.ordered_by, OrderedBy::Git);
    assert!(history.commits.measured.iter().map(|commit| &commit.id).eq(&line));
    assert_eq!(skipped(&history, SkipReason::OffLine).subjects.iter().collect::<Vec<_>>(), ["3.json"]);
}

#[test]
fn without_topology_a_wrong_clock_gives_no_position() {
    let mut runs = runs(&[&flat], None);
    runs.iter_mut().for_each(|run| run.commit.order = None);
    runs[5].started = "2025-01-01T00:00:00Z".to_owned();
    runs[6].commit.time = None;
    let history = judged(runs, &[]);
    assert!(matches!(history.ordered_by, OrderedBy::Time(_)));
    assert_eq!(history.skipped.iter().map(|it| it.reason).collect::<Vec<_>>(), [SkipReason::NoTime, SkipReason::Clock]);
}

#[test]
fn an_outlier_of_the_machine_is_skipped_and_a_lasting_change_is_not() {
    let moment = |commit: usize| if commit == 30 { 2_500.0 } else { 1_000.0 };
    let lasting = |commit: usize| if commit >= 30 { 2_500.0 } else { 1_000.0 };
    let levels: [&dyn Fn(usize) -> f64; 3] = [&moment, &lasting, &flat];
    let expected = [("a moment", true), ("a lasting change", false), ("nothing", false)];
    for (syscall, (name, is_skipped)) in levels.into_iter().zip(expected) {
        let all = runs(&[&flat], Some(syscall));
        let commits = all.len();
        let history = judged(all, &[]);
        let left: Vec<usize> = history.series.iter().map(|series| commits - series.observations.len()).collect();
        assert_eq!(left, [usize::from(is_skipped)], "{name}");
        let skipped = history.skipped.iter().find(|skipped| skipped.reason == SkipReason::MachineOutlier);
        assert_eq!(skipped.is_some_and(|it| it.subjects.contains("spawn/way0 wall_time")), is_skipped, "{name}");
    }
}

#[test]
fn a_series_is_of_the_newest_form_of_its_benchmark_and_says_so() {
    let mut all = runs(&[&step(40, 3.0)], None);
    all[40..].iter_mut().for_each(|run| run.forms = [("spawn".to_owned(), 2)].into());
    let history = judged(all, &[]);
    assert_eq!(skipped(&history, SkipReason::OlderForm).count, 40);
    assert_eq!((history.series[0].observations.len(), found(&history)), (COMMITS - 40, vec![]));
}

#[test]
fn runs_of_one_commit_are_one_observation() {
    let mut all = runs(&[&flat], None);
    for (number, factor) in [(1, 4.0), (2, 1.0)] {
        let mut again = runs(&[&flat], None).remove(0);
        again.id = format!("{:016x}", 0xff00 + number);
        again.measurements[0].rounds.minima.iter_mut().for_each(|min| *min *= factor);
        all.push(again);
    }
    let history = judged(all, &[]);
    assert_eq!((history.runs, history.commits.measured.len()), (COMMITS + 2, COMMITS));
    assert_eq!(history.commits.measured[0].runs, 3);
    assert_eq!(history.series[0].observations[0].value.center(), 1_000.0, "the one in the middle of three");
}

#[test]
fn neither_the_order_of_the_files_nor_a_cache_makes_a_difference() {
    let (up, down) = (step(40, 1.1), step(50, 0.8));
    let mut all = runs(&[&up, &down, &flat], Some(&flat));
    all.push(all[3].clone());
    let named = all.iter().enumerate().map(|(number, run)| (format!("{number}.json"), run.clone()));
    let named: Vec<(String, Excerpt)> = named.collect();
    let verdict = |index: RunIndex| {
        let machine = MachineKey::new("made-up").unwrap();
        format!("{:?}", history(machine, "results", index, NO_GIT, &Selection::default(), &[]))
    };
    let whole = index(all);
    assert!(whole.runs.iter().all(|run| run.values.capacity() == run.values.len()), "a history has thousands of runs");
    let cached = postcard::to_extend(&whole, Vec::new()).unwrap();
    let forwards = verdict(whole);
    assert_eq!(verdict(postcard::from_bytes(&cached).unwrap()), forwards);
    let insert = |names: &mut dyn Iterator<Item = &(String, Excerpt)>| {
        let mut index = RunIndex::default();
        names.for_each(|(name, run)| index.insert(name, run.clone()));
        index
    };
    assert_eq!(verdict(insert(&mut named.iter().rev())), forwards);
    let mut parts = insert(&mut named.iter().skip(1).step_by(2));
    parts.merge(insert(&mut named.iter().step_by(2)));
    assert_eq!(verdict(parts), forwards);
}
