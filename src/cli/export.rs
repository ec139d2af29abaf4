//! `parcost export`: stored runs, or a history, in the format of another tool.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use super::exit::Exit;
use super::interchange::{better, export_format, import_format, print_remark, read_history};
use super::output;
use super::results::{self, StoreArgs, none_stored};
use super::select::{MachineArgs, only_machine};
use super::trend_runs::of_metrics;
use crate::export::{self, ExportFormat};
use crate::ingest::{self, ImportFormat};
use crate::model::{Direction, Interchange, Run, RunHeader};
#[cfg(feature = "parquet")]
use crate::model::{Measurement, Metric};
#[cfg(feature = "parquet")]
use crate::verdict::value_of;
use crate::{host, store};

/// Write stored runs, or a history, in the format of another tool
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  parcost export --to csv-long --output runs.csv
  parcost export --to history --metric wall_time

Exit codes: 0 success · 2 usage · 3 nothing to export, or a stored file could not be used (the others are written)")]
pub(super) struct Export {
    /// Format to write
    #[arg(long, value_name = "FORMAT", value_parser = export_format())]
    to: &'static ExportFormat,
    /// Format of the files [default: recognized by their content]
    #[arg(long = "from", alias = "input-format", value_name = "FORMAT", value_parser = import_format(), requires = "files")]
    input_format: Option<&'static ImportFormat>,
    /// Files of one format of another tool, in the order of their commits [default: the stored runs, as --results, --machine and
    /// --metric choose them]
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    results: StoreArgs,
    #[command(flatten)]
    machine: MachineArgs,
    /// Export only this metric
    #[arg(long, value_name = "METRIC")]
    metric: Option<String>,
    /// File to write, or the folder of a format that is several files; missing folders are made [default: the standard output]
    #[arg(long, short, value_name = "FILE", alias = "out", required_if_eq("to", "parquet"))]
    output: Option<PathBuf>,
    /// Replace the file if it exists
    #[arg(long)]
    force: bool,
    /// Which values of the files are better, where their format does not say [default: lower for csv, but for names of rates]
    #[arg(long, value_parser = better())]
    better: Option<Direction>,
    /// Unit of the values in the files, where their format does not say
    #[arg(long, value_name = "UNIT")]
    unit: Option<String>,
}

/// Writes what is stored, or what the files hold, in another format; notes what the format does not store. Stored files that
/// cannot be used are named; the others are written, and the export has failed in part.
pub(super) fn run(arguments: &Export) -> Result<Exit> {
    #[cfg(feature = "parquet")]
    if arguments.to.name == export::parquet::FORMAT.name && arguments.files.is_empty() {
        return Ok(exit(tables(arguments)?));
    }
    if let Some(lost) = arguments.files.iter().find(|file| !file.exists()) {
        bail!(
            "{}: No such file; stored runs are chosen by --results, --machine and --metric, not by their ids",
            lost.display()
        );
    }
    let (mut history, unusable) = if arguments.files.is_empty() {
        stored(arguments)?
    } else {
        (read_history(arguments.input_format, &arguments.files, arguments.better, arguments.unit.as_deref())?, 0)
    };
    choose(&mut history, arguments)?;
    let written = export::write(arguments.to, &history)?;
    // The format of parcost itself has the remarks in it.
    let of_history = if arguments.to.name == export::HISTORY.name { &[][..] } else { &history.remarks };
    of_history.iter().chain(&written.remarks).for_each(print_remark);
    match &arguments.output {
        Some(path) => {
            output::save(path, &written.bytes, arguments.force)?;
            output::wrote(path);
        }
        None => output::bytes(&written.bytes)?,
    }
    Ok(exit(unusable))
}

fn exit(unusable: usize) -> Exit {
    if unusable == 0 {
        return Exit::Success;
    }
    output::note(&format!(
        "stored files that cannot be used and were skipped: {unusable}; run `parcost fsck` to see what to do"
    ));
    Exit::Failure
}

/// Writes a Parquet file for each machine; returns the number of stored files that could not be used.
#[cfg(feature = "parquet")]
fn tables(arguments: &Export) -> Result<usize> {
    use crate::export::parquet::{Table, place};
    let folder = arguments.output.as_deref().context("name a folder with --output")?;
    let (headers, unusable) = headers(arguments)?;
    let machines: BTreeSet<&str> = headers.iter().map(|(_, header)| header.machine.as_str()).collect();
    let chosen = match &arguments.machine.machine {
        Some(named) => BTreeSet::from([only_machine(machines, named)?]),
        None => machines,
    };
    if let Some(metric) = &arguments.metric {
        let known = || Metric::ALL.iter().map(|metric| metric.name()).collect::<Vec<_>>().join(", ");
        ensure!(Metric::from_name(metric).is_some(), "`{metric}` is not a metric; expected one of {}", known());
    }
    let places: Vec<(&str, PathBuf)> = chosen.into_iter().map(|machine| (machine, place(folder, machine))).collect();
    if let Some((_, place)) = places.iter().find(|(_, place)| place.exists() && !arguments.force) {
        bail!("{} exists; replace it with --force, or choose another folder", place.display());
    }
    let wanted = |it: &Measurement| arguments.metric.as_deref().is_none_or(|metric| it.metric.name() == metric);
    for (machine, place) in places {
        output::save_by(&place, arguments.force, |file| {
            let mut table = Table::new(file)?;
            for (path, _) in headers.iter().filter(|(_, header)| header.machine.as_str() == machine) {
                let run = store::read(path).with_context(|| path.display().to_string())?;
                table.add(&run, wanted, |it| value_of(it).is_ok())?;
            }
            Ok(table.finish()?)
        })?;
        output::wrote(&place);
    }
    output::note("skipped: rounds, reference workloads, failures, conditions: the format has a row per value");
    Ok(unusable)
}

/// The stored runs, and the number of files that could not be used.
fn headers(arguments: &Export) -> Result<(Vec<(PathBuf, RunHeader)>, usize)> {
    let (mut headers, mut unusable, mut seen) = (Vec::new(), 0, BTreeSet::new());
    let folders = results::folders(arguments.results.folder.as_deref())?;
    for folder in &folders {
        for row in store::list(folder)? {
            match row.content {
                // A run that was moved from one folder to the other may still be in both.
                Ok(header) if !seen.insert(header.id.clone()) => {
                    output::note(&format!("{} is run {} once more, and was skipped", row.path.display(), header.id))
                }
                Ok(header) => headers.push((row.path, header)),
                Err(problem) => {
                    unusable += 1;
                    output::note(&format!("{} cannot be used: {problem}", row.path.display()));
                }
            }
        }
    }
    ensure!(!headers.is_empty(), "{}", none_stored(&folders));
    Ok((headers, unusable))
}

/// The history of the stored runs, of one machine where the format has no room for several, and the number of files that could
/// not be used.
fn stored(arguments: &Export) -> Result<(Interchange, usize)> {
    let (headers, unusable) = headers(arguments)?;
    let machines: BTreeSet<&str> = headers.iter().map(|(_, header)| header.machine.as_str()).collect();
    let keys = match &arguments.machine.machine {
        Some(named) => BTreeSet::from([only_machine(machines, named)?]),
        None if machines.len() == 1 || arguments.to.keeps_machines => machines,
        None => BTreeSet::from([this_machine(machines)?]),
    };
    let read = |(path, _): &(PathBuf, RunHeader)| store::read(path).with_context(|| path.display().to_string());
    let of_machine = |key: &str| {
        let chosen = headers.iter().filter(|(_, header)| header.machine.as_str() == key);
        Ok(ingest::interchange_of(&chosen.map(read).collect::<Result<Vec<Run>>>()?)?)
    };
    let histories: Vec<Interchange> = keys.into_iter().map(of_machine).collect::<Result<_>>()?;
    let together = histories.into_iter().reduce(|mut all, one| {
        all.series.extend(one.series);
        one.remarks.into_iter().for_each(|remark| remark.join(&mut all.remarks));
        all
    });
    Ok((together.context("there is no stored run to export")?, unusable))
}

/// The key of this machine, where several have stored runs and none was chosen.
fn this_machine(machines: BTreeSet<&str>) -> Result<&str> {
    let own = host::machine().key;
    let Some(key) = machines.get(own.as_str()) else {
        let keys: Vec<&str> = machines.into_iter().collect();
        bail!("the stored runs are of other machines; choose one with --machine: {}", keys.join(", "))
    };
    output::note(&format!("the runs of this machine, {key}; --machine chooses another of {}", machines.len()));
    Ok(key)
}

fn choose(history: &mut Interchange, arguments: &Export) -> Result<()> {
    if arguments.to.name != export::HISTORY.name {
        let all = history.series.len();
        history.series.retain(|series| !series.is_reference());
        if history.series.len() < all {
            output::note("skipped: reference workloads: only --to history has a place for them");
        }
    }
    if let Some(metric) = &arguments.metric {
        let metrics: BTreeSet<String> = history.series.iter().filter_map(|series| series.metric.clone()).collect();
        ensure!(metrics.contains(metric), "no series has the metric `{metric}`; {}", of_metrics(&metrics));
        history.series.retain(|series| series.metric.as_ref() == Some(metric));
    }
    if let Some(named) = &arguments.machine.machine {
        let key = only_machine(history.series.iter().filter_map(|series| series.machine.as_deref()), named)?.to_owned();
        history.series.retain(|series| series.machine.as_ref() == Some(&key));
    }
    Ok(())
}
