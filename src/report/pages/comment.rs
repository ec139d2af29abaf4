//! What a comment on a pull request says of the gates that were held for it.

use super::commit_text;
use super::gate::{bad, changes_of, counted, method, names, noise, seconds, share, topics};
use super::machine::facts;
use crate::gate::{Gate, Judgement, OutcomeKind};
use crate::model::{Commit, PairedRun};
use crate::report::comment::{Comment, Piece};
use crate::report::page::Section;

/// By this a comment is found again.
pub const COMMENT_MARKER: &str = "parcost gate";
/// More changes than a reader looks at; the others are among all results.
const CHANGES_MAX: usize = 15;

/// A gate that was held, on one machine.
pub struct Held {
    /// What was measured.
    pub run: PairedRun,
    /// What it comes to.
    pub gate: Gate,
    /// The name of the file that it is stored in.
    pub file: String,
}

/// What the caller knows for sure, from the forge itself and never from the run.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The repository's address, `https://github.com/owner/name`.
    pub address: Option<String>,
    /// The number of the workflow run that measured.
    pub workflow_run: Option<u64>,
    /// The commit that the workflow ran for; none where the run's candidate is it.
    pub measured: Option<String>,
    /// The commit that the pull request stands at now.
    pub head: Option<String>,
    /// Whether a slowdown is intended and was let through by a label.
    pub is_let_through: bool,
    /// Whether the workflow that measured failed, so that there may be less evidence than there should be.
    pub is_failed: bool,
}

impl Surroundings {
    /// The commit that was measured.
    pub fn measured_of(&self, held: &[Held]) -> String {
        let candidate = held.first().and_then(|held| held.run.candidate.id.clone());
        self.measured.clone().or(candidate).unwrap_or_default()
    }

    /// Whether the pull request stands elsewhere by now.
    pub fn is_stale(&self, held: &[Held]) -> bool {
        self.head.as_ref().is_some_and(|head| *head != self.measured_of(held))
    }
}

/// The comment on gates that were held for one commit, on one machine each; the worst of them is the heading.
pub fn gate_comment(held: &[Held], around: &Surroundings) -> Comment {
    let mut comment = Comment {
        marker: format!("{COMMENT_MARKER} sha={}", around.measured_of(held)),
        heading: heading(held, around),
        ..Comment::default()
    };
    if around.is_stale(held) {
        let stale = "Stale: the pull request has moved on since this was measured.";
        comment.said.push(vec![Piece::Text(stale.to_owned())]);
    }
    for Held { run, gate, file } in held {
        comment.said.push(measured(run, gate, around));
        let on = |section: Section| match held.len() {
            1 => section,
            _ => Section { heading: format!("{}, {}", section.heading, run.machine.key), ..section },
        };
        let mut changes = changes_of(gate, &[OutcomeKind::Regressed, OutcomeKind::Accepted, OutcomeKind::Improved]);
        let all = changes.table.as_ref().map_or(0, |table| table.rows.len());
        if let Some(table) = &mut changes.table {
            table.rows.truncate(CHANGES_MAX);
            changes.text = (all > CHANGES_MAX)
                .then(|| format!("The worst {CHANGES_MAX} of {all}; the others are among all results."));
        }
        comment.open.push(on(changes));
        comment.folded.extend(bad(gate).into_iter().map(on));
        comment.folded.extend([names(run, gate), topics(gate), super::gate::all_of(gate)].map(on));
        comment.folded.extend([facts("Machine", &run.machine.hardware), noise(run)].map(on));
        comment.commands.extend(commands(run, file, around));
    }
    comment.folded.push(method());
    comment.open.retain(|section| !section.is_empty());
    comment.folded.retain(|section| !section.is_empty());
    comment
}

/// The verdict on all machines together: a sign, a word, and how much could have been seen.
fn heading(held: &[Held], around: &Surroundings) -> String {
    let gates = || held.iter().map(|held| &held.gate);
    let sum = |kind: fn(OutcomeKind) -> bool| gates().map(|gate| counted(gate, kind)).sum::<usize>();
    let (decided, all) = (sum(OutcomeKind::is_decided), sum(|_| true));
    let missing: usize = gates().map(|gate| gate.missing.len()).sum();
    match worst(gates().map(|gate| gate.judgement)) {
        Judgement::Red => {
            let accepted = if around.is_let_through { ", let through by a label" } else { "" };
            format!("✗ slower: {} of {all} results{accepted}", sum(|kind| kind == OutcomeKind::Regressed))
        }
        Judgement::Missing => format!("? missing: {missing} benchmarks gave no answer; nothing else is slower"),
        Judgement::Nothing => format!("? inconclusive: {decided} of {all} results could be judged, too few to say"),
        Judgement::SameCode | Judgement::Green if around.is_failed => {
            "? incomplete: the workflow failed; nothing is slower in what it left".to_owned()
        }
        Judgement::SameCode => "· same code: both sides are identical programs, nothing to measure".to_owned(),
        Judgement::Green => format!("✓ nothing slower: {decided} of {all} results judged{}", sight(held)),
    }
}

/// The judgement that stands for several: none of them can be made up for by another.
fn worst(judgements: impl Iterator<Item = Judgement>) -> Judgement {
    let rank = |judgement: &Judgement| match judgement {
        Judgement::SameCode => 0,
        Judgement::Green => 1,
        Judgement::Missing => 2,
        Judgement::Nothing => 3,
        Judgement::Red => 4,
    };
    judgements.max_by_key(rank).unwrap_or(Judgement::Nothing)
}

fn sight(held: &[Held]) -> String {
    let halves = held.iter().filter_map(|held| held.gate.sensitivity).map(|sensitivity| sensitivity.half);
    halves
        .reduce(f64::max)
        .map_or(String::new(), |half| format!(", {} would have been seen in half of them", share(half)))
}

/// What was held against what, where, for how long and how finely.
fn measured(run: &PairedRun, gate: &Gate, around: &Surroundings) -> Vec<Piece> {
    let text = |text: &str| Piece::Text(text.to_owned());
    let commit = |commit: &Commit| {
        let short: String = commit.id.as_deref().unwrap_or("no commit").chars().take(12).collect();
        match (&around.address, &commit.id) {
            (Some(address), Some(id)) => Piece::Link { name: short, address: format!("{address}/commit/{id}") },
            _ => Piece::Name(short),
        }
    };
    let mut said = vec![commit(&run.candidate)];
    if let Some(measured) = around.measured.as_ref().filter(|measured| run.candidate.id.as_ref() != Some(measured)) {
        let head = Commit { id: Some(measured.clone()), ..run.candidate.clone() };
        said.extend([text(" (the merge of "), commit(&head), text(")")]);
    }
    said.extend([text(" against "), commit(&run.baseline), text(" on "), Piece::Name(run.machine.key.to_string())]);
    let sight = gate.sensitivity.map_or(String::new(), |sensitivity| {
        format!(
            "; seen would be {} in half of the benchmarks, {} in nine of ten",
            share(sensitivity.half),
            share(sensitivity.most)
        )
    });
    let counts = format!("{} of {} judged", counted(gate, OutcomeKind::is_decided), counted(gate, |_| true));
    said.push(Piece::Text(format!(", {counts}, measured for {}{sight}", seconds(run.duration_s))));
    if let (Some(address), Some(number)) = (&around.address, around.workflow_run) {
        let address = format!("{address}/actions/runs/{number}");
        said.extend([text("; "), Piece::Link { name: "workflow run".to_owned(), address }]);
    }
    said.push(text("."));
    if run.candidate.dirty || run.baseline.dirty {
        said.push(Piece::Text(format!(" Candidate: {}.", commit_text(&run.candidate))));
    }
    said
}

/// Every word of these was checked when the run was read: hexadecimal ids, a key, a number.
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
        "judge what was stored again, and measure nothing".to_owned(),
        format!("{download}parcost gate --from \"$(find . -name {file})\""),
    ));
    commands
}
