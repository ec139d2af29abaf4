//! What the script draws, and nothing else.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::Estimate;

/// The looks of lines and marks, in their order; those beyond the last look like it.
pub(super) const CLASSES: [&str; 4] = ["thread", "process", "third", "fourth"];
/// Those of machines side by side, in other colours than threads and processes.
pub(super) const MACHINES: [&str; 4] = ["third", "fourth", "fifth", "sixth"];

#[derive(Default, Serialize)]
pub(super) struct Figures {
    /// What a commit's id is added to for its page in the repository.
    pub(super) commit_address: Option<String>,
    /// For each machine the commits, as they are named.
    pub(super) commits: Vec<Vec<String>>,
    /// The runs whose samples are drawn.
    pub(super) runs: Vec<String>,
    /// In the order of their cards.
    pub(super) histories: Vec<HistoryFigure>,
    /// By the id of the figure.
    pub(super) curves: BTreeMap<String, CurveFigure>,
    pub(super) rows: BTreeMap<String, RowsFigure>,
}

/// One series over the commits of its machine.
#[derive(Serialize)]
pub(super) struct HistoryFigure {
    pub(super) machine: usize,
    pub(super) unit: String,
    #[serde(flatten)]
    pub(super) values: Packed,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) marks: Vec<FindingMark>,
    /// The minimum detectable change in per cent, where the series is judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) detectable: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) boxes: Vec<SampleBox>,
}

/// The percentiles of the samples of one run.
#[derive(Clone, Serialize)]
pub(super) struct SampleBox {
    pub(super) run: usize,
    pub(super) ends: Vec<f64>,
}

#[derive(Serialize)]
pub(super) struct FindingMark {
    /// The index of the commit.
    pub(super) at: usize,
    pub(super) class: &'static str,
    pub(super) text: String,
}

#[derive(Serialize)]
pub(super) struct CurveFigure {
    pub(super) unit: &'static str,
    pub(super) x_unit: String,
    /// Whether as many times more across should be as many times more upwards.
    pub(super) ideal: bool,
    pub(super) lines: Vec<LineFigure>,
}

#[derive(Serialize)]
pub(super) struct LineFigure {
    pub(super) name: String,
    pub(super) class: String,
    /// x and the value: low, center, high.
    pub(super) points: Vec<[f64; 4]>,
}

/// Marks and bars beside the rows of a table, all on the same axes.
#[derive(Default, Serialize)]
pub(super) struct RowsFigure {
    pub(super) unit: &'static str,
    pub(super) rows: Vec<RowFigure>,
}

#[derive(Default, Serialize)]
pub(super) struct RowFigure {
    pub(super) marks: Vec<CostMark>,
    /// Low, center and high.
    pub(super) ratio: Option<[f64; 3]>,
    pub(super) class: &'static str,
}

#[derive(Serialize)]
pub(super) struct CostMark {
    pub(super) class: &'static str,
    /// Low, center and high.
    pub(super) cost: [f64; 3],
    pub(super) lower_bound: Option<f64>,
    pub(super) title: String,
}

/// Low, center and high.
pub(super) fn bounds(estimate: Estimate) -> [f64; 3] {
    [estimate.low(), estimate.center(), estimate.high()]
}

/// Digits that stand for themselves in JSON, in HTML and in a script.
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// Stands where a commit has no value.
const NOTHING: char = '~';
/// The largest numbers in two digits, and in one and a half.
const CENTER_STEPS: f64 = 4095.0;
const REACH_STEPS: f64 = 511.0;

/// Estimates on a grid: centers in 4,096 steps from the lowest to the highest, and what the interval reaches to either side
/// in 512 steps up to the longest reach. Steps are equal factors where all values are above zero: over a span of ten times
/// a step is 0.06 %, less than the three digits that are shown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Packed {
    /// The lowest and the highest center.
    low: f64,
    high: f64,
    /// The longest reach of an interval from its center: a logarithm where steps are factors; 0 where all values are exact.
    reach: f64,
    by_factors: bool,
    /// For every commit the center in two digits and, unless all values are exact, what is below and above it in three.
    points: String,
}

impl Packed {
    /// Packs one value a commit; `None` for commits that have none.
    pub(super) fn new(values: &[Option<Estimate>]) -> Self {
        let given = || values.iter().flatten();
        let by_factors = given().all(|value| value.low() > 0.0);
        let on_axis = |value: f64| if by_factors { value.ln() } else { value };
        let ends = |value: &Estimate| {
            let [low, center, high] = [value.low(), value.center(), value.high()].map(on_axis);
            [center - low, high - center]
        };
        let low = given().map(|value| value.center()).fold(f64::INFINITY, f64::min);
        let high = given().map(|value| value.center()).fold(f64::NEG_INFINITY, f64::max);
        let (low, high) = if low <= high { (low, high) } else { (0.0, 0.0) };
        let reach = given().flat_map(ends).fold(0.0, f64::max);
        let mut points = String::new();
        for value in values {
            let Some(value) = value else {
                points.push(NOTHING);
                continue;
            };
            let center = step(on_axis(value.center()) - on_axis(low), on_axis(high) - on_axis(low), CENTER_STEPS);
            push(&mut points, center, 2);
            if reach > 0.0 {
                let [below, above] = ends(value).map(|end| step(end, reach, REACH_STEPS));
                push(&mut points, below << 9 | above, 3);
            }
        }
        let [low, high, reach] = [low, high, reach].map(shortened);
        Self { low, high, reach, by_factors, points }
    }
}

/// In seven significant digits, more than the steps have.
fn shortened(value: f64) -> f64 {
    format!("{value:.6e}").parse().unwrap_or(value)
}

/// The step of a part of a whole; of a whole that is nothing, the first.
fn step(part: f64, whole: f64, steps: f64) -> usize {
    let share = part / whole;
    if share.is_finite() { (share.clamp(0.0, 1.0) * steps).round() as usize } else { 0 }
}

fn push(points: &mut String, number: usize, digits: u32) {
    points.extend((0..digits).rev().map(|digit| char::from(DIGITS[number >> (6 * digit) & 63])));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_are_exact_and_gaps_are_kept() {
        let estimate = |center, low, high| Some(Estimate::new(center, low, high).unwrap());
        let packed = Packed::new(&[estimate(10.0, 1.0, 100.0), None, estimate(1.0, 1.0, 1.0)]);
        assert_eq!((packed.points.as_str(), packed.by_factors), ("_____~AAAAA", true));
        assert_eq!(Packed::new(&[estimate(0.0, -1.0, 1.0)]).points, "AA___");
        assert_eq!(Packed::new(&[estimate(5.0, 5.0, 5.0), estimate(6.0, 6.0, 6.0)]).points, "AA__");
        assert_eq!(Packed::new(&[]).points, "");
    }
}
