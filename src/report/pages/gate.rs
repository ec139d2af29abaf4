//! The page of a gate: its outcome, and everything it rests on.

use std::cmp::Reverse;

use schemars::JsonSchema;
use serde::Serialize;

use super::commit_text;
use crate::gate::{Gate, Sensitivity, SeriesVerdict};
use crate::model::{Commit, Conditions, Estimate, Fact, MachineKey, Metric, PairedRun};
use crate::report::number::quantity;
use crate::report::page::{Cell, NoteKind, PERCENT, Page, Section, Status, Table};
use crate::verdict::policy::{
    CHANGE_COUNT, CHANGE_INSTRUCTIONS, CHANGE_OTHER_CLOCK, CONFIDENCE_UNCHANGED, FALSE_DISCOVERY_RATE, LOOKS, percent,
};
use crate::verdict::{Outcome, Verdict, VerdictReason};

/// The conditions that say most of how quiet a machine was.
const CONDITIONS: [&str; 6] = [
    "load_1m",
    "cpu_steal_ratio",
    "pressure_cpu_some_percent",
    "pressure_io_some_percent",
    "frequency_mhz_min",
    "throttled_periods_total",
];

/// What a gate found in a paired run.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct GateData<'a> {
    /// The id of the paired run.
    pub run: &'a str,
    pub machine: &'a MachineKey,
    /// The source that is compared with.
    pub baseline: &'a Commit,
    /// The source that is judged.
    pub candidate: &'a Commit,
    #[serde(flatten)]
    pub gate: &'a Gate,
    #[serde(skip)]
    pub paired: &'a PairedRun,
}

impl<'a> GateData<'a> {
    pub fn new(paired: &'a PairedRun, gate: &'a Gate) -> Self {
        let PairedRun { id, machine, baseline, candidate, .. } = paired;
        Self { run: id, machine: &machine.key, baseline, candidate, gate, paired }
    }
}

/// The outcome, what changed and what could not be judged, and every result.
pub fn gate_page(GateData { paired: run, gate, .. }: &GateData<'_>) -> Page {
    let mut page = Page { title: "Gate".to_owned(), ..Page::default() };
    overview(&mut page, run, gate);
    page.line("measured", format!("{} of {}", seconds(run.duration_s), seconds(run.budget_s)));
    page.line("run", format!("{}, seed {}", run.id, run.seed));
    page.sections = vec![
        changes(gate),
        inconclusive(gate),
        invalid(gate),
        names(run, gate),
        topics(gate),
        all(gate),
        noise(run),
        method(),
    ];
    page.sections.retain(|section| !section.is_empty());
    page
}

pub fn gate_overview(run: &PairedRun, gate: &Gate) -> Page {
    let mut page = Page { title: format!("Gate of {}", run.started), ..Page::default() };
    overview(&mut page, run, gate);
    page.sections = vec![changes(gate)];
    page.sections.retain(|section| !section.is_empty());
    page
}

fn overview(page: &mut Page, run: &PairedRun, gate: &Gate) {
    page.line("outcome", outcome(gate));
    page.line("judged", judged(gate));
    if let Some(sensitivity) = gate.sensitivity {
        page.line("detectable", detectable(sensitivity));
    }
    page.line("baseline", commit_text(&run.baseline));
    page.line("candidate", commit_text(&run.candidate));
    if run.same_code {
        page.line("A/A test", "both sides are the same code: every change is a false alarm");
    }
    page.line("machine", run.machine.key.to_string());
}

fn outcome(gate: &Gate) -> String {
    match (gate.outcome, gate.reason, gate.sensitivity) {
        (Outcome::Fail, ..) => format!("fail: {} regressed", gate.regressions()),
        (outcome, Some(reason), _) => format!("{outcome}: {reason}"),
        (outcome, None, Some(sensitivity)) => {
            format!("{outcome}: nothing regressed; minimum detectable change {}", share(sensitivity.median))
        }
        (outcome, None, None) => format!("{outcome}: nothing regressed"),
    }
}

fn judged(gate: &Gate) -> String {
    let count = |wanted: &dyn Fn(&SeriesVerdict) -> bool| gate.results().filter(|series| wanted(series)).count();
    let mut counts: Vec<(usize, &str)> = Verdict::ALL
        .iter()
        .map(|&verdict| (count(&|it| it.verdict == verdict && it.accepted.is_none()), verdict.word()))
        .collect();
    counts.insert(1, (count(&|it| it.accepted.is_some()), "accepted"));
    let counts: Vec<String> =
        counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    let by_verdict = if counts.is_empty() { String::new() } else { format!(": {}", counts.join(", ")) };
    format!("{} of {} results{by_verdict}", gate.decided(), gate.results().count())
}

/// `2 % in half of 40 benchmarks, 5 % in nine of ten`.
pub(super) fn detectable(Sensitivity { median, p90, benchmarks }: Sensitivity) -> String {
    format!("{} in half of {benchmarks} benchmarks, {} in nine of ten", share(median), share(p90))
}

pub(super) fn method() -> Section {
    let [first, second, last] = LOOKS;
    let text = format!(
        "A pair is two fresh processes, one of each side, one after the other in random order; the value of a process is its \
         smallest sample. A benchmark regressed when the signed-rank test says that its pairs lie above the threshold, which is \
         when its interval does, is unchanged when the {} interval of the change lies within twice the threshold, and else \
         inconclusive. Runs are looked at after {first}, {second} and {last} pairs, each p is corrected for the three looks, and \
         of all reported changes {} are false at most on average. Wall time and CPU time are both judged where both were \
         measured, the one that is not the benchmark's main clock beyond {}. Counts are exact: what exceeds {} and {CHANGE_INSTRUCTIONS} instructions is a change. \
         The verdicts follow from the stored pairs alone.",
        percent(CONFIDENCE_UNCHANGED),
        percent(FALSE_DISCOVERY_RATE),
        percent(CHANGE_OTHER_CLOCK),
        percent(CHANGE_COUNT),
    );
    Section { text: Some(text), ..Section::new("Method") }
}

/// What changed, the largest regression first, and counts that changed within their threshold.
pub(super) fn changes(gate: &Gate) -> Section {
    let is_shown = |series: &&SeriesVerdict| {
        series.verdict.is_change() || matches!(series.reason, Some(VerdictReason::BelowThreshold(_)))
    };
    let mut section = Section::new("Changes");
    let mut shown: Vec<&SeriesVerdict> = gate.results().filter(is_shown).collect();
    let size = |series: &SeriesVerdict| series.change.map_or(0.0, |change| change.center().abs());
    let rank = |series: &SeriesVerdict| (series.verdict, series.accepted.is_some());
    shown.sort_by(|a, b| rank(a).cmp(&rank(b)).then(size(b).total_cmp(&size(a))));
    let mut table = Table::new(&["benchmark", "metric", "verdict", "#change", "#median"]);
    for series in shown {
        let median = series.median_change.map(|median| median.center());
        table.rows.push(vec![name(series), metric(series), verdict(series), change(series), exact_percent(median)]);
        if let Some(accepted) = &series.accepted {
            section.note(NoteKind::Note, &series.benchmark, &format!("accepted: {accepted}"));
        }
        if !series.functions.is_empty() {
            section.note(NoteKind::Note, &series.benchmark, &functions(series));
        }
        if series.verdict.is_change() && series.reason.is_some() {
            section.note(NoteKind::Note, &series.benchmark, &reason(series));
        }
    }
    if !table.rows.is_empty() {
        let text = "Largest regression first. Change is candidate ÷ baseline − 1 with the interval that the verdict \
                    rests on; median is the same of the median times, shown and not judged. Counts that changed within their threshold are unchanged.";
        (section.text, section.table) = (Some(text.to_owned()), Some(table));
    }
    section
}

pub(super) fn inconclusive(gate: &Gate) -> Section {
    let mut section = Section::new("Inconclusive");
    let mut table = Table::new(&["benchmark", "metric", "#change", "#detectable", "#pairs"]);
    let mut open: Vec<&SeriesVerdict> = of(gate, Verdict::Inconclusive).collect();
    open.sort_by_key(|series| Reverse(series.pairs));
    for series in open {
        let detectable = exact_percent(series.min_detectable_change);
        table.rows.push(vec![name(series), metric(series), change(series), detectable, pairs(series)]);
        let accepted = series.accepted.as_ref().map_or(String::new(), |accepted| format!("; accepted: {accepted}"));
        section.note(NoteKind::Inconclusive, &series.benchmark, &format!("{}{accepted}", reason(series)));
    }
    if !table.rows.is_empty() {
        let text = "Neither a significant change nor significantly unchanged. Detectable: the smallest change that the pairs \
                    would have shown 19 times in 20.";
        (section.text, section.table) = (Some(text.to_owned()), Some(table));
    }
    section
}

pub(super) fn invalid(gate: &Gate) -> Section {
    let mut section = Section::new("Invalid");
    for series in of(gate, Verdict::Invalid) {
        section.note(NoteKind::Invalid, &series.benchmark, &reason(series));
    }
    section
}

pub(super) fn all(gate: &Gate) -> Section {
    let mut section = Section::new("All results");
    let mut table = Table::new(&["benchmark", "metric", "verdict", "#change", "#detectable", "#pairs"]);
    for series in gate.results() {
        let detectable = exact_percent(series.min_detectable_change);
        table.rows.push(vec![name(series), metric(series), verdict(series), change(series), detectable, pairs(series)]);
    }
    section.table = (!table.rows.is_empty()).then_some(table);
    section
}

/// What else the machine did meanwhile; the stored file has all that was read.
pub(super) fn noise(run: &PairedRun) -> Section {
    let mut table = Table::new(&["condition", "#before", "#after"]);
    for name in CONDITIONS {
        let value = |conditions: &Conditions| match conditions.facts.get(name).and_then(Fact::value) {
            Some(value) => Cell::text(value),
            None => Cell::NotMeasured("the machine does not report it".to_owned()),
        };
        table.rows.push(vec![Cell::name(name), value(&run.conditions_before), value(&run.conditions_after)]);
    }
    Section { table: Some(table), ..Section::new("Machine and noise") }
}

pub(super) fn names(run: &PairedRun, gate: &Gate) -> Section {
    let mut section = Section::new("New, missing and skipped");
    let is_invalid = |name: &str| of(gate, Verdict::Invalid).any(|series| series.benchmark == name);
    for missing in gate.missing.iter().filter(|missing| !is_invalid(&missing.benchmark)) {
        section.note(NoteKind::Missing, &missing.benchmark, &missing.reason);
    }
    for allowed in &gate.allowed_missing {
        section.note(NoteKind::Skipped, &allowed.benchmark, &format!("{}, which is allowed", allowed.reason));
    }
    for added in &gate.added {
        section.note(NoteKind::New, added, "the baseline does not have it");
    }
    let is_missing = |name: &str| gate.missing.iter().chain(&gate.allowed_missing).any(|it| it.benchmark == name);
    for failure in run.failures.iter().filter(|failure| !is_missing(&failure.benchmark)) {
        section.note(NoteKind::Failed, &failure.benchmark, &failure.reason);
    }
    for omission in &run.omissions {
        section.note(NoteKind::Skipped, &omission.what, &omission.reason);
    }
    section
}

pub(super) fn topics(gate: &Gate) -> Section {
    let mut section = Section::new("Topics as a whole, never judged");
    let mut table = Table::new(&["topic", "#mean change", "#benchmarks"]);
    for topic in &gate.topics {
        let benchmarks = Cell::text(topic.benchmarks.to_string());
        table.rows.push(vec![Cell::name(&topic.topic), exact_percent(Some(topic.change)), benchmarks]);
    }
    section.table = (!table.rows.is_empty()).then_some(table);
    section
}

fn of(gate: &Gate, verdict: Verdict) -> impl Iterator<Item = &SeriesVerdict> {
    gate.results().filter(move |series| series.verdict == verdict)
}

fn reason(series: &SeriesVerdict) -> String {
    series.reason.as_ref().map(VerdictReason::to_string).unwrap_or_default()
}

fn name(series: &SeriesVerdict) -> Cell {
    Cell::name(&series.benchmark)
}

fn metric(series: &SeriesVerdict) -> Cell {
    Cell::text(match series.metric {
        Metric::WallTime => "wall",
        Metric::CpuTime => "cpu",
        Metric::CallgrindInstructions => "instructions",
        Metric::SystemCalls => "system calls",
        Metric::Allocations => "allocations",
        metric => metric.name(),
    })
}

/// `+412 instructions: parse +398, trim +14`; a function's are with those of all it calls.
fn functions(series: &SeriesVerdict) -> String {
    let more = |a: f64, b: f64| format!("{:+}", (b - a).round());
    let all = series.baseline.zip(series.candidate).map_or(String::new(), |(a, b)| more(a, b));
    let each =
        series.functions.iter().map(|it| format!("{} {}", it.name, more(it.baseline as f64, it.candidate as f64)));
    format!("{all} instructions, by function with what it calls: {}", each.collect::<Vec<_>>().join(", "))
}

fn verdict(series: &SeriesVerdict) -> Cell {
    match series.accepted {
        None if series.reason == Some(VerdictReason::SameCounts) => Cell::verdict(Status::Even, "unchanged in counts"),
        Some(_) => Cell::verdict(Status::Even, &format!("{}, accepted", series.verdict)),
        None => series.verdict.into(),
    }
}

fn change(series: &SeriesVerdict) -> Cell {
    match series.change {
        Some(change) if series.class.is_some() => Cell::percent(change),
        change => exact_percent(change.map(Estimate::center)),
    }
}

fn pairs(series: &SeriesVerdict) -> Cell {
    Cell::text(if series.class.is_some() { series.pairs.to_string() } else { String::new() })
}

/// A share in per cent; nothing where there is none.
pub(super) fn exact_percent(share: Option<f64>) -> Cell {
    match share.and_then(|share| Estimate::exact(share * 100.0).ok()) {
        Some(estimate) => Cell::Number { estimate, unit: PERCENT.to_owned(), with_interval: false },
        None => Cell::text(""),
    }
}

pub(super) fn share(share: f64) -> String {
    quantity(share * 100.0, PERCENT)
}

pub(super) fn seconds(seconds: f64) -> String {
    quantity(seconds * 1e9, "ns")
}
