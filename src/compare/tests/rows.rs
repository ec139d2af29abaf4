//! The verdict on one row, and on many.

use std::num::NonZeroU64;

use super::*;
use crate::verdict::{InconclusiveReason, VerdictReason};

#[test]
fn a_row_is_decided_beyond_the_threshold_and_the_spread() {
    use Verdict::{Improved, Inconclusive, Regressed, Unchanged};
    let plain = |level| timed(near(level, 6));
    let beside = |level, reference| normalized(near(level, 6), reference);
    let cases = [
        ("a third slower", plain(100.0), plain(133.0), Regressed),
        ("a third faster", plain(133.0), plain(100.0), Improved),
        ("nothing", plain(100.0), plain(100.3), Unchanged),
        ("below the threshold of a session", plain(100.0), plain(107.0), Inconclusive),
        ("scatter", plain(100.0), timed(vec![95.0, 112.0, 104.0, 118.0, 99.0, 108.0]), Inconclusive),
        ("one round strays", plain(100.0), timed(vec![133.0, 132.0, 134.0, 100.0, 99.0, 133.0]), Inconclusive),
        ("a reference workload that stays", beside(100.0, 80.0), beside(133.0, 80.0), Regressed),
        ("the machine", beside(100.0, 80.0), beside(133.0, 106.0), Inconclusive),
        ("half the machine", beside(100.0, 80.0), beside(133.0, 90.0), Inconclusive),
        ("against the machine", beside(100.0, 80.0), beside(133.0, 70.0), Regressed),
        ("the machine alone", beside(100.0, 80.0), beside(100.0, 106.0), Inconclusive),
    ];
    for (name, baseline, candidate, expected) in cases {
        let row = row(baseline, candidate);
        assert_eq!(row.verdict, expected, "{name}: {row:?}");
        assert_eq!(row.reason.is_some(), expected == Inconclusive, "{name}: {row:?}");
    }
}

#[test]
fn both_changes_are_shown_and_the_reason_names_the_machine() {
    let row = row(normalized(near(100.0, 6), 80.0), normalized(near(132.0, 6), 105.6));
    let shown = row.normalized.as_ref().unwrap();
    assert!((row.ratio().unwrap() - 1.32).abs() < 0.01 && shown.change.center.abs() < 0.01);
    assert!((shown.machine - 1.32).abs() < 1e-9);
    assert_eq!(row.reason, Some(InconclusiveReason::ReferenceChanged.into()));
    assert_eq!(row.attribution, None, "what is inconclusive has no cause");
}

#[test]
fn three_runs_a_side_are_the_replicates_and_lower_the_threshold() {
    let runs = |first: u64, level: f64| -> Vec<Run> {
        (0..4).zip(near(level, 4)).map(|(place, level)| run(first + place, &[timed(near(level, 6))])).collect()
    };
    let judged = compared(&runs(1, 100.0), &runs(11, 104.5)).rows.remove(0);
    assert_eq!((judged.replicate, judged.replicates, judged.threshold), (Replicate::Run, [4, 4], Some(CHANGE_SYSTEM)));
    assert_eq!(judged.verdict, Verdict::Regressed, "{judged:?}");
    // Two runs a side: their processes are the replicates, and 4.5 % is what sessions may do by themselves.
    let judged = compared(&runs(1, 100.0)[..2], &runs(11, 104.5)[..2]).rows.remove(0);
    assert_eq!(
        (judged.replicate, judged.replicates, judged.threshold),
        (Replicate::Process, [12, 12], Some(CHANGE_SESSION))
    );
    assert_eq!(judged.verdict, Verdict::Inconclusive, "{judged:?}");
    assert_eq!(judged.reason, Some(InconclusiveReason::Session.into()));
}

#[test]
fn fewer_than_three_runs_a_side_show_no_change_within_the_reach_of_sessions() {
    let judged = |runs: u64, level: f64| {
        let of = |first: u64, level: f64| -> Vec<Run> {
            (0..runs).map(|place| run(first + place, &[timed(near(level, 6))])).collect()
        };
        let mut baseline = side("A", &of(1, 100.0));
        baseline.sources.iter_mut().for_each(|it| it.series[0].reach = libm::log(1.4));
        compare(&baseline, &side("B", &of(11, level)), &|_| true).unwrap().rows.remove(0)
    };
    for (runs, level, verdict, threshold) in [
        (1, 130.0, Verdict::Inconclusive, 0.4),
        (2, 76.0, Verdict::Inconclusive, 0.4),
        (1, 200.0, Verdict::Regressed, 0.4),
        (1, 50.0, Verdict::Improved, 0.4),
        (3, 130.0, Verdict::Regressed, CHANGE_SYSTEM),
    ] {
        let row = judged(runs, level);
        assert!(
            (row.threshold.unwrap() - threshold).abs() < 1e-9 && row.verdict == verdict,
            "{runs}, {level}: {row:?}"
        );
        let session = (verdict == Verdict::Inconclusive).then(|| InconclusiveReason::Session.into());
        assert_eq!(row.reason, session, "{runs}, {level}");
    }
}

#[test]
fn the_threshold_is_that_of_the_work_as_in_a_gate() {
    let runs = |first: u64, name: &'static str| -> Vec<Run> {
        (0..3).map(|place| run(first + place, &[wall(name, near(100.0, 6))])).collect()
    };
    let cases = [("spawn/fork/count=1", 0.02), ("fault/threads", 0.02), ("calc/threads", 0.03), ("other/work", 0.03)];
    for (name, threshold) in cases {
        assert_eq!(compared(&runs(1, name), &runs(11, name)).rows[0].threshold, Some(threshold), "{name}");
    }
}

#[test]
fn one_process_a_side_decides_only_what_no_two_sessions_do_by_themselves() {
    let one = row(timed(vec![100.0]), timed(vec![140.0]));
    assert_eq!((one.ratio().map(|it| (it * 100.0).round()), one.change.unwrap().low), (Some(140.0), None));
    assert!(one.looks_worse() && one.min_detectable_change == Some(0.44), "{one:?}");
    assert_eq!((one.reason, one.p_value), (Some(InconclusiveReason::OneProcess.into()), None));
    let verdict = |value: f64| row(timed(vec![100.0]), timed(vec![value])).verdict;
    assert_eq!([150.0, 50.0].map(verdict), [Verdict::Regressed, Verdict::Improved]);
}

#[test]
fn what_was_recorded_as_inconclusive_is_not_judged() {
    let mut doubtful = run(2, &[timed(near(150.0, 6))]);
    doubtful.measurements[0].quality = Quality::Inconclusive("the CPU was given to others".to_owned());
    let comparison = compared(&[run(1, &[timed(near(100.0, 6))])], &[doubtful.clone()]);
    let recorded = InconclusiveReason::Recorded("the CPU was given to others".to_owned());
    assert_eq!((&comparison.rows[0].reason, comparison.rows[0].change), (&Some(recorded.into()), None));
    // Another run of the same side may be relied on.
    let comparison = compared(&[run(1, &[timed(near(100.0, 6))])], &[doubtful, run(3, &[timed(near(150.0, 6))])]);
    assert_eq!(comparison.rows[0].verdict, Verdict::Regressed);
}

#[test]
fn what_is_impossible_is_invalid_with_file_series_and_remedy() {
    let counted = |value: f64| Measured { metric: Metric::UserInstructions, ..timed(vec![value; 3]) };
    let cases = [
        ("zero", timed(near(100.0, 6)), timed(vec![100.0, 0.0, 99.0]), "0000000000000002.json holds 0 ns"),
        ("negative", timed(vec![-1.0, 1.0, 1.0]), timed(near(100.0, 6)), "0000000000000001.json holds -1 ns"),
        ("NaN", timed(near(100.0, 6)), timed(vec![f64::NAN, 1.0, 1.0]), "0000000000000002.json holds NaN ns"),
        ("infinite", timed(near(100.0, 6)), timed(vec![f64::INFINITY, 1.0, 1.0]), "holds inf ns"),
        ("collapse", counted(1000.0), counted(100.0), "count collapsed: it fell from 1000 to 100"),
    ];
    for (name, baseline, candidate, expected) in cases {
        let row = row(baseline, candidate);
        let reason = row.reason.as_ref().unwrap().to_string();
        assert_eq!(row.verdict, Verdict::Invalid, "{name}");
        assert!(reason.contains(expected), "{name}: {reason}");
        assert!(["remove", "rename"].iter().any(|remedy| reason.contains(remedy)), "{name}: {reason}");
    }
}

#[test]
fn values_that_have_no_ratio_are_no_error_where_they_may_be() {
    let faults = |values: Vec<f64>| Measured { metric: Metric::PageFaults, ..timed(values) };
    let slope = |values: Vec<f64>| Measured { metric: Metric::TimePerMebibyte, ..timed(values) };
    let cases = [
        (faults(vec![0.0; 3]), faults(vec![0.0; 3]), Verdict::Unchanged),
        (faults(vec![0.0; 3]), faults(vec![1.0; 3]), Verdict::Inconclusive),
        (faults(vec![7.0; 3]), faults(vec![7.0; 3]), Verdict::Unchanged),
        (faults(vec![7.0; 3]), faults(vec![9.0; 3]), Verdict::Regressed),
        (slope(vec![-0.1, 0.2, 0.3]), slope(vec![0.1; 3]), Verdict::Inconclusive),
    ];
    for (baseline, candidate, expected) in cases {
        let row = row(baseline, candidate);
        assert_eq!(row.verdict, expected, "{row:?}");
    }
}

#[test]
fn unlike_numbers_of_samples_are_compared_by_medians() {
    let quick = Measured { samples: 10, ..timed(near(100.0, 6)) };
    let full = Measured { samples: 100, ..timed(near(100.0, 6)) };
    let judged = row(quick, full);
    assert_eq!(judged.round_statistic, RoundStatistic::Median);
    assert!((judged.baseline.unwrap() - 110.0).abs() < 1.0, "{judged:?}");
    assert_eq!(row(timed(near(100.0, 6)), timed(near(100.0, 6))).round_statistic, RoundStatistic::Minimum);
}

#[test]
fn times_of_one_operation_a_sample_are_not_judged_beside_those_of_many() {
    let of = |id, ns: f64, operations| {
        let mut run = run(id, &[timed(vec![ns, ns + 10.0, ns - 10.0])]);
        run.measurements[0].operations = NonZeroU64::new(operations);
        run
    };
    let cases = [
        ("one, not recorded", [(150.0, 0), (80.0, 1_000)], true),
        ("one, recorded", [(80.0, 2_000), (150.0, 1)], true),
        ("both one", [(150.0, 0), (80.0, 1)], false),
        ("a few, and long ones", [(150_000.0, 1), (80_000.0, 3)], false),
        ("not recorded, and not whole", [(150.3, 0), (80.0, 1_000)], false),
    ];
    for (name, [(baseline, few), (candidate, many)], is_unlike) in cases {
        let row = compared(&[of(1, baseline, few)], &[of(2, candidate, many)]).rows.remove(0);
        let short = matches!(
            &row.reason,
            Some(VerdictReason::Inconclusive(InconclusiveReason::ShortSamples { place, .. }))
                if place == if few < 2 { "0000000000000001.json" } else { "0000000000000002.json" }
        );
        assert_eq!((short, row.change.is_none()), (is_unlike, is_unlike), "{name}: {row:?}");
    }
}

#[test]
fn unlike_forms_of_a_benchmark_are_not_compared() {
    let of_form = |id: u64, form: i16, ns: f64| {
        let mut run = run(id, &[timed(near(ns, 6))]);
        run.forms = [("spawn".to_owned(), form)].into();
        run
    };
    for (form, verdict) in [(1, Verdict::Regressed), (2, Verdict::Inconclusive)] {
        let row = compared(&[of_form(1, 1, 100.0)], &[of_form(2, form, 400.0)]).rows.remove(0);
        assert_eq!((row.verdict, row.change.is_some()), (verdict, form == 1), "{row:?}");
    }
}

#[test]
fn false_discoveries_are_controlled_over_all_rows() {
    // A p-value of somewhat below 1 % is not a discovery among a hundred rows without any.
    let benchmarks: Vec<&'static str> = (0..100).map(|n| &*format!("g/f/n={n}").leak()).collect();
    let weak = |place: usize| if place == 0 { vec![112.0, 113.0, 114.0] } else { vec![99.0, 100.0, 101.0] };
    let runs = |count: usize| {
        let judged = |candidate: bool| -> Vec<Measured> {
            let rounds = |place: usize| if candidate { weak(place) } else { vec![98.0, 100.0, 102.0] };
            benchmarks[..count].iter().enumerate().map(|(place, name)| wall(name, rounds(place))).collect()
        };
        let sides = [side("A", &[run(1, &judged(false))]), side("B", &[run(2, &judged(true))])];
        // A filter chooses what is shown, not what is judged.
        compare(&sides[0], &sides[1], &|series| series.benchmark == "g/f/n=0").unwrap()
    };
    let [alone, among] = [1, 100].map(|count| runs(count).rows.remove(0));
    assert_eq!(alone.p_value, among.p_value);
    assert!(alone.p_value.unwrap() > FALSE_DISCOVERY_RATE / 200.0);
    assert_eq!(alone.verdict, Verdict::Regressed, "{alone:?}");
    assert_eq!(among.verdict, Verdict::Inconclusive, "{among:?}");
    assert_eq!(among.reason, Some(InconclusiveReason::TooManyRows.into()));
    assert!(alone.min_detectable_change < among.min_detectable_change);
}

#[test]
fn means_are_of_ratios_and_too_wide_rather_than_too_narrow() {
    let side = |id, factor: f64| run(id, &[wall("spawn/a", near(100.0, 6)), wall("spawn/b", near(100.0 * factor, 6))]);
    let comparison = compared(&[side(1, 1.0)], &[side(2, 1.44)]);
    let [mean] = &comparison.means[..] else { panic!("{comparison:?}") };
    assert_eq!((mean.topic.as_str(), mean.rows), ("spawn", 2));
    assert!((mean.ratio.center - 1.2).abs() < 0.01, "{mean:?}");
    let [low, high] = [mean.ratio.low.unwrap(), mean.ratio.high.unwrap()];
    let intervals = comparison.rows.iter().map(|row| row.change.unwrap().ratio().unwrap());
    let widest = intervals.map(|it| it.high() / it.low()).fold(0.0, f64::max);
    assert!(low < mean.ratio.center && mean.ratio.center < high && high / low > 0.99 * widest);
}
