//! The values of a chart for the page's script: six characters a run.

/// Digits that stand for themselves in JSON, in HTML and in a script.
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// Stands where a run has no value.
const NOTHING: &str = "~~~~~~";
/// The largest number in two digits.
const STEPS: f64 = 4095.0;

use serde::Serialize;

use crate::model::Estimate;

/// Estimates on a grid of 4,096 steps from the lowest bound to the highest, in equal factors where all are above zero:
/// over a span of ten times a step is 0.06 %, less than the three digits that are shown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Packed {
    low: f64,
    high: f64,
    by_factors: bool,
    /// For every run low end, center and high end of the interval, two digits each.
    points: String,
}

impl Packed {
    /// Packs one value a run; `None` for runs that have none.
    pub(super) fn new(values: &[Option<Estimate>]) -> Self {
        let given = || values.iter().flatten();
        let low = given().map(|value| value.low()).fold(f64::INFINITY, f64::min);
        let high = given().map(|value| value.high()).fold(f64::NEG_INFINITY, f64::max);
        let (low, high) = if low <= high { (low, high) } else { (0.0, 0.0) };
        let mut packed = Self { low, high, by_factors: low > 0.0, points: String::with_capacity(values.len() * 6) };
        for value in values {
            match value {
                None => packed.points.push_str(NOTHING),
                Some(value) => {
                    for value in [value.low(), value.center(), value.high()] {
                        packed.push(value);
                    }
                }
            }
        }
        packed
    }

    fn push(&mut self, value: f64) {
        let share = if self.by_factors {
            (value / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        // One value only: its share is no number, and it stands at the start.
        let step = if share.is_finite() { (share.clamp(0.0, 1.0) * STEPS).round() as usize } else { 0 };
        self.points.extend([step / 64, step % 64].map(|digit| char::from(DIGITS[digit])));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_are_exact_and_gaps_are_kept() {
        let estimate = |center, low, high| Some(Estimate::new(center, low, high).unwrap());
        let packed = Packed::new(&[estimate(10.0, 1.0, 100.0), None, estimate(1.0, 1.0, 1.0)]);
        assert_eq!(packed.points, "AAgA__~~~~~~AAAAAA");
        assert!(packed.by_factors);
        assert_eq!(Packed::new(&[estimate(0.0, -1.0, 1.0)]).points, "AAgA__");
        assert_eq!(Packed::new(&[estimate(5.0, 5.0, 5.0)]).points, "AAAAAA");
        assert_eq!(Packed::new(&[]).points, "");
    }
}
