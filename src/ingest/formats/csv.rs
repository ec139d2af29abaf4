//! Tables: `series,index,value`, and the long one with a row per value. Other columns are ignored; the order is free.

use std::collections::BTreeMap;

use csv::{Reader, ReaderBuilder, StringRecord, Trim};

use crate::ingest::builder::{Builder, Observation, Place, Revision};
use crate::ingest::error::Error;
use crate::ingest::file::Source;
use crate::ingest::format::ImportFormat;
use crate::model::{Direction, FORMULA_SIGNS};

pub(super) const PLAIN: ImportFormat = ImportFormat {
    name: "csv",
    about: "a table with the columns series, index (in the order of the commits) and value",
    is_history: true,
    detect: |probe| probe.has_columns(&PLAIN_COLUMNS),
    read: read_plain,
};

pub(super) const LONG: ImportFormat = ImportFormat {
    name: "csv-long",
    about: "a table with a row per value: time, commit, branch, machine, benchmark, metric, value and more",
    is_history: true,
    detect: |probe| probe.has_columns(&LONG_NEEDED),
    read: read_long,
};

const PLAIN_COLUMNS: [&str; 3] = ["series", "index", "value"];

/// The columns without which a table is not the long one.
const LONG_NEEDED: [&str; 2] = ["benchmark", "value"];

struct Row<'a> {
    record: &'a StringRecord,
    columns: &'a BTreeMap<String, usize>,
}

fn read_plain(source: &Source, builder: &mut Builder<'_>) -> Result<(), Error> {
    let mut last: BTreeMap<String, u64> = BTreeMap::new();
    read(source, builder, &PLAIN_COLUMNS, |row, builder| {
        let name = row.cell("series").unwrap_or_default();
        let (Some(index), Some::<f64>(value)) =
            (row.number(&name, "index", builder)?, row.number(&name, "value", builder)?)
        else {
            return Err(builder.value(&name, "its index or value is missing"));
        };
        if !(value.is_finite() && value > 0.0) {
            return Err(builder.value(&name, format!("its value is {value}, not a finite number above zero")));
        }
        if let Some(before) = last.insert(name.clone(), index).filter(|before| *before >= index) {
            let reason = format!("index {index} comes after {before}; expected one value per commit, in their order");
            return Err(builder.value(&name, reason));
        }
        Ok((Revision { order: Some(index), ..Revision::default() }, Observation { name, value, ..Default::default() }))
    })
}

fn read_long(source: &Source, builder: &mut Builder<'_>) -> Result<(), Error> {
    read(source, builder, &LONG_NEEDED, |row, builder| {
        let name = row.cell("benchmark").unwrap_or_default();
        let Some(value) = row.number(&name, "value", builder)? else {
            return Err(builder.value(&name, "it has no value"));
        };
        let direction = match row.cell("better").as_deref() {
            None => None,
            Some("lower") => Some(Direction::LowerIsBetter),
            Some("higher") => Some(Direction::HigherIsBetter),
            Some(other) => return Err(builder.value(&name, format!("better is `{other}`, not lower or higher"))),
        };
        let order = row.number(&name, "order", builder)?;
        let (low, high) = (row.number(&name, "low", builder)?, row.number(&name, "high", builder)?);
        let revision = Revision { order, commit: row.cell("commit"), time: row.cell("time") };
        let (suite, metric, machine) = (row.cell("suite"), row.cell("metric"), row.cell("machine"));
        let (branch, unit, samples) = (row.cell("branch"), row.cell("unit"), Vec::new());
        Ok((revision, Observation { suite, name, metric, machine, branch, unit, direction, value, low, high, samples }))
    })
}

/// Reads every row by `interpret`; one bad row refuses the file.
fn read(
    source: &Source,
    builder: &mut Builder<'_>,
    needed: &[&str],
    mut interpret: impl FnMut(&Row<'_>, &Builder<'_>) -> Result<(Revision, Observation), Error>,
) -> Result<(), Error> {
    let text = builder.text(source)?;
    if text.trim().is_empty() {
        return Err(builder.invalid(format!("it is empty; expected a header with {}", needed.join(", "))));
    }
    let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(text.as_bytes());
    let columns = columns(&mut reader, needed, builder)?;
    for record in reader.records() {
        let record = record.map_err(|error| builder.invalid(describe(&error)))?;
        let place = Place::Line(line_of(&record, text));
        builder.enter(place, Revision::default());
        let (revision, observation) = interpret(&Row { record: &record, columns: &columns }, builder)?;
        builder.enter(place, revision);
        builder.add(observation)?;
    }
    Ok(())
}

/// Where each column stands; a title that is there twice could mean either.
fn columns(
    reader: &mut Reader<&[u8]>,
    needed: &[&str],
    builder: &Builder<'_>,
) -> Result<BTreeMap<String, usize>, Error> {
    let header = reader.headers().map_err(|error| builder.invalid(describe(&error)))?;
    let mut columns = BTreeMap::new();
    for (position, title) in header.iter().enumerate() {
        if columns.insert(title.to_owned(), position).is_some() && !title.is_empty() {
            return Err(builder.invalid(format!("two columns are called `{title}`")));
        }
    }
    if let Some(missing) = needed.iter().find(|name| !columns.contains_key(**name)) {
        let found: Vec<&str> = header.iter().collect();
        let (needed, found) = (needed.join(", "), found.join(","));
        let reason =
            format!("there is no column `{missing}`; expected a header with {needed} and more, found `{found}`");
        return Err(builder.invalid(reason));
    }
    Ok(columns)
}

impl Row<'_> {
    fn cell(&self, column: &str) -> Option<String> {
        let cell = self.columns.get(column).and_then(|position| self.record.get(*position))?;
        let text = cell.strip_prefix('\'').filter(|text| text.starts_with(FORMULA_SIGNS)).unwrap_or(cell);
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn number<T: std::str::FromStr>(
        &self,
        series: &str,
        column: &str,
        builder: &Builder<'_>,
    ) -> Result<Option<T>, Error> {
        let Some(cell) = self.cell(column) else { return Ok(None) };
        let kind = if matches!(column, "index" | "order") { "a whole number from 0 on" } else { "a number" };
        cell.parse().map(Some).map_err(|_| builder.value(series, format!("its {column} `{cell}` is not {kind}")))
    }
}

/// The line that a record stands on, counted from 1; the reader counts from the blank lines before it.
fn line_of(record: &StringRecord, text: &str) -> usize {
    let Some(position) = record.position() else { return 1 };
    let from = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let before = text.as_bytes().get(from..).unwrap_or_default().iter();
    let blank = before.take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|byte| **byte == b'\n').count();
    usize::try_from(position.line()).unwrap_or(usize::MAX).saturating_add(blank)
}

fn describe(error: &csv::Error) -> String {
    let line = error.position().map_or(1, csv::Position::line);
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("line {line}: found {len} fields where the header has {expected_len}")
        }
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::builder::Assumed;
    use crate::model::Interchange;

    fn parse(format: &ImportFormat, text: &str) -> Result<Interchange, Error> {
        let assumed = Assumed { better: Some(Direction::LowerIsBetter), unit: None };
        let mut builder = Builder::new(format.name, &assumed);
        builder.open("x.csv");
        (format.read)(&Source::of("x.csv", text.as_bytes().to_vec())?, &mut builder)?;
        builder.finish()
    }

    #[test]
    fn rows_and_columns_come_in_any_order() {
        let text = "\u{feff}value,label,series,index\r\n1.5,,b,0\r\n\r\n2e3, cp ,\"a,1\",7\r\n2.5,,b,3\r\n";
        let read = parse(&PLAIN, text).unwrap();
        let found: Vec<_> = read
            .series
            .iter()
            .map(|series| (series.name.as_str(), series.indices(), series.points.iter().map(|p| p.value).collect()))
            .collect();
        assert_eq!(found, [("b", vec![0, 3], vec![1.5, 2.5]), ("a,1", vec![7], vec![2000.0])]);
    }

    #[test]
    fn a_bad_row_is_refused_with_its_line_and_the_reason() {
        let cases = [
            ("", "it is empty"),
            ("series,index,value\n", "no benchmark"),
            ("series,value\na,1\n", "no column `index`"),
            ("series,index,value,value\na,0,1,1\n", "two columns are called `value`"),
            ("series,index,value\na,0,1\na,1,fast\n", "line 3: its value `fast` is not a number"),
            ("series,index,value\na,0,\n", "line 2: its index or value is missing"),
            ("series,index,value\n\n\na,-1,1\n", "line 4: its index `-1` is not a whole number"),
            ("series,index,value\na,0.5,1\n", "line 2: its index `0.5` is not a whole number"),
            ("series,index,value\na,0,NaN\n", "line 2: its value is NaN, not a finite number"),
            ("series,index,value\na,0,1e999\n", "line 2: its value is inf, not a finite number"),
            ("series,index,value\na,0,-3\n", "line 2: its value is -3, not a finite number above zero"),
            ("series,index,value\na,0,0\n", "line 2: its value is 0, not a finite number above zero"),
            ("series,index,value\n,0,1\n", "line 2: a result has no name"),
            ("series,index,value\na,0,1\nb,0,1\na,0,2\n", "line 4: index 0 comes after 0"),
            ("series,index,value\na,5,1\na,4,2\n", "line 3: index 4 comes after 5"),
            ("series,index,value\na,0,1\na,1\n", "line 3: found 2 fields where the header has 3"),
        ];
        for (text, reason) in cases {
            let found = parse(&PLAIN, text).unwrap_err().to_string();
            assert!(found.contains(reason), "{text:?}: {found}");
        }
    }
}
