//! Why the rows of a comparison moved: what they are put down to, what moved together and what was otherwise.

use std::collections::BTreeMap;

use crate::compare::{Comparison, Together};
use crate::report::page::{Cell, FACTOR, NoteKind, Section, Table, Tone};
use crate::verdict::attribution::Attribution;
use crate::verdict::environment::EnvironmentChange;

/// How a cause is told from another.
const EXPLAINED: &str = "Machine: the same binaries were measured on both sides, or calibrators, most floors, or most of all \
                         benchmarks went along and account for it. Code: none of them did, though they could have. \
                         Undecided: nothing could. \
                         Foreign: an interpreter that was found, and no code of ours.";
const NOTHING: &str = "Nothing that is recorded: hardware, kernel, mitigations, libc, toolchain, lock file, binaries, \
                       revision and conditions are the same on both sides, as far as both tell.";
const UNRECORDED: &str = "It is not known: another harness records neither machine nor toolchain nor conditions.";
/// Where a difference is listed, and what is not.
const CONDITIONS: &str = "Where a side has several runs, all their values, or their range. Of load, steal, clock, temperature, \
                          pressure and memory only what differs by as much as moves times.";

/// What the moves are put down to, in a few words, for the verdict.
pub(super) fn counted(comparison: &Comparison) -> Option<String> {
    let count = |cause| comparison.rows.iter().filter(|row| row.cause == Some(cause)).count();
    let told: Vec<String> = Attribution::ALL
        .into_iter()
        .filter(|cause| count(*cause) > 0)
        .map(|cause| format!("{} {}", count(cause), cause.word()))
        .collect();
    (!told.is_empty()).then(|| told.join(", "))
}

/// Why the rows moved, and which did together.
pub(super) fn causes(comparison: &Comparison) -> Section {
    let mut section = Section::new("why they moved, and what moved together");
    if comparison.together.is_empty() {
        return section;
    }
    section.text = Some(EXPLAINED.to_owned());
    let mut table = Table::new(&["cause", "topic", "group", "metric", "#rows", "#ratio"]);
    table.rows = comparison.together.iter().map(together).collect();
    section.table = Some(table);
    let mut reasons: BTreeMap<(Attribution, &str), usize> = BTreeMap::new();
    for row in &comparison.rows {
        if let (Some(cause), Some(reason)) = (row.cause, row.cause_reason.as_deref()) {
            *reasons.entry((cause, reason)).or_default() += 1;
        }
    }
    for ((cause, reason), rows) in reasons {
        let rows = if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") };
        section.note(NoteKind::Beside, &format!("{}, {rows}", cause.word()), reason);
    }
    section
}

fn together(together: &Together) -> Vec<Cell> {
    vec![
        cause_cell(Some(together.cause), together.worse),
        Cell::name(&together.topic),
        Cell::name(&together.group),
        Cell::text(together.metric.name().replace('_', " ")),
        Cell::text(together.benchmarks.len().to_string()),
        Cell::text(format!("{:.2}{FACTOR}", together.ratio)),
    ]
}

/// What a move is put down to: the code's is for better or worse, the machine's is neither.
pub(super) fn cause_cell(cause: Option<Attribution>, worse: bool) -> Cell {
    let Some(cause) = cause else { return Cell::text("") };
    let tone = match cause {
        Attribution::Code if worse => Tone::Worse,
        Attribution::Code => Tone::Better,
        Attribution::Machine | Attribution::External => Tone::Even,
        Attribution::Unknown => Tone::Unsure,
    };
    Cell::verdict(tone, cause.word())
}

/// What was otherwise on the candidate's side.
pub(super) fn otherwise(changes: Option<&[EnvironmentChange]>) -> Section {
    let mut section = Section::new("what was otherwise");
    match changes {
        None => section.text = Some(UNRECORDED.to_owned()),
        Some([]) => section.text = Some(NOTHING.to_owned()),
        Some(changes) => {
            let mut table = Table::new(&["kind", "what", "baseline", "candidate"]);
            table.rows = changes.iter().map(otherwise_row).collect();
            (section.text, section.table) = (Some(CONDITIONS.to_owned()), Some(table));
        }
    }
    section
}

fn otherwise_row(changed: &EnvironmentChange) -> Vec<Cell> {
    vec![
        Cell::text(changed.kind.word()),
        // The name of a fact as a reader says it.
        Cell::text(changed.name.replace('_', " ")),
        Cell::text(&*changed.baseline),
        Cell::text(&*changed.candidate),
    ]
}
