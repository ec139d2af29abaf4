//! `parcost trend`: level shifts and drifts over the history of a machine.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::exit::{Exit, FailOn};
use super::interchange::{better, import_format, read_history};
use super::output::{self, OutputArgs};
use super::results::StoreArgs;
use super::select::suggestion;
use super::trend_runs::{self, RunsArgs};
use crate::ingest::ImportFormat;
use crate::model::{Direction, Metric};
use crate::trend::Histories;

/// Find change points and drifts in a history: how large, from code or machine, since which commit
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  parcost trend --since 2026-01-01 --fail-on worse
  parcost trend data.js

`trend FILE …` judges results of other tools as they are; `import` keeps them as one history.

Exit codes: 0 success · 1 regressed, with --fail-on, and not accepted · 2 usage · 3 there are no \
runs, or a rule is out of date · 4 with --fail-on: nothing could be judged, a file cannot be used, \
or a series ended or has no direction and no rule accepts it")]
pub(super) struct Trend {
    /// Format of the files [default: recognized by their content]
    #[arg(long, alias = "input-format", value_parser = import_format(), value_name = "FORMAT", requires = "files")]
    from: Option<&'static ImportFormat>,
    /// Files of one format of another tool, in the order of their commits [default: the stored runs]
    #[arg(value_name = "FILE", conflicts_with_all = OF_RUNS)]
    files: Vec<PathBuf>,
    /// Which values are better, where the format does not say [default: lower for csv, but for names of rates]
    #[arg(long, value_parser = better(), requires = "files")]
    better: Option<Direction>,
    /// Unit of the values, where the format does not say
    #[arg(long, value_name = "UNIT", requires = "files")]
    unit: Option<String>,
    #[command(flatten)]
    results: StoreArgs,
    #[command(flatten)]
    runs: RunsArgs,
    /// Exit with 1 if something regressed and is not accepted, with 4 if nothing could be judged, a file cannot be used or a
    /// series ended or has no direction
    #[arg(long, value_enum, value_name = "WHAT")]
    fail_on: Option<FailOn>,
    #[command(flatten)]
    output: OutputArgs,
}

const OF_RUNS: [&str; 7] =
    ["StoreArgs", "include_dirty", "include_quick", "include_partial", "all_machines", "confirm", "budget"];

pub(super) fn run(arguments: &Trend) -> Result<Exit> {
    // Files may have any.
    let unknown = arguments.runs.metric.as_deref().filter(|named| Metric::from_name(named).is_none());
    if let (Some(named), true) = (unknown, arguments.files.is_empty()) {
        let known = || Metric::ALL.iter().map(|metric| metric.name());
        let all = known().collect::<Vec<_>>().join(", ");
        output::error(&format!("`{named}` is not a metric{}; expected one of {all}", suggestion(named, known())));
        return Ok(Exit::Usage);
    }
    let data = match arguments.files[..] {
        [] => trend_runs::of_runs(&arguments.runs, &arguments.results)?,
        _ => of_files(arguments)?,
    };
    trend_runs::show(data, &arguments.runs, arguments.fail_on, arguments.output.format)
}

fn of_files(arguments: &Trend) -> Result<Histories> {
    let read = read_history(arguments.from, &arguments.files, arguments.better, arguments.unit.as_deref())?;
    let runs = &arguments.runs;
    trend_runs::imported(&arguments.files, read, runs.machine.as_deref(), &runs.selection)
}
