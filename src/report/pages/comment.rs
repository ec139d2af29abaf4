//! The comment on a pull request about its gates.

use super::accept::{intended, reproduce};
use super::gate::{detectable, folded, headline, is_quiet, names, others, regressed, seconds};
use super::machine::facts;
use super::{capital, commit_text};
use crate::gate::Gate;
use crate::model::{NotMeasured, PairedRun, short};
use crate::report::comment::{Comment, Piece};
use crate::report::page::Section;
use crate::verdict::Outcome;

/// By this a comment is found again.
pub const COMMENT_MARKER: &str = "parcost gate";

pub struct Held {
    pub run: PairedRun,
    pub gate: Gate,
    pub file: String,
}

/// What the caller knows from the forge itself, never from the run.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The repository's address, `https://github.com/owner/name`.
    pub address: Option<String>,
    pub workflow_run: Option<u64>,
    /// The commit that the workflow ran for; none where the run's candidate is it.
    pub measured: Option<String>,
    pub head: Option<String>,
    /// The commit of the comment that this one takes the place of.
    pub earlier: Option<String>,
    /// Whether regressions are let pass.
    pub is_allowed: bool,
    /// Whether the workflow that measured failed, so that there may be less evidence than there should be.
    pub is_failed: bool,
}

impl Surroundings {
    pub fn measured_of(&self, held: &[Held]) -> String {
        let candidate = held.first().and_then(|held| held.run.candidate.id.clone());
        self.measured.clone().or(candidate).unwrap_or_default()
    }

    pub fn is_stale(&self, held: &[Held]) -> bool {
        self.head.as_ref().is_some_and(|head| *head != self.measured_of(held))
    }
}

/// The comment on the gates of one commit, on one machine each, and on those that measured nothing; the worst of them is the
/// heading.
pub fn gate_comment(held: &[Held], not_measured: &[NotMeasured], around: &Surroundings) -> Comment {
    let mut comment = Comment {
        marker: format!("{COMMENT_MARKER} sha={}", around.measured_of(held)),
        heading: heading(held, not_measured, around),
        is_quiet: not_measured.is_empty() && held.iter().all(|held| held.run.notes.is_empty() && is_quiet(&held.gate)),
        ..Comment::default()
    };
    if around.is_stale(held) {
        let stale = "Stale: the pull request has newer commits than the measured one.";
        comment.said.push(vec![text(stale)]);
    }
    for note in not_measured {
        comment.said.extend(unmeasured(note, around));
    }
    let is_older = |earlier: &&String| held.is_empty() && **earlier != around.measured_of(held);
    if let Some(earlier) = around.earlier.as_ref().filter(is_older) {
        let (before, after) = ("The earlier comment here was on ", ", an older commit.");
        comment.said.push(vec![text(before), commit_piece(Some(earlier), around), text(after)]);
    }
    for Held { run, gate, file } in held {
        comment.said.push(measured(run, gate, around));
        let on = |section: Section| match held.len() {
            1 => section,
            _ => Section { heading: format!("{}, {}", section.heading, run.machine.key), ..section },
        };
        comment.sections.extend([regressed(gate), others(gate), names(run, gate)].map(on));
        comment.sections.extend(folded(run, gate).map(on));
        comment.sections.push(on(facts("Machine", &run.machine.hardware).folded()));
        comment.next.extend(next(run, gate, file, around));
    }
    comment.sections.retain(|section| !section.is_empty());
    comment.sections.sort_by_key(|section| section.folded);
    comment.sections.iter_mut().for_each(|section| section.folded |= comment.is_quiet);
    comment
}

fn text(text: impl Into<String>) -> Piece {
    Piece::Text(text.into())
}

/// The verdict on all machines together, in a line.
fn heading(held: &[Held], not_measured: &[NotMeasured], around: &Surroundings) -> Vec<Piece> {
    let gates: Vec<&Gate> = held.iter().map(|held| &held.gate).collect();
    let outcome = gates.iter().map(|gate| gate.outcome).max();
    let text = |text: String| vec![Piece::Text(text)];
    let verdict = match (not_measured, outcome) {
        ([first, ..], None) => text(format!("? could not be measured: {}", first.reason.as_str())),
        (_, Some(Outcome::Pass)) if around.is_failed || !not_measured.is_empty() => {
            text("? incomplete: the workflow failed; nothing regressed in what it left".to_owned())
        }
        (_, Some(Outcome::Fail)) if around.is_allowed => {
            [headline(&gates), text(", allowed by --warn-only".to_owned())].concat()
        }
        _ => headline(&gates),
    };
    let stale = if around.is_stale(held) && !held.is_empty() { ", of an older commit" } else { "" };
    [text(format!("parcost{stale}: ")), verdict].concat()
}

/// What measured nothing, and why.
fn unmeasured(note: &NotMeasured, around: &Surroundings) -> Vec<Vec<Piece>> {
    let candidate = around.measured.as_ref().map_or(text("The candidate"), |id| commit_piece(Some(id), around));
    let mut said = vec![candidate, text(" could not be measured")];
    if !note.machine.is_empty() {
        said.extend([text(" on "), Piece::Name(note.machine.clone())]);
    }
    said.push(text(format!(": {}", note.reason.as_str())));
    said.extend(workflow_run(around));
    said.push(text("."));
    let message = Some(vec![Piece::Block(note.message.clone())]).filter(|_| !note.message.is_empty());
    [said].into_iter().chain(message).collect()
}

/// A commit by its first digits, with its address where the repository is known.
fn commit_piece(id: Option<&String>, around: &Surroundings) -> Piece {
    let short = id.map_or_else(|| "unknown".to_owned(), |id| short(id));
    match (&around.address, id) {
        (Some(address), Some(id)) => Piece::Link { name: short, address: format!("{address}/commit/{id}") },
        _ => Piece::Name(short),
    }
}

fn workflow_run(around: &Surroundings) -> Vec<Piece> {
    let (Some(address), Some(number)) = (&around.address, around.workflow_run) else { return Vec::new() };
    let address = format!("{address}/actions/runs/{number}");
    let evidence = Piece::Link { name: "evidence".to_owned(), address: format!("{address}#artifacts") };
    vec![text("; "), Piece::Link { name: "workflow run".to_owned(), address }, text(", "), evidence]
}

/// What was compared with what, where, for how long and how finely.
fn measured(run: &PairedRun, gate: &Gate, around: &Surroundings) -> Vec<Piece> {
    let commit = |id: &Option<String>| commit_piece(id.as_ref(), around);
    let mut said = vec![commit(&run.candidate.id)];
    if let Some(measured) = around.measured.as_ref().filter(|measured| run.candidate.id.as_ref() != Some(measured)) {
        said.extend([text(" (the merge of "), commit_piece(Some(measured), around), text(")")]);
    }
    said.extend([text(" vs. "), commit(&run.baseline.id), text(" on "), Piece::Name(run.machine.key.to_string())]);
    if !(run.benchmarks.is_empty() && run.counts.is_empty()) {
        said.push(text(format!(", measured for {}", seconds(run.duration_s))));
    }
    said.extend(workflow_run(around));
    said.push(text(detectable(gate).map_or(".".to_owned(), |it| format!(". {}.", capital(&it)))));
    if let Some(control) = gate.control.filter(|control| control.changed > 0) {
        said.push(text(format!(" Control: {control}.")));
    }
    if run.candidate.dirty || run.baseline.dirty {
        said.push(text(format!(" Candidate: {}.", commit_text(&run.candidate))));
    }
    said
}

/// What to do now: measure again, or accept it.
fn next(run: &PairedRun, gate: &Gate, file: &str, around: &Surroundings) -> Vec<(String, String)> {
    let commits = [&run.baseline.id, &run.candidate.id].map(|id| id.clone().unwrap_or_else(|| "HEAD".to_owned()));
    let download = around.workflow_run.map_or(String::new(), |number| format!("gh run download {number} && "));
    let again = format!(
        "git fetch origin {} && {}\n# the same verdict from the stored pairs, without measuring\n\
         {download}parcost gate --replay \"$(find . -name {file})\"\n",
        commits.join(" "),
        reproduce(commits.clone(), run, gate)
    );
    let measured = around.measured.as_ref().or(run.candidate.id.as_ref()).map_or("", String::as_str);
    let rules = intended(gate, measured).map(|(title, rules)| (capital(&title), rules));
    [(format!("Reproduce, on {}", run.machine.key), again)].into_iter().chain(rules).collect()
}
