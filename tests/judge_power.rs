//! What the judge promises, in numbers: how rarely it speaks of nothing and how surely it finds a step, on seeded noise.
//!
//! The bars are those that detector and gate were chosen by; on histories of real projects and on measured processes
//! `examples/score` measures the same.

mod noise;

use noise::histories::{Event, Located, Slowed, claimed_and_found, history_of, noisier_per_1000, young};
use noise::paired::{benchmark, run};
use noise::{Family, Random, Shape};
use parcost::rooms::gate::{Gate, GatePolicy, SeriesVerdict, gate, undecided};
use parcost::rooms::model::{Class, Direction, Metric, PairedBenchmark, PairedCount, PairedRun, Timing};
use parcost::rooms::trend::{ChangePoint, Drift, trend};
use parcost::rooms::verdict::policy::LOOKS;
use parcost::rooms::verdict::{Outcome, Verdict};
use proptest::prelude::*;

/// Values of one series, and series of one family: 9,000 values, so that one alarm more or less is a small matter.
const LENGTH: usize = 300;
const SERIES: u64 = 30;
/// Where a step is planted.
const STEP_AT: usize = 150;

fn change_points(values: &[f64]) -> Vec<ChangePoint> {
    trend(values, Direction::LowerIsBetter).expect("made-up values are finite and above zero").change_points
}

/// Alarms for 1,000 values of a family in which nothing changes.
fn alarms_per_1000(family: Family) -> f64 {
    let alarms: usize = (0..SERIES).map(|seed| change_points(&family.series(LENGTH, seed)).len()).sum();
    alarms as f64 * 1e3 / (LENGTH as f64 * SERIES as f64)
}

/// Values seen from a planted step until it is found, at the right place and in the right direction; none if it is not.
fn delay(family: Family, seed: u64, step: f64) -> Option<usize> {
    let mut values = family.series(STEP_AT + 20, seed);
    values[STEP_AT..].iter_mut().for_each(|value| *value *= 1.0 + step);
    let hits = |point: &&ChangePoint| {
        point.at.abs_diff(STEP_AT) <= 5 && point.detected >= STEP_AT && point.change.center().signum() == step.signum()
    };
    change_points(&values).iter().find(hits).map(|point| point.detected - STEP_AT + 1)
}

/// Machines that go to and fro between two speeds look like steps to whoever has the series alone.
fn steady() -> impl Iterator<Item = Family> {
    Family::ALL.iter().copied().filter(|&family| family != Family::Sticky)
}

#[test]
fn noise_without_a_change_raises_few_alarms() {
    let mut sum = 0.0;
    for family in steady() {
        let alarms = alarms_per_1000(family);
        let bar = if family == Family::Autoregressive { 4.0 } else { 1.0 };
        assert!(alarms <= bar, "{family:?}: {alarms:.2} for 1,000 values, more than {bar}");
        sum += alarms;
    }
    let mean = sum / steady().count() as f64;
    assert!(mean <= 0.6, "{mean:.2} for 1,000 values over all families");
}

#[test]
fn planted_steps_are_found() {
    for (step, bar_10, bar_20) in [(0.05, 0.88, 0.94), (-0.05, 0.88, 0.94), (0.1, 0.88, 0.98), (-0.1, 0.88, 0.98)] {
        let delays: Vec<Option<usize>> =
            steady().flat_map(|family| (0..SERIES).map(move |seed| delay(family, seed, step))).collect();
        for (within, bar) in [(10, bar_10), (20, bar_20)] {
            let found = delays.iter().flatten().filter(|delay| **delay <= within).count();
            let share = found as f64 / delays.len() as f64;
            assert!(share >= bar, "{step:+} within {within} values: {share:.3}, less than {bar}");
        }
    }
}

/// Per standard deviation of the noise, which is 0.4 to 5 % of the level.
const STEPS: [(f64, f64); 4] = [(0.004, 50.0), (0.01, 5.0), (0.03, 5.0), (0.05, 5.0)];
const SMALL_STEPS: [(f64, f64); 2] = [(0.01, 3.0), (0.05, 3.0)];

#[test]
fn steps_are_located_exactly_and_intervals_hold_them() {
    for &shape in Shape::ALL {
        let located = |steps: &[(f64, f64)]| {
            let each = steps.iter().map(|&(sd, deviations)| Located::of(shape, sd, deviations, 20));
            each.fold(Located::default(), Located::and)
        };
        let (large, small) = (located(&STEPS), located(&SMALL_STEPS));
        let ((exact, _), (_, covered)) = (large.shares(), large.and(small).shares());
        assert!(large.found >= 75, "{shape:?}: {large:?}");
        assert!(exact >= 0.95, "{shape:?}: {exact:.3} of the clear steps are at their commit");
        assert!(covered >= 0.95, "{shape:?}: {covered:.3} of the intervals hold the commit");
    }
}

#[test]
fn a_slower_machine_is_never_called_code_and_one_cause_is_one_finding() {
    let suites = [(Shape::Gauss, 0.004), (Shape::Skewed, 0.02), (Shape::Bimodal, 0.03), (Shape::Gauss, 0.05)];
    let suites = suites.into_iter().chain([(Shape::Lingering, 0.01), (Shape::Sticky, 0.01)]);
    let slowed = |event| {
        let each = suites.clone().map(|(shape, sd)| Slowed::of(event, shape, sd, 0.2, 0..6));
        each.fold(Slowed::default(), Slowed::and)
    };
    let (machine, code) = (slowed(Event::Machine), slowed(Event::Code));
    assert_eq!(machine.code, 0, "{machine:?}");
    assert!(code.code >= 35 && code.covered >= 35, "{code:?}");
    assert!(machine.one + code.one >= 71, "{machine:?} {code:?}");
}

#[test]
fn a_plain_step_after_few_commits_is_found_or_suspected() {
    let cases = (5..=7).flat_map(|before| [5, 10, 15, 20, 40].map(|after| (before, after)));
    for (before, after) in cases {
        for (sd, seed) in [0.005, 0.01, 0.03].into_iter().flat_map(|sd| (0..8).map(move |seed| (sd, seed))) {
            let history = history_of(&young(sd, before, after, seed));
            let series = &history.series[0];
            let found = series.trend.iter().flat_map(|trend| &trend.change_points).next();
            let at = found.map(|point| point.at).or(series.suspected.map(|suspected| suspected.at));
            assert_eq!(at, Some(before), "{before} before, {after} after, noise {sd}, seed {seed}");
            assert_eq!(history.findings.len(), usize::from(found.is_some()));
        }
    }
}

#[test]
fn noise_alone_is_rarely_suspected() {
    for (family, length) in steady().flat_map(|family| [10, 20, 40].map(|length| (family, length))) {
        let is_suspected = |seed: &u64| history_of(&family.series(length, *seed)).series[0].suspected.is_some();
        let suspected = (0..100).filter(is_suspected).count();
        assert!(suspected <= 5, "{family:?}, {length} values: {suspected} of 100 series");
    }
}

#[test]
fn noise_that_grows_is_not_a_level_that_changed() {
    for shape in [Shape::Gauss, Shape::Skewed, Shape::HeavyTail, Shape::Bimodal] {
        for over in [0, 60, 150] {
            let alarms = noisier_per_1000(shape, over, 40);
            assert!(alarms <= 2.0, "{shape:?} over {over} commits: {alarms:.2} for 1,000 values");
        }
    }
}

#[test]
fn a_change_of_the_size_claimed_is_found() {
    for &shape in Shape::ALL {
        for sd in [0.01, 0.05] {
            let (found, claim) = claimed_and_found(shape, sd, 25);
            assert!(found >= 0.8, "{shape:?}, {sd}: {claim:.3} is claimed and found in {found:.2}");
        }
    }
}

#[test]
fn a_machine_with_two_speeds_raises_few_alarms() {
    let alarms = alarms_per_1000(Family::Sticky);
    assert!(alarms <= 8.0, "{alarms:.1} for 1,000 values");
}

#[test]
fn a_single_spike_is_never_reported() {
    for family in steady() {
        for seed in 0..10 {
            let quiet = family.series(LENGTH, seed);
            let mut spiked = quiet.clone();
            for (place, factor) in [(60, 3.0), (140, 0.3), (LENGTH - 1, 10.0)] {
                spiked[place] *= factor;
            }
            let new = change_points(&spiked).len().saturating_sub(change_points(&quiet).len());
            assert_eq!(new, 0, "{family:?}, seed {seed}");
        }
    }
}

#[test]
fn the_same_values_give_the_same_verdict() {
    let mut values = Family::HeavyTail.series(LENGTH, 1);
    values[STEP_AT..].iter_mut().for_each(|value| *value *= 1.08);
    assert_eq!(change_points(&values), change_points(&values));
    // A step of a power of two moves every logarithm by the same amount, and no rank at all.
    let shifted: Vec<f64> = values.iter().map(|value| value * 4.0).collect();
    let places = |points: Vec<ChangePoint>| points.iter().map(|point| (point.detected, point.at)).collect::<Vec<_>>();
    assert_eq!(places(change_points(&values)), places(change_points(&shifted)));
}

/// Benchmarks of a suite; suites of every family.
const SUITE: usize = 100;
const SUITES: u64 = 2;

/// A suite of a family of noise, with its three slower benchmarks: fresh processes one after the other, of which it is
/// drawn which one is the candidate's.
fn suite(family: Family, seed: u64, slowdown: f64) -> PairedRun {
    let mut random = Random(seed);
    let benchmarks = (0..SUITE).map(|place| {
        let values = family.series(120, seed * 1_000 + place as u64);
        let factor = if is_changed(place) { 1.0 + slowdown } else { 1.0 };
        let pairs = values.chunks_exact(2).map(|pair| {
            let (a, b) = if random.uniform() < 0.5 { (pair[0], pair[1]) } else { (pair[1], pair[0]) };
            (a, b * factor)
        });
        benchmark(&format!("{place:03}"), Class::System, pairs)
    });
    run(benchmarks.collect(), Vec::new())
}

fn is_changed(place: usize) -> bool {
    [3, 41, 77].contains(&place)
}

fn gated(run: &PairedRun) -> Gate {
    gate(run, &GatePolicy::default())
}

#[test]
fn a_gate_on_noise_raises_no_alarm_and_its_intervals_hold_the_truth() {
    let (mut judged, mut alarms, mut covered, mut promised) = (0, 0, 0, 0.0);
    for (family, seed) in Family::ALL.iter().copied().flat_map(|family| (0..SUITES).map(move |seed| (family, seed))) {
        for series in gated(&suite(family, seed, 0.0)).benchmarks {
            let change = series.change.unwrap();
            judged += 1;
            alarms += usize::from(series.verdict.is_change());
            covered += usize::from(change.low() <= 0.0 && 0.0 <= change.high());
            promised += series.confidence.unwrap();
        }
    }
    assert!(alarms * 1_000 <= judged, "{alarms} false alarms in {judged} comparisons");
    let [coverage, promised] = [covered as f64, promised].map(|sum| sum / judged as f64);
    assert!((coverage - promised).abs() <= 0.02, "intervals of {promised:.3} hold the truth in {coverage:.3}");
}

#[test]
fn a_gate_finds_planted_slowdowns() {
    for (slowdown, bar) in [(0.05, 0.9), (0.1, 0.95)] {
        let (mut planted, mut found) = (0, 0_u32);
        for &family in Family::ALL {
            let series = gated(&suite(family, 7, slowdown)).benchmarks;
            for (_, one) in series.iter().enumerate().filter(|(place, _)| is_changed(*place)) {
                planted += 1;
                found += u32::from(one.verdict == Verdict::Regressed);
            }
        }
        let recall = f64::from(found) / f64::from(planted);
        assert!(recall >= bar, "{slowdown:+}: {found} of {planted}, less than {bar}");
    }
}

#[test]
fn a_run_that_stops_where_it_is_decided_is_judged_like_the_whole() {
    for family in [Family::Gauss05, Family::Gauss3, Family::HeavyTail, Family::Outliers] {
        let whole = suite(family, 1, 0.05);
        let mut live = PairedRun { benchmarks: whole.benchmarks.clone(), ..whole.clone() };
        live.benchmarks.iter_mut().for_each(|benchmark| benchmark.pairs.clear());
        let mut open: Vec<usize> = (0..SUITE).collect();
        for look in LOOKS {
            for &place in &open {
                live.benchmarks[place].pairs = whole.benchmarks[place].pairs[..look].to_vec();
            }
            open = undecided(&live);
        }
        assert!(open.is_empty(), "{family:?}: {open:?} after the last look");
        assert_eq!(gated(&live), gated(&whole), "{family:?}");
    }
}

/// Counts of one function, that of the candidate higher by so much.
fn counted(name: usize, count: u64, jitter: u64, threaded: bool, growth: u64, random: &mut Random) -> PairedCount {
    let mut twice = |count: u64| (0..2).map(|_| count + (random.uniform() * (jitter + 1) as f64) as u64).collect();
    PairedCount {
        topic: "counted".to_owned(),
        benchmark: format!("{name:03}"),
        metric: Metric::CallgrindInstructions,
        baseline: twice(count),
        candidate: twice(count + growth),
        threaded,
        functions: Vec::new(),
        uncounted: None,
    }
}

#[test]
fn counts_raise_no_false_alarm_and_miss_no_change() {
    let mut random = Random(0);
    let repeats = |growth: fn(u64) -> u64, jitter: u64, random: &mut Random| -> Vec<SeriesVerdict> {
        let counts = (0..100).map(|repeat| {
            let count = libm::exp(random.uniform() * libm::log(1e7)) as u64 * 100;
            // In parts of 10,000.
            counted(repeat, count, count * jitter / 10_000, jitter > 0, growth(count), random)
        });
        gated(&run(Vec::new(), counts.collect())).counts
    };
    for jitter in [0, 8] {
        let verdicts = repeats(|_| 0, jitter, &mut random);
        assert_eq!(verdicts.len(), 100);
        assert!(verdicts.iter().all(|count| count.verdict == Verdict::Unchanged), "{verdicts:?}");
    }
    let verdicts = repeats(|count| count / 200 + 101, 0, &mut random);
    assert!(verdicts.iter().all(|count| count.verdict == Verdict::Regressed), "{verdicts:?}");
}

/// Any number that a process could report, most of them sound.
fn any_time() -> impl Strategy<Value = f64> {
    prop_oneof![9 => 1.0..1e9, 1 => prop::num::f64::ANY]
}

fn any_timing() -> impl Strategy<Value = Timing> {
    let cpu = prop::option::weighted(0.9, any_time());
    (any_time(), any_time(), cpu).prop_map(|(wall_ns, wall_ns_median, cpu_ns)| Timing {
        samples: 10,
        wall_ns,
        wall_ns_median,
        wall_ns_mean: Some(wall_ns_median),
        cpu_ns,
    })
}

fn any_benchmark() -> impl Strategy<Value = PairedBenchmark> {
    let pairs = prop_oneof![
        // Sound from end to end, and spoiled somewhere.
        prop::collection::vec((1.0..1.1, 1.0..1.2, prop::option::of(0.0..0.2)), 0..64).prop_map(|pairs| {
            let mut made = benchmark("", Class::System, pairs.iter().map(|pair| (pair.0, pair.1)));
            made.pairs.iter_mut().zip(pairs).for_each(|(pair, (_, _, stolen))| pair.stolen = stolen);
            made.pairs
        }),
        prop::collection::vec((any_timing(), any_timing(), prop::option::of(prop::num::f64::ANY)), 0..20).prop_map(
            |pairs| {
                let mut made = benchmark("", Class::System, pairs.iter().map(|_| (1.0, 1.0)));
                for (pair, (baseline, candidate, stolen)) in made.pairs.iter_mut().zip(pairs) {
                    (pair.baseline, pair.candidate, pair.stolen) = (baseline, candidate, stolen);
                }
                made.pairs
            }
        ),
    ];
    let metric = prop::sample::select(vec![Metric::WallTime, Metric::WallTime, Metric::CpuTime, Metric::PageFaults]);
    let class = prop::sample::select(vec![Class::System, Class::Compute]);
    let failed = prop_oneof![3 => 0u64..4, 1 => any::<u64>()];
    (0u8..12, pairs, metric, class, failed).prop_map(|(name, pairs, metric, class, failed_pairs)| PairedBenchmark {
        benchmark: format!("{name}"),
        metric,
        class,
        pairs,
        failed_pairs,
        renamed_from: None,
        failed_candidate: failed_pairs / 3,
        ..benchmark("", class, [])
    })
}

fn any_count() -> impl Strategy<Value = PairedCount> {
    let counts = || prop::collection::vec(prop_oneof![0u64..2_000, any::<u64>()], 0..3);
    (0u8..12, counts(), counts(), any::<bool>()).prop_map(|(name, baseline, candidate, threaded)| PairedCount {
        topic: "made".to_owned(),
        benchmark: format!("{name}"),
        metric: Metric::CallgrindInstructions,
        baseline,
        candidate,
        threaded,
        functions: Vec::new(),
        uncounted: None,
    })
}

fn any_run() -> impl Strategy<Value = PairedRun> {
    let benchmarks = prop::collection::vec(any_benchmark(), 0..6);
    let counts = prop::collection::vec(any_count(), 0..6);
    (benchmarks, counts, any::<bool>())
        .prop_map(|(benchmarks, counts, aligned)| PairedRun { aligned, ..run(benchmarks, counts) })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_run_is_judged_the_same_in_any_order(run in any_run()) {
        let policy = GatePolicy::default();
        let judged = gate(&run, &policy);
        let mut turned = run.clone();
        turned.benchmarks.reverse();
        turned.counts.reverse();
        // Compared as text, since a reason may name a NaN, which equals nothing.
        prop_assert_eq!(format!("{judged:?}"), format!("{:?}", gate(&turned, &policy)));
        let sound = |share: Option<f64>| share.is_none_or(f64::is_finite);
        prop_assert!(judged.results().all(|series| sound(series.p_value) && sound(series.min_detectable_change)));
        prop_assert!(undecided(&run).iter().all(|place| *place < run.benchmarks.len()));
        prop_assert!(judged.decided() > 0 || judged.outcome == Outcome::Inconclusive);
    }
}

fn drifts(values: &[f64]) -> Vec<Drift> {
    trend(values, Direction::LowerIsBetter).expect("made-up values are finite and above zero").drifts
}

/// A random walk does drift, by chance: nobody who has the series alone can distinguish it from a cause.
#[test]
fn noise_without_a_change_does_not_drift() {
    for family in Family::ALL.iter().copied().filter(|&family| family != Family::Drift) {
        for seed in 0..12 {
            let values = family.series(LENGTH, seed);
            for length in (40..=LENGTH).step_by(20) {
                assert_eq!(drifts(&values[..length]), [], "{family:?}, seed {seed}, {length} values");
            }
        }
    }
}

#[test]
fn a_drift_of_half_a_percent_a_commit_is_found_with_its_range() {
    let mut found = 0;
    for seed in 0..SERIES {
        let mut values = Family::Gauss3.series(140, seed);
        for (place, value) in values.iter_mut().enumerate() {
            let drifted = (place + 1).saturating_sub(80).min(40);
            *value *= libm::exp(drifted as f64 * 0.005);
        }
        found += usize::from(drifts(&values).iter().any(|drift| {
            drift.verdict == Verdict::Regressed
                && drift.from.abs_diff(80) <= 15
                && drift.to.abs_diff(120) <= 15
                && drift.change.center() > 0.1
        }));
    }
    let share = found as f64 / SERIES as f64;
    assert!(share >= 0.75, "{share:.2} of the drifts were found");
}

#[test]
fn a_planted_step_is_not_a_drift() {
    let step = |seed: u64| {
        let mut values = Family::Gauss3.series(LENGTH, seed);
        values[STEP_AT..].iter_mut().for_each(|value| *value *= 1.1);
        drifts(&values).len()
    };
    let found: usize = (0..SERIES).map(step).sum();
    assert!(found <= 1, "{found} of {SERIES} steps were found as drifts");
}
