//! Stored runs as a history: a series is a benchmark in one metric.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::builder::{Assumed, Builder, Observation, Place, Revision};
use super::error::Error;
use crate::model::{Interchange, Metric, PARCOST, Quality, REFERENCE_WORKLOAD, RemarkKind, Run};
use crate::stats::median;

/// The history of one machine's runs, ordered by commit.
///
/// Several runs of one commit are one observation. Left out, with a remark, are runs of changes that were not committed,
/// quick and partial runs beside full ones, numbers that are inconclusive or below zero, and older forms of a benchmark.
pub fn interchange_of(runs: &[Run]) -> Result<Interchange, Error> {
    let mut builder = Builder::new("history", &Assumed::default());
    builder.open("the stored runs");
    let machines = || runs.iter().map(|run| &run.machine.key);
    if let Some(other) = machines().find(|key| machines().next() != Some(key)) {
        return Err(builder.invalid(format!("they are of several machines, {other} among them")));
    }
    let mut ordered: Vec<&Run> = Vec::new();
    let has_full = runs.iter().any(|run| run.is_full() && !run.commit.dirty);
    for run in runs {
        let reason = match () {
            () if run.commit.dirty => "it measured changes that were not committed",
            () if has_full && !run.is_full() => "it is quick or of some benchmarks only, and others are full",
            () => {
                ordered.push(run);
                continue;
            }
        };
        builder.remark(RemarkKind::Skipped, &format!("run {}", run.id), reason);
    }
    let time = |run: &Run| run.commit.time.as_ref().unwrap_or(&run.started).parse::<Timestamp>().ok();
    if ordered.iter().all(|run| run.commit.order.is_some()) {
        ordered.sort_by_key(|run| (run.commit.order, time(run)));
    } else {
        ordered.sort_by_key(|run| time(run));
    }
    // One name for all, or none: a series has one branch.
    let mut branches = ordered.iter().map(|run| &run.commit.branch);
    let branch = branches.next().filter(|first| branches.all(|branch| branch == *first)).cloned().flatten();
    for (place, run) in ordered.into_iter().enumerate() {
        let time = run.commit.time.clone().or_else(|| Some(run.started.clone()));
        builder.enter(Place::Entry(place), Revision { order: run.commit.order, commit: run.commit.id.clone(), time });
        for measurement in &run.measurements {
            let name = measurement.benchmark.to_string();
            let estimate = measurement.estimate;
            if measurement.quality != Quality::Good || estimate.center() < 0.0 {
                let about = format!("{name} {}", measurement.metric);
                builder.remark(RemarkKind::Skipped, &about, "a number of it is inconclusive or below zero");
                continue;
            }
            let medians: Vec<f64> = measurement.rounds.iter().map(|round| round.median).collect();
            let is_counted = measurement.metric == Metric::CallgrindInstructions;
            builder.add(Observation {
                suite: Some(measurement.topic.clone()),
                name,
                metric: Some(measurement.metric.name().to_owned()),
                machine: Some(run.machine.key.to_string()),
                branch: branch.clone(),
                unit: Some(measurement.metric.unit().to_owned()),
                direction: Some(measurement.metric.direction()),
                value: estimate.center(),
                low: Some(estimate.low()),
                high: Some(estimate.high()),
                form: Some(run.form(&measurement.benchmark.group)).filter(|form| *form != 1),
                samples: if medians.iter().all(|median| *median >= 0.0) { medians } else { Vec::new() },
                counted_with: if is_counted { run.counted_with() } else { BTreeMap::new() },
                ..Observation::default()
            })?;
        }
        let mut references: BTreeMap<(&str, &str), Vec<f64>> = BTreeMap::new();
        for measurement in run.measurements.iter().filter(|measurement| measurement.metric == Metric::WallTime) {
            for (name, ns) in measurement.rounds.iter().flat_map(|round| &round.references) {
                references.entry((&measurement.topic, name)).or_default().push(*ns);
            }
        }
        for ((topic, name), ns) in references {
            let [suite, metric, unit] = [topic, REFERENCE_WORKLOAD, "ns"].map(|text| Some(text.to_owned()));
            let (machine, branch) = (Some(run.machine.key.to_string()), branch.clone());
            let (name, value) = (name.to_owned(), median(&ns).unwrap_or_default());
            builder.add(Observation { suite, name, metric, machine, branch, unit, value, ..Observation::default() })?;
        }
    }
    let history = builder.finish()?;
    Ok(Interchange { source: PARCOST.to_owned(), ..history })
}
