//! The text that Prometheus and others scrape: one gauge per kind of quantity, times in seconds as they want them.

use std::collections::BTreeMap;

use super::format::ExportFormat;
use super::format::Part::{Order, Samples};
use super::timeline::milliseconds;
use super::timeline::{NS_PER_S, newest};
use crate::model::{Interchange, InterchangePoint, InterchangeSeries, RemarkKind, Remarks};

pub(super) const FORMAT: ExportFormat =
    ExportFormat::new("openmetrics", "the text that Prometheus and others scrape", write, &[Order, Samples]);

fn write(history: &Interchange, remarks: &mut Remarks) -> Result<String, String> {
    let several = |history: &Interchange| history.series.iter().any(|series| series.points.len() > 1);
    if several(history) {
        remarks.add(RemarkKind::Skipped, "all but the newest point", "the format stores one");
    }
    // Machines and branches are labels there: nothing has to be chosen.
    let chosen: Vec<(&InterchangeSeries, &InterchangePoint)> = match newest(history, &mut Remarks::default()) {
        Ok(newest) => newest.into_iter().map(|(series, _, point)| (series, point)).collect(),
        Err(_) => history.series.iter().filter_map(|series| Some((series, series.points.last()?))).collect(),
    };
    let mut families: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for (series, point) in chosen {
        let (unit, divisor) = match series.unit.as_deref() {
            Some("ns") => ("seconds".to_owned(), NS_PER_S),
            Some("B") => ("bytes".to_owned(), 1.0),
            Some(unit) => (word(unit), 1.0),
            None => (String::new(), 1.0),
        };
        let suffix = if unit.is_empty() { String::new() } else { format!("_{unit}") };
        let family = format!("benchmark_result{suffix}");
        let values = [("value", Some(point.value)), ("low", point.low), ("high", point.high)];
        for (kind, value) in values.into_iter().filter_map(|(kind, value)| Some((kind, value?))) {
            let labels = labels(series, point, kind);
            let time = milliseconds(point).map_or_else(String::new, |time| format!(" {}", time as f64 / 1e3));
            let row = format!("{family}{{{labels}}} {}{time}\n", value / divisor);
            families.entry((family.clone(), unit.clone())).or_default().push(row);
        }
    }
    let mut text = String::new();
    for ((family, unit), rows) in families {
        text.push_str(&format!("# TYPE {family} gauge\n"));
        if !unit.is_empty() {
            text.push_str(&format!("# UNIT {family} {unit}\n"));
        }
        text.push_str(&format!("# HELP {family} What a benchmark measured at its newest commit.\n"));
        text.extend(rows);
    }
    text.push_str("# EOF\n");
    Ok(text)
}

/// What distinguishes a row from all others, and which way it is better.
fn labels(series: &InterchangeSeries, point: &InterchangePoint, kind: &str) -> String {
    let labels = [
        ("benchmark", Some(&series.name)),
        ("suite", series.suite.as_ref()),
        ("metric", series.metric.as_ref()),
        ("machine", series.machine.as_ref()),
        ("branch", series.branch.as_ref()),
        ("commit", point.commit.as_ref()),
    ];
    let mut text: Vec<String> =
        labels.into_iter().filter_map(|(name, value)| Some(format!("{name}=\"{}\"", escaped(value?)))).collect();
    text.push(format!("better=\"{}\"", series.direction.better()));
    text.push(format!("aggregation=\"{kind}\""));
    text.join(",")
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// A unit as a part of a name: `ops/s` is `ops_per_second`.
fn word(unit: &str) -> String {
    let unit = match unit.strip_suffix("/s") {
        Some("B") => "bytes/second".to_owned(),
        Some(work) => format!("{work}/second"),
        None => unit.to_owned(),
    };
    let unit = unit.replace("%", "percent").replace('/', "_per_").replace('×', "ratio");
    let plain: String =
        unit.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    plain.trim_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_become_words() {
        let cases = [
            ("ops/s", "ops_per_second"),
            ("B/s", "bytes_per_second"),
            ("ns/MiB", "ns_per_mib"),
            ("%", "percent"),
            ("!", ""),
        ];
        for (unit, expected) in cases {
            assert_eq!(word(unit), expected);
        }
    }
}
