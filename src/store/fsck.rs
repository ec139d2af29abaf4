//! Checks a whole folder of stored runs, and changes nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::chain::{Link, broken};
use super::error::{Error, Problem};
use super::file::name_of;
use super::list::list_as;
use super::{layout, paired};
use crate::model::{CheckedFolder, Checkup, Fault, Finding, Run};

/// Checks everything stored under `roots`, as if they were one: every file for itself, and the runs against each other.
pub fn fsck(roots: &[PathBuf]) -> Result<Checkup, Error> {
    let mut checked = Checkup::default();
    let mut links = Vec::new();
    let mut ids: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for root in roots {
        let mut folder = CheckedFolder { folder: root.display().to_string(), ..CheckedFolder::default() };
        let without_measurements = |mut run: Run| {
            run.measurements.clear();
            run
        };
        for row in list_as(root, without_measurements)? {
            // The name of a damaged file still says which run it was: it is damaged, but not missing.
            if let Some(id) = layout::run_id_in(&name_of(&row.path)).filter(|_| row.content.is_err()) {
                ids.entry(id.to_owned()).or_default();
            }
            match row.content {
                Ok(run) => {
                    folder.runs += 1;
                    if run.seal.is_none() {
                        folder.unsealed.push(row.path.display().to_string());
                    }
                    ids.entry(run.id.clone()).or_default().push(row.path.clone());
                    links.push(Link::of(row.path, run));
                }
                Err(problem) => checked.findings.push(damaged(&row.path, &problem)),
            }
        }
        for row in paired::list(root)? {
            match row.content {
                Ok(run) => {
                    folder.gates += 1;
                    ids.entry(run.id).or_default().push(row.path);
                }
                Err(problem) => checked.findings.push(damaged(&row.path, &problem)),
            }
        }
        checked.findings.extend(leftovers(&root.join(layout::VERSION_FOLDER), true));
        checked.findings.extend(leftovers(&root.join(layout::PAIRED_FOLDER).join(layout::VERSION_FOLDER), false));
        checked.folders.push(folder);
    }
    let (findings, elsewhere) = broken(&links, |id| ids.contains_key(id));
    checked.findings.extend(findings);
    checked.elsewhere = elsewhere;
    checked.findings.extend(ids.iter().flat_map(|(id, paths)| duplicates(id, paths)));
    checked.findings.sort_by(|a, b| (&a.file, a.fault).cmp(&(&b.file, b.fault)));
    Ok(checked)
}

fn damaged(path: &Path, problem: &Problem) -> Finding {
    let (fault, what, remedy) = problem.parts();
    Finding::new(path, fault, what, if fault == Fault::Edited { "restore it from version control" } else { remedy })
}

fn duplicates(id: &str, paths: &[PathBuf]) -> Vec<Finding> {
    let Some((first, others)) = paths.split_first() else { return Vec::new() };
    let what = format!("its run `{id}` is in {}, too", first.display());
    let remedy = "keep the one that has been under version control for longer and move the other out";
    others.iter().map(|path| Finding::new(path, Fault::Duplicated, &what, remedy)).collect()
}

/// What the writers of a tree left behind, and the files that say what the machines are where they ought to be.
fn leftovers(version: &Path, has_machine_file: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for folder in entries(version).into_iter().filter(|folder| folder.is_dir()) {
        let files = entries(&folder);
        let what = "a writer that was interrupted left it behind; no reader opens it";
        let remedy = "remove it when nothing is being stored";
        let left = files.iter().filter(|path| layout::is_temporary(&name_of(path)));
        findings.extend(left.map(|path| Finding::new(path, Fault::Leftover, what, remedy)));
        let holds_runs = files.iter().any(|path| layout::run_id_in(&name_of(path)).is_some());
        let machine = folder.join(layout::MACHINE_FILE);
        if has_machine_file && holds_runs && fs::symlink_metadata(&machine).is_err() {
            let what = "the file that describes the machine is missing";
            let remedy = "restore it from version control; the next run of this machine writes it again";
            findings.push(Finding::new(&machine, Fault::Missing, what, remedy));
        }
    }
    findings
}

/// What lies in a folder; nothing where it cannot be read, which listing it reports.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}
