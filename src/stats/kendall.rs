//! Whether a row of values rises or falls from its beginning to its end.

use super::{Interval, all_finite};

/// The test of Mann (1945) and Kendall: how many pairs rise minus how many fall, in standard deviations of that number
/// under no trend, with the correction for ties and for continuity. Above zero the values rise.
///
/// Only ranks count, so it holds for values of any distribution that do not depend on each other. Takes time with the
/// square of the length. `None` for fewer than three values, one that is not finite, or when all are equal.
pub fn mann_kendall(values: &[f64]) -> Option<f64> {
    if values.len() < 3 || !all_finite(values) {
        return None;
    }
    let sd = rising_sd(values);
    let rising = rising(values);
    let corrected = (rising.abs() - 1).max(0) * rising.signum();
    (sd > 0.0).then(|| corrected as f64 / sd)
}

/// The slope per place by Theil (1950) and its interval by Sen (1968), `z` standard deviations wide on either side: the
/// median and two other quantiles of the slopes of all pairs.
///
/// `None` for fewer than two values or one that is not finite.
pub fn sen_slope(values: &[f64], z: f64) -> Option<(f64, Interval)> {
    if values.len() < 2 || !all_finite(values) {
        return None;
    }
    let pairs = |from: usize| (from + 1..values.len()).map(move |to| (values[to] - values[from]) / (to - from) as f64);
    let mut slopes: Vec<f64> = (0..values.len()).flat_map(pairs).collect();
    slopes.sort_by(f64::total_cmp);
    let last = slopes.len() - 1;
    let reach = (z * rising_sd(values) / 2.0).ceil();
    let middle = last as f64 / 2.0;
    let low = slopes[(middle - reach).max(0.0).floor() as usize];
    let high = slopes[((middle + reach).ceil() as usize).min(last)];
    let center = (slopes[last / 2] + slopes[slopes.len() / 2]) / 2.0;
    let found = [low, center, high].iter().all(|slope| slope.is_finite());
    found.then_some((center, Interval { low, high }))
}

fn rising(values: &[f64]) -> i64 {
    let sign = |from: f64, to: f64| i64::from(to > from) - i64::from(to < from);
    let from = |place: usize| values[place + 1..].iter().map(move |&to| sign(values[place], to)).sum::<i64>();
    (0..values.len()).map(from).sum()
}

/// The standard deviation of that number where the order of the values is pure chance.
fn rising_sd(values: &[f64]) -> f64 {
    let term = |n: usize| (n * n.saturating_sub(1) * (2 * n + 5)) as f64;
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let ties: f64 = sorted.chunk_by(|a, b| a == b).map(|equal| term(equal.len())).sum();
    ((term(values.len()) - ties) / 18.0).max(0.0).sqrt()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn agrees_with_results_by_hand() {
        // 10 pairs, all rising; the variance is 5·4·15 / 18.
        let z = mann_kendall(&[1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
        assert!((z - 9.0 / (300.0_f64 / 18.0).sqrt()).abs() < 1e-12);
        // Two ties take 2·1·9 / 18 from the variance; 5 pairs rise.
        let z = mann_kendall(&[1.0, 1.0, 2.0, 3.0]).unwrap();
        assert!((z - 4.0 / (26.0_f64 / 3.0 - 1.0).sqrt()).abs() < 1e-12);
        assert_eq!(mann_kendall(&[1.0, 3.0, 2.0, 0.0]).map(f64::signum), Some(-1.0));
        let (slope, interval) = sen_slope(&[0.0, 2.0, 4.0, 60.0, 8.0, 10.0], 1.96).unwrap();
        assert_eq!(slope, 2.0);
        assert!(interval.low <= 2.0 && 2.0 < interval.high);
    }

    #[test]
    fn refuses_what_has_no_answer() {
        for values in [&[][..], &[1.0, 2.0], &[1.0, 1.0, 1.0], &[1.0, f64::NAN, 2.0]] {
            assert_eq!(mann_kendall(values), None, "{values:?}");
        }
        assert_eq!(sen_slope(&[1.0], 1.96), None);
        assert_eq!(sen_slope(&[f64::MAX, -f64::MAX], 1.96), None);
    }

    proptest! {
        #[test]
        fn turned_round_it_falls_as_much(values in prop::collection::vec(-1e3..1e3, 3..30)) {
            let back: Vec<f64> = values.iter().rev().copied().collect();
            prop_assert_eq!(mann_kendall(&values), mann_kendall(&back).map(|z| -z));
        }

        #[test]
        fn the_interval_holds_the_slope(values in prop::collection::vec(-1e3..1e3, 2..30), z in 0.1..4.0) {
            let (slope, interval) = sen_slope(&values, z).unwrap();
            prop_assert!(interval.low <= slope && slope <= interval.high);
        }
    }
}
