//! `parcost trend`: level shifts and drifts over the history of a machine.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;

use super::exit::{Exit, FailOn};
use super::interchange::{Better, Observed, history_format, observed, print_remark, read_history};
use super::output::{self, Format, OutputArgs};
use super::results::StoreArgs;
use super::trend_runs::{self, RunsArgs};
use crate::ingest::ImportFormat;
use crate::model::Direction;
use crate::report::{Watched, trend_page, trend_rows};
use crate::trend::{self, AlertKind, Policy};

/// Find change points and drifts in a history: how large, from code or machine, since which commit
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  parcost trend
  parcost trend --since 2026-01-01 --fail-on worse

Exit codes: 0 success · 1 regressed, with --fail-on, and not accepted · 2 usage · 3 there are no runs, or a
rule is out of date · 4 with --fail-on: nothing could be judged, or a file cannot be used")]
pub(super) struct Trend {
    /// Read the history from a file in this format [default: the stored runs]
    #[arg(long, alias = "input-format", value_parser = history_format(), value_name = "FORMAT", requires = "file", conflicts_with_all = OF_RUNS)]
    from: Option<&'static ImportFormat>,
    /// File of the history
    #[arg(requires = "from")]
    file: Option<PathBuf>,
    /// Which values are better, where the format does not say [default: lower for csv]
    #[arg(long, value_enum, requires = "from")]
    better: Option<Better>,
    #[command(flatten)]
    results: StoreArgs,
    #[command(flatten)]
    runs: RunsArgs,
    /// Exit with 1 if something regressed and is not accepted, with 4 if nothing could be judged or a file cannot be used
    #[arg(long, value_enum, value_name = "WHAT")]
    fail_on: Option<FailOn>,
    #[command(flatten)]
    output: OutputArgs,
}

/// Arguments about stored runs.
const OF_RUNS: [&str; 2] = ["StoreArgs", "RunsArgs"];

/// Replays every series of a history and tells where its level shifted or slid.
pub(super) fn run(arguments: &Trend) -> Result<Exit> {
    match (&arguments.from, &arguments.file) {
        (Some(format), Some(file)) => of_file(arguments, format, file),
        _ => trend_runs::of_runs(&arguments.runs, &arguments.results, arguments.fail_on, arguments.output.format),
    }
}

fn of_file(arguments: &Trend, format: &'static ImportFormat, file: &Path) -> Result<Exit> {
    let lower = (format.name == "csv").then_some(Direction::LowerIsBetter);
    let history = read_history(Some(format), &[file], arguments.better.map(Better::direction).or(lower), None)?;
    history.remarks.iter().for_each(print_remark);
    let observed = observed(&history);
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
