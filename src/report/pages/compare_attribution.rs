//! Why the rows of a comparison changed: their attribution, what changed together and what else changed.

use std::collections::BTreeMap;

use crate::compare::{Comparison, MovedGroup};
use crate::report::number::plural;
use crate::report::page::{Cell, FACTOR, NoteKind, Section, Status, Table};
use crate::verdict::{Attribution, EnvironmentChange};

const EXPLAINED: &str = "Machine: both sides measured the same binaries, or reference workloads, most lower bounds or most of \
                         all benchmarks changed along and account for it. Code: none of them did, though they could have. \
                         Unknown: nothing could have shown it. External: an interpreter, not code of this project.";
const NOTHING: &str = "Nothing that is recorded: hardware, kernel, mitigations, libc, toolchain, lock file, binaries, \
                       revision and conditions are the same on both sides, as far as both record them.";
const UNRECORDED: &str = "Unknown: another harness records neither machine nor toolchain nor conditions.";
const CONDITIONS: &str = "Where a side has several runs, all their values, or their range. Of load, steal, clock, temperature, \
                          pressure and memory only differences large enough to change times.";

/// How many rows that changed are attributed to what.
pub(super) fn counted(comparison: &Comparison) -> Option<String> {
    let changed = || comparison.rows.iter().filter(|row| row.attribution.is_some());
    let count = |it| changed().filter(|row| row.attribution == Some(it)).count();
    let counts = Attribution::ALL.iter().copied().filter(|it| count(*it) > 0);
    let counts: Vec<String> = counts.map(|it| format!("{} {}", count(it), it.word())).collect();
    let inconclusive = match changed().filter(|row| !row.verdict.is_change()).count() {
        0 => String::new(),
        count => format!(" ({count} of these are inconclusive)"),
    };
    (!counts.is_empty()).then(|| counts.join(", ") + &inconclusive)
}

pub(super) fn attribution(comparison: &Comparison) -> Section {
    let names = ["attribution", "topic", "group", "metric", "#rows", "#ratio"];
    let table = Table::of(&names, comparison.moved_groups.iter().map(moved_group));
    let mut section = Section::new("attribution, and what changed together").tabled(EXPLAINED, table);
    let mut reasons: BTreeMap<(Attribution, String), usize> = BTreeMap::new();
    for row in &comparison.rows {
        if let (Some(attribution), Some(reason)) = (row.attribution, &row.attribution_reason) {
            *reasons.entry((attribution, reason.to_string())).or_default() += 1;
        }
    }
    for ((attribution, reason), rows) in reasons {
        section.note(NoteKind::Note, &format!("{}, {}", attribution.word(), plural(rows, "row")), &reason);
    }
    section
}

fn moved_group(group: &MovedGroup) -> Vec<Cell> {
    vec![
        attribution_cell(Some(group.attribution), group.worse),
        Cell::name(&group.topic),
        Cell::name(&group.group),
        Cell::text(group.metric.name().replace('_', " ")),
        Cell::text(group.benchmarks.len().to_string()),
        Cell::text(format!("{:.2}{FACTOR}", group.ratio.center)),
    ]
}

/// An attribution: the code's is for better or worse, the machine's is neither.
pub(super) fn attribution_cell(attribution: Option<Attribution>, worse: bool) -> Cell {
    let Some(attribution) = attribution else { return Cell::text("") };
    let status = match attribution {
        Attribution::Code if worse => Status::Worse,
        Attribution::Code => Status::Better,
        Attribution::Machine | Attribution::External => Status::Even,
        Attribution::Unknown => Status::Unsure,
    };
    Cell::verdict(status, attribution.word())
}

pub(super) fn environment_diff(changes: Option<&[EnvironmentChange]>) -> Section {
    let row = |change: &EnvironmentChange| {
        let name = change.name.replace('_', " ");
        [change.kind.word(), &name, &change.baseline, &change.candidate].map(Cell::text).to_vec()
    };
    let table = Table::of(&["kind", "what", "baseline", "candidate"], changes.into_iter().flatten().map(row));
    let text = match changes {
        None => UNRECORDED,
        Some([]) => NOTHING,
        Some(_) => CONDITIONS,
    };
    Section { text: Some(text.to_owned()), ..Section::new("What else changed") }.tabled(None, table)
}
