//! Where one strategy becomes cheaper than another.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::Estimate;
use crate::verdict::policy::CROSSING_FACTOR_MAX;
use crate::verdict::ratio::kept;
use crate::verdict::{Absent, Reason, Value};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    /// The position, above zero.
    pub(super) at: f64,
    /// The cost of the strategy that is more expensive where `at` is small ÷ that of the other.
    pub(super) ratio: Estimate,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Crossing {
    /// From here on. An open end of the interval lies at or beyond the last position that was measured.
    At { position: Estimate, open_low: bool, open_high: bool },
    /// Wherever it was measured, from this position on.
    Always(f64),
    /// Nowhere up to this position, the last that was measured.
    Never(f64),
}

impl Crossing {
    /// The least and the greatest position where it may lie, and the likeliest between them; the last one where it does not cross.
    pub fn positions(&self) -> [f64; 3] {
        match self {
            Crossing::At { position, .. } => [position.low(), position.center(), position.high()],
            Crossing::Always(at) | Crossing::Never(at) => [*at; 3],
        }
    }

    /// Whether the middle of its interval may be taken for what it is.
    pub fn is_narrow(&self) -> bool {
        match self {
            Crossing::At { position, open_low, open_high } => {
                !open_low && !open_high && position.high() <= position.low() * CROSSING_FACTOR_MAX
            }
            Crossing::Always(_) | Crossing::Never(_) => true,
        }
    }

    /// The same, no wider than where it crosses in every session.
    pub(super) fn within(self, sessions: Estimate) -> Self {
        let Crossing::At { position, open_low, open_high } = self else { return self };
        let (is_above, is_below) = (sessions.low() > position.low(), sessions.high() < position.high());
        let low = if is_above { sessions.low() } else { position.low() };
        let high = if is_below { sessions.high() } else { position.high() };
        match Estimate::new(position.center(), low, high) {
            Ok(position) => {
                Crossing::At { position, open_low: open_low && !is_above, open_high: open_high && !is_below }
            }
            Err(_) => self,
        }
    }

    /// The same at other positions: what a strategy takes there, in place of the size of its work.
    pub fn moved(&self, to: Estimate) -> Self {
        match self {
            Crossing::At { open_low, open_high, .. } => {
                Crossing::At { position: to, open_low: *open_low, open_high: *open_high }
            }
            Crossing::Always(_) => Crossing::Always(to.center()),
            Crossing::Never(_) => Crossing::Never(to.center()),
        }
    }
}

/// Solves for the position from which the candidate is the cheaper strategy.
///
/// Between measured positions costs are taken for straight lines on logarithmic axes. The position is that of the centers;
/// the ends of its interval are those of the curves that are best and worst for the candidate within both intervals:
/// conservative, and wider yet by the `reach` of sessions. `points` are in order of `at`. What is significant at one of them
/// agrees with the answer.
pub(super) fn crossing(points: &[Point], reach: f64) -> Value<Crossing> {
    let inconclusive = |reason: &'static str| Err(Absent::inconclusive(reason));
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return inconclusive("nothing was measured on both sides");
    };
    if points.len() < 2 {
        return inconclusive("one point makes no curve");
    }
    if points.iter().any(|point| point.ratio.low() <= 0.0) {
        return Err(Absent::Inconclusive(Reason::ReachesZero));
    }
    let ratios: Vec<Estimate> = points.iter().map(|point| kept(point.ratio, reach)).collect();
    let cheaper = ratios.iter().position(|ratio| ratio.high() < 1.0);
    if cheaper.is_some_and(|first| ratios[first..].iter().any(|ratio| ratio.low() >= 1.0)) {
        return inconclusive("it is cheaper at first and no longer at a later position");
    }
    let cut = |end: fn(Estimate) -> f64| {
        let curve: Vec<(f64, f64)> =
            points.iter().zip(&ratios).map(|(point, ratio)| (libm::log(point.at), libm::log(end(*ratio)))).collect();
        descent(&curve)
    };
    let at = |[low, center, high]: [f64; 3], open_low, open_high| {
        let position = Estimate::new(center, low.min(center), high.max(center));
        let position = position.map_err(|error| Absent::inconclusive(error.to_string()))?;
        Ok(Crossing::At { position, open_low, open_high })
    };
    match (cut(Estimate::low), cut(Estimate::center), cut(Estimate::high)) {
        (low, Cut::At(center), high) => {
            let (low, open_low) = low.within(center, first.at, last.at);
            let (high, open_high) = high.within(center, first.at, last.at);
            at([low, libm::exp(center), high], open_low, open_high)
        }
        // The centers say always, and the worst curve not before here.
        (_, Cut::Below, Cut::At(high)) => at([first.at, first.at, libm::exp(high)], true, false),
        // The centers say never, and the best curve from here on.
        (Cut::At(low), Cut::Above, _) => at([libm::exp(low), last.at, last.at], false, true),
        (_, Cut::Below, Cut::Below) => Ok(Crossing::Always(first.at)),
        (Cut::Above, Cut::Above, _) => Ok(Crossing::Never(last.at)),
        _ if cheaper.is_some() => inconclusive("it is cheaper at some positions, and not significantly at the last"),
        _ => inconclusive("no significant difference within what was measured"),
    }
}

/// Where a curve goes below zero for good.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Cut {
    Below,
    /// Here, on the logarithmic axis.
    At(f64),
    Above,
}

impl Cut {
    /// The position, and whether it lies beyond what was measured.
    fn within(self, center: f64, first: f64, last: f64) -> (f64, bool) {
        match self {
            Cut::Below => (first, true),
            Cut::Above => (last, true),
            Cut::At(at) if at.is_finite() => (libm::exp(at), false),
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
    use proptest::prelude::*;

    use super::*;

    fn point(at: f64, candidate: (f64, f64, f64), baseline: f64) -> Point {
        let [center, low, high] = [candidate.0, candidate.1, candidate.2].map(|cost| cost / baseline);
        Point { at, ratio: Estimate::new(center, low, high).unwrap() }
    }

    fn exact(at: f64, candidate: f64, baseline: f64) -> Point {
        point(at, (candidate, candidate, candidate), baseline)
    }

    /// Where the curves cross, and whether the interval is open below and above.
    fn crossed(points: &[Point], reach: f64) -> (Estimate, bool, bool) {
        match crossing(points, reach) {
            Ok(Crossing::At { position, open_low, open_high }) => (position, open_low, open_high),
            other => panic!("they cross: {other:?}"),
        }
    }

    #[test]
    fn curves_that_meet_half_way_meet_at_the_geometric_mean() {
        let (position, open_low, open_high) = crossed(&[exact(1.0, 2.0, 1.0), exact(100.0, 1.0, 2.0)], 0.0);
        assert!((position.center() - 10.0).abs() < 1e-9 && !open_low && !open_high, "{position:?}");
        // The last descent counts, where the first is not significant.
        let unclear = point(1.0, (1.0, 0.5, 3.0), 2.0);
        let (position, ..) = crossed(&[unclear, exact(2.0, 2.0, 1.0), exact(8.0, 1.0, 2.0)], 0.0);
        assert!((position.center() - 4.0).abs() < 1e-9, "{position:?}");
    }

    #[test]
    fn the_interval_holds_what_the_intervals_of_the_costs_allow() {
        let (position, ..) = crossed(&[point(1.0, (2.0, 1.9, 2.2), 1.0), point(100.0, (1.0, 0.9, 1.2), 2.0)], 0.0);
        assert!(position.low() < 10.0 && position.high() > 10.0, "{position:?}");
        let (position, _, open_high) =
            crossed(&[point(1.0, (2.0, 2.0, 2.0), 1.0), point(9.0, (1.0, 0.5, 3.0), 2.0)], 0.0);
        assert!(open_high && position.high() == 9.0, "{position:?}");
    }

    #[test]
    fn what_sessions_differ_by_widens_the_interval() {
        // The ratio falls from 2 to a half over two decades, so a factor of √2 in price is half a decade in position.
        let (position, ..) = crossed(&[exact(1.0, 2.0, 1.0), exact(100.0, 1.0, 2.0)], libm::log(2.0) / 2.0);
        let half_decade = 10.0_f64.sqrt();
        assert!(
            (position.low() - 10.0 / half_decade).abs() < 1e-9 && (position.high() - 10.0 * half_decade).abs() < 1e-9
        );
    }

    #[test]
    fn a_crossing_is_no_wider_than_where_sessions_cross() {
        let at = |low, high, open_low, open_high| {
            let position = Estimate::new(6.0, low, high).unwrap();
            Crossing::At { position, open_low, open_high }
        };
        let sessions = Estimate::new(6.0, 4.0, 9.0).unwrap();
        for (costs, expected) in [
            (at(5.0, 8.0, false, false), at(5.0, 8.0, false, false)),
            (at(3.0, 8.0, true, false), at(4.0, 8.0, false, false)),
            (at(5.0, 12.0, true, true), at(5.0, 9.0, true, false)),
            (Crossing::Never(8.0), Crossing::Never(8.0)),
        ] {
            assert_eq!(costs.within(sessions), expected);
        }
    }

    #[test]
    fn a_curve_that_never_crosses_says_how_far_it_was_followed() {
        assert_eq!(crossing(&[exact(1.0, 2.0, 1.0), exact(8.0, 3.0, 1.0)], 0.0), Ok(Crossing::Never(8.0)));
        assert_eq!(crossing(&[exact(1.0, 1.0, 2.0), exact(8.0, 1.0, 3.0)], 0.0), Ok(Crossing::Always(1.0)));
    }

    #[test]
    fn a_strategy_that_is_cheaper_by_the_centers_is_so_for_sure_from_where_the_worst_curve_crosses() {
        let points = [point(1.0, (1.0, 0.8, 1.6), 1.2), point(100.0, (1.0, 0.8, 1.1), 2.0)];
        let (position, open_low, open_high) = crossed(&points, 0.0);
        assert_eq!((position.center(), open_low, open_high), (1.0, true, false));
        assert!(position.high() > 1.0 && position.high() < 100.0, "{position:?}");
        let points = [point(1.0, (2.0, 1.9, 2.2), 1.0), point(100.0, (1.2, 0.8, 2.0), 1.0)];
        let (position, open_low, open_high) = crossed(&points, 0.0);
        assert_eq!((position.center(), open_low, open_high), (100.0, false, true));
        assert!(position.low() < 100.0 && position.low() > 1.0, "{position:?}");
    }

    #[test]
    fn a_strategy_that_is_cheaper_at_first_does_not_become_cheaper() {
        let found = crossing(&[exact(1.0, 1.0, 2.0), exact(8.0, 2.0, 1.0)], 0.0);
        assert!(matches!(&found, Err(absent) if absent.to_string().contains("at first")), "{found:?}");
        let points =
            [(1.0, 0.9), (64.0, 0.5), (1000.0, 0.95)].map(|(at, cost)| point(at, (cost, cost * 0.8, cost * 1.2), 1.0));
        let found = crossing(&points, 0.0);
        assert!(matches!(&found, Err(absent) if absent.to_string().contains("at some positions")), "{found:?}");
    }

    proptest! {
        #[test]
        fn a_crossing_contradicts_no_position(
            costs in prop::collection::vec((0.2..4.0, 1.0..2.0, 1.0..2.0), 2..7), reach in 0.0..0.3,
        ) {
            let at = |index: usize| (1 << index) as f64;
            let costs = costs.into_iter().map(|(center, down, up): (f64, f64, f64)| (center, center / down, center * up));
            let points: Vec<Point> = costs.enumerate().map(|(index, cost)| point(at(index), cost, 1.0)).collect();
            let found = crossing(&points, reach);
            for Point { at, ratio } in points {
                let ratio = kept(ratio, reach);
                let (is_cheaper, is_more_expensive) = (ratio.high() < 1.0, ratio.low() > 1.0);
                let agrees = match &found {
                    Ok(Crossing::At { position, .. }) => {
                        let slack = 1.0 + 1e-9;
                        !(is_cheaper && position.low() > at * slack || is_more_expensive && position.high() * slack < at)
                    }
                    Ok(Crossing::Always(_)) => !is_more_expensive,
                    Ok(Crossing::Never(_)) => !is_cheaper,
                    Err(absent) => !absent.to_string().contains("no significant") || !is_cheaper && !is_more_expensive,
                };
                prop_assert!(agrees, "{at} {ratio:?}: {found:?}");
            }
        }
    }

    #[test]
    fn without_a_significant_difference_there_is_no_crossing() {
        let alike = point(8.0, (1.0, 0.5, 2.0), 1.0);
        for points in [&[][..], &[alike], &[Point { at: 1.0, ..alike }, alike]] {
            assert!(crossing(points, 0.0).is_err(), "{points:?}");
        }
    }
}
