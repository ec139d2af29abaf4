//! The forms, and who reads and writes each.

use std::fmt;

use super::builder::{Assumed, Builder};
use super::{
    Error, Source, bencher, bmf, callgrind, critcmp, criterion, csv, data_js, go, google_benchmark, history, hyperfine,
    openmetrics, pyperf,
};
use crate::model::{Interchange, Remark};

pub use super::detect::detect;

/// A form in which results are kept or handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// The `data.js` of github-action-benchmark; a bare array of results is read, too.
    GithubActionBenchmark,
    /// The bare array of results that github-action-benchmark takes from any tool.
    GithubActionBenchmarkArray,
    /// The lines of libtest, and of Criterion with `--output-format bencher`.
    Bencher,
    /// The Bencher Metric Format, version 0.
    Bmf,
    /// The folder that Criterion leaves, `target/criterion`.
    Criterion,
    /// What `critcmp --export` writes.
    Critcmp,
    /// The summaries of iai-callgrind, in files or in their folder.
    IaiCallgrind,
    /// The summaries of gungraun, in files or in their folder.
    Gungraun,
    /// What `hyperfine --export-json` writes.
    Hyperfine,
    /// The result files of pyperf, also compressed.
    Pyperf,
    /// What Google Benchmark writes with `--benchmark_format=json`.
    GoogleBenchmark,
    /// The benchmark text of Go, which benchstat reads.
    Go,
    /// A table with the columns series, index and value; the long table is read, too.
    Csv,
    /// A table with a row a value: time, commit, branch, machine, benchmark, metric, value and more.
    CsvLong,
    /// The text that Prometheus and others scrape.
    Openmetrics,
    /// Our own form, which holds everything.
    History,
}

/// A history in another form, and what of it the form does not hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// The file.
    pub bytes: Vec<u8>,
    /// What was changed or left out.
    pub remarks: Vec<Remark>,
}

impl Form {
    /// Every form, in the order of their declaration.
    pub const ALL: [Form; 16] = [
        Form::GithubActionBenchmark,
        Form::GithubActionBenchmarkArray,
        Form::Bencher,
        Form::Bmf,
        Form::Criterion,
        Form::Critcmp,
        Form::IaiCallgrind,
        Form::Gungraun,
        Form::Hyperfine,
        Form::Pyperf,
        Form::GoogleBenchmark,
        Form::Go,
        Form::Csv,
        Form::CsvLong,
        Form::Openmetrics,
        Form::History,
    ];

    /// Its name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Form::GithubActionBenchmark => "github-action-benchmark",
            Form::GithubActionBenchmarkArray => "github-action-benchmark-array",
            Form::Bencher => "bencher",
            Form::Bmf => "bmf",
            Form::Criterion => "criterion",
            Form::Critcmp => "critcmp",
            Form::IaiCallgrind => "iai-callgrind",
            Form::Gungraun => "gungraun",
            Form::Hyperfine => "hyperfine",
            Form::Pyperf => "pyperf",
            Form::GoogleBenchmark => "google-benchmark",
            Form::Go => "go",
            Form::Csv => "csv",
            Form::CsvLong => "csv-long",
            Form::Openmetrics => "openmetrics",
            Form::History => "history",
        }
    }

    /// The form of that name, if there is one.
    pub fn from_name(name: &str) -> Option<Form> {
        Self::ALL.into_iter().find(|form| form.name() == name)
    }

    /// Whether it is read.
    pub fn is_read(self) -> bool {
        self != Form::Openmetrics
    }

    /// Whether it is written.
    pub fn is_written(self) -> bool {
        use Form::{Critcmp, Criterion, GoogleBenchmark, Gungraun, IaiCallgrind};
        !matches!(self, Criterion | Critcmp | IaiCallgrind | Gungraun | GoogleBenchmark)
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Reads sources of one form, in the order of their commits, as one history.
///
/// # Errors
///
/// When a source is not as the form has it, holds nothing, or holds a value that is NaN, infinite or below zero; when
/// nobody says which way any of the series is better. A series of which that is not known, among others of which it is,
/// is left out with a remark.
pub fn read(form: Form, sources: &[Source], assumed: &Assumed) -> Result<Interchange, Error> {
    let mut builder = Builder::new(form, assumed);
    for source in sources {
        builder.open(&source.name);
        match form {
            Form::GithubActionBenchmark | Form::GithubActionBenchmarkArray => data_js::read(source, &mut builder)?,
            Form::Bencher => bencher::read(source, &mut builder)?,
            Form::Bmf => bmf::read(source, &mut builder)?,
            Form::Criterion => criterion::read(source, &mut builder)?,
            Form::Critcmp => critcmp::read(source, &mut builder)?,
            Form::IaiCallgrind | Form::Gungraun => callgrind::read(source, &mut builder)?,
            Form::Hyperfine => hyperfine::read(source, &mut builder)?,
            Form::Pyperf => pyperf::read(source, &mut builder)?,
            Form::GoogleBenchmark => google_benchmark::read(source, &mut builder)?,
            Form::Go => go::read(source, &mut builder)?,
            Form::Csv | Form::CsvLong => csv::read(source, &mut builder)?,
            Form::History => history::read(source, &mut builder)?,
            Form::Openmetrics => return Err(Error::OneWay { form, only: "written" }),
        }
    }
    builder.finish()
}

/// Writes a history in a form, and says what the form does not hold.
///
/// # Errors
///
/// When nothing of it can be written in that form: the reason says what to choose or to add.
pub fn write(form: Form, history: &Interchange) -> Result<Written, Error> {
    let written = match form {
        Form::GithubActionBenchmark => data_js::write(history),
        Form::GithubActionBenchmarkArray => data_js::write_array(history),
        Form::Bencher => bencher::write(history),
        Form::Bmf => bmf::write(history),
        Form::Hyperfine => hyperfine::write(history),
        Form::Pyperf => pyperf::write(history),
        Form::Go => go::write(history),
        Form::Csv => csv::write(history),
        Form::CsvLong => csv::write_long(history),
        Form::Openmetrics => openmetrics::write(history),
        Form::History => history::write(history),
        Form::Criterion | Form::Critcmp | Form::IaiCallgrind | Form::Gungraun | Form::GoogleBenchmark => {
            return Err(Error::OneWay { form, only: "read" });
        }
    };
    written.map_err(|reason| Error::Unwritable { form, reason })
}
