//! The page of two sides: what changed, what did not, and what cannot be told.

use serde::Serialize;

use super::super::number::quantity;
use super::compare_causes::{cause_cell, causes, counted, otherwise};
use crate::compare::{
    Comparison, FALSE_DISCOVERIES, FLOOR_COMPUTE, FLOOR_SESSION, FLOOR_SYSTEM, Lone, Mean, Replicate, Row, Taken,
    Verdict,
};
use crate::model::Estimate;
use crate::report::page::{Cell, FACTOR, NoteKind, PERCENT, Page, Section, Table, Tone};

/// Rows of series that one side alone has which are named one by one.
const LONE_MAX: usize = 20;

/// The two sides, as they were read.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Sides {
    /// What the baseline is.
    pub baseline: String,
    /// What the candidate is.
    pub candidate: String,
    /// What was found while reading them: what was left out and what could not be used.
    pub remarks: Vec<Remark>,
}

/// Something found while the sides were read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Remark {
    /// Whether it means that data were refused.
    pub refused: bool,
    /// What it is about.
    pub subject: String,
    /// What is to be said.
    pub text: String,
}

/// A comparison as programs read it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CompareRows<'a> {
    /// The sides.
    pub sides: &'a Sides,
    /// What became of them.
    pub comparison: &'a Comparison,
}

/// What became of two sides of one machine.
pub fn compare_page(sides: &Sides, comparison: &Comparison) -> Page {
    let mut page = Page { title: "Comparison".to_owned(), ..Page::default() };
    page.line("verdict", verdict(comparison));
    identify(&mut page, sides);
    page.line("judged", judged(comparison));
    let cautions = comparison.same_code.iter().chain(&comparison.shared_code).cloned();
    for caution in cautions.chain(comparison.machine_alone()).chain(comparison.cautions.iter().cloned()) {
        page.line("note", caution);
    }
    page.sections = vec![
        decided(comparison),
        causes(comparison),
        otherwise(comparison.otherwise.as_deref()),
        means(&comparison.means),
        refused(sides, comparison),
        undecided(comparison),
        lone("new benchmarks, which the baseline has not", &comparison.added),
        lone("missing benchmarks, which the candidate has not", &comparison.missing),
        all(comparison),
    ];
    page.sections.retain(|section| !section.is_empty());
    page
}

fn identify(page: &mut Page, sides: &Sides) {
    page.line("baseline", sides.baseline.clone());
    page.line("candidate", sides.candidate.clone());
}

fn verdict(comparison: &Comparison) -> String {
    let count = |verdict| comparison.with(verdict).count();
    let mut text = format!(
        "{} slower, {} faster, {} unchanged, {} inconclusive",
        count(Verdict::Slower),
        count(Verdict::Faster),
        count(Verdict::NoChange),
        count(Verdict::Inconclusive)
    );
    if count(Verdict::Refused) > 0 {
        text.push_str(&format!(", {} refused", count(Verdict::Refused)));
    }
    if let Some(causes) = counted(comparison) {
        text.push_str(&format!("; causes of what moved: {causes}"));
    }
    match comparison.same_code {
        Some(_) => format!("same code (A/A), so that what moves is noise: {text}"),
        None => text,
    }
}

fn judged(comparison: &Comparison) -> String {
    let alone = comparison.added.len() + comparison.missing.len();
    format!("{} of {} rows; {alone} are on one side only", comparison.decided(), comparison.rows.len())
}

fn share(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// What is needed to believe, or to doubt, the changes.
fn explained(comparison: &Comparison) -> String {
    let by_process = comparison.rows.iter().any(|row| row.replicate == Replicate::Process && row.p.is_some());
    let medians = comparison.rows.iter().any(|row| row.taken == Taken::Median && row.ratio.is_some());
    let mut text = format!(
        "A stored comparison is weaker than `parcost gate`: two sessions on one machine differ by some per cent for no \
         reason. The ratio is candidate ÷ baseline, its interval from the spread between processes or runs, never within \
         one; a process stands for its smallest sample{}. Told is what clears the floor ({}, {} where the processor's own \
         work is timed",
        if medians { ", or its median where the sides took unlike numbers of samples" } else { "" },
        share(FLOOR_SYSTEM),
        share(FLOOR_COMPUTE)
    );
    if by_process {
        text.push_str(&format!(", {} with fewer than three runs a side", share(FLOOR_SESSION)));
    }
    text.push_str(&format!(
        "), against its calibrator too unless that moved along, with at most {} false ones among all that is told. No change \
         is what surely lies within twice that of the work. Smallest: the change that would have been told 19 times in 20.",
        share(FALSE_DISCOVERIES)
    ));
    text
}

fn decided(comparison: &Comparison) -> Section {
    let mut rows: Vec<&Row> = comparison
        .with(Verdict::Slower)
        .chain(comparison.with(Verdict::Faster))
        .filter(|row| row.ratio.is_some())
        .collect();
    // Worst first; what got faster ends with what gained most.
    let order = |row: &Row| (row.verdict, -row.ratio.unwrap_or(1.0));
    rows.sort_by(|a, b| order(a).0.cmp(&order(b).0).then(order(a).1.total_cmp(&order(b).1)));
    let mut section = Section::new("changes");
    section.text = Some(explained(comparison));
    let mut table = Table::new(&["benchmark", "metric", "#baseline", "#candidate", "#change", "verdict", "cause"]);
    for row in &rows {
        table.rows.push(vec![
            Cell::name(&row.benchmark),
            metric(row),
            value(row, row.baseline),
            value(row, row.candidate),
            change(row),
            verdict_cell(row.verdict),
            cause_cell(row.cause, row.verdict == Verdict::Slower),
        ]);
    }
    if rows.is_empty() {
        section.text = Some(format!("No change is told. {}", explained(comparison)));
    }
    section.table = (!rows.is_empty()).then_some(table);
    section
}

fn means(means: &[Mean]) -> Section {
    let mut section = Section::new("geometric means");
    if means.is_empty() {
        return section;
    }
    section.text = Some(
        "Candidate ÷ baseline. Intervals as if all rows erred together: too wide rather than too narrow.".to_owned(),
    );
    let mut table = Table::new(&["topic", "metric", "#rows", "#ratio"]);
    for mean in means {
        table.rows.push(vec![
            Cell::name(&mean.topic),
            Cell::text(mean.metric.name().replace('_', " ")),
            Cell::text(mean.rows.to_string()),
            factor(Some(mean.ratio), mean.interval),
        ]);
    }
    section.table = Some(table);
    section
}

/// What could not be used, and what was left out for its age.
fn refused(sides: &Sides, comparison: &Comparison) -> Section {
    let mut section = remarks(&sides.remarks);
    for row in comparison.with(Verdict::Refused) {
        section.note(NoteKind::Refused, &row.benchmark, row.reason.as_deref().unwrap_or_default());
    }
    section
}

/// What was found while the sides were read.
pub(super) fn remarks(remarks: &[Remark]) -> Section {
    let mut section = Section::new("refused or left out");
    for remark in remarks {
        let kind = if remark.refused { NoteKind::Refused } else { NoteKind::LeftOut };
        section.note(kind, &remark.subject, &remark.text);
    }
    section
}

fn undecided(comparison: &Comparison) -> Section {
    let mut section = Section::new("inconclusive");
    for row in comparison.with(Verdict::Inconclusive) {
        let reason = row.reason.as_deref().unwrap_or("no reason was recorded");
        let subject = format!("{} {}", row.benchmark, row.metric.name());
        section.note(NoteKind::Inconclusive, &subject, reason);
    }
    // A reason that holds for many rows is told once, with their number; the table below names them.
    for note in &mut section.notes {
        if note.subjects.len() > LONE_MAX {
            note.subjects = vec![format!("{} rows", note.subjects.len())];
        }
    }
    section
}

fn lone(heading: &str, alone: &[Lone]) -> Section {
    let mut section = Section::new(heading);
    for lone in alone {
        let subject = format!("{} {}", lone.benchmark, lone.metric.name());
        section.note(NoteKind::NotMeasured, &subject, &lone.reason);
    }
    for note in &mut section.notes {
        if note.subjects.len() > LONE_MAX {
            let others = note.subjects.split_off(LONE_MAX).len();
            note.subjects.push(format!("{others} others"));
        }
    }
    section
}

fn all(comparison: &Comparison) -> Section {
    let mut section = Section::new("all rows");
    section.text = Some(
        "n: runs (r) or fresh processes (p) of the baseline and of the candidate. ÷ calibrator is the same change against a \
         small fixed work timed in the same process; where it is blank, what the machine did by itself goes unseen."
            .to_owned(),
    );
    let calibrated = comparison.rows.iter().any(|row| row.calibrated.is_some());
    let mut names = vec!["benchmark", "metric", "#n", "#change"];
    if calibrated {
        names.push("#÷ calibrator");
    }
    names.extend(["#smallest", "verdict"]);
    let mut table = Table::new(&names);
    for row in &comparison.rows {
        let unit = if row.replicate == Replicate::Run { "r" } else { "p" };
        let n = match row.replicates {
            [0, 0] => String::new(),
            [a, b] => format!("{a}+{b}{unit}"),
        };
        let mut cells = vec![Cell::name(&row.benchmark), metric(row), Cell::text(n), change(row)];
        if calibrated {
            let estimate = row.calibrated.as_ref().map(|it| it.ratio);
            cells.push(percent(estimate.map(Estimate::center), None));
        }
        cells.extend([percent(row.smallest.map(|it| 1.0 + it), None), verdict_cell(row.verdict)]);
        table.rows.push(cells);
    }
    section.table = Some(table);
    section
}

/// Words may be broken at their spaces.
fn metric(row: &Row) -> Cell {
    Cell::text(row.metric.name().replace('_', " "))
}

fn value(row: &Row, value: Option<f64>) -> Cell {
    Cell::text(value.map_or_else(String::new, |value| quantity(value, row.metric.unit())))
}

fn change(row: &Row) -> Cell {
    percent(row.ratio, row.interval)
}

/// A ratio as the change in per cent, with its interval.
fn percent(ratio: Option<f64>, interval: Option<Estimate>) -> Cell {
    let share = |ratio: f64| (ratio - 1.0) * 100.0;
    number(ratio.map(share), interval.map(|it| [share(it.low()), share(it.high())]), PERCENT)
}

fn factor(ratio: Option<f64>, interval: Option<Estimate>) -> Cell {
    number(ratio, interval.map(|it| [it.low(), it.high()]), FACTOR)
}

fn number(center: Option<f64>, ends: Option<[f64; 2]>, unit: &str) -> Cell {
    let Some(center) = center else { return Cell::text("") };
    let [low, high] = ends.unwrap_or([center, center]);
    match Estimate::new(center, low.min(center), high.max(center)) {
        Ok(estimate) => Cell::Number { estimate, unit: unit.to_owned(), with_interval: ends.is_some() },
        Err(_) => Cell::text("beyond measure"),
    }
}

/// A verdict with its tone.
fn verdict_cell(verdict: Verdict) -> Cell {
    let tone = match verdict {
        Verdict::Slower => Tone::Worse,
        Verdict::Faster => Tone::Better,
        Verdict::NoChange => Tone::Even,
        Verdict::Inconclusive | Verdict::Refused => Tone::Unsure,
    };
    Cell::verdict(tone, verdict.word())
}
