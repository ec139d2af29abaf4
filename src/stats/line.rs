//! Straight lines through points with outliers.

use super::median;

/// `y = intercept + slope * x`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    pub intercept: f64,
    pub slope: f64,
}

/// The line of Theil (1950) and Sen (1968): the median of the slopes of all pairs of points, and the median of what it
/// leaves at `x = 0`. Up to 29 % of the points may be arbitrarily wrong without moving it far.
///
/// Pairs at the same `x` have no slope and are left out. `None` when no pair is left, or a number is not finite.
pub fn theil_sen(points: &[(f64, f64)]) -> Option<Line> {
    let mut slopes = Vec::new();
    for (index, &(x, y)) in points.iter().enumerate() {
        slopes
            .extend(points[index + 1..].iter().filter(|other| other.0 != x).map(|other| (other.1 - y) / (other.0 - x)));
    }
    let slope = median(&slopes)?;
    let intercepts: Vec<f64> = points.iter().map(|&(x, y)| y - slope * x).collect();
    Some(Line { intercept: median(&intercepts)?, slope })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_wrong_point_does_not_move_the_line() {
        let points = [(1.0, 12.0), (2.0, 14.0), (3.0, 1e9), (4.0, 18.0), (5.0, 20.0)];
        assert_eq!(theil_sen(&points), Some(Line { intercept: 10.0, slope: 2.0 }));
    }

    #[test]
    fn refuses_points_that_make_no_line() {
        let cases = [
            &[][..],
            &[(1.0, 2.0)],
            &[(1.0, 2.0), (1.0, 3.0)],
            &[(1.0, f64::NAN), (2.0, 1.0)],
            &[(f64::NAN, 1.0), (2.0, 1.0)],
        ];
        for points in cases {
            assert_eq!(theil_sen(points), None, "{points:?}");
        }
    }

    proptest! {
        #[test]
        fn finds_the_line_that_all_points_lie_on(
            intercept in -1000i32..1000, slope in -1000i32..1000, xs in prop::collection::btree_set(0u16..1024, 2..10),
        ) {
            let line = Line { intercept: f64::from(intercept), slope: f64::from(slope) };
            let points: Vec<_> = xs.iter().map(|&x| (f64::from(x), line.intercept + line.slope * f64::from(x))).collect();
            prop_assert_eq!(theil_sen(&points), Some(line));
        }
    }
}
