//! What the script draws, by the id of the figure.

use std::collections::BTreeMap;

use serde::Serialize;

use super::packed::Packed;

#[derive(Default, Serialize)]
pub(super) struct Data {
    /// For each machine the commits, as they are named.
    pub(super) commits: Vec<Vec<String>>,
    pub(super) histories: BTreeMap<String, HistoryData>,
    pub(super) curves: BTreeMap<String, CurveData>,
    pub(super) ladders: BTreeMap<String, LadderData>,
}

#[derive(Serialize)]
pub(super) struct HistoryData {
    pub(super) machine: usize,
    pub(super) unit: &'static str,
    pub(super) values: Packed,
    pub(super) marks: Vec<Mark>,
}

#[derive(Serialize)]
pub(super) struct Mark {
    /// The index of the commit.
    pub(super) at: usize,
    pub(super) class: &'static str,
    pub(super) text: String,
}

#[derive(Serialize)]
pub(super) struct CurveData {
    pub(super) unit: &'static str,
    pub(super) x_unit: String,
    pub(super) ideal: bool,
    pub(super) lines: Vec<Line>,
}

#[derive(Serialize)]
pub(super) struct Line {
    pub(super) name: String,
    pub(super) class: &'static str,
    /// x and the value: low, center, high.
    pub(super) points: Vec<[f64; 4]>,
}

#[derive(Default, Serialize)]
pub(super) struct LadderData {
    pub(super) unit: &'static str,
    pub(super) rows: Vec<RowData>,
}

#[derive(Default, Serialize)]
pub(super) struct RowData {
    pub(super) marks: Vec<MarkData>,
    /// Low, center and high; the class of the bar, and whether its interval has an end.
    pub(super) ratio: Option<[f64; 3]>,
    pub(super) class: &'static str,
}

#[derive(Serialize)]
pub(super) struct MarkData {
    pub(super) class: &'static str,
    /// Low, center and high.
    pub(super) cost: [f64; 3],
    pub(super) lower_bound: Option<f64>,
    pub(super) title: String,
}
