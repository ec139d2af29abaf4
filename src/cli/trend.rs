//! `parcost trend`: level shifts and drifts over the history of a machine.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;

use super::exit::{Exit, FailOn};
use super::interchange::{Better, history_format, print_remark, read_history};
use super::output::OutputArgs;
use super::results::StoreArgs;
use super::trend_runs::{self, RunsArgs};
use crate::ingest::ImportFormat;
use crate::model::Direction;
use crate::trend::Histories;

/// Find change points and drifts in a history: how large, from code or machine, since which commit
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  parcost trend
  parcost trend --since 2026-01-01 --fail-on worse

Exit codes: 0 success · 1 regressed, with --fail-on, and not accepted · 2 usage · 3 there are no runs, or a
rule is out of date · 4 with --fail-on: nothing could be judged, a file cannot be used, or a series
ended and no rule accepts it")]
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
    /// Exit with 1 if something regressed and is not accepted, with 4 if nothing could be judged, a file cannot be used or a series ended
    #[arg(long, value_enum, value_name = "WHAT")]
    fail_on: Option<FailOn>,
    #[command(flatten)]
    output: OutputArgs,
}

const OF_RUNS: [&str; 9] = [
    "StoreArgs",
    "include_dirty",
    "include_quick",
    "include_partial",
    "machine",
    "all_machines",
    "metric",
    "confirm",
    "budget",
];

pub(super) fn run(arguments: &Trend) -> Result<Exit> {
    let data = match (&arguments.from, &arguments.file) {
        (Some(format), Some(file)) => of_file(arguments, format, file)?,
        _ => trend_runs::of_runs(&arguments.runs, &arguments.results)?,
    };
    trend_runs::show(data, &arguments.runs, arguments.fail_on, arguments.output.format)
}

fn of_file(arguments: &Trend, format: &'static ImportFormat, file: &Path) -> Result<Histories> {
    let lower = (format.name == "csv").then_some(Direction::LowerIsBetter);
    let read = read_history(Some(format), &[file], arguments.better.map(Better::direction).or(lower), None)?;
    read.remarks.iter().for_each(print_remark);
    trend_runs::imported(&file.display().to_string(), &read, &arguments.runs.selection)
}
