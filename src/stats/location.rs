//! Where values lie: quantiles and means.

use super::{all_finite, sorted};

/// The quantile at `share` (0 … 1) of values in ascending order.
///
/// Definition: type 7 of Hyndman and Fan, "Sample Quantiles in Statistical Packages" (1996), the one of R, NumPy and
/// Criterion: linear interpolation at position `(n - 1) * share`, counted from 0. `None` when the values are empty, not
/// finite or not in order, or when `share` is outside 0 … 1.
pub fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    if !all_finite(sorted) || !sorted.is_sorted() || !(0.0..=1.0).contains(&share) {
        return None;
    }
    let position = (sorted.len() - 1) as f64 * share;
    let lower = sorted[position.floor() as usize];
    let upper = sorted[position.ceil() as usize];
    let weight = position.fract();
    // Weighted as two products, so that the difference of two huge values cannot overflow; rounding stays inside.
    Some((lower * (1.0 - weight) + upper * weight).clamp(lower, upper))
}

/// The value in the middle, or the mean of the two in the middle; the values may be in any order.
///
/// `None` when there are none or one is not finite.
pub fn median(values: &[f64]) -> Option<f64> {
    quantile(&sorted(values)?, 0.5)
}

/// The mean for ratios: the n-th root of the product, computed by logarithms.
///
/// `None` when there are no values, or when one is not finite or not above zero.
pub fn geometric_mean(values: &[f64]) -> Option<f64> {
    if !all_finite(values) || values.iter().any(|&value| value <= 0.0) {
        return None;
    }
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(0.0, f64::max);
    let log_mean = values.iter().map(|value| value.ln()).sum::<f64>() / values.len() as f64;
    Some(log_mean.exp().clamp(low, high))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quantile_agrees_with_type_7_by_hand() {
        let cases = [
            (&[1.0, 2.0, 3.0, 4.0][..], 0.5, Some(2.5)),
            (&[1.0, 2.0, 3.0, 4.0], 0.25, Some(1.75)),
            (&[10.0, 20.0], 0.1, Some(11.0)),
            (&[7.0], 0.9, Some(7.0)),
            (&[-f64::MAX, f64::MAX], 0.5, Some(0.0)),
            (&[], 0.5, None),
            (&[2.0, 1.0], 0.5, None),
            (&[1.0, f64::INFINITY], 0.5, None),
            (&[1.0], 1.5, None),
            (&[1.0], f64::NAN, None),
        ];
        for (values, share, expected) in cases {
            assert_eq!(quantile(values, share), expected, "{share} of {values:?}");
        }
    }

    #[test]
    fn geometric_mean_refuses_what_has_no_logarithm() {
        assert!((geometric_mean(&[0.5, 2.0]).unwrap() - 1.0).abs() < 1e-12);
        for values in [&[][..], &[1.0, 0.0], &[1.0, -1.0], &[f64::NAN]] {
            assert_eq!(geometric_mean(values), None, "{values:?}");
        }
    }

    proptest! {
        #[test]
        fn quantiles_lie_inside_and_in_order(
            mut values in prop::collection::vec(-1e300..1e300, 1..50), a in 0.0..=1.0, b in 0.0..=1.0,
        ) {
            values.sort_by(f64::total_cmp);
            let (low, high) = (quantile(&values, f64::min(a, b)).unwrap(), quantile(&values, f64::max(a, b)).unwrap());
            prop_assert!(values[0] <= low && low <= high && high <= values[values.len() - 1]);
        }

        #[test]
        fn median_does_not_care_for_order(values in prop::collection::vec(-1e300..1e300, 1..50)) {
            let backwards: Vec<f64> = values.iter().rev().copied().collect();
            prop_assert_eq!(median(&values), median(&backwards));
        }
    }
}
