//! The page of a whole run: every measurement with its rounds, and all that belongs to it.

use super::identify;
use super::machine::facts;
use super::summary::gaps;
use crate::model::{Measurement, Quality, Run};
use crate::report::page::{Cell, Page, Section, Table};
use crate::verdict::Reading;

/// Everything that a run holds.
pub fn run_page(run: &Run) -> Page {
    let mut page = Page { title: format!("Run {}", run.id), ..Page::default() };
    identify(&mut page, run);
    page.line("measurements", run.measurements.len().to_string());
    let mut topics: Vec<&str> = run.measurements.iter().map(|measurement| measurement.topic.as_str()).collect();
    topics.sort_unstable();
    topics.dedup();
    page.sections.extend(topics.into_iter().map(|topic| measurements(run, topic)));
    page.sections.push(gaps(run));
    page.sections.extend([
        facts(&format!("conditions before, {}", run.conditions_before.time), &run.conditions_before.facts),
        facts(&format!("conditions after, {}", run.conditions_after.time), &run.conditions_after.facts),
        facts("hardware, hashed into the machine's key", &run.machine.hardware),
        facts("software", &run.machine.software),
        facts("toolchain", &run.toolchain.facts),
    ]);
    page.sections.retain(|section| !section.is_empty());
    page
}

fn measurements(run: &Run, topic: &str) -> Section {
    let mut section = Section::new(topic);
    let mut table = Table::new(&["benchmark", "metric", "#value", "#÷ calibrator", "median of each round"]);
    for measurement in run.measurements.iter().filter(|measurement| measurement.topic == topic) {
        section.note_reading(&measurement.benchmark.to_string(), &Reading::of(measurement));
        table.rows.push(row(measurement));
    }
    section.table = Some(table);
    section
}

fn row(measurement: &Measurement) -> Vec<Cell> {
    let good = measurement.quality == Quality::Good;
    let calibrated = match measurement.calibrated {
        Some(estimate) if good => Cell::factor(&Reading::Measured(estimate), false),
        _ => Cell::text(""),
    };
    // What cannot be relied on is not shown in parts either.
    let rounds = match good {
        true => Cell::Numbers {
            values: measurement.rounds.iter().map(|round| round.median).collect(),
            unit: measurement.metric.unit().to_owned(),
        },
        false => Cell::text(""),
    };
    vec![
        Cell::name(&measurement.benchmark),
        // Words may be broken at their spaces.
        Cell::text(measurement.metric.name().replace('_', " ")),
        Cell::reading(&Reading::of(measurement), measurement.metric, true),
        calibrated,
        rounds,
    ]
}
