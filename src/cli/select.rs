//! What a side of a comparison may be called, and what it then is.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use super::inputs::{self, Loaded};
use crate::advise::answer::OTHERS_MAX;
use crate::git;
use crate::ingest::callgrind::{self, Age};
use crate::ingest::criterion;
use crate::model::{Metric, Run, RunHeader};
use crate::report::Remark;
use crate::store::{self, Row, layout};

/// Digits of a commit's id below which they are taken for a word.
const COMMIT_DIGITS_MIN: usize = 4;
/// Criterion's name for what was measured last.
const NEWEST: &str = "new";

/// Where sides are looked up.
pub(super) struct Selector {
    roots: Vec<PathBuf>,
    criterion: PathBuf,
    /// Criterion's folder was named, so that bare names are baselines.
    criterion_only: bool,
    machine: Option<String>,
    rows: OnceCell<Vec<Row>>,
}

/// What a text can mean.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Selection {
    /// Files of runs.
    Runs(Vec<PathBuf>),
    /// A baseline of Criterion's.
    Baseline { root: PathBuf, name: String },
    /// Counts of instructions.
    Counts { root: PathBuf, age: Age },
}

impl Selector {
    pub(super) fn new(roots: Vec<PathBuf>, criterion: Option<PathBuf>, machine: Option<String>) -> Self {
        let target = std::env::var_os("CARGO_TARGET_DIR").filter(|folder| !folder.is_empty());
        let default = || target.map_or_else(|| PathBuf::from("target"), PathBuf::from).join("criterion");
        Self {
            roots,
            criterion_only: criterion.is_some(),
            criterion: criterion.unwrap_or_else(default),
            machine,
            rows: OnceCell::new(),
        }
    }

    /// Finds and reads a side.
    pub(super) fn side(&self, text: &str) -> Result<Loaded> {
        let mut loaded = Loaded { name: text.to_owned(), runs: Vec::new(), foreign: Vec::new(), remarks: Vec::new() };
        let whole = [text];
        let parts: Vec<&str> = if Path::new(text).exists() { whole.to_vec() } else { text.split(',').collect() };
        let mut seen = BTreeSet::new();
        for part in parts {
            match self.reading(part)? {
                Selection::Runs(paths) => {
                    for path in paths {
                        // Two names for one file are one run.
                        if seen.insert(fs::canonicalize(&path).unwrap_or_else(|_| path.clone())) {
                            loaded.runs.push(self.read(path)?);
                        }
                    }
                }
                Selection::Baseline { root, name } => inputs::add_baseline(&root, &name, &mut loaded)?,
                Selection::Counts { root, age } => inputs::add_counts(&root, age, &mut loaded)?,
            }
        }
        if !(loaded.runs.is_empty() || loaded.foreign.is_empty()) {
            bail!("`{text}` mixes stored runs with what another harness left; compare like with like");
        }
        if let Some(key) = &self.machine {
            loaded.keep_machine(key);
            ensure!(
                !loaded.runs.is_empty() || !loaded.foreign.is_empty(),
                "`{text}` names no run of the machine {key}"
            );
        }
        Ok(loaded)
    }

    fn read(&self, path: PathBuf) -> Result<(PathBuf, Run)> {
        match store::read(&path) {
            Ok(run) => Ok((path, run)),
            Err(problem) => Err(store::Error::Unusable { path, problem }.into()),
        }
    }

    /// The one thing that a text means.
    fn reading(&self, text: &str) -> Result<Selection> {
        let (kind, rest) = text.split_once(':').unwrap_or(("", text));
        let found = match kind {
            "run" => self.run(rest)?,
            "commit" => self.commit(rest, true)?,
            "branch" => self.branch(rest)?,
            "criterion" => return self.criterion(rest),
            "iai" => return counts(rest),
            _ => match text.strip_prefix("machine=") {
                Some(key) => match self.of_machine(key)? {
                    None => self.of_machine_begun(key)?,
                    found => found,
                },
                None => return self.bare(text),
            },
        };
        if found.is_none() {
            self.damaged(rest)?;
        }
        found.with_context(|| {
            format!("there is no stored run of `{text}` in {}; `parcost list` shows what there is", self.searched())
        })
    }

    /// The one reading that fits a text without a beginning; an error that names them where several do.
    fn bare(&self, text: &str) -> Result<Selection> {
        ensure!(!text.is_empty(), "a side is empty; `parcost compare --help` says how to name one");
        let mut readings: Vec<(String, Selection)> = Vec::new();
        let mut add = |explicit: String, reading: Option<Selection>| {
            // Two ways to say the same thing are no doubt.
            if let Some(reading) = reading.filter(|reading| readings.iter().all(|(_, other)| other != reading)) {
                readings.push((explicit, reading));
            }
        };
        let path = Path::new(text);
        if path.is_dir() {
            for (explicit, reading) in folder(text, path)? {
                add(explicit, Some(reading));
            }
        } else if path.is_file() || text.contains('/') && text.ends_with(".json") {
            add(format!("./{text}"), Some(Selection::Runs(vec![path.to_owned()])));
        }
        if self.criterion_only || !text.contains('/') && criterion::baseline_names(&self.criterion)?.contains(text) {
            let known = criterion::baseline_names(&self.criterion)?.contains(text);
            add(format!("criterion:@{text}"), known.then(|| self.baseline(&self.criterion, text)));
        }
        if !self.criterion_only {
            add(format!("run:{text}"), self.run(text)?);
            add(format!("commit:{text}"), self.commit(text, false)?);
            add(format!("branch:{text}"), self.branch(text)?);
            add(format!("machine={text}"), self.of_machine(text)?);
        }
        if readings.is_empty() && !self.criterion_only {
            readings.extend(self.commit(text, true)?.map(|reading| (String::new(), reading)));
        }
        if readings.is_empty() && !self.criterion_only {
            readings.extend(self.of_machine_begun(text)?.map(|reading| (String::new(), reading)));
        }
        if readings.is_empty() && !self.criterion_only {
            self.damaged(text)?;
        }
        match readings.len() {
            1 => Ok(readings.remove(0).1),
            0 if self.criterion_only => self.criterion(&format!("@{text}")),
            0 => bail!(
                "`{text}` is no stored run, commit, branch or machine in {}, no baseline in {} and no path; `parcost list` \
                 shows the runs, `parcost compare --help` how a side is named",
                self.searched(),
                self.criterion.display()
            ),
            _ => {
                let forms: Vec<&str> = readings.iter().map(|(explicit, _)| explicit.as_str()).collect();
                bail!("`{text}` can be read in several ways; write one of {}", forms.join(", "))
            }
        }
    }

    /// Refuses a name that a file carries which is no run: of a damaged one nothing but the name is left.
    fn damaged(&self, text: &str) -> Result<()> {
        let carries = |name: &str| name.starts_with(text) || name.contains(&format!("-{text}"));
        for row in self.rows()? {
            let name = row.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if let Err(problem) = &row.content
                && carries(&name)
            {
                return Err(store::Error::Unusable { path: row.path.clone(), problem: problem.clone() }.into());
            }
        }
        Ok(())
    }

    fn searched(&self) -> String {
        self.roots.iter().map(|root| root.display().to_string()).collect::<Vec<_>>().join(" and ")
    }

    /// All that is stored, read once.
    fn rows(&self) -> Result<&[Row]> {
        if self.rows.get().is_none() {
            let mut rows = Vec::new();
            for root in &self.roots {
                rows.extend(store::list(root)?);
            }
            // Nobody else can have set it meanwhile: the cell is not shared.
            let _ = self.rows.set(rows);
        }
        Ok(self.rows.get().map(Vec::as_slice).unwrap_or_default())
    }

    /// What lies among the runs that were searched and is none.
    pub(super) fn strays(&self) -> Vec<Remark> {
        let stray = |row: &Row| {
            let problem = row.content.as_ref().err()?;
            let (subject, text) = (row.path.display().to_string(), format!("it was passed over: {problem}"));
            Some(Remark { invalid: false, subject, text })
        };
        self.rows.get().into_iter().flatten().filter_map(stray).collect()
    }

    /// The stored runs of the chosen machine.
    fn headers(&self) -> Result<Vec<(&Path, &RunHeader)>> {
        let usable = self.rows()?.iter().filter_map(|row| Some((row.path.as_path(), row.content.as_ref().ok()?)));
        Ok(usable
            .filter(|(_, header)| self.machine.as_ref().is_none_or(|key| header.machine.as_str() == key))
            .collect())
    }

    fn runs(&self, fits: impl Fn(&RunHeader) -> bool) -> Result<Option<Selection>> {
        let fitting = self.headers()?.into_iter().filter(|(_, header)| fits(header));
        let paths: Vec<PathBuf> = fitting.map(|(path, _)| path.to_owned()).collect();
        Ok((!paths.is_empty()).then_some(Selection::Runs(paths)))
    }

    fn run(&self, text: &str) -> Result<Option<Selection>> {
        let mut headers = self.headers()?;
        headers.sort_by(|a, b| a.1.started.cmp(&b.1.started));
        let one =
            |found: Option<&(&Path, &RunHeader)>| found.map(|(path, _)| Selection::Runs(vec![(*path).to_owned()]));
        let last = headers.last();
        Ok(match text {
            "last" => one(last),
            "previous" => {
                let same = |header: &RunHeader| last.is_some_and(|(_, last)| last.machine == header.machine);
                one(headers.iter().rev().skip(1).find(|(_, header)| same(header)))
            }
            // With a `/` it would be the path of a file.
            _ if text.contains('/') => None,
            _ => match store::load(&self.roots, text) {
                Ok((path, _)) => Some(Selection::Runs(vec![path])),
                Err(store::Error::NotFound { .. }) => None,
                Err(error) => return Err(error.into()),
            },
        })
    }

    /// The runs of a commit, by the beginning of its id and, where `resolve` says so, by what git takes it for.
    fn commit(&self, text: &str, resolve: bool) -> Result<Option<Selection>> {
        let digits =
            text.len() >= COMMIT_DIGITS_MIN && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let of = |id: &str| self.runs(|header| header.commit.as_ref().is_some_and(|it| it.starts_with(id)));
        if digits && let Some(reading) = of(text)? {
            let commits: BTreeSet<_> = self.headers()?.into_iter().filter_map(|(_, it)| it.commit.as_ref()).collect();
            let fitting: Vec<&str> =
                commits.into_iter().map(String::as_str).filter(|id| id.starts_with(text)).collect();
            ensure!(
                fitting.len() == 1,
                "`{text}` begins the ids of several commits ({}); write more of it",
                fitting.join(", ")
            );
            return Ok(Some(reading));
        }
        match resolve.then(|| git::resolve(Path::new("."), text)).flatten() {
            None => Ok(None),
            Some(id) => match of(&id)? {
                Some(reading) => Ok(Some(reading)),
                None => bail!("`{text}` is commit {id}, of which no run is stored in {}; measure it", self.searched()),
            },
        }
    }

    fn branch(&self, name: &str) -> Result<Option<Selection>> {
        self.runs(|header| header.branch.as_deref() == Some(name))
    }

    fn of_machine(&self, key: &str) -> Result<Option<Selection>> {
        self.runs(|header| header.machine.as_str() == key)
    }

    /// The runs of the one machine whose key begins so.
    fn of_machine_begun(&self, key: &str) -> Result<Option<Selection>> {
        let headers = self.headers()?;
        let keys: BTreeSet<&str> = headers.iter().map(|(_, header)| header.machine.as_str()).collect();
        let begun: Vec<&str> = keys.into_iter().filter(|other| other.starts_with(key)).collect();
        match begun[..] {
            [] => Ok(None),
            [only] => self.of_machine(only),
            _ => bail!("`{key}` begins the keys of several machines ({}); write more of it", begun.join(", ")),
        }
    }

    fn baseline(&self, root: &Path, name: &str) -> Selection {
        Selection::Baseline { root: root.to_owned(), name: name.to_owned() }
    }

    /// `DIR@NAME`, either of which may be wanting.
    fn criterion(&self, text: &str) -> Result<Selection> {
        let (folder, name) = text.rsplit_once('@').unwrap_or((text, NEWEST));
        let root = if folder.is_empty() { &self.criterion } else { Path::new(folder) };
        let names = criterion::baseline_names(root)?;
        ensure!(
            names.contains(name),
            "there is no baseline `{name}` of Criterion in {} (there is {}); save one with `cargo bench -- --save-baseline {name}`",
            root.display(),
            if names.is_empty() { "none".to_owned() } else { names.into_iter().collect::<Vec<_>>().join(", ") }
        );
        Ok(self.baseline(root, name))
    }
}

/// What a folder can be.
fn folder(text: &str, path: &Path) -> Result<Vec<(String, Selection)>> {
    let mut readings = Vec::new();
    let runs = folder_of_runs(path)?;
    if !runs.is_empty() {
        readings.push((format!("the files {text}/….json"), Selection::Runs(runs)));
    }
    if criterion::baseline_names(path)?.contains(NEWEST) {
        let reading = Selection::Baseline { root: path.to_owned(), name: NEWEST.to_owned() };
        readings.push((format!("criterion:{text}"), reading));
    }
    if callgrind::any(path)? {
        readings.push((format!("iai:{text}"), Selection::Counts { root: path.to_owned(), age: Age::New }));
    }
    Ok(readings)
}

/// The files of runs in a folder of results, or in any folder; every file that looks like one has to be one.
fn folder_of_runs(path: &Path) -> Result<Vec<PathBuf>> {
    let mut runs = Vec::new();
    for row in store::list(path)? {
        match row.content {
            Ok(_) => runs.push(row.path),
            Err(problem) => return Err(store::Error::Unusable { path: row.path, problem }.into()),
        }
    }
    let context = || format!("{} cannot be listed; is it readable?", path.display());
    for entry in fs::read_dir(path).with_context(context)? {
        let path = entry.with_context(context)?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let is_run = name.ends_with(".json") && !name.starts_with('.') && name != layout::MACHINE_FILE;
        // A summary of counts is told by its name.
        if is_run && name != "summary.json" && path.is_file() {
            runs.push(path);
        }
    }
    runs.sort();
    Ok(runs)
}

fn counts(text: &str) -> Result<Selection> {
    let (folder, age) = match text.rsplit_once('@') {
        Some((folder, "old")) => (folder, Age::Old),
        Some((folder, "new")) => (folder, Age::New),
        _ => (text, Age::New),
    };
    let root = PathBuf::from(folder);
    ensure!(
        callgrind::any(&root)?,
        "there is no summary.json below {}; run the benches with --save-summary=json",
        root.display()
    );
    Ok(Selection::Counts { root, age })
}

/// A metric by its name.
pub(super) fn metric(name: &str) -> Result<Metric, String> {
    Metric::from_name(name).ok_or_else(|| {
        let known: Vec<&str> = Metric::ALL.iter().map(|metric| metric.name()).collect();
        format!("there is no such metric; there are {}", known.join(", "))
    })
}

/// Other stored runs of the machine of `run`, the newest first: as many as an answer makes use of.
pub(super) fn earlier_runs(folders: &[PathBuf], run: &Run) -> Result<Vec<Run>> {
    let mut found: Vec<(PathBuf, RunHeader)> = Vec::new();
    for folder in folders {
        // What is unusable is no run, and `list` tells of it.
        let usable = store::list(folder)?.into_iter().filter_map(|row| Some((row.path, row.content.ok()?)));
        found.extend(usable.filter(|(_, header)| header.machine == run.machine.key && header.id != run.id));
    }
    found.sort_by(|a, b| b.1.started.cmp(&a.1.started));
    found.dedup_by(|a, b| a.1.id == b.1.id);
    Ok(found.iter().take(OTHERS_MAX).filter_map(|(path, _)| store::read(path).ok()).collect())
}
