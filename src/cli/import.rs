//! `parcost import`: results of other tools become a history, and runs from elsewhere are stored.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};
use clap::Args;

use super::exit::Exit;
use super::interchange::{Better, read_history, readable};
use super::output::{self, Format, OutputArgs};
use super::results;
use crate::formats::{self, Form};
use crate::host;
use crate::report::{ImportedRun, import_page, imported_runs_page};
use crate::store::{self, layout};

/// Read results of other tools into a history, in base units and with directions; or add runs that parcost stored
/// elsewhere, once they are checked
#[derive(Args, Debug)]
pub(super) struct Import {
    /// The form of the files [default: told by their content]
    #[arg(long, value_name = "FORM", value_parser = readable())]
    pub(super) from: Option<Form>,
    /// Files of one form, in the order of their commits; for criterion, iai-callgrind and gungraun also their folder. Or
    /// files of runs that parcost stored elsewhere: they are checked, and stored here as they are
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    /// Write the history to this file and show what was read [default: write it to the standard output]
    #[arg(long, value_name = "FILE")]
    pub(super) to: Option<PathBuf>,
    /// Replace the file if it is there already
    #[arg(long)]
    pub(super) force: bool,
    /// Which way series are better of which the form does not say it
    #[arg(long, value_enum)]
    pub(super) better: Option<Better>,
    /// The unit of values of which the form does not say it
    #[arg(long, value_name = "UNIT")]
    pub(super) unit: Option<String>,
    /// The folder of stored runs that runs are added to [default: results]
    #[arg(long, value_name = "DIR", conflicts_with_all = ["from", "to", "force", "better", "unit"])]
    pub(super) results: Option<PathBuf>,
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

/// Reads the files, writes the history and tells what was read; runs of ours are stored instead.
pub(super) fn run(arguments: &Import) -> Result<Exit> {
    if arguments.results.is_some() || arguments.from.is_none() && are_runs(&arguments.files)? {
        let for_others = [
            ("--to", arguments.to.is_some()),
            ("--force", arguments.force),
            ("--better", arguments.better.is_some()),
            ("--unit", arguments.unit.is_some()),
        ];
        let given = for_others.iter().find(|(_, is_given)| *is_given).map_or("", |(name, _)| name);
        ensure!(
            given.is_empty(),
            "{given} is for results of other tools; a stored run says all of itself, so leave it out"
        );
        let root = arguments.results.clone().unwrap_or_else(|| PathBuf::from(results::KEPT));
        return import_runs(&arguments.files, &root, arguments.output.format);
    }
    let better = arguments.better.map(Better::direction);
    let history = read_history(arguments.from, &arguments.files, better, arguments.unit.as_deref())?;
    let written = formats::write(Form::History, &history)?;
    let files: Vec<String> = arguments.files.iter().map(|file| file.display().to_string()).collect();
    let page = import_page(&files, &history);
    match &arguments.to {
        Some(path) => {
            output::save(path, &written.bytes, arguments.force)?;
            output::page(&page, arguments.output.format)?;
        }
        None => {
            output::aside(&page);
            output::bytes(&written.bytes)?;
        }
    }
    Ok(Exit::Success)
}

/// Whether what was named are runs of ours rather than results of other tools.
///
/// # Errors
///
/// When some are and some are not.
fn are_runs(files: &[PathBuf]) -> Result<bool> {
    let (runs, others): (Vec<&PathBuf>, Vec<_>) = files.iter().partition(|file| store::begins_as_run(file));
    if let (Some(run), Some(other)) = (runs.first(), others.first()) {
        let (run, other) = (run.display(), other.display());
        bail!("{run} is a run of parcost and {other} begins as none; import the runs by themselves");
    }
    Ok(!runs.is_empty())
}

/// Takes every run in that is believed, and says of every other why not.
fn import_runs(files: &[PathBuf], root: &Path, format: Format) -> Result<Exit> {
    let (mut imported, mut refused) = (Vec::new(), Vec::new());
    for file in files {
        match store::import(root, file, host::machine_key) {
            Ok((path, run)) => imported.push(ImportedRun { file: path.display().to_string(), run, misses: None }),
            Err(error) => refused.push(error.to_string()),
        }
    }
    // Only now, since a run may follow one that was named behind it.
    let stored = ids(root)?;
    for one in &mut imported {
        one.misses = one.run.follows.clone().filter(|id| !stored.contains(id));
    }
    if !imported.is_empty() {
        output::page(&imported_runs_page(&root.display().to_string(), &imported), format)?;
    }
    refused.iter().for_each(|text| output::error(text));
    Ok(if refused.is_empty() { Exit::Success } else { Exit::Failure })
}

fn ids(root: &Path) -> Result<BTreeSet<String>> {
    let name = |path: PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let paths = store::files(root)?.runs.into_values().flatten();
    Ok(paths.filter_map(name).filter_map(|name| layout::run_id_in(&name).map(str::to_owned)).collect())
}
