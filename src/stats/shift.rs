//! How far one set of values lies from another, and where a row of values is best cut in two.

use super::{Interval, all_finite, sorted};

/// The estimate of Hodges and Lehmann (1963): the median of the differences of all pairs, `right - left`.
///
/// `None` when a side is empty, or a value or difference is not finite.
pub fn hodges_lehmann(left: &[f64], right: &[f64]) -> Option<f64> {
    let mut differences = differences(left, right)?;
    let middle = differences.len() / 2;
    let even = differences.len().is_multiple_of(2);
    let (below, &mut upper, _) = differences.select_nth_unstable_by(middle, f64::total_cmp);
    let lower = if even { below.iter().copied().fold(f64::NEG_INFINITY, f64::max) } else { upper };
    Some(lower / 2.0 + upper / 2.0)
}

/// The interval of that estimate: the `k`-th smallest and the `k`-th largest of the differences (Moses 1953), with `k`
/// from the normal approximation of the rank sum, `z` standard deviations wide on either side; 1.96 is 95 %.
///
/// It assumes no distribution. `None` as for the estimate, and for a `z` that is not above zero.
pub fn hodges_lehmann_interval(left: &[f64], right: &[f64], z: f64) -> Option<Interval> {
    let differences = sorted(&differences(left, right)?)?;
    let (m, n) = (left.len() as f64, right.len() as f64);
    let place = (m * n / 2.0 - z * (m * n * (m + n + 1.0) / 12.0).sqrt()).floor();
    // Too few values for so much confidence: the whole range.
    let k = if place >= 1.0 { place as usize } else { 1 };
    (z > 0.0).then(|| Interval { low: differences[k - 1], high: differences[differences.len() - k] })
}

/// The number of values in the left part when a row is cut where the two parts are closest to their own medians: the
/// sum of absolute deviations is least. At least `left_min` values and `right_min` stay on either side, and one at
/// least; the first of several such places. Takes time with the square of the length.
///
/// `None` when the row is too short, or a value or sum is not finite.
pub fn least_deviation_cut(values: &[f64], left_min: usize, right_min: usize) -> Option<usize> {
    if !all_finite(values) {
        return None;
    }
    let forwards = deviations(values.iter().copied());
    let backwards = deviations(values.iter().rev().copied());
    let mut best: Option<(usize, f64)> = None;
    for left in left_min.max(1)..=values.len().checked_sub(right_min.max(1))? {
        let deviation = forwards[left - 1] + backwards[values.len() - left - 1];
        if deviation.is_finite() && best.is_none_or(|(_, least)| deviation < least) {
            best = Some((left, deviation));
        }
    }
    best.map(|(left, _)| left)
}

/// For each value, the sum of the absolute deviations of all values up to it from their median.
fn deviations(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut sorted: Vec<f64> = Vec::new();
    let deviation = |value: f64| {
        let place = sorted.partition_point(|other| *other < value);
        sorted.insert(place, value);
        // For an even number every value between the two middle ones gives the same sum.
        let median = sorted[sorted.len() / 2];
        sorted.iter().map(|value| (value - median).abs()).sum::<f64>()
    };
    values.map(deviation).collect()
}

pub(super) fn differences(left: &[f64], right: &[f64]) -> Option<Vec<f64>> {
    let differences: Vec<f64> = right.iter().flat_map(|to| left.iter().map(move |from| to - from)).collect();
    all_finite(&differences).then_some(differences)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn agrees_with_results_by_hand() {
        assert_eq!(hodges_lehmann(&[1.0, 2.0], &[4.0, 7.0]), Some(4.0));
        assert_eq!(hodges_lehmann(&[1.0], &[4.0, 7.0, 8.0]), Some(6.0));
        // 16 differences; 1.96 sd are 6.79, so the interval begins at the first.
        let interval = hodges_lehmann_interval(&[1.0, 2.0, 3.0, 4.0], &[11.0, 12.0, 13.0, 14.0], 1.96);
        assert_eq!(interval, Some(Interval { low: 7.0, high: 13.0 }));
        assert_eq!(least_deviation_cut(&[1.0, 2.0, 1.0, 9.0, 8.0, 9.0], 1, 1), Some(3));
        assert_eq!(least_deviation_cut(&[1.0, 2.0, 1.0, 9.0, 8.0, 9.0], 4, 1), Some(4));
    }

    #[test]
    fn refuses_what_has_no_answer() {
        for (left, right) in [(&[][..], &[1.0][..]), (&[1.0], &[]), (&[f64::NAN], &[1.0]), (&[-f64::MAX], &[f64::MAX])]
        {
            assert_eq!(hodges_lehmann(left, right), None);
            assert_eq!(hodges_lehmann_interval(left, right, 1.96), None);
        }
        assert_eq!(hodges_lehmann_interval(&[1.0], &[2.0], f64::NAN), None);
        for values in [&[][..], &[1.0], &[1.0, f64::INFINITY], &[1.0, 2.0, 3.0]] {
            assert_eq!(least_deviation_cut(values, 2, 2), None, "{values:?}");
        }
    }

    proptest! {
        #[test]
        fn the_interval_holds_the_estimate(
            left in prop::collection::vec(-1e6..1e6, 1..20), right in prop::collection::vec(-1e6..1e6, 1..20),
            z in 0.1..4.0,
        ) {
            let estimate = hodges_lehmann(&left, &right).unwrap();
            let interval = hodges_lehmann_interval(&left, &right, z).unwrap();
            prop_assert!(interval.low <= estimate && estimate <= interval.high);
        }

        #[test]
        fn a_clean_step_is_cut_at_its_edge(left in 2usize..20, right in 2usize..20, step in 1i32..50) {
            let mut values = vec![100.0; left];
            values.resize(left + right, 100.0 + f64::from(step));
            prop_assert_eq!(least_deviation_cut(&values, 1, 1), Some(left));
            prop_assert_eq!(hodges_lehmann(&values[..left], &values[left..]), Some(f64::from(step)));
        }
    }
}
