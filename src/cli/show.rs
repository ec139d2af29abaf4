//! `parcost show`: one stored run.

use anyhow::Result;
use clap::Args;

use super::exit::Exit;
use super::output::{self, OutputArgs};
use super::results::{self, StoreArgs};
use crate::report::{Line, RunData, run_page, summary_page};
use crate::{advise, store};

/// Show one stored run: all measurements, and all that belongs to them
#[derive(Args, Debug)]
pub(super) struct Show {
    /// `last`, the beginning of a file's name or of a run's id, or the path of a file
    pub(super) run: String,
    /// Show threads against processes, as after the measuring
    #[arg(long)]
    pub(super) summary: bool,
    #[command(flatten)]
    pub(super) results: StoreArgs,
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

/// Shows a stored run, whole or in its summary.
pub(super) fn run(arguments: &Show) -> Result<Exit> {
    let folders = results::folders(arguments.results.folder.as_deref())?;
    let (path, run) = store::load(&folders, &arguments.run)?;
    let file = path.display().to_string();
    if arguments.summary {
        let mut page = summary_page(&run, &advise::summary(&run));
        page.lines.push(Line { name: "file".to_owned(), value: file });
        output::page(&page, arguments.output.format)?;
    } else {
        output::print(&RunData::new(&run, Some(&file)), arguments.output.format, run_page)?;
    }
    Ok(Exit::Success)
}
