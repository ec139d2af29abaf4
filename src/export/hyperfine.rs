//! What `hyperfine --export-json` writes; all numbers are seconds.

use serde::Serialize;

use super::format::Part::{Branch, Commits, Machine, Metric, Order, Suite, Times};
use super::format::{ExportFormat, json};
use super::timeline::{NS_PER_S, newest_times};
use crate::model::{Interchange, InterchangePoint, RemarkKind, Remarks};

pub(super) const FORMAT: ExportFormat = ExportFormat::new(
    "hyperfine",
    "what hyperfine --export-json writes",
    write,
    &[Suite, Metric, Machine, Branch, Commits, Times, Order],
);

#[derive(Serialize)]
struct Results {
    results: Vec<Row>,
}

/// A result with every field that hyperfine has; null where it was not measured.
#[derive(Serialize)]
struct Row {
    command: String,
    mean: f64,
    stddev: Option<f64>,
    median: f64,
    user: Option<f64>,
    system: Option<f64>,
    min: Option<f64>,
    max: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    times: Vec<f64>,
}

fn write(history: &Interchange, remarks: &mut Remarks) -> Result<String, String> {
    let times = newest_times(history, remarks)?.into_iter();
    let results = times.map(|(_, label, point)| row(label, point, remarks)).collect();
    remarks.add(RemarkKind::Skipped, "user and system", "they were not measured: they are null");
    json(&Results { results })
}

fn row(command: String, point: &InterchangePoint, remarks: &mut Remarks) -> Row {
    let times: Vec<f64> = point.samples.iter().map(|sample| sample / NS_PER_S).collect();
    let count = times.len() as f64;
    let (mean, stddev) = if times.is_empty() {
        remarks.add(RemarkKind::Changed, &command, "it has no samples: the median is written as the mean");
        (point.value / NS_PER_S, None)
    } else {
        let mean = times.iter().sum::<f64>() / count;
        let squares: f64 = times.iter().map(|time| (time - mean).powi(2)).sum();
        (mean, (times.len() > 1).then(|| (squares / (count - 1.0)).sqrt()))
    };
    Row {
        command,
        mean,
        stddev,
        median: point.value / NS_PER_S,
        user: None,
        system: None,
        min: point.low.map(|low| low / NS_PER_S),
        max: point.high.map(|high| high / NS_PER_S),
        times,
    }
}
