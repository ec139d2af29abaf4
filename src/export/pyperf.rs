//! The result files of pyperf, which keep every value.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::format::Part::{Metric, Order, Spreads, Suite};
use super::format::{self, ExportFormat};
use super::timeline::{NS_PER_S, newest};
use crate::model::{Direction, Interchange, RemarkKind, Remarks};

pub(super) const FORMAT: ExportFormat =
    ExportFormat::new("pyperf", "the result files of pyperf", write, &[Suite, Metric, Order, Spreads]);

const VERSION: &str = "1.0";

const SECOND: &str = "second";

fn write(history: &Interchange, remarks: &mut Remarks) -> Result<String, String> {
    let mut benchmarks: Vec<Value> = Vec::new();
    for (series, label, point) in newest(history, remarks)? {
        let (unit, divisor) = match series.unit.as_deref() {
            Some("ns") => (SECOND, NS_PER_S),
            Some("B") => ("byte", 1.0),
            _ => {
                remarks.add(RemarkKind::Skipped, &label, "the format stores times and bytes only");
                continue;
            }
        };
        if series.direction == Direction::HigherIsBetter {
            remarks.add(RemarkKind::Skipped, &label, "higher is better, and the format has no direction");
            continue;
        }
        let samples = if point.samples.is_empty() { std::slice::from_ref(&point.value) } else { &point.samples };
        if samples.contains(&0.0) {
            remarks.add(RemarkKind::Skipped, &label, "the format has no zeros");
            continue;
        }
        if !is_median(point.value, samples) {
            let text = "the format stores its measurements only, and its value is not their median";
            remarks.add(RemarkKind::Changed, &label, text);
        }
        let values: Vec<Value> = samples.iter().map(|sample| number(sample / divisor, unit)).collect();
        // Its dates have no zone.
        let date = point.time.as_deref().map(|time| time.trim_end_matches('Z'));
        let known = [
            ("name", Some(label.as_str())),
            ("unit", Some(unit)),
            ("commit_id", point.commit.as_deref()),
            ("commit_branch", series.branch.as_deref()),
            ("hostname", series.machine.as_deref()),
            ("date", date),
        ];
        let metadata: BTreeMap<&str, &str> = known.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
        benchmarks.push(json!({ "metadata": metadata, "runs": [{ "values": values }] }));
    }
    if benchmarks.is_empty() {
        return Err("no series is a time or a size above zero, and the format stores no others".to_owned());
    }
    let suite = json!({ "version": VERSION, "metadata": {}, "benchmarks": benchmarks });
    format::json(&suite)
}

/// Whether a value is the median of its measurements, which a reader takes for it.
fn is_median(value: f64, samples: &[f64]) -> bool {
    const ROUNDING: f64 = 1e-9;
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = (sorted[(sorted.len() - 1) / 2] + sorted[sorted.len() / 2]) / 2.0;
    (middle - value).abs() <= ROUNDING * value
}

/// Bytes are whole numbers there.
fn number(value: f64, unit: &str) -> Value {
    /// Beyond this, whole numbers cannot be distinguished.
    const WHOLE_MAX: f64 = 9e15;
    if unit != SECOND && value.fract() == 0.0 && value < WHOLE_MAX { (value as u64).into() } else { value.into() }
}
