//! What the script draws, and nothing else.

use std::collections::BTreeMap;

use serde::Serialize;

use super::packed::Packed;
use crate::model::Estimate;

/// The looks of lines and marks, in their order; those beyond the last look like it.
pub(super) const CLASSES: [&str; 4] = ["thread", "process", "third", "fourth"];

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
    pub(super) unit: &'static str,
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
