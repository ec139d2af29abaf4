//! `parcost record`: from what the benches left behind to a stored run and its summary.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result};
use clap::Args;

use super::exit::Exit;
use super::output::{self, Format, OutputArgs};
use super::results;
use super::run_builder::{RunContext, build_run};
use super::select::full_runs;
use super::session_start::beginning;
use crate::model::{FULL, Run};
use crate::report::{RunData, SummaryData, digest, summary_page};
use crate::verdict::Sessions;
use crate::{advise, git, host, ingest, store};

/// Store what one `cargo bench` measured and summarize it
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  parcost record --session target/parcost/4711-123456
  parcost record --session target/parcost/4711-123456 --results /tmp/runs --format json

Exit codes: 0 success · 2 usage · 3 a benchmark failed (the rest is stored), or nothing could be stored")]
pub(super) struct Record {
    /// Folder of the session, below `parcost` in the target folder
    #[arg(long, value_name = "DIR")]
    session: PathBuf,
    /// Folder of Criterion's results [default: criterion in the session's target folder]
    #[arg(long, value_name = "DIR")]
    criterion: Option<PathBuf>,
    /// Folder of callgrind's results [default: iai in the session's target folder]
    #[arg(long, value_name = "DIR")]
    iai: Option<PathBuf>,
    /// Folder to store the run in [default: results for a full run, else parcost/results in the target folder]
    #[arg(long, value_name = "DIR")]
    results: Option<PathBuf>,
    /// What else limited the run; stored with its scope
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    profile_note: Option<String>,
    /// A measured program, for the hash of the binaries; may be given several times
    #[arg(long, value_name = "FILE")]
    binary: Vec<PathBuf>,
    #[command(flatten)]
    output: OutputArgs,
}

/// A link to each program that was measured, left in the session's folder by the bench targets.
const BINARY_EXTENSION: &str = "binary";

/// Harvests a session, stores the run and prints the digest of it.
///
/// A run in which something failed is stored all the same, and ends with [`Exit::Failure`].
pub(super) fn run(arguments: &Record) -> Result<Exit> {
    let session = std::path::absolute(&arguments.session).context("cannot make --session an absolute path")?;
    let package = results::here()?;
    let beginning = beginning(&session)?;
    let target = session.ancestors().nth(2).unwrap_or(&package);
    let criterion = arguments.criterion.clone().unwrap_or_else(|| target.join("criterion"));
    let iai = arguments.iai.clone().unwrap_or_else(|| target.join("iai"));
    let harvest = ingest::harvest(&session, &criterion, &iai, beginning.time)?;

    let host = RunContext {
        began: beginning.time,
        ended: last_written(&session).unwrap_or(beginning.time),
        before: beginning.conditions,
        after: host::conditions(),
        machine: host::machine(),
        toolchain: host::toolchain(),
        commit: git::commit(&package, &binaries(&session, &arguments.binary)),
    };
    let run = with_laws(build_run(harvest, host, arguments.profile_note.as_deref())?);
    let folder = results::folder_for(&run.profile, arguments.results.as_deref(), &package, &session);
    let path = store::append(&folder, &run)?;
    let others =
        full_runs(&[results::folder_for(FULL, arguments.results.as_deref(), &package, &session)], &run.machine.key)?;
    let sessions = Sessions::new(&run, &others);

    let is_elsewhere = arguments.results.is_none() && folder != package.join(results::KEPT);
    let file = path.display().to_string();
    if arguments.output.format == Format::Terminal {
        let why = format!(", since only full runs are kept in {}/", results::KEPT);
        let saved = format!("{file}{}", if is_elsewhere { &why } else { "" });
        output::page(&digest(&sessions, &saved))?;
    } else {
        output::print(&RunData::new(&sessions, Some(&file)), arguments.output.format, |_| {
            summary_page(&SummaryData::new(&sessions, file.clone()))
        })?;
    }
    Ok(Exit::with_failed(run.failures.len()))
}

/// The run with what follows from its scaling curves among its measurements, so that it is watched like them.
fn with_laws(mut run: Run) -> Run {
    let (measurements, omissions) = advise::law_series(&run);
    run.measurements.extend(measurements);
    run.measurements.sort_by(|a, b| (&a.topic, &a.benchmark, a.metric).cmp(&(&b.topic, &b.benchmark, b.metric)));
    run.omissions.extend(omissions);
    run
}

/// When a bench target last wrote what it saw; the record itself may be made much later.
fn last_written(session: &Path) -> Option<SystemTime> {
    let entries = fs::read_dir(session).ok()?.filter_map(Result::ok);
    let logs = entries.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "tsv"));
    logs.filter_map(|log| log.metadata().ok()?.modified().ok()).max()
}

/// The programs that were under measure: those named, and those that the session's folder links to, each once.
fn binaries(session: &Path, named: &[PathBuf]) -> Vec<PathBuf> {
    let entries = fs::read_dir(session).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let linked = entries.filter(|path| path.extension().is_some_and(|extension| extension == BINARY_EXTENSION));
    let real = |path: PathBuf| fs::canonicalize(&path).unwrap_or(path);
    let mut binaries: Vec<PathBuf> = named.iter().cloned().chain(linked).map(real).collect();
    binaries.sort();
    binaries.dedup();
    binaries
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_program_that_is_named_and_linked_counts_once() {
        let folder = tempfile::tempdir().unwrap();
        let folder = fs::canonicalize(folder.path()).unwrap();
        let worker = folder.join("worker");
        fs::write(&worker, "").unwrap();
        symlink(&worker, folder.join("worker.binary")).unwrap();
        assert_eq!(binaries(&folder, std::slice::from_ref(&worker)), [worker]);
    }
}
