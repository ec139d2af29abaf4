//! `parcost trend`: level shifts and drifts over the history of a machine.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, ValueEnum};

use super::exit::{Exit, FailOn};
use super::interchange::{Better, Observed, observed, read_history, say};
use super::output::{self, Format, OutputArgs};
use super::results::StoreArgs;
use super::trend_runs::{self, RunsArgs};
use crate::formats::Form;
use crate::ingest::csv;
use crate::report::{Watched, trend_page, trend_rows};
use crate::trend::{self, AlertKind, Policy};

/// Tell where levels shifted or slid over the commits, by how much, how sure that is, and who is suspected
#[derive(Args, Debug)]
pub(super) struct Trend {
    /// Read a history from a file of this form; else the stored runs are read
    #[arg(long, value_enum, value_name = "FORM", requires = "file", conflicts_with_all = OF_RUNS)]
    pub(super) from: Option<Source>,
    /// The history; of csv the columns series, index (in the order of the commits) and value
    #[arg(requires = "from")]
    pub(super) file: Option<PathBuf>,
    /// Which way values are better of which the form does not say it [default: lower for csv]
    #[arg(long, value_enum, requires = "from")]
    pub(super) better: Option<Better>,
    #[command(flatten)]
    pub(super) results: StoreArgs,
    #[command(flatten)]
    pub(super) runs: RunsArgs,
    /// Exit with 1 when something got worse that is not accepted, and with 4 when nothing could be judged, or a file could
    /// not be used
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(super) fail_on: Option<FailOn>,
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

/// Arguments about stored runs.
const OF_RUNS: [&str; 2] = ["StoreArgs", "RunsArgs"];

/// Where a history comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Source {
    Csv,
    CsvLong,
    GithubActionBenchmark,
    Go,
    History,
}

impl Source {
    /// The form of the files of other tools; none for the table that is read as it stands.
    pub(super) fn form(self) -> Option<Form> {
        match self {
            Source::Csv => None,
            Source::CsvLong => Some(Form::CsvLong),
            Source::GithubActionBenchmark => Some(Form::GithubActionBenchmark),
            Source::Go => Some(Form::Go),
            Source::History => Some(Form::History),
        }
    }
}

/// Replays every series of a history and tells where its level shifted or slid.
pub(super) fn run(arguments: &Trend) -> Result<Exit> {
    match (&arguments.from, &arguments.file) {
        (Some(source), Some(file)) => of_file(arguments, *source, file),
        _ => trend_runs::of_runs(&arguments.runs, &arguments.results, arguments.fail_on, arguments.output.format),
    }
}

fn of_file(arguments: &Trend, source: Source, file: &Path) -> Result<Exit> {
    let better = arguments.better.map(Better::direction);
    let observed = match source.form() {
        None => csv::read(file)?.into_iter().map(|series| Observed::of(series, better)).collect(),
        Some(form) => {
            let history = read_history(Some(form), &[file], better, None)?;
            history.remarks.iter().for_each(say);
            observed(&history)
        }
    };
    let watched: Vec<Watched> = observed.into_iter().map(watched).collect();
    match arguments.output.format {
        Format::Json => output::json(&trend_rows(&watched))?,
        format => output::page(&trend_page(&file.display().to_string(), &watched), format)?,
    }
    Ok(match arguments.fail_on {
        None => Exit::Success,
        Some(FailOn::Worse) => verdict(&watched),
    })
}

fn watched(observed: Observed) -> Watched {
    let trend = trend::trend(&observed.values, observed.direction, &Policy::default());
    Watched { series: observed.series, indices: observed.indices, values: observed.values, trend }
}

/// A regression wherever there is one, at a step or by drift; else no answer where nothing could be judged.
fn verdict(history: &[Watched]) -> Exit {
    let mut judged = history.iter().filter_map(|watched| watched.trend.as_ref().ok()).peekable();
    if judged.peek().is_none() {
        return Exit::Inconclusive;
    }
    let worse = judged.any(|trend| {
        trend.alerts.iter().any(|alert| alert.kind == AlertKind::Regression)
            || trend.drifts.iter().any(|drift| drift.worse)
    });
    if worse { Exit::Regression } else { Exit::Success }
}
