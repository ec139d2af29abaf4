//! The Bencher Metric Format, version 0: `{benchmark: {measure: {value, lower_value, upper_value}}}`.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::builder::{Builder, Observation};
use super::json::{self, Members, parse};
use super::newest::{newest, say_lost};
use super::remarks::Remarks;
use super::{Error, Source, Written};
use crate::model::{Direction, Interchange, InterchangeSeries, RemarkKind};

/// Measures that have a unit by convention: the name, the unit there, its base, and the direction.
const MEASURES: [(&str, &str, &str, Direction); 11] = [
    ("latency", "ns", "ns", Direction::LowerIsBetter),
    ("throughput", "ops/s", "ops/s", Direction::HigherIsBetter),
    ("instructions", "instructions", "instructions", Direction::LowerIsBetter),
    ("estimated-cycles", "cycles", "cycles", Direction::LowerIsBetter),
    ("l1-hits", "hits", "hits", Direction::LowerIsBetter),
    ("l2-hits", "hits", "hits", Direction::LowerIsBetter),
    ("ll-hits", "hits", "hits", Direction::LowerIsBetter),
    ("ram-hits", "hits", "hits", Direction::LowerIsBetter),
    ("total-read-write", "accesses", "accesses", Direction::LowerIsBetter),
    ("build-time", "s", "ns", Direction::LowerIsBetter),
    ("file-size", "B", "B", Direction::LowerIsBetter),
];

/// The suffix of a name that keeps Bencher quiet about it.
const IGNORED: &str = "-bencher-ignore";

/// The longest names of benchmarks and of measures, characters.
const NAME_MAX: usize = 1024;
const MEASURE_MAX: usize = 64;

#[derive(Deserialize)]
struct Metric {
    value: Value,
    lower_value: Option<f64>,
    upper_value: Option<f64>,
}

pub(super) fn read(source: &Source, builder: &mut Builder<'_>) -> Result<(), Error> {
    let benchmarks: Members<Members<Metric>> = parse(source.text(builder.form)?, builder)?;
    let mut seen = BTreeSet::new();
    for (full_name, measures) in benchmarks.0 {
        let name = full_name.strip_suffix(IGNORED).unwrap_or(&full_name);
        if name.len() < full_name.len() {
            builder.remark(
                RemarkKind::Changed,
                name,
                &format!("the suffix {IGNORED} was taken off: it is judged here"),
            );
        }
        for (measure, metric) in measures.0 {
            if !seen.insert((name.to_owned(), measure.clone())) {
                return Err(builder.strange(format!("`{name}` has the measure `{measure}` twice")));
            }
            let Some(value) = json::number(&metric.value) else {
                return Err(builder.value(name, format!("{} is no finite number", metric.value)));
            };
            let known = MEASURES.iter().find(|(known, ..)| *known == measure);
            builder.add(Observation {
                name: name.to_owned(),
                unit: known.map(|(_, unit, ..)| (*unit).to_owned()),
                direction: known.map(|(.., direction)| *direction),
                metric: Some(measure),
                value,
                low: metric.lower_value,
                high: metric.upper_value,
                ..Observation::default()
            })?;
        }
    }
    Ok(())
}

pub(super) fn write(history: &Interchange) -> Result<Written, String> {
    let mut remarks = Remarks::default();
    let newest = newest(history, &mut remarks)?;
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
            return Err(format!(
                "a name has more than the {NAME_MAX} characters that the form allows: {}",
                super::builder::one_line(&name)
            ));
        }
        if name.ends_with(IGNORED) {
            return Err(format!("`{name}` would not be judged by Bencher: it ends in {IGNORED}; rename it"));
        }
        let (measure, divisor) = measure(series, &mut remarks);
        if measure.is_empty() || measure.len() > MEASURE_MAX {
            return Err(format!("`{label}` has no measure of 1 to {MEASURE_MAX} characters: `{measure}`"));
        }
        let mut metric = json!({ "value": point.value / divisor });
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
    say_lost(history, true, &mut remarks);
    let mut bytes = serde_json::to_vec_pretty(&benchmarks).map_err(|error| error.to_string())?;
    bytes.push(b'\n');
    Ok(Written { bytes, remarks: remarks.list() })
}

/// The measure that a series is, and what its numbers are divided by.
fn measure(series: &InterchangeSeries, remarks: &mut Remarks) -> (String, f64) {
    let unit = series.unit.as_deref();
    let metric = series.metric.as_deref().filter(|metric| *metric != "wall_time");
    let conventional = MEASURES.iter().find(|(name, _, base, direction)| {
        let is_ours = *name == "instructions" && metric == Some("callgrind_instructions");
        let is_named = is_ours || metric.is_none_or(|metric| metric == *name);
        is_named && unit == Some(base) && series.direction == *direction
    });
    if let Some((name, unit, ..)) = conventional {
        return ((*name).to_owned(), super::unit::base(unit).factor);
    }
    let name = metric.or(unit).unwrap_or("value");
    let dashed = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = name.chars().map(dashed).collect();
    let unit = unit.map_or_else(|| "no known unit".to_owned(), |unit| format!("`{unit}`"));
    let better = series.direction.better();
    let text = format!("its unit ({unit}) and direction ({better}) are not part of the form: set them at Bencher");
    remarks.add(RemarkKind::LeftOut, &name, &text);
    (name, 1.0)
}
