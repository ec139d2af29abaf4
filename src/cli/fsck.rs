//! `parcost fsck`: whether the stored runs are still what was written.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use clap::Args;

use super::exit::Exit;
use super::output::{self, Format, OutputArgs};
use super::results;
use crate::git::{self, ChangedFile, FileChange};
use crate::report::{CheckedFolder, Checkup, FoundFault, fsck_page};
use crate::store::{self, Fault, Finding, layout};

/// The folders that are asked about in git.
const STORED: [&str; 2] = [layout::VERSION_FOLDER, layout::PAIRED_FOLDER];

/// Check that the stored runs are still what was written: none edited, lost or moved
#[derive(Args, Debug)]
pub(super) struct Fsck {
    /// The folder of stored runs [default: results, and parcost/results in the target folder]
    pub(super) folder: Option<PathBuf>,
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

/// Checks the stored runs, and changes nothing.
pub(super) fn run(arguments: &Fsck) -> Result<Exit> {
    let folders = match &arguments.folder {
        Some(named) => {
            let named = named.clone();
            ensure!(named.is_dir(), "there is nothing to check: {} is no folder of stored runs", named.display());
            vec![named]
        }
        None => results::folders(None)?,
    };
    let mut checked = store::fsck(&folders)?;
    let mut histories = Vec::new();
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        let (told, findings) = history(folder);
        histories.push((folder, told));
        checked.findings.extend(findings);
    }
    let names: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
    ensure!(
        !checked.is_empty(),
        "there is nothing to check: no run is stored in {}; name the folder that holds {}",
        names.join(" and "),
        layout::VERSION_FOLDER
    );

    let exit = if checked.findings.is_empty() { Exit::Success } else { Exit::Failure };
    let told_of = |folder: &Path| histories.iter().find(|(of, _)| *of == folder).map(|(_, told)| told.clone());
    let folder = |folder: store::Folder| CheckedFolder {
        history: told_of(&folder.root).unwrap_or_else(|| "there is no such folder".to_owned()),
        folder: folder.root.display().to_string(),
        runs: folder.runs,
        paired_runs: folder.paired,
        unsealed: folder.unsealed.iter().map(|path| path.display().to_string()).collect(),
    };
    let checkup = Checkup {
        folders: checked.folders.into_iter().map(folder).collect(),
        findings: checked.findings.into_iter().map(found).collect(),
    };
    match arguments.output.format {
        Format::Json => output::json(&checkup)?,
        format => output::page(&fsck_page(&checkup), format)?,
    }
    Ok(exit)
}

fn found(finding: Finding) -> FoundFault {
    FoundFault {
        file: finding.path.display().to_string(),
        fault: finding.fault.word().to_owned(),
        what: finding.what,
        remedy: finding.remedy,
    }
}

/// What git has to say of a folder: in a few words, and what is wrong.
fn history(folder: &Path) -> (String, Vec<Finding>) {
    match git::file_history(folder, &STORED) {
        Ok(None) => ("not under version control by git".to_owned(), Vec::new()),
        Ok(Some(history)) => {
            let told = if history.is_complete { "checked" } else { "checked as far as this shallow clone has it" };
            let findings = history.changed.iter().filter_map(|change| rewritten(folder, change)).collect();
            (told.to_owned(), findings)
        }
        Err(reason) => {
            let remedy = "see that `git log` works in this folder, and check again".to_owned();
            let what = format!("its history in git cannot be told ({reason})");
            let finding = Finding { path: folder.to_owned(), fault: Fault::Unchecked, what, remedy };
            ("not checked".to_owned(), vec![finding])
        }
    }
}

/// What a change that git knows of means for a stored file; of other files, none is expected to stay.
fn rewritten(folder: &Path, change: &ChangedFile) -> Option<Finding> {
    let name = change.path.file_name()?.to_str()?;
    if name != layout::MACHINE_FILE && layout::run_id_in(name).is_none() {
        return None;
    }
    let path = folder.join(&change.path);
    let (fault, deed) = match &change.change {
        FileChange::Modified => (Fault::Edited, "it was modified".to_owned()),
        FileChange::Deleted => (Fault::Missing, "it was deleted".to_owned()),
        FileChange::Renamed(new) => {
            (Fault::Misplaced, format!("it was changed and renamed to {}", folder.join(new).display()))
        }
    };
    let place = path.display();
    let (when, remedy) = match &change.commit {
        Some(commit) => {
            let short: String = commit.chars().take(12).collect();
            (format!("in commit {short}"), format!("`git restore --source={short}~ -- {place}`, and commit that"))
        }
        None => {
            ("since the last commit".to_owned(), format!("`git restore --staged --worktree -- {place}` brings it back"))
        }
    };
    Some(Finding { path, fault, what: format!("{deed} {when}"), remedy })
}
