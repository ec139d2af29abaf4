//! Plain numbers in, numbers out. Nothing here returns NaN or an infinity: input that is empty, not finite or out of a
//! function's domain gives `None`.

mod autocorrelation;
mod discovery;
mod kendall;
pub mod line;
mod location;
mod proportion;
mod rank;
mod rank_sum;
pub mod scalability;
mod shift;
mod signed_rank;
mod spread;
mod student;
mod walsh;

pub use autocorrelation::{noise_autocorrelation, rank_autocorrelation, variance_inflation};
pub use discovery::benjamini_hochberg;
pub use kendall::{mann_kendall, sen_slope};
pub use location::{geometric_mean, median, quantile};
pub use proportion::proportion;
pub use rank::RankWindow;
pub use rank_sum::{Covered, rank_interval};
pub use shift::{hodges_lehmann, hodges_lehmann_interval, least_deviation_cut};
pub use signed_rank::signed_rank_p;
pub use spread::{mad, median_interval, range, reach_beyond};
pub use student::{Welch, mean_interval, student_quantile, welch};
pub use walsh::Walsh;

/// From the median absolute deviation to the standard deviation of normal noise.
pub const MAD_TO_SD: f64 = 1.4826;
/// Standard deviations of normal noise on either side in an interval of 95 %.
pub const Z_95: f64 = 1.96;
/// The widest span of natural logarithms whose ratio is a finite number.
pub const LOG_MAX: f64 = 700.0;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

/// The values in ascending order; `None` when there are none or one is not finite.
fn sorted(values: &[f64]) -> Option<Vec<f64>> {
    if !all_finite(values) {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    Some(sorted)
}

fn all_finite(values: &[f64]) -> bool {
    !values.is_empty() && values.iter().all(|value| value.is_finite())
}

/// For each value its rank from 1 on; equal values share the mean of their ranks.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let (mut ranks, mut before) = (vec![0.0; values.len()], 0);
    for equal in order.chunk_by(|&a, &b| values[a] == values[b]) {
        equal.iter().for_each(|&index| ranks[index] = before as f64 + (equal.len() + 1) as f64 / 2.0);
        before += equal.len();
    }
    ranks
}

/// The chance that a standard normal number lies above `z`.
fn normal_above(z: f64) -> f64 {
    0.5 * libm::erfc(z / std::f64::consts::SQRT_2)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn answers_are_finite_or_none(
            values in prop::collection::vec(prop::num::f64::ANY, 0..80), share: f64, split: prop::sample::Index,
        ) {
            let (left, right) = values.split_at(split.index(values.len() + 1));
            let points: Vec<(f64, f64)> = left.iter().copied().zip(right.iter().copied()).collect();
            let (line, walsh) = (line::theil_sen(&points), Walsh::of(&values));
            let numbers = [
                quantile(&values, share), median(&values), geometric_mean(&values), mad(&values), mann_kendall(&values),
                hodges_lehmann(left, right), signed_rank_p(&values), walsh.as_ref().map(Walsh::estimate),
                line.map(|line| line.slope), line.map(|line| line.intercept), welch(left, right).map(|it| it.difference),
            ];
            prop_assert!(numbers.iter().flatten().all(|number| number.is_finite()), "{numbers:?}");
            prop_assert!(signed_rank_p(&values).is_none_or(|p| (0.0..=1.0).contains(&p)));
            let intervals = [
                range(&values), median_interval(&values), mean_interval(&values, 0.9),
                hodges_lehmann_interval(left, right, 1.96), rank_interval(left, right, 0.9).map(|it| it.interval),
                walsh.and_then(|walsh| walsh.interval(0.9)), sen_slope(&values, 1.96).map(|(_, interval)| interval),
            ];
            let is_one = |it: &Interval| it.low.is_finite() && it.high.is_finite() && it.low <= it.high;
            prop_assert!(intervals.iter().flatten().all(is_one), "{intervals:?}");
        }
    }
}
