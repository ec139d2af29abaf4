//! Where a level changed: the likelihood of every commit, under noise of whatever shape the values themselves show.

use std::f64::consts::PI;
use std::ops::RangeInclusive;

use crate::stats;
use crate::verdict::policy::{LOCATION_LIKELIHOOD, LOCATION_REACH};

/// The share of values that come from nowhere near the others: one outlier settles no split.
const OUTLIER_SHARE: f64 = 0.05;
/// How many spreads wide they scatter.
const OUTLIER_SPREADS: f64 = 3.0;
/// The bandwidth of Silverman (1986), as a share of the spread.
const BANDWIDTH: f64 = 0.9;
/// From the distance of the quartiles to the standard deviation of normal noise.
const QUARTILES_TO_SD: f64 = 1.349;
/// The spread taken of values that hardly scatter, as a share of the step.
const SPREAD_MIN: f64 = 0.01;
/// Rounds of levels, noise and split; the second one starts from the likelihood of the first.
const ROUNDS: usize = 2;

/// Where a level changed, as numbers of values before the change.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Location {
    pub(super) at: usize,
    /// The interval that holds the change in at least 95 %.
    pub(super) interval: RangeInclusive<usize>,
    /// As far as it may be off at all: 99.9 % of independent noise.
    pub(super) reach: RangeInclusive<usize>,
}

/// Locates the one change in `values`, from a first guess. At least `left_min` values are before it and one after; the interval
/// also holds earlier places that are as likely.
///
/// Two levels and a density of the noise are estimated from the guess: the density by kernels over the residuals, so that
/// skewed noise and noise of two modes are what they are, each value judged by the others alone. Every split has a
/// likelihood then, and the splits whose logarithm lies close enough to the best are the interval. Noise that lingers says
/// the same thing several times, so its differences count for less.
pub(super) fn locate(values: &[f64], guess: usize, left_min: usize) -> Option<Location> {
    let splits = left_min.max(1)..=values.len().checked_sub(1)?;
    let mut location: Option<Location> = None;
    for _ in 0..ROUNDS {
        let cut = location.as_ref().map_or(guess, |location| location.at);
        let next = likeliest(values, cut, splits.clone())?;
        let is_settled = next.at == cut;
        location = Some(next);
        if is_settled {
            break;
        }
    }
    location
}

fn likeliest(values: &[f64], cut: usize, splits: RangeInclusive<usize>) -> Option<Location> {
    let (left, right) = values.split_at_checked(cut)?;
    let (level, step) = (stats::median(left)?, stats::hodges_lehmann(left, right)?);
    let residual = |(index, value): (usize, &f64)| value - level - if index < cut { 0.0 } else { step };
    let residuals: Vec<f64> = values.iter().enumerate().map(residual).collect();
    let density = Density::of(&residuals, step)?;
    let mut likelihoods = vec![0.0; values.len() + 1];
    for (index, value) in values.iter().enumerate() {
        let old = density.log(value - level, index);
        likelihoods[index + 1] = likelihoods[index] + old - density.log(value - level - step, index);
    }
    // Of equal ones the earliest.
    let likeliest =
        |splits: RangeInclusive<usize>| splits.rev().max_by(|a, b| likelihoods[*a].total_cmp(&likelihoods[*b]));
    let everywhere = 1..=*splits.end();
    let (at, best) = (likeliest(splits)?, likeliest(everywhere.clone())?);
    let inflation = stats::variance_inflation(stats::rank_autocorrelation(&residuals));
    let within = |limit: f64| {
        let is_close = |split: &usize| likelihoods[best] - likelihoods[*split] <= limit * inflation;
        let (mut close, mut from_end) = (everywhere.clone(), everywhere.clone().rev());
        close.find(is_close).unwrap_or(at).min(at)..=from_end.find(is_close).unwrap_or(at).max(at)
    };
    Some(Location { at, interval: within(LOCATION_LIKELIHOOD), reach: within(LOCATION_REACH) })
}

/// The density of noise: a kernel at every residual, and a wide share for outliers.
struct Density<'a> {
    residuals: &'a [f64],
    bandwidth: f64,
    outliers: f64,
}

impl<'a> Density<'a> {
    fn of(residuals: &'a [f64], step: f64) -> Option<Self> {
        let n = residuals.len() as f64;
        let mean = residuals.iter().sum::<f64>() / n;
        let sd = (residuals.iter().map(|it| (it - mean) * (it - mean)).sum::<f64>() / (n - 1.0)).sqrt();
        let mut sorted = residuals.to_vec();
        sorted.sort_by(f64::total_cmp);
        let quartiles = (stats::quantile(&sorted, 0.75)? - stats::quantile(&sorted, 0.25)?) / QUARTILES_TO_SD;
        let spread = if quartiles > 0.0 { sd.min(quartiles) } else { sd };
        let spread = spread.max(step.abs() * SPREAD_MIN).max(f64::EPSILON);
        let bandwidth = BANDWIDTH * spread * libm::pow(n, -0.2);
        Some(Self { residuals, bandwidth, outliers: sd.max(spread) * OUTLIER_SPREADS })
    }

    /// The logarithm of the density at `value`, without the residual number `own`.
    fn log(&self, value: f64, own: usize) -> f64 {
        let kernel = |residual: &f64| {
            let distance = (value - residual) / self.bandwidth;
            libm::exp(-0.5 * distance * distance)
        };
        let all: f64 = self.residuals[..own].iter().chain(&self.residuals[own + 1..]).map(kernel).sum();
        let near = all / ((self.residuals.len() - 1) as f64 * self.bandwidth * (2.0 * PI).sqrt());
        let distance = value / self.outliers;
        let far = 1.0 / (PI * self.outliers * (1.0 + distance * distance));
        libm::log((1.0 - OUTLIER_SHARE) * near + OUTLIER_SHARE * far)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn located(values: &[f64], guess: usize) -> (usize, RangeInclusive<usize>) {
        let location = locate(values, guess, 8).unwrap();
        (location.at, location.interval)
    }

    fn noise(index: usize) -> f64 {
        0.01 * (((index * 7919 + 104_729) % 1009) as f64 / 1009.0 - 0.5)
    }

    #[test]
    fn a_clear_step_is_located_from_a_guess_that_is_off() {
        let values: Vec<f64> = (0..40).map(|index| noise(index) + if index < 30 { 0.0 } else { 0.1 }).collect();
        for guess in [26, 30, 33] {
            assert_eq!(located(&values, guess), (30, 30..=30), "{guess}");
        }
    }

    #[test]
    fn the_interval_holds_a_step_with_fewer_values_before_it_than_a_level_needs() {
        for before in [5, 7] {
            let values: Vec<f64> = (0..24).map(|index| noise(index) + if index < before { 0.0 } else { 0.1 }).collect();
            let (at, interval) = located(&values, 8);
            assert!(at == 8 && (before - 1..=before).contains(interval.start()), "{before}: {at}, {interval:?}");
        }
    }

    #[test]
    fn a_value_between_the_levels_widens_the_interval() {
        let mut values: Vec<f64> = (0..40).map(|index| noise(index) + if index < 30 { 0.0 } else { 0.1 }).collect();
        values[30] = 0.05;
        let (_, interval) = located(&values, 30);
        assert_eq!(interval, 30..=31);
    }

    #[test]
    fn values_that_do_not_scatter_are_located() {
        let values: Vec<f64> = (0..30).map(|index| if index < 20 { 0.0 } else { 1.0 }).collect();
        assert_eq!(located(&values, 20), (20, 20..=20));
    }
}
