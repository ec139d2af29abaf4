//! `parcost show`: one stored run.

use anyhow::Result;
use clap::Args;

use super::exit::Exit;
use super::output::{self, OutputArgs};
use super::results::{self, StoreArgs};
use super::select::{RUN_HELP, Selector};
use crate::report::{RunData, SummaryData, run_page, summary_page};

/// Show a stored run: every measurement, the machine and the conditions
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  parcost show last
  parcost show previous --summary

Exit codes: 0 success · 2 usage · 3 there is no such run, or it cannot be used")]
pub(super) struct Show {
    #[arg(help = RUN_HELP)]
    run: String,
    /// Compare threads with processes instead, as after measuring
    #[arg(long)]
    summary: bool,
    #[command(flatten)]
    results: StoreArgs,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(arguments: &Show) -> Result<Exit> {
    let folders = results::folders(arguments.results.folder.as_deref())?;
    let (path, run) = Selector::new(folders, None, None).one(&arguments.run)?;
    let file = path.display().to_string();
    if arguments.summary {
        output::print(&SummaryData::new(&run, file), arguments.output.format, summary_page)?;
    } else {
        output::print(&RunData::new(&run, Some(&file)), arguments.output.format, run_page)?;
    }
    Ok(Exit::Success)
}
