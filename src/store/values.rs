//! Refuses impossible values: a verdict on them would be wrong, unnoticed.
//!
//! JSON has no infinite numbers and the reader takes none, so every number here is finite already.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::error::Problem;
use super::layout::is_run_id;
use crate::model::{
    Estimate, Excerpt, Measurement, Metric, Pair, PairedBenchmark, PairedCount, PairedRun, Run, Timing,
};

pub(super) fn check_run(run: &Run) -> Result<(), Problem> {
    check_times(&run.started, run.duration_s)?;
    if run.follows.as_deref().is_some_and(|id| !is_run_id(id)) {
        return Err(Problem::Invalid("what it follows is not the id of a run".to_owned()));
    }
    let wrong = run.measurements.iter().find_map(|measurement| {
        let place = format!("{} of {} in topic {}", measurement.metric, measurement.benchmark, measurement.topic);
        measured(measurement).err().map(|reason| format!("{place}: {reason}"))
    });
    wrong.map_or(Ok(()), |reason| Err(Problem::Invalid(reason)))
}

pub(super) fn check_paired(run: &PairedRun) -> Result<(), Problem> {
    check_times(&run.started, run.duration_s)?;
    let (before, after) = (&run.conditions_before.time, &run.conditions_after.time);
    if let (Ok(began), Ok(ended)) = (before.parse::<Timestamp>(), after.parse::<Timestamp>())
        && ended < began
    {
        return Err(Problem::Invalid(format!("the clock went backwards: it ended at {after} and began at {before}")));
    }
    let mut names = BTreeSet::new();
    for benchmark in &run.benchmarks {
        let place = format!("benchmark {}/{}", benchmark.topic, benchmark.benchmark);
        let fresh = names.insert((&benchmark.topic, &benchmark.benchmark, benchmark.metric, benchmark.is_control));
        let outcome = if fresh { paired(benchmark) } else { Err("it is there twice".to_owned()) };
        outcome.map_err(|reason| Problem::Invalid(format!("{place}: {reason}")))?;
    }
    for count in &run.counts {
        let place = format!("{} of {}/{}", count.metric, count.topic, count.benchmark);
        let fresh = names.insert((&count.topic, &count.benchmark, count.metric, false));
        let outcome = if fresh { counted(count) } else { Err("it is there twice".to_owned()) };
        outcome.map_err(|reason| Problem::Invalid(format!("{place}: {reason}")))?;
    }
    Ok(())
}

/// What is wrong with the values of a part of a run.
pub(super) fn check_excerpt(excerpt: &Excerpt) -> Result<(), Problem> {
    for measurement in &excerpt.measurements {
        let Some(check) = sign(measurement.metric) else { continue };
        let place = || format!("{} of {} in topic {}", measurement.metric, measurement.benchmark, measurement.topic);
        let rounds = &measurement.rounds;
        let minima = rounds.minima.iter().try_for_each(|&value| check("min", value));
        let mut references = rounds.references.iter().flat_map(|(name, ns)| ns.iter().map(move |&ns| (name, ns)));
        minima
            .and_then(|()| references.try_for_each(|(name, ns)| above_zero(&format!("reference workload {name}"), ns)))
            .map_err(|reason| Problem::Invalid(format!("{}: {reason}", place())))?;
    }
    Ok(())
}

fn check_times(started: &str, duration_s: f64) -> Result<(), Problem> {
    if started.parse::<Timestamp>().is_err() {
        return Err(Problem::Invalid("its start is not an RFC 3339 time".to_owned()));
    }
    at_least_zero("duration_s", duration_s).map_err(Problem::Invalid)
}

type Check = fn(&str, f64) -> Result<(), String>;

/// Counts and parts of an operation may be zero; the whole takes time.
fn sign(metric: Metric) -> Option<Check> {
    match metric {
        _ if metric.may_be_negative() => None,
        Metric::WallTime | Metric::Efficiency | Metric::PeakWorkers => Some(above_zero),
        _ => Some(at_least_zero),
    }
}

fn measured(measurement: &Measurement) -> Result<(), String> {
    let Some(check) = sign(measurement.metric) else { return Ok(()) };
    let ends = |estimate: Estimate| [estimate.low(), estimate.center(), estimate.high()];
    ends(measurement.estimate).iter().try_for_each(|&value| check("estimate", value))?;
    for (index, round) in measurement.rounds.iter().enumerate() {
        let values = [("min", round.min), ("p10", round.p10), ("median", round.median)];
        values.iter().try_for_each(|&(name, value)| check(name, value)).map_err(|reason| in_round(index, &reason))?;
        round
            .references
            .iter()
            .try_for_each(|(name, &value)| above_zero(&format!("reference workload {name}"), value))
            .map_err(|reason| in_round(index, &reason))?;
    }
    Ok(())
}

fn in_round(index: usize, reason: &str) -> String {
    format!("round {}: {reason}", index + 1)
}

fn paired(benchmark: &PairedBenchmark) -> Result<(), String> {
    if !matches!(benchmark.metric, Metric::WallTime | Metric::CpuTime) {
        return Err(format!("{} is not measured in pairs, only wall_time and cpu_time are", benchmark.metric));
    }
    if benchmark.iterations == Some(0) {
        return Err("iterations is 0".to_owned());
    }
    for (index, pair) in benchmark.pairs.iter().enumerate() {
        sides(pair, benchmark.metric).map_err(|reason| format!("pair {}: {reason}", index + 1))?;
    }
    Ok(())
}

fn sides(pair: &Pair, metric: Metric) -> Result<(), String> {
    for (side, timing) in [("baseline", &pair.baseline), ("candidate", &pair.candidate)] {
        timed(timing, metric).map_err(|reason| format!("{side}: {reason}"))?;
    }
    match pair.stolen {
        Some(share) if !(0.0..=1.0).contains(&share) => Err(format!("stolen is {share}, not a share from 0 to 1")),
        _ => Ok(()),
    }
}

fn timed(timing: &Timing, metric: Metric) -> Result<(), String> {
    if timing.samples == 0 {
        return Err("samples is 0".to_owned());
    }
    above_zero("wall_ns", timing.wall_ns)?;
    if let Some(mean) = timing.wall_ns_mean {
        above_zero("wall_ns_mean", mean)?;
    }
    if timing.wall_ns_median < timing.wall_ns {
        return Err(format!("wall_ns_median {} is below wall_ns, the smallest", timing.wall_ns_median));
    }
    if let Some(cpu_ns) = timing.cpu_ns {
        at_least_zero("cpu_ns", cpu_ns)?;
    }
    match timing.value(metric) {
        Some(judged) => above_zero(metric.name(), judged),
        None => Err(format!("{metric} is judged, but is missing")),
    }
}

fn counted(count: &PairedCount) -> Result<(), String> {
    if matches!(count.metric, Metric::WallTime | Metric::CpuTime | Metric::CallTime | Metric::FirstInstructionTime) {
        return Err("a time is not a count".to_owned());
    }
    let sides = [("baseline", &count.baseline), ("candidate", &count.candidate)];
    sides.iter().try_for_each(
        |(side, counts)| {
            if counts.is_empty() { Err(format!("{side} was never counted")) } else { Ok(()) }
        },
    )
}

fn above_zero(name: &str, value: f64) -> Result<(), String> {
    if value > 0.0 && value.is_finite() { Ok(()) } else { Err(format!("{name} is {value}, not above zero")) }
}

fn at_least_zero(name: &str, value: f64) -> Result<(), String> {
    if value >= 0.0 && value.is_finite() { Ok(()) } else { Err(format!("{name} is {value}, below zero")) }
}
