//! A measured curve, read between and beyond its points.

use crate::model::Estimate;

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Curve {
    points: Vec<(f64, Estimate)>,
    /// The least power of the position that it grows on with beyond the last point.
    growth_min: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Read {
    pub(super) cost: Estimate,
    /// Whether the position lies beyond the last that was measured.
    pub(super) is_extrapolated: bool,
}

impl Curve {
    /// Points with positions and lower ends above zero; others are no part of it.
    pub(super) fn new(points: impl IntoIterator<Item = (f64, Estimate)>) -> Self {
        let mut points: Vec<(f64, Estimate)> =
            points.into_iter().filter(|(at, cost)| *at > 0.0 && cost.low() > 0.0).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        Self { points, growth_min: 0.0 }
    }

    /// The same, which beyond its last point is known to grow in proportion.
    pub(super) fn in_proportion_beyond(self) -> Self {
        Self { growth_min: 1.0, ..self }
    }

    pub(super) fn first(&self) -> Option<Estimate> {
        self.points.first().map(|point| point.1)
    }

    /// The cost at a position: between two points on the straight line between them on logarithmic axes; before the first as
    /// at the first; beyond the last as it may have grown between the last two within their intervals, which is not at all
    /// at least, and in proportion to the position at most.
    pub(super) fn at(&self, position: f64) -> Option<Read> {
        let (first, last) = (self.points.first()?, self.points.last()?);
        let within = |cost: Option<Estimate>| Some(Read { cost: cost?, is_extrapolated: false });
        if position <= first.0 {
            return within(Some(first.1));
        }
        if position > last.0 {
            let farther = |cost: f64, power: f64| cost * libm::pow(position / last.0, power);
            let [low, center, high] = self.growth();
            let (low, high) = (farther(last.1.low(), low), farther(last.1.high(), high));
            let cost = Estimate::new(farther(last.1.center(), center), low, high).ok()?;
            return Some(Read { cost, is_extrapolated: true });
        }
        let pair = self.points.windows(2).find(|pair| pair[0].0 <= position && position <= pair[1].0)?;
        let share = (libm::log(position) - libm::log(pair[0].0)) / (libm::log(pair[1].0) - libm::log(pair[0].0));
        let between = |end: fn(Estimate) -> f64| {
            let [from, to] = [pair[0].1, pair[1].1].map(|cost| libm::log(end(cost)));
            libm::exp(from + share * (to - from))
        };
        let (center, low, high) = (between(Estimate::center), between(Estimate::low), between(Estimate::high));
        within(Estimate::new(center, low.min(center), high.max(center)).ok())
    }

    /// The powers of the position that the cost may grow with beyond the last point: the least, the best guess, the most.
    fn growth(&self) -> [f64; 3] {
        let [.., (from, low), (to, high)] = self.points.as_slice() else { return [self.growth_min, 1.0, 1.0] };
        let power = |low: f64, high: f64| {
            ((libm::log(high) - libm::log(low)) / (libm::log(*to) - libm::log(*from))).clamp(self.growth_min, 1.0)
        };
        [power(low.high(), high.low()), power(low.center(), high.center()), power(low.low(), high.high())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(points: &[(f64, f64)]) -> Curve {
        Curve::new(points.iter().map(|&(at, cost)| (at, Estimate::exact(cost).unwrap())))
    }

    #[test]
    fn a_curve_is_straight_between_its_points_and_grows_on_beyond_them() {
        let (half, flat, steep, one) =
            ([(100.0, 40.0), (1.0, 4.0)], [(1.0, 9.0), (10.0, 8.0)], [(1.0, 1.0), (10.0, 1e3)], [(2.0, 6.0)]);
        let cases = [
            (&half[..], 0.5, 4.0, false),
            (&half, 1.0, 4.0, false),
            (&half, 10.0, 4.0 * 10.0_f64.sqrt(), false),
            (&half, 100.0, 40.0, false),
            (&half, 10_000.0, 400.0, true),
            (&flat, 1_000.0, 8.0, true),
            (&steep, 20.0, 2e3, true),
            (&one, 4.0, 12.0, true),
        ];
        for (points, position, cost, is_extrapolated) in cases {
            let read = curve(points).at(position).unwrap();
            assert!(
                (read.cost.center() - cost).abs() < 1e-9 && read.is_extrapolated == is_extrapolated,
                "{position}: {read:?}"
            );
        }
    }

    #[test]
    fn beyond_the_last_point_the_interval_holds_every_growth_that_the_points_allow() {
        let wide = |center: f64| Estimate::new(center, center / 2.0, center * 2.0).unwrap();
        let curve = Curve::new([(1.0, wide(10.0)), (2.0, wide(10.0))]);
        let read = curve.at(200.0).unwrap().cost;
        assert_eq!((read.center(), read.low(), read.high()), (10.0, 5.0, 2_000.0));
        let known = curve.in_proportion_beyond().at(200.0).unwrap().cost;
        assert_eq!((known.center(), known.low(), known.high()), (1_000.0, 500.0, 2_000.0));
    }

    #[test]
    fn what_is_not_above_zero_is_not_a_point() {
        assert_eq!(curve(&[]).at(1.0), None);
        assert_eq!(curve(&[(0.0, 1.0), (1.0, 0.0)]), Curve::default());
    }
}
