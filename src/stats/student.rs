//! The difference of two means, and how surely it is beyond a limit.

use super::{Interval, all_finite};

/// Steps of the continued fraction; it converges in some dozen of them for every argument met here.
const STEPS_MAX: usize = 300;
/// Relative change of a step at which the fraction has converged.
const CONVERGED: f64 = 1e-15;

/// The value that Student's t with so many degrees of freedom exceeds with chance `p`: 2.776 for 0.025 and 4 degrees.
///
/// `None` unless `p` is above 0 and below a half and the degrees are above 0.
pub fn student_quantile(p: f64, freedom: f64) -> Option<f64> {
    if !(p > 0.0 && p < 0.5 && freedom > 0.0 && freedom.is_finite()) {
        return None;
    }
    let (mut low, mut high) = (0.0, 1.0);
    while upper_tail(high, freedom) > p {
        high *= 2.0;
        if high > 1e12 {
            return None;
        }
    }
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if upper_tail(middle, freedom) > p { low = middle } else { high = middle }
    }
    Some(high)
}

/// The difference of two means, by Welch (1947): the sides may have unlike variances and sizes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Welch {
    /// Mean of the right side - mean of the left.
    pub difference: f64,
    pub error: f64,
    pub freedom: f64,
}

/// Compares the means of two sides; `None` with fewer than two values on a side, or when a number is not finite.
pub fn welch(left: &[f64], right: &[f64]) -> Option<Welch> {
    let ((left_mean, left_part), (right_mean, right_part)) = (moments(left)?, moments(right)?);
    let square = left_part + right_part;
    let own = |part: f64, values: &[f64]| part * part / (values.len() - 1) as f64;
    let freedom = square * square / (own(left_part, left) + own(right_part, right));
    let difference = right_mean - left_mean;
    // Without any spread there is no division to be made; one degree is the least there can be.
    let freedom = if square > 0.0 { freedom } else { 1.0 };
    (difference.is_finite() && square.is_finite() && freedom.is_finite()).then_some(Welch {
        difference,
        error: square.sqrt(),
        freedom,
    })
}

impl Welch {
    /// The chance that sides which differ by no more than `limit` show a difference as large as this.
    pub fn p_above(&self, limit: f64) -> f64 {
        self.p(self.difference - limit)
    }

    /// The chance that sides which differ by no less than `limit` show a difference as small as this.
    pub fn p_below(&self, limit: f64) -> f64 {
        self.p(limit - self.difference)
    }

    /// The distance from a limit that is exceeded with chance `p` at most by chance: a quantile of Student's t times the
    /// standard error. `None` unless `p` is above 0 and below a half.
    pub fn reach(&self, p: f64) -> Option<f64> {
        Some(student_quantile(p, self.freedom)? * self.error)
    }

    fn p(&self, beyond: f64) -> f64 {
        if self.error > 0.0 {
            upper_tail(beyond / self.error, self.freedom)
        } else if beyond > 0.0 {
            0.0
        } else {
            1.0
        }
    }
}

/// The interval around the mean of values that holds the mean they were drawn from with this confidence, if they are drawn
/// independently from something normal; `None` with fewer than two values, or when a number is not finite.
pub fn mean_interval(values: &[f64], confidence: f64) -> Option<Interval> {
    let (mean, square) = moments(values)?;
    let reach = student_quantile((1.0 - confidence) / 2.0, (values.len() - 1) as f64)? * square.sqrt();
    let interval = Interval { low: mean - reach, high: mean + reach };
    (interval.low.is_finite() && interval.high.is_finite()).then_some(interval)
}

/// The mean, and the variance (with n - 1) divided by the number of values.
fn moments(values: &[f64]) -> Option<(f64, f64)> {
    if values.len() < 2 || !all_finite(values) {
        return None;
    }
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    Some((mean, squares / (count - 1.0) / count))
}

/// `P(T > t)` of Student's t.
fn upper_tail(t: f64, freedom: f64) -> f64 {
    let tail = 0.5 * regular_beta(freedom / (freedom + t * t), freedom / 2.0, 0.5);
    if t >= 0.0 { tail } else { 1.0 - tail }
}

/// The regularised incomplete beta function by its continued fraction, evaluated after Lentz (1976).
fn regular_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return if x >= 1.0 { 1.0 } else { 0.0 };
    }
    let scale = libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b) + a * libm::log(x) + b * libm::log1p(-x);
    let front = libm::exp(scale);
    // The fraction converges fast on one side of the mean only; the function is symmetrical.
    let value = if x < (a + 1.0) / (a + b + 2.0) {
        front * fraction(x, a, b) / a
    } else {
        1.0 - front * fraction(1.0 - x, b, a) / b
    };
    value.clamp(0.0, 1.0)
}

fn fraction(x: f64, a: f64, b: f64) -> f64 {
    let tiny = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / tiny(1.0 - (a + b) * x / (a + 1.0));
    let mut value = d;
    for step in 1..=STEPS_MAX {
        let m = step as f64;
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for term in [even, odd] {
            d = 1.0 / tiny(1.0 + term * d);
            c = tiny(1.0 + term / c);
            change = c * d;
            value *= change;
        }
        if (change - 1.0).abs() < CONVERGED {
            break;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use statrs::distribution::{ContinuousCDF, StudentsT};

    use super::*;

    #[test]
    fn agrees_with_a_result_by_hand() {
        // Means 2 and 5, variances 1 and 4 over 3 values: error √(5 / 3), freedom (5 / 3)² / ((1 / 9 + 16 / 9) / 2).
        let welch = welch(&[1.0, 2.0, 3.0], &[3.0, 5.0, 7.0]).unwrap();
        assert_eq!(welch.difference, 3.0);
        assert!((welch.error - (5.0_f64 / 3.0).sqrt()).abs() < 1e-12);
        assert!((welch.freedom - 50.0 / 17.0).abs() < 1e-12);
    }

    #[test]
    fn the_interval_of_a_mean_agrees_with_a_result_by_hand() {
        // Mean 2, variance 1 over 3 values: 2 ± 4.302 653 / √3.
        let Interval { low, high } = mean_interval(&[1.0, 2.0, 3.0], 0.95).unwrap();
        let reach = 4.302_653 / 3.0_f64.sqrt();
        assert!((low - (2.0 - reach)).abs() < 1e-5 && (high - (2.0 + reach)).abs() < 1e-5, "{low} {high}");
        assert_eq!(mean_interval(&[2.0, 2.0], 0.95), Some(Interval { low: 2.0, high: 2.0 }));
        for values in [&[][..], &[1.0], &[1.0, f64::NAN], &[f64::MAX, f64::MAX]] {
            assert_eq!(mean_interval(values, 0.95), None, "{values:?}");
        }
        assert_eq!(mean_interval(&[1.0, 2.0], 1.0), None);
    }

    #[test]
    fn sides_without_spread_are_surely_apart_or_surely_not() {
        let welch = super::welch(&[1.0, 1.0], &[2.0, 2.0]).unwrap();
        assert_eq!((welch.p_above(0.5), welch.p_above(1.0), welch.p_below(0.5)), (0.0, 1.0, 1.0));
        assert_eq!(super::welch(&[1.0], &[2.0, 3.0]), None);
        assert_eq!(super::welch(&[1.0, f64::NAN], &[2.0, 3.0]), None);
        assert_eq!((welch.reach(0.0), welch.reach(0.5)), (None, None));
    }

    proptest! {
        #[test]
        fn agrees_with_statrs(freedom in 1.0..200.0, t in -8.0..8.0, p in 1e-4..0.499) {
            let other = StudentsT::new(0.0, 1.0, freedom).unwrap();
            prop_assert!((upper_tail(t, freedom) - other.sf(t)).abs() < 1e-9);
            let quantile = student_quantile(p, freedom).unwrap();
            prop_assert!((other.sf(quantile) / p - 1.0).abs() < 1e-5, "{quantile} {}", other.sf(quantile));
        }

        #[test]
        fn chances_are_chances(
            left in prop::collection::vec(-1e3..1e3, 2..12), right in prop::collection::vec(-1e3..1e3, 2..12),
            limit in -100.0..100.0,
        ) {
            let welch = welch(&left, &right).unwrap();
            let (above, below) = (welch.p_above(limit), welch.p_below(limit));
            prop_assert!((0.0..=1.0).contains(&above) && (0.0..=1.0).contains(&below));
            prop_assert!((above + below - 1.0).abs() < 1e-9 || welch.error == 0.0);
        }
    }
}
