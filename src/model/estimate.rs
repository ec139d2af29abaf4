//! A number with its interval.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A center and the interval around it; always finite, `low <= center <= high`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Bounds")]
pub struct Estimate {
    center: f64,
    low: f64,
    high: f64,
}

#[derive(Debug, thiserror::Error, PartialEq)]
#[error("center {center}, low {low}, high {high} form no estimate: they must be finite and in order")]
pub struct InvalidEstimate {
    center: f64,
    low: f64,
    high: f64,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Bounds {
    center: f64,
    low: f64,
    high: f64,
}

impl Estimate {
    /// Refuses numbers that are not finite or not in order.
    pub fn new(center: f64, low: f64, high: f64) -> Result<Self, InvalidEstimate> {
        if center.is_finite() && low.is_finite() && high.is_finite() && low <= center && center <= high {
            Ok(Self { center, low, high })
        } else {
            Err(InvalidEstimate { center, low, high })
        }
    }

    /// A number that is exact: an interval of no width.
    pub fn exact(value: f64) -> Result<Self, InvalidEstimate> {
        Self::new(value, value, value)
    }

    pub fn center(self) -> f64 {
        self.center
    }

    pub fn low(self) -> f64 {
        self.low
    }

    pub fn high(self) -> f64 {
        self.high
    }
}

impl TryFrom<Bounds> for Estimate {
    type Error = InvalidEstimate;

    fn try_from(bounds: Bounds) -> Result<Self, Self::Error> {
        Self::new(bounds.center, bounds.low, bounds.high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_not_finite_or_out_of_order() {
        for (center, low, high) in
            [(f64::NAN, 0.0, 1.0), (1.0, f64::NEG_INFINITY, 2.0), (3.0, 1.0, 2.0), (0.0, 1.0, 2.0)]
        {
            assert!(Estimate::new(center, low, high).is_err(), "{center} {low} {high}");
        }
        assert!(serde_json::from_str::<Estimate>(r#"{"center":3,"low":1,"high":2}"#).is_err());
    }
}
