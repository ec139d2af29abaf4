//! The summary of a run: threads vs. processes.

use schemars::JsonSchema;
use serde::Serialize;

use super::laws::{BEYOND_IDEAL, laws_sections};
use super::python::interpreters_section;
use super::{RATIOS, failed_or_skipped, identify, intervals_text};
use crate::advise::{Other, Pair, Phases, Side, Slope, SpeedUp, Summary, Topic, summary};
use crate::model::topics;
use crate::model::{MachineKey, Metric, Run};
use crate::report::number::labelled;
use crate::report::page::{Cell, NoteKind, PERCENT, Page, Section, Table};
use crate::verdict::{Absent, ReferenceWorkload, Sessions, Value};

#[derive(Debug, Serialize, JsonSchema)]
pub struct SummaryData<'a> {
    pub run: &'a str,
    pub file: String,
    pub machine: &'a MachineKey,
    pub commit: Option<&'a str>,
    pub summary: Summary,
    #[serde(skip)]
    source: &'a Run,
}

impl<'a> SummaryData<'a> {
    pub fn new(sessions: &Sessions<'a>, file: String) -> Self {
        let run = sessions.run();
        let (machine, commit) = (&run.machine.key, run.commit.id.as_deref());
        Self { run: &run.id, file, machine, commit, summary: summary(sessions), source: run }
    }
}

pub fn summary_page(SummaryData { source: run, summary, file, .. }: &SummaryData) -> Page {
    let mut page = Page { title: "Threads vs. processes".to_owned(), ..Page::default() };
    identify(&mut page, run);
    if !file.is_empty() {
        page.line("file", file.clone());
    }
    page.line("measurements", run.measurements.len().to_string());
    page.line("intervals", intervals_text(&summary.intervals));
    page.line("ratios", RATIOS);
    page.sections.extend(summary.topics.iter().flat_map(|topic| [pairs(topic), speed_ups(topic), others(topic)]));
    page.sections.extend(laws_sections(run, summary));
    page.sections.push(missing_topics(&summary.topics));
    page.sections.push(interpreters_section(&summary.interpreters));
    page.sections.extend([
        phases(&summary.phases),
        slopes(&summary.slopes),
        references(&summary.references),
        failed_or_skipped(run),
    ]);
    page.with_next(format!(
        "`parcost answer {0}` for threads or processes, `parcost show {0} --all` for every value with its interval",
        run.id
    ))
}

/// `spawn: start one more and wait for its end`.
fn heading(name: &str) -> String {
    topics::topic(name).map_or_else(|| name.to_owned(), |topic| format!("{name}: {}", topic.question))
}

fn pairs(topic: &Topic) -> Section {
    let mut section = Section::new(heading(&topic.topic));
    let mut names = vec!["what", "#threads", "#processes", "#processes ÷ threads"];
    let with_bounds =
        topic.pairs.iter().any(|pair| pair.thread.to_lower_bound.is_some() || pair.process.to_lower_bound.is_some());
    if with_bounds {
        names.extend(["??#thread ÷ bound", "??#process ÷ bound"]);
    }
    let mut table = Table::new(&names);
    for pair in &topic.pairs {
        for side in [&pair.thread, &pair.process] {
            section.note_reading(&side.benchmark.to_string(), &side.value);
            if let Some(to_lower_bound) = to_lower_bound(side) {
                section.note_reading(&format!("{} ÷ lower bound", side.benchmark), to_lower_bound);
            }
        }
        // A row without any value says no more than its notes do.
        let missing = |value: &Value| matches!(value, Err(Absent::Missing(_)));
        if !(missing(&pair.thread.value) && missing(&pair.process.value)) {
            table.rows.push(pair_row(pair, with_bounds));
        }
    }
    section.tabled(topics::topic(&topic.topic).and_then(|topic| topic.note), table)
}

fn missing_topics(topics: &[Topic]) -> Section {
    let mut section = Section::new("Topics without a measurement");
    for topic in topics {
        if let Some(reason) = &topic.missing {
            section.note(NoteKind::NotMeasured, &topic.topic, reason);
        }
    }
    section
}

fn pair_row(pair: &Pair, with_bounds: bool) -> Vec<Cell> {
    let mut row = vec![
        Cell::text(labelled(&pair.label, &pair.parameters)),
        Cell::reading(&pair.thread.value, pair.metric, false),
        Cell::reading(&pair.process.value, pair.metric, false),
        Cell::factor(&pair.process_to_thread, true),
    ];
    if with_bounds {
        let cell = |side| to_lower_bound(side).map_or(Cell::text(""), |reading| Cell::factor(reading, false));
        row.extend([cell(&pair.thread), cell(&pair.process)]);
    }
    row
}

/// A side ÷ its lower bound; where the side itself has no value, that is noted once.
fn to_lower_bound(side: &Side) -> Option<&Value> {
    side.to_lower_bound.as_ref().filter(|_| side.value.is_ok())
}

fn speed_ups(topic: &Topic) -> Section {
    let has_requests = topic.speed_ups.iter().any(|row| row.label.contains("requests"));
    let requests = if has_requests { "; of 20 requests, vs. one after the other" } else { "" };
    let text = format!(
        "Speed-up of ×n workers vs. one, each with the same work{requests}. The ratio is of times. {BEYOND_IDEAL}"
    );
    let heading = if topic.pairs.is_empty() { heading(&topic.topic) } else { format!("{}: speed-up", topic.topic) };
    let mut section = Section::new(heading);
    let mut table = Table::new(&["what", "#threads", "#processes", "#processes ÷ threads"]);
    for row in &topic.speed_ups {
        let workers = row.workers.map_or(String::new(), |workers| format!(" ×{workers}"));
        let name = format!("{}{workers}", labelled(&row.label, &row.parameters));
        for (side, reading) in [("threads", Some(&row.threads)), ("processes", row.processes.as_ref())] {
            if let Some(reading) = reading.filter(|it| !it.as_ref().is_err_and(Absent::is_elsewhere)) {
                section.note_reading(&format!("{name}, {side}"), reading);
            }
        }
        table.rows.push(speed_up_row(row, name));
    }
    section.tabled(text.as_str(), table)
}

fn speed_up_row(row: &SpeedUp, name: String) -> Vec<Cell> {
    let factor =
        |reading: &Option<Value>| reading.as_ref().map_or(Cell::text(""), |reading| Cell::factor(reading, true));
    vec![Cell::text(name), Cell::factor(&row.threads, true), factor(&row.processes), factor(&row.process_to_thread)]
}

fn others(topic: &Topic) -> Section {
    let mut section = Section::new(format!("{}: not compared above", topic.topic));
    let mut table = Table::new(&["benchmark", "#value", "#ratio", "to"]);
    for Other { benchmark, metric, value, reference, to_reference } in &topic.others {
        section.note_reading(&benchmark.to_string(), value);
        table.rows.push(vec![
            Cell::name(benchmark),
            Cell::reading(value, *metric, true),
            to_reference.as_ref().map_or(Cell::text(""), |ratio| Cell::factor(ratio, false)),
            Cell::text(reference.as_ref().map_or("", |reference| &reference.function)),
        ]);
    }
    section.tabled(None, table)
}

fn phases(phases: &[Phases]) -> Section {
    let cell = |value: &Value| match value {
        // Some programs are too small to report it.
        Err(Absent::Missing(_)) => Cell::text(""),
        value => Cell::reading(value, Metric::WallTime, true),
    };
    let row = |Phases { benchmark, call, first_instruction, end, .. }: &Phases| {
        vec![Cell::name(&benchmark.function), cell(call), cell(first_instruction), cell(end)]
    };
    let names = ["started by", "#the call returned", "#its first instruction", "#it was reaped"];
    Section::new("From the start of one worker until").tabled(None, Table::of(&names, phases.iter().map(row)))
}

fn slopes(slopes: &[Slope]) -> Section {
    let mut section = Section::new("Growth of a cost with what the parent holds");
    let mut table = Table::new(&["benchmark", "metric", "#growth"]);
    for slope in slopes {
        section.note_reading(&slope.benchmark.to_string(), &slope.value);
        let growth = Cell::reading(&slope.value, slope.metric, true);
        table.rows.push(vec![Cell::name(&slope.benchmark), Cell::text(slope.metric.name().replace('_', " ")), growth]);
    }
    let text = "The slope of one line through all sizes, the middle one of every two sizes' slopes: where the curve bends, it is another \
                between the largest.";
    section.tabled(text, table)
}

fn references(references: &[ReferenceWorkload]) -> Section {
    let text = "Small fixed work timed between the samples; spread is what it changed by itself between rounds, first \
                to last tenth.";
    let row = |ReferenceWorkload { name, median_ns, spread, rounds, .. }: &ReferenceWorkload| {
        vec![Cell::name(name), Cell::exact(*median_ns, "ns"), Cell::exact(spread * 100.0, PERCENT), Cell::text(rounds)]
    };
    let table = Table::of(&["reference", "#median", "#spread", "#rounds"], references.iter().map(row));
    Section::new("How steady the machine was").tabled(text, table)
}
