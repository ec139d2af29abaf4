//! `parcost report`: stored runs as one HTML file, or as a folder with a page for each machine.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Result, bail, ensure};
use clap::Args;
use clap::builder::UnknownArgumentValueParser;
use jiff::Timestamp;
use regex::Regex;

use super::ab_test;
use super::exit::Exit;
use super::inputs::{self, Loaded};
use super::interchange::read_history;
use super::output;
use super::results::{self, StoreArgs, listed, none_stored};
use super::select::{MachineArgs, Selector, full_runs, only_machine, sides};
use super::trend_runs::{self, SelectionArgs};
use crate::compare::compare;
use crate::model::{FULL, MachineKey, PairedRun, Run};
use crate::report::{CompareData, Page, Sides, Stored, badge, compare_page, html, plural};
use crate::trend::{Histories, RunIndex, Selection, StoredRun, history};
use crate::verdict::SESSIONS_MAX;
use crate::{git, store};

/// The part of a file that says whether it is a report.
const HEAD_BYTES: u64 = 1024;

/// Opens a file with the program that the user prefers for it (freedesktop.org).
const OPENER: &str = "xdg-open";

const HTML_ALONE: &str =
    "report writes HTML alone; `parcost show`, `answer`, `compare` and `trend` print Markdown and JSON by --format";

/// Write the stored runs and gates as one HTML page
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  parcost report previous last
  parcost report --output site/

Exit codes: 0 success · 2 usage · 3 nothing matches, or the file cannot be written")]
pub(super) struct Report {
    /// Run: last, previous, the beginning of an id or of a file name, commit:REVISION, branch:NAME, machine=KEY, or a file; of
    /// two, the second is compared with the first. Or files of another tool, as of `trend` [default: all stored runs]
    #[arg(value_name = "RUN")]
    runs: Vec<String>,
    /// File to write; missing folders are made. An earlier report is replaced, and no other file. A folder, by its / at the
    /// end, gets index.html, a page for each machine, badge.svg, and badge.json for shields.io [default: parcost/report.html in the target folder]
    #[arg(long, short, value_name = "FILE", alias = "out")]
    output: Option<PathBuf>,
    #[arg(long, hide = true, value_parser = UnknownArgumentValueParser::suggest(HTML_ALONE))]
    format: Option<String>,
    /// Open the page in the browser
    #[arg(long)]
    open: bool,
    #[command(flatten)]
    results: StoreArgs,
    /// Folder of stored gates [default: the folders of runs, and the one that `parcost gate` stores in]
    #[arg(long, value_name = "DIR")]
    gates: Option<PathBuf>,
    #[command(flatten)]
    machine: MachineArgs,
    /// Report only benchmarks whose name matches this regular expression; all are judged
    #[arg(long, value_name = "REGEX")]
    filter: Option<Regex>,
    #[command(flatten)]
    selection: SelectionArgs,
}

/// What is reported: the runs whose costs are shown, and what all of them say together.
#[derive(Default)]
struct Reported {
    runs: Vec<Run>,
    /// Other runs of their machines, and the whole of those that are filtered: how far sessions are apart.
    sessions: Vec<Run>,
    histories: Histories,
    gates: Vec<PairedRun>,
    lines: Vec<(String, String)>,
    comparison: Option<Page>,
    /// How many stored files cannot be read.
    unusable: usize,
}

/// What there is in the store, counted while it is read.
#[derive(Default)]
struct Stock {
    /// Of each machine the newest full runs, and then the newest others.
    shown: Vec<PathBuf>,
    runs: usize,
    machines: usize,
    commits: BTreeSet<String>,
    days: BTreeSet<String>,
}

pub(super) fn run(arguments: &Report) -> Result<Exit> {
    let folders = results::folders(arguments.results.folder.as_deref())?;
    let is_of_other = |name: &String| Path::new(name).is_file() && !store::begins_as_run(Path::new(name));
    let (others, runs): (Vec<_>, Vec<_>) = arguments.runs.iter().partition(|name| is_of_other(name));
    let (reported, found) = match (&others[..], &runs[..]) {
        ([], []) => stored(arguments, &folders)?,
        (_, []) => imported(arguments)?,
        ([], [_] | [_, _]) => chosen(arguments, &folders)?,
        ([other, ..], [run, ..]) => {
            selector(arguments, &folders).side(run)?;
            bail!("`{other}` and `{run}` are not of one kind; name stored runs, or files of another tool")
        }
        _ => bail!("name one run, or two to compare; or any number of files of another tool"),
    };
    let here = results::here()?;
    let address = git::web_address(&here);
    let default = || results::target().join("parcost").join("report.html");
    let output = arguments.output.clone().unwrap_or_else(default);
    let page = if output.is_dir() || output.to_string_lossy().ends_with('/') {
        write_folder(&output, &reported, address.as_deref())?
    } else {
        write(&output, &page_of(&reported, None, address.as_deref(), &[]))?;
        output
    };
    let shown = match (found, reported.gates.len()) {
        (0, 0) => format!("the history of {}", arguments.runs.join(", ")),
        (runs, gates) => format!("{} and {}", plural(runs, "run"), plural(gates, "gate")),
    };
    let all = reported.histories.histories.iter();
    let skipped: usize = all.flat_map(|history| history.skipped_runs()).map(|it| it.count).sum();
    let skipped =
        if skipped > 0 { format!("; {skipped} skipped in the history, see \"Every series\"") } else { String::new() };
    let unusable = match reported.unusable {
        0 => String::new(),
        count => format!("; {count} of the stored files cannot be used, `parcost fsck` names them"),
    };
    output::note(&format!("wrote {}: {shown}{unusable}{skipped}", page.display()));
    if arguments.open {
        open(&page)?;
    }
    Ok(Exit::Success)
}

fn stored(arguments: &Report, folders: &[PathBuf]) -> Result<(Reported, usize)> {
    let named = arguments.machine.machine.as_deref();
    let mut machine: Option<String> = None;
    let asked = |keys: &[&MachineKey]| {
        let named = named.filter(|_| !keys.is_empty());
        machine =
            named.map(|named| only_machine(keys.iter().map(|key| key.as_str()), named)).transpose()?.map(str::to_owned);
        let is_asked = |key: &&&MachineKey| machine.as_deref().is_none_or(|only| key.as_str() == only);
        Ok(keys.iter().filter(is_asked).map(|key| (*key).clone()).collect())
    };
    let mut stock = Stock::default();
    let mut histories = trend_runs::histories(folders, asked, &arguments.selection, |index| stock.count(index))?;
    trend_runs::select(&mut histories, arguments.filter.as_ref(), None);
    let (mut runs, mut unusable) = (Vec::new(), histories.unusable.len());
    for file in &stock.shown {
        store::read(file).map_or_else(|_| unusable += 1, |run| runs.push(run));
    }
    let sessions = arguments.filter.as_ref().map(|filter| choose(&mut runs, filter)).unwrap_or_default();
    let searched = listed(folders);
    let (gates, unusable_gates) = gates(arguments.gates.as_deref(), folders, machine.as_deref())?;
    let damaged = unusable + unusable_gates;
    let none = match damaged {
        0 => none_stored(folders),
        _ => format!(
            "{} in {searched} cannot be used, and there is no other; run `parcost fsck` to see what to do",
            plural(damaged, "stored file")
        ),
    };
    ensure!(stock.runs > 0 || !gates.is_empty(), none);
    ensure!(
        stock.runs == 0 || !runs.is_empty(),
        "none of the {} in {searched} matches; `parcost list` shows the stored runs",
        plural(stock.runs, "run")
    );
    let mut lines = Vec::new();
    let mut line = |name: &str, value: Option<String>| lines.extend(value.map(|value| (name.to_owned(), value)));
    line("folder", Some(searched));
    line("machine", machine.clone());
    line("filter", arguments.filter.as_ref().map(Regex::to_string));
    line("unusable files", (unusable > 0).then(|| format!("{unusable}; `parcost list` names them")));
    line("unusable files of gates", (unusable_gates > 0).then(|| unusable_gates.to_string()));
    line("runs", Some(format!("{}, made at {}", stock.runs, plural(stock.commits.len(), "commit"))));
    line("machines", Some(stock.machines.to_string()));
    line("measured", stock.measured());
    Ok((Reported { runs, sessions, histories, gates, lines, comparison: None, unusable: damaged }, stock.runs))
}

impl Stock {
    fn count(&mut self, index: &RunIndex) {
        let mut runs: Vec<StoredRun> = index.stored().collect();
        runs.sort_by_cached_key(|run| Reverse((run.profile == FULL, run.started.parse::<Timestamp>().ok())));
        self.runs += runs.len();
        self.machines += usize::from(!runs.is_empty());
        self.commits.extend(runs.iter().filter_map(|run| run.commit).map(str::to_owned));
        self.days.extend(runs.iter().filter_map(|run| run.started.get(..10)).map(str::to_owned));
        // The same run may lie in two folders.
        let mut ids = HashSet::new();
        let shown = runs.iter().filter(|run| ids.insert(run.id)).take(SESSIONS_MAX);
        self.shown.extend(shown.map(|run| PathBuf::from(run.file)));
    }

    fn measured(&self) -> Option<String> {
        let (first, last) = (self.days.first()?, self.days.last()?);
        Some(if first == last { first.clone() } else { format!("{first} to {last}") })
    }
}

fn selector(arguments: &Report, folders: &[PathBuf]) -> Selector {
    Selector::new(folders.to_vec(), None, arguments.machine.machine.clone())
}

/// One side: a page of its runs alone. Two sides: how the second differs from the first.
fn chosen(arguments: &Report, folders: &[PathBuf]) -> Result<(Reported, usize)> {
    let selector = selector(arguments, folders);
    let mut chosen = arguments.runs.iter().map(|text| selector.side(text)).collect::<Result<Vec<Loaded>>>()?;
    if let Some(other) = chosen.iter().find(|side| side.runs.is_empty()) {
        bail!("`{}` names results of another harness; name a stored run (see `parcost list`)", other.name)
    }
    let comparison = match &mut chosen[..] {
        [baseline, candidate] => {
            inputs::restrict_to_common_machine(baseline, candidate)?;
            let keeps = |name: &str| arguments.filter.as_ref().is_none_or(|filter| filter.is_match(name));
            // Machines that differ stand side by side, and are not judged.
            let [ours, theirs] = sides(folders, baseline, candidate)?;
            let compared = compare(&ours, &theirs, &|series| keeps(&series.benchmark)).ok();
            compared.map(|comparison| {
                let remarks = inputs::remarks(baseline, candidate);
                let revision = baseline.revision();
                let sides =
                    Sides { baseline: baseline.description(), candidate: candidate.description(), remarks, revision };
                compare_page(&CompareData { sides: &sides, comparison: &comparison })
            })
        }
        _ => None,
    };
    let lines = chosen.iter().map(|side| ("shows".to_owned(), side.description())).collect();
    let mut files: BTreeMap<MachineKey, Vec<PathBuf>> = BTreeMap::new();
    let mut runs = Vec::new();
    for (path, run) in chosen.into_iter().flat_map(|side| side.runs) {
        files.entry(run.machine.key.clone()).or_default().push(path);
        runs.push(run);
    }
    let found = runs.len();
    let mut sessions = files.keys().map(|machine| full_runs(folders, machine)).collect::<Result<Vec<_>>>()?.concat();
    if let Some(filter) = &arguments.filter {
        sessions.extend(choose(&mut runs, filter));
        ensure!(!runs.is_empty(), "no benchmark of {} matches --filter", arguments.runs.join(" and "));
    }
    let selection = Selection { dirty: true, quick: true, partial: true, ..Selection::default() };
    let mut histories = Histories::default();
    for (machine, files) in files {
        let (index, unusable) = trend_runs::read(&files);
        histories.unusable.extend(unusable);
        let order = Err("these runs were chosen");
        histories.histories.push(history(machine, &arguments.runs.join(" and "), index, order, &selection, &[]));
    }
    trend_runs::select(&mut histories, arguments.filter.as_ref(), None);
    Ok((Reported { runs, sessions, histories, gates: Vec::new(), lines, comparison, unusable: 0 }, found))
}

/// The history of files of another tool, as `trend` judges it.
fn imported(arguments: &Report) -> Result<(Reported, usize)> {
    let files: Vec<PathBuf> = arguments.runs.iter().map(PathBuf::from).collect();
    let (read, machine) = (read_history(None, &files, None, None)?, arguments.machine.machine.as_deref());
    let mut histories = trend_runs::imported(&files, read, machine, &arguments.selection)?;
    trend_runs::select(&mut histories, arguments.filter.as_ref(), None);
    let is_empty = histories.histories.iter().all(|history| history.series.is_empty());
    ensure!(!is_empty, "no series of {} matches --filter", arguments.runs.join(" and "));
    let lines = vec![("shows".to_owned(), arguments.runs.join(", "))];
    Ok((Reported { histories, lines, ..Reported::default() }, 0))
}

fn page_of(
    reported: &Reported,
    only: Option<&MachineKey>,
    repository: Option<&str>,
    pages: &[(String, String)],
) -> String {
    let is_shown = |key: &MachineKey| only.is_none_or(|only| key == only);
    let runs: Vec<&Run> = reported.runs.iter().filter(|run| is_shown(&run.machine.key)).collect();
    let histories = reported.histories.histories.iter();
    let histories = histories.filter(|history| history.machine.as_ref().is_none_or(is_shown)).collect::<Vec<_>>();
    let gates: Vec<&PairedRun> = reported.gates.iter().filter(|run| is_shown(&run.machine.key)).collect();
    html(&Stored {
        runs: &runs,
        sessions: &reported.sessions,
        histories: &histories,
        gates: &gates,
        lines: &reported.lines,
        comparison: reported.comparison.as_ref(),
        repository,
        pages,
    })
}

/// For a server of files: an index, a page for each of several machines, and the badge. Returns the index.
fn write_folder(folder: &Path, reported: &Reported, repository: Option<&str>) -> Result<PathBuf> {
    let keys: BTreeSet<&MachineKey> = reported.runs.iter().map(|run| &run.machine.key).collect();
    let mut pages: Vec<(String, String)> = keys.iter().map(|key| (key.to_string(), format!("{key}.html"))).collect();
    if let [_] = pages[..] {
        pages.clear();
    }
    for (key, (_, file)) in keys.iter().zip(&pages) {
        write(&folder.join(file), &page_of(reported, Some(key), repository, &[]))?;
    }
    let badge = badge(&reported.histories.histories);
    write(&folder.join("badge.svg"), &badge.svg())?;
    write(&folder.join("badge.json"), &badge.endpoint())?;
    let index = folder.join("index.html");
    write(&index, &page_of(reported, None, repository, &pages))?;
    Ok(index)
}

fn open(page: &Path) -> Result<()> {
    let mut opener = Command::new(OPENER);
    opener.arg(page).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let opened = opener.status().is_ok_and(|status| status.success());
    ensure!(opened, "`{OPENER}` cannot open {}; open it in a browser yourself", page.display());
    Ok(())
}

/// What gates stored, of the machine that was asked for, and how many files cannot be read.
fn gates(named: Option<&Path>, folders: &[PathBuf], machine: Option<&str>) -> Result<(Vec<PairedRun>, usize)> {
    let folders = match named {
        Some(named) => {
            ensure!(
                named.is_dir(),
                "{} is not a folder; name the folder of stored gates with --gates",
                named.display()
            );
            vec![named.to_owned()]
        }
        None => [folders, &[results::gate_folder(None, &ab_test::folder(Path::new("")))]].concat(),
    };
    let (mut gates, mut unusable): (Vec<PairedRun>, usize) = (Vec::new(), 0);
    let mut ids = HashSet::new();
    for row in folders.iter().map(|folder| store::paired::list(folder)).collect::<Result<Vec<_>, _>>()?.concat() {
        match row.content {
            Ok(run) if ids.insert(run.id.clone()) => gates.push(run),
            Ok(_) => {}
            Err(_) => unusable += 1,
        }
    }
    gates.retain(|run| machine.is_none_or(|key| run.machine.key.as_str() == key));
    Ok((gates, unusable))
}

/// Keeps what matches, and returns the runs as they were.
fn choose(runs: &mut Vec<Run>, filter: &Regex) -> Vec<Run> {
    let whole = runs.clone();
    for run in runs.iter_mut() {
        run.measurements.retain(|measurement| filter.is_match(&measurement.benchmark.to_string()));
        // What is missing now is missing for this reason.
        run.profile = format!("{}, filtered: {filter}", run.profile);
    }
    runs.retain(|run| !run.measurements.is_empty());
    whole
}

/// Writes a page in the place of the one before, and never in that of another file.
fn write(path: &Path, text: &str) -> Result<()> {
    ensure!(
        !path.is_file() || is_report(path),
        "{} exists and is not a report of parcost; remove it, or name another file with --output",
        path.display()
    );
    output::save(path, text.as_bytes(), true)
}

/// Whether a file is empty, or what an earlier report wrote: a page, or a badge.
fn is_report(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(HEAD_BYTES).read_to_end(&mut head));
    let head = String::from_utf8_lossy(&head);
    let marks = ["<title>parcost: ", "\"label\":\"parcost\""];
    read.is_ok() && (head.is_empty() || marks.iter().any(|mark| head.contains(mark)))
}
