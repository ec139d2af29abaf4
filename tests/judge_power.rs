//! What the judge promises, in numbers: how rarely it speaks of nothing and how surely it finds a step, on seeded noise.
//!
//! The bars are those the detector was chosen by; on histories of real projects `examples/score.rs` measures the same.

mod noise;

use noise::Family;
use parcost::judge::{Alert, Policy, trend};
use parcost::model::Direction;

/// Values of one series, and series of one family: 9,000 values, so that one alarm more or less is a small matter.
const LENGTH: usize = 300;
const SERIES: u64 = 30;
/// Where a step is planted.
const STEP_AT: usize = 150;

fn alerts(values: &[f64]) -> Vec<Alert> {
    trend(values, Direction::LowerIsBetter, &Policy::default())
        .expect("made-up values are finite and above zero")
        .alerts
}

/// Alarms for 1,000 values of a family in which nothing changes.
fn alarms_per_1000(family: Family) -> f64 {
    let alarms: usize = (0..SERIES).map(|seed| alerts(&family.series(LENGTH, seed)).len()).sum();
    alarms as f64 * 1e3 / (LENGTH as f64 * SERIES as f64)
}

/// Values seen from a planted step until it is told, at the right place and in the right direction; none if it is not.
fn delay(family: Family, seed: u64, step: f64) -> Option<usize> {
    let mut values = family.series(STEP_AT + 20, seed);
    values[STEP_AT..].iter_mut().for_each(|value| *value *= 1.0 + step);
    let hits = |alert: &&Alert| {
        alert.change_index.abs_diff(STEP_AT) <= 5
            && alert.alert_index >= STEP_AT
            && alert.effect.center().signum() == step.signum()
    };
    alerts(&values).iter().find(hits).map(|alert| alert.alert_index - STEP_AT + 1)
}

/// Machines that go to and fro between two speeds look like steps to whoever has the series alone.
fn steady() -> impl Iterator<Item = Family> {
    Family::ALL.into_iter().filter(|&family| family != Family::Sticky)
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
            let told = delays.iter().flatten().filter(|delay| **delay <= within).count();
            let share = told as f64 / delays.len() as f64;
            assert!(share >= bar, "{step:+} within {within} values: {share:.3}, less than {bar}");
        }
    }
}

#[test]
fn a_single_spike_is_never_told() {
    for family in steady() {
        for seed in 0..10 {
            let quiet = family.series(LENGTH, seed);
            let mut spiked = quiet.clone();
            for (place, factor) in [(60, 3.0), (140, 0.3), (LENGTH - 1, 10.0)] {
                spiked[place] *= factor;
            }
            let new = alerts(&spiked).len().saturating_sub(alerts(&quiet).len());
            assert_eq!(new, 0, "{family:?}, seed {seed}");
        }
    }
}

#[test]
fn the_same_values_give_the_same_verdict() {
    let mut values = Family::HeavyTail.series(LENGTH, 1);
    values[STEP_AT..].iter_mut().for_each(|value| *value *= 1.08);
    assert_eq!(alerts(&values), alerts(&values));
    // A step of a power of two moves every logarithm by the same amount, and no rank at all.
    let shifted: Vec<f64> = values.iter().map(|value| value * 4.0).collect();
    let places =
        |alerts: Vec<Alert>| alerts.iter().map(|alert| (alert.alert_index, alert.change_index)).collect::<Vec<_>>();
    assert_eq!(places(alerts(&values)), places(alerts(&shifted)));
}
