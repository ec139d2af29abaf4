//! Stored runs as one table in Parquet: a folder for each machine, and in it a file with a row for each value.
//!
//! The folders are `machine=<key>`, which engines of queries read as a column. The columns are those of [`SCHEMA`].

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use parquet::basic::Compression;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type};
use parquet::errors::Result;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use super::format::ExportFormat;
use crate::model::{Measurement, Run};

pub const FORMAT: ExportFormat = ExportFormat {
    name: "parquet",
    about: "a folder of Parquet files, one for each machine, with a row per value",
    write: |_, _| Err("only the stored runs of parcost become Parquet; export the files to csv-long".to_owned()),
    keeps_machines: false,
    lacks: &[],
};

const SCHEMA: &str = "message values {
    REQUIRED INT64 started (TIMESTAMP(MICROS, true));
    OPTIONAL BYTE_ARRAY commit (UTF8);
    OPTIONAL BYTE_ARRAY branch (UTF8);
    REQUIRED BOOLEAN dirty;
    REQUIRED BYTE_ARRAY run (UTF8);
    REQUIRED BYTE_ARRAY scope (UTF8);
    REQUIRED BYTE_ARRAY topic (UTF8);
    REQUIRED BYTE_ARRAY group (UTF8);
    REQUIRED BYTE_ARRAY function (UTF8);
    REQUIRED BYTE_ARRAY parameters (UTF8);
    REQUIRED BYTE_ARRAY metric (UTF8);
    REQUIRED BYTE_ARRAY unit (UTF8);
    REQUIRED BYTE_ARRAY quality (UTF8);
    REQUIRED DOUBLE center;
    REQUIRED DOUBLE low;
    REQUIRED DOUBLE high;
    REQUIRED INT32 form;
}";
const OPTIONAL_TEXTS: usize = 2;
const TEXTS: usize = 9;
const NUMBERS: usize = 3;

/// Rows that are kept in memory: one group of the file.
const ROWS_MAX: usize = 1 << 15;

pub fn place(folder: &Path, machine: &str) -> PathBuf {
    folder.join(format!("machine={machine}")).join("runs.parquet")
}

/// The table of one machine, to which one run after the other is added.
pub struct Table<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    rows: Vec<Row>,
}

struct Row {
    /// Microseconds since 1970.
    started: i64,
    optional: [Option<ByteArray>; OPTIONAL_TEXTS],
    /// Whether tracked files differed from the commit.
    dirty: bool,
    texts: [ByteArray; TEXTS],
    numbers: [f64; NUMBERS],
    /// Of the group: values of unlike forms are of two benchmarks.
    form: i32,
}

impl<W: Write + Send> Table<W> {
    pub fn new(file: W) -> io::Result<Self> {
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let schema = parse_message_type(SCHEMA)?;
        let writer = SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties))?;
        Ok(Self { writer, rows: Vec::new() })
    }

    /// Adds the values of a run that `wanted` names; `is_good` says which of them can be relied on.
    ///
    /// Fails where the file does, and for a start that is not a time.
    pub fn add(
        &mut self,
        run: &Run,
        wanted: impl Fn(&Measurement) -> bool,
        is_good: impl Fn(&Measurement) -> bool,
    ) -> io::Result<()> {
        let started: Timestamp = run.started.parse().map_err(io::Error::other)?;
        let text = |text: &String| ByteArray::from(text.as_str());
        let optional = [&run.commit.id, &run.commit.branch].map(|name| name.as_ref().map(text));
        let [id, scope] = [&run.id, &run.profile].map(text);
        for measurement in run.measurements.iter().filter(|it| wanted(it)) {
            let Measurement { topic, benchmark, metric, estimate, .. } = measurement;
            let parameters = serde_json::to_string(&benchmark.parameters)?;
            let of_value = [
                topic.as_str(),
                &benchmark.group,
                &benchmark.function,
                &parameters,
                metric.name(),
                metric.unit(),
                if is_good(measurement) { "good" } else { "inconclusive" },
            ];
            let [topic, group, function, parameters, metric, unit, quality] = of_value.map(ByteArray::from);
            self.rows.push(Row {
                started: started.as_microsecond(),
                optional: optional.clone(),
                dirty: run.commit.dirty,
                texts: [id.clone(), scope.clone(), topic, group, function, parameters, metric, unit, quality],
                numbers: [estimate.center(), estimate.low(), estimate.high()],
                form: run.form(&benchmark.group).into(),
            });
        }
        if self.rows.len() >= ROWS_MAX { self.flush().map_err(io::Error::from) } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let rows = std::mem::take(&mut self.rows);
        let mut group = self.writer.next_row_group()?;
        let started: Vec<i64> = rows.iter().map(|row| row.started).collect();
        column::<Int64Type>(&mut group, &started, None)?;
        for place in 0..OPTIONAL_TEXTS {
            let texts: Vec<ByteArray> = rows.iter().filter_map(|row| row.optional[place].clone()).collect();
            let present: Vec<i16> = rows.iter().map(|row| row.optional[place].is_some().into()).collect();
            column::<ByteArrayType>(&mut group, &texts, Some(&present))?;
        }
        let dirty: Vec<bool> = rows.iter().map(|row| row.dirty).collect();
        column::<BoolType>(&mut group, &dirty, None)?;
        for place in 0..TEXTS {
            let texts: Vec<ByteArray> = rows.iter().map(|row| row.texts[place].clone()).collect();
            column::<ByteArrayType>(&mut group, &texts, None)?;
        }
        for place in 0..NUMBERS {
            let numbers: Vec<f64> = rows.iter().map(|row| row.numbers[place]).collect();
            column::<DoubleType>(&mut group, &numbers, None)?;
        }
        let forms: Vec<i32> = rows.iter().map(|row| row.form).collect();
        column::<Int32Type>(&mut group, &forms, None)?;
        group.close().map(|_| ())
    }

    /// Writes what is left, and returns the file.
    pub fn finish(mut self) -> io::Result<W> {
        self.flush()?;
        Ok(self.writer.into_inner()?)
    }
}

/// Writes the next column; `present` says which rows of an optional one have a value.
fn column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, impl Write + Send>,
    values: &[T::T],
    present: Option<&[i16]>,
) -> Result<()> {
    let mut column = group.next_column()?.expect("the schema has as many columns as a row");
    column.typed::<T>().write_batch(values, present, None)?;
    column.close()
}
