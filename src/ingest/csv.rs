//! Histories from anywhere: a long CSV with the columns `series`, `index` and `value`.

use std::collections::BTreeMap;
use std::path::Path;

use csv::{Reader, ReaderBuilder, StringRecord, Trim};

use super::Error;
use super::file::{one_line, read_text};

/// The columns that are read; others are left alone, and the order is free.
const COLUMNS: [&str; 3] = ["series", "index", "value"];

/// One series of a history, in the order of its commits.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// Its name.
    pub series: String,
    /// The index of every observation, ascending; gaps are allowed.
    pub indices: Vec<u64>,
    /// The observations, finite and above zero, one for each index.
    pub values: Vec<f64>,
}

/// Reads every series of a file, in the order in which they first appear; their rows may be mixed.
///
/// # Errors
///
/// With the line, for a file that is no CSV, has no rows or lacks a column; for an index that is no whole number or does
/// not follow the one before it in its series; for a value that is not a finite number above zero. Nothing is left out:
/// one bad row refuses the file.
pub fn read(path: &Path) -> Result<Vec<History>, Error> {
    let text = read_text(path)?;
    parse(&text).map_err(|(line, reason)| Error::Csv { path: path.to_owned(), line, reason: one_line(&reason) })
}

type Refusal = (u64, String);

fn parse(text: &str) -> Result<Vec<History>, Refusal> {
    if text.trim().is_empty() {
        return Err((1, format!("the file is empty; expected a header with {}", COLUMNS.join(", "))));
    }
    let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(text.as_bytes());
    let columns = columns(&mut reader)?;
    let mut histories: Vec<History> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for record in reader.records() {
        let record = record.map_err(|error| refusal(&error))?;
        let line = line_of(&record, text);
        let (series, index, value) = row(&record, columns).map_err(|reason| (line, reason))?;
        let place = *places.entry(series.to_owned()).or_insert_with(|| {
            histories.push(History { series: series.to_owned(), indices: Vec::new(), values: Vec::new() });
            histories.len() - 1
        });
        let history = &mut histories[place];
        if let Some(&last) = history.indices.last().filter(|&&last| last >= index) {
            let how = if last == index { "is there twice" } else { "comes after a larger one" };
            let reason =
                format!("index {index} of series `{series}` {how} ({last}); one value a commit, in their order");
            return Err((line, reason));
        }
        history.indices.push(index);
        history.values.push(value);
    }
    if histories.is_empty() {
        return Err((1, "there is a header and not one row".to_owned()));
    }
    Ok(histories)
}

/// Where each of the columns stands.
fn columns(reader: &mut Reader<&[u8]>) -> Result<[usize; 3], Refusal> {
    let header = reader.headers().map_err(|error| refusal(&error))?;
    let mut columns = [0; 3];
    for (column, name) in columns.iter_mut().zip(COLUMNS) {
        let mut found = header.iter().enumerate().filter(|(_, title)| *title == name);
        *column = match (found.next(), found.next()) {
            (Some((place, _)), None) => place,
            (Some(_), Some(_)) => return Err((1, format!("two columns are called `{name}`"))),
            (None, _) => {
                let reason = format!(
                    "there is no column `{name}`; expected a header with {}, found `{}`",
                    COLUMNS.join(", "),
                    header.iter().collect::<Vec<_>>().join(",")
                );
                return Err((1, reason));
            }
        };
    }
    Ok(columns)
}

fn row(record: &StringRecord, columns: [usize; 3]) -> Result<(&str, u64, f64), String> {
    let [series, index, value] = columns.map(|column| record.get(column).unwrap_or_default());
    if series.is_empty() {
        return Err("the series has no name".to_owned());
    }
    let index = index
        .parse()
        .map_err(|_| format!("the index of series `{series}` is `{index}`, not a whole number from 0 on"))?;
    let number: f64 =
        value.parse().map_err(|_| format!("the value of series `{series}` is `{value}`, not a number"))?;
    if !(number.is_finite() && number > 0.0) {
        return Err(format!("the value of series `{series}` is `{value}`, not a finite number above zero"));
    }
    Ok((series, index, number))
}

/// The line that a record stands on, counted from 1; the reader counts from the blank lines before it.
fn line_of(record: &StringRecord, text: &str) -> u64 {
    let Some(position) = record.position() else { return 1 };
    let from = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let before = text.as_bytes().get(from..).unwrap_or_default().iter();
    let blank = before.take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|byte| **byte == b'\n').count();
    position.line() + blank as u64
}

fn refusal(error: &csv::Error) -> Refusal {
    let line = error.position().map_or(1, csv::Position::line);
    let reason = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("found {len} fields where the header has {expected_len}")
        }
        _ => error.to_string(),
    };
    (line, reason)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_series_in_any_order_of_rows_and_columns() {
        let text = "\u{feff}value,label,series,index\r\n1.5,,b,0\r\n\r\n2e3, cp ,\"a,1\",7\r\n2.5,,b,3\r\n";
        let expected = [
            History { series: "b".to_owned(), indices: vec![0, 3], values: vec![1.5, 2.5] },
            History { series: "a,1".to_owned(), indices: vec![7], values: vec![2000.0] },
        ];
        assert_eq!(parse(text).unwrap(), expected);
    }

    #[test]
    fn refuses_with_the_line_and_the_reason() {
        let cases = [
            ("", 1, "the file is empty"),
            (" \n\n", 1, "the file is empty"),
            ("series,index,value\n", 1, "not one row"),
            ("series,value\na,1\n", 1, "no column `index`"),
            ("series,index,value,value\na,0,1,1\n", 1, "two columns are called `value`"),
            ("series,index,value\na,0,1\na,1,fast\n", 3, "`fast`, not a number"),
            ("series,index,value\na,0,\n", 2, "``, not a number"),
            ("series,index,value\n\n\na,-1,1\n", 4, "`-1`, not a whole number"),
            ("series,index,value\na,0.5,1\n", 2, "`0.5`, not a whole number"),
            ("series,index,value\na,0,NaN\n", 2, "`NaN`, not a finite number above zero"),
            ("series,index,value\na,0,inf\n", 2, "`inf`, not a finite number above zero"),
            ("series,index,value\na,0,1e999\n", 2, "`1e999`, not a finite number above zero"),
            ("series,index,value\na,0,0\n", 2, "`0`, not a finite number above zero"),
            ("series,index,value\na,0,-3\n", 2, "`-3`, not a finite number above zero"),
            ("series,index,value\n,0,1\n", 2, "no name"),
            ("series,index,value\na,0,1\nb,0,1\na,0,2\n", 4, "index 0 of series `a` is there twice"),
            ("series,index,value\na,5,1\na,4,2\n", 3, "index 4 of series `a` comes after a larger one (5)"),
            ("series,index,value\na,0,1\na,1\n", 3, "found 2 fields where the header has 3"),
        ];
        for (text, line, reason) in cases {
            let (found_line, found) = parse(text).unwrap_err();
            assert!(found.contains(reason) && found_line == line, "{text:?}: {found_line}: {found}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(
            text in any::<String>(), rows in "(series,index,value\n)?([ab],[0-9]{1,3},[0-9.]{1,4}\n){0,4}",
        ) {
            let _ = parse(&text);
            for history in parse(&rows).unwrap_or_default() {
                prop_assert!(history.indices.is_sorted() && history.indices.len() == history.values.len());
            }
        }
    }
}
