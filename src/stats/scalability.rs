//! How work scales with processors: the laws of Amdahl and Gunther, fitted with intervals.
//!
//! Gunther's law (2008, "A General Theory of Computational Scalability Based on Rational Functions") says that `n` processors
//! get through `X(n) = λ n / D(n)` of the work, `D(n) = 1 + σ (n - 1) + κ n (n - 1)`: σ is the share that they cannot do side
//! by side, κ what each pair of them loses by keeping itself in step. With κ = 0 it is Amdahl's law (1967).
//!
//! The noise of times is a share of them, so the fit is of logarithms, each less their mean: λ drops out, and what is left is
//! the shape. Neither parameter is held above zero. A negative one is how scaling beyond the ideal looks, and an interval that
//! is cut off at zero would cover a true zero too often.

mod profile;

use super::student_quantile;
pub use profile::Fitted;
use profile::{Squares, profile};

/// Points of different numbers of processors that the two parameters of Gunther's law take at least. With λ there are three
/// unknowns, and one point left over makes intervals by a t of 12.7: they cover, but at 3 % of noise and up to 8 processors the
/// one of a small σ is 0.46 wide, which says nothing. With two left over, up to 16 processors, it is 0.08.
pub const UNIVERSAL_POINTS_MIN: usize = 5;
/// And that the one of Amdahl's law takes: two unknowns and two points left over.
pub const AMDAHL_POINTS_MIN: usize = 4;
/// The chance that a parameter lies beyond one end of its interval.
const TAIL: f64 = 0.025;
/// Steps of an iteration at most; the searches end after a dozen.
const STEPS_MAX: usize = 200;
/// Halvings of a step that makes the fit worse.
const HALVINGS_MAX: usize = 40;
/// A step that changes the sum of squares by less than this share has arrived.
const ARRIVED: f64 = 1e-10;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Processors at work; need not be a whole number.
    pub processors: f64,
    /// Processors ÷ throughput, in any unit: what one processor's share of the work takes.
    pub time: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Peak {
    pub center: f64,
    pub low: f64,
    /// The upper end; `None` where there may be no peak at all.
    pub high: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Universal {
    /// σ, the share that cannot be done side by side.
    pub contention: Fitted,
    /// κ, what a pair of processors loses by keeping itself in step.
    pub coherency: Fitted,
    /// Where the curve turns down; `None` where it does not.
    pub peak: Option<Peak>,
}

/// Fits Gunther's law; the intervals are by the profile of the sum of squares, which need not be symmetric.
///
/// `None` with fewer than [`UNIVERSAL_POINTS_MIN`] points, where two points have the same processors, where a number is not
/// finite or not above zero, or where the points do not bound the parameters.
pub fn universal(points: &[Point]) -> Option<Universal> {
    let shape = Shape::of(points, UNIVERSAL_POINTS_MIN)?;
    let [sigma, kappa] = shape.best()?;
    let least = shape.squares(&shape.law(sigma, kappa))?;
    let within = shape.within(least, 3)?;
    let contention = profile(sigma, within, |sigma| shape.least(&shape.law(sigma, 0.0), &shape.pairs, kappa))?;
    let coherency = profile(kappa, within, |kappa| shape.least(&shape.law(0.0, kappa), &shape.others, sigma))?;
    Some(Universal { contention, coherency, peak: shape.peak(sigma, kappa, within) })
}

/// Fits Amdahl's law: the share of the work that is not done side by side.
///
/// `None` as for [`universal`], with [`AMDAHL_POINTS_MIN`] points.
pub fn amdahl(points: &[Point]) -> Option<Fitted> {
    let shape = Shape::of(points, AMDAHL_POINTS_MIN)?;
    let ideal = shape.law(0.0, 0.0);
    let (sigma, least) = shape.descend(&ideal, &shape.others, 0.0)?;
    let within = shape.within(least, 2)?;
    profile(sigma, within, |sigma| shape.squares(&shape.law(sigma, 0.0)))
}

struct Shape {
    /// Logarithms of the times, less their mean.
    logs: Vec<f64>,
    /// `n - 1`: what σ is multiplied by.
    others: Vec<f64>,
    /// `n (n - 1)`: what κ is multiplied by.
    pairs: Vec<f64>,
}

impl Shape {
    fn of(points: &[Point], points_min: usize) -> Option<Self> {
        let sound = |value: f64| value.is_finite() && value > 0.0;
        if points.len() < points_min || !points.iter().all(|point| sound(point.processors) && sound(point.time)) {
            return None;
        }
        let mut places: Vec<f64> = points.iter().map(|point| point.processors).collect();
        places.sort_by(f64::total_cmp);
        if places.windows(2).any(|pair| pair[0] == pair[1]) {
            return None;
        }
        let logs = points.iter().map(|point| libm::log(point.time)).collect();
        let others: Vec<f64> = points.iter().map(|point| point.processors - 1.0).collect();
        let pairs = points.iter().map(|point| point.processors * (point.processors - 1.0)).collect();
        Some(Self { logs: centred(logs), others, pairs })
    }

    /// `D` at every point.
    fn law(&self, sigma: f64, kappa: f64) -> Vec<f64> {
        self.others.iter().zip(&self.pairs).map(|(others, pairs)| 1.0 + sigma * others + kappa * pairs).collect()
    }

    /// What the points are off from such a `D`; `None` where it is not above zero.
    fn residuals(&self, law: &[f64]) -> Option<Vec<f64>> {
        if !law.iter().all(|value| value.is_finite() && *value > 0.0) {
            return None;
        }
        let logs = centred(law.iter().map(|value| libm::log(*value)).collect());
        Some(logs.iter().zip(&self.logs).map(|(law, point)| law - point).collect())
    }

    fn squares(&self, law: &[f64]) -> Option<f64> {
        Some(self.residuals(law)?.iter().map(|residual| residual * residual).sum())
    }

    /// The sums of squares that a parameter may reach, with so many unknowns fitted.
    fn within(&self, least: f64, unknowns: usize) -> Option<Squares> {
        let freedom = (self.logs.len() - unknowns) as f64;
        let t = student_quantile(TAIL, freedom)?;
        Some(Squares { least, limit: least * (1.0 + t * t / freedom) })
    }

    /// The best σ and κ together, by the method of Gauss and Newton.
    fn best(&self) -> Option<[f64; 2]> {
        let from = |[sigma, kappa]: [f64; 2]| Some(([sigma, kappa], self.squares(&self.law(sigma, kappa))?));
        let (mut at, mut squares) = self.start().and_then(from).or_else(|| from([0.0, 0.0]))?;
        for _ in 0..STEPS_MAX {
            let law = self.law(at[0], at[1]);
            let [a, b] = [&self.others, &self.pairs].map(|column| slopes(column, &law));
            let residuals = self.residuals(&law)?;
            let (aa, ab, bb) = (dot(&a, &a), dot(&a, &b), dot(&b, &b));
            let (ar, br) = (dot(&a, &residuals), dot(&b, &residuals));
            let determinant = aa * bb - ab * ab;
            if determinant <= 0.0 || !determinant.is_finite() {
                return None;
            }
            let step = [(ab * br - bb * ar) / determinant, (ab * ar - aa * br) / determinant];
            let halved = halvings().find_map(|share| {
                let (next, found) = from([at[0] + share * step[0], at[1] + share * step[1]])?;
                (found <= squares).then_some((next, found))
            });
            let Some((next, found)) = halved else { break };
            let arrived = squares - found <= ARRIVED * squares;
            (at, squares) = (next, found);
            if arrived {
                break;
            }
        }
        Some(at)
    }

    /// Where the search begins: linear least squares of the times, each weighted by its inverse square.
    fn start(&self) -> Option<[f64; 2]> {
        let times: Vec<f64> = self.logs.iter().map(|log| libm::exp(*log)).collect();
        // In units of the times themselves, the times are all 1.
        let column =
            |values: &[f64]| -> Vec<f64> { values.iter().zip(&times).map(|(value, time)| value / time).collect() };
        let columns = [column(&vec![1.0; times.len()]), column(&self.others), column(&self.pairs)];
        let ones = vec![1.0; times.len()];
        let matrix = columns.each_ref().map(|left| columns.each_ref().map(|right| dot(left, right)));
        let [scale, sigma, kappa] = solved(matrix, columns.each_ref().map(|column| dot(column, &ones)))?;
        (scale > 0.0).then_some([sigma / scale, kappa / scale])
    }

    /// The least sum of squares of `base + x column` over all `x`.
    fn least(&self, base: &[f64], column: &[f64], from: f64) -> Option<f64> {
        self.descend(base, column, from).map(|(_, squares)| squares)
    }

    /// The `x` with the least sum of squares of `base + x column`, and that sum.
    fn descend(&self, base: &[f64], column: &[f64], from: f64) -> Option<(f64, f64)> {
        let law = |x: f64| -> Vec<f64> { base.iter().zip(column).map(|(base, value)| base + x * value).collect() };
        let measured = |x: f64| Some((x, self.squares(&law(x))?));
        let (mut at, mut squares) = measured(from).or_else(|| measured(self.inside(base, column)?))?;
        for _ in 0..STEPS_MAX {
            let here = law(at);
            let slope = slopes(column, &here);
            let steepness = dot(&slope, &slope);
            if steepness <= 0.0 || !steepness.is_finite() {
                break;
            }
            let step = -dot(&slope, &self.residuals(&here)?) / steepness;
            let halved =
                halvings().find_map(|share| measured(at + share * step).filter(|(_, found)| *found <= squares));
            let Some((next, found)) = halved else { break };
            let arrived = squares - found <= ARRIVED * squares;
            (at, squares) = (next, found);
            if arrived {
                break;
            }
        }
        Some((at, squares))
    }

    /// An `x` at which `base + x column` is above zero everywhere, a little beyond the least there is.
    fn inside(&self, base: &[f64], column: &[f64]) -> Option<f64> {
        let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
        for (&base, &value) in base.iter().zip(column) {
            match value {
                value if value > 0.0 => low = low.max(-base / value),
                value if value < 0.0 => high = high.min(-base / value),
                _ if base <= 0.0 => return None,
                _ => {}
            }
        }
        match (low.is_finite(), high.is_finite()) {
            (true, true) => (low < high).then_some((low + high) / 2.0),
            (true, false) => Some(low + low.abs().max(1e-3)),
            (false, true) => Some(high - high.abs().max(1e-3)),
            (false, false) => Some(0.0),
        }
    }

    /// The peak is at `1 / √q`, `q = κ / (1 - σ)`; in σ and q the law is `1 + q n(n-1) + σ ((n-1) - q n(n-1))`.
    fn peak(&self, sigma: f64, kappa: f64, within: Squares) -> Option<Peak> {
        let q = kappa / (1.0 - sigma);
        if !(sigma < 1.0 && q > 0.0) {
            return None;
        }
        let fitted = profile(q, within, |q| {
            let column: Vec<f64> =
                self.others.iter().zip(&self.pairs).map(|(others, pairs)| others - q * pairs).collect();
            self.least(&self.law(0.0, q), &column, sigma)
        })?;
        let place = |q: f64| 1.0 / q.sqrt();
        Some(Peak { center: place(q), low: place(fitted.high), high: (fitted.low > 0.0).then(|| place(fitted.low)) })
    }
}

/// 1, ½, ¼ …
fn halvings() -> impl Iterator<Item = f64> {
    std::iter::successors(Some(1.0), |share| Some(share / 2.0)).take(HALVINGS_MAX)
}

/// How the centred logarithms of a law grow with the factor of `column`.
fn slopes(column: &[f64], law: &[f64]) -> Vec<f64> {
    centred(column.iter().zip(law).map(|(value, law)| value / law).collect())
}

fn centred(mut values: Vec<f64>) -> Vec<f64> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter_mut().for_each(|value| *value -= mean);
    values
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

/// The solution of three linear equations, by Cramer's rule.
fn solved(matrix: [[f64; 3]; 3], right: [f64; 3]) -> Option<[f64; 3]> {
    let determinant = |m: &[[f64; 3]; 3]| {
        m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
            + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
    };
    let whole = determinant(&matrix);
    let solution = [0, 1, 2].map(|place| {
        let mut replaced = matrix;
        replaced.iter_mut().zip(right).for_each(|(row, value)| row[place] = value);
        determinant(&replaced) / whole
    });
    solution.iter().all(|value| value.is_finite()).then_some(solution)
}

#[cfg(test)]
mod tests;
