//! `parcost show`: one stored run.

use anyhow::Result;
use clap::Args;

use super::exit::Exit;
use super::output::{self, Format, OutputArgs};
use super::results::{self, StoreArgs};
use super::select::{MachineArgs, RUN_HELP, Selector, full_runs};
use crate::report::{RunData, SummaryData, run_page, summary_page};
use crate::verdict::Sessions;

/// Show a stored run: the whole summary, or every measurement
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  parcost show last
  parcost show previous --all

Exit codes: 0 success · 2 usage · 3 there is no such run, or it cannot be used")]
pub(super) struct Show {
    #[arg(default_value = "last", help = RUN_HELP)]
    run: String,
    /// Print every measurement with its rounds, the machine and the conditions; --format json has them always
    #[arg(long)]
    all: bool,
    /// Print the summary with --format json, too
    #[arg(long, conflicts_with = "all")]
    summary: bool,
    #[command(flatten)]
    machine: MachineArgs,
    #[command(flatten)]
    results: StoreArgs,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(arguments: &Show) -> Result<Exit> {
    let folders = results::folders(arguments.results.folder.as_deref())?;
    let (path, run) = Selector::new(folders.clone(), None, arguments.machine.machine.clone()).one(&arguments.run)?;
    let file = path.display().to_string();
    let format = arguments.output.format;
    let others = full_runs(&folders, &run.machine.key)?;
    let sessions = Sessions::new(&run, &others);
    if arguments.all || (format == Format::Json && !arguments.summary) {
        output::print(&RunData::new(&sessions, Some(&file)), format, run_page)?;
    } else {
        output::print(&SummaryData::new(&sessions, file), format, summary_page)?;
    }
    Ok(Exit::Success)
}
