//! The page of two sides: what changed, what did not, and what could not be judged.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::compare::{Comparison, Figure, Mean, MovedGroup, Replicate, Row, Unmatched};
use crate::model::{Estimate, Metric};
use crate::report::number::{is_detectable, plural, quantity};
use crate::report::page::{Cell, FACTOR, NoteKind, PERCENT, Page, Section, Status, Table};
use crate::verdict::policy::{
    CHANGE_COMPUTE, CHANGE_SYSTEM, DETECTABLE_MAX, FALSE_DISCOVERY_RATE, RUNS_MIN, percent as share,
};
use crate::verdict::value::RoundStatistic;
use crate::verdict::{Attribution, Binaries, EnvironmentChange, Outcome, Verdict, VerdictReason};

/// Series that only one side has which are named one by one.
const NAMED_MAX: usize = 20;

/// The two sides, as they were read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Sides {
    pub baseline: String,
    pub candidate: String,
    /// What was skipped and what could not be used.
    pub remarks: Vec<Remark>,
    /// What the gate can measure the baseline again by: its commit, or a word for it; none where it does not build it.
    #[serde(skip)]
    pub revision: Option<String>,
}

/// Something found while the sides were read.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Remark {
    /// Whether data could not be used.
    pub invalid: bool,
    pub subject: String,
    pub text: String,
}

/// A comparison of two sides of one machine.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CompareData<'a> {
    #[serde(flatten)]
    pub sides: &'a Sides,
    #[serde(flatten)]
    pub comparison: &'a Comparison,
}

/// Rows that are printed though nothing is decided: the changes are all there is then.
const ROWS_UNFOLDED: usize = 20;

const EVERY_ROW: &str = "Every row";

/// What moved and a count of the rest; folded, the rest.
pub fn compare_page(CompareData { sides, comparison }: &CompareData<'_>) -> Page {
    let mut page = Page { title: "Comparison".to_owned(), ..Page::default() };
    page.verdict("verdicts", status(comparison), verdicts(comparison));
    page.line("baseline", sides.baseline.clone());
    page.line("candidate", sides.candidate.clone());
    let unmatched = comparison.added.len() + comparison.missing.len();
    let (judged, rows) = (comparison.judged(), comparison.rows.len());
    page.line("judged", format!("{judged} of {rows} rows; {unmatched} are on one side only"));
    if let Some(text) = detectable(comparison) {
        page.line("detectable", text);
    }
    let reason = comparison.reason.as_ref().map(ToString::to_string);
    for note in reason.into_iter().chain(comparison.notes.iter().cloned()) {
        page.line("note", note);
    }
    // A benchmark that both sides have is neither new nor missing, whatever single metrics of it are.
    let has_both = |one: &&Unmatched| comparison.rows.iter().any(|row| row.benchmark == one.benchmark);
    let (mut halves, added): (Vec<_>, Vec<_>) = comparison.added.iter().partition(has_both);
    let (more_halves, missing): (Vec<_>, Vec<_>) = comparison.missing.iter().partition(has_both);
    halves.extend(more_halves);
    page.sections = vec![
        changes(comparison),
        invalid(sides, comparison),
        environment_diff(comparison.environment_diff.as_deref()),
        attribution(comparison).folded(),
        means(&comparison.means).folded(),
        // Where nothing is decided, why is the result.
        Section { folded: comparison.decided() > 0, ..inconclusive(comparison) },
        unmatched_section(NoteKind::New, "New benchmarks, not in the baseline", &added),
        unmatched_section(NoteKind::Missing, "Missing benchmarks, not in the candidate", &missing),
        unmatched_section(NoteKind::NotMeasured, "Metrics without a value on one side", &halves),
        Section { folded: comparison.decided() > 0 || comparison.rows.len() > ROWS_UNFOLDED, ..all(comparison) },
        Section { text: Some(explained(comparison)), ..Section::new("Method") }.folded(),
    ];
    let folds_rows = page.sections.iter().any(|section| section.folded && section.heading == EVERY_ROW);
    let all =
        if folds_rows { "`--all` prints every row and how it is judged" } else { "`--all` prints how it is judged" };
    let revision = sides.revision.as_ref().filter(|_| comparison.outcome == Outcome::Fail);
    let gate = revision.map(|it| format!("`parcost gate --base {it}` measures both revisions in pairs; "));
    page.with_next(gate.unwrap_or_default() + all)
}

/// The changes that would have been found in half of the rows and in nine of ten.
fn detectable(comparison: &Comparison) -> Option<String> {
    let mut changes: Vec<f64> = comparison.rows.iter().filter_map(|row| row.min_detectable_change).collect();
    changes.sort_by(f64::total_cmp);
    let at = |tenths: usize| changes.get((changes.len() * tenths).div_ceil(10).max(1) - 1).copied();
    let (half, most, found) = (at(5)?, at(9)?, "would have been found in");
    let text = |change: f64| quantity(100.0 * change, PERCENT);
    Some(match () {
        () if !is_detectable(half) => {
            format!("in half of the rows no change below {DETECTABLE_MAX}× would have been found")
        }
        () if !is_detectable(most) => {
            format!(
                "a change of {} {found} half of the rows, none below {DETECTABLE_MAX}× in at least one of ten",
                text(half)
            )
        }
        () => format!("a change of {} {found} half of the rows, one of {} in nine of ten", text(half), text(most)),
    })
}

fn status(comparison: &Comparison) -> Status {
    let any = |verdict| comparison.with(verdict).next().is_some();
    match comparison.outcome {
        Outcome::Fail => Status::Worse,
        Outcome::Inconclusive => Status::Unsure,
        Outcome::Pass if any(Verdict::Improved) => Status::Better,
        Outcome::Pass => Status::Even,
    }
}

fn verdicts(comparison: &Comparison) -> String {
    let count = |verdict| comparison.with(verdict).count();
    let shown = Verdict::ALL.iter().copied().filter(|it| *it != Verdict::Invalid || count(*it) > 0);
    let mut text = shown.map(|verdict| format!("{} {verdict}", count(verdict))).collect::<Vec<_>>().join(", ");
    let attributed = |it: &Attribution| {
        let count = comparison.rows.iter().filter(|row| row.attribution == Some(*it)).count();
        (count > 0).then(|| format!("{count} {}", it.word()))
    };
    let attributed: Vec<String> = Attribution::ALL.iter().filter_map(attributed).collect();
    if !attributed.is_empty() {
        text.push_str(&format!("; attributed to: {}", attributed.join(", ")));
    }
    if matches!(comparison.binaries, Binaries::Same(_)) {
        format!("A/A test, every change is noise: {text}")
    } else {
        text
    }
}

fn explained(comparison: &Comparison) -> String {
    let is_tested = |row: &&Row| row.replicate == Replicate::Process && row.p_value.is_some();
    let mut thresholds: Vec<f64> = comparison.rows.iter().filter(is_tested).filter_map(|row| row.threshold).collect();
    thresholds.sort_by(f64::total_cmp);
    let medians =
        comparison.rows.iter().any(|row| row.round_statistic == RoundStatistic::Median && row.change.is_some());
    let mut text = format!(
        "A stored comparison is weaker than `parcost gate`: two sessions on one machine differ by some per cent for no \
         reason. Change is candidate ÷ baseline − 1, its interval from the spread between processes or runs, never within \
         one; a process stands for its smallest sample{}. A change is one that exceeds the threshold ({}, {} where the \
         processor's own work is timed",
        if medians { ", or its median where the sides took unlike numbers of samples" } else { "" },
        share(CHANGE_SYSTEM),
        share(CHANGE_COMPUTE)
    );
    if let Some((low, high)) = thresholds.first().zip(thresholds.last()) {
        let upto = if low < high { format!("{} to ", share(*low)) } else { String::new() };
        text.push_str(&format!(
            ", with fewer than {RUNS_MIN} runs a side what two sessions of such work differ by, here {upto}{}",
            share(*high)
        ));
    }
    text.push_str(&format!(
        "), normalized by its reference workload, too, unless that changed along, with at most {} false ones among all \
         reported changes. Unchanged is what significantly lies within twice that of the work. Detectable: the change that \
         would have been found 19 times in 20.",
        share(FALSE_DISCOVERY_RATE)
    ));
    text
}

fn changes(comparison: &Comparison) -> Section {
    let is_change = |row: &&Row| row.verdict.is_change() && row.change.is_some();
    let mut rows: Vec<&Row> = comparison.rows.iter().filter(is_change).collect();
    let apart = |row: &Row| row.ratio().unwrap_or(1.0).ln().abs();
    rows.sort_by(|a, b| a.verdict.cmp(&b.verdict).then(apart(b).total_cmp(&apart(a))));
    let cells = |row: &&Row| {
        let [baseline, candidate] = [row.baseline, row.candidate].map(|side| value(row, side));
        let attribution = attribution_cell(row.attribution, row.verdict == Verdict::Regressed);
        vec![name(row), row.verdict.into(), change(row.change), baseline, candidate, attribution]
    };
    // The verdict and the change first: a phone shows three columns.
    let names = ["benchmark", "verdict", "#change", "?#baseline", "?#candidate", "attribution"];
    let text = rows.is_empty().then(|| "Nothing moved significantly.".to_owned());
    Section { text, ..Section::new("What moved, the largest change first") }
        .tabled(None, Table::of(&names, rows.iter().map(cells)))
}

fn means(means: &[Mean]) -> Section {
    let text = "Candidate ÷ baseline. Intervals as if all rows erred together: too wide rather than too narrow.";
    let row = |Mean { topic, metric, rows, ratio, .. }: &Mean| {
        let metric = metric.name().replace('_', " ");
        vec![Cell::name(topic), Cell::text(metric), Cell::text(rows), figure(Some(*ratio))]
    };
    let table = Table::of(&["topic", "metric", "#rows", "#ratio"], means.iter().map(row));
    Section::new("Geometric means").tabled(text, table)
}

/// What could not be used, and what was skipped for its age.
fn invalid(sides: &Sides, comparison: &Comparison) -> Section {
    let mut section = remarks(&sides.remarks);
    for row in comparison.with(Verdict::Invalid) {
        section.note(NoteKind::Invalid, &row.benchmark, &reason(row));
    }
    section
}

pub(super) fn remarks(remarks: &[Remark]) -> Section {
    let mut section = Section::new("Invalid or skipped");
    for remark in remarks {
        let kind = if remark.invalid { NoteKind::Invalid } else { NoteKind::Skipped };
        section.note(kind, &remark.subject, &remark.text);
    }
    section
}

fn inconclusive(comparison: &Comparison) -> Section {
    let mut section = Section::new("Inconclusive");
    for row in comparison.with(Verdict::Inconclusive) {
        section.note(NoteKind::Inconclusive, &series_name(&row.benchmark, row.metric), &reason(row));
    }
    // A reason that holds for many rows is given once, with their number; the table below names them.
    for note in section.notes.iter_mut().filter(|note| note.subjects.len() > NAMED_MAX) {
        note.subjects = vec![format!("{} rows", note.subjects.len())];
    }
    section
}

/// Nobody expects that both sides have the same interpreters: what only those lack is folded.
fn unmatched_section(kind: NoteKind, heading: &str, unmatched: &[&Unmatched]) -> Section {
    let mut section = Section { folded: unmatched.iter().all(|one| one.external), ..Section::new(heading) };
    for one in unmatched {
        section.note(kind, &series_name(&one.benchmark, one.metric), &one.reason.to_string());
    }
    section.naming(NAMED_MAX)
}

fn all(comparison: &Comparison) -> Section {
    let mut section = Section::new(EVERY_ROW);
    let has_reference = comparison.rows.iter().any(|row| row.normalized.is_some());
    let mut text =
        "Where a line has room for it, n: runs (r) or fresh processes (p) of the baseline and of the candidate"
            .to_owned();
    if has_reference {
        text.push_str(
            "; normalized: the same change ÷ that of a reference workload timed in the same process, and where it is blank, \
             what the machine did by itself is not seen",
        );
    }
    section.text = Some(text + ".");
    let mut names = vec!["benchmark", "?#n", "#change"];
    if has_reference {
        names.push("?#normalized");
    }
    names.extend(["?#detectable", "verdict"]);
    let mut table = Table::new(&names);
    for row in &comparison.rows {
        let unit = if row.replicate == Replicate::Run { "r" } else { "p" };
        let n = match row.replicates {
            [0, 0] => String::new(),
            [a, b] => format!("{a}+{b}{unit}"),
        };
        let mut cells = vec![name(row), Cell::text(n), change(row.change)];
        if has_reference {
            cells.push(change(row.normalized.as_ref().map(|it| Figure::bare(it.change.center))));
        }
        let detectable = row.min_detectable_change.map_or_else(|| Cell::text(""), Cell::detectable);
        cells.extend([detectable, row.verdict.into()]);
        table.rows.push(cells);
    }
    section.table = Some(table);
    section
}

fn reason(row: &Row) -> String {
    row.reason.as_ref().map(VerdictReason::to_string).unwrap_or_default()
}

fn name(row: &Row) -> Cell {
    Cell::name(series_name(&row.benchmark, row.metric))
}

/// The benchmark, and its metric where it is not the usual one.
fn series_name(benchmark: &str, metric: Metric) -> String {
    match metric {
        Metric::WallTime => benchmark.to_owned(),
        metric => format!("{benchmark} {}", metric.name()),
    }
}

fn value(row: &Row, value: Option<f64>) -> Cell {
    Cell::text(value.map_or_else(String::new, |value| quantity(value, row.unit)))
}

fn change(share: Option<Figure>) -> Cell {
    match figure(share) {
        Cell::Number { estimate, .. } => Cell::Change(estimate),
        other => other,
    }
}

fn figure(figure: Option<Figure>) -> Cell {
    let Some(Figure { center, low, high }) = figure else { return Cell::text("") };
    let (low_end, high_end) = (low.unwrap_or(center).min(center), high.unwrap_or(center).max(center));
    match Estimate::new(center, low_end, high_end) {
        Ok(estimate) => Cell::Number { estimate, unit: FACTOR.to_owned(), with_interval: low.is_some() },
        Err(_) => Cell::text("beyond measure"),
    }
}

const EXPLAINED: &str = "Machine: both sides measured the same binaries, or reference workloads, most lower bounds or most of \
                         all benchmarks changed along and account for it. Code: none of them did, though they could have. \
                         Unknown: nothing could have shown it, \
                         the lower bound of its group changed along, or the commits differ in documentation alone. External: an interpreter, not code of this project.";
const NOTHING: &str = "Nothing that is recorded: hardware, kernel, mitigations, libc, toolchain, lock file, binaries, \
                       revision and conditions are the same on both sides, as far as both record them.";
const UNRECORDED: &str = "Unknown: another harness records neither machine nor toolchain nor conditions.";
const CONDITIONS: &str = "Where a side has several runs, all their values, or their range. Of load, steal, clock, temperature, \
                          pressure and memory only differences large enough to change times.";

pub(super) fn attribution(comparison: &Comparison) -> Section {
    let names = ["attribution", "topic", "group", "metric", "#rows", "#ratio"];
    let table = Table::of(&names, comparison.moved_groups.iter().map(moved_group));
    let mut section = Section::new("Attribution, and what changed together").tabled(EXPLAINED, table);
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
fn attribution_cell(attribution: Option<Attribution>, worse: bool) -> Cell {
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
        [&change.kind.to_string(), &name, &change.baseline, &change.candidate].map(Cell::text).to_vec()
    };
    let table = Table::of(&["kind", "what", "baseline", "candidate"], changes.into_iter().flatten().map(row));
    let text = match changes {
        None => UNRECORDED,
        Some([]) => NOTHING,
        Some(_) => CONDITIONS,
    };
    Section { text: Some(text.to_owned()), ..Section::new("What else changed") }.tabled(None, table)
}
