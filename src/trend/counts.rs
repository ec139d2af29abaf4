//! Instruction counts over the commits: nearly exact, so that two equal values prove what takes a time many.

use super::change::{ChangePoint, SeriesTrend, Unjudged, verdict};
use super::drift::drifts;
use crate::model::{Direction, Estimate};
use crate::stats;
use crate::verdict::policy::{CHANGE_COUNT, COUNT_SAME, COUNT_SPREAD_FACTOR, COUNTS_START, TREND_LEVEL_MEMORY};

/// Newest observations that the level and the jitter are taken of.
const MEMORY: usize = 20;

/// Replays a series of counts and reports every step: a change at one commit, confirmed by the next, of half a percent and
/// `least` and beyond three times the jitter of the counts. One value alone is never reported. A step from zero has no
/// ratio: its change is as many hundred per cent as it has units.
///
/// Fails for a series that cannot be judged.
pub(super) fn counts(values: &[f64], direction: Direction, least: f64) -> Result<SeriesTrend, Unjudged> {
    if let Some(index) = values.iter().position(|value| !(value.is_finite() && *value >= 0.0)) {
        return Err(Unjudged::NotPositive { index, value: values[index] });
    }
    if values.len() < COUNTS_START {
        return Err(Unjudged::TooFew { found: values.len(), needed: COUNTS_START });
    }
    let mut points: Vec<ChangePoint> = Vec::new();
    let mut left: Vec<(f64, usize)> = Vec::new();
    let mut segment: Vec<f64> = values[..2].to_vec();
    for at in 2..values.len() {
        let step = values.get(at + 1).and_then(|&next| step(&segment, values[at], next, least));
        match step {
            Some(level) => {
                let share = change(level, values[at]);
                let returns = |&(other, left_at): &(f64, usize)| {
                    at - left_at <= TREND_LEVEL_MEMORY && change(other, values[at]).abs() <= share.abs() / 2.0
                };
                points.push(ChangePoint {
                    at,
                    interval: (at, at),
                    reach: (at, at),
                    detected: at + 1,
                    change: Estimate::exact(share).map_err(|_| Unjudged::TooWide)?,
                    verdict: verdict(share, direction),
                    returned: left.iter().any(returns),
                    from_zero: level == 0.0,
                    noise: false,
                    false_alarms: None,
                });
                left.push((level, at));
                segment = vec![values[at]];
            }
            None if is_spike(&segment, values[at], least) => {}
            None => segment.push(values[at]),
        }
    }
    let logs: Vec<f64> = values.iter().map(|&value| libm::log(value)).collect();
    let has_zeros = values.contains(&0.0);
    let drifts = if has_zeros { Vec::new() } else { drifts(&logs, &points, direction, CHANGE_COUNT) };
    let detectable = |level: f64| change(level, level + relevant(&segment, level, least.max(f64::from(level == 0.0))));
    let min_detectable_change = level(&segment).map_or(CHANGE_COUNT, detectable);
    Ok(SeriesTrend { change_points: points, drifts, min_detectable_change, noisier: None })
}

/// Whether counts repeat, as those of the same work do: most neighbours are the same. Others are judged by their noise, unless
/// some are zero, which has no ratio.
pub(super) fn repeats(values: &[f64]) -> bool {
    are_mostly_alike(values) || values.contains(&0.0)
}

/// Whether at least half of all neighbours are the same.
pub(super) fn are_mostly_alike(values: &[f64]) -> bool {
    let same = values.windows(2).filter(|pair| change(pair[0], pair[1]).abs() <= CHANGE_COUNT).count();
    2 * same + 1 >= values.len()
}

/// The level that is left, where `value` lies off it and `next` confirms it.
fn step(segment: &[f64], value: f64, next: f64, least: f64) -> Option<f64> {
    let level = level(segment)?;
    let relevant = relevant(segment, level, least);
    let off = |value: f64| (value - level).abs() > relevant;
    let equal = change(value, next).abs() <= jitter(segment).max(COUNT_SAME);
    (off(value) && off(next) && equal && (value > level) == (next > level)).then_some(level)
}

/// A value that is off the level and was not confirmed, which does not count for the level.
fn is_spike(segment: &[f64], value: f64, least: f64) -> bool {
    level(segment).is_some_and(|level| (value - level).abs() > relevant(segment, level, least))
}

fn level(segment: &[f64]) -> Option<f64> {
    stats::median(&segment[segment.len().saturating_sub(MEMORY)..])
}

/// The smallest step that is reported, in the unit.
fn relevant(segment: &[f64], level: f64, least: f64) -> f64 {
    (level * CHANGE_COUNT.max(COUNT_SPREAD_FACTOR * jitter(segment))).max(least)
}

/// New ÷ old − 1; of zero, which has no multiples, as if it were one.
fn change(old: f64, new: f64) -> f64 {
    if old > 0.0 { new / old - 1.0 } else { new }
}

/// The largest share by which two counts of neighbouring commits differ.
fn jitter(segment: &[f64]) -> f64 {
    let newest = &segment[segment.len().saturating_sub(MEMORY)..];
    newest.windows(2).map(|pair| change(pair[0], pair[1]).abs()).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::Verdict;
    use crate::verdict::policy::CHANGE_INSTRUCTIONS;

    fn judged(values: &[f64]) -> Result<SeriesTrend, Unjudged> {
        counts(values, Direction::LowerIsBetter, CHANGE_INSTRUCTIONS)
    }

    fn found(values: &[f64]) -> Vec<(usize, Verdict, bool)> {
        let trend = judged(values).unwrap();
        trend.change_points.iter().map(|point| (point.at, point.verdict, point.returned)).collect()
    }

    #[test]
    fn two_equal_values_confirm_a_step_and_one_is_a_spike() {
        let (low, high) = (100_000.0, 101_000.0);
        use Verdict::{Improved, Regressed};
        type Case<'a> = (&'a str, &'a [f64], &'a [(usize, Verdict, bool)]);
        let cases: [Case; 9] = [
            ("flat", &[low; 6], &[]),
            ("a step", &[low, low, low, high, high], &[(3, Regressed, false)]),
            ("down", &[high, high, low, low], &[(2, Improved, false)]),
            ("not confirmed yet", &[low, low, low, high], &[]),
            ("a spike", &[low, low, 3.0 * low, low, low, low], &[]),
            ("two spikes that differ", &[low, low, 3.0 * low, 2.0 * low, low, low], &[]),
            ("below half a percent", &[low, low, 100_400.0, 100_400.0], &[]),
            ("fewer than a hundred", &[1_000.0, 1_000.0, 1_099.0, 1_099.0], &[]),
            ("and back", &[low, low, high, high, high, low, low], &[(2, Regressed, false), (5, Improved, true)]),
        ];
        for (name, values, expected) in cases {
            assert_eq!(found(values), expected, "{name}");
        }
    }

    #[test]
    fn a_series_that_jitters_takes_larger_steps() {
        let jittering = |level: f64, count: usize| (0..count).map(move |place| level + 400.0 * (place % 2) as f64);
        let series = |to: f64| jittering(100_000.0, 10).chain(jittering(to, 10)).collect::<Vec<_>>();
        assert_eq!(found(&series(101_000.0)), []);
        assert_eq!(found(&series(103_000.0)), [(10, Verdict::Regressed, false)]);
        let detectable = judged(&series(100_000.0)).unwrap().min_detectable_change;
        assert!((detectable - 0.012).abs() < 1e-3, "{detectable}");
    }

    #[test]
    fn a_rise_from_zero_is_a_step() {
        let judged = |values: &[f64]| counts(values, Direction::LowerIsBetter, 0.0).unwrap();
        let points = judged(&[0.0, 0.0, 0.0, 2.0, 2.0, 0.0, 0.0]).change_points;
        let found: Vec<_> = points.iter().map(|it| (it.at, it.verdict, it.from_zero, it.change.center())).collect();
        assert_eq!(found, [(3, Verdict::Regressed, true, 2.0), (5, Verdict::Improved, false, -1.0)]);
        assert_eq!(judged(&[0.0; 5]).min_detectable_change, 1.0);
        assert_eq!(judged(&[3.0, 3.0, 3.0, 4.0, 4.0]).change_points.len(), 1);
    }

    #[test]
    fn counts_that_do_not_repeat_are_no_exact_counts() {
        let cases: [(&[f64], bool); 6] = [
            (&[100_000.0, 100_020.0, 102_000.0, 102_010.0], true),
            (&[3.0, 3.0, 3.0, 4.0, 4.0], true),
            (&[0.0, 0.0, 2.0, 1.0, 2.0], true),
            (&[7.0, 7.0, 21.0, 7.0, 7.0], true),
            (&[64.0, 62.0, 69.0, 68.0, 62.0], false),
            (&[64.5, 64.0, 69.0, 68.5, 63.75, 64.25], false),
        ];
        for (values, expected) in cases {
            assert_eq!(repeats(values), expected, "{values:?}");
        }
    }

    #[test]
    fn refuses_what_cannot_be_judged() {
        assert_eq!(judged(&[1.0; 3]), Err(Unjudged::TooFew { found: 3, needed: COUNTS_START }));
        assert_eq!(judged(&[1.0, -1.0]), Err(Unjudged::NotPositive { index: 1, value: -1.0 }));
    }
}
