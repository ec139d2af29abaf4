//! Tables: `series,index,value`, and the long one with a row a value.

use std::collections::BTreeMap;

use csv::{ReaderBuilder, StringRecord, Trim, WriterBuilder};

use super::builder::{Builder, Moment, Observation};
use super::remarks::Remarks;
use super::{Error, Source, Written};
use crate::model::{Direction, Interchange, InterchangeSeries, RemarkKind};

/// The columns of the table that has a row an observation and nothing else.
const PLAIN: [&str; 3] = ["series", "index", "value"];

/// The columns of the long table; those after `value` are ours, and may be missing.
const LONG: [&str; 13] = [
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
];

/// The columns without which a table is not the long one.
const LONG_NEEDED: [&str; 2] = ["benchmark", "value"];

pub(super) fn read(source: &Source, builder: &mut Builder<'_>) -> Result<(), Error> {
    let text = source.text(builder.form)?;
    let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| builder.strange(error.to_string()))?.clone();
    let has = |names: &[&str]| names.iter().all(|name| header.iter().any(|title| title == *name));
    let columns: &[&str] = match (has(&PLAIN), has(&LONG_NEEDED)) {
        (true, false) => &PLAIN,
        (false, true) => &LONG,
        _ => {
            let reason = format!("expected a header with {} or with {}", PLAIN.join(", "), LONG_NEEDED.join(", "));
            return Err(builder.strange(reason));
        }
    };
    let places = places(&header, columns, builder)?;
    for (row, record) in reader.records().enumerate() {
        let record = record.map_err(|error| builder.strange(error.to_string()))?;
        let row = Row { record: &record, places: &places, row };
        if columns == PLAIN { row.plain(builder)? } else { row.long(builder)? }
    }
    Ok(())
}

/// Where each column stands; a title that is there twice could mean either.
fn places<'a>(
    header: &StringRecord,
    columns: &[&'a str],
    builder: &Builder<'_>,
) -> Result<BTreeMap<&'a str, usize>, Error> {
    let mut places = BTreeMap::new();
    for column in columns {
        for (place, _) in header.iter().enumerate().filter(|(_, title)| title == column) {
            if places.insert(*column, place).is_some() {
                return Err(builder.strange(format!("two columns are called `{column}`")));
            }
        }
    }
    Ok(places)
}

/// One row of either table.
struct Row<'a> {
    record: &'a StringRecord,
    places: &'a BTreeMap<&'a str, usize>,
    row: usize,
}

impl Row<'_> {
    fn cell(&self, column: &str) -> Option<String> {
        let cell = self.places.get(column).and_then(|place| self.record.get(*place))?;
        (!cell.is_empty()).then(|| cell.to_owned())
    }

    fn number(&self, series: &str, column: &str, builder: &Builder<'_>) -> Result<Option<f64>, Error> {
        let Some(cell) = self.cell(column) else { return Ok(None) };
        cell.parse().map(Some).map_err(|_| builder.value(series, format!("its {column} `{cell}` is no number")))
    }

    fn whole(&self, series: &str, column: &str, builder: &Builder<'_>) -> Result<Option<u64>, Error> {
        let Some(cell) = self.cell(column) else { return Ok(None) };
        let reason = || format!("its {column} `{cell}` is no whole number from 0 on");
        cell.parse().map(Some).map_err(|_| builder.value(series, reason()))
    }

    fn plain(&self, builder: &mut Builder<'_>) -> Result<(), Error> {
        builder.enter(self.row, Moment::default());
        let name = self.cell("series").unwrap_or_default();
        let (Some(index), Some(value)) = (self.whole(&name, "index", builder)?, self.number(&name, "value", builder)?)
        else {
            return Err(builder.value(&name, "its index or value is missing".to_owned()));
        };
        builder.enter(self.row, Moment { order: Some(index), ..Moment::default() });
        builder.add(Observation { name, value, ..Observation::default() })
    }

    fn long(&self, builder: &mut Builder<'_>) -> Result<(), Error> {
        builder.enter(self.row, Moment::default());
        let name = self.cell("benchmark").unwrap_or_default();
        let Some(value) = self.number(&name, "value", builder)? else {
            return Err(builder.value(&name, "it has no value".to_owned()));
        };
        let direction = match self.cell("better").as_deref() {
            None => None,
            Some("lower") => Some(Direction::LowerIsBetter),
            Some("higher") => Some(Direction::HigherIsBetter),
            Some(other) => {
                return Err(builder.value(&name, format!("better is `{other}`, not lower or higher")));
            }
        };
        let order = self.whole(&name, "order", builder)?;
        let (low, high) = (self.number(&name, "low", builder)?, self.number(&name, "high", builder)?);
        builder.enter(self.row, Moment { order, commit: self.cell("commit"), time: self.cell("time") });
        builder.add(Observation {
            suite: self.cell("suite"),
            name,
            metric: self.cell("metric"),
            machine: self.cell("machine"),
            branch: self.cell("branch"),
            unit: self.cell("unit"),
            direction,
            value,
            low,
            high,
            samples: Vec::new(),
        })
    }
}

pub(super) fn write(history: &Interchange) -> Result<Written, String> {
    let mut remarks = Remarks::default();
    let mut writer = WriterBuilder::new().from_writer(Vec::new());
    writer.write_record(PLAIN).map_err(|error| error.to_string())?;
    for (series, label) in history.series.iter().zip(history.labels()) {
        let unit = series.unit.as_deref().unwrap_or("a unit that nobody says");
        let text =
            format!("the form holds neither units nor directions: {unit}, {} is better", series.direction.better());
        remarks.add(RemarkKind::LeftOut, &label, &text);
        for (index, point) in indices(series).into_iter().zip(&series.points) {
            if point.value > 0.0 {
                let row = [label.clone(), index.to_string(), point.value.to_string()];
                writer.write_record(row).map_err(|error| error.to_string())?;
            } else {
                remarks.add(RemarkKind::LeftOut, &label, "its zeros: readers of the form refuse them");
            }
        }
    }
    remarks.add(RemarkKind::LeftOut, "commits, times and spreads", "the form has an index and a value only");
    let bytes = writer.into_inner().map_err(|error| error.to_string())?;
    Ok(Written { bytes, remarks: remarks.list() })
}

/// The number of each point: that of its commit where all have one, in order; else its place.
pub fn indices(series: &InterchangeSeries) -> Vec<u64> {
    let orders: Option<Vec<u64>> = series.points.iter().map(|point| point.order).collect();
    let is_ascending = |orders: &Vec<u64>| orders.windows(2).all(|pair| pair[0] < pair[1]);
    orders.filter(is_ascending).unwrap_or_else(|| (0..series.points.len() as u64).collect())
}

pub(super) fn write_long(history: &Interchange) -> Result<Written, String> {
    let mut remarks = Remarks::default();
    let mut writer = WriterBuilder::new().from_writer(Vec::new());
    writer.write_record(LONG).map_err(|error| error.to_string())?;
    for series in &history.series {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let number = |number: Option<f64>| number.map_or_else(String::new, |number| number.to_string());
        for point in &series.points {
            let row = [
                text(&point.time),
                text(&point.commit),
                text(&series.branch),
                text(&series.machine),
                series.name.clone(),
                text(&series.metric),
                point.value.to_string(),
                text(&series.unit),
                series.direction.better().to_owned(),
                text(&series.suite),
                point.order.map_or_else(String::new, |order| order.to_string()),
                number(point.low),
                number(point.high),
            ];
            writer.write_record(row).map_err(|error| error.to_string())?;
            if !point.samples.is_empty() {
                remarks.add(RemarkKind::LeftOut, "single measurements", "the form has a row a value");
            }
        }
    }
    let bytes = writer.into_inner().map_err(|error| error.to_string())?;
    Ok(Written { bytes, remarks: remarks.list() })
}
