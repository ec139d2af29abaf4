//! `parcost list`: what is stored.

use std::path::Path;

use anyhow::{Result, ensure};
use clap::Args;

use super::exit::Exit;
use super::output::{self, OutputArgs};
use super::results::{self, StoreArgs};
use super::select::{MachineArgs, only_machine};
use crate::model::{RunHeader, StoredFolder, StoredRuns, UnusableFile};
use crate::report::list_page;
use crate::store::{self, layout};

/// List the stored runs
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  parcost list
  parcost list --results results --format json

Exit codes: 0 success · 2 usage · 3 the folder cannot be read, or no run is of --machine")]
pub(super) struct List {
    #[command(flatten)]
    machine: MachineArgs,
    #[command(flatten)]
    results: StoreArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Whether files of runs lie in a folder itself.
fn has_runs(folder: &Path) -> bool {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files.map(|file| file.path()).any(|path| path.is_file() && store::begins_as_run(&path))
}

pub(super) fn run(arguments: &List) -> Result<Exit> {
    let mut stored = StoredRuns::default();
    let folders = results::folders(arguments.results.folder.as_deref())?;
    for root in &folders {
        let (name, gates) = (root.display().to_string(), store::paired::count(root)?);
        let mut folder = StoredFolder { folder: name, gates, ..StoredFolder::default() };
        for row in store::list(root)? {
            match row.content {
                Ok(run) => folder.runs.push(run),
                Err(problem) => {
                    let (file, reason) = (row.path.display().to_string(), problem.to_string());
                    folder.unusable.push(UnusableFile { file, reason });
                }
            }
        }
        // Their files are in order of the commits; runs of one commit are in that of their ids.
        let same_commit = |a: &RunHeader, b: &RunHeader| (&a.machine, &a.commit) == (&b.machine, &b.commit);
        folder.runs.chunk_by_mut(same_commit).for_each(|same| same.sort_by(|a, b| a.started.cmp(&b.started)));
        stored.folders.push(folder);
    }
    let flat = stored.folders.iter().filter(|folder| folder.runs.is_empty() && folder.unusable.is_empty());
    for folder in flat.filter(|folder| has_runs(Path::new(&folder.folder))) {
        output::note(&format!(
            "the files in {} are not in the layout of stored runs: name the folder that holds {}, or store them with `parcost \
             import`",
            folder.folder,
            layout::VERSION_FOLDER
        ));
    }
    let keys: Vec<String> = stored.folders.iter().flat_map(|it| &it.runs).map(|run| run.machine.to_string()).collect();
    if let Some(named) = &arguments.machine.machine {
        ensure!(!keys.is_empty(), "{}", results::none_stored(&folders));
        let key = only_machine(keys.iter().map(String::as_str), named)?;
        stored.folders.iter_mut().for_each(|folder| folder.runs.retain(|run| run.machine.as_str() == key));
    }
    output::print(&stored, arguments.output.format, list_page)?;
    Ok(Exit::Success)
}
