//! What keeps sides from being compared, and the verdict on them as a whole.

use super::*;
use crate::verdict::Reason;

#[test]
fn what_one_side_has_is_new_or_missing_and_never_a_change() {
    let both = || wall("spawn/thread", near(100.0, 6));
    let baseline = [run(1, &[both(), wall("spawn/old", near(1.0, 6)), wall("spawn/broken", near(1.0, 6))])];
    let mut candidate = run(2, &[both(), wall("spawn/new", near(1.0, 6))]);
    candidate.failures.push(fixture::failure("spawn", "spawn/broken", "it ended early"));
    candidate.omissions.push(fixture::omission("counters", "spawn", "of another topic"));
    let comparison = compared(&baseline, &[candidate]);
    let names = |series: &[Unmatched]| -> Vec<_> {
        series.iter().map(|it| (it.benchmark.clone(), it.reason.to_string())).collect()
    };
    let found = |name: &str, reason: &str| (name.to_owned(), reason.to_owned());
    let unrecorded = Reason::NotRecorded.to_string();
    assert_eq!(names(&comparison.added), [found("spawn/new", &unrecorded)]);
    let missing = [found("spawn/broken", "failed: it ended early"), found("spawn/old", &unrecorded)];
    assert_eq!(names(&comparison.missing), missing);
    assert_eq!(comparison.rows.len(), 1);
    let later = |measured: &[Measured]| {
        let mut run = run(2, measured);
        run.conditions_before.time = "2026-12-01T00:00:00Z".to_owned();
        run.started.clone_from(&run.conditions_before.time);
        run.conditions_after.time = "2026-12-01T01:00:00Z".to_owned();
        run.omissions.push(fixture::omission("spawn", "spawn/broken: wall_time", "too few rounds"));
        run
    };
    let elsewhere = later(&[both(), wall("spawn/old/count=64", near(1.0, 6))]);
    let expected =
        [found("spawn/broken", "too few rounds"), found("spawn/old", &Reason::MeasuredElsewhere.to_string())];
    assert_eq!(names(&compared(&baseline, &[elsewhere]).missing), expected);
    let efficiency = || Measured { metric: Metric::Efficiency, ..wall("spawn/thread", near(0.9, 6)) };
    let missing = compared(&[run(1, &[both(), efficiency()])], &[later(&[both()])]).missing;
    assert!(missing[0].reason.to_string().contains("`parcost show` of that run says why"), "{}", missing[0].reason);
    let missing = compared(&baseline, &[later(&[both()])]).missing;
    assert_eq!(missing[1].reason.to_string(), "measured earlier, and no longer: removed or renamed");
}

#[test]
fn sides_that_cannot_be_compared_are_rejected() {
    let good = |id| run(id, &[timed(near(100.0, 6))]);
    let other = |id| {
        let mut run = good(id);
        run.machine.key = MachineKey::new("other").unwrap();
        run
    };
    let cases = [
        (vec![good(1)], vec![], "`B` names no run"),
        (vec![good(1), good(2)], vec![good(2), good(3)], "same run: 0000000000000002.json is on both sides"),
        (vec![good(1)], vec![Run { duration_s: -2.0, ..good(2) }], "it lasted -2 s"),
        (vec![good(1)], vec![other(2)], "of different machines (x86_64-made-up-2c-00000000; other)"),
        (vec![good(1), other(9)], vec![good(2)], "--machine KEY"),
    ];
    for (baseline, candidate, expected) in cases {
        let refusal = compare(&side("A", &baseline), &side("B", &candidate), &|_| true).unwrap_err();
        assert!(refusal.to_string().contains(expected), "{expected}: {refusal}");
        assert_eq!(refusal.is_missing(), candidate.is_empty(), "{expected}");
    }
    let mut later = good(2);
    (later.commit.order, later.commit.time) = (Some(8), Some("2026-02-03T04:05:07Z".to_owned()));
    assert!(compare(&side("A", &[good(1)]), &side("B", &[later]), &|_| true).is_ok());
}

#[test]
fn the_same_binaries_are_an_a_a_comparison() {
    let hashed = |id, hash: Option<&str>, level| {
        let mut run = run(id, &[timed(near(level, 6))]);
        run.commit.binaries_hash = hash.map(str::to_owned);
        run
    };
    let comparison = compared(&[hashed(1, Some("abc"), 100.0)], &[hashed(2, Some("abc"), 150.0)]);
    assert_eq!(comparison.binaries, Binaries::Same("abc".to_owned()));
    assert_eq!(comparison.reason, Some(ComparisonReason::Identical));
    for (ours, theirs) in [(Some("abc"), Some("abd")), (None, None), (Some("abc"), None)] {
        let binaries = compared(&[hashed(1, ours, 100.0)], &[hashed(2, theirs, 150.0)]).binaries;
        assert!(matches!(binaries, Binaries::Other | Binaries::Unknown), "{binaries:?}");
    }
}

#[test]
fn saved_baselines_are_replicates() {
    let side = |name: &str, values: &[f64]| Side {
        name: name.to_owned(),
        sources: values.iter().map(|value| other_harness(&format!("{name}{value}"), "g/f", *value, None)).collect(),
        ..Side::default()
    };
    let comparison =
        compare(&side("a", &[100.0, 101.0, 99.0, 100.5]), &side("b", &[150.0, 152.0, 149.0, 151.0]), &|_| true);
    let comparison = comparison.unwrap();
    assert_eq!((comparison.rows[0].verdict, comparison.rows[0].replicate), (Verdict::Regressed, Replicate::Run));
    assert_eq!(
        comparison.regressions().count(),
        1,
        "a group of another harness that is called after interpreters is not external"
    );
    assert!(comparison.notes[0].contains("are assumed to be"));
}

#[test]
fn declared_work_that_changed_is_another_unit() {
    let side = |name: &str, value, work| Side {
        name: name.to_owned(),
        sources: vec![other_harness(name, "g/f", value, work)],
        ..Side::default()
    };
    let found =
        |ours, theirs| compare(&side("a", 100.0, ours), &side("b", 90.0, theirs), &|_| true).unwrap().rows.remove(0);
    for (ours, theirs) in [(Some("Bytes 64"), Some("Bytes 128")), (None, Some("Bytes 128")), (Some("Bytes 64"), None)] {
        let row = found(ours, theirs);
        assert_eq!(row.verdict, Verdict::Invalid);
        let reason = row.reason.unwrap().to_string();
        assert!(reason.contains("unit changed: the work of one operation of g/f wall_time"), "{reason}");
    }
    assert_eq!(found(Some("Bytes 64"), Some("Bytes 64")).verdict, Verdict::Inconclusive);
}

#[test]
fn notes_say_what_limits_every_row() {
    let mut quick = run(2, &[timed(near(100.0, 6))]);
    quick.profile = "quick, topics spawn".to_owned();
    quick.commit.dirty = true;
    let notes = compared(&[run(1, &[timed(near(100.0, 6))])], &[quick]).notes;
    assert!(notes[0].contains("unlike scopes, full vs. quick: "), "{notes:?}");
    assert!(notes[1].contains("1 of the runs measured uncommitted changes"), "{notes:?}");
    let filtered = |id, profile: &str| [Run { profile: profile.to_owned(), ..run(id, &[timed(near(100.0, 6))]) }];
    let notes = compared(&filtered(1, "filtered: spawn"), &filtered(2, "filtered, quick: fork, topics spawn")).notes;
    assert!(notes[0].contains("unlike scopes, filtered vs. filtered, quick: "), "{notes:?}");
}

#[test]
fn same_sides_in_any_order_give_the_same_rows() {
    let runs = |first: u64, level: f64| -> Vec<Run> {
        (0..3).zip(near(level, 3)).map(|(place, level)| run(first + place, &[timed(near(level, 6))])).collect()
    };
    let (baseline, candidate) = (runs(1, 100.0), runs(11, 120.0));
    let backwards: Vec<Run> = candidate.iter().rev().cloned().collect();
    let (one, other) = (compared(&baseline, &candidate), compared(&baseline, &backwards));
    assert_eq!(one.rows[0].verdict, other.rows[0].verdict);
    assert_eq!(one.rows[0].change, other.rows[0].change);
}
