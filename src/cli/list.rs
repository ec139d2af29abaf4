//! `parcost list`: what is stored.

use anyhow::Result;
use clap::Args;

use super::exit::Exit;
use super::output::{self, OutputArgs};
use super::results::{self, StoreArgs};
use crate::report::{Listed, ListedRun, list_page};
use crate::store::{self, Header, Row};

/// List the stored runs
#[derive(Args, Debug)]
pub(super) struct List {
    #[command(flatten)]
    pub(super) results: StoreArgs,
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

/// Lists the stored runs, and whatever lies beside them that is none.
pub(super) fn run(arguments: &List) -> Result<Exit> {
    let mut folders = Vec::new();
    for folder in results::folders(arguments.results.folder.as_deref())? {
        let rows = store::list(&folder)?;
        folders.push((folder.display().to_string(), rows.into_iter().map(listed).collect()));
    }
    output::page(&list_page(&folders), arguments.output.format)?;
    Ok(Exit::Success)
}

fn listed(row: Row) -> Listed {
    let content = row.content.map(listed_run).map_err(|problem| problem.to_string());
    Listed { path: row.path.display().to_string(), content }
}

fn listed_run(header: Header) -> ListedRun {
    ListedRun {
        id: header.id,
        started: header.started,
        profile: header.profile,
        commit: header.commit,
        machine: header.machine.to_string(),
        measurements: header.measurements,
        failures: header.failures,
    }
}
