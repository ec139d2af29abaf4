//! Checks a whole folder of stored runs, and changes nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::chain::{Link, broken};
use super::{Error, Problem, layout, list, paired, read};

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file or folder.
    pub path: PathBuf,
    /// Which kind of thing it is.
    pub fault: Fault,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

/// The kinds of things that can be wrong with stored runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// It is not what was written.
    Edited,
    /// It is gone.
    Missing,
    /// It lies where it does not belong.
    Misplaced,
    /// Its id is taken.
    Duplicated,
    /// Its times cannot be.
    Clock,
    /// It ends early.
    Truncated,
    /// It is no run, or holds what nothing can have measured.
    Foreign,
    /// A newer version wrote it.
    Future,
    /// It cannot be read.
    Unreadable,
    /// A writer that was interrupted left it behind.
    Leftover,
    /// It could not be checked.
    Unchecked,
}

/// What was looked at in one folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folder {
    /// The folder.
    pub root: PathBuf,
    /// Number of runs that can be read.
    pub runs: usize,
    /// Number of paired runs that can be read.
    pub paired: usize,
    /// Runs from before seals: nobody can tell whether they were edited.
    pub unsealed: Vec<PathBuf>,
}

/// What was looked at, and what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// The folders, in the order they were given.
    pub folders: Vec<Folder>,
    /// Everything that is wrong, by file.
    pub findings: Vec<Finding>,
}

impl Fault {
    /// The word for it, as it is printed and told to programs.
    pub fn word(self) -> &'static str {
        match self {
            Fault::Edited => "edited",
            Fault::Missing => "missing",
            Fault::Misplaced => "misplaced",
            Fault::Duplicated => "duplicated",
            Fault::Clock => "clock",
            Fault::Truncated => "truncated",
            Fault::Foreign => "foreign",
            Fault::Future => "future",
            Fault::Unreadable => "unreadable",
            Fault::Leftover => "leftover",
            Fault::Unchecked => "unchecked",
        }
    }
}

impl Checked {
    /// True when there was nothing at all to look at.
    pub fn is_empty(&self) -> bool {
        self.findings.is_empty() && self.folders.iter().all(|folder| folder.runs + folder.paired == 0)
    }
}

/// Checks everything stored under `roots`, as if they were one: every file for itself, and the runs against each other.
///
/// # Errors
///
/// When a folder itself cannot be read.
pub fn fsck(roots: &[PathBuf]) -> Result<Checked, Error> {
    let mut checked = Checked::default();
    let mut links = Vec::new();
    let mut ids: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for root in roots {
        let mut folder = Folder { root: root.clone(), ..Folder::default() };
        for row in list(root)? {
            // The name of a spoiled file still tells which run it was: it is spoiled, but not missing.
            if let Some(id) = id_in_name(&row.path).filter(|_| row.content.is_err()) {
                ids.entry(id).or_default();
            }
            match row.content.and_then(|_| read(&row.path)) {
                Ok(run) => {
                    folder.runs += 1;
                    if run.seal.is_none() {
                        folder.unsealed.push(row.path.clone());
                    }
                    ids.entry(run.id.clone()).or_default().push(row.path.clone());
                    links.push(Link::of(row.path, run));
                }
                Err(problem) => checked.findings.push(spoiled(row.path, &problem)),
            }
        }
        for row in paired::list(root)? {
            match row.content {
                Ok(run) => {
                    folder.paired += 1;
                    ids.entry(run.id).or_default().push(row.path);
                }
                Err(problem) => checked.findings.push(spoiled(row.path, &problem)),
            }
        }
        checked.findings.extend(leftovers(&root.join(layout::VERSION_FOLDER), true));
        checked.findings.extend(leftovers(&root.join(layout::PAIRED_FOLDER).join(layout::VERSION_FOLDER), false));
        checked.folders.push(folder);
    }
    checked.findings.extend(broken(&links, |id| ids.contains_key(id)));
    checked.findings.extend(ids.iter().flat_map(|(id, paths)| duplicates(id, paths)));
    checked.findings.sort_by(|a, b| (&a.path, a.fault).cmp(&(&b.path, b.fault)));
    Ok(checked)
}

fn id_in_name(path: &Path) -> Option<String> {
    layout::run_id_in(path.file_name()?.to_str()?).map(str::to_owned)
}

fn spoiled(path: PathBuf, problem: &Problem) -> Finding {
    let fault = match problem {
        Problem::Unreadable(_) => Fault::Unreadable,
        Problem::NotAFile | Problem::TooLarge(_) | Problem::Foreign(_) | Problem::Invalid(_) => Fault::Foreign,
        Problem::Truncated => Fault::Truncated,
        Problem::Future(_) => Fault::Future,
        Problem::Misplaced(_) => Fault::Misplaced,
        Problem::Edited => Fault::Edited,
    };
    let remedy = match problem {
        Problem::Edited => "restore it from version control",
        other => other.remedy(),
    };
    Finding { path, fault, what: problem.what(), remedy: remedy.to_owned() }
}

fn duplicates(id: &str, paths: &[PathBuf]) -> Vec<Finding> {
    let Some((first, others)) = paths.split_first() else { return Vec::new() };
    let duplicate = |path: &PathBuf| Finding {
        path: path.clone(),
        fault: Fault::Duplicated,
        what: format!("its run `{id}` is {}, too", first.display()),
        remedy: "keep the one that version control has had for longer and move the other out".to_owned(),
    };
    others.iter().map(duplicate).collect()
}

/// What the writers of a tree left behind, and the files that say what the machines are where they ought to be.
fn leftovers(version: &Path, has_machine_file: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for folder in entries(version).into_iter().filter(|folder| folder.is_dir()) {
        let files = entries(&folder);
        let name =
            |path: &PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        findings.extend(files.iter().filter(|path| layout::is_temporary(&name(path))).map(|path| Finding {
            path: path.clone(),
            fault: Fault::Leftover,
            what: "a writer that was interrupted left it behind; no reader opens it".to_owned(),
            remedy: "remove it when nothing is being stored".to_owned(),
        }));
        let holds_runs = files.iter().any(|path| layout::run_id_in(&name(path)).is_some());
        let machine = folder.join(layout::MACHINE_FILE);
        if has_machine_file && holds_runs && fs::symlink_metadata(&machine).is_err() {
            let what = "the file that says what the machine is is not there".to_owned();
            let remedy = "restore it from version control; the next run of this machine writes it again".to_owned();
            findings.push(Finding { path: machine, fault: Fault::Missing, what, remedy });
        }
    }
    findings
}

/// What lies in a folder; nothing where it cannot be read, which listing it tells.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}
