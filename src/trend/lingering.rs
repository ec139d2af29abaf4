//! Steps that are noise which lingers: the whole series shows what the detector could not see at the step.

use super::change::{ChangePoint, Policy};
use super::detector::{LINGERING_STAY, LINGERING_Z, NOVELTY_MEMORY, STAY_MAX, SWITCHES, spread};
use crate::stats;
use crate::verdict::policy::TREND_WINDOW;

/// How far from a level a value is at it, as a share of the step: nearer to it than to the middle between the two.
const AT_LEVEL: f64 = 0.25;
/// A step so many times as large as another leaves both of the other's levels behind.
const LARGER: f64 = 2.0;

/// An index of a first value at a new level, and new level - old level.
type Step = (usize, f64);

/// Marks the change points that noise explains, where neighbours resemble each other apart from the steps: the step is too
/// small for the few independent values that so many are worth, or the series goes to and fro between its two levels.
/// `None` where the noise does not linger.
pub(super) fn mark_lingering(logs: &[f64], points: &mut [ChangePoint], policy: &Policy) -> Option<()> {
    let mut ends: Vec<usize> = points.iter().map(|point| point.at).collect();
    ends.push(logs.len());
    let (mut noise, mut levels) = (Vec::with_capacity(logs.len()), Vec::with_capacity(ends.len()));
    for &end in &ends {
        let values = logs.get(noise.len()..end)?;
        let level = stats::median(values)?;
        noise.extend(values.iter().map(|log| log - level));
        levels.push(level);
    }
    let (r, count) = (stats::rank_autocorrelation(&noise), noise.len() as f64);
    if r * count.sqrt() <= LINGERING_Z {
        return None;
    }
    // Around each level it is estimated too small by so much (Kendall, 1954).
    let inflation = stats::variance_inflation(r + (1.0 + 3.0 * r) * levels.len() as f64 / count);
    let spread = spread(&noise)?;
    let steps: Vec<Step> = ends.iter().copied().zip(levels.windows(2).map(|pair| pair[1] - pair[0])).collect();
    for (number, point) in points.iter_mut().enumerate() {
        let (at, size) = steps[number];
        let start = number.checked_sub(1).map_or(0, |before| ends[before]);
        let [before, after] = [at - start, ends[number + 1] - at].map(|count| count.min(TREND_WINDOW));
        // As many standard errors as the rank statistic needs where values are independent.
        let error = spread * (inflation * (1.0 / before as f64 + 1.0 / after as f64)).sqrt();
        let needed = policy.false_alarms.threshold(before + after) * error;
        point.lingering = size.abs() < needed || goes_to_and_fro(logs, &steps, steps[number], levels[number]);
    }
    Some(())
}

/// Whether a series is in turn at the level before a step, `old`, and at the one after it, for a few commits each time, by
/// more than this step. Steps that leave both levels behind are taken off.
fn goes_to_and_fro(logs: &[f64], steps: &[Step], (at, size): Step, old: f64) -> bool {
    let larger = steps.iter().filter(|step| step.1.abs() >= LARGER * size.abs());
    let taken_off = |index: usize| -> f64 {
        larger.clone().map(|step| step.1 * (f64::from(step.0 <= index) - f64::from(step.0 <= at))).sum()
    };
    let (mut is_new, mut stay, mut level) = (false, 0, None);
    let mut switches: Vec<usize> = Vec::new();
    let from = at.saturating_sub(NOVELTY_MEMORY);
    for (index, log) in logs.iter().enumerate().skip(from).take(2 * NOVELTY_MEMORY) {
        let share = (log - taken_off(index) - old) / size;
        let Some(here) = [share, share - 1.0].iter().position(|off| off.abs() <= AT_LEVEL) else { continue };
        stay = if is_new == (here == 1) { stay + 1 } else { 1 };
        is_new = here == 1;
        if stay >= LINGERING_STAY && level != Some(is_new) {
            switches.extend(level.map(|_| index));
            level = Some(is_new);
        }
    }
    let others = switches.len().saturating_sub(1);
    // A level that lasts is none that the series takes up for a few commits, whatever it does later.
    let own = switches.partition_point(|&switch| switch < at);
    let before = own.checked_sub(1).map_or(from, |before| switches[before]);
    let after = switches.get(own + 1).copied().unwrap_or(logs.len());
    let is_short = at - before <= STAY_MAX && after.saturating_sub(at) <= STAY_MAX;
    is_short && others >= SWITCHES && switches[others] - switches[0] <= STAY_MAX * others
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
        trend.change_points.iter().map(|point| (point.at, point.lingering)).collect()
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
}
