//! `parcost fsck`: whether the stored runs are still what was written.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use clap::Args;

use super::exit::Exit;
use super::output::{self, OutputArgs};
use super::results;
use crate::git::{self, ChangedFile, FileChange};
use crate::model::{Fault, Finding, short};
use crate::report::fsck_page;
use crate::store::{self, layout};

const STORED: [&str; 2] = [layout::VERSION_FOLDER, layout::PAIRED_FOLDER];

/// Check that stored runs are what was written: none edited, lost or moved; changes nothing
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  parcost fsck
  parcost fsck results --format json

Exit codes: 0 intact · 2 usage · 3 something is wrong, or there is nothing to check")]
pub(super) struct Fsck {
    /// Folder of stored runs [default: results, and parcost/results in the target folder]
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
    /// The same, as the other verbs name it
    #[arg(long, value_name = "DIR", conflicts_with = "folder")]
    results: Option<PathBuf>,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(arguments: &Fsck) -> Result<Exit> {
    let folders = match arguments.folder.as_ref().or(arguments.results.as_ref()) {
        Some(named) => {
            let named = named.clone();
            ensure!(named.is_dir(), "there is nothing to check: {} is not a folder", named.display());
            vec![named]
        }
        None => results::folders(None)?,
    };
    let mut checkup = store::fsck(&folders)?;
    for (folder, checked) in folders.iter().zip(&mut checkup.folders) {
        let (history, findings) =
            if folder.is_dir() { git_history(folder) } else { ("there is no such folder".to_owned(), Vec::new()) };
        checked.git_history = history;
        checkup.findings.extend(findings);
    }
    let names: Vec<&str> = checkup.folders.iter().map(|folder| folder.folder.as_str()).collect();
    ensure!(
        !checkup.findings.is_empty() || checkup.folders.iter().any(|folder| folder.runs + folder.gates > 0),
        "there is nothing to check: no run is stored in {}; name the folder that holds {}",
        names.join(" and "),
        layout::VERSION_FOLDER
    );
    output::print(&checkup, arguments.output.format, fsck_page)?;
    Ok(if checkup.findings.is_empty() { Exit::Success } else { Exit::Failure })
}

/// What git knows about a folder: in a few words, and what is wrong.
fn git_history(folder: &Path) -> (String, Vec<Finding>) {
    match git::file_history(folder, &STORED) {
        Ok(None) => ("not under version control by git".to_owned(), Vec::new()),
        Ok(Some(history)) => {
            let state = if history.is_complete { "checked" } else { "checked as far as this shallow clone goes" };
            let findings = history.changed.iter().filter_map(|change| rewritten(folder, change)).collect();
            (state.to_owned(), findings)
        }
        Err(reason) => {
            let remedy = "make sure that `git log` works in this folder, and check again";
            let what = format!("cannot read its history in git ({reason})");
            ("not checked".to_owned(), vec![Finding::new(folder, Fault::Unchecked, what, remedy)])
        }
    }
}

/// What a change that git knows of means for a stored file; other files may change.
fn rewritten(folder: &Path, change: &ChangedFile) -> Option<Finding> {
    let name = change.path.file_name()?.to_str()?;
    if name != layout::MACHINE_FILE && layout::run_id_in(name).is_none() {
        return None;
    }
    let path = folder.join(&change.path);
    let (fault, what) = match &change.change {
        FileChange::Modified => (Fault::Edited, "it was modified".to_owned()),
        FileChange::Deleted => (Fault::Missing, "it was deleted".to_owned()),
        FileChange::Renamed(new) => {
            (Fault::Misplaced, format!("it was changed and renamed to {}", folder.join(new).display()))
        }
    };
    let place = path.display();
    let (when, remedy) = match &change.commit {
        Some(commit) => {
            let short = short(commit);
            (format!("in commit {short}"), format!("`git restore --source={short}~ -- {place}`, and commit that"))
        }
        None => {
            ("since the last commit".to_owned(), format!("`git restore --staged --worktree -- {place}` brings it back"))
        }
    };
    Some(Finding::new(&path, fault, format!("{what} {when}"), remedy))
}
