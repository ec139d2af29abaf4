//! `parcost list`: what is stored.

use anyhow::Result;
use clap::Args;

use super::exit::Exit;
use super::output::{self, OutputArgs};
use super::results::{self, StoreArgs};
use crate::model::{StoredFolder, StoredRuns, UnusableFile};
use crate::report::list_page;
use crate::store;

/// List the stored runs
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  parcost list
  parcost list --results results --format json

Exit codes: 0 success · 2 usage · 3 the folder cannot be read")]
pub(super) struct List {
    #[command(flatten)]
    results: StoreArgs,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(arguments: &List) -> Result<Exit> {
    let mut stored = StoredRuns::default();
    for root in results::folders(arguments.results.folder.as_deref())? {
        let mut folder = StoredFolder { folder: root.display().to_string(), ..StoredFolder::default() };
        for row in store::list(&root)? {
            match row.content {
                Ok(run) => folder.runs.push(run),
                Err(problem) => {
                    let (file, reason) = (row.path.display().to_string(), problem.to_string());
                    folder.unusable.push(UnusableFile { file, reason });
                }
            }
        }
        stored.folders.push(folder);
    }
    output::print(&stored, arguments.output.format, list_page)?;
    Ok(Exit::Success)
}
