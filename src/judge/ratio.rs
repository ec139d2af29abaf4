//! One estimate divided by another.

use crate::model::Estimate;
use crate::stats::{Interval, interval};

/// `numerator ÷ denominator` with the widest interval that the two intervals allow.
///
/// `None` where an interval is not above zero: the quotient could be anything.
pub fn ratio(numerator: Estimate, denominator: Estimate) -> Option<Estimate> {
    let bounds = |estimate: Estimate| Interval { low: estimate.low(), high: estimate.high() };
    let Interval { low, high } = interval::ratio(bounds(numerator), bounds(denominator))?;
    Estimate::new(numerator.center() / denominator.center(), low, high).ok()
}

/// The geometric mean of factors: of 2 and one half it is 1; none where there are none, or one is not above zero.
pub fn geometric_mean(factors: &[f64]) -> Option<f64> {
    let sum: f64 = factors.iter().map(|factor| libm::log(*factor)).sum();
    Some(libm::exp(sum / factors.len() as f64)).filter(|mean| mean.is_finite() && *mean > 0.0)
}

/// The estimate a whole number of times.
pub(super) fn times(factor: u64, estimate: Estimate) -> Option<Estimate> {
    let factor = factor as f64;
    Estimate::new(factor * estimate.center(), factor * estimate.low(), factor * estimate.high()).ok()
}
