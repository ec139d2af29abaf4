//! Which stored runs a word names: one grammar for every verb.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::inputs::{self, Loaded};
use super::output;
use super::results;
use crate::compare::Side;
use crate::git;
use crate::ingest::callgrind::{self, Age};
use crate::ingest::{self, Source, criterion};
use crate::model::{FULL, MachineKey, Metric, Run, RunHeader};
use crate::report::Remark;
use crate::store::{self, Row, layout};
use crate::verdict::SESSIONS_MAX;

/// With fewer digits a text is a word, not a commit.
const COMMIT_DIGITS_MIN: usize = 4;
/// Criterion's name for the newest results.
const NEWEST: &str = "new";

/// A text so similar to a known name is taken for a misspelling of it.
const SIMILARITY_MIN: f64 = 0.8;

/// How several runs make one side.
pub(super) const JOINED: &str =
    "several runs of one side are joined by commas without spaces: `parcost compare a1,a2 b1,b2`";

pub(super) const RUN_HELP: &str = "Run: last, previous, the beginning of an id or of a file name, commit:REVISION, branch:NAME, \
                                   machine=KEY, or a file; of several runs the newest";

#[derive(Args, Debug)]
pub(super) struct MachineArgs {
    /// Only this machine: its key, or a part that no other key has
    #[arg(long, value_name = "KEY")]
    pub(super) machine: Option<String>,
}

/// The machine that a text names, by its key, the beginning of it, or a part that no other key has.
pub(super) fn only_machine<'a>(keys: impl IntoIterator<Item = &'a str>, named: &str) -> Result<&'a str> {
    let keys: BTreeSet<&str> = keys.into_iter().collect();
    let mut fitting: Vec<&str> = keys.iter().copied().filter(|key| key.starts_with(named)).collect();
    if fitting.is_empty() {
        fitting = keys.iter().copied().filter(|key| key.contains(named)).collect();
    }
    match (keys.get(named), &fitting[..]) {
        (Some(key), _) | (None, [key]) => Ok(key),
        (None, []) => bail!(
            "no run is of a machine `{named}`{}; there are runs of {} (see `parcost list`)",
            suggestion(named, keys.iter().copied()),
            keys.iter().copied().collect::<Vec<_>>().join(", ")
        ),
        (None, several) => {
            bail!("`{named}` is a part of several keys ({}); write more of it", several.join(", "))
        }
    }
}

/// Whether a run with this scope lacks benchmarks or topics on purpose.
fn is_partial(scope: &str) -> bool {
    scope.starts_with("filtered") || scope.contains(", topics ")
}

/// `; did you mean ...?`, if a known name is similar.
pub(super) fn suggestion<'a>(text: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let similar = known.into_iter().map(|name| (strsim::jaro_winkler(text, name), name));
    let best = similar.filter(|(score, _)| *score >= SIMILARITY_MIN).max_by(|a, b| a.0.total_cmp(&b.0));
    best.map_or_else(String::new, |(_, name)| format!("; did you mean `{name}`?"))
}

pub(super) fn metric() -> impl TypedValueParser<Value = Metric> {
    PossibleValuesParser::new(Metric::ALL.iter().map(|metric| metric.name()))
        .map(|name| Metric::from_name(&name).expect("the names are those of the metrics"))
}

/// The stored runs, and the ways to name some of them.
pub(super) struct Selector {
    roots: Vec<PathBuf>,
    criterion: PathBuf,
    /// Whether Criterion's folder was given, so that plain names are baselines.
    criterion_only: bool,
    machine: Option<String>,
    rows: OnceCell<Vec<Row>>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Selection {
    Runs(Vec<PathBuf>),
    Baseline {
        root: PathBuf,
        name: String,
    },
    Counts {
        root: PathBuf,
        age: Age,
    },
    /// A file of another tool.
    File(PathBuf),
}

impl Selector {
    pub(super) fn new(roots: Vec<PathBuf>, criterion: Option<PathBuf>, machine: Option<String>) -> Self {
        Self {
            roots,
            criterion_only: criterion.is_some(),
            criterion: criterion.unwrap_or_else(|| results::target().join("criterion")),
            machine,
            rows: OnceCell::new(),
        }
    }

    /// The one run that a text names; of several the one that started last.
    pub(super) fn one(&self, text: &str) -> Result<(PathBuf, Run)> {
        let Selection::Runs(paths) = self.selection(text)? else {
            bail!("`{text}` names results of another harness; name a stored run (see `parcost list`)")
        };
        let runs = paths.into_iter().map(store::load_file).collect::<Result<Vec<_>, _>>()?;
        let keys = || runs.iter().map(|(_, run)| run.machine.key.as_str());
        let of_machine =
            self.machine.as_ref().map(|named| only_machine(keys(), named).map(str::to_owned)).transpose()?;
        let is_asked = |run: &Run| of_machine.as_deref().is_none_or(|key| run.machine.key.as_str() == key);
        let newest = runs.into_iter().filter(|(_, run)| is_asked(run)).max_by(|a, b| a.1.started.cmp(&b.1.started));
        if ["last", "previous"].contains(&text) {
            self.note_strays();
        }
        newest.with_context(|| format!("`{text}` names no run"))
    }

    /// One of the files that cannot be read may be the run that was meant.
    fn note_strays(&self) {
        let strays = self.strays();
        if let Some(Remark { subject, text, .. }) = strays.last() {
            let others = if strays.len() > 1 { "; `parcost list` names all of them" } else { "" };
            output::note(&format!("skipped {subject}: {text}{others}"));
        }
    }

    /// The newest run; where it is of some benchmarks or topics only, the newest one of all on its machine, if there is one.
    pub(super) fn newest_whole(&self) -> Result<(PathBuf, Run)> {
        let (path, last) = self.one("last")?;
        let fits = |header: &RunHeader| header.machine == last.machine.key && !is_partial(&header.scope);
        let whole = self.headers()?.into_iter().filter(|(_, header)| fits(header));
        match whole.max_by(|a, b| a.1.started.cmp(&b.1.started)) {
            Some((whole, header)) if is_partial(&last.profile) => {
                let (id, scope) = (&header.id, &last.profile);
                output::note(&format!("run {id}: the newest one of all topics; `last` is of a part of them ({scope})"));
                Ok(store::load_file(whole.to_owned())?)
            }
            _ => Ok((path, last)),
        }
    }

    pub(super) fn side(&self, text: &str) -> Result<Loaded> {
        let mut loaded = Loaded { name: text.to_owned(), ..Loaded::default() };
        let whole = [text];
        let parts: Vec<&str> = if Path::new(text).exists() { whole.to_vec() } else { text.split(',').collect() };
        ensure!(parts.len() < 2 || !parts.contains(&""), "`{text}` lacks a name beside a comma; {JOINED}");
        let mut seen = BTreeSet::new();
        for part in parts {
            match self.selection(part)? {
                Selection::Runs(paths) => {
                    for path in paths {
                        // Two names for one file are one run.
                        if seen.insert(fs::canonicalize(&path).unwrap_or_else(|_| path.clone())) {
                            loaded.runs.push(store::load_file(path)?);
                        }
                    }
                }
                Selection::Baseline { root, name } => inputs::add_baseline(&root, &name, &mut loaded)?,
                Selection::Counts { root, age } => inputs::add_counts(&root, age, &mut loaded)?,
                Selection::File(path) => inputs::add_file(&path, &mut loaded)?,
            }
        }
        if !(loaded.runs.is_empty() || loaded.foreign.is_empty()) {
            bail!("`{text}` mixes stored runs with results of another harness; compare one kind");
        }
        if let Some(key) = &self.machine
            && !loaded.runs.is_empty()
        {
            let keys: Vec<String> = loaded.runs.iter().map(|(_, run)| run.machine.key.to_string()).collect();
            loaded.keep_machine(only_machine(keys.iter().map(String::as_str), key)?);
        }
        Ok(loaded)
    }

    fn selection(&self, text: &str) -> Result<Selection> {
        let (kind, rest) = text.split_once(':').unwrap_or(("", text));
        let found = match kind {
            "run" => self.run(rest)?,
            "commit" => self.commit(rest, true)?,
            "branch" => self.branch(rest)?,
            "criterion" => return self.criterion(rest),
            "iai" => return counts(rest),
            _ => match text.strip_prefix("machine=") {
                Some(key) if !self.headers()?.is_empty() => self.machine(key)?,
                Some(_) => None,
                None => return self.plain(text),
            },
        };
        if found.is_none() {
            self.reject_damaged(rest)?;
        }
        found.with_context(|| {
            format!(
                "no run of `{text}` is stored in {}{}; `parcost list` shows the stored runs",
                results::listed(&self.roots),
                self.similar(rest)
            )
        })
    }

    /// What a text without a prefix names; an error that lists the prefixes where several fit.
    fn plain(&self, text: &str) -> Result<Selection> {
        ensure!(!text.is_empty(), "the name of a run is empty; `parcost compare --help` lists the ways to name one");
        let mut found: Vec<(String, Selection)> = Vec::new();
        let mut add = |explicit: String, selection: Option<Selection>| {
            // Two ways to name the same runs are not ambiguous.
            if let Some(selection) = selection.filter(|it| found.iter().all(|(_, other)| other != it)) {
                found.push((explicit, selection));
            }
        };
        let path = Path::new(text);
        if path.is_dir() {
            for (explicit, selection) in folder(text, path)? {
                add(explicit, Some(selection));
            }
        } else if path.is_file() || text.contains('/') && text.ends_with(".json") {
            match file(path) {
                foreign @ Selection::File(_) => return Ok(foreign),
                run => add(format!("./{text}"), Some(run)),
            }
        }
        if self.criterion_only || !text.contains('/') && criterion::baseline_names(&self.criterion)?.contains(text) {
            let known = criterion::baseline_names(&self.criterion)?.contains(text);
            add(format!("criterion:@{text}"), known.then(|| self.baseline(&self.criterion, text)));
        }
        if !self.criterion_only {
            add(format!("run:{text}"), self.run(text)?);
            add(format!("commit:{text}"), self.commit(text, false)?);
            add(format!("branch:{text}"), self.branch(text)?);
            add(format!("machine={text}"), self.runs(|header| header.machine.as_str() == text)?);
            if found.is_empty() {
                found.extend(self.commit(text, true)?.map(|selection| (String::new(), selection)));
            }
            if found.is_empty() && self.headers()?.iter().any(|(_, it)| it.machine.as_str().starts_with(text)) {
                found.extend(self.machine(text)?.map(|selection| (String::new(), selection)));
            }
            if found.is_empty() {
                self.reject_damaged(text)?;
            }
        }
        match found.len() {
            1 => Ok(found.remove(0).1),
            0 if self.criterion_only => self.criterion(&format!("@{text}")),
            0 if text == "last" => bail!("{}", results::none_stored(&self.roots)),
            0 if text == "previous" => bail!(
                "no earlier run of the machine of the last run is stored in {}; `parcost run` in a checkout of parcost \
                 adds one",
                results::listed(&self.roots)
            ),
            0 if path.is_dir() => bail!("{}", nothing_in(text, path)?),
            0 => bail!(
                "`{text}` is not a stored run, commit, branch or machine in {}, not a baseline in {} and not a path{}; \
                 `parcost list` shows the stored runs, `parcost compare --help` the ways to name them",
                results::listed(&self.roots),
                self.criterion.display(),
                self.similar(text)
            ),
            _ => {
                let forms: Vec<&str> = found.iter().map(|(explicit, _)| explicit.as_str()).collect();
                bail!("`{text}` is ambiguous; write one of {}", forms.join(", "))
            }
        }
    }

    fn similar(&self, text: &str) -> String {
        let headers = self.headers().unwrap_or_default();
        let names = headers.iter().flat_map(|(_, header)| {
            [Some(header.id.as_str()), header.branch.as_deref(), Some(header.machine.as_str())]
        });
        suggestion(text, names.flatten().chain(["last", "previous"]))
    }

    /// Fails if the text is in the name of a damaged file, of which nothing but the name is left.
    fn reject_damaged(&self, text: &str) -> Result<()> {
        let carries = |name: &str| name.starts_with(text) || name.contains(&format!("-{text}"));
        for row in self.rows()? {
            let name = row.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if carries(&name) {
                row.clone().usable()?;
            }
        }
        Ok(())
    }

    fn rows(&self) -> Result<&[Row]> {
        if self.rows.get().is_none() {
            let mut rows = Vec::new();
            for root in &self.roots {
                rows.extend(store::list(root)?);
            }
            let _ = self.rows.set(rows);
        }
        Ok(self.rows.get().map(Vec::as_slice).unwrap_or_default())
    }

    pub(super) fn strays(&self) -> Vec<Remark> {
        let stray = |row: &Row| {
            let problem = row.content.as_ref().err()?;
            let (subject, text) = (row.path.display().to_string(), problem.to_string());
            Some(Remark { invalid: false, subject, text })
        };
        self.rows.get().into_iter().flatten().filter_map(stray).collect()
    }

    fn headers(&self) -> Result<Vec<(&Path, &RunHeader)>> {
        let usable = self.rows()?.iter().filter_map(|row| Some((row.path.as_path(), row.content.as_ref().ok()?)));
        let usable: Vec<(&Path, &RunHeader)> = usable.collect();
        let Some(named) = self.machine.as_ref().filter(|_| !usable.is_empty()) else { return Ok(usable) };
        let key = only_machine(usable.iter().map(|(_, header)| header.machine.as_str()), named)?;
        Ok(usable.into_iter().filter(|(_, header)| header.machine.as_str() == key).collect())
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
            // With a `/` it would be a path.
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
                "`{text}` is the beginning of several commits ({}); write more of it",
                fitting.join(", ")
            );
            return Ok(Some(reading));
        }
        match resolve.then(|| git::resolve(Path::new("."), text)).flatten() {
            None => Ok(None),
            Some(id) => match of(&id)? {
                Some(reading) => Ok(Some(reading)),
                None => bail!(
                    "no run of commit {id} (`{text}`) is stored in {}; `parcost list` shows the stored runs",
                    results::listed(&self.roots)
                ),
            },
        }
    }

    fn branch(&self, name: &str) -> Result<Option<Selection>> {
        self.runs(|header| header.branch.as_deref() == Some(name))
    }

    /// The runs of the one machine that this names.
    fn machine(&self, named: &str) -> Result<Option<Selection>> {
        let headers = self.headers()?;
        let key = only_machine(headers.iter().map(|(_, header)| header.machine.as_str()), named)?;
        self.runs(|header| header.machine.as_str() == key)
    }

    fn baseline(&self, root: &Path, name: &str) -> Selection {
        Selection::Baseline { root: root.to_owned(), name: name.to_owned() }
    }

    /// `DIR@NAME`, either of which may be left out.
    fn criterion(&self, text: &str) -> Result<Selection> {
        let (folder, name) = text.rsplit_once('@').unwrap_or((text, NEWEST));
        let root = if folder.is_empty() { &self.criterion } else { Path::new(folder) };
        let names = criterion::baseline_names(root)?;
        ensure!(
            names.contains(name),
            "Criterion has no baseline `{name}` in {} (it has {}); save one with `cargo bench --bench TARGET -- --save-baseline {name}`",
            root.display(),
            if !root.is_dir() {
                "none, as it is not a folder".to_owned()
            } else if names.is_empty() {
                "none".to_owned()
            } else {
                names.into_iter().collect::<Vec<_>>().join(", ")
            }
        );
        Ok(self.baseline(root, name))
    }
}

/// A file of another tool, where it is known for one; else that of a run.
fn file(path: &Path) -> Selection {
    let is_foreign = || Source::open(path).is_ok_and(|source| ingest::detect(&source).is_ok());
    if !store::begins_as_run(path) && is_foreign() {
        Selection::File(path.to_owned())
    } else {
        Selection::Runs(vec![path.to_owned()])
    }
}

fn folder(text: &str, path: &Path) -> Result<Vec<(String, Selection)>> {
    let mut found = Vec::new();
    let runs = folder_of_runs(path)?;
    if !runs.is_empty() {
        found.push((format!("the files {text}/….json"), Selection::Runs(runs)));
    }
    if criterion::baseline_names(path)?.contains(NEWEST) {
        let reading = Selection::Baseline { root: path.to_owned(), name: NEWEST.to_owned() };
        found.push((format!("criterion:{text}"), reading));
    }
    if callgrind::any(path)? {
        found.push((format!("iai:{text}"), Selection::Counts { root: path.to_owned(), age: Age::New }));
    }
    Ok(found)
}

/// What there is to say of a folder in which nothing can be compared.
fn nothing_in(text: &str, path: &Path) -> Result<String> {
    let baselines = criterion::baseline_names(path)?.into_iter().map(|name| format!("criterion:{text}@{name}"));
    let baselines: Vec<String> = baselines.collect();
    let store = path.parent().filter(|_| path.ends_with(layout::VERSION_FOLDER));
    let what = if let Some(store) = store {
        let store = if store.as_os_str().is_empty() { Path::new(".") } else { store };
        format!("name the folder that holds it, {}", store.display())
    } else if baselines.is_empty() {
        "name the folder that holds them itself, or a file".to_owned()
    } else {
        format!("of its baselines, name {}", baselines.join(" or "))
    };
    Ok(format!("the folder `{text}` holds no stored runs, no baseline `{NEWEST}` of Criterion and no counts; {what}"))
}

/// The runs in a folder of results, or in any folder; a file that looks like a run has to be one.
fn folder_of_runs(path: &Path) -> Result<Vec<PathBuf>> {
    let mut runs = Vec::new();
    for row in store::list(path)? {
        runs.push(row.usable()?.0);
    }
    let context = || format!("cannot list {}; is it readable?", path.display());
    for entry in fs::read_dir(path).with_context(context)? {
        let path = entry.with_context(context)?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let is_run = name.ends_with(".json") && !name.starts_with('.') && name != layout::MACHINE_FILE;
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
    ensure!(root.is_dir(), "`iai:{text}` names no folder; write iai:DIR, with the folder that the benches write to");
    ensure!(
        callgrind::any(&root)?,
        "{} contains no summary.json; run the benches with --save-summary=json",
        root.display()
    );
    Ok(Selection::Counts { root, age })
}

/// The sides of a comparison. How far sessions are apart is said by the machine's runs of the baseline's commit and of before the
/// baseline's last, but those of the candidate and of its commit: what came later may have what is looked for.
pub(super) fn sides(folders: &[PathBuf], baseline: &Loaded, candidate: &Loaded) -> Result<[Side; 2]> {
    let Some((_, first)) = baseline.runs.first() else { return Ok([baseline.side(&[]), candidate.side(&[])]) };
    let is_of = |side: &Loaded, header: &RunHeader| side.runs.iter().any(|(_, run)| run.id == header.id);
    let has_commit = |side: &Loaded, header: &RunHeader| {
        !header.dirty && side.commit().is_some_and(|commit| header.commit.as_deref() == Some(commit))
    };
    let last = baseline.runs.iter().map(|(_, run)| &run.started).max();
    let others = full_runs_of(folders, &first.machine.key, |header| {
        let is_before =
            !header.dirty && !has_commit(candidate, header) && last.is_some_and(|last| header.started <= *last);
        is_of(baseline, header) || !is_of(candidate, header) && (has_commit(baseline, header) || is_before)
    })?;
    Ok([baseline.side(&others), candidate.side(&[])])
}

/// The stored full runs of a machine, the newest first: as many as its intervals make use of.
pub(super) fn full_runs(folders: &[PathBuf], machine: &MachineKey) -> Result<Vec<Run>> {
    full_runs_of(folders, machine, |_| true)
}

fn full_runs_of(folders: &[PathBuf], machine: &MachineKey, counts: impl Fn(&RunHeader) -> bool) -> Result<Vec<Run>> {
    let mut found = newest_first(folders, machine)?;
    found.retain(|(_, header)| header.scope == FULL && counts(header));
    found.dedup_by(|a, b| a.1.id == b.1.id);
    Ok(found.iter().take(SESSIONS_MAX).filter_map(|(path, _)| store::read(path).ok()).collect())
}

/// The stored runs of a machine, the newest first; `list` reports the files that cannot be used.
pub(super) fn newest_first(folders: &[PathBuf], machine: &MachineKey) -> Result<Vec<(PathBuf, RunHeader)>> {
    let rows = folders.iter().map(|folder| store::list(folder)).collect::<Result<Vec<_>, _>>()?;
    let usable = rows.into_iter().flatten().filter_map(|row| row.usable().ok());
    let mut found: Vec<_> = usable.filter(|(_, header)| header.machine == *machine).collect();
    found.sort_by(|a, b| b.1.started.cmp(&a.1.started));
    Ok(found)
}
