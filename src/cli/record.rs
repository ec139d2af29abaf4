//! `parcost record`: from what the benches left behind to a stored run and its summary.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result};
use clap::Args;

use super::exit::Exit;
use super::output::{self, OutputArgs};
use super::results::{self, StoreArgs};
use super::run_builder::{RunContext, build_run};
use super::select::earlier_runs;
use super::session_start::beginning;
use crate::model::Run;
use crate::report::{Line, RunData, answer_sections, summary_page};
use crate::{advise, git, host, ingest, store};

/// Record what one `cargo bench` measured and sum it up
#[derive(Args, Debug)]
pub(super) struct Record {
    /// The session's folder, below `parcost` in the target folder
    #[arg(long, value_name = "DIR")]
    pub(super) session: PathBuf,
    /// Criterion's folder [default: criterion in the session's target folder]
    #[arg(long, value_name = "DIR")]
    pub(super) criterion: Option<PathBuf>,
    /// Callgrind's folder [default: iai in the session's target folder]
    #[arg(long, value_name = "DIR")]
    pub(super) iai: Option<PathBuf>,
    #[command(flatten)]
    pub(super) results: StoreArgs,
    /// What else the user's arguments selected; it is stored behind the profile
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(super) profile_note: Option<String>,
    /// A program that was under measure, for the hash of the binaries; may be given several times
    #[arg(long, value_name = "FILE")]
    pub(super) binary: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

/// A link to each program that was measured, left in the session's folder by the bench targets.
const BINARY_EXTENSION: &str = "binary";

/// Harvests a session, stores the run and prints its summary.
///
/// A run in which something failed is stored all the same, and ends with [`Exit::Failure`].
pub(super) fn run(arguments: &Record) -> Result<Exit> {
    let session = std::path::absolute(&arguments.session).context("the session's folder is no path")?;
    let package = std::env::current_dir().context("the current folder cannot be told")?;
    let ended = SystemTime::now();
    let beginning = beginning(&session)?;
    let target = session.ancestors().nth(2).unwrap_or(&package);
    let criterion = arguments.criterion.clone().unwrap_or_else(|| target.join("criterion"));
    let iai = arguments.iai.clone().unwrap_or_else(|| target.join("iai"));
    let harvest = ingest::harvest(&session, &criterion, &iai, beginning.time)?;

    let host = RunContext {
        began: beginning.time,
        ended,
        before: beginning.conditions,
        after: host::conditions(),
        machine: host::machine(),
        toolchain: host::toolchain(),
        commit: git::commit(&package, &binaries(&session, &arguments.binary)),
    };
    let run = with_laws(build_run(harvest, host, arguments.profile_note.as_deref())?);
    let folder = results::folder_for(&run.profile, arguments.results.folder.as_deref(), &package, &session);
    let path = store::append(&folder, &run)?;
    let others = earlier_runs(std::slice::from_ref(&folder), &run)?;

    let mut page = summary_page(&run, &advise::summary(&run));
    let place = if arguments.results.folder.is_none() && folder != package.join(results::KEPT) {
        format!("{}, since only full runs are kept in {}/", path.display(), results::KEPT)
    } else {
        path.display().to_string()
    };
    page.sections.extend(answer_sections(&advise::answer::answer(&run, &others)));
    page.lines.push(Line { name: "saved".to_owned(), value: place });
    let file = path.display().to_string();
    output::print(&RunData::new(&run, Some(&file)), arguments.output.format, |_| page)?;
    if run.failures.is_empty() {
        return Ok(Exit::Success);
    }
    output::error(&format!("{} of this run failed, listed above; the rest is stored", run.failures.len()));
    Ok(Exit::Failure)
}

/// The run with what follows from its scaling curves among its measurements, so that it is watched like them.
fn with_laws(mut run: Run) -> Run {
    let (measurements, omissions) = advise::law_series(&run);
    run.measurements.extend(measurements);
    run.measurements.sort_by(|a, b| (&a.topic, &a.benchmark, a.metric).cmp(&(&b.topic, &b.benchmark, b.metric)));
    run.omissions.extend(omissions);
    run
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
    fn a_program_that_is_named_and_linked_to_counts_once() {
        let folder = tempfile::tempdir().unwrap();
        let folder = fs::canonicalize(folder.path()).unwrap();
        let worker = folder.join("worker");
        fs::write(&worker, "").unwrap();
        symlink(&worker, folder.join("worker.binary")).unwrap();
        assert_eq!(binaries(&folder, std::slice::from_ref(&worker)), [worker]);
    }
}
