//! The interval of a shift between two sets of values that rests on ranks alone, exact for few values.

use super::shift::differences;
use super::{Interval, normal_above, sorted};

/// Values on both sides together up to which the null distribution is counted out; beyond, the normal one is close.
const EXACT_MAX: usize = 60;

/// An interval, and the confidence that it really has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Covered {
    pub interval: Interval,
    /// The chance that such an interval holds the shift, whatever the distribution of the values.
    pub confidence: f64,
}

/// The interval of the shift from `left` to `right` by Moses (1953): the `k`-th smallest and `k`-th largest of all
/// differences, `k` the largest that keeps the confidence at `level` or above under the null distribution of Mann and
/// Whitney's (1947) U. With too few values for so much the whole range of differences, and the confidence that it has.
///
/// `None` when a side is empty, a difference is not finite or `level` is not between 0 and 1.
pub fn rank_interval(left: &[f64], right: &[f64], level: f64) -> Option<Covered> {
    if !(level > 0.0 && level < 1.0) {
        return None;
    }
    let differences = sorted(&differences(left, right)?)?;
    let (k, outside) = place(left.len(), right.len(), (1.0 - level) / 2.0);
    let interval = Interval { low: differences[k - 1], high: differences[differences.len() - k] };
    Some(Covered { interval, confidence: 1.0 - 2.0 * outside })
}

/// The largest `k`, at least 1, with `P(U <= k - 1) <= tail`, and that probability.
fn place(m: usize, n: usize, tail: f64) -> (usize, f64) {
    let (m, n) = (m.min(n), m.max(n));
    if m + n > EXACT_MAX {
        return approximate_place(m as f64, n as f64, tail);
    }
    let counts = counts(m, n);
    let all: u128 = counts.iter().sum();
    let mut below = counts[0];
    let mut k = 1;
    while k < counts.len() && (below + counts[k]) as f64 / all as f64 <= tail {
        below += counts[k];
        k += 1;
    }
    (k, below as f64 / all as f64)
}

/// The number of orders of `m` and `n` values for each value of U: the coefficients of the Gaussian binomial, made by
/// multiplying with `1 - q^(n + i)` and dividing by `1 - q^i`. The results are far below 2^128, where subtraction and
/// addition that wrap are exact.
fn counts(m: usize, n: usize) -> Vec<u128> {
    let mut counts = vec![0_u128; m * n + 1];
    counts[0] = 1;
    for i in 1..=m {
        for u in (n + i..counts.len()).rev() {
            counts[u] = counts[u].wrapping_sub(counts[u - n - i]);
        }
        for u in i..counts.len() {
            counts[u] = counts[u].wrapping_add(counts[u - i]);
        }
    }
    counts
}

/// By the normal approximation of U, without its correction for continuity: `k` may be one too small, never too large
/// by more than the approximation is off.
fn approximate_place(m: f64, n: f64, tail: f64) -> (usize, f64) {
    let (mean, deviation) = (m * n / 2.0, (m * n * (m + n + 1.0) / 12.0).sqrt());
    let below = |k: f64| normal_above((mean - (k - 0.5)) / deviation);
    let (mut low, mut high) = (1.0, mean.floor().max(1.0));
    while low < high {
        let middle = ((low + high) / 2.0).ceil();
        if below(middle) <= tail { low = middle } else { high = middle - 1.0 }
    }
    (low as usize, below(low))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn agrees_with_the_printed_tables() {
        // Critical values of U at 2.5 % a side: 5 for 6 and 6, 13 for 8 and 8, 23 for 10 and 10, 127 for 20 and 20.
        for (size, critical) in [(6, 5), (8, 13), (10, 23), (20, 127)] {
            assert_eq!(place(size, size, 0.025).0, critical + 1, "{size}");
        }
        assert_eq!(place(3, 3, 0.025), (1, 1.0 / 20.0));
        assert_eq!(counts(2, 2), [1, 1, 2, 1, 1]);
    }

    #[test]
    fn the_approximation_meets_the_exact_numbers() {
        let exact = place(30, 30, 0.025).0;
        assert!(exact.abs_diff(approximate_place(30.0, 30.0, 0.025).0) <= 1);
        assert!(place(40, 40, 0.025).0 > exact);
    }

    #[test]
    fn few_values_say_how_little_they_cover() {
        let covered = rank_interval(&[1.0, 2.0, 3.0], &[11.0, 12.0, 13.0], 0.95).unwrap();
        assert_eq!(covered.interval, Interval { low: 8.0, high: 12.0 });
        assert!((covered.confidence - 0.9).abs() < 1e-12);
        assert_eq!(rank_interval(&[], &[1.0], 0.95), None);
        assert_eq!(rank_interval(&[1.0], &[f64::NAN], 0.95), None);
        assert_eq!(rank_interval(&[1.0], &[2.0], 1.0), None);
    }

    proptest! {
        #[test]
        fn a_shift_of_one_side_shifts_the_interval(
            left in prop::collection::vec(-100i32..100, 1..12), right in prop::collection::vec(-100i32..100, 1..12),
            by in -50i32..50,
        ) {
            let floats = |values: &[i32], by: i32| values.iter().map(|v| f64::from(v + by)).collect::<Vec<_>>();
            let (left, moved, right) = (floats(&left, 0), floats(&right, by), floats(&right, 0));
            let (here, there) = (rank_interval(&left, &right, 0.9).unwrap(), rank_interval(&left, &moved, 0.9).unwrap());
            prop_assert_eq!(here.interval.low + f64::from(by), there.interval.low);
            prop_assert_eq!(here.interval.high + f64::from(by), there.interval.high);
            prop_assert!(here.interval.low <= here.interval.high);
        }
    }
}
