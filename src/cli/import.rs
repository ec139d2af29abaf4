//! `parcost import`: results of other tools become a history, and runs from elsewhere are stored.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};
use clap::Args;

use super::exit::Exit;
use super::interchange::{better, import_format, read_history};
use super::output::{self, Format, OutputArgs};
use super::results;
use crate::export;
use crate::host;
use crate::ingest::ImportFormat;
use crate::model::Direction;
use crate::report::{self, ImportData, ImportedRun, ImportedRunsData, Page};
use crate::store::{self, layout};

/// Convert results of other tools to a history, or add runs that parcost stored elsewhere
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  parcost import data.js --output history.json
  parcost import runs/*.json --results results

`parcost trend FILE …` judges results of other tools as they are; `import` keeps them as one history.

Exit codes: 0 success · 2 usage · 3 a file was rejected; the others are imported")]
pub(super) struct Import {
    /// Format of the files [default: recognized by their content]
    #[arg(long = "from", alias = "input-format", value_name = "FORMAT", value_parser = import_format())]
    input_format: Option<&'static ImportFormat>,
    /// Files of one format, in the order of their commits; for criterion, iai-callgrind, gungraun and asv also their folder.
    /// Or runs that parcost stored elsewhere: they are checked and stored here unchanged
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Write the history to this file (missing folders are made), and print what was read [default: write it to the standard
    /// output, but with --format markdown, which prints what was read]
    #[arg(long, short, value_name = "FILE", alias = "to")]
    output: Option<PathBuf>,
    /// Replace the file if it exists
    #[arg(long)]
    force: bool,
    /// Which values are better, where the format does not say [default: lower for csv, but for names of rates]
    #[arg(long, value_parser = better())]
    better: Option<Direction>,
    /// Unit of the values, where the format does not say
    #[arg(long, value_name = "UNIT")]
    unit: Option<String>,
    /// Folder of stored runs to add runs to [default: results]
    #[arg(long, value_name = "DIR", conflicts_with_all = ["input_format", "output", "force", "better", "unit"])]
    results: Option<PathBuf>,
    #[command(flatten)]
    shown: OutputArgs,
}

/// Reads the files, writes the history and shows what was read; runs of parcost are stored instead.
pub(super) fn run(arguments: &Import) -> Result<Exit> {
    if arguments.results.is_some() || arguments.input_format.is_none() && are_runs(&arguments.files)? {
        let for_others = [
            ("--output", arguments.output.is_some()),
            ("--force", arguments.force),
            ("--better", arguments.better.is_some()),
            ("--unit", arguments.unit.is_some()),
        ];
        let given = for_others.iter().find(|(_, is_given)| *is_given).map_or("", |(name, _)| name);
        ensure!(given.is_empty(), "{given} applies to results of other tools only; remove it to import stored runs");
        let root = arguments.results.clone().unwrap_or_else(|| PathBuf::from(results::KEPT));
        return import_runs(&arguments.files, &root, arguments.shown.format);
    }
    let history = read_history(arguments.input_format, &arguments.files, arguments.better, arguments.unit.as_deref())?;
    let bytes = export::write(export::HISTORY, &history)?.bytes;
    let files = arguments.files.iter().map(|file| file.display().to_string()).collect();
    let data = ImportData { files, format: history.source.clone(), history };
    match (&arguments.output, arguments.shown.format) {
        (Some(path), format) => {
            output::save(path, &bytes, arguments.force)?;
            output::wrote(path);
            let next = format!("`parcost trend {}` judges it", path.display());
            output::print(&data, format, |data| Page { next: Some(next), ..report::import_page(data) })?;
        }
        // Who asks for a page gets that.
        (None, Format::Markdown) => output::print(&data, Format::Markdown, report::import_page)?,
        (None, _) => {
            output::aside(&report::import_page(&data));
            output::bytes(&bytes)?;
        }
    }
    Ok(Exit::Success)
}

/// Whether the files are runs of parcost rather than results of other tools.
///
/// Fails when some are and some are not.
fn are_runs(files: &[PathBuf]) -> Result<bool> {
    let (runs, others): (Vec<&PathBuf>, Vec<_>) = files.iter().partition(|file| store::begins_as_run(file));
    if let (Some(run), Some(other)) = (runs.first(), others.first()) {
        let (run, other) = (run.display(), other.display());
        bail!("{run} is a run of parcost and {other} is not; import the runs by themselves");
    }
    Ok(!runs.is_empty())
}

/// Stores every run that passes the checks, and says why not of every other.
fn import_runs(files: &[PathBuf], root: &Path, format: Format) -> Result<Exit> {
    let (mut imported, mut refused) = (Vec::new(), Vec::new());
    for file in files {
        match store::import(root, file, host::machine_key) {
            Ok((path, run)) => imported.push(ImportedRun::new(path.display().to_string(), run)),
            Err(present @ store::Error::Imported { .. }) => output::note(&present.to_string()),
            Err(error) => refused.push(error.to_string()),
        }
    }
    // Only now, since a run may follow one that was named behind it.
    let stored = ids(root)?;
    for one in &mut imported {
        one.missing = one.run.follows.clone().filter(|id| !stored.contains(id));
        if let Some(id) = &one.missing {
            store::note_elsewhere(Path::new(&one.header.file), id)?;
        }
    }
    let data = ImportedRunsData { folder: root.display().to_string(), imported, refused };
    if format == Format::Json || !data.imported.is_empty() {
        output::print(&data, format, report::imported_runs_page)?;
    }
    data.refused.iter().for_each(|text| output::error(text));
    Ok(if data.refused.is_empty() { Exit::Success } else { Exit::Failure })
}

fn ids(root: &Path) -> Result<BTreeSet<String>> {
    let name = |path: PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let paths = store::files(root)?.runs.into_values().flatten();
    Ok(paths.filter_map(name).filter_map(|name| layout::run_id_in(&name).map(str::to_owned)).collect())
}
