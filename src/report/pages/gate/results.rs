//! The results of a gate as tables: those that matter first, and then all.

use std::cmp::Reverse;

use super::exact_percent;
use crate::gate::{CountVerdict, Gate, OutcomeKind, PairedVerdict};
use crate::model::Metric;
use crate::report::page::{Cell, NoteKind, Section, Table, Tone};

/// What moved.
const CHANGES: &str = "Worst first. Change is candidate ÷ baseline - 1 with its 95 % interval; median is the same of the \
                       median times, shown and not judged. layout? is what executes the same instructions, so that \
                       the place of the code may explain it; notice is a count that moved by less than is held \
                       against it, or that of several threads.";
/// What did not tell.
const INCONCLUSIVE: &str = "They neither moved for sure nor stayed for sure; sees is the smallest change that the pairs \
                            would have shown 19 times in 20.";

/// One result, of pairs or of a count.
enum Result<'a> {
    Paired(&'a PairedVerdict),
    Count(&'a CountVerdict),
}

/// What changed, worst first.
pub(super) fn changes(gate: &Gate) -> Section {
    changes_of(
        gate,
        &[
            OutcomeKind::Regressed,
            OutcomeKind::Accepted,
            OutcomeKind::Improved,
            OutcomeKind::Layout,
            OutcomeKind::Notice,
        ],
    )
}

/// What changed in one of these ways, worst first.
pub(in crate::report::pages) fn changes_of(gate: &Gate, moved: &[OutcomeKind]) -> Section {
    let mut section = Section::new("Changes");
    let mut results: Vec<Result> = results(gate).filter(|result| moved.contains(&result.kind())).collect();
    results.sort_by(|a, b| a.kind().cmp(&b.kind()).then(b.distance().total_cmp(&a.distance())));
    let mut table = Table::new(&["benchmark", "in", "verdict", "#change", "#median"]);
    for result in results {
        table.rows.push(vec![result.name(), result.metric(), result.word(), result.change(), result.median()]);
    }
    if !table.rows.is_empty() {
        section.text = Some(CHANGES.to_owned());
        section.table = Some(table);
    }
    section
}

/// What the pairs do not tell, and why.
pub(super) fn inconclusive(gate: &Gate) -> Section {
    let mut section = Section::new("Inconclusive");
    let mut table = Table::new(&["benchmark", "in", "#change", "#sees", "#pairs"]);
    let mut open: Vec<Result> = of_kind(gate, OutcomeKind::Inconclusive).collect();
    open.sort_by_key(|result| Reverse(result.pairs()));
    for result in open {
        table.rows.push(vec![result.name(), result.metric(), result.change(), result.smallest(), result.pairs_cell()]);
        section.note(NoteKind::Inconclusive, result.benchmark(), &result.reason());
    }
    if !table.rows.is_empty() {
        section.text = Some(INCONCLUSIVE.to_owned());
        section.table = Some(table);
    }
    section
}

/// What could not be judged, and why.
pub(super) fn invalid(gate: &Gate) -> Section {
    let mut section = Section::new("Invalid");
    for result in of_kind(gate, OutcomeKind::Invalid) {
        section.note(NoteKind::Invalid, result.benchmark(), &result.reason());
    }
    section
}

/// Every result, in the order of the run.
pub(in crate::report::pages) fn all(gate: &Gate) -> Section {
    let mut section = Section::new("All results");
    let mut table = Table::new(&["benchmark", "in", "verdict", "#change", "#sees", "#pairs"]);
    for result in results(gate) {
        table.rows.push(vec![
            result.name(),
            result.metric(),
            result.word(),
            result.change(),
            result.smallest(),
            result.pairs_cell(),
        ]);
    }
    section.table = (!table.rows.is_empty()).then_some(table);
    section
}

fn results(gate: &Gate) -> impl Iterator<Item = Result<'_>> {
    gate.verdicts.iter().map(Result::Paired).chain(gate.counts.iter().map(Result::Count))
}

fn of_kind(gate: &Gate, kind: OutcomeKind) -> impl Iterator<Item = Result<'_>> {
    results(gate).filter(move |result| result.kind() == kind)
}

impl Result<'_> {
    fn kind(&self) -> OutcomeKind {
        match self {
            Result::Paired(verdict) => verdict.outcome.kind(),
            Result::Count(count) => count.outcome.kind(),
        }
    }

    fn benchmark(&self) -> &str {
        match self {
            Result::Paired(verdict) => &verdict.benchmark,
            Result::Count(count) => &count.benchmark,
        }
    }

    fn reason(&self) -> String {
        let reason = match self {
            Result::Paired(verdict) => verdict.outcome.reason(),
            Result::Count(count) => count.outcome.reason(),
        };
        reason.unwrap_or_default()
    }

    /// How far it moved, whichever way.
    fn distance(&self) -> f64 {
        match self {
            Result::Paired(verdict) => verdict.change.map_or(0.0, |change| change.center().abs()),
            Result::Count(count) => count.change.map_or(0.0, f64::abs),
        }
    }

    fn pairs(&self) -> usize {
        match self {
            Result::Paired(verdict) => verdict.pairs,
            Result::Count(_) => 0,
        }
    }

    fn name(&self) -> Cell {
        Cell::name(self.benchmark())
    }

    fn metric(&self) -> Cell {
        Cell::text(match self {
            Result::Paired(verdict) if verdict.metric == Metric::WallTime => "wall",
            Result::Paired(verdict) if verdict.metric == Metric::CpuTime => "cpu",
            Result::Paired(verdict) => verdict.metric.name(),
            Result::Count(_) => "count",
        })
    }

    fn word(&self) -> Cell {
        let tone = match self.kind() {
            OutcomeKind::Regressed => Tone::Worse,
            OutcomeKind::Improved => Tone::Better,
            OutcomeKind::Accepted | OutcomeKind::Unchanged | OutcomeKind::Notice => Tone::Even,
            OutcomeKind::Layout | OutcomeKind::Inconclusive | OutcomeKind::Invalid => Tone::Unsure,
        };
        Cell::verdict(tone, self.kind().word())
    }

    fn change(&self) -> Cell {
        match self {
            Result::Paired(verdict) => verdict.change.map_or(Cell::text(""), Cell::percent),
            Result::Count(count) => exact_percent(count.change),
        }
    }

    fn median(&self) -> Cell {
        match self {
            Result::Paired(verdict) => exact_percent(verdict.median.map(|median| median.center())),
            Result::Count(_) => Cell::text(""),
        }
    }

    fn smallest(&self) -> Cell {
        match self {
            Result::Paired(verdict) => exact_percent(verdict.smallest),
            Result::Count(_) => Cell::text(""),
        }
    }

    fn pairs_cell(&self) -> Cell {
        match self {
            Result::Paired(verdict) => Cell::text(verdict.pairs.to_string()),
            Result::Count(_) => Cell::text(""),
        }
    }
}
