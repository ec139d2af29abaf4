//! Ranks in a moving window: where its values part into lower and higher ones.

use std::cmp::Ordering;
use std::collections::VecDeque;

/// The newest values of a stream, with what a rank test needs kept up to date: every step takes time in proportion to
/// the window's length and no memory beyond it.
#[derive(Clone, Debug, Default)]
pub struct RankWindow {
    values: VecDeque<f64>,
    /// For each value, how many of the others lie below it minus how many lie above it.
    scores: VecDeque<i32>,
}

/// The place in a window where the values before it and from it on differ most in rank.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parting {
    /// Number of values before it.
    pub left: usize,
    /// Distance of the rank sums from equality in standard deviations of that distance under no change, never negative.
    pub z: f64,
}

impl RankWindow {
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Takes one more value in; one that is not a number counts as equal to every other.
    pub fn push(&mut self, value: f64) {
        let mut own = 0;
        for (score, &other) in self.scores.iter_mut().zip(&self.values) {
            let sign = sign(other, value);
            *score += sign;
            own -= sign;
        }
        self.values.push_back(value);
        self.scores.push_back(own);
    }

    pub fn pop(&mut self) {
        let Some(oldest) = self.values.pop_front() else { return };
        self.scores.pop_front();
        for (score, &other) in self.scores.iter_mut().zip(&self.values) {
            *score -= sign(other, oldest);
        }
    }

    /// The largest two-sample rank statistic of Mann and Whitney (1947) over all places that leave at least `left_min`
    /// values before and `right_min` (or one) from there on; the first of several that are equal.
    ///
    /// With `C_k` the sum of the first `k` scores of `n`, `z = |C_k| / √(k (n - k) (n + 1) / 3)`. Ties are not corrected
    /// for, which makes `z` smaller. `None` when no place leaves enough.
    pub fn parting(&self, left_min: usize, right_min: usize) -> Option<Parting> {
        let n = self.len();
        let mut sum = 0_i64;
        let mut best: Option<Parting> = None;
        for (left, &score) in (1..).zip(&self.scores) {
            sum += i64::from(score);
            if left < left_min || n - left < right_min.max(1) {
                continue;
            }
            let variance = (left * (n - left) * (n + 1)) as f64 / 3.0;
            let z = sum.unsigned_abs() as f64 / variance.sqrt();
            if best.is_none_or(|best| z > best.z) {
                best = Some(Parting { left, z });
            }
        }
        best
    }
}

fn sign(a: f64, b: f64) -> i32 {
    match a.partial_cmp(&b) {
        Some(Ordering::Less) => -1,
        Some(Ordering::Greater) => 1,
        Some(Ordering::Equal) | None => 0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn window(values: &[f64]) -> RankWindow {
        let mut window = RankWindow::default();
        values.iter().for_each(|&value| window.push(value));
        window
    }

    #[test]
    fn finds_the_place_where_all_values_change() {
        // 4 values below 3: C = 12, variance 4 · 3 · 8 / 3 = 32.
        let parting = window(&[1.0, 2.0, 3.0, 2.5, 9.0, 8.0, 7.0]).parting(2, 2).unwrap();
        assert_eq!(parting, Parting { left: 4, z: 12.0 / 32_f64.sqrt() });
    }

    #[test]
    fn equal_values_do_not_part() {
        assert_eq!(window(&[5.0; 6]).parting(2, 2), Some(Parting { left: 2, z: 0.0 }));
        assert_eq!(window(&[1.0, 2.0, 3.0]).parting(2, 2), None);
        assert_eq!(RankWindow::default().parting(0, 0), None);
    }

    proptest! {
        #[test]
        fn what_was_forgotten_leaves_no_trace(values in prop::collection::vec(0u8..9, 0..40), forgotten in 0usize..45) {
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            let mut moved = window(&values);
            (0..forgotten).for_each(|_| moved.pop());
            let fresh = window(&values[forgotten.min(values.len())..]);
            prop_assert_eq!(&moved.scores, &fresh.scores);
            prop_assert_eq!(moved.parting(1, 1), fresh.parting(1, 1));
        }

        #[test]
        fn only_the_order_of_the_values_counts(values in prop::collection::vec(-1e3..1e3, 2..40)) {
            let stretched: Vec<f64> = values.iter().map(|value: &f64| value.powi(3)).collect();
            prop_assert_eq!(window(&values).parting(1, 1), window(&stretched).parting(1, 1));
        }
    }
}
