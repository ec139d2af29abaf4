//! What a program would take in each way, from the prices of a run.

mod curve;

use serde::Serialize;

use self::curve::{Curve, Read};
use super::place::usable;
use super::sessions::Sessions;
use crate::advise::comparisons::Scaled;
use crate::advise::laws::curves;
use crate::model::topics::WORKERS;
use crate::model::{BenchmarkId, Estimate, Metric, Run};
use crate::verdict::ratio::{ratio, times as scaled, widened};
use crate::verdict::reading::Reading;

/// What a program does: so many jobs at once, each with a worker of its own.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Program {
    /// What one job computes, alone on its processor, ns.
    pub work_ns: f64,
    /// Number of jobs and of workers.
    pub workers: u64,
    /// What each job is given, bytes; none where it needs nothing.
    pub payload_bytes: Option<u64>,
    /// What the program that starts them holds in memory, MiB; none where it is as small as the one that was measured.
    pub rss_mib: Option<f64>,
    /// How long each job waits for others beside computing, ns.
    pub io_wait_ns: f64,
}

/// What the program would take.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Forecast {
    /// The program.
    pub program: Program,
    /// The ways, in the order of the table.
    pub ways: Vec<Way>,
}

/// One way of doing it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Way {
    /// Its name.
    pub name: String,
    /// From giving the first job until the last has ended, ns: the sum of the parts, as nothing is taken to overlap.
    pub makespan: Reading,
    /// Beside the cheapest.
    pub standing: Standing,
    /// What it is made of.
    pub parts: Vec<Part>,
}

/// A part of a makespan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Part {
    /// What takes the time.
    pub name: String,
    /// How long, ns.
    pub time: Reading,
    /// The curve that it was read from; none for what the program itself says.
    pub rests_on: Option<String>,
    /// Whether it lies beyond what was measured, and was taken to grow on as before.
    pub is_beyond: bool,
}

/// A way beside the cheapest one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It is the cheapest, by its center.
    Cheapest,
    /// Its interval and that of the cheapest overlap.
    Alike,
    /// It is dearer.
    Dearer,
    /// It could not be told.
    Untold,
}

/// A way of doing jobs at once, and the curves that it is priced by.
struct Means {
    name: &'static str,
    /// The function of `spawn` that starts them.
    start: &'static str,
    /// `fork_price`'s function, where the memory of the program makes starting dearer.
    memory: Option<&'static str>,
    /// Functions of `hand_over` that carry a payload; the cheapest one counts.
    payload: &'static [&'static str],
    /// `(group, function)` of the curve along workers that computing is stretched by.
    computing: (&'static str, &'static str),
}

const THREADS: (&str, &str) = ("calc", "threads");
const PROCESSES: (&str, &str) = ("calc", "processes");
const ONE_LOCK: (&str, &str) = ("gil_calc", "one_lock");

const ALONE: &str = "one after the other";

const MEANS: &[Means] = &[
    Means { name: "pooled threads", start: "pooled_thread", memory: None, payload: &["arc"], computing: THREADS },
    Means { name: "new threads", start: "thread", memory: None, payload: &["arc"], computing: THREADS },
    Means {
        name: "pooled processes",
        start: "pooled_process",
        memory: None,
        payload: &["shared_mapping", "pipe"],
        computing: PROCESSES,
    },
    Means {
        name: "forked processes",
        start: "fork",
        memory: Some("fork"),
        payload: &["shared_mapping_fresh", "pipe"],
        computing: PROCESSES,
    },
    Means {
        name: "spawned programs",
        start: "posix_spawn",
        memory: Some("posix_spawn"),
        payload: &["shared_mapping_fresh", "pipe"],
        computing: PROCESSES,
    },
    Means { name: "new threads, one lock", start: "thread", memory: None, payload: &["arc"], computing: ONE_LOCK },
];

/// Forecasts the makespan of a program in every way, by a run and, as [`super::answer`], as wide as between sessions.
pub fn forecast<'a>(run: &'a Run, others: impl IntoIterator<Item = &'a Run>, program: Program) -> Forecast {
    let sessions = Sessions::new(run, others);
    let mut ways = vec![alone(program)];
    ways.extend(MEANS.iter().map(|means| way(run, &sessions, program, means)));
    stand(&mut ways);
    Forecast { program, ways }
}

/// All jobs here, one after the other: what the program says, and nothing that was measured.
fn alone(program: Program) -> Way {
    let jobs = program.workers as f64;
    let mut parts = vec![said("compute", jobs * program.work_ns)];
    parts.extend((program.io_wait_ns > 0.0).then(|| said("wait", jobs * program.io_wait_ns)));
    summed(ALONE, parts)
}

fn way(run: &Run, sessions: &Sessions<'_>, program: Program, means: &Means) -> Way {
    let jobs = program.workers as f64;
    let starting = prices(run, sessions, ("spawn", "spawn", means.start), "count");
    let mut parts = vec![read("start", &starting, jobs, 1.0, &format!("spawn/{}", means.start))];
    if let (Some(function), Some(rss_mib)) = (means.memory, program.rss_mib) {
        let curve = prices(run, sessions, ("spawn", "fork_price", function), "rss_mib");
        let width = sessions.width_along(&BenchmarkId::new("fork_price", function, &[]), "rss_mib");
        parts.push(more("memory", &curve, rss_mib, (jobs, width), &format!("fork_price/{function}")));
    }
    if let Some(bytes) = program.payload_bytes {
        parts.push(payload(run, sessions, means.payload, bytes, jobs));
    }
    let (group, function) = means.computing;
    let stretch = stretch(run, sessions, group, function);
    parts.push(read("compute", &stretch, jobs, program.work_ns, &format!("{group}/{function}")));
    parts.extend((program.io_wait_ns > 0.0).then(|| said("wait", program.io_wait_ns)));
    summed(means.name, parts)
}

/// What the payload takes beyond handing over next to nothing, which starting and ending hold already: by the cheapest means.
fn payload(run: &Run, sessions: &Sessions<'_>, functions: &[&str], bytes: u64, jobs: f64) -> Part {
    let parts = functions.iter().map(|function| {
        let curve = prices(run, sessions, ("memory", "hand_over", function), "bytes");
        let width = sessions.width_along(&BenchmarkId::new("hand_over", function, &[]), "bytes");
        more("payload", &curve, bytes as f64, (jobs, width), &format!("hand_over/{function}"))
    });
    let center = |part: &Part| match &part.time {
        Reading::Measured(time) => time.center(),
        Reading::Inconclusive(_) | Reading::Missing(_) => f64::INFINITY,
    };
    parts.min_by(|a, b| center(a).total_cmp(&center(b))).unwrap_or_else(|| said("payload", 0.0))
}

/// Why a benchmark is not there, and which.
fn absence(run: &Run, topic: &str, id: &BenchmarkId) -> Reading {
    match Reading::find(run, topic, id, Metric::WallTime) {
        Reading::Missing(reason) => Reading::Missing(format!("{id} was not measured: {reason}")),
        found => found,
    }
}

/// A curve of prices, as wide as between sessions, or why there is none.
fn prices(
    run: &Run,
    sessions: &Sessions<'_>,
    (topic, group, function): (&str, &str, &str),
    axis: &str,
) -> Result<Curve, Reading> {
    let is_on = |id: &&BenchmarkId| {
        id.group == group && id.function == function && id.parameters.len() == 1 && id.parameters.contains_key(axis)
    };
    let timed = run.measurements.iter().filter(|it| it.metric == Metric::WallTime);
    let mut points = Vec::new();
    for id in timed.map(|it| &it.benchmark).filter(is_on) {
        match sessions.price(topic, id) {
            Reading::Measured(price) => points.push((id.parameters[axis] as f64, price)),
            Reading::Inconclusive(reason) => return Err(Reading::Inconclusive(format!("{id}: {reason}"))),
            wanting @ Reading::Missing(_) => return Err(wanting),
        }
    }
    if points.is_empty() {
        return Err(absence(run, topic, &BenchmarkId::new(group, function, &[])));
    }
    Ok(Curve::new(points))
}

/// How many times as long as one worker each of several takes for the same work; of more workers than there are
/// processors each takes as many times longer.
fn stretch(run: &Run, sessions: &Sessions<'_>, group: &str, function: &str) -> Result<Curve, Reading> {
    let scaled = &Scaled::of_group(group).expect("a forecast uses listed curves");
    let one = BenchmarkId::new(group, function, &[(WORKERS, 1)]);
    let missing = || absence(run, scaled.topic, &one);
    let plain = curves(run, scaled, function).into_iter().find(|curve| curve.benchmark.parameters.is_empty());
    let curve = plain.ok_or_else(missing)?;
    let times = curve.times().map_err(Reading::Inconclusive)?;
    let Some(&(1, one)) = times.first() else { return Err(missing()) };
    let width = sessions.width_along(&curve.benchmark, WORKERS);
    let point = |&(workers, several): &(u64, Estimate)| {
        let times = if workers == 1 { Estimate::exact(1.0).ok() } else { widened(ratio(several, one)?, width) };
        Some((workers as f64, times?))
    };
    let points: Option<Vec<(f64, Estimate)>> = times.iter().map(point).collect();
    let points = points.ok_or_else(|| Reading::Inconclusive("an interval reaches down to zero".to_owned()))?;
    let is_crowded = times.last().is_some_and(|(workers, _)| *workers >= usable(run));
    let curve = Curve::new(points);
    Ok(if is_crowded { curve.in_proportion_beyond() } else { curve })
}

/// A part that is read from a curve, so many times.
fn read(name: &str, curve: &Result<Curve, Reading>, place: f64, times: f64, rests_on: &str) -> Part {
    let found = curve.as_ref().map(|curve| curve.at(place));
    let (time, is_beyond) = match found {
        Ok(Some(Read { price, is_beyond })) => (measured(scaled(times, price)), is_beyond),
        Ok(None) => (Reading::Missing("its curve has no point above zero".to_owned()), false),
        Err(wanting) => (wanting.clone(), false),
    };
    Part { name: name.to_owned(), time, rests_on: Some(rests_on.to_owned()), is_beyond }
}

/// What a place on a curve costs more than its first, so many times, where the ratio of the two is as wide as `width`.
fn more(name: &str, curve: &Result<Curve, Reading>, place: f64, (times, width): (f64, f64), rests_on: &str) -> Part {
    let mut part = read(name, curve, place, 1.0, rests_on);
    if let (Reading::Measured(price), Ok(Some(first))) = (&part.time, curve.as_ref().map(Curve::first)) {
        // The prices of one session move together, and their ratio less than either.
        let [low, center, high] =
            [-width, 0.0, width].map(|width| (price.center() * libm::exp(width) - first.center()).max(0.0));
        part.time = measured(Estimate::new(center, low, high).ok().and_then(|gained| scaled(times, gained)));
    }
    part
}

fn measured(estimate: Option<Estimate>) -> Reading {
    estimate.map_or_else(|| Reading::Inconclusive("it is beyond any number".to_owned()), Reading::Measured)
}

/// A part that the program itself says.
fn said(name: &str, ns: f64) -> Part {
    Part { name: name.to_owned(), time: measured(Estimate::exact(ns).ok()), rests_on: None, is_beyond: false }
}

fn summed(name: &str, parts: Vec<Part>) -> Way {
    let nothing = Estimate::exact(0.0).map_or(Reading::Missing(String::new()), Reading::Measured);
    let sum =
        |a: Estimate, b: Estimate| Estimate::new(a.center() + b.center(), a.low() + b.low(), a.high() + b.high()).ok();
    let makespan = parts.iter().fold(nothing, |all, part| all.combine(&part.time, sum));
    Way { name: name.to_owned(), makespan, standing: Standing::Untold, parts }
}

/// Holds every way against the cheapest.
fn stand(ways: &mut [Way]) {
    let told = |way: &Way| match &way.makespan {
        Reading::Measured(makespan) => Some(*makespan),
        Reading::Inconclusive(_) | Reading::Missing(_) => None,
    };
    let Some(cheapest) = ways.iter().filter_map(told).min_by(|a, b| a.center().total_cmp(&b.center())) else { return };
    let mut is_found = false;
    for way in ways {
        way.standing = match told(way) {
            Some(makespan) if !is_found && makespan == cheapest => {
                is_found = true;
                Standing::Cheapest
            }
            Some(makespan) if makespan.low() > cheapest.high() => Standing::Dearer,
            Some(_) => Standing::Alike,
            None => Standing::Untold,
        };
    }
}

#[cfg(test)]
mod tests;
