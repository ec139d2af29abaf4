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

/// The interval of an estimate and one of so much on the logarithmic axis, taken together as independent ones.
///
/// `None` where the estimate is not above zero.
pub(crate) fn widened(estimate: Estimate, width: f64) -> Option<Estimate> {
    let (center, low, high) = (estimate.center(), estimate.low(), estimate.high());
    if low <= 0.0 {
        return None;
    }
    let both = |own: f64| libm::exp(libm::hypot(own, width));
    Estimate::new(center, center / both(libm::log(center / low)), center * both(libm::log(high / center))).ok()
}

/// The estimate so many times; the factor is not below zero.
pub(crate) fn times(factor: f64, estimate: Estimate) -> Option<Estimate> {
    Estimate::new(factor * estimate.center(), factor * estimate.low(), factor * estimate.high()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn independent_widths_add_as_squares() {
        let own = Estimate::new(1.0, libm::exp(-0.3), libm::exp(0.3)).unwrap();
        let both = widened(own, 0.4).unwrap();
        assert!((libm::log(both.high()) - 0.5).abs() < 1e-12 && (libm::log(both.low()) + 0.5).abs() < 1e-12);
        assert_eq!(widened(Estimate::new(1.0, 0.0, 2.0).unwrap(), 0.1), None, "zero has no logarithm");
    }
}
