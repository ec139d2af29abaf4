//! Histories of other tools' files: their order, and what they have in common with stored runs.

use super::*;
use crate::model::{Direction, Interchange, InterchangePoint, PARCOST};

/// What a point says of its commit.
type Stamp<'a> = &'a dyn Fn(usize) -> InterchangePoint;

/// 60 values with a step of 20 % at number 40, in the order of the file.
fn imported(unit: &str, numbers: &[usize], stamp: Stamp, level: &dyn Fn(usize) -> f64) -> Interchange {
    let point = |&number: &usize| InterchangePoint { value: level(number), ..stamp(number) };
    made::interchange("made", vec![made::series("parse", Some(unit), numbers.iter().map(point).collect())])
}

fn judged(source: &Interchange, git: GitOrder, selection: &Selection) -> History {
    imported_history(None, "made.csv", source, git, selection, &[])
}

fn commit(number: usize) -> InterchangePoint {
    InterchangePoint { commit: Some(id(number)), ..InterchangePoint::default() }
}

fn time(number: usize) -> InterchangePoint {
    let time = format!("2026-{:02}-{:02}T00:00:00Z", 1 + number / 28, 1 + number % 28);
    InterchangePoint { time: Some(time), ..InterchangePoint::default() }
}

fn order(number: usize) -> InterchangePoint {
    InterchangePoint { order: Some(number as u64), ..InterchangePoint::default() }
}

fn level(number: usize) -> f64 {
    rippled(number, 0) * if number < 40 { 100.0 } else { 120.0 }
}

#[test]
fn git_numbers_and_times_go_before_the_place_in_the_file() {
    let newest_first: Vec<usize> = (0..60).rev().collect();
    let line: Vec<String> = (0..60).map(id).collect();
    let cases: [(&str, Stamp, GitOrder, &str); 4] = [
        ("git", &commit, Ok(&line), &id(40)),
        ("number", &order, NO_GIT, "40"),
        ("time", &time, NO_GIT, "2026-02-13"),
        ("commit and time", &|number| InterchangePoint { commit: Some(id(number)), ..time(number) }, NO_GIT, &id(40)),
    ];
    for (name, stamp, git, culprit) in cases {
        let history = judged(&imported("ns", &newest_first, stamp, &level), git, &Selection::default());
        let finding = &history.findings[0];
        assert_eq!((finding.verdict, finding.culprit.as_deref()), (Verdict::Regressed, Some(culprit)), "{name}");
        assert_ne!(history.ordered_by, OrderedBy::File, "{name}");
    }
    let placed =
        judged(&imported("ns", &newest_first, &|_| InterchangePoint::default(), &level), NO_GIT, &Selection::default());
    assert_eq!(placed.ordered_by, OrderedBy::File, "and the page says so");
}

#[test]
fn a_commit_is_known_by_the_beginning_of_its_id_where_only_one_begins_so() {
    let line: Vec<String> = (0..60).map(|number| format!("{number:08x}{number:032x}")).collect();
    let short = |number: usize, digits: usize| {
        let commit = Some(format!("{number:08x}{number:032x}")[..digits].to_owned());
        InterchangePoint { commit, ..InterchangePoint::default() }
    };
    let twice: Vec<usize> = (0..60).rev().flat_map(|number| [number, number]).collect();
    let judged = |stamp: Stamp| judged(&imported("ns", &twice, stamp, &level), Ok(&line), &Selection::default());
    let known = judged(&|number| short(number, if number % 2 == 0 { 8 } else { 40 }));
    assert_eq!((known.ordered_by, known.commits.measured.len()), (OrderedBy::Git, 60));
    assert_eq!(known.findings[0].culprit.as_ref(), Some(&line[40]));
    assert_eq!(judged(&|number| short(number, 7)).ordered_by, OrderedBy::File, "several begin so");
}

#[test]
fn times_that_come_back_are_no_order() {
    let all: Vec<usize> = (0..60).collect();
    let cut = |number: usize| time(number % 28);
    let history = judged(&imported("ns", &all, &cut, &level), NO_GIT, &Selection::default());
    assert_eq!(
        (history.ordered_by.clone(), history.findings[0].culprit.as_deref()),
        (OrderedBy::File, Some("41")),
        "people count from 1"
    );
}

#[test]
fn since_and_zeros_leave_values_out_and_say_so() {
    let all: Vec<usize> = (0..60).collect();
    let since = Selection { since: Some(1_769_904_000), ..Selection::default() };
    let history = judged(&imported("ns", &all, &time, &level), NO_GIT, &since);
    assert_eq!(skipped(&history, SkipReason::TooOld).count, 28);
    let zeros = judged(&imported("ns", &all, &time, &|number| number as f64), NO_GIT, &Selection::default());
    assert_eq!(skipped(&zeros, SkipReason::Zero).count, 1);
}

#[test]
fn counts_are_judged_as_counts() {
    let few: Vec<usize> = (0..8).collect();
    let allocations = |number: usize| if number < 4 { 0.0 } else { 2.0 };
    let history = judged(&imported("allocs/op", &few, &order, &allocations), NO_GIT, &Selection::default());
    let member = &history.findings[0].series[0];
    assert!(member.from_zero && member.verdict == Verdict::Regressed && member.change.center() == 2.0, "{member:?}");
    let jittering = |number: usize| [81.0, 80.0, 88.0, 87.0, 79.0, 80.0, 86.0, 81.0][number];
    let history = judged(&imported("calls", &few, &order, &jittering), NO_GIT, &Selection::default());
    assert_eq!(history.series[0].trend, Err(Unjudged::TooFew { found: 8, needed: 20 }));
    // Fractions are means of several counts, which are no more exact than those of runs.
    let means = |number: usize| if number < 4 { 1000.25 } else { 1900.25 };
    let faults = |number: usize| if number < 4 { 2.0 } else { 8.0 };
    let cases: [(&str, &dyn Fn(usize) -> f64); 3] = [("instructions", &means), ("calls", &means), ("faults", &faults)];
    for (unit, level) in cases {
        let history = judged(&imported(unit, &few, &order, level), NO_GIT, &Selection::default());
        assert_eq!(history.series[0].trend, Err(Unjudged::TooFew { found: 8, needed: 20 }), "{unit}");
    }
    // What differs within each commit does not repeat either.
    let wide = |number: usize| InterchangePoint { low: Some(70.0), high: Some(110.0), ..order(number) };
    let step = |number: usize| if number < 4 { 80.0 } else { 88.0 };
    let history = |stamp| judged(&imported("calls", &few, stamp, &step), NO_GIT, &Selection::default()).judged();
    assert_eq!((history(&wide), history(&order)), (0, 1));
}

#[test]
fn own_counts_with_zeros_are_judged_as_counts_too() {
    let few: Vec<usize> = (0..8).collect();
    let judged = |metric: Metric, to: f64| {
        let level = move |number: usize| if number < 4 { 0.0 } else { to };
        let mut history = imported(metric.unit(), &few, &order, &level);
        history.series[0].name = "spawn/thread/count=1".to_owned();
        history.series[0].metric = Some(metric.name().to_owned());
        let history = judged(&history, NO_GIT, &Selection::default());
        (history.judged(), history.findings.len())
    };
    assert_eq!(judged(Metric::SystemCalls, 2.0), (1, 1));
    assert_eq!(judged(Metric::SystemCalls, 0.0), (1, 0));
    assert_eq!(judged(Metric::PageFaults, 0.02), (1, 0), "the system adds one now and then");
    assert_eq!(judged(Metric::ContextSwitches, 2.0), (1, 1));
}

#[test]
fn counts_that_jitter_are_not_exact_for_one_zero() {
    let few: Vec<usize> = (0..8).collect();
    let noise = [11.0, 0.0, 37.75, 70.0, 60.0, 65.0, 12.0, 40.0];
    let mut history = imported(Metric::PageFaults.unit(), &few, &order, &|number| noise[number]);
    history.series[0].name = "stream/mpsc_threads/bytes=64".to_owned();
    history.series[0].metric = Some(Metric::PageFaults.name().to_owned());
    assert!(judged(&history, NO_GIT, &Selection::default()).findings.is_empty());
}

#[test]
fn the_change_of_costs_and_rates_is_that_of_the_cost_and_to_zero_is_all() {
    let all: Vec<usize> = (0..60).collect();
    let mut both = imported("ns", &all, &order, &|number| rippled(number, 0) * if number < 40 { 100.0 } else { 130.0 });
    let mut rate =
        imported("ops/s", &all, &order, &|number| rippled(number, 1) * if number < 40 { 100.0 } else { 70.0 });
    (rate.series[0].name, rate.series[0].direction) = ("rate".to_owned(), Direction::HigherIsBetter);
    both.series.append(&mut rate.series);
    let judge = |history: &Interchange| judged(history, NO_GIT, &Selection::default()).findings[0].clone();
    let finding = judge(&both);
    let expected = (1.3_f64 / 0.7).sqrt() - 1.0;
    assert!(finding.series.len() == 2 && (finding.change.center() - expected).abs() < 0.01, "{:?}", finding.change);
    let gone = imported("allocs/op", &all[..8], &order, &|number| if number < 4 { 3.0 } else { 0.0 });
    assert_eq!(judge(&gone).change.center(), -1.0);
}

#[test]
fn an_exported_count_is_compared_as_the_runs_are() {
    let few: Vec<usize> = (0..8).collect();
    let counted = |with: fn(usize) -> &'static str| {
        let with = move |number| [("rustc".to_owned(), with(number).to_owned())].into();
        let stamp = move |number: usize| InterchangePoint { counted_with: with(number), ..order(number) };
        let mut history =
            imported("instructions", &few, &stamp, &|number| if number < 4 { 200_000.0 } else { 210_000.0 });
        history.series[0].name = "spawn/thread/count=1".to_owned();
        history.series[0].metric = Some("callgrind_instructions".to_owned());
        judged(&history, NO_GIT, &Selection::default())
    };
    let same = counted(|_| "1.90");
    assert_eq!((same.findings.len(), same.series[0].key.metric()), (1, Some(Metric::CallgrindInstructions)));
    let other = counted(|number| if number < 4 { "1.90" } else { "1.91" });
    assert_eq!((other.findings.len(), other.count_breaks.len(), other.judged()), (0, 1, 1));
}

#[test]
fn an_exported_time_of_too_few_rounds_is_skipped_as_that_of_a_run_is() {
    let few: Vec<usize> = (0..8).collect();
    let of_rounds = |source: &str, metric: Metric, rounds: usize| {
        let stamp = move |number: usize| InterchangePoint { samples: vec![1.0; rounds], ..order(number) };
        let mut history = imported(metric.unit(), &few, &stamp, &level);
        history.source = source.to_owned();
        history.series[0].name = "spawn/thread/count=1".to_owned();
        history.series[0].metric = Some(metric.name().to_owned());
        judged(&history, NO_GIT, &Selection::default()).series.len()
    };
    let all = [(Metric::WallTime, 2), (Metric::WallTime, 3), (Metric::WallTime, 0), (Metric::SystemCalls, 1)];
    assert_eq!(all.map(|(metric, rounds)| of_rounds(PARCOST, metric, rounds)), [0, 1, 1, 1]);
    // Samples of another tool are no rounds, whatever its series are called.
    assert_eq!(all.map(|(metric, rounds)| of_rounds("google-benchmark", metric, rounds)), [1; 4]);
}

#[test]
fn an_exported_series_whose_newest_values_cannot_be_used_has_not_ended() {
    let few: Vec<usize> = (0..8).collect();
    let cases = [
        ("used", &[100.25; 3][..], vec![]),
        ("too few rounds", &[100.25; 2], vec![SkipReason::TooFewRounds]),
        ("one operation a sample", &[100.0, 101.5, 99.0], vec![SkipReason::ShortSamples]),
    ];
    for (name, newest, expected) in cases {
        let stamp = |number: usize| {
            let samples = if number < 4 { vec![100.25; 3] } else { newest.to_vec() };
            InterchangePoint { samples, ..order(number) }
        };
        let mut history = imported("ns", &few, &stamp, &|_| 100.25);
        let mut other =
            imported("ns", &few, &|number| InterchangePoint { samples: vec![0.75; 3], ..order(number) }, &level);
        other.series[0].name = "spawn/fork/count=1".to_owned();
        history.series[0].name = "spawn/thread/count=1".to_owned();
        history.series.append(&mut other.series);
        for series in &mut history.series {
            (series.suite, series.metric) = (Some("spawn".to_owned()), Some("wall_time".to_owned()));
        }
        history.source = PARCOST.to_owned();
        let judged = judged(&history, NO_GIT, &Selection::default());
        assert_eq!(judged.skipped.iter().map(|it| it.reason).collect::<Vec<_>>(), expected, "{name}");
        assert!(judged.ended.is_empty(), "{name}: {:?}", judged.ended);
    }
}
