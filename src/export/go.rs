//! The benchmark text of Go, with every commit in its order.
//!
//! `benchstat -col commit -ignore commit-time` puts the commits side by side.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::format::Part::{Order, Spreads};
use super::format::{ExportFormat, METRIC_ADDED};
use super::timeline::{Mark, mark, timeline};
use crate::model::{Direction, Interchange, InterchangePoint, InterchangeSeries, RemarkKind, Remarks};

pub(super) const FORMAT: ExportFormat =
    ExportFormat::new("go", "the benchmark text of Go, which benchstat reads", write, &[Order, Spreads]);

const PREFIX: &str = "Benchmark";

/// Units of which every tool knows which way they are better.
const KNOWN: [(&str, Direction); 4] = [
    ("ns/op", Direction::LowerIsBetter),
    ("B/op", Direction::LowerIsBetter),
    ("allocs/op", Direction::LowerIsBetter),
    ("B/s", Direction::HigherIsBetter),
];

/// A series as it goes by here: the name, the unit, and its points by their commits.
struct Row<'a> {
    series: &'a InterchangeSeries,
    name: String,
    unit: String,
    points: HashMap<Mark, &'a InterchangePoint>,
}

fn write(history: &Interchange, remarks: &mut Remarks) -> Result<String, String> {
    let rows = rows(history, remarks)?;
    let mut text = String::new();
    say_units(&rows, &mut text)?;
    let all: Vec<&InterchangeSeries> = history.series.iter().collect();
    let mut said: BTreeMap<&str, String> = BTreeMap::new();
    let commits = timeline(&all);
    if commits.iter().any(|(mark, _)| !matches!(mark, Mark::Commit(_))) && commits.len() > 1 {
        return Err("it has several points without a commit, which would be taken for one".to_owned());
    }
    for (mark, at) in commits {
        configure(&mut text, &mut said, "commit", at.commit.as_deref())?;
        configure(&mut text, &mut said, "commit-time", at.time.as_deref())?;
        for row in &rows {
            let Some(point) = row.points.get(&mark) else { continue };
            configure(&mut text, &mut said, "pkg", row.series.suite.as_deref())?;
            configure(&mut text, &mut said, "machine", row.series.machine.as_deref())?;
            configure(&mut text, &mut said, "branch", row.series.branch.as_deref())?;
            let samples = if point.samples.is_empty() { std::slice::from_ref(&point.value) } else { &point.samples };
            for sample in samples {
                text.push_str(&format!("{PREFIX}{} 1 {sample} {}\n", row.name, row.unit));
            }
        }
    }
    Ok(text)
}

/// Says which way units are better of which not every tool knows it.
fn say_units(rows: &[Row<'_>], text: &mut String) -> Result<(), String> {
    let mut directions: BTreeMap<&str, Direction> = BTreeMap::new();
    for row in rows {
        let direction = row.series.direction;
        if directions.insert(&row.unit, direction).is_some_and(|other| other != direction) {
            return Err(format!("`{}` is better both ways, and the format has one direction a unit", row.unit));
        }
    }
    for (unit, direction) in directions {
        if !KNOWN.contains(&(unit, direction)) {
            text.push_str(&format!("Unit {unit} better={}\n", direction.better()));
        }
    }
    Ok(())
}

/// Says a key where its value changed; a value that goes away is said to be empty.
fn configure<'a>(
    text: &mut String,
    said: &mut BTreeMap<&'a str, String>,
    key: &'a str,
    value: Option<&str>,
) -> Result<(), String> {
    let value = value.unwrap_or_default();
    if value.contains(char::is_control) || value.trim() != value {
        return Err(format!("`{}` cannot stand behind `{key}:`; rename it", value.escape_debug()));
    }
    if said.get(key).map_or("", String::as_str) != value {
        text.push_str(format!("{key}: {value}").trim_end());
        text.push('\n');
        said.insert(key, value.to_owned());
    }
    Ok(())
}

fn rows<'a>(history: &'a Interchange, remarks: &mut Remarks) -> Result<Vec<Row<'a>>, String> {
    let mut rows: Vec<Row<'a>> = Vec::new();
    let mut taken = BTreeSet::new();
    for series in &history.series {
        let name = go_name(&series.name, remarks);
        let unit = go_unit(series)?;
        if series.metric.is_none() && unit != "ns/op" {
            remarks.add(RemarkKind::Changed, &unit, METRIC_ADDED);
        }
        let key = (&series.suite, &series.machine, &series.branch, name.clone(), unit.clone());
        if !taken.insert(key) {
            return Err(format!(
                "two series would be `{PREFIX}{name}` in {unit}; choose one with --metric, or rename one"
            ));
        }
        let points = series.points.iter().enumerate().map(|(place, point)| (mark(place, point), point)).collect();
        rows.push(Row { series, name, unit, points });
    }
    // A number behind a dash would be taken for the number of processors, unless there is one.
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if rows.iter().any(|row| row.name.rsplit_once('-').is_some_and(|(_, end)| is_number(end))) {
        remarks.add(RemarkKind::Changed, "names", "-1, for one processor, stands behind each: some end in a number");
        rows.iter_mut().for_each(|row| row.name.push_str("-1"));
    }
    Ok(rows)
}

/// A name without spaces that begins with a capital letter.
fn go_name(name: &str, remarks: &mut Remarks) -> String {
    let plain: String = name.chars().map(|c| if c.is_whitespace() || c.is_control() { '_' } else { c }).collect();
    let mut chars = plain.chars();
    let first = chars.next().unwrap_or('_');
    let capital: String = first.to_uppercase().collect();
    let written = if capital.starts_with(char::is_uppercase) {
        format!("{capital}{}", chars.as_str())
    } else {
        format!("X{plain}")
    };
    if written != name {
        remarks.add(RemarkKind::Changed, name, "names begin with a capital letter there, and have no spaces");
    }
    written
}

/// The unit of a series, with its metric before it where it is not the usual one.
fn go_unit(series: &InterchangeSeries) -> Result<String, String> {
    let Some(unit) = &series.unit else {
        return Err(format!("the unit of `{}` is unknown; import it with --unit", series.name));
    };
    let text = if unit == "ns" { "ns/op" } else { unit };
    let metric = series.metric.as_deref().filter(|metric| metric != unit && *metric != "wall_time");
    let text = match metric {
        Some(metric) => format!("{metric}-{text}"),
        None => text.to_owned(),
    };
    let is_field = !text.contains(|c: char| c.is_whitespace() || c.is_control()) && !text.is_empty();
    if is_field { Ok(text) } else { Err(format!("`{text}` cannot be a unit there; it has spaces")) }
}
