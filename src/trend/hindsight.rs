//! Steps that are noise: the whole series shows what the detector could not see at the step.

use super::autoregression::{levels, needed};
use super::change::{ChangePoint, Policy};
use super::detector::{LINGERING_STAY, NOVELTY_MEMORY, STAY_MAX, SWITCHES};
use crate::verdict::policy::TREND_AFTER_MIN;

/// How far from a level a value is at it, as a share of the step: nearer to it than to the middle between the two.
const AT_LEVEL: f64 = 0.25;
/// A step so many times as large as another leaves both of the other's levels behind.
const LARGER: f64 = 1.5;
/// Mean stays that a level lasts when it is none of the noise: where stays end by chance, 95 of 100 are shorter.
const STAYS_MAX: f64 = 3.0;

/// An index of a first value at a new level, and new level - old level.
type Step = (usize, f64);

/// Marks the change points that noise explains: the series does not need the step, or goes to and fro between its two levels,
/// for stays that are shorter where the noise lingers. What is marked is noise then, by which the others are asked again.
pub(super) fn mark_noise(logs: &[f64], points: &mut [ChangePoint], policy: &Policy) {
    if points.is_empty() {
        return;
    }
    let all: Vec<usize> = points.iter().map(|point| point.at).collect();
    let Some((needed, lingers)) = needed(logs, &all, policy) else { return };
    points.iter_mut().for_each(|point| point.noise = !needed.contains(&point.at));
    let stay_min = if lingers { LINGERING_STAY } else { TREND_AFTER_MIN };
    while mark_to_and_fro(logs, points, stay_min).unwrap_or_default() {}
}

/// Whether more were marked.
fn mark_to_and_fro(logs: &[f64], points: &mut [ChangePoint], stay_min: usize) -> Option<bool> {
    let mut steady: Vec<&mut ChangePoint> = points.iter_mut().filter(|point| !point.noise).collect();
    let cuts: Vec<usize> = steady.iter().map(|point| point.at).collect();
    let levels = levels(logs, &cuts)?;
    let steps: Vec<Step> = cuts.into_iter().zip(levels.windows(2).map(|pair| pair[1] - pair[0])).collect();
    for ((point, step), level) in steady.iter_mut().zip(&steps).zip(&levels) {
        point.noise = goes_to_and_fro(logs, &steps, *step, *level, stay_min);
    }
    Some(steady.iter().any(|point| point.noise))
}

/// Whether a series is in turn at the level before a step, `old`, and at the one after it, for a few commits each time, by
/// more than this step.
fn goes_to_and_fro(logs: &[f64], steps: &[Step], (at, size): Step, old: f64, stay_min: usize) -> bool {
    let from = at.saturating_sub(NOVELTY_MEMORY);
    let switches: Vec<usize> =
        switches(&shares(logs, steps, (at, size), old), stay_min).into_iter().map(|it| from + it).collect();
    let others = switches.len().saturating_sub(1);
    if others < SWITCHES || switches[others] - switches[0] > STAY_MAX * others {
        return false;
    }
    // A level that lasts is none that the series takes up for a few commits, whatever it does later.
    let own = switches.partition_point(|&switch| switch < at);
    let before = own.checked_sub(1).map_or(from, |before| switches[before]);
    let after = switches.get(own + 1).copied().unwrap_or(logs.len());
    let stay = (switches[others] - switches[0]) as f64 / others as f64;
    let is_short = |commits: usize| commits <= STAY_MAX || commits as f64 <= STAYS_MAX * stay;
    is_short(at - before) && is_short(after.saturating_sub(at))
}

/// Where the values around a step lie between its levels, 0 and 1. Steps that leave both behind are taken off; they may have
/// come with one of this size, which is taken off as well where more values are at the two levels then.
fn shares(logs: &[f64], steps: &[Step], (at, size): Step, old: f64) -> Vec<f64> {
    let range = at.saturating_sub(NOVELTY_MEMORY)..logs.len().min(at + NOVELTY_MEMORY);
    let larger: Vec<&Step> = steps.iter().filter(|step| step.1.abs() >= LARGER * size.abs()).collect();
    let mut shares = Vec::with_capacity(range.len());
    let mut start = range.start;
    let cuts = larger.iter().map(|step| step.0).filter(|cut| range.contains(cut));
    for end in cuts.chain([range.end]) {
        let taken_off = |step: &&Step| step.1 * (f64::from(step.0 <= start) - f64::from(step.0 <= at));
        let level = old + larger.iter().map(taken_off).sum::<f64>();
        let piece = |by: f64| logs[start..end].iter().map(move |log| (log - level) / size - by);
        let at_levels = |by: &f64| piece(*by).filter(|share| level_of(*share).is_some()).count();
        let by: &[f64] = if (start..end).contains(&at) { &[0.0] } else { &[-1.0, 1.0, 0.0] };
        shares.extend(piece(by.iter().copied().max_by_key(at_levels).unwrap_or_default()));
        start = end;
    }
    shares
}

/// The indices at which a series has come to its other level, for a stay there.
fn switches(shares: &[f64], stay_min: usize) -> Vec<usize> {
    let (mut is_new, mut stay, mut level) = (false, 0, None);
    let mut switches: Vec<usize> = Vec::new();
    for (index, share) in shares.iter().enumerate() {
        let Some(here) = level_of(*share) else { continue };
        stay = if is_new == here { stay + 1 } else { 1 };
        is_new = here;
        if stay >= stay_min && level != Some(is_new) {
            switches.extend(level.map(|_| index));
            level = Some(is_new);
        }
    }
    switches
}

/// Whether it is the new level, where it is one of the two.
fn level_of(share: f64) -> Option<bool> {
    [share, share - 1.0].iter().position(|off| off.abs() <= AT_LEVEL).map(|level| level == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Direction;
    use crate::trend::trend;

    /// Levels, each with the number of commits it lasts, under a small regular ripple.
    fn series(levels: &[(f64, usize)]) -> Vec<f64> {
        let steps = levels.iter().flat_map(|&(level, commits)| std::iter::repeat_n(level, commits));
        steps.enumerate().map(|(place, level)| level * (1.0 + 0.001 * ((place * 7) % 5) as f64)).collect()
    }

    fn found(levels: &[(f64, usize)]) -> Vec<(usize, bool)> {
        let trend = trend(&series(levels), Direction::LowerIsBetter, &Policy::default()).unwrap();
        trend.change_points.iter().map(|point| (point.at, point.noise)).collect()
    }

    #[test]
    fn a_level_that_comes_and_goes_is_noise_once_the_series_shows_it() {
        let begun = [(100.0, 20), (104.0, 10)];
        assert_eq!(found(&begun), [(20, false)]);
        let fro: Vec<(f64, usize)> = (0..12).map(|turn| (if turn % 2 == 0 { 100.0 } else { 104.0 }, 4)).collect();
        let found = found(&[&begun[..], &fro].concat());
        assert_eq!(found.first(), Some(&(20, true)), "{found:?}");
    }

    #[test]
    fn a_level_that_lasts_stays_a_finding_whatever_comes_later() {
        for level in [104.0, 110.0] {
            let toggled = (0..10).map(|turn| (if turn % 2 == 0 { 100.0 } else { level }, 4));
            let levels: Vec<(f64, usize)> = [(100.0, 60), (level, 100)].into_iter().chain(toggled).collect();
            assert_eq!(found(&levels)[0], (60, false));
        }
    }

    #[test]
    fn a_large_step_of_a_series_that_goes_to_and_fro_is_a_step() {
        let turns = |level: f64| (0..8).map(move |turn| (if turn % 2 == 0 { level } else { level * 1.04 }, 4));
        let levels: Vec<(f64, usize)> = turns(100.0).chain(turns(150.0)).collect();
        assert_eq!(found(&levels), [(32, false)]);
    }

    #[test]
    fn one_step_of_independent_values_is_a_step() {
        assert_eq!(found(&[(100.0, 30), (104.0, 30)]), [(30, false)]);
    }

    fn is_noise(levels: &[(f64, usize)], larger: Option<Step>) -> bool {
        let logs: Vec<f64> = series(levels).into_iter().map(libm::log).collect();
        let [(old, _), (new, after)] = levels[levels.len() - 2..] else { return false };
        let step = (logs.len() - after, libm::log(new / old));
        let steps: Vec<Step> = larger.into_iter().chain([step]).collect();
        goes_to_and_fro(&logs, &steps, step, libm::log(old), LINGERING_STAY)
    }

    #[test]
    fn a_larger_step_hides_no_switch_that_came_with_it() {
        let larger = Some((45, libm::log(1.248)));
        assert!(is_noise(&[(100.0, 15), (104.0, 15), (100.0, 15), (124.8, 15), (120.0, 15)], larger));
        assert!(!is_noise(&[(100.0, 45), (124.8, 15), (120.0, 15)], larger));
    }

    #[test]
    fn a_stay_is_long_beside_the_others_of_its_series() {
        for (commits, expected) in [(20, true), (35, true), (50, false)] {
            let turns = (0..8).map(|turn| (if turn % 2 == 0 { 104.0 } else { 100.0 }, 12));
            let levels: Vec<(f64, usize)> = turns.chain([(104.0, commits)]).collect();
            assert_eq!(is_noise(&levels, None), expected, "{commits} commits");
        }
    }
}
