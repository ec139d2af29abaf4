//! How far values lie apart.

use super::{Interval, all_finite, median, quantile, sorted};

/// How often an interval may miss what it is of.
const MISS: f64 = 0.05;

/// The smallest and the largest value; `None` when there are none or one is not finite.
pub fn range(values: &[f64]) -> Option<Interval> {
    if !all_finite(values) {
        return None;
    }
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Some(Interval { low, high })
}

/// The interval of the median by the sign test turned round, whatever the distribution is: from the `k`-th smallest value to
/// the `k`-th largest, `k` the largest that holds the median with a chance of 95 % or more; with five values and fewer, whose
/// range holds it less often, that range.
///
/// `None` when there are no values or one is not finite.
pub fn median_interval(values: &[f64]) -> Option<Interval> {
    let sorted = sorted(values)?;
    let n = sorted.len();
    // Of all 2^n ways in which values fall above or below the median, those with fewer than k on one side.
    let (mut k, mut ways, mut outside) = (1, 1.0, 1.0);
    while 2 * k < n {
        ways *= (n - k + 1) as f64 / k as f64;
        outside += ways;
        if 2.0 * outside > MISS * libm::exp2(n as f64) {
            break;
        }
        k += 1;
    }
    Some(Interval { low: sorted[k - 1], high: sorted[n - k] })
}

/// What has to be added, as independent, to reaches of intervals so that this share of them holds what lies so far away:
/// each pair is a distance and a reach.
///
/// `None` when there are no pairs, or one is not finite.
pub fn reach_beyond(pairs: &[(f64, f64)], share: f64) -> Option<f64> {
    let beyond = |&(distance, reach): &(f64, f64)| match (distance - reach) * (distance + reach) {
        square if square < 0.0 => 0.0,
        square => square.sqrt(),
    };
    quantile(&sorted(&pairs.iter().map(beyond).collect::<Vec<_>>())?, share)
}

/// Median absolute deviation from the median, unscaled: half of the values lie closer to the median than this.
///
/// `None` when there are no values, or when one of them or of their distances is not finite.
pub fn mad(values: &[f64]) -> Option<f64> {
    let center = median(values)?;
    let distances: Vec<f64> = values.iter().map(|value| (value - center).abs()).collect();
    median(&distances)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn agrees_with_results_by_hand() {
        assert_eq!(mad(&[1.0, 1.0, 2.0, 2.0, 4.0, 6.0, 9.0]), Some(1.0));
        assert_eq!(range(&[3.0, 1.0, 2.0]), Some(Interval { low: 1.0, high: 3.0 }));
        assert_eq!(range(&[]), None);
        assert_eq!(mad(&[f64::MAX, -f64::MAX]), Some(f64::MAX));
        assert_eq!(mad(&[f64::MAX, f64::MAX, -f64::MAX, -f64::MAX, -f64::MAX]), None);
    }

    #[test]
    fn the_interval_of_a_median_leaves_out_what_the_level_allows() {
        let values = |count: u32| (1..=count).map(f64::from).collect::<Vec<_>>();
        for (count, low, high) in
            [(1, 1.0, 1.0), (2, 1.0, 2.0), (6, 1.0, 6.0), (8, 1.0, 8.0), (9, 2.0, 8.0), (12, 3.0, 10.0)]
        {
            assert_eq!(median_interval(&values(count)), Some(Interval { low, high }), "{count}");
        }
        assert_eq!(median_interval(&[]), None);
    }

    #[test]
    fn a_reach_beyond_holds_the_share() {
        assert_eq!(reach_beyond(&[(5.0, 3.0), (1.0, 2.0)], 1.0), Some(4.0));
        assert_eq!(reach_beyond(&[(5.0, 3.0), (1.0, 2.0)], 0.5), Some(2.0), "between 0 and 4");
        assert_eq!((reach_beyond(&[], 0.5), reach_beyond(&[(1.0, f64::NAN)], 0.5)), (None, None));
    }

    proptest! {
        #[test]
        fn range_holds_every_value(values in prop::collection::vec(-1e300..1e300, 1..50)) {
            let range = range(&values).unwrap();
            prop_assert!(values.iter().all(|&value| range.low <= value && value <= range.high));
        }

        #[test]
        fn scale_moves_the_mad(
            values in prop::collection::vec(1.0..1e6, 2..50), exponent in -8..8,
        ) {
            // A power of two scales without rounding.
            let scaled: Vec<f64> = values.iter().map(|value| value * f64::from(exponent).exp2()).collect();
            prop_assert_eq!(mad(&scaled), mad(&values).map(|mad| mad * f64::from(exponent).exp2()));
        }
    }
}
