//! The page of a whole run: every measurement with its rounds, and all that belongs to it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::laws::BEYOND_IDEAL;
use super::machine::facts;
use super::{failed_or_skipped, identify, intervals_text};
use crate::advise::Intervals;
use crate::model::{
    AsOptionalText, AsText, BenchmarkId, Conditions, Estimate, Fact, Failure, FitFor, MachineKey, Measurement, Metric,
    Omission, Run, TargetNote,
};
use crate::report::page::{Cell, Page, Section, Table};
use crate::verdict::{Absent, Reason, Sessions, Value};

/// A stored run.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RunData<'a> {
    pub run: &'a str,
    pub file: Option<&'a str>,
    /// The start of its first benchmark, RFC 3339 in UTC.
    pub started: &'a str,
    /// From there to the end of the last one, seconds.
    pub duration_s: f64,
    /// How much was measured: `full`, `quick`, or what was selected.
    pub scope: &'a str,
    /// The SHA of the measured commit; null outside a repository.
    pub commit: Option<&'a str>,
    /// The branch that was checked out.
    pub branch: Option<&'a str>,
    /// Committer's time, RFC 3339.
    pub commit_time: Option<&'a str>,
    /// Number of commits that lead to this one, itself included.
    pub commit_count: Option<u64>,
    /// Whether files under version control had changes that were not committed.
    pub dirty: bool,
    pub machine: &'a MachineKey,
    /// What the numbers can be used for; null in runs from before it was judged.
    pub suitable_for: Option<FitFor>,
    /// Why not for more.
    pub suitability_reasons: &'a [String],
    /// The results, ordered by topic, benchmark and metric.
    pub measurements: Vec<MeasurementData<'a>>,
    /// Benchmarks that were tried and failed.
    pub failed: &'a [Failure],
    /// What was skipped on purpose.
    pub skipped: &'a [Omission],
    /// What has to be known to read the results of a topic.
    pub notes: &'a [TargetNote],
    /// Facts of the hardware, hashed into the machine's key.
    pub hardware: &'a BTreeMap<String, Fact>,
    /// Facts of the system's software.
    pub software: &'a BTreeMap<String, Fact>,
    /// Load, frequency and pressure before the first benchmark.
    pub conditions_before: &'a Conditions,
    /// The same after the last.
    pub conditions_after: &'a Conditions,
    /// Compilers and tools.
    pub toolchain: &'a BTreeMap<String, Fact>,
    /// What the intervals of the values hold.
    pub intervals: Intervals,
    #[serde(skip)]
    source: &'a Run,
}

/// One benchmark in one metric.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MeasurementData<'a> {
    pub topic: &'a str,
    /// The benchmark's full name.
    #[serde(with = "AsText")]
    pub benchmark: &'a BenchmarkId,
    pub metric: Metric,
    pub unit: &'static str,
    /// The value of one operation; null where it cannot be relied on.
    pub value: Option<Estimate>,
    /// Why it cannot be relied on.
    pub reason: Option<Reason>,
    /// The reference workload that was timed between its samples.
    pub reference: Option<&'a str>,
    /// The value ÷ the reference workload's.
    pub normalized: Option<Estimate>,
    /// The lower bound: the least that the system needs for such work is measured by this benchmark.
    #[serde(with = "AsOptionalText")]
    pub lower_bound: Option<&'a BenchmarkId>,
    pub samples: u64,
    /// The median of each round, one fresh process each.
    pub rounds: Vec<f64>,
}

impl<'a> RunData<'a> {
    pub fn new(sessions: &Sessions<'a>, file: Option<&'a str>) -> Self {
        let run = sessions.run();
        Self {
            run: &run.id,
            file,
            started: &run.started,
            duration_s: run.duration_s,
            scope: &run.profile,
            commit: run.commit.id.as_deref(),
            branch: run.commit.branch.as_deref(),
            commit_time: run.commit.time.as_deref(),
            commit_count: run.commit.order,
            dirty: run.commit.dirty,
            machine: &run.machine.key,
            suitable_for: run.fitness.as_ref().map(|fitness| fitness.fit_for),
            suitability_reasons: run.fitness.as_ref().map_or(&[], |fitness| &fitness.reasons),
            measurements: run.measurements.iter().map(|it| MeasurementData::new(sessions, it)).collect(),
            failed: &run.failures,
            skipped: &run.omissions,
            notes: &run.notes,
            hardware: &run.machine.hardware,
            software: &run.machine.software,
            conditions_before: &run.conditions_before,
            conditions_after: &run.conditions_after,
            toolchain: &run.toolchain.facts,
            intervals: Intervals::of(sessions),
            source: run,
        }
    }
}

impl<'a> MeasurementData<'a> {
    fn new(sessions: &Sessions, measurement: &'a Measurement) -> Self {
        // What cannot be relied on is not shown in parts either.
        let (value, reason) = match sessions.value(measurement) {
            Ok(value) => (Some(value), None),
            Err(Absent::Inconclusive(reason) | Absent::Missing(reason)) => (None, Some(reason)),
        };
        let medians = measurement.rounds.iter().map(|round| round.median);
        Self {
            topic: &measurement.topic,
            benchmark: &measurement.benchmark,
            metric: measurement.metric,
            unit: measurement.metric.unit(),
            value,
            reason,
            reference: measurement.reference.as_deref(),
            normalized: measurement.normalized.filter(|_| value.is_some()),
            lower_bound: measurement.lower_bound.as_ref(),
            samples: measurement.samples,
            rounds: if value.is_some() { medians.collect() } else { Vec::new() },
        }
    }

    fn reading(&self) -> Value {
        self.value.ok_or_else(|| Absent::inconclusive(self.reason.clone().unwrap_or(Reason::NotRecorded)))
    }
}

/// Rounds that differ by less are drawn flat.
const FLAT: f64 = 0.05;

pub fn run_page(data: &RunData) -> Page {
    let mut page = run_facts(data);
    page.sections.splice(0..0, measurement_sections(data));
    page
}

/// The page of a run without its measurements.
pub fn run_facts(data: &RunData) -> Page {
    let mut page = Page { title: format!("Run {}", data.run), ..Page::default() };
    identify(&mut page, data.source);
    page.line("measurements", data.measurements.len().to_string());
    page.line("intervals", intervals_text(&data.intervals));
    if let Some(file) = data.file {
        page.line("file", file);
    }
    page.sections.push(failed_or_skipped(data.source));
    page.sections.extend([
        facts(&format!("Conditions before, {}", data.conditions_before.time), &data.conditions_before.facts),
        facts(&format!("Conditions after, {}", data.conditions_after.time), &data.conditions_after.facts),
        facts("Hardware, hashed into the machine's key", data.hardware),
        facts("Software", data.software),
        facts("Toolchain", data.toolchain),
    ]);
    page.with_next(format!("`parcost answer {}` for threads or processes", data.run))
}

/// A table for each topic and metric.
pub(super) fn measurement_sections(data: &RunData) -> Vec<Section> {
    let mut parts: BTreeMap<(&str, Metric), Vec<&MeasurementData>> = BTreeMap::new();
    for measured in &data.measurements {
        parts.entry((measured.topic, measured.metric)).or_default().push(measured);
    }
    parts.into_iter().map(|((topic, metric), measured)| measurements(topic, metric, &measured)).collect()
}

fn measurements(topic: &str, metric: Metric, measured: &[&MeasurementData]) -> Section {
    let mut section = Section::new(format!("{topic}: {}", metric.name().replace('_', " ")));
    let mut table = Table::new(&["benchmark", "#value", "?#normalized", "?each round"]);
    for data in measured {
        let reading = data.reading();
        section.note_reading(&data.benchmark.to_string(), &reading);
        table.rows.push(vec![
            Cell::name(data.benchmark),
            Cell::reading(&reading, metric, true),
            data.normalized.map_or(Cell::text(""), |estimate| Cell::factor(&Ok(estimate), false)),
            Cell::Series { values: data.rounds.clone(), threshold: FLAT },
        ]);
    }
    section.tabled((metric == Metric::Efficiency).then_some(BEYOND_IDEAL), table)
}
