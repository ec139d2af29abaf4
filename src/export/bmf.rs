//! The Bencher Metric Format, version 0: `{benchmark: {measure: {value, lower_value, upper_value}}}`.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::format::Part::{Branch, Commits, Machine, Order, Samples, Suite, Times};
use super::format::{ExportFormat, METRIC_ADDED, json};
use super::timeline::newest;
use crate::model::{BENCHER_MEASURES, Interchange, InterchangeSeries, RemarkKind, Remarks};

pub(super) const FORMAT: ExportFormat = ExportFormat::new(
    "bmf",
    "the Bencher Metric Format, version 0",
    write,
    &[Suite, Machine, Branch, Commits, Times, Order, Samples],
);

/// The suffix of a name that keeps Bencher quiet about it.
const IGNORED: &str = "-bencher-ignore";

/// The longest names of benchmarks and of measures, characters.
const NAME_MAX: usize = 1024;
const MEASURE_MAX: usize = 64;

fn write(history: &Interchange, remarks: &mut Remarks) -> Result<String, String> {
    let newest = newest(history, remarks)?;
    let mut benchmarks: Map<String, Value> = Map::new();
    for (series, label, point) in newest {
        // Measures are named by their metric, so that names stay what they are; a suite is part of a name that needs it.
        let suites: BTreeSet<_> =
            history.series.iter().filter(|other| other.name == series.name).map(|s| &s.suite).collect();
        let name = match &series.suite {
            Some(suite) if suites.len() > 1 => format!("{suite}/{}", series.name),
            _ => series.name.clone(),
        };
        if name.chars().count() > NAME_MAX {
            return Err(format!("a name has more than the {NAME_MAX} characters that the format allows: {name}"));
        }
        if name.ends_with(IGNORED) {
            return Err(format!("`{name}` would not be judged by Bencher: it ends in {IGNORED}; rename it"));
        }
        let (measure, divisor) = measure(series, remarks);
        if series.metric.is_none() {
            remarks.add(RemarkKind::Changed, &measure, METRIC_ADDED);
        }
        if measure.is_empty() || measure.len() > MEASURE_MAX {
            return Err(format!("`{label}` has no measure of 1 to {MEASURE_MAX} characters: `{measure}`"));
        }
        let mut metric = serde_json::json!({ "value": point.value / divisor });
        for (key, end) in [("lower_value", point.low), ("upper_value", point.high)] {
            if let Some(end) = end {
                metric[key] = (end / divisor).into();
            }
        }
        let measures = benchmarks.entry(name.clone()).or_insert_with(|| Value::Object(Map::new()));
        if measures.get(&measure).is_some() {
            return Err(format!("two series would be the measure `{measure}` of `{name}`; choose one with --metric"));
        }
        measures[measure] = metric;
    }
    json(&benchmarks)
}

/// The measure that a series is, and what its numbers are divided by.
fn measure(series: &InterchangeSeries, remarks: &mut Remarks) -> (String, f64) {
    let unit = series.unit.as_deref();
    let metric = series.metric.as_deref().filter(|metric| *metric != "wall_time");
    let conventional = BENCHER_MEASURES.iter().find(|known| {
        let is_own = known.name == "instructions" && metric == Some("callgrind_instructions");
        let is_named = is_own || metric.is_none_or(|metric| metric == known.name);
        is_named && unit == Some(known.base) && series.direction == known.direction
    });
    if let Some(known) = conventional {
        return (known.name.to_owned(), known.factor);
    }
    let name = metric.or(unit).unwrap_or("value");
    let dashed = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let written: String = name.chars().map(dashed).collect();
    if written != name {
        remarks.add(RemarkKind::Changed, name, "the format writes measures in small letters and dashes");
    }
    let name = written;
    let unit = unit.map_or_else(|| "no known unit".to_owned(), |unit| format!("`{unit}`"));
    let better = series.direction.better();
    let text = format!("its unit ({unit}) and direction ({better}) are not part of the format: set them at Bencher");
    remarks.add(RemarkKind::Skipped, &name, &text);
    (name, 1.0)
}
