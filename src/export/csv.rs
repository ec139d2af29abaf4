//! Tables: `series,index,value` with unit and direction, and the long one with a row per value.

use csv::{Writer, WriterBuilder};

use super::format::ExportFormat;
use super::format::Part::{Branch, Commits, Machine, Metric, Samples, Spreads, Suite, Times};
use crate::model::{FORMULA_SIGNS, Interchange, Remarks};

pub(super) const PLAIN: ExportFormat = ExportFormat::new(
    "csv",
    "a table with the columns series, index, value, unit and better",
    write,
    &[Suite, Metric, Machine, Branch, Commits, Times, Samples, Spreads],
);

pub(super) const LONG: ExportFormat = ExportFormat {
    name: "csv-long",
    about: "a table with a row per value and all that identifies it",
    write: write_long,
    keeps_machines: true,
    lacks: &[Samples],
};

const PLAIN_COLUMNS: [&str; 5] = ["series", "index", "value", "unit", "better"];

const LONG_COLUMNS: [&str; 14] = [
    "time",
    "commit",
    "branch",
    "machine",
    "benchmark",
    "metric",
    "value",
    "unit",
    "better",
    "suite",
    "order",
    "low",
    "high",
    "form",
];

/// A text as a cell that no spreadsheet runs: one that begins like a formula is quoted with `'`.
fn cell(text: &str) -> String {
    if text.starts_with(FORMULA_SIGNS) { format!("'{text}") } else { text.to_owned() }
}

fn write(history: &Interchange, _: &mut Remarks) -> Result<String, String> {
    let mut writer = writer();
    writer.write_record(PLAIN_COLUMNS).map_err(|error| error.to_string())?;
    for (series, label) in history.series.iter().zip(history.labels()) {
        let (unit, better) = (series.unit.as_deref().map_or_else(String::new, cell), series.direction.better());
        for (index, point) in series.indices().into_iter().zip(&series.points) {
            let (index, value) = (index.to_string(), point.value.to_string());
            writer.write_record([&cell(&label), &index, &value, &unit, better]).map_err(|error| error.to_string())?;
        }
    }
    text_of(writer)
}

fn write_long(history: &Interchange, _: &mut Remarks) -> Result<String, String> {
    let mut writer = writer();
    writer.write_record(LONG_COLUMNS).map_err(|error| error.to_string())?;
    for series in &history.series {
        let text = |text: &Option<String>| text.as_deref().map_or_else(String::new, cell);
        let number = |number: Option<f64>| number.map_or_else(String::new, |number| number.to_string());
        for point in &series.points {
            let row = [
                text(&point.time),
                point.commit.as_deref().or(point.file.as_deref()).map_or_else(String::new, cell),
                text(&series.branch),
                text(&series.machine),
                cell(&series.name),
                text(&series.metric),
                point.value.to_string(),
                text(&series.unit),
                series.direction.better().to_owned(),
                text(&series.suite),
                point.order.map_or_else(String::new, |order| order.to_string()),
                number(point.low),
                number(point.high),
                series.form.map_or_else(String::new, |form| form.to_string()),
            ];
            writer.write_record(row).map_err(|error| error.to_string())?;
        }
    }
    text_of(writer)
}

/// Cells with a `#` are quoted: it begins a comment.
fn writer() -> Writer<Vec<u8>> {
    WriterBuilder::new().comment(Some(b'#')).from_writer(Vec::new())
}

fn text_of(writer: Writer<Vec<u8>>) -> Result<String, String> {
    let bytes = writer.into_inner().map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "'=1"] {
            assert_eq!(cell(text), format!("'{text}"));
        }
        assert_eq!(cell("spawn/thread=2"), "spawn/thread=2");
    }
}
