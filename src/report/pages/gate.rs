//! The page of a gate: its outcome, and everything it rests on.

use schemars::JsonSchema;
use serde::Serialize;

use super::accept::{ROWS_MAX, acceptance, next};
use super::commit_text;
use crate::gate::{BenchmarkVerdict, Gate, OutcomeReason, Sensitivity, SeriesVerdict};
use crate::model::{Commit, Conditions, Estimate, Fact, MachineKey, Metric, PairedRun};
use crate::report::comment::Piece;
use crate::report::number::{count, is_detectable, plural, quantity, signed_change};
use crate::report::page::{Cell, Note, NoteKind, PERCENT, Page, Section, Status, Table};
use crate::verdict::policy::{
    CHANGE_COUNT, CHANGE_INSTRUCTIONS, CHANGE_OTHER_CLOCK, CONFIDENCE_UNCHANGED, DETECTABLE_MAX, FALSE_DISCOVERY_RATE,
    LOOKS, percent,
};
use crate::verdict::{InconclusiveReason, Outcome, Verdict, VerdictReason};

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

/// The verdict, what regressed and everything else in a line each, what to do now, and folded all that it rests on.
pub fn gate_page(GateData { paired: run, gate, .. }: &GateData<'_>) -> Page {
    let mut page = Page { title: format!("parcost: {}", text(&headline(&[gate]))), ..Page::default() };
    overview(&mut page, run, gate);
    let pairs = match run.benchmarks.iter().all(|benchmark| benchmark.pairs.is_empty()) {
        true => String::new(),
        false => format!("; budget for pairs {}", seconds(run.budget_s)),
    };
    page.line("measured", format!("{}{pairs}, run {}, seed {}", seconds(run.duration_s), run.id, run.seed));
    page.sections = vec![regressed(gate), others(gate), names(run, gate), acceptance(run, gate)];
    page.sections.extend(folded(run, gate));
    page.with_next(next(run, gate))
}

pub fn gate_overview(run: &PairedRun, gate: &Gate) -> Page {
    let mut page = Page { title: format!("Gate of {}", run.started), ..Page::default() };
    page.line("outcome", text(&headline(&[gate])));
    overview(&mut page, run, gate);
    page.sections = vec![regressed(gate), others(gate)];
    page.sections.retain(|section| !section.is_empty());
    page
}

/// What a reader opens to check the rest.
pub(super) fn folded(run: &PairedRun, gate: &Gate) -> [Section; 4] {
    [all(gate), topics(gate), noise(run), method()]
}

fn overview(page: &mut Page, run: &PairedRun, gate: &Gate) {
    page.line("baseline", commit_text(&run.baseline));
    page.line("candidate", commit_text(&run.candidate));
    if run.same_code {
        page.line("A/A test", "both sides are the same code: every change is a false alarm");
    }
    page.line("machine", run.machine.key.to_string());
    if let Some(detectable) = detectable(gate) {
        page.line("detectable", detectable);
    }
    if let Some(control) = gate.control {
        page.line("control", control.to_string());
    }
}

/// `✗ 4 regressed (worst +31.0 % spawn/fork), 1 improved, 180 unchanged, 8 inconclusive`, of benchmarks, over all machines.
pub(super) fn headline(gates: &[&Gate]) -> Vec<Piece> {
    let said = |text: &str| Piece::Text(text.to_owned());
    if !gates.is_empty() && gates.iter().all(|gate| gate.reason == Some(OutcomeReason::Identical)) {
        return vec![said("· both sides are identical programs, nothing to measure")];
    }
    let all: Vec<BenchmarkVerdict<'_>> = gates.iter().flat_map(|gate| gate.by_benchmark()).collect();
    let outcome = gates.iter().map(|gate| gate.outcome).max().unwrap_or(Outcome::Inconclusive);
    let count_of = |verdict: Verdict| all.iter().filter(|it| it.is(verdict)).count();
    let missing =
        gates.iter().map(|gate| gate.missing.iter().filter(|it| !is_invalid(gate, &it.benchmark)).count()).sum();
    let mut parts = vec![
        (count_of(Verdict::Regressed), "regressed"),
        (missing, "missing"),
        (count_of(Verdict::Improved), "improved"),
        (all.iter().filter(|it| it.lead.accepted.is_some()).count(), "accepted"),
        (count_of(Verdict::Unchanged), "unchanged"),
        (count_of(Verdict::Inconclusive), "inconclusive"),
        (count_of(Verdict::Invalid), "invalid"),
    ];
    // What decides the outcome comes first.
    let decides = |word: &str| matches!(word, "regressed" | "missing") || matches!(word, "inconclusive" | "invalid");
    if outcome == Outcome::Inconclusive {
        parts.sort_by_key(|(_, word)| !decides(word));
    }
    parts.retain(|(count, _)| *count > 0);
    let sign = match outcome {
        Outcome::Pass => Status::Better,
        Outcome::Inconclusive => Status::Unsure,
        Outcome::Fail => Status::Worse,
    };
    let is_unfit = gates.iter().any(|gate| matches!(gate.reason, Some(OutcomeReason::Unfit(_))));
    let mut pieces = vec![said(&format!("{} {}", sign.sign(), if is_unfit { "the machine is unfit; " } else { "" }))];
    for (place, (count, word)) in parts.iter().enumerate() {
        pieces.push(said(&format!("{}{count} {word}", if place > 0 { ", " } else { "" })));
        if *word == "unchanged" {
            pieces.extend(by_counts(gates, &all).map(|text| said(&text)));
        }
        if *word == "regressed"
            && let Some(worst) = worst(&all)
        {
            let change = worst.change.map_or(String::new(), |it| signed_change(exact(it)) + " ");
            pieces.extend([said(&format!(" (worst {change}")), Piece::Name(worst.benchmark.clone()), said(")")]);
        }
    }
    if parts.is_empty() {
        pieces.push(said("nothing was measured"));
    }
    pieces
}

/// How many of the unchanged ones are so by their counts alone, and what their times would have shown.
fn by_counts(gates: &[&Gate], all: &[BenchmarkVerdict<'_>]) -> Option<String> {
    let unchanged = all.iter().filter(|it| it.is(Verdict::Unchanged));
    let (counted, timed): (Vec<_>, Vec<_>) = unchanged.partition(|it| is_by_counts(it.lead));
    let which = match (&counted[..], &timed[..]) {
        ([], _) => return None,
        (_, []) => "by counts".to_owned(),
        (counted, _) => format!("{} by counts", counted.len()),
    };
    let seen = match gates {
        _ if counted.iter().all(|it| is_untimed(it.lead)) => "not timed".to_owned(),
        [Gate { sensitivity: Some(it), .. }] if is_detectable(it.median) => {
            format!("times would show {} or more", share(it.median))
        }
        _ => "times show little".to_owned(),
    };
    Some(format!(" ({which}; {seen})"))
}

/// The pieces without their marks.
pub(super) fn text(pieces: &[Piece]) -> String {
    let plain = |piece: &Piece| match piece {
        Piece::Text(text) | Piece::Name(text) | Piece::Block(text) | Piece::Link { name: text, .. } => text.clone(),
    };
    pieces.iter().map(plain).collect()
}

fn worst<'a>(all: &'a [BenchmarkVerdict<'_>]) -> Option<&'a SeriesVerdict> {
    let regressed = all.iter().filter(|it| it.is(Verdict::Regressed)).map(|it| it.lead);
    regressed.max_by(|a, b| size(a).total_cmp(&size(b)))
}

fn size(series: &SeriesVerdict) -> f64 {
    series.change.map_or(0.0, |change| change.center().abs())
}

fn is_invalid(gate: &Gate, name: &str) -> bool {
    gate.results().any(|series| series.verdict == Verdict::Invalid && series.benchmark == name)
}

fn exact(estimate: Estimate) -> Estimate {
    Estimate::exact(estimate.center()).unwrap_or(estimate)
}

/// One notion of how much was seen by time and by counts: where a benchmark is unchanged, no more than its interval excludes.
pub(super) fn detectable(gate: &Gate) -> Option<String> {
    let more = |Sensitivity { median, p90, benchmarks }| {
        let (half, most, found) = (share(median), share(p90), "more instructions would have been found in");
        let counted = plural(benchmarks, "counted benchmark");
        match half == most {
            _ if benchmarks == 1 => format!("{most} {found} the one counted benchmark"),
            true => format!("{most} {found} nine of ten of the {counted}"),
            false => format!("{half} {found} half of the {counted}, {most} in nine of ten"),
        }
    };
    match (gate.sensitivity.map(slowdown), gate.sensitivity_of_counts.map(more)) {
        (Some(time), Some(counts)) => Some(format!("by time, {time}; by counts, {counts}")),
        (time, counts) => time.or(counts),
    }
}

fn slowdown(Sensitivity { median, p90, .. }: Sensitivity) -> String {
    let (half, most) = (share(median), share(p90));
    let found = "would have been found in";
    match half == most {
        _ if !is_detectable(median) => format!("no slowdown below {DETECTABLE_MAX}× {found} half of the benchmarks"),
        _ if !is_detectable(p90) => format!(
            "a slowdown of {half} or more {found} half of the benchmarks, none below {DETECTABLE_MAX}× in one of ten"
        ),
        true => format!("a slowdown of {most} or more {found} nine of ten benchmarks"),
        false => format!("a slowdown of {half} or more {found} half of the benchmarks, one of {most} in nine of ten"),
    }
}

pub(super) fn method() -> Section {
    let [first, second, last] = LOOKS;
    let text = format!(
        "A pair is two fresh processes, one of each side, one after the other in random order; the value of a process is its \
         smallest sample. A benchmark regressed when the signed-rank test says that its pairs lie above the threshold, which is \
         when its interval does, is unchanged when the {} interval of the change lies within twice the threshold, and else \
         inconclusive. Benchmarks are examined after {first}, {second} and {last} pairs, each p is corrected for the three looks, and \
         of all reported changes {} are false at most on average. Wall time and CPU time are both judged where both were \
         measured, the one that is not the benchmark's main clock beyond {}. Counts are exact: what exceeds {} and {CHANGE_INSTRUCTIONS} instructions is a change. \
         The verdicts follow from the stored pairs alone.",
        percent(CONFIDENCE_UNCHANGED),
        percent(FALSE_DISCOVERY_RATE),
        percent(CHANGE_OTHER_CLOCK),
        percent(CHANGE_COUNT),
    );
    Section { text: Some(text), folded: true, ..Section::new("Method") }
}

/// Whether nothing happened that a reader has to look at.
pub(super) fn is_quiet(gate: &Gate) -> bool {
    let is_unchanged = |it: &BenchmarkVerdict<'_>| it.is(Verdict::Unchanged);
    let is_named = gate.added.is_empty() && gate.allowed_missing.is_empty();
    let is_timed = !gate.benchmarks.iter().any(is_untimed);
    gate.outcome == Outcome::Pass && is_named && is_timed && gate.by_benchmark().iter().all(is_unchanged)
}

/// What regressed, the largest first, with its evidence and the functions to look at.
pub(super) fn regressed(gate: &Gate) -> Section {
    let all = gate.by_benchmark();
    let mut rows: Vec<&BenchmarkVerdict<'_>> = all.iter().filter(|it| it.is(Verdict::Regressed)).collect();
    rows.sort_by(|a, b| size(b.lead).total_cmp(&size(a.lead)));
    let mut section = Section::new("Regressed");
    // The change first: a phone shows two columns.
    let mut table = Table::new(&["benchmark", "#change", "#baseline", "#candidate", "evidence"]);
    for benchmark in rows.iter().take(ROWS_MAX) {
        let lead = benchmark.lead;
        let [base, head] = [lead.baseline, lead.candidate].map(|value| level(lead, value));
        table.rows.push(vec![Cell::name(&lead.benchmark), change(lead), base, head, Cell::text(evidence(benchmark))]);
        if let Some(counted) = benchmark.all().find(|series| !series.functions.is_empty()) {
            section.note(NoteKind::Functions, &lead.benchmark, &functions(counted));
        }
        if let Some(reason) = &lead.reason {
            section.note(NoteKind::Note, &lead.benchmark, &reason.to_string());
        }
    }
    if rows.len() > ROWS_MAX {
        section.text = Some(format!("The first {ROWS_MAX} of {}; the others are among all results.", rows.len()));
    }
    section.tabled(None, table)
}

/// What the verdict rests on: `wall, 15 pairs; instructions +4.50 %`.
fn evidence(benchmark: &BenchmarkVerdict<'_>) -> String {
    let lead = benchmark.lead;
    let of_lead = match lead.class {
        Some(_) => format!("{}, {} pairs", metric(lead), lead.pairs),
        None => format!("{}, counted", metric(lead)),
    };
    let others = benchmark.others.iter().filter(|series| series.verdict.is_change());
    let more = others.filter_map(|series| Some(format!("{} {}", metric(series), signed_change(exact(series.change?)))));
    [of_lead].into_iter().chain(more).collect::<Vec<_>>().join("; ")
}

/// A value in its unit; counts in full.
fn level(series: &SeriesVerdict, value: Option<f64>) -> Cell {
    Cell::text(match value {
        None => String::new(),
        Some(value) if series.class.is_some() => quantity(value, series.unit),
        Some(value) => count(value),
    })
}

/// Everything else in a line each: inconclusive with what would decide it, invalid, improved, accepted, unchanged.
pub(super) fn others(gate: &Gate) -> Section {
    let all = gate.by_benchmark();
    let has_regressed = all.iter().any(|it| it.is(Verdict::Regressed));
    let mut section = Section::new(if has_regressed { "Other benchmarks" } else { "Benchmarks" });
    for BenchmarkVerdict { lead, others } in all.iter().filter(|it| it.is(Verdict::Inconclusive)) {
        let few =
            others.iter().find(|it| matches!(it.reason, Some(VerdictReason::FewInstructions(few)) if few.share > 0.0));
        let beside = few.map_or(String::new(), |it| format!("; {}", reason(it)));
        section.note(NoteKind::Inconclusive, &lead.benchmark, &(what_decides(lead.reason.as_ref()) + &beside));
    }
    for BenchmarkVerdict { lead, .. } in all.iter().filter(|it| it.is(Verdict::Invalid)) {
        section.note(NoteKind::Invalid, &lead.benchmark, &reason(lead));
    }
    let improved: Vec<&SeriesVerdict> =
        all.iter().map(|it| it.lead).filter(|lead| lead.verdict == Verdict::Improved).collect();
    section.notes.extend(improvements(&improved));
    for BenchmarkVerdict { lead, .. } in &all {
        if let Some(accepted) = &lead.accepted {
            let change = if lead.verdict.is_change() { format!(" {}", changed(lead)) } else { String::new() };
            section.note(NoteKind::Accepted, &lead.benchmark, &format!("{}{change}: {accepted}", lead.verdict));
        }
    }
    let unchanged: Vec<&SeriesVerdict> = all.iter().filter(|it| it.is(Verdict::Unchanged)).map(|it| it.lead).collect();
    if !unchanged.is_empty() {
        let (count, text) = (unchanged.len(), within(&unchanged));
        section.notes.push(Note { kind: NoteKind::Unchanged, subjects: Vec::new(), count, text });
    }
    section
}

/// `-8.00 % (-9.11 to -6.90)`, with the metric of a count.
fn changed(series: &SeriesVerdict) -> String {
    let counted = if series.class.is_none() { format!(" {}", metric(series)) } else { String::new() };
    series.change.map_or(String::new(), signed_change) + &counted
}

/// Several improvements in a line: the first names, and the changes in their order.
fn improvements(improved: &[&SeriesVerdict]) -> Option<Note> {
    let shown = &improved[..improved.len().min(ROWS_MAX)];
    let subjects: Vec<String> = shown.iter().map(|series| series.benchmark.clone()).collect();
    let mut text = shown.iter().map(|series| changed(series)).collect::<Vec<_>>().join(", ");
    if improved.len() > shown.len() {
        text.push_str(&format!("; {} more are among all results", improved.len() - shown.len()));
    }
    (!shown.is_empty()).then_some(Note { kind: NoteKind::Improved, subjects, count: improved.len(), text })
}

/// `3 benchmarks, each within ±2.1 %`, of those measured in pairs; the others are the same in their counts, and some of them
/// got no pair.
fn within(unchanged: &[&SeriesVerdict]) -> String {
    let timed: Vec<&SeriesVerdict> =
        unchanged.iter().copied().filter(|series| series.class.is_some() && !is_by_counts(series)).collect();
    let reach = |series: &&SeriesVerdict| series.change.map(|change| change.low().abs().max(change.high().abs()));
    let widest = timed.iter().filter_map(reach).fold(0.0, f64::max);
    let counted = unchanged.len() - timed.len();
    let count = |count| plural(count, "benchmark");
    let bound = format!("within ±{:.1} %", (widest * 1e3).ceil() / 10.0);
    let untimed = unchanged.iter().filter(|series| is_untimed(series)).count();
    let untimed = if untimed > 0 { format!(", {untimed} of them not timed") } else { String::new() };
    match (timed.len(), counted) {
        (timed, 0) => format!("{}, {bound}", count(timed)),
        (0, counted) => format!("{}, in counts of one execution{untimed}", count(counted)),
        (timed, counted) => {
            format!("{}, {timed} {bound} and {counted} in counts of one execution{untimed}", count(timed + counted))
        }
    }
}

/// What would decide a benchmark that is not decided.
fn what_decides(reason: Option<&VerdictReason>) -> String {
    let known = match reason {
        Some(VerdictReason::Inconclusive(reason)) => reason,
        other => return other.map(VerdictReason::to_string).unwrap_or_default(),
    };
    match known {
        InconclusiveReason::TooFewPairs { .. } | InconclusiveReason::Budget { .. } => {
            "measuring ended; a larger --budget decides".to_owned()
        }
        InconclusiveReason::NoisyPairs => {
            "the pairs differ too much from one another; a quieter machine decides, or a rule \
                                           under [[inconclusive]] accepts it"
                .to_owned()
        }
        InconclusiveReason::Layout => {
            "code layout: the same instructions, so the place of the code may explain the change; \
                                       `parcost trend` shows whether it stays"
                .to_owned()
        }
        other => other.to_string(),
    }
}

pub(super) fn all(gate: &Gate) -> Section {
    let mut section = Section { folded: true, ..Section::new("All results") };
    let mut table = Table::new(&["benchmark", "metric", "verdict", "#change", "?#detectable", "?#pairs"]);
    for series in gate.results() {
        let detectable = series.min_detectable_change.map_or(Cell::text(""), Cell::detectable);
        let pairs = if series.class.is_some() { series.pairs.to_string() } else { String::new() };
        table.rows.push(vec![
            Cell::name(&series.benchmark),
            Cell::text(metric(series)),
            verdict(series),
            change(series),
            detectable,
            Cell::text(pairs),
        ]);
        if series.verdict == Verdict::Inconclusive {
            section.note(NoteKind::Inconclusive, &series.benchmark, &reason(series));
        }
    }
    section.tabled(None, table)
}

/// What else the machine did meanwhile; the stored file has all that was read.
pub(super) fn noise(run: &PairedRun) -> Section {
    let value = |conditions: &Conditions, name| match conditions.facts.get(name).and_then(Fact::value) {
        Some(value) => Cell::text(value),
        None => Cell::Absent(NoteKind::NotMeasured),
    };
    let row = |name| vec![Cell::name(name), value(&run.conditions_before, name), value(&run.conditions_after, name)];
    let table = Table::of(&["condition", "#before", "#after"], CONDITIONS.map(row));
    Section::new("Machine and noise").folded().tabled(None, table)
}

pub(super) fn names(run: &PairedRun, gate: &Gate) -> Section {
    let mut section = Section::new("New, missing and skipped");
    for note in &run.notes {
        section.note(NoteKind::Note, &note.topic, &note.text);
    }
    for missing in gate.missing.iter().filter(|missing| !is_invalid(gate, &missing.benchmark)) {
        section.note(NoteKind::Missing, &missing.benchmark, &missing.reason);
    }
    for allowed in &gate.allowed_missing {
        section.note(NoteKind::Skipped, &allowed.benchmark, &format!("{}, which is allowed", allowed.reason));
    }
    for added in &gate.added {
        section.note(NoteKind::New, added, "the baseline does not have it, so it is judged from the next change on");
    }
    for benchmark in run.benchmarks.iter().filter(|it| !it.is_control) {
        if let Some(old) = &benchmark.renamed_from {
            section.note(NoteKind::Renamed, &benchmark.benchmark, &format!("it was `{old}`, and executes the same"));
        }
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
    let rows = gate.topics.iter().map(|topic| {
        vec![Cell::name(&topic.topic), Cell::exact(topic.change * 100.0, PERCENT), Cell::text(topic.benchmarks)]
    });
    let table = Table::of(&["topic", "#mean change", "#benchmarks"], rows);
    Section::new("Topics as a whole, never judged").folded().tabled(None, table)
}

fn reason(series: &SeriesVerdict) -> String {
    series.reason.as_ref().map(VerdictReason::to_string).unwrap_or_default()
}

fn metric(series: &SeriesVerdict) -> &'static str {
    match series.metric {
        Metric::WallTime => "wall",
        Metric::CpuTime => "cpu",
        Metric::CallgrindInstructions => "instructions",
        Metric::SystemCalls => "system calls",
        Metric::Allocations => "allocations",
        metric => metric.name(),
    }
}

/// `+412 instructions; functions with what they call: parse +398, trim +14`.
fn functions(series: &SeriesVerdict) -> String {
    let more = |a: f64, b: f64| format!("{}{}", if b < a { "-" } else { "+" }, count((b - a).abs()));
    let all = series.baseline.zip(series.candidate).map_or(String::new(), |(a, b)| more(a, b));
    let each =
        series.functions.iter().map(|it| format!("{} {}", it.name, more(it.baseline as f64, it.candidate as f64)));
    let in_all = series.baseline.zip(series.candidate).map_or(f64::INFINITY, |(a, b)| b - a);
    let is_moved = series.functions.iter().any(|it| it.candidate as f64 - it.baseline as f64 > in_all.max(0.0));
    let moved = if is_moved { " (in part moved there from others)" } else { "" };
    format!("{all} instructions; functions with what they call{moved}: {}", each.collect::<Vec<_>>().join(", "))
}

fn verdict(series: &SeriesVerdict) -> Cell {
    match series.accepted {
        None if is_untimed(series) => Cell::verdict(Status::Even, "unchanged in counts, not timed"),
        None if is_by_counts(series) => Cell::verdict(Status::Even, "unchanged in counts"),
        Some(_) => Cell::verdict(Status::Even, &format!("{}, accepted", series.verdict)),
        None => series.verdict.into(),
    }
}

/// Whether pairs were asked for, and counts decide.
fn is_by_counts(series: &SeriesVerdict) -> bool {
    matches!(series.reason, Some(VerdictReason::SameCounts { .. }))
}

/// Whether pairs were asked for, and there is none.
fn is_untimed(series: &SeriesVerdict) -> bool {
    is_by_counts(series) && series.pairs == 0
}

fn change(series: &SeriesVerdict) -> Cell {
    Cell::text(series.change.map_or(String::new(), signed_change))
}

pub(super) fn share(share: f64) -> String {
    quantity(share * 100.0, PERCENT)
}

pub(super) fn seconds(seconds: f64) -> String {
    quantity(seconds * 1e9, "ns")
}
