//! A pair of bounds, and how two of them divide.

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

/// The widest ratio `a / b` that the two intervals allow: `a.low / b.high … a.high / b.low`.
///
/// Conservative: it holds every ratio of a number in `a` and a number in `b`, however the two depend on each other.
/// `None` unless both intervals are finite, in order and above zero, and so are the bounds of the ratio.
pub fn ratio(a: Interval, b: Interval) -> Option<Interval> {
    let positive =
        |interval: Interval| interval.low > 0.0 && interval.low <= interval.high && interval.high.is_finite();
    let ratio = Interval { low: a.low / b.high, high: a.high / b.low };
    (positive(a) && positive(b) && positive(ratio)).then_some(ratio)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ratio_takes_the_far_ends() {
        let a = Interval { low: 2.0, high: 6.0 };
        let b = Interval { low: 1.0, high: 4.0 };
        assert_eq!(ratio(a, b), Some(Interval { low: 0.5, high: 6.0 }));
    }

    #[test]
    fn ratio_refuses_what_cannot_be_divided() {
        let one = Interval { low: 1.0, high: 1.0 };
        let cases = [(0.0, 1.0), (-1.0, 1.0), (2.0, 1.0), (f64::NAN, 1.0), (1.0, f64::INFINITY)];
        for (low, high) in cases {
            assert_eq!(ratio(Interval { low, high }, one), None, "{low} {high}");
            assert_eq!(ratio(one, Interval { low, high }), None, "{low} {high}");
        }
        let (tiny, huge) = (Interval { low: 1e-300, high: 1e-300 }, Interval { low: 1e300, high: 1e300 });
        assert_eq!((ratio(huge, tiny), ratio(tiny, huge)), (None, None));
    }

    proptest! {
        #[test]
        fn ratio_holds_every_quotient(
            a in 1e-6..1e6, a_width in 0.0..1e6, b in 1e-6..1e6, b_width in 0.0..1e6, s in 0.0..=1.0, t in 0.0..=1.0,
        ) {
            let (of, by) = (Interval { low: a, high: a + a_width }, Interval { low: b, high: b + b_width });
            let ratio = ratio(of, by).unwrap();
            let within = |interval: Interval, width: f64, share: f64| (interval.low + share * width).min(interval.high);
            let quotient = within(of, a_width, s) / within(by, b_width, t);
            prop_assert!(ratio.low <= quotient && quotient <= ratio.high);
        }
    }
}
