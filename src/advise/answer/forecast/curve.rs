//! A measured curve, read between and beyond its points.

use std::array;

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::Estimate;
use crate::verdict::{Absent, Value};

const NO_POINT: &str = "its curve has no point above zero";

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Curve {
    axis: &'static str,
    /// An absent cost is no part of the line between its neighbours, and hides what lies at its place and beyond the last one.
    points: Vec<(f64, Value)>,
    /// The least power of the position that it grows on with beyond the last point.
    growth_min: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Read {
    pub(super) cost: Estimate,
    /// The last good position that was measured, where this one lies beyond it.
    pub(super) beyond: Option<Position>,
}

/// A place on an axis.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Position {
    pub axis: &'static str,
    pub at: f64,
}

impl Curve {
    /// Points with positions and lower ends above zero; others are no part of it.
    pub(super) fn new(axis: &'static str, points: impl IntoIterator<Item = (f64, Value)>) -> Self {
        let is_part = |(at, cost): &(f64, Value)| *at > 0.0 && cost.as_ref().map_or(true, |cost| cost.low() > 0.0);
        let mut points: Vec<(f64, Value)> = points.into_iter().filter(is_part).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        Self { axis, points, growth_min: 0.0 }
    }

    /// The same, which beyond its last point is known to grow in proportion.
    pub(super) fn in_proportion_beyond(self) -> Self {
        Self { growth_min: 1.0, ..self }
    }

    /// The first position that was measured.
    pub(super) fn start(&self) -> f64 {
        self.points.first().map_or(1.0, |(at, _)| *at)
    }

    pub(super) fn first(&self) -> Value {
        self.points.first().ok_or(Absent::missing(NO_POINT))?.1.clone()
    }

    /// The cost at a position: between two good points on the straight line between them on logarithmic axes; before the first as
    /// at the first; beyond the last as it may have grown between the last two within their intervals, which is not at all
    /// at least, and in proportion to the position at most.
    pub(super) fn at(&self, position: f64) -> Value<Read> {
        let read = |[center, low, high]: [f64; 3], beyond| {
            let cost = Estimate::new(center, low.min(center), high.max(center));
            Ok(Read { cost: cost.map_err(|error| Absent::inconclusive(error.to_string()))?, beyond })
        };
        let ends = |cost: Estimate| [cost.center(), cost.low(), cost.high()];
        let upto = self.points.partition_point(|(at, _)| *at <= position);
        // Before the first point it stands for what lies there.
        let before = &self.points[..upto.max(1).min(self.points.len())];
        let is_unknown = |at: f64| at == position || upto == self.points.len() || before.iter().all(|it| it.1.is_err());
        match before.last() {
            Some((at, Err(absent))) if is_unknown(*at) => return Err(absent.clone()),
            _ => {}
        }
        let good = self.points.iter().filter_map(|(at, cost)| Some((*at, cost.clone().ok()?)));
        let good: Vec<(f64, Estimate)> = good.collect();
        let after = good.partition_point(|(at, _)| *at < position);
        let Some(&(to, high)) = good.get(after) else {
            let ((from, last), powers) = (*good.last().ok_or(Absent::missing(NO_POINT))?, self.growth(&good));
            let last = ends(last);
            let beyond = Some(Position { axis: self.axis, at: from });
            return read(array::from_fn(|end| last[end] * libm::pow(position / from, powers[end])), beyond);
        };
        let high = ends(high);
        if after == 0 || to <= position {
            return read(high, None);
        }
        let (from, low) = good[after - 1];
        let (low, share) = (ends(low), libm::log(position / from) / libm::log(to / from));
        read(array::from_fn(|end| low[end] * libm::pow(high[end] / low[end], share)), None)
    }

    /// The powers of the position that the cost may grow with beyond the last point: the best guess, the least, the most.
    fn growth(&self, points: &[(f64, Estimate)]) -> [f64; 3] {
        let [.., (from, low), (to, high)] = points else { return [1.0, self.growth_min, 1.0] };
        let power = |low: f64, high: f64| (libm::log(high / low) / libm::log(to / from)).clamp(self.growth_min, 1.0);
        [power(low.center(), high.center()), power(low.high(), high.low()), power(low.low(), high.high())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(points: &[(f64, f64)]) -> Curve {
        Curve::new("count", points.iter().map(|&(at, cost)| (at, Ok(Estimate::exact(cost).unwrap()))))
    }

    #[test]
    fn a_curve_is_straight_between_its_points_and_grows_on_beyond_them() {
        let (half, flat, steep, one) =
            ([(100.0, 40.0), (1.0, 4.0)], [(1.0, 9.0), (10.0, 8.0)], [(1.0, 1.0), (10.0, 1e3)], [(2.0, 6.0)]);
        let cases = [
            (&half[..], 0.5, 4.0, None),
            (&half, 1.0, 4.0, None),
            (&half, 10.0, 4.0 * 10.0_f64.sqrt(), None),
            (&half, 100.0, 40.0, None),
            (&half, 10_000.0, 400.0, Some(100.0)),
            (&flat, 1_000.0, 8.0, Some(10.0)),
            (&steep, 20.0, 2e3, Some(10.0)),
            (&one, 4.0, 12.0, Some(2.0)),
        ];
        for (points, position, cost, last) in cases {
            let read = curve(points).at(position).unwrap();
            assert!(
                (read.cost.center() - cost).abs() < 1e-9 && read.beyond.map(|beyond| beyond.at) == last,
                "{position}: {read:?}"
            );
        }
    }

    #[test]
    fn beyond_the_last_point_the_interval_holds_every_growth_that_the_points_allow() {
        let wide = |center: f64| Estimate::new(center, center / 2.0, center * 2.0).unwrap();
        let curve = Curve::new("count", [(1.0, Ok(wide(10.0))), (2.0, Ok(wide(10.0)))]);
        let read = curve.at(200.0).unwrap().cost;
        assert_eq!((read.center(), read.low(), read.high()), (10.0, 5.0, 2_000.0));
        let known = curve.in_proportion_beyond().at(200.0).unwrap().cost;
        assert_eq!((known.center(), known.low(), known.high()), (1_000.0, 500.0, 2_000.0));
    }

    #[test]
    fn an_inconclusive_point_hides_its_own_place_and_as_the_last_one_what_lies_beyond() {
        let curve = |inconclusive: f64| {
            let points = [1.0, 2.0, 4.0, 8.0, 16.0].map(|at| {
                let cost = Ok(Estimate::exact(at).unwrap());
                (at, if at == inconclusive { Err(Absent::inconclusive("noise")) } else { cost })
            });
            Curve::new("count", points)
        };
        let read = |inconclusive: f64, at: f64| {
            curve(inconclusive)
                .at(at)
                .ok()
                .map(|read| ((read.cost.center() * 1e3).round() / 1e3, read.beyond.is_some()))
        };
        for (at, is_extrapolated) in [(0.5, false), (3.0, false), (5.0, false), (9.0, false), (17.0, true)] {
            assert_eq!(read(8.0, at), Some((at.max(1.0), is_extrapolated)));
        }
        assert_eq!([read(8.0, 8.0), read(16.0, 16.0), read(16.0, 17.0)], [None; 3]);
        assert_eq!(read(16.0, 12.0), Some((12.0, true)), "beyond the last good one");
    }

    #[test]
    fn what_is_not_above_zero_is_not_a_point() {
        assert!(curve(&[]).at(1.0).is_err_and(|absent| absent.is_missing()));
        assert_eq!(curve(&[(0.0, 1.0), (1.0, 0.0)]), curve(&[]));
    }
}
