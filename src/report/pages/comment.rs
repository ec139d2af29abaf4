//! The comment on a pull request about its gates.

use super::commit_text;
use super::gate::{all, changes, detectable, inconclusive, invalid, method, names, noise, seconds, share, topics};
use super::machine::facts;
use crate::gate::{Gate, OutcomeReason, SeriesVerdict};
use crate::model::{Commit, NotMeasured, PairedRun};
use crate::report::comment::{Comment, Piece};
use crate::report::page::Section;
use crate::verdict::Outcome;

/// By this a comment is found again.
pub const COMMENT_MARKER: &str = "parcost gate";
/// More changes than a reader looks at; the others are among all results.
const CHANGES_MAX: usize = 15;

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
        heading: match not_measured {
            [first, ..] if held.is_empty() => format!("? could not be measured: {}", first.reason.as_str()),
            _ => heading(held, !not_measured.is_empty(), around),
        },
        ..Comment::default()
    };
    if around.is_stale(held) {
        let stale = "Stale: the pull request has newer commits than the measured one.";
        comment.said.push(vec![Piece::Text(stale.to_owned())]);
    }
    for note in not_measured {
        comment.said.extend(unmeasured(note, around));
    }
    let is_older = |earlier: &&String| held.is_empty() && **earlier != around.measured_of(held);
    if let Some(earlier) = around.earlier.as_ref().filter(is_older) {
        let (before, after) = ("The result that was commented here before is that of ", ", an older commit.");
        let text = |text: &str| Piece::Text(text.to_owned());
        comment.said.push(vec![text(before), commit_piece(Some(earlier), around), text(after)]);
    }
    for Held { run, gate, file } in held {
        comment.said.push(measured(run, gate, around));
        let on = |section: Section| match held.len() {
            1 => section,
            _ => Section { heading: format!("{}, {}", section.heading, run.machine.key), ..section },
        };
        let mut changes = changes(gate);
        let rows = changes.table.as_ref().map_or(0, |table| table.rows.len());
        if let Some(table) = &mut changes.table {
            table.rows.truncate(CHANGES_MAX);
            changes.text = (rows > CHANGES_MAX)
                .then(|| format!("The first {CHANGES_MAX} of {rows}; the others are among all results."));
        }
        comment.open.push(on(changes));
        comment.folded.extend([inconclusive(gate), invalid(gate)].map(on));
        comment.folded.extend([names(run, gate), topics(gate), all(gate)].map(on));
        comment.folded.extend([facts("Machine", &run.machine.hardware), noise(run)].map(on));
        comment.commands.extend(commands(run, file, around));
        comment.commands.extend(rules(gate, &around.measured_of(held)));
    }
    if !held.is_empty() {
        comment.folded.push(method());
    }
    comment.open.retain(|section| !section.is_empty());
    comment.folded.retain(|section| !section.is_empty());
    comment
}

/// The outcome on all machines together: a sign, a word, and the minimum detectable change.
fn heading(held: &[Held], is_partial: bool, around: &Surroundings) -> String {
    let gates = || held.iter().map(|held| &held.gate);
    let sum = |count: fn(&Gate) -> usize| gates().map(count).sum::<usize>();
    let (decided, all) = (sum(Gate::decided), sum(|gate| gate.results().count()));
    let missing = sum(|gate| gate.missing.len());
    let is = |reason: fn(&OutcomeReason) -> bool| gates().filter_map(|gate| gate.reason).any(|it| reason(&it));
    match gates().map(|gate| gate.outcome).max().unwrap_or(Outcome::Inconclusive) {
        Outcome::Fail => {
            let allowed = if around.is_allowed { ", allowed by --warn-only" } else { "" };
            format!("✗ regressed: {} of {all} results{allowed}", sum(Gate::regressions))
        }
        Outcome::Inconclusive if missing > 0 && !is(|it| matches!(it, OutcomeReason::Undecided { .. })) => {
            format!("? inconclusive: {missing} benchmarks have no result; nothing else regressed")
        }
        Outcome::Inconclusive => format!("? inconclusive: {decided} of {all} results are decided"),
        Outcome::Pass if around.is_failed || is_partial => {
            "? incomplete: the workflow failed; nothing regressed in what it left".to_owned()
        }
        Outcome::Pass if gates().all(|gate| gate.reason.is_some()) => {
            "· pass: both sides are identical programs, nothing to measure".to_owned()
        }
        Outcome::Pass => format!("✓ pass: {decided} of {all} results decided, nothing regressed{}", sight(held)),
    }
}

fn sight(held: &[Held]) -> String {
    let medians = held.iter().filter_map(|held| held.gate.sensitivity).map(|sensitivity| sensitivity.median);
    medians.reduce(f64::max).map_or(String::new(), |median| format!("; minimum detectable change {}", share(median)))
}

/// What measured nothing, and why.
fn unmeasured(note: &NotMeasured, around: &Surroundings) -> Vec<Vec<Piece>> {
    let text = |text: &str| Piece::Text(text.to_owned());
    let mut said = vec![commit_piece(around.measured.as_ref(), around), text(" could not be measured")];
    if !note.machine.is_empty() {
        said.extend([text(" on "), Piece::Name(note.machine.clone())]);
    }
    said.push(text(&format!(": {}", note.reason.as_str())));
    said.extend(workflow_run(around));
    said.push(text("."));
    let message = Some(vec![Piece::Block(note.message.clone())]).filter(|_| !note.message.is_empty());
    [said].into_iter().chain(message).collect()
}

/// A commit by its first digits, with its address where the repository is known.
fn commit_piece(id: Option<&String>, around: &Surroundings) -> Piece {
    let short: String = id.map_or("no commit", String::as_str).chars().take(12).collect();
    match (&around.address, id) {
        (Some(address), Some(id)) => Piece::Link { name: short, address: format!("{address}/commit/{id}") },
        _ => Piece::Name(short),
    }
}

fn workflow_run(around: &Surroundings) -> Vec<Piece> {
    let (Some(address), Some(number)) = (&around.address, around.workflow_run) else { return Vec::new() };
    let address = format!("{address}/actions/runs/{number}");
    vec![Piece::Text("; ".to_owned()), Piece::Link { name: "workflow run".to_owned(), address }]
}

/// What was compared with what, where, for how long and how finely.
fn measured(run: &PairedRun, gate: &Gate, around: &Surroundings) -> Vec<Piece> {
    let text = |text: &str| Piece::Text(text.to_owned());
    let commit = |id: &Option<String>| commit_piece(id.as_ref(), around);
    let mut said = vec![commit(&run.candidate.id)];
    if let Some(measured) = around.measured.as_ref().filter(|measured| run.candidate.id.as_ref() != Some(measured)) {
        said.extend([text(" (the merge of "), commit_piece(Some(measured), around), text(")")]);
    }
    said.extend([text(" vs. "), commit(&run.baseline.id), text(" on "), Piece::Name(run.machine.key.to_string())]);
    let sight = gate.sensitivity.map_or(String::new(), |it| format!("; minimum detectable change {}", detectable(it)));
    let counts = format!("{} of {} decided", gate.decided(), gate.results().count());
    said.push(Piece::Text(format!(", {counts}, measured for {}{sight}", seconds(run.duration_s))));
    said.extend(workflow_run(around));
    said.push(text("."));
    if run.candidate.dirty || run.baseline.dirty {
        said.push(Piece::Text(format!(" Candidate: {}.", commit_text(&run.candidate))));
    }
    said
}

/// The rules that accept what regressed, at the commit that was measured; a name that is not plain has none.
fn rules(gate: &Gate, commit: &str) -> Option<(String, String)> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || " /_-=.:".contains(c);
    let rule = |series: &SeriesVerdict| {
        let factor = (1.0 + series.change?.center()) * 100.0;
        let (name, metric) = (&series.benchmark, series.metric);
        (factor.is_finite() && name.chars().all(is_plain)).then(|| {
            format!(
                "[[accepted]]\nbenchmark = \"{name}\"\nmetric = \"{metric}\"\ncommit = \"{commit}\"\nfactor = {:.2}\n\
                 reason = \"\"\n",
                factor.ceil() / 100.0
            )
        })
    };
    let regressed = gate.results().filter(|series| series.is_regression());
    let rules: Vec<String> = regressed.filter_map(rule).take(CHANGES_MAX).collect();
    let title = "accept it: write the reasons, and commit the file".to_owned();
    let command = format!("cat >> .github/perf-accepted.toml <<'END'\n{}END", rules.join("\n"));
    (!rules.is_empty() && !commit.is_empty()).then_some((title, command))
}

/// Everything in these was checked when the run was read: hexadecimal ids, a key, a number.
fn commands(run: &PairedRun, file: &str, around: &Surroundings) -> Vec<(String, String)> {
    let id = |commit: &Commit| commit.id.clone().unwrap_or_else(|| "HEAD".to_owned());
    let (baseline, candidate) = (id(&run.baseline), id(&run.candidate));
    let budget = run.budget_s.round().clamp(1.0, 1e6);
    let mut commands = vec![(
        format!("measure again, on {}", run.machine.key),
        format!(
            "git fetch origin {baseline} {candidate} && git switch --detach {candidate} && parcost gate --base {baseline} \
             --budget {budget}s --seed {}",
            run.seed
        ),
    )];
    let download = around.workflow_run.map_or(String::new(), |number| format!("gh run download {number} && "));
    commands.push((
        "judge the stored pairs again, without measuring".to_owned(),
        format!("{download}parcost gate --replay \"$(find . -name {file})\""),
    ));
    commands
}
