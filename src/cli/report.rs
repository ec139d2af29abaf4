//! `parcost report`: many stored runs as one HTML file.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;
use regex::Regex;

use super::ab_test;
use super::exit::Exit;
use super::output;
use super::results::{self, StoreArgs};
use super::select::{MachineArgs, only_machine};
use super::trend_runs::{self, SelectionArgs};
use crate::advise::machines::rank;
use crate::model::{MachineKey, PairedRun, Run};
use crate::report::{Stored, html};
use crate::store;

/// Write the stored runs and gates as one HTML page
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  parcost report --output report.html
  parcost report --output spawn.html --filter spawn

Exit codes: 0 success · 2 usage · 3 nothing matches, or the file cannot be written")]
pub(super) struct Report {
    /// File to write; an existing one is replaced
    #[arg(long, short, value_name = "FILE", alias = "out")]
    output: PathBuf,
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

/// Writes the report of the stored runs that were asked for.
pub(super) fn run(arguments: &Report) -> Result<Exit> {
    let folders = results::folders(arguments.results.folder.as_deref())?;
    let asked = |keys: &[&MachineKey]| {
        let named = arguments.machine.machine.as_deref().filter(|_| !keys.is_empty());
        let only = named.map(|named| only_machine(keys.iter().map(|key| key.as_str()), named)).transpose()?;
        Ok(keys.iter().filter(|key| only.is_none_or(|only| key.as_str() == only)).map(|key| (*key).clone()).collect())
    };
    let mut data = trend_runs::histories(&folders, asked, &arguments.selection)?;
    trend_runs::select(&mut data, arguments.filter.as_ref(), None);
    let (mut runs, unusable) = read(&folders)?;
    let searched: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
    let searched = searched.join(" and ");
    let stored = runs.len();
    let machine = match arguments.machine.machine.as_deref().filter(|_| stored > 0) {
        Some(named) => Some(only_machine(runs.iter().map(|run| run.machine.key.as_str()), named)?.to_owned()),
        None => None,
    };
    runs.retain(|run| machine.as_deref().is_none_or(|key| run.machine.key.as_str() == key));
    if let Some(filter) = &arguments.filter {
        choose(&mut runs, filter);
    }
    ensure!(
        stored == 0 || !runs.is_empty(),
        "none of the {stored} runs in {searched} matches; `parcost list` shows the stored runs"
    );
    let mut lines = vec![("folder".to_owned(), searched)];
    let named = [("machine", machine.clone()), ("filter", arguments.filter.as_ref().map(Regex::to_string))];
    lines.extend(named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    if unusable > 0 {
        lines.push(("unusable files".to_owned(), format!("{unusable}; `parcost list` names them")));
    }
    let (gates, unusable_gates) = gates(arguments.gates.as_deref(), &folders, machine.as_deref())?;
    if unusable_gates > 0 {
        lines.push(("unusable files of gates".to_owned(), unusable_gates.to_string()));
    }
    write(
        &arguments.output,
        &html(&Stored { runs: &runs, histories: &data, gates: &gates, lines: &lines, repository: None, pages: &[] }),
    )?;
    output::note(&format!("wrote {}: {} runs and {} gates", arguments.output.display(), runs.len(), gates.len()));
    Ok(Exit::Success)
}

/// All runs that can be read, and how many files cannot.
///
/// The rounds are most of a run, and needed only of the one that stands for its machine: those of all others are let go as
/// soon as they are read.
fn read(folders: &[PathBuf]) -> Result<(Vec<Run>, usize)> {
    let (mut runs, mut unusable): (Vec<(PathBuf, Run)>, usize) = (Vec::new(), 0);
    // The same run may lie in two folders.
    let mut ids = HashSet::new();
    for folder in folders {
        for row in store::list_as(folder, without_rounds)? {
            match row.content {
                Ok(run) if ids.insert(run.id.clone()) => runs.push((row.path, run)),
                Ok(_) => {}
                Err(_) => unusable += 1,
            }
        }
    }
    let keys: BTreeSet<MachineKey> = runs.iter().map(|(_, run)| run.machine.key.clone()).collect();
    for key in &keys {
        let of_machine = runs.iter_mut().filter(|(_, run)| run.machine.key == *key);
        // A file that was there a moment ago and is not any more leaves the run without its rounds.
        if let Some((path, run)) = of_machine.max_by_key(|(_, run)| rank(run))
            && let Ok(whole) = store::read(path)
        {
            *run = whole;
        }
    }
    Ok((runs.into_iter().map(|(_, run)| run).collect(), unusable))
}

fn without_rounds(mut run: Run) -> Run {
    run.measurements.iter_mut().for_each(|measurement| measurement.rounds = Vec::new());
    run
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

fn choose(runs: &mut Vec<Run>, filter: &Regex) {
    for run in runs.iter_mut() {
        run.measurements.retain(|measurement| filter.is_match(&measurement.benchmark.to_string()));
        // What is missing now is missing for this reason.
        run.profile = format!("{}, filtered: {filter}", run.profile);
    }
    runs.retain(|run| !run.measurements.is_empty());
}

/// Writes the file beside its place and then moves it there, so that a reader never meets half of it.
fn write(path: &Path, text: &str) -> Result<()> {
    let name = path
        .file_name()
        .with_context(|| format!("{} is not the path of a file; name one with --output", path.display()))?;
    ensure!(!path.is_dir(), "{} is a folder; name a file with --output", path.display());
    let partial = path.with_file_name(format!(".{}.{}.partial", name.display(), std::process::id()));
    let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
    let written = folder.and_then(|()| fs::File::create(&partial)).and_then(|mut file| file.write_all(text.as_bytes()));
    let moved = written.and_then(|()| fs::rename(&partial, path));
    if moved.is_err() {
        let _ = fs::remove_file(&partial);
    }
    moved.with_context(|| format!("cannot write {}; is its folder writable?", path.display()))
}
