//! Histories that come from files of other tools.

use std::path::Path;

use anyhow::{Context, Result};
use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::output;
use crate::formats::{self, Assumed, Form};
use crate::ingest::csv;
use crate::model::{Direction, Interchange, Remark, RemarkKind};

/// Things that a remark is told to be about; the rest is counted.
const ABOUT_MAX: usize = 5;

/// Which way a value is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Better {
    Lower,
    Higher,
}

impl Better {
    pub(super) fn direction(self) -> Direction {
        match self {
            Better::Lower => Direction::LowerIsBetter,
            Better::Higher => Direction::HigherIsBetter,
        }
    }
}

/// A series as it is judged: positive values, each with its index.
pub(super) struct Observed {
    pub(super) series: String,
    pub(super) direction: Direction,
    pub(super) indices: Vec<u64>,
    pub(super) values: Vec<f64>,
}

impl Observed {
    /// A series of a plain table, of which lower is better unless the user says otherwise.
    pub(super) fn of(series: csv::History, better: Option<Direction>) -> Self {
        let csv::History { series, indices, values } = series;
        Self { series, direction: better.unwrap_or(Direction::LowerIsBetter), indices, values }
    }
}

/// Reads files of one form, in the order of their commits, as one history; without a form it is told by the first
/// file's content.
pub(super) fn read_history(
    form: Option<Form>,
    files: &[impl AsRef<Path>],
    better: Option<Direction>,
    unit: Option<&str>,
) -> Result<Interchange> {
    let sources = files.iter().map(|file| formats::open(file.as_ref())).collect::<Result<Vec<_>, _>>()?;
    let first = sources.first().context("no file is named")?;
    let form = form.map_or_else(|| formats::detect(first), Ok)?;
    Ok(formats::read(form, &sources, &Assumed { better, unit: unit.map(str::to_owned) })?)
}

/// What of a history can be judged; zeros cannot, which is said.
pub(super) fn observed(history: &Interchange) -> Vec<Observed> {
    let mut zeros = 0;
    let mut all = Vec::new();
    for (series, label) in history.series.iter().zip(history.labels()) {
        let points = formats::indices(series).into_iter().zip(&series.points);
        let (indices, values) =
            points.filter(|(_, point)| point.value > 0.0).map(|(index, point)| (index, point.value)).unzip();
        all.push(Observed { series: label, direction: series.direction, indices, values });
        zeros += series.points.iter().filter(|point| point.value == 0.0).count();
    }
    if zeros > 0 {
        output::note(&format!("values that are zero and were not judged: {zeros}"));
    }
    all
}

/// Prints what was done to a history on the way.
pub(super) fn say(remark: &Remark) {
    let kind = match remark.kind {
        RemarkKind::Changed => "changed",
        RemarkKind::LeftOut => "left out",
    };
    let named = remark.about.iter().take(ABOUT_MAX).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = match remark.about.len().saturating_sub(ABOUT_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    output::note(&format!("{kind}: {named}{more}: {}", remark.text));
}

/// A form that is read.
pub(super) fn readable() -> impl TypedValueParser<Value = Form> {
    one_of(Form::is_read)
}

/// A form that is written.
pub(super) fn writable() -> impl TypedValueParser<Value = Form> {
    one_of(Form::is_written)
}

fn one_of(usable: fn(Form) -> bool) -> impl TypedValueParser<Value = Form> {
    let names = Form::ALL.into_iter().filter(|form| usable(*form)).map(Form::name);
    PossibleValuesParser::new(names).map(|name| Form::from_name(&name).expect("the names are those of the forms"))
}
