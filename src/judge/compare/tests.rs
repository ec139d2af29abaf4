mod causes;

use super::*;
use crate::judge::fixture;
use crate::model::{Estimate, Fact, MachineKey, Measurement, Metric, Quality, Round, Run};

/// Values of rounds that lie within a per cent of `level`, the same for every call.
fn near(level: f64, count: usize) -> Vec<f64> {
    let ripple = [0.0, 0.4, -0.3, 0.7, -0.6, 0.2, -0.1, 0.5];
    (0..count).map(|place| level * (1.0 + ripple[place % ripple.len()] / 100.0)).collect()
}

/// What is told of a series.
struct Told {
    topic: &'static str,
    benchmark: &'static str,
    metric: Metric,
    rounds: Vec<f64>,
    /// A calibrator's value for every round.
    calibrator: Option<f64>,
    samples: u64,
}

fn wall(benchmark: &'static str, rounds: Vec<f64>) -> Told {
    Told { topic: "spawn", benchmark, metric: Metric::WallTime, rounds, calibrator: None, samples: 10 }
}

fn measurement(told: &Told) -> Measurement {
    let round = |&value: &f64| Round {
        samples: told.samples,
        min: value,
        p10: value,
        median: value * 1.1,
        calibrators: told.calibrator.map(|value| ("syscall".to_owned(), value)).into_iter().collect(),
        granted: None,
    };
    let one = fixture::time(told.topic, told.benchmark, 1.0, 1.0, 1.0);
    Measurement {
        metric: told.metric,
        rounds: told.rounds.iter().map(round).collect(),
        calibrator: told.calibrator.map(|_| "syscall".to_owned()),
        ..one
    }
}

fn run(id: u64, told: &[Told]) -> Run {
    let mut run = fixture::empty_run();
    run.id = format!("{id:016x}");
    run.commit.dirty = false;
    run.measurements = told.iter().map(measurement).collect();
    run
}

fn side(name: &str, runs: &[Run]) -> Side {
    let source = |run: &Run| Source::of_run(&format!("{}.json", run.id), run);
    Side { name: name.to_owned(), sources: runs.iter().map(source).collect() }
}

fn compared(baseline: &[Run], candidate: &[Run]) -> Comparison {
    compare(&side("A", baseline), &side("B", candidate), &|_| true).unwrap()
}

/// The only row of two runs of one series each.
fn row(baseline: Told, candidate: Told) -> Row {
    let mut comparison = compared(&[run(1, &[baseline])], &[run(2, &[candidate])]);
    assert_eq!(comparison.rows.len(), 1, "{comparison:?}");
    comparison.rows.remove(0)
}

fn timed(rounds: Vec<f64>) -> Told {
    wall("spawn/fork/count=1", rounds)
}

fn calibrated(rounds: Vec<f64>, calibrator: f64) -> Told {
    Told { calibrator: Some(calibrator), ..timed(rounds) }
}

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

fn counts(benchmark: &'static str, count: f64) -> Told {
    let metric = Metric::CallgrindInstructions;
    Told { topic: "callgrind", benchmark, metric, rounds: vec![count], calibrator: None, samples: 1 }
}

#[test]
fn counts_are_exact() {
    let cases = [
        ("equal", "parse/json", 100_000.0, 100_000.0, Verdict::NoChange, ""),
        ("below the notice", "parse/json", 100_000.0, 100_050.0, Verdict::NoChange, ""),
        ("a notice", "parse/json", 100_000.0, 100_300.0, Verdict::NoChange, "notice: +0.30 %"),
        ("more", "parse/json", 100_000.0, 100_600.0, Verdict::Slower, ""),
        ("less", "parse/json", 100_000.0, 99_000.0, Verdict::Faster, ""),
        ("few instructions", "parse/json", 1_000.0, 1_090.0, Verdict::NoChange, "notice: +9.00 %"),
        ("threads", "calc/threads", 100_000.0, 102_000.0, Verdict::Inconclusive, "notice: the count moved"),
        ("threads, a little", "calc/threads", 100_000.0, 100_900.0, Verdict::NoChange, "notice: +0.90 %"),
        ("collapsed", "parse/json", 100_000.0, 3_000.0, Verdict::Refused, "count collapsed"),
        ("nothing", "parse/json", 100_000.0, 0.0, Verdict::Refused, "holds 0 instructions"),
    ];
    for (name, benchmark, before, after, expected, reason) in cases {
        let row = row(counts(benchmark, before), counts(benchmark, after));
        assert_eq!(row.verdict, expected, "{name}: {row:?}");
        assert!(row.reason.unwrap_or_default().contains(reason), "{name}");
    }
}

#[test]
fn counts_that_scatter_raise_their_own_floor() {
    let side_of = |first: u64, values: &[f64]| -> Vec<Run> {
        (first..).zip(values).map(|(id, &value)| run(id, &[counts("parse/json", value)])).collect()
    };
    let steady = compared(&side_of(1, &[100_000.0, 100_000.0]), &side_of(5, &[101_000.0]));
    assert_eq!(steady.rows[0].verdict, Verdict::Slower);
    let scattered = compared(&side_of(1, &[100_000.0, 100_500.0]), &side_of(5, &[101_000.0]));
    assert_eq!(scattered.rows[0].verdict, Verdict::NoChange);
    assert!((scattered.rows[0].floor.unwrap() - 0.015).abs() < 1e-9);
}

#[test]
fn counts_of_unlike_tools_are_not_judged() {
    let with = |id, name: &str, value: &str| {
        let mut run = run(id, &[counts("parse/json", 100_000.0)]);
        let facts = if name == "libc_dispatch" { &mut run.machine.software } else { &mut run.toolchain.facts };
        facts.insert(name.to_owned(), Fact::Value(value.to_owned()));
        run
    };
    for name in ["valgrind", "libc", "rustc", "libc_dispatch"] {
        let comparison = compared(&[with(1, name, "3.19")], &[with(2, name, "3.20")]);
        let reason = comparison.rows[0].reason.clone().unwrap();
        assert_eq!(comparison.rows[0].verdict, Verdict::Inconclusive, "{name}");
        assert!(["3.19", "3.20", "0000000000000002.json", name].iter().all(|it| reason.contains(it)), "{reason}");
    }
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
fn what_one_side_has_is_new_or_missing_and_never_a_change() {
    let both = || wall("spawn/thread", near(100.0, 6));
    let baseline = run(1, &[both(), wall("spawn/old", near(1.0, 6)), wall("spawn/broken", near(1.0, 6))]);
    let mut candidate = run(2, &[both(), wall("spawn/new", near(1.0, 6))]);
    candidate.failures.push(fixture::failure("spawn", "spawn/broken", "it ended early"));
    let comparison = compared(&[baseline], &[candidate]);
    let names = |lone: &[Lone]| lone.iter().map(|it| (it.benchmark.clone(), it.reason.clone())).collect::<Vec<_>>();
    let told = |name: &str, reason: &str| (name.to_owned(), reason.to_owned());
    assert_eq!(names(&comparison.added), [told("spawn/new", "no reason was recorded")]);
    let missing = [told("spawn/broken", "it failed: it ended early"), told("spawn/old", "no reason was recorded")];
    assert_eq!(names(&comparison.missing), missing);
    assert_eq!(comparison.rows.len(), 1);
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

#[test]
fn sides_that_cannot_be_compared_are_refused() {
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
        ("same run", vec![good(1)], vec![good(1)], "same code: 0000000000000001.json is on both sides"),
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
fn a_copied_file_is_no_second_witness() {
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
    assert!(comparison.same_code.unwrap().contains("same binaries (abc): an A/A comparison"));
    for (ours, theirs) in [(Some("abc"), Some("abd")), (None, None), (Some("abc"), None)] {
        assert_eq!(compared(&[hashed(1, ours, 100.0)], &[hashed(2, theirs, 150.0)]).same_code, None);
    }
}

/// A process of another harness, whose samples nobody else has.
fn foreign(name: &str, benchmark: &str, min: f64, work: Option<&str>) -> Source {
    let series = Series {
        topic: "g".to_owned(),
        benchmark: benchmark.to_owned(),
        metric: Metric::WallTime,
        work: work.map(str::to_owned),
        doubt: None,
        calibrator: None,
        processes: vec![Process { samples: 100, min, median: min * 1.2, calibrator: None }],
    };
    Source { place: name.to_owned(), origin: None, series: vec![series], gaps: Default::default() }
}

#[test]
fn saved_baselines_are_processes_of_their_own() {
    let side = |name: &str, values: &[f64]| Side {
        name: name.to_owned(),
        sources: values.iter().map(|value| foreign(&format!("{name}{value}"), "g/f", *value, None)).collect(),
    };
    let comparison =
        compare(&side("a", &[100.0, 101.0, 99.0, 100.5]), &side("b", &[150.0, 152.0, 149.0, 151.0]), &|_| true);
    let comparison = comparison.unwrap();
    assert_eq!((comparison.rows[0].verdict, comparison.rows[0].replicate), (Verdict::Slower, Replicate::Run));
    assert!(comparison.cautions[0].contains("taken on trust"));
    let same = compare(&side("new", &[100.0]), &side("base", &[100.0]), &|_| true).unwrap_err();
    assert!(same.to_string().contains("the very same samples"), "{same}");
}

#[test]
fn declared_work_that_changed_is_another_unit() {
    let side =
        |name: &str, value, work| Side { name: name.to_owned(), sources: vec![foreign(name, "g/f", value, work)] };
    let told =
        |ours, theirs| compare(&side("a", 100.0, ours), &side("b", 90.0, theirs), &|_| true).unwrap().rows.remove(0);
    for (ours, theirs) in [(Some("Bytes 64"), Some("Bytes 128")), (None, Some("Bytes 128")), (Some("Bytes 64"), None)] {
        let row = told(ours, theirs);
        assert_eq!(row.verdict, Verdict::Refused);
        assert!(row.reason.unwrap().contains("unit changed: the work of one operation of g/f wall_time"));
    }
    assert_eq!(told(Some("Bytes 64"), Some("Bytes 64")).verdict, Verdict::Inconclusive);
}

#[test]
fn cautions_say_what_to_bear_in_mind() {
    let mut quick = run(2, &[timed(near(100.0, 6))]);
    quick.profile = "quick, topics spawn".to_owned();
    quick.commit.dirty = true;
    let cautions = compared(&[run(1, &[timed(near(100.0, 6))])], &[quick]).cautions;
    assert!(cautions[0].contains("unlike profiles, full against quick"), "{cautions:?}");
    assert!(cautions[1].contains("not committed are in 1 of the runs"), "{cautions:?}");
}

#[test]
fn shapes_hold_ratios_against_ratios() {
    let mut there = fixture::run();
    for measurement in &mut there.measurements {
        // A machine that is twice as slow in everything has the same shape.
        let [center, low, high] =
            [measurement.estimate.center(), measurement.estimate.low(), measurement.estimate.high()];
        measurement.estimate = Estimate::new(center * 2.0, low * 2.0, high * 2.0).unwrap();
    }
    let shapes = shapes(&fixture::run(), &there);
    assert!(!shapes.rows.is_empty() && !shapes.means.is_empty());
    for mean in &shapes.means {
        assert!((mean.quotient.center() - 1.0).abs() < 1e-9, "{mean:?}");
    }
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
    assert_eq!(one.rows[0].ratio, other.rows[0].ratio);
}
