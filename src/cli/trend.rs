//! `parcost trend`: level shifts and drifts over the history of a machine.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use clap::{Args, ValueEnum};
use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};
use regex::Regex;

use super::arguments::{Better, FailOn, Format, Results, Told};
use super::gate::budget;
use super::history::{Observed, observed, read_history, say};
use super::{Exit, machine_history, print};
use crate::engines::csv;
use crate::formats::Form;
use crate::model::Metric;
use crate::report::{Watched, trend_page, trend_rows};
use crate::trend::{AlertKind, Policy};

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
    pub(super) results: Results,
    /// The key of the machine [default: this one's, or that of the only one there is]
    #[arg(long, value_name = "KEY", conflicts_with = "all_machines")]
    pub(super) machine: Option<String>,
    /// Judge every machine, one after the other
    #[arg(long)]
    pub(super) all_machines: bool,
    /// Tell of the benchmarks whose name matches this regular expression; all are judged
    #[arg(long, value_name = "REGEX")]
    pub(super) filter: Option<Regex>,
    /// Tell of this metric alone, wall_time for one; all are judged
    #[arg(long, value_name = "NAME", value_parser = metric)]
    pub(super) metric: Option<Metric>,
    /// The commits that led to the tip of this branch [default: those that led to what is checked out]
    #[arg(long, value_name = "NAME")]
    pub(super) branch: Option<String>,
    /// Commits from this day on, as in 2026-01-31, or from this time on
    #[arg(long, value_name = "DATE", value_parser = second)]
    pub(super) since: Option<i64>,
    /// Take runs with changes that were not committed, too
    #[arg(long)]
    pub(super) include_dirty: bool,
    /// Take runs of the short profile, too
    #[arg(long)]
    pub(super) include_quick: bool,
    /// Take runs of some benchmarks or topics only, too
    #[arg(long)]
    pub(super) include_partial: bool,
    /// The file of accepted changes [default: .github/perf-accepted.toml, if it is there]
    #[arg(long, value_name = "FILE")]
    pub(super) accepted: Option<PathBuf>,
    /// The day on which accepted changes are looked at [default: today, in UTC]
    #[arg(long, value_name = "DATE", hide = true)]
    pub(super) today: Option<Date>,
    /// Hold the gate between the two commits that each regression points at, and believe what it says
    #[arg(long)]
    pub(super) confirm: bool,
    /// Time for measuring in each gate of --confirm: 90s, 10m
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = budget, requires = "confirm")]
    pub(super) budget: Duration,
    /// Exit with 1 when something got worse that is not accepted, and with 4 when nothing could be judged, or a file could
    /// not be used
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(super) fail_on: Option<FailOn>,
    #[command(flatten)]
    pub(super) told: Told,
}

/// Options that say something of stored runs.
const OF_RUNS: [&str; 12] = [
    "results",
    "machine",
    "all_machines",
    "filter",
    "metric",
    "branch",
    "since",
    "include_dirty",
    "include_quick",
    "include_partial",
    "accepted",
    "confirm",
];

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
pub(super) fn trend(arguments: &Trend) -> Result<Exit> {
    match (&arguments.from, &arguments.file) {
        (Some(source), Some(file)) => of_file(arguments, *source, file),
        _ => machine_history::of_runs(arguments),
    }
}

fn metric(name: &str) -> Result<Metric, String> {
    Metric::from_name(name).ok_or_else(|| {
        let known: Vec<&str> = Metric::ALL.iter().map(|metric| metric.name()).collect();
        format!("there is no such metric; there are {}", known.join(", "))
    })
}

/// The second, counted from 1970, at which a day begins in UTC, or that a time is.
fn second(text: &str) -> Result<i64, String> {
    let day = text.parse::<Date>().and_then(|day| day.to_zoned(TimeZone::UTC)).map(|begin| begin.timestamp());
    // A time would be read as its day, too.
    let time = text.parse::<Timestamp>().or(day);
    time.map(Timestamp::as_second).map_err(|_| "expected a day as in 2026-01-31, or a time in RFC 3339".to_owned())
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
    match arguments.told.format {
        Format::Json => print::json(&trend_rows(&watched))?,
        format => print::page(&trend_page(&file.display().to_string(), &watched), format)?,
    }
    Ok(match arguments.fail_on {
        None => Exit::Done,
        Some(FailOn::Worse) => verdict(&watched),
    })
}

fn watched(observed: Observed) -> Watched {
    let trend = crate::trend::trend(&observed.values, observed.direction, &Policy::default());
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
    if worse { Exit::Regression } else { Exit::Done }
}
