//! Which steps a series needs where its noise lingers: neighbours that resemble each other look like steps.

use super::detector::{LINGERING_Z, spread};
use crate::stats;
use crate::verdict::policy::TREND_WINDOW;

/// The shares of the value before that noise may remember, in tenths. Noise that remembered more would take a step of the last
/// few commits for its own.
const MEMORIES: std::ops::RangeInclusive<u8> = 0..=7;
/// Spreads beyond which a value is an outlier, and counts as so far off: else it would make up for a step.
const OUTLIER_SPREADS: f64 = 3.0;

/// Values that the two levels take of those around a step, by the correction of Bartlett (1937): the noise is estimated from few,
/// so that a likelihood ratio is larger by chance, and without these it is as rare as one of many.
const BARTLETT: f64 = 2.5;

/// The steps, by their indices, that make a series likelier by as much as another level costs, as twice a log likelihood.
///
/// The noise is an autoregression of the first order around the levels, with the memory by which the series is likeliest. It
/// lingers where independent noise, with all the steps that this needs, is less likely.
pub(super) fn needed(logs: &[f64], steps: &[usize], price: f64) -> Option<Vec<usize>> {
    let values = without_outliers(logs, steps)?;
    let mut noises = MEMORIES.map(|tenths| Noise::new(&values, f64::from(tenths) / 10.0, price).explain(steps));
    let independent = noises.next()?;
    let likeliest = noises.min_by(|a, b| a.0.total_cmp(&b.0))?;
    let lingers = independent.0 - likeliest.0 > LINGERING_Z * LINGERING_Z;
    Some(if lingers { likeliest.1 } else { independent.1 })
}

/// The medians between steps.
pub(super) fn levels(logs: &[f64], steps: &[usize]) -> Option<Vec<f64>> {
    let bounds = bounds(steps, logs.len());
    bounds.windows(2).map(|level| stats::median(logs.get(level[0]..level[1])?)).collect()
}

pub(super) fn bounds(steps: &[usize], end: usize) -> Vec<usize> {
    [&[0], steps, &[end]].concat()
}

fn without_outliers(logs: &[f64], steps: &[usize]) -> Option<Vec<f64>> {
    let levels = levels(logs, steps)?;
    let level = |index: usize| levels[steps.partition_point(|&step| step <= index)];
    let noise: Vec<f64> = logs.iter().enumerate().map(|(index, log)| log - level(index)).collect();
    let most = OUTLIER_SPREADS * spread(&noise)?;
    Some(noise.iter().enumerate().map(|(index, off)| level(index) + off.clamp(-most, most)).collect())
}

/// Noise that remembers a share of the value before.
struct Noise {
    memory: f64,
    /// What another level costs in noise that remembers so much.
    price: f64,
    /// The values, and for each number of them the sums of what they do not remember of the one before, and of its squares.
    values: Vec<f64>,
    sums: Vec<(f64, f64)>,
}

impl Noise {
    fn new(logs: &[f64], memory: f64, price: f64) -> Self {
        // From the middle, so that squares lose no digits.
        let middle = stats::median(logs).unwrap_or_default();
        let values: Vec<f64> = logs.iter().map(|log| log - middle).collect();
        let mut sums = vec![(0.0, 0.0); 2];
        for (before, pair) in (1..).zip(values.windows(2)) {
            let (new, (sum, squares)): (f64, (f64, f64)) = (pair[1] - memory * pair[0], sums[before]);
            sums.push((sum + new, squares + new * new));
        }
        Self { memory, price: price - libm::log(1.0 - memory * memory), values, sums }
    }

    /// The cost of the series, and its steps: those that their two levels need, by the values in a window around each, since
    /// others may scatter more. The least needed goes first.
    fn explain(&self, all: &[usize]) -> (f64, Vec<usize>) {
        let mut bounds = bounds(all, self.values.len());
        let gain = |levels: &[usize]| {
            let at = levels[1];
            let (from, to) = (levels[0].max(at.saturating_sub(TREND_WINDOW / 2)), levels[2].min(at + TREND_WINDOW / 2));
            let apart = self.squares(from, at) + self.squares(at, to);
            ((to - from) as f64 - BARTLETT) * libm::log(self.squares(from, to) / apart)
        };
        while let Some((least, step)) = bounds.windows(3).map(gain).zip(1..).min_by(|a, b| a.0.total_cmp(&b.0))
            && least < self.price
        {
            bounds.remove(step);
        }
        let steps = bounds[1..bounds.len() - 1].to_vec();
        (self.cost(&steps), steps)
    }

    /// Minus twice the log likelihood, and the price of every level.
    fn cost(&self, steps: &[usize]) -> f64 {
        self.values.len() as f64 * libm::log(self.variance(steps)) + self.price * (steps.len() + 1) as f64
    }

    fn variance(&self, steps: &[usize]) -> f64 {
        let bounds = bounds(steps, self.values.len());
        let squares: f64 = bounds.windows(2).map(|level| self.squares(level[0], level[1])).sum();
        squares / self.values.len() as f64
    }

    /// The least squares of what is not remembered from one index up to another, around one level. The first value remembers
    /// nothing, and varies by as much more.
    fn squares(&self, from: usize, to: usize) -> f64 {
        let (first, new) = (1.0 - self.memory * self.memory, 1.0 - self.memory);
        let (value, begin, end) = (self.values[from], self.sums[from + 1], self.sums[to]);
        let sum = first * value + new * (end.0 - begin.0);
        let weight = first + new * new * (to - from - 1) as f64;
        (first * value * value + end.1 - begin.1 - sum * sum / weight).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRICE: f64 = 13.0;

    /// Noise that remembers a share of the value before, of a standard deviation of about 1 %.
    fn noise(memory: f64) -> Vec<f64> {
        let mut before = 0.0;
        let draw = |index: usize| ((index * 7919 + 104_729) % 1009) as f64 / 1009.0 - 0.5;
        let value = |index: usize| {
            before = memory * before + (1.0 - memory * memory).sqrt() * 0.034 * draw(index * index);
            before
        };
        (0..90).map(value).collect()
    }

    fn stepped(noise: &[f64], at: usize, size: f64) -> Vec<f64> {
        noise.iter().enumerate().map(|(index, log)| log + if index < at { 0.0 } else { size }).collect()
    }

    #[test]
    fn noise_that_lingers_needs_no_step_but_one_that_is_larger_than_its_own() {
        let lingering = noise(0.6);
        assert_eq!(needed(&lingering, &[20, 50, 70], PRICE), Some(vec![]));
        assert_eq!(needed(&stepped(&lingering, 50, 0.1), &[20, 50, 70], PRICE), Some(vec![50]));
    }

    #[test]
    fn a_level_of_few_values_has_to_be_clearer_than_one_of_many() {
        for (off, expected) in [(0.0163, vec![50]), (0.03, vec![50, 56])] {
            let begun = stepped(&noise(0.0), 50, 0.1 + off);
            assert_eq!(needed(&stepped(&begun, 56, -off), &[50, 56], PRICE), Some(expected), "{off}");
        }
    }

    #[test]
    fn a_series_needs_the_steps_that_are_there_however_others_scatter() {
        let stepped = stepped(&noise(0.0), 50, 0.03);
        assert_eq!(needed(&stepped, &[20, 50, 62], PRICE), Some(vec![50]));
        let louder: Vec<f64> = noise(0.0).iter().map(|log| 8.0 * log + 0.03).collect();
        assert_eq!(needed(&[stepped, louder].concat(), &[50, 90], PRICE), Some(vec![50]));
    }
}
