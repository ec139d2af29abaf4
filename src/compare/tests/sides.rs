//! What keeps sides from being compared, and the verdict on them as a whole.

use super::*;

#[test]
fn what_one_side_has_is_new_or_missing_and_never_a_change() {
    let both = || wall("spawn/thread", near(100.0, 6));
    let baseline = run(1, &[both(), wall("spawn/old", near(1.0, 6)), wall("spawn/broken", near(1.0, 6))]);
    let mut candidate = run(2, &[both(), wall("spawn/new", near(1.0, 6))]);
    candidate.failures.push(fixture::failure("spawn", "spawn/broken", "it ended early"));
    let comparison = compared(&[baseline], &[candidate]);
    let names = |series: &[Unmatched]| -> Vec<_> {
        series.iter().map(|it| (it.benchmark.clone(), it.reason.to_string())).collect()
    };
    let found = |name: &str, reason: &str| (name.to_owned(), reason.to_owned());
    assert_eq!(names(&comparison.added), [found("spawn/new", "no reason was recorded")]);
    let missing = [found("spawn/broken", "failed: it ended early"), found("spawn/old", "no reason was recorded")];
    assert_eq!(names(&comparison.missing), missing);
    assert_eq!(comparison.rows.len(), 1);
}

#[test]
fn sides_that_cannot_be_compared_are_rejected() {
    let good = |id| run(id, &[timed(near(100.0, 6))]);
    let edited = |id, edit: &dyn Fn(&mut Run)| {
        let mut run = good(id);
        edit(&mut run);
        run
    };
    let later = |order, time: &str| {
        let time = time.to_owned();
        edited(2, &move |run| (run.commit.order, run.commit.time) = (Some(order), Some(time.clone())))
    };
    let cases: Vec<(&str, Vec<Run>, Vec<Run>, &str)> = vec![
        ("empty", vec![good(1)], vec![run(2, &[])], "holds no measurement"),
        ("no run", vec![good(1)], vec![], "`B` names no run"),
        ("same run", vec![good(1)], vec![good(1)], "same run: 0000000000000001.json is on both sides"),
        ("same run in a set", vec![good(1), good(2)], vec![good(2), good(3)], "0000000000000002.json is on both sides"),
        (
            "twice",
            vec![good(1)],
            vec![run(2, &[timed(near(1.0, 3)), timed(near(1.0, 3))])],
            "0000000000000002.json holds spawn/fork/count=1 wall_time twice",
        ),
        (
            "ends early",
            vec![good(1)],
            vec![edited(2, &|run| run.conditions_after.time = "2026-03-01T09:00:00Z".into())],
            "the clock went backwards in 0000000000000002.json: it started 2026-03-01T10:00:00Z and ended 2026-03-01T09:00:00Z",
        ),
        ("lasts less than nothing", vec![good(1)], vec![edited(2, &|run| run.duration_s = -2.0)], "it lasted -2 s"),
        (
            "commits",
            vec![good(1)],
            vec![later(8, "2026-02-03T04:05:05Z")],
            "the clock went backwards between commits: 0000000000000002.json has 8 commits",
        ),
        (
            "machine",
            vec![good(1)],
            vec![edited(2, &|run| run.machine.key = MachineKey::new("other").unwrap())],
            "of different machines (x86_64-made-up-2c-00000000; other)",
        ),
        (
            "nothing in common",
            vec![good(1)],
            vec![run(2, &[wall("spawn/other", near(1.0, 3))])],
            "no benchmark is in both 0000000000000001.json and 0000000000000002.json",
        ),
    ];
    for (name, baseline, candidate, expected) in cases {
        let refusal = compare(&side("A", &baseline), &side("B", &candidate), &|_| true).unwrap_err();
        assert!(refusal.to_string().contains(expected), "{name}: {refusal}");
        assert_eq!(refusal.is_missing(), ["empty", "no run", "nothing in common"].contains(&name), "{name}");
    }
    assert!(compare(&side("A", &[good(1)]), &side("B", &[later(8, "2026-02-03T04:05:07Z")]), &|_| true).is_ok());
    let nothing = compare(&side("A", &[good(1)]), &side("B", &[good(2)]), &|_| false).unwrap_err();
    assert!(nothing.is_missing() && nothing.to_string().contains("--filter"), "{nothing}");
}

#[test]
fn several_machines_ask_for_one() {
    let other = || {
        let mut run = run(9, &[timed(near(100.0, 6))]);
        run.machine.key = MachineKey::new("other").unwrap();
        run
    };
    let here = |id| run(id, &[timed(near(100.0, 6))]);
    let refusal = compare(&side("A", &[here(1), other()]), &side("B", &[here(2)]), &|_| true).unwrap_err();
    assert!(refusal.to_string().contains("--machine KEY"), "{refusal}");
}

#[test]
fn a_copied_file_is_not_a_second_replicate() {
    let one = run(1, &[timed(near(100.0, 6))]);
    let mut baseline = side("A", &[one.clone(), one]);
    baseline.sources[1].place = "copy.json".to_owned();
    let refusal = compare(&baseline, &side("B", &[run(2, &[timed(near(100.0, 6))])]), &|_| true).unwrap_err();
    assert!(refusal.to_string().contains("0000000000000001 is there twice, in 0000000000000001.json and in copy.json"));
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
    let same = compare(&side("new", &[100.0]), &side("base", &[100.0]), &|_| true).unwrap_err();
    assert!(same.to_string().contains("the very same ones"), "{same}");
}

#[test]
fn declared_work_that_changed_is_another_unit() {
    let side = |name: &str, value, work| Side {
        name: name.to_owned(),
        sources: vec![other_harness(name, "g/f", value, work)],
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
    assert!(notes[0].contains("unlike scopes, full vs. quick"), "{notes:?}");
    assert!(notes[1].contains("1 of the runs measured uncommitted changes"), "{notes:?}");
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
