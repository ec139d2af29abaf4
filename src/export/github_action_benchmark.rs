//! The `data.js` of github-action-benchmark, and the bare array that it takes.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use super::format::ExportFormat;
use super::format::Part::{Branch, Commits, Machine, Metric, Order, Samples, Suite, Times};
use super::timeline::{Mark, mark, milliseconds, timeline};
use super::timeline::{check_one_machine, half_width, newest};
use crate::model::{Direction, Interchange, InterchangePoint, InterchangeSeries, RemarkKind, Remarks};

pub(super) const DATA: ExportFormat = ExportFormat::new(
    "github-action-benchmark",
    "the data.js of github-action-benchmark",
    write,
    &[Metric, Machine, Branch, Order, Samples],
);

pub(super) const ARRAY: ExportFormat = ExportFormat::new(
    "github-action-benchmark-array",
    "the array of results that github-action-benchmark takes from any tool",
    write_array,
    &[Suite, Metric, Machine, Branch, Commits, Times, Order, Samples],
);

const PREFIX: &str = "window.BENCHMARK_DATA";

const SUITE: &str = "Benchmark";

const BIGGER: &str = "customBiggerIsBetter";
const SMALLER: &str = "customSmallerIsBetter";

/// A series as it goes by in its suite: its name there, and its points by their commits.
struct Row<'a> {
    series: &'a InterchangeSeries,
    name: String,
    points: HashMap<Mark, &'a InterchangePoint>,
}

fn write(history: &Interchange, remarks: &mut Remarks) -> Result<String, String> {
    check_one_machine(history)?;
    let mut entries = serde_json::Map::new();
    for (name, rows) in suites(history) {
        if name == "__proto__" {
            return Err("a suite of the name `__proto__` would vanish in a script; rename it".to_owned());
        }
        entries.insert(name, Value::Array(entry_list(&rows, remarks)?));
    }
    let last = history.series.iter().flat_map(|series| &series.points).filter_map(milliseconds).max().unwrap_or(0);
    let data = json!({ "lastUpdate": last, "repoUrl": "", "entries": entries });
    remarks.add(RemarkKind::Skipped, "messages and authors of commits", "a history does not store them");
    Ok(format!("{PREFIX} = {}\n", script(&data)?))
}

fn write_array(history: &Interchange, remarks: &mut Remarks) -> Result<String, String> {
    let newest = newest(history, remarks)?;
    let direction = newest[0].0.direction;
    if newest.iter().any(|(series, ..)| series.direction != direction) {
        return Err("the format has one direction for all; choose series of one direction with --metric".to_owned());
    }
    let tool = if direction == Direction::HigherIsBetter { BIGGER } else { SMALLER };
    remarks.add(
        RemarkKind::Skipped,
        "the direction",
        &format!("the format does not store it; give the tool as {tool}"),
    );
    let benches: Result<Vec<Value>, String> =
        newest.iter().map(|(series, label, point)| bench(series, label, point, remarks)).collect();
    Ok(script(&Value::Array(benches?))? + "\n")
}

fn suites(history: &Interchange) -> BTreeMap<String, Vec<Row<'_>>> {
    let mut suites: BTreeMap<String, Vec<Row<'_>>> = BTreeMap::new();
    for (series, label) in history.series.iter().zip(history.labels()) {
        let points = series.points.iter().enumerate().map(|(place, point)| (mark(place, point), point)).collect();
        let suite = series.suite.clone().unwrap_or_else(|| SUITE.to_owned());
        suites.entry(suite).or_default().push(Row { series, name: label, points });
    }
    for rows in suites.values_mut() {
        // A name that no entry would have twice is kept as it is: its unit or its tool distinguishes the series.
        let is_free = |row: &Row<'_>| {
            rows.iter().all(|other| {
                std::ptr::eq(other.series, row.series)
                    || other.series.name != row.series.name
                    || other.series.direction != row.series.direction
                    || other.points.keys().all(|mark| !row.points.contains_key(mark))
            })
        };
        let free: Vec<bool> = rows.iter().map(is_free).collect();
        for (row, _) in rows.iter_mut().zip(free).filter(|(_, is_free)| *is_free) {
            row.name.clone_from(&row.series.name);
        }
    }
    suites
}

/// An entry for every commit, and two for one that has results of both directions: a tool has one.
fn entry_list(rows: &[Row<'_>], remarks: &mut Remarks) -> Result<Vec<Value>, String> {
    let all: Vec<&InterchangeSeries> = rows.iter().map(|row| row.series).collect();
    let mut entries = Vec::new();
    for (mark, at) in timeline(&all) {
        let Some(id) = &at.commit else {
            return Err(
                "a point has no commit, and the format needs one; write github-action-benchmark-array".to_owned()
            );
        };
        let Some(date) = milliseconds(at) else {
            return Err(format!("commit {id} has no time, and the format needs one"));
        };
        let unknown = json!({ "name": "", "username": "" });
        let commit = json!({
            "author": unknown, "committer": unknown, "id": id, "message": "", "timestamp": at.time, "url": "",
        });
        for (tool, direction) in [(SMALLER, Direction::LowerIsBetter), (BIGGER, Direction::HigherIsBetter)] {
            let mut benches = Vec::new();
            for row in rows.iter().filter(|row| row.series.direction == direction) {
                if let Some(point) = row.points.get(&mark) {
                    benches.push(bench(row.series, &row.name, point, remarks)?);
                }
            }
            if !benches.is_empty() {
                entries.push(json!({ "commit": commit, "date": date, "tool": tool, "benches": benches }));
            }
        }
    }
    Ok(entries)
}

fn bench(
    series: &InterchangeSeries,
    name: &str,
    point: &InterchangePoint,
    remarks: &mut Remarks,
) -> Result<Value, String> {
    let Some(unit) = &series.unit else {
        return Err(format!("the unit of `{name}` is unknown; import it with --unit"));
    };
    let mut bench = json!({ "name": name, "value": point.value, "unit": unit });
    match half_width(point) {
        Some(half) => bench["range"] = format!("± {half}").into(),
        None if point.low.is_some() || point.high.is_some() => {
            remarks.add(
                RemarkKind::Skipped,
                name,
                "its spread is not as wide on both sides, and the format has no other",
            );
        }
        None => {}
    }
    Ok(bench)
}

/// JSON that is a script, too, and stays one inside a page: no `</script>`, no comment, no end of a line ends it.
fn script(data: &Value) -> Result<String, String> {
    let text = serde_json::to_string_pretty(data).map_err(|error| error.to_string())?;
    let escaped = |text: String, c: char| text.replace(c, &format!("\\u{:04x}", u32::from(c)));
    Ok(['<', '>', '&', '\u{2028}', '\u{2029}'].into_iter().fold(text, escaped))
}
