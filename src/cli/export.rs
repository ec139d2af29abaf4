//! `parcost export`: stored runs, or a history, in the format of another tool.

use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use super::exit::Exit;
use super::interchange::{Better, export_format, import_format, print_remark, read_history};
use super::output;
use super::results::{self, StoreArgs};
use crate::export::{self, ExportFormat};
use crate::ingest::{self, ImportFormat};
use crate::model::{Interchange, Run};
use crate::store;

/// Write stored runs, or a history, in the format of another tool; ends with 3 where a stored file could not be used
#[derive(Args, Debug)]
pub(super) struct Export {
    /// The format to write
    #[arg(long, value_name = "FORMAT", value_parser = export_format())]
    pub(super) to: &'static ExportFormat,
    /// The format of the files [default: what their content looks like]
    #[arg(long, alias = "from", value_name = "FORMAT", value_parser = import_format(), requires = "files")]
    pub(super) input_format: Option<&'static ImportFormat>,
    /// Files of one format, in the order of their commits [default: the stored runs]
    #[arg(value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) results: StoreArgs,
    /// The machine whose series are written, by the beginning of its key
    #[arg(long, value_name = "KEY")]
    pub(super) machine: Option<String>,
    /// The metric whose series are written
    #[arg(long, value_name = "METRIC")]
    pub(super) metric: Option<String>,
    /// The file to write [default: the standard output]
    #[arg(long, short, alias = "out", value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Replace the file if it is there already
    #[arg(long)]
    pub(super) force: bool,
    /// Which way series of the files are better where the files do not say it
    #[arg(long, value_enum)]
    pub(super) better: Option<Better>,
    /// The unit of values in the files that have none
    #[arg(long, value_name = "UNIT")]
    pub(super) unit: Option<String>,
}

/// Writes what is stored, or what the files hold, in another format; notes what the format does not store. Stored files that
/// cannot be used are named; the others are written, and the export has failed in part.
pub(super) fn run(arguments: &Export) -> Result<Exit> {
    let (mut history, unusable) = if arguments.files.is_empty() {
        stored(arguments)?
    } else {
        let better = arguments.better.map(Better::direction);
        (read_history(arguments.input_format, &arguments.files, better, arguments.unit.as_deref())?, 0)
    };
    choose(&mut history, arguments)?;
    let written = export::write(arguments.to, &history)?;
    // The format of parcost itself has the remarks in it.
    let of_history = if arguments.to.name == export::HISTORY.name { &[][..] } else { &history.remarks };
    of_history.iter().chain(&written.remarks).for_each(print_remark);
    match &arguments.output {
        Some(path) => output::save(path, &written.bytes, arguments.force)?,
        None => output::bytes(&written.bytes)?,
    }
    if unusable > 0 {
        output::note(&format!(
            "stored files that cannot be used and were skipped: {unusable}; run `parcost fsck` to see what to do"
        ));
        return Ok(Exit::Failure);
    }
    Ok(Exit::Success)
}

/// The history of the stored runs of one machine, and the number of files that could not be used.
fn stored(arguments: &Export) -> Result<(Interchange, usize)> {
    let mut runs: Vec<Run> = Vec::new();
    let mut unusable = 0;
    for folder in results::folders(arguments.results.folder.as_deref())? {
        for row in store::list(&folder)? {
            match (row.content, &arguments.machine) {
                (Ok(header), Some(machine)) if !header.machine.as_str().starts_with(machine) => {}
                (Ok(_), _) => runs.push(store::read(&row.path).with_context(|| row.path.display().to_string())?),
                (Err(problem), _) => {
                    unusable += 1;
                    output::note(&format!("{} cannot be used: {problem}", row.path.display()));
                }
            }
        }
    }
    ensure!(
        !runs.is_empty(),
        "there is no stored run to export; name its folder with --results, or measure with `parcost run`"
    );
    let mut machines: Vec<String> = runs.iter().map(|run| run.machine.key.to_string()).collect();
    machines.sort();
    machines.dedup();
    if machines.len() > 1 {
        bail!("the stored runs are of several machines; choose one with --machine: {}", machines.join(", "));
    }
    Ok((ingest::interchange_of(&runs)?, unusable))
}

/// Keeps the series that the user chose.
fn choose(history: &mut Interchange, arguments: &Export) -> Result<()> {
    if let Some(metric) = &arguments.metric {
        let mut metrics: Vec<String> = history.series.iter().filter_map(|series| series.metric.clone()).collect();
        metrics.sort();
        metrics.dedup();
        ensure!(metrics.contains(metric), "no series has the metric `{metric}`; there are: {}", metrics.join(", "));
        history.series.retain(|series| series.metric.as_ref() == Some(metric));
    }
    if let Some(machine) = &arguments.machine {
        history.series.retain(|series| series.machine.as_ref().is_some_and(|key| key.starts_with(machine)));
        ensure!(!history.series.is_empty(), "no series is of a machine whose key begins with `{machine}`");
    }
    Ok(())
}
