//! Counts of instructions over the commits: nearly exact, so that two equal values are proof where a time takes many.

use crate::model::{Direction, Estimate};
use crate::stats;
use crate::trend::drift::drifts;
use crate::trend::{Alert, AlertKind, Hazard, Policy, Trend, Unjudged};

/// Observations that a first verdict takes: two that tell the level, and two that confirm another.
const START: usize = 4;
/// The smallest change that is told, as a share: what is less comes with the environment and the length of a path.
const SHARE_MIN: f64 = 0.005;
/// The smallest change that is told, in instructions.
const INSTRUCTIONS_MIN: f64 = 100.0;
/// Two values that differ by no more than this share are equal: random seeds of hash tables move counts by that much.
const EQUAL: f64 = 0.001;
/// How often the jitter of a series has to be exceeded.
const JITTER_FACTOR: f64 = 3.0;
/// Newest observations that the level and the jitter are taken of.
const MEMORY: usize = 20;
/// Commits for which a level that was left is remembered.
const LEVEL_MEMORY: usize = 60;

/// Replays a series of counts and tells every step: a change at one commit, confirmed by the next, of half a percent and
/// a hundred instructions at least and beyond three times what the counts do by themselves. One value alone is never told.
///
/// # Errors
///
/// For a series that cannot be judged.
pub(super) fn counts(values: &[f64], direction: Direction) -> Result<Trend, Unjudged> {
    if let Some(place) = values.iter().position(|value| !(value.is_finite() && *value > 0.0)) {
        return Err(Unjudged::NotPositive { place, value: values[place] });
    }
    if values.len() < START {
        return Err(Unjudged::TooFew { found: values.len(), needed: START });
    }
    let mut alerts = Vec::new();
    let mut left: Vec<(f64, usize)> = Vec::new();
    let mut segment: Vec<f64> = values[..2].to_vec();
    for place in 2..values.len() {
        let step = values.get(place + 1).and_then(|&next| step(&segment, values[place], next));
        match step {
            Some(level) => {
                let change = values[place] / level - 1.0;
                let returns = |&(other, at): &(f64, usize)| {
                    place - at <= LEVEL_MEMORY && (values[place] / other - 1.0).abs() <= change.abs() / 2.0
                };
                let kind = match (left.iter().any(returns), (change > 0.0) == (direction == Direction::LowerIsBetter)) {
                    (true, _) => AlertKind::Return,
                    (false, true) => AlertKind::Regression,
                    (false, false) => AlertKind::Improvement,
                };
                let effect = Estimate::exact(change).map_err(|_| Unjudged::TooWide)?;
                // No noise does this at all; the rarest that there is a word for.
                let hazard = Hazard::OneIn5000;
                alerts.push(Alert { alert_index: place + 1, change_index: place, effect, kind, hazard });
                left.push((level, place));
                segment = vec![values[place]];
            }
            None if is_spike(&segment, values[place]) => {}
            None => segment.push(values[place]),
        }
    }
    let logs: Vec<f64> = values.iter().map(|&value| libm::log(value)).collect();
    let policy = Policy { floor: SHARE_MIN, ..Policy::default() };
    let drifts = drifts(&logs, &alerts, direction, &policy);
    let smallest = level(&segment).map_or(SHARE_MIN, |level| least(&segment, level) / level);
    Ok(Trend { alerts, drifts, smallest })
}

/// The level that is left, where `value` lies off it and `next` confirms it.
fn step(segment: &[f64], value: f64, next: f64) -> Option<f64> {
    let level = level(segment)?;
    let least = least(segment, level);
    let off = |value: f64| (value - level).abs() > least;
    let equal = (next / value - 1.0).abs() <= jitter(segment).max(EQUAL);
    (off(value) && off(next) && equal && (value > level) == (next > level)).then_some(level)
}

/// A value that is off the level and was not confirmed, which says nothing of the level.
fn is_spike(segment: &[f64], value: f64) -> bool {
    level(segment).is_some_and(|level| (value - level).abs() > least(segment, level))
}

fn level(segment: &[f64]) -> Option<f64> {
    stats::median(&segment[segment.len().saturating_sub(MEMORY)..])
}

/// The smallest step that is told, in instructions.
fn least(segment: &[f64], level: f64) -> f64 {
    (level * SHARE_MIN.max(JITTER_FACTOR * jitter(segment))).max(INSTRUCTIONS_MIN)
}

/// The largest share by which two counts of neighbouring commits differ.
fn jitter(segment: &[f64]) -> f64 {
    let newest = &segment[segment.len().saturating_sub(MEMORY)..];
    newest.windows(2).map(|pair| (pair[1] / pair[0] - 1.0).abs()).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(values: &[f64]) -> Vec<(usize, AlertKind)> {
        let trend = counts(values, Direction::LowerIsBetter).unwrap();
        trend.alerts.iter().map(|alert| (alert.change_index, alert.kind)).collect()
    }

    #[test]
    fn two_equal_values_confirm_a_step_and_one_is_a_spike() {
        let (low, high) = (100_000.0, 101_000.0);
        use AlertKind::{Improvement, Regression, Return};
        type Case<'a> = (&'a str, &'a [f64], &'a [(usize, AlertKind)]);
        let cases: [Case; 9] = [
            ("flat", &[low; 6], &[]),
            ("a step", &[low, low, low, high, high], &[(3, Regression)]),
            ("down", &[high, high, low, low], &[(2, Improvement)]),
            ("not confirmed yet", &[low, low, low, high], &[]),
            ("a spike", &[low, low, 3.0 * low, low, low, low], &[]),
            ("two spikes that differ", &[low, low, 3.0 * low, 2.0 * low, low, low], &[]),
            ("below half a percent", &[low, low, 100_400.0, 100_400.0], &[]),
            ("fewer than a hundred", &[1_000.0, 1_000.0, 1_099.0, 1_099.0], &[]),
            ("and back", &[low, low, high, high, high, low, low], &[(2, Regression), (5, Return)]),
        ];
        for (name, values, expected) in cases {
            assert_eq!(told(values), expected, "{name}");
        }
    }

    #[test]
    fn a_series_that_jitters_takes_larger_steps() {
        let jittering = |level: f64, count: usize| (0..count).map(move |place| level + 400.0 * (place % 2) as f64);
        let series = |to: f64| jittering(100_000.0, 10).chain(jittering(to, 10)).collect::<Vec<_>>();
        assert_eq!(told(&series(101_000.0)), []);
        assert_eq!(told(&series(103_000.0)), [(10, AlertKind::Regression)]);
        let smallest = counts(&series(100_000.0), Direction::LowerIsBetter).unwrap().smallest;
        assert!((smallest - 0.012).abs() < 1e-3, "{smallest}");
    }

    #[test]
    fn refuses_what_cannot_be_judged() {
        let judged = |values: &[f64]| counts(values, Direction::LowerIsBetter);
        assert_eq!(judged(&[1.0; 3]), Err(Unjudged::TooFew { found: 3, needed: START }));
        assert_eq!(judged(&[1.0, 0.0]), Err(Unjudged::NotPositive { place: 1, value: 0.0 }));
    }
}
