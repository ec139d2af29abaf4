//! What is said of one row, and of many.

use super::*;

#[test]
fn a_row_is_decided_beyond_the_floor_and_the_spread() {
    let cases = [
        ("a third slower", timed(near(100.0, 6)), timed(near(133.0, 6)), Verdict::Slower),
        ("a third faster", timed(near(133.0, 6)), timed(near(100.0, 6)), Verdict::Faster),
        ("nothing", timed(near(100.0, 6)), timed(near(100.3, 6)), Verdict::NoChange),
        ("below the floor of a session", timed(near(100.0, 6)), timed(near(107.0, 6)), Verdict::Inconclusive),
        ("scatter", timed(near(100.0, 6)), timed(vec![95.0, 112.0, 104.0, 118.0, 99.0, 108.0]), Verdict::Inconclusive),
        (
            "one round strays",
            timed(near(100.0, 6)),
            timed(vec![133.0, 132.0, 134.0, 100.0, 99.0, 133.0]),
            Verdict::Inconclusive,
        ),
        (
            "a calibrator that stays",
            calibrated(near(100.0, 6), 80.0),
            calibrated(near(133.0, 6), 80.0),
            Verdict::Slower,
        ),
        ("the machine", calibrated(near(100.0, 6), 80.0), calibrated(near(133.0, 6), 106.0), Verdict::Inconclusive),
        ("half the machine", calibrated(near(100.0, 6), 80.0), calibrated(near(133.0, 6), 90.0), Verdict::Inconclusive),
        ("against the machine", calibrated(near(100.0, 6), 80.0), calibrated(near(133.0, 6), 70.0), Verdict::Slower),
        (
            "the machine alone",
            calibrated(near(100.0, 6), 80.0),
            calibrated(near(100.0, 6), 106.0),
            Verdict::Inconclusive,
        ),
    ];
    for (name, baseline, candidate, expected) in cases {
        let row = row(baseline, candidate);
        assert_eq!(row.verdict, expected, "{name}: {row:?}");
        assert_eq!(row.reason.is_some(), expected == Verdict::Inconclusive, "{name}: {row:?}");
    }
}

#[test]
fn both_ratios_are_shown_and_the_reason_names_the_machine() {
    let row = row(calibrated(near(100.0, 6), 80.0), calibrated(near(132.0, 6), 105.6));
    let shown = row.calibrated.unwrap();
    assert!((row.ratio.unwrap() - 1.32).abs() < 0.01 && (shown.ratio.center() - 1.0).abs() < 0.01);
    assert!((shown.machine - 1.32).abs() < 1e-9);
    assert!(row.reason.unwrap().starts_with("machine:"));
}

#[test]
fn a_calibrator_that_is_twice_as_slow_judges_nothing() {
    let row = row(calibrated(near(100.0, 6), 80.0), calibrated(near(250.0, 6), 161.0));
    let reason = row.reason.unwrap();
    assert!(reason.starts_with("calibrator out of range: `syscall` took 2.01 times"), "{reason}");
    assert_eq!((row.verdict, row.p), (Verdict::Inconclusive, None));
}

#[test]
fn three_runs_a_side_are_the_units_and_lower_the_floor() {
    let runs = |first: u64, level: f64| -> Vec<Run> {
        (0..4).zip(near(level, 4)).map(|(place, level)| run(first + place, &[timed(near(level, 6))])).collect()
    };
    let told = compared(&runs(1, 100.0), &runs(11, 104.5)).rows.remove(0);
    assert_eq!((told.replicate, told.replicates, told.floor), (Replicate::Run, [4, 4], Some(FLOOR_SYSTEM)));
    assert_eq!(told.verdict, Verdict::Slower, "{told:?}");
    // Two runs a side: their processes are the units, and 4.5 % is what sessions may do by themselves.
    let told = compared(&runs(1, 100.0)[..2], &runs(11, 104.5)[..2]).rows.remove(0);
    assert_eq!((told.replicate, told.replicates, told.floor), (Replicate::Process, [12, 12], Some(FLOOR_SESSION)));
    assert_eq!(told.verdict, Verdict::Inconclusive, "{told:?}");
    assert!(told.reason.unwrap().starts_with("if it moved, then by no more than two sessions differ"));
}

#[test]
fn the_floor_fits_the_work() {
    let runs = |first: u64, topic: &'static str| -> Vec<Run> {
        (0..3).map(|place| run(first + place, &[Told { topic, ..timed(near(100.0, 6)) }])).collect()
    };
    for (topic, floor) in [("spawn", 0.02), ("io", 0.02), ("cpu", 0.03), ("gil", 0.03), ("anything else", 0.03)] {
        assert_eq!(compared(&runs(1, topic), &runs(11, topic)).rows[0].floor, Some(floor), "{topic}");
    }
}

#[test]
fn too_little_is_told_with_what_to_do() {
    let one = row(timed(vec![100.0]), timed(vec![150.0]));
    assert_eq!((one.ratio.map(|it| (it * 100.0).round()), one.interval), (Some(150.0), None));
    assert!(one.reason.unwrap().starts_with("one process a side says nothing"));
    let two = row(timed(near(100.0, 6)), timed(near(150.0, 2)));
    assert_eq!(two.verdict, Verdict::Inconclusive);
    assert!(two.reason.unwrap().starts_with("too few rounds: 6 and 2 fresh processes, at least 3"));
}

#[test]
fn doubt_is_never_judged() {
    let mut doubtful = run(2, &[timed(near(150.0, 6))]);
    doubtful.measurements[0].quality = Quality::Inconclusive("the CPU was given to others".to_owned());
    let comparison = compared(&[run(1, &[timed(near(100.0, 6))])], &[doubtful.clone()]);
    assert_eq!(comparison.rows[0].reason.as_deref(), Some("the CPU was given to others"));
    assert_eq!(comparison.rows[0].ratio, None);
    // Another run of the same side may be relied on.
    let comparison = compared(&[run(1, &[timed(near(100.0, 6))])], &[doubtful, run(3, &[timed(near(150.0, 6))])]);
    assert_eq!(comparison.rows[0].verdict, Verdict::Slower);
}

#[test]
fn what_cannot_be_is_refused_with_file_series_and_remedy() {
    let counted = |value: f64| Told { metric: Metric::UserInstructions, ..timed(vec![value; 3]) };
    let cases = [
        ("zero", timed(near(100.0, 6)), timed(vec![100.0, 0.0, 99.0]), "0000000000000002.json holds 0 ns"),
        ("negative", timed(vec![-1.0, 1.0, 1.0]), timed(near(100.0, 6)), "0000000000000001.json holds -1 ns"),
        ("NaN", timed(near(100.0, 6)), timed(vec![f64::NAN, 1.0, 1.0]), "0000000000000002.json holds NaN ns"),
        ("infinite", timed(near(100.0, 6)), timed(vec![f64::INFINITY, 1.0, 1.0]), "holds inf ns"),
        (
            "unit",
            timed(near(100.0, 6)),
            Told { metric: Metric::PageFaults, ..timed(near(100.0, 6)) },
            "unit or direction changed: spawn/fork/count=1 wall_time of 0000000000000001.json is in ns, and the other side \
             has page_faults (faults) alone",
        ),
        (
            "collapse",
            counted(1000.0),
            counted(100.0),
            "count collapsed: spawn/fork/count=1 user_instructions fell from 1000",
        ),
    ];
    for (name, baseline, candidate, expected) in cases {
        let row = row(baseline, candidate);
        let reason = row.reason.unwrap();
        assert_eq!(row.verdict, Verdict::Refused, "{name}");
        assert!(reason.contains(expected) && reason.contains("spawn/fork/count=1"), "{name}: {reason}");
        assert!(["remove", "rename"].iter().any(|remedy| reason.contains(remedy)), "{name}: {reason}");
    }
}

#[test]
fn values_that_have_no_ratio_are_no_error_where_they_may_be() {
    let faults = |values: Vec<f64>| Told { metric: Metric::PageFaults, ..timed(values) };
    let slope = |values: Vec<f64>| Told { metric: Metric::TimePerMebibyte, ..timed(values) };
    let cases = [
        (faults(vec![0.0; 3]), faults(vec![0.0; 3]), Verdict::NoChange),
        (faults(vec![0.0; 3]), faults(vec![1.0; 3]), Verdict::Inconclusive),
        (faults(vec![7.0; 3]), faults(vec![7.0; 3]), Verdict::NoChange),
        (faults(vec![7.0; 3]), faults(vec![9.0; 3]), Verdict::Slower),
        (slope(vec![-0.1, 0.2, 0.3]), slope(vec![0.1; 3]), Verdict::Inconclusive),
    ];
    for (baseline, candidate, expected) in cases {
        let row = row(baseline, candidate);
        assert_eq!(row.verdict, expected, "{row:?}");
    }
}

#[test]
fn unlike_numbers_of_samples_are_compared_by_medians() {
    let quick = Told { samples: 10, ..timed(near(100.0, 6)) };
    let full = Told { samples: 100, ..timed(near(100.0, 6)) };
    let told = row(quick, full);
    assert_eq!(told.taken, Taken::Median);
    assert!((told.baseline.unwrap() - 110.0).abs() < 1.0, "{told:?}");
    assert_eq!(row(timed(near(100.0, 6)), timed(near(100.0, 6))).taken, Taken::Minimum);
}

#[test]
fn false_discoveries_are_held_down_over_all_rows() {
    // A chance of somewhat below 1 % is no discovery among a hundred rows without any.
    let benchmarks: Vec<&'static str> = (0..100).map(|n| &*format!("g/f/n={n}").leak()).collect();
    let weak = |place: usize| if place == 0 { vec![112.0, 113.0, 114.0] } else { vec![99.0, 100.0, 101.0] };
    let runs = |count: usize| {
        let told = |candidate: bool| -> Vec<Told> {
            let rounds = |place: usize| if candidate { weak(place) } else { vec![98.0, 100.0, 102.0] };
            benchmarks[..count].iter().enumerate().map(|(place, name)| wall(name, rounds(place))).collect()
        };
        compared(&[run(1, &told(false))], &[run(2, &told(true))])
    };
    let alone = runs(1).rows.remove(0);
    let among = runs(100).rows.into_iter().find(|row| row.benchmark == "g/f/n=0").unwrap();
    assert_eq!(alone.p, among.p);
    assert!(alone.p.unwrap() > FALSE_DISCOVERIES / 200.0);
    assert_eq!(alone.verdict, Verdict::Slower, "{alone:?}");
    assert_eq!(among.verdict, Verdict::Inconclusive, "{among:?}");
    assert!(among.reason.unwrap().contains("among so many rows"));
    assert!(alone.smallest < among.smallest);
}

#[test]
fn means_are_of_ratios_and_too_wide_rather_than_too_narrow() {
    let side = |id, factor: f64| run(id, &[wall("spawn/a", near(100.0, 6)), wall("spawn/b", near(100.0 * factor, 6))]);
    let comparison = compared(&[side(1, 1.0)], &[side(2, 1.44)]);
    let [mean] = &comparison.means[..] else { panic!("{comparison:?}") };
    assert_eq!((mean.topic.as_str(), mean.rows), ("spawn", 2));
    assert!((mean.ratio - 1.2).abs() < 0.01, "{mean:?}");
    let interval = mean.interval.unwrap();
    let widest =
        comparison.rows.iter().map(|row| row.interval.unwrap()).map(|it| it.high() / it.low()).fold(0.0, f64::max);
    assert!(interval.low() < mean.ratio && mean.ratio < interval.high());
    assert!(interval.high() / interval.low() > 0.99 * widest);
}
