//! The interval of one parameter of a fit, by how much worse the fit gets beside the best.

/// Steps of the search for the end of an interval at most; it ends after a dozen.
const STEPS_MAX: usize = 200;
/// How close to the end of an interval is close enough, as a share: far below what any interval is printed to.
const CLOSE: f64 = 1e-6;
/// How many times further the search for the end of an interval looks at most, from one step to the next.
const GROWTH_MAX: f64 = 100.0;
/// Where the search for the end of an interval begins: less than the precision of any parameter.
const FIRST_STEP: f64 = 1e-9;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fitted {
    pub center: f64,
    pub low: f64,
    pub high: f64,
}

/// The sums of squares between which a parameter's interval lies: the least, and the one that its ends may reach.
#[derive(Clone, Copy)]
pub(super) struct Squares {
    /// That of the best fit.
    pub(super) least: f64,
    /// That of the ends.
    pub(super) limit: f64,
}

/// The range around `center` in which the sum of squares, least over the other parameters, stays within the limit.
pub(super) fn profile(center: f64, within: Squares, squares: impl Fn(f64) -> Option<f64>) -> Option<Fitted> {
    let end = |sign: f64| distance(within, |step| squares(center + sign * step)).map(|step| center + sign * step);
    let (low, high) = (end(-1.0)?, end(1.0)?);
    [center, low, high].iter().all(|value| value.is_finite()).then_some(Fitted { center, low, high })
}

/// How far a parameter may go until the sum of squares reaches the limit; `None` where it never does.
///
/// The root of what it grows by is nearly a straight line, which leads there in a few steps; a bracket keeps it from going
/// astray. Where there is no sum of squares, the law has no meaning: that is beyond the limit.
fn distance(within: Squares, squares: impl Fn(f64) -> Option<f64>) -> Option<f64> {
    let (mut inner, mut outer) = (0.0, f64::INFINITY);
    let mut step = FIRST_STEP;
    for _ in 0..STEPS_MAX {
        let share = squares(step).map_or(f64::INFINITY, |found| {
            ((found - within.least).max(0.0) / (within.limit - within.least).max(f64::MIN_POSITIVE)).sqrt()
        });
        if share <= 1.0 {
            inner = step
        } else {
            outer = step
        }
        if (share - 1.0).abs() <= CLOSE || (outer.is_finite() && outer - inner <= CLOSE * outer) {
            return Some(step);
        }
        let straight = step / share;
        let middle = if outer.is_finite() { f64::midpoint(inner, outer) } else { GROWTH_MAX * step };
        step = if straight > inner && straight < outer.min(GROWTH_MAX * step) { straight } else { middle };
    }
    outer.is_finite().then_some(inner)
}
