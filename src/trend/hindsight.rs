//! Steps that are noise: the whole series shows what the detector could not see at the step.

use super::autoregression::{bounds, levels, needed};
use super::change::ChangePoint;
use super::false_alarms::FalseAlarmRate;
use crate::stats;
use crate::verdict::policy::TREND_WINDOW;

/// Commits that a level lasts when it is none of the noise, whatever the series does later.
const LASTING: usize = TREND_WINDOW / 2;
/// How far the size of a step may be off that of another, as a share, where both are switches between the same two modes.
const SAME_SIZE: f64 = 0.25;

/// An index of a first value at a new level, and new level - old level.
type Step = (usize, f64);

/// Marks the change points that noise explains: the series does not need the step, or goes to and fro between its two levels.
/// What is marked is noise then, by which the others are asked again.
pub(super) fn mark_noise(logs: &[f64], points: &mut [ChangePoint]) {
    if points.is_empty() {
        return;
    }
    let all: Vec<usize> = points.iter().map(|point| point.at).collect();
    // What another level costs, as twice a log likelihood: as much as the detector asks for one.
    let price = FalseAlarmRate::default().threshold(logs.len()).powi(2);
    let Some(needed) = needed(logs, &all, price) else { return };
    points.iter_mut().for_each(|point| point.noise = !needed.contains(&point.at));
    while mark_switches(logs, points, price).unwrap_or_default() {}
}

/// Whether more were marked.
fn mark_switches(logs: &[f64], points: &mut [ChangePoint], price: f64) -> Option<bool> {
    let mut steady: Vec<&mut ChangePoint> = points.iter_mut().filter(|point| !point.noise).collect();
    let cuts: Vec<usize> = steady.iter().map(|point| point.at).collect();
    let levels = levels(logs, &cuts)?;
    let steps: Vec<Step> = cuts.into_iter().zip(levels.windows(2).map(|pair| pair[1] - pair[0])).collect();
    for (point, step) in steady.iter_mut().zip(&steps) {
        point.noise = is_switch(logs, &steps, *step, price)?;
    }
    Some(steady.iter().any(|point| point.noise))
}

/// Whether the values around a step cost less as noise of two modes, which are as far apart as its levels, than with this
/// step and the others that lead from one of the two to the other; and neither lasts there.
fn is_switch(logs: &[f64], steps: &[Step], step: Step, price: f64) -> Option<bool> {
    let window = step.0.saturating_sub(TREND_WINDOW)..logs.len().min(step.0 + TREND_WINDOW);
    let values = &logs[window.clone()];
    let switches = switches(steps, step);
    let within = steps.iter().map(|step| step.0).filter(|at| window.start < *at && *at < window.end);
    let all: Vec<usize> = within.map(|at| at - window.start).collect();
    let kept: Vec<usize> = all.iter().copied().filter(|at| !switches.contains(&(at + window.start))).collect();
    let (of_all, _) = cost_of_modes(values, &all, step.1)?;
    let (of_kept, nearer) = cost_of_modes(values, &kept, step.1)?;
    let of_steps = cost_of_levels(values, &all).min(of_all + price) + price * (all.len() - kept.len()) as f64;
    let at = step.0 - window.start;
    let before = nearer[..at].iter().rev().take_while(|mode| **mode == nearer[at - 1]).count();
    let after = nearer[at..].iter().take_while(|mode| **mode == nearer[at]).count();
    Some(of_kept + price < of_steps && before.max(after) < LASTING)
}

/// A step, and the next ones of its size on either side that undo the last. One that goes the same way again is no switch, or
/// came with one, so that the next may go either way.
fn switches(steps: &[Step], (at, size): Step) -> Vec<usize> {
    let mut switches = vec![at];
    let mut follow = |others: &mut dyn Iterator<Item = &Step>| {
        let mut last = size;
        for step in others.filter(|step| (step.1.abs() - size.abs()).abs() <= SAME_SIZE * size.abs()) {
            let undoes = last * step.1 <= 0.0;
            switches.extend(undoes.then_some(step.0));
            last = if undoes { step.1 } else { 0.0 };
        }
    };
    follow(&mut steps.iter().filter(|step| step.0 > at));
    follow(&mut steps.iter().rev().filter(|step| step.0 < at));
    switches
}

/// Minus twice the log likelihood of values around levels between cuts, where noise is as Laplace has it; without the price
/// of the levels.
fn cost_of_levels(values: &[f64], cuts: &[usize]) -> f64 {
    let ends = bounds(cuts, values.len());
    cost(values.len(), ends.windows(2).map(|ends| deviation(&values[ends[0]..ends[1]])).sum())
}

/// The same where each level has two modes, so far apart, together with the Markov chain of the modes that the values are in;
/// and whether each value is nearer to the other one than to the first.
fn cost_of_modes(values: &[f64], cuts: &[usize], apart: f64) -> Option<(f64, Vec<bool>)> {
    let (mut deviation, mut modes, mut nearer) = (0.0, Vec::new(), Vec::new());
    for ends in bounds(cuts, values.len()).windows(2) {
        let level = &values[ends[0]..ends[1]];
        let median = stats::median(level)?;
        // The median is in one of the two.
        let two = [median, median - apart].map(|mode| TwoModes::of(level, mode, apart));
        let likelier = two.into_iter().min_by(|a, b| a.deviation.total_cmp(&b.deviation))?;
        deviation += likelier.deviation;
        modes.extend(likelier.others);
        nearer.extend(likelier.nearer);
    }
    let stays = [false, true].map(|mode| {
        let from = || modes.windows(2).filter(move |pair| pair[0] == mode);
        let (all, left) = (from().count() as f64, from().filter(|pair| pair[1] != mode).count() as f64);
        let log = |count: f64| if count > 0.0 { count * libm::log(count / all) } else { 0.0 };
        -2.0 * (log(left) + log(all - left))
    });
    Some((cost(values.len(), deviation) + stays[0] + stays[1], nearer))
}

fn cost(values: usize, deviation: f64) -> f64 {
    2.0 * values as f64 * libm::log(deviation.max(f64::MIN_POSITIVE))
}

/// Values that are in one of two modes.
struct TwoModes {
    /// Whether a value is nearer to the other mode.
    nearer: Vec<bool>,
    /// Whether it is in the other mode: it and most of its neighbours are nearer to that, since one value alone is a spike.
    others: Vec<bool>,
    deviation: f64,
}

impl TwoModes {
    fn of(values: &[f64], mode: f64, apart: f64) -> Self {
        let nearer: Vec<bool> = values.iter().map(|value| (value - mode) / apart > 0.5).collect();
        let is_other = |index: usize| match nearer.get(index.wrapping_sub(1)..index + 2) {
            Some(near) => near.iter().filter(|nearer| **nearer).count() >= 2,
            None => nearer[index],
        };
        let others: Vec<bool> = (0..values.len()).map(is_other).collect();
        let of =
            |other: bool| values.iter().zip(&others).filter(|it| *it.1 == other).map(|it| *it.0).collect::<Vec<f64>>();
        Self { deviation: deviation(&of(false)) + deviation(&of(true)), nearer, others }
    }
}

fn deviation(values: &[f64]) -> f64 {
    let median = stats::median(values).unwrap_or_default();
    values.iter().map(|value| (value - median).abs()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Direction;
    use crate::trend::tests::levels as series;
    use crate::trend::trend;

    fn found(levels: &[(f64, usize)]) -> Vec<(usize, bool)> {
        let trend = trend(&series(levels), Direction::LowerIsBetter).unwrap();
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
    #[test]
    fn a_step_that_spikes_announce_is_a_step() {
        let spikes = (0..8).flat_map(|_| [(100.0, 9), (130.0, 1)]);
        let levels: Vec<(f64, usize)> = spikes.chain([(130.0, 60)]).collect();
        assert_eq!(found(&levels), [(79, false)]);
    }

    #[test]
    fn what_goes_the_same_way_twice_is_no_switch_both_times() {
        let steps = [(10, 0.1), (20, -0.11), (30, -0.1), (40, 0.3), (50, 0.1), (60, -0.1), (70, 0.02)];
        let cases = [(20, vec![20, 50, 60, 10]), (30, vec![30, 50, 60, 10]), (40, vec![40])];
        for (at, expected) in cases {
            let step = steps.iter().find(|step| step.0 == at).unwrap();
            assert_eq!(switches(&steps, *step), expected, "{at}");
        }
    }
}
