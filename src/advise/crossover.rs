//! Where one way of doing a work becomes cheaper than another.

use serde::Serialize;

use crate::model::Estimate;
use crate::verdict::ratio::{ratio, widened};

/// Both ways at one place of the axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    /// The place, above zero.
    pub(super) at: f64,
    /// The price of the way that is dear where `at` is small.
    pub(super) candidate: Estimate,
    /// The price of the other way.
    pub(super) baseline: Estimate,
}

/// From where on a way is the cheaper one.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Crossing {
    /// From here on. An end of the interval may be `open`: it lies at or beyond the last place that was measured.
    At {
        /// The place, on the axis.
        place: Estimate,
        /// The lower end may be lower.
        open_low: bool,
        /// The upper end may be higher.
        open_high: bool,
    },
    /// Wherever it was measured, from this place on.
    Always(f64),
    /// Nowhere up to this place, the last that was measured.
    Never(f64),
    /// It cannot be said: why.
    Untold(String),
}

/// Solves for the place from which the candidate is the cheaper way.
///
/// Between measured places prices are taken for straight lines on logarithmic axes. The place is that of the centers; the
/// ends of its interval are those of the curves that are best and worst for the candidate within both intervals:
/// conservative, as ratios are everywhere here, and wider yet by `width` on the logarithmic axis of prices. `points` are in
/// order of `at`.
pub(super) fn crossing(points: &[Point], width: f64) -> Crossing {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Crossing::Untold("nothing was measured on both sides".to_owned());
    };
    if points.len() < 2 {
        return Crossing::Untold("one point makes no curve".to_owned());
    }
    let Some(ratios) =
        points.iter().map(|it| widened(ratio(it.candidate, it.baseline)?, width)).collect::<Option<Vec<_>>>()
    else {
        return Crossing::Untold("an interval reaches down to zero".to_owned());
    };
    let cut = |end: fn(Estimate) -> f64| {
        let curve: Vec<(f64, f64)> =
            points.iter().zip(&ratios).map(|(point, ratio)| (libm::log(point.at), libm::log(end(*ratio)))).collect();
        descent(&curve)
    };
    match (cut(Estimate::low), cut(Estimate::center), cut(Estimate::high)) {
        (low, Cut::At(center), high) => {
            let (low, open_low) = low.within(center, first.at, last.at);
            let (high, open_high) = high.within(center, first.at, last.at);
            let center = libm::exp(center);
            match Estimate::new(center, low.min(center), high.max(center)) {
                Ok(place) => Crossing::At { place, open_low, open_high },
                Err(error) => Crossing::Untold(error.to_string()),
            }
        }
        (_, Cut::Below, Cut::Below) => Crossing::Always(first.at),
        (Cut::Above, Cut::Above, _) if ratios.iter().any(|ratio| ratio.high() < 1.0) => {
            Crossing::Untold("it is cheaper at first and no longer at the last place".to_owned())
        }
        (Cut::Above, Cut::Above, _) => Crossing::Never(last.at),
        _ => Crossing::Untold("both cost the same within what was measured".to_owned()),
    }
}

/// Where a curve goes below zero for good.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Cut {
    /// Before the first point.
    Below,
    /// Here, on the logarithmic axis.
    At(f64),
    /// After the last point.
    Above,
}

impl Cut {
    /// The place, and whether it lies beyond what was measured.
    fn within(self, center: f64, first: f64, last: f64) -> (f64, bool) {
        match self {
            Cut::Below => (first, true),
            Cut::Above => (last, true),
            Cut::At(place) if place.is_finite() => (libm::exp(place), false),
            Cut::At(_) => (libm::exp(center), false),
        }
    }
}

/// The last descent through zero: from there on the curve stays below.
fn descent(curve: &[(f64, f64)]) -> Cut {
    if curve.last().is_none_or(|last| last.1 >= 0.0) {
        return Cut::Above;
    }
    let last = curve.windows(2).rev().find(|pair| pair[0].1 >= 0.0 && pair[1].1 < 0.0);
    last.map_or(Cut::Below, |pair| {
        let [(x, y), (next_x, next_y)] = [pair[0], pair[1]];
        Cut::At(x + (next_x - x) * y / (y - next_y))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(at: f64, candidate: (f64, f64, f64), baseline: f64) -> Point {
        let candidate = Estimate::new(candidate.0, candidate.1, candidate.2).unwrap();
        Point { at, candidate, baseline: Estimate::exact(baseline).unwrap() }
    }

    fn exact(at: f64, candidate: f64, baseline: f64) -> Point {
        point(at, (candidate, candidate, candidate), baseline)
    }

    #[test]
    fn curves_that_meet_half_way_meet_at_the_geometric_mean() {
        let Crossing::At { place, open_low, open_high } =
            crossing(&[exact(1.0, 2.0, 1.0), exact(100.0, 1.0, 2.0)], 0.0)
        else {
            panic!("they cross")
        };
        assert!((place.center() - 10.0).abs() < 1e-9 && !open_low && !open_high, "{place:?}");
    }

    #[test]
    fn the_interval_holds_what_the_intervals_of_the_prices_allow() {
        let points = [point(1.0, (2.0, 1.9, 2.2), 1.0), point(100.0, (1.0, 0.9, 1.2), 2.0)];
        let Crossing::At { place, .. } = crossing(&points, 0.0) else { panic!("they cross") };
        assert!(place.low() < 10.0 && place.high() > 10.0, "{place:?}");
        let Crossing::At { place, open_high, .. } =
            crossing(&[point(1.0, (2.0, 2.0, 2.0), 1.0), point(9.0, (1.0, 0.5, 3.0), 2.0)], 0.0)
        else {
            panic!("they cross")
        };
        assert!(open_high && place.high() == 9.0, "{place:?}");
    }

    #[test]
    fn what_sessions_differ_by_widens_the_interval_of_the_place() {
        // The ratio falls from 2 to a half over two decades, so a factor of √2 in price is half a decade in place.
        let points = [exact(1.0, 2.0, 1.0), exact(100.0, 1.0, 2.0)];
        let Crossing::At { place, .. } = crossing(&points, libm::log(2.0) / 2.0) else { panic!("they cross") };
        let half_decade = 10.0_f64.sqrt();
        assert!((place.low() - 10.0 / half_decade).abs() < 1e-9 && (place.high() - 10.0 * half_decade).abs() < 1e-9);
    }

    #[test]
    fn a_curve_that_never_crosses_says_how_far_it_was_followed() {
        assert_eq!(crossing(&[exact(1.0, 2.0, 1.0), exact(8.0, 3.0, 1.0)], 0.0), Crossing::Never(8.0));
        assert_eq!(crossing(&[exact(1.0, 1.0, 2.0), exact(8.0, 1.0, 3.0)], 0.0), Crossing::Always(1.0));
    }

    #[test]
    fn a_way_that_is_cheaper_at_first_does_not_become_so() {
        let found = crossing(&[exact(1.0, 1.0, 2.0), exact(8.0, 2.0, 1.0)], 0.0);
        assert!(matches!(&found, Crossing::Untold(reason) if reason.contains("at first")), "{found:?}");
    }

    #[test]
    fn what_cannot_be_told_is_not_guessed() {
        let alike = point(8.0, (1.0, 0.5, 2.0), 1.0);
        for points in [&[][..], &[alike], &[Point { at: 1.0, ..alike }, alike]] {
            assert!(matches!(crossing(points, 0.0), Crossing::Untold(_)), "{points:?}");
        }
    }

    #[test]
    fn the_last_descent_counts() {
        let points = [exact(1.0, 1.0, 2.0), exact(2.0, 2.0, 1.0), exact(8.0, 1.0, 2.0)];
        let Crossing::At { place, .. } = crossing(&points, 0.0) else { panic!("they cross") };
        assert!((place.center() - 4.0).abs() < 1e-9, "{place:?}");
    }
}
