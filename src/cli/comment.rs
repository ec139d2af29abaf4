//! `parcost comment`: what a gate found, for the readers of the pull request.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use super::accepted;
use super::evidence;
use super::exit::Exit;
use super::number::whole;
use super::output::is_ascii_requested;
use super::output::{self, note};
use super::repository::repository;
use super::results;
use crate::gate::{self, GatePolicy};
use crate::model::NotMeasured;
use crate::report::{self, COMMENT_BYTES_MAX, COMMENT_MARKER, Held, SUMMARY_BYTES_MAX, Surroundings, gate_comment};
use crate::store::{self, layout};
use crate::verdict::{Outcome, Verdict};

/// A gate over every benchmark stores 2 MB; what is much larger was not made by one.
const EVIDENCE_BYTES_MAX: u64 = 16 << 20;
/// A comment has less; more is not looked at.
const EXISTING_BYTES_MAX: u64 = 1 << 20;
/// A note that nothing was measured holds the end of one program's message.
const NOTE_BYTES_MAX: u64 = 1 << 20;
/// No suite has as many benchmarks, counts and other rows together.
const ROWS_MAX: usize = 10_000;
/// More machines than a workflow has.
const GATES_MAX: usize = 8;

/// Write the comment on a pull request, or the summary of a job, from stored gates
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  parcost comment target/parcost/gate/results
  parcost comment gates --summary

Exit codes: 0 written · 2 usage · 3 a gate cannot be used · 4 there is nothing to write")]
pub(super) struct Comment {
    /// Stored gates, one file a machine, or folders in the layout of `results`; their content is not trusted
    #[arg(required = true, value_name = "GATE")]
    evidence: Vec<PathBuf>,
    /// Write the summary of a job, which may be longer, instead of a comment
    #[arg(long)]
    summary: bool,
    /// Commit that the workflow ran for, if the candidate is its merge [default: the candidate]
    #[arg(long, value_name = "SHA", value_parser = commit)]
    measured: Option<String>,
    /// Current head commit of the pull request
    #[arg(long, value_name = "SHA", value_parser = commit)]
    head: Option<String>,
    /// Repository, for links: OWNER/NAME on github.com, or its whole address
    #[arg(long, value_name = "REPOSITORY", value_parser = repository)]
    repository: Option<String>,
    /// Number of the workflow run that measured, for links
    #[arg(long, value_name = "NUMBER", value_parser = whole(0..=u64::MAX, 4711))]
    workflow_run: Option<u64>,
    /// File with the existing comment; where it is empty there is none, and a gate without changes writes nothing
    #[arg(long, value_name = "FILE")]
    existing: Option<PathBuf>,
    /// Say that the regression is intended and does not fail the workflow
    #[arg(long, alias = "let-through")]
    warn_only: bool,
    /// Say that the workflow failed, so that results may be incomplete
    #[arg(long)]
    failed: bool,
    /// Benchmark that may be missing in the candidate: NAME or "TARGET: NAME"; may be given several times
    #[arg(long, value_name = "BENCHMARK")]
    allow_missing: Vec<String>,
}

fn commit(text: &str) -> Result<String, String> {
    let is_id = (40..=64).contains(&text.len()) && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if is_id { Ok(text.to_owned()) } else { Err("expected a full commit SHA (40 hex digits)".to_owned()) }
}

pub(super) fn run(arguments: &Comment) -> Result<Exit> {
    let not_measured = not_measured(&arguments.evidence)?;
    let held = held(arguments, files(&arguments.evidence)?)?;
    if held.is_empty() && not_measured.is_empty() && !arguments.failed {
        bail!(
            "no gate is stored in {}; name its file, or the folder that contains {}",
            results::listed(&arguments.evidence),
            layout::PAIRED_FOLDER
        );
    }
    let existing = arguments.existing.as_deref().map(existing).transpose()?;
    let around = Surroundings {
        address: arguments.repository.clone(),
        workflow_run: arguments.workflow_run,
        measured: arguments.measured.clone(),
        head: arguments.head.clone(),
        earlier: existing.as_deref().and_then(commented).map(str::to_owned),
        is_allowed: arguments.warn_only,
        is_failed: arguments.failed,
    };
    if let Some(existing) = &existing {
        let is_of_head = around.head.is_some() && around.head == around.earlier;
        if around.is_stale(&held) && (existing.is_empty() || is_of_head || held.is_empty()) {
            note("the pull request has newer commits, and the newest has, or will have, its own comment");
            return Ok(Exit::Inconclusive);
        }
        if existing.is_empty() && !arguments.failed && not_measured.is_empty() && held.iter().all(is_unremarkable) {
            note("nothing changed and there is no comment, so none is written");
            return Ok(Exit::Inconclusive);
        }
    }
    let bytes_max = if arguments.summary { SUMMARY_BYTES_MAX } else { COMMENT_BYTES_MAX };
    // The workflow failed and left nothing.
    let nothing = [NotMeasured::default()];
    let is_empty = held.is_empty() && not_measured.is_empty();
    let comment = gate_comment(&held, if is_empty { &nothing } else { &not_measured }, &around);
    let text = if is_ascii_requested() {
        report::comment_in_ascii(&comment, bytes_max)
    } else {
        report::comment(&comment, bytes_max)
    };
    output::text(&text)?;
    Ok(Exit::Success)
}

fn is_unremarkable(held: &Held) -> bool {
    let is_improved = |series: &gate::SeriesVerdict| series.verdict == Verdict::Improved;
    held.gate.outcome == Outcome::Pass && !held.gate.results().any(is_improved)
}

/// The evidence, judged by this program: what it says of itself is not read.
fn held(arguments: &Comment, files: Vec<PathBuf>) -> Result<Vec<Held>> {
    let policy = GatePolicy { allowed_missing: arguments.allow_missing.clone(), accepted: accepted::standing(None)? };
    let mut held: Vec<Held> = Vec::new();
    for path in files {
        let run = store::paired::parse(&bounded(&path, EVIDENCE_BYTES_MAX)?)
            .with_context(|| format!("cannot use {}", path.display()))?;
        evidence::verify(&run, arguments.measured.as_deref())
            .with_context(|| format!("cannot use {}", path.display()))?;
        let rows = [run.benchmarks.len(), run.counts.len(), run.added.len(), run.removed.len()];
        let rows = rows.iter().sum::<usize>() + run.failures.len() + run.omissions.len();
        ensure!(rows <= ROWS_MAX, "{} has {rows} rows; at most {ROWS_MAX} are read", path.display());
        if let Some(first) = held.first() {
            ensure!(
                first.run.baseline.id == run.baseline.id && first.run.candidate.id == run.candidate.id,
                "{} compares other commits than the gate before it; give one gate per machine, all of the same commits",
                path.display()
            );
        }
        let file = layout::paired_file_name(&run).map_err(anyhow::Error::msg)?;
        held.push(Held { gate: gate::gate(&run, &policy), run, file });
    }
    Ok(held)
}

fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            files.extend(store::paired::list(path)?.into_iter().map(|row| row.path));
        } else {
            files.push(path.clone());
        }
    }
    ensure!(files.len() <= GATES_MAX, "{} gates given; a comment takes at most {GATES_MAX}", files.len());
    Ok(files)
}

/// What the gates that measured nothing left in these folders.
fn not_measured(paths: &[PathBuf]) -> Result<Vec<NotMeasured>> {
    let notes: Vec<PathBuf> = paths.iter().flat_map(|path| store::not_measured::files(path)).collect();
    ensure!(notes.len() <= GATES_MAX, "{} notes given; a comment takes at most {GATES_MAX}", notes.len());
    notes.iter().map(|path| Ok(store::not_measured::parse(&bounded(path, NOTE_BYTES_MAX)?))).collect()
}

/// The commit that an existing comment is of.
fn commented(existing: &str) -> Option<&str> {
    let (id, _) =
        existing.strip_prefix("<!-- ")?.strip_prefix(COMMENT_MARKER)?.strip_prefix(" sha=")?.split_once(" -->")?;
    commit(id).is_ok().then_some(id)
}

/// The content of a regular file that is not larger than it may be.
fn bounded(path: &Path, bytes_max: u64) -> Result<Vec<u8>> {
    let unreadable = || format!("cannot read {}; check its path", path.display());
    let metadata = std::fs::symlink_metadata(path).with_context(unreadable)?;
    ensure!(metadata.is_file(), "{} is not a regular file", path.display());
    ensure!(metadata.len() <= bytes_max, "{} has {} bytes, more than is read", path.display(), metadata.len());
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(bytes_max).read_to_end(&mut bytes)).with_context(unreadable)?;
    Ok(bytes)
}

fn existing(path: &Path) -> Result<String> {
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        _ => Ok(String::from_utf8_lossy(&bounded(path, EXISTING_BYTES_MAX)?).trim().to_owned()),
    }
}
