//! What a program would take by each strategy, from the costs that a run has.

mod curve;

use schemars::JsonSchema;
use serde::Serialize;

use self::curve::{Curve, Position, Read};
use crate::advise::comparisons::Scaled;
use crate::advise::laws::curve::curves;
use crate::advise::processors::{placed, processors, usable};
use crate::model::topics::WORKERS;
use crate::model::{BenchmarkId, Estimate, Metric, Run};
use crate::verdict::policy::FORECAST_TIE_MAX;
use crate::verdict::ratio::{kept, ratio, times as scaled};
use crate::verdict::{Absent, Figure, Reason, Sessions, Value, ValueOrReason, combine, find_value};

/// What a program does: so many jobs at once, each with a worker of its own; who starts them waits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Program {
    /// What one job computes, alone on its processor, ns.
    pub work_ns: f64,
    pub workers: u64,
    /// What each job is given and reads; none where it needs nothing.
    pub payload_bytes: Option<u64>,
    /// What the program that starts them holds in memory; none where that is the payloads alone.
    pub rss_mib: Option<f64>,
    /// How long each job waits for others besides computing, ns.
    pub io_wait_ns: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Forecast {
    pub program: Program,
    /// Whether it holds more than the memory of the machine, which nothing that was measured did.
    pub is_beyond_memory: bool,
    pub strategies: Vec<Strategy>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Strategy {
    pub name: &'static str,
    /// From giving the first job until the last has ended, ns: the sum of the parts, as if nothing overlapped.
    #[serde(with = "ValueOrReason")]
    pub makespan: Value,
    /// Compared with the cheapest; `None` where there is no makespan.
    pub rank: Option<Rank>,
    pub parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Part {
    pub name: &'static str,
    /// ns.
    #[serde(with = "ValueOrReason")]
    pub time: Value,
    /// The curve that it was read from; none for what the program itself states.
    pub benchmark: Option<String>,
    /// The last position of that curve that was measured, where the program lies beyond it: taken to grow on as before.
    pub beyond: Option<Position>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rank {
    Cheapest,
    NotSignificant,
    // Not significantly more expensive, and yet too long for a tie: see `FORECAST_TIE_MAX`.
    Inconclusive,
    MoreExpensive,
}

/// A strategy, and the curves that its costs are read from.
struct Costs {
    name: &'static str,
    /// The function of `spawn` that starts the workers.
    start: &'static str,
    /// The function of `fork_price`, where the memory of the program makes starting more expensive.
    memory: Option<&'static str>,
    payload: Payload,
    /// `(group, function)` of the curve along workers that computing is stretched by.
    computing: (&'static str, &'static str),
}

/// How a worker comes by its payload.
#[derive(Clone, Copy)]
enum Payload {
    /// By functions of `hand_over` that carry it to its reader; the cheapest one counts.
    Carried(&'static [&'static str]),
    /// It has what its parent had when it was forked, and reads it there.
    Inherited,
}

const MIB: f64 = 1_048_576.0;

const THREADS: (&str, &str) = ("calc", "threads");
const PROCESSES: (&str, &str) = ("calc", "processes");
const ONE_LOCK: (&str, &str) = ("gil_calc", "one_lock");
const SEQUENTIAL: &str = "one after the other";
/// What only reads a payload, where it lies.
const READ: Payload = Payload::Carried(&["arc"]);
/// What leaves a payload where it lies, so that all workers read at once; the others carry one after the other.
const IN_PLACE: [&str; 2] = ["arc", "shared_mapping"];

const fn costs(
    name: &'static str,
    start: &'static str,
    memory: Option<&'static str>,
    payload: Payload,
    computing: (&'static str, &'static str),
) -> Costs {
    Costs { name, start, memory, payload, computing }
}

const STRATEGIES: &[Costs] = &[
    costs("pooled threads", "pooled_thread", None, READ, THREADS),
    costs("new threads", "thread", None, READ, THREADS),
    costs("pooled processes", "pooled_process", None, Payload::Carried(&["shared_mapping", "pipe"]), PROCESSES),
    // Nothing is carried to a child, but a larger parent is copied.
    costs("forked processes", "fork", Some("fork"), Payload::Inherited, PROCESSES),
    costs(
        "spawned programs",
        "posix_spawn",
        Some("posix_spawn"),
        Payload::Carried(&["shared_mapping_fresh", "pipe"]),
        PROCESSES,
    ),
    costs("new threads, one lock", "thread", None, READ, ONE_LOCK),
];

/// Forecasts the makespan of a program by every strategy, by a run and, as [`super::answer`], as wide as between sessions.
pub fn forecast(sessions: &Sessions, program: Program) -> Forecast {
    let mut strategies = vec![sequential(sessions, program)];
    strategies.extend(STRATEGIES.iter().map(|costs| strategy(sessions, program, costs)));
    rank(&mut strategies);
    let is_beyond_memory = memory_mib(sessions.run()).is_some_and(|memory| program.held_mib() > memory);
    Forecast { program, is_beyond_memory, strategies }
}

fn memory_mib(run: &Run) -> Option<f64> {
    let gib: f64 = run.machine.hardware.get("memory_gib")?.value()?.parse().ok()?;
    Some(gib * 1024.0)
}

impl Program {
    /// What it holds in memory: the payloads of all jobs, or more.
    fn held_mib(&self) -> f64 {
        let payloads = self.workers as f64 * self.payload_bytes.unwrap_or_default() as f64 / MIB;
        self.rss_mib.unwrap_or_default().max(payloads)
    }
}

/// All jobs here, one after the other.
fn sequential(sessions: &Sessions, program: Program) -> Strategy {
    let jobs = program.workers as f64;
    let mut parts = vec![stated("compute", jobs * program.work_ns)];
    parts.extend(payload(sessions, READ, program, jobs));
    parts.extend((program.io_wait_ns > 0.0).then(|| stated("wait", jobs * program.io_wait_ns)));
    summed(SEQUENTIAL, parts)
}

fn strategy(sessions: &Sessions, program: Program, costs: &Costs) -> Strategy {
    let jobs = program.workers as f64;
    let starting = curve_of(sessions, ("spawn", "spawn", costs.start), "count");
    let mut parts = vec![read("start", &starting, jobs, 1.0, format!("spawn/{}", costs.start))];
    let payloads_mib = program.payload_bytes.map(|bytes| jobs * bytes as f64 / MIB);
    if let (Some(function), Some(rss_mib)) = (costs.memory, program.rss_mib.or(payloads_mib)) {
        parts.push(parent(sessions, function, rss_mib, jobs));
    }
    let (group, function) = costs.computing;
    let stretch = stretch(sessions, group, function);
    let stretched = stretch.as_ref().ok().and_then(|curve| curve.at(jobs).ok()).map_or(jobs, |read| read.cost.center());
    parts.extend(payload(sessions, costs.payload, program, stretched));
    let compute = read("compute", &stretch, jobs, program.work_ns, format!("{group}/{function}"));
    // Whatever the noise of a curve: neither a processor nor a lock has two jobs at once.
    let at_once = if costs.computing == ONE_LOCK { Ok(1) } else { processors(sessions.run()) };
    let least = program.work_ns * at_once.map_or(1.0, |at_once| (jobs / at_once as f64).max(1.0));
    parts.push(Part { time: compute.time.map(|time| at_least(time, least)), ..compute });
    parts.extend((program.io_wait_ns > 0.0).then(|| stated("wait", program.io_wait_ns)));
    summed(costs.name, parts)
}

/// What the memory of their parent adds to starting so many workers: nothing where the slope of all sizes is no growth, whatever two
/// of them say.
fn parent(sessions: &Sessions, function: &str, rss_mib: f64, jobs: f64) -> Part {
    let curve = parent_curve(sessions, function);
    let least = curve.as_ref().map_err(Absent::clone).and_then(Curve::first);
    let benchmark = BenchmarkId::new("fork_price", function, &[]);
    let slope = sessions.find("spawn", &benchmark, Metric::TimePerMebibyte);
    let part = more("memory", &curve, (rss_mib, least), (jobs, parent_width(sessions)), benchmark.to_string());
    match slope {
        Ok(slope) if slope.low() <= 0.0 => {
            let most = (slope.high() * rss_mib * jobs).max(0.0);
            Part { time: part.time.and_then(|_| finite(Estimate::new(0.0, 0.0, most).ok())), beyond: None, ..part }
        }
        _ => part,
    }
}

/// What it costs to start a worker along the memory of its parent, MiB.
fn parent_curve(sessions: &Sessions, function: &str) -> Value<Curve> {
    curve_of(sessions, ("spawn", "fork_price", function), "rss_mib").map(Curve::in_proportion_beyond)
}

fn parent_width(sessions: &Sessions) -> f64 {
    sessions.reach("fork_price", Metric::WallTime, Figure::Growth)
}

/// What the payload takes beyond what starting and ending hold already. Its readers read all of it, so many times as long as one
/// alone where it lies.
fn payload(sessions: &Sessions, payload: Payload, program: Program, stretched: f64) -> Option<Part> {
    let bytes = program.payload_bytes? as f64;
    Some(match payload {
        Payload::Carried(functions) => carried(sessions, functions, (bytes, program.workers as f64), stretched)?,
        Payload::Inherited => inherited(sessions, bytes, stretched),
    })
}

/// What reading takes a child more than a start of it that does not. Less than was measured is read in proportion.
fn inherited(sessions: &Sessions, bytes: f64, stretched: f64) -> Part {
    let [reading, starting] = ["fork_reading", "fork"].map(|function| parent_curve(sessions, function));
    let least = reading.as_ref().map_or(1.0, Curve::start);
    let mib = (bytes / MIB).max(least);
    let start = starting.and_then(|curve| curve.at(mib)).map(|read| read.cost);
    let times = stretched * bytes / MIB / mib;
    more("payload", &reading, (mib, start), (times, parent_width(sessions)), "fork_price/fork_reading".to_owned())
}

/// By the cheapest mechanism, beyond handing over next to nothing.
fn carried(sessions: &Sessions, functions: &[&str], (bytes, jobs): (f64, f64), stretched: f64) -> Option<Part> {
    let parts = functions.iter().map(|function| {
        // Beyond the caches what is read or copied takes in proportion, whatever a small message costs.
        let curve = curve_of(sessions, ("memory", "hand_over", function), "bytes").map(Curve::in_proportion_beyond);
        let width = sessions.reach("hand_over", Metric::WallTime, Figure::Growth);
        let times = if IN_PLACE.contains(function) { stretched } else { jobs };
        let least = curve.as_ref().map_err(Absent::clone).and_then(Curve::first);
        more("payload", &curve, (bytes, least), (times, width), format!("hand_over/{function}"))
    });
    let center = |part: &Part| part.time.as_ref().map_or(f64::INFINITY, |time| time.center());
    parts.min_by(|a, b| center(a).total_cmp(&center(b)))
}

fn absence(run: &Run, topic: &str, id: &BenchmarkId) -> Absent {
    match find_value(run, topic, id, Metric::WallTime) {
        Err(absent) if !absent.is_missing() => absent.of(id),
        Err(absent) => absent.of(format!("{id} was not measured")),
        Ok(_) => Absent::missing(format!("{id} was not measured at several parameters")),
    }
}

/// A curve of costs, as wide as between sessions, or why there is none.
fn curve_of(sessions: &Sessions, (topic, group, function): (&str, &str, &str), axis: &'static str) -> Value<Curve> {
    let run = sessions.run();
    let is_on = |id: &&BenchmarkId| {
        id.group == group && id.function == function && id.parameters.len() == 1 && id.parameters.contains_key(axis)
    };
    let timed = run.measurements.iter().filter(|it| it.metric == Metric::WallTime);
    let point = |id: &BenchmarkId| {
        let id = &placed(&[run], id);
        (id.parameters[axis] as f64, sessions.find(topic, id, Metric::WallTime).map_err(|absent| absent.of(id)))
    };
    let points: Vec<(f64, Value)> = timed.map(|it| &it.benchmark).filter(is_on).map(point).collect();
    if points.is_empty() {
        return Err(absence(run, topic, &BenchmarkId::new(group, function, &[])));
    }
    Ok(Curve::new(axis, points))
}

/// How many times as long as one worker each of several takes for the same work; of more workers than there are
/// processors each takes as many times longer.
fn stretch(sessions: &Sessions, group: &str, function: &str) -> Value<Curve> {
    let run = sessions.run();
    let listed = &Scaled::of_group(group).expect("a forecast uses listed curves");
    let one = BenchmarkId::new(group, function, &[(WORKERS, 1)]);
    let missing = || absence(run, listed.topic, &one);
    let plain = curves(run, listed, function).into_iter().find(|curve| curve.benchmark.parameters.is_empty());
    let curve = plain.ok_or_else(missing)?;
    let times = curve.times()?;
    let Some(&(1, one)) = times.first() else { return Err(missing()) };
    let reach = sessions.reach(group, Metric::WallTime, Figure::Growth);
    let point = |&(workers, several): &(u64, Estimate)| {
        let times = if workers == 1 { Estimate::exact(1.0).ok() } else { Some(kept(ratio(several, one)?, reach)) };
        Some((workers as f64, Ok(times?)))
    };
    let points: Option<Vec<(f64, Value)>> = times.iter().map(point).collect();
    let curve = Curve::new(WORKERS, points.ok_or(Absent::Inconclusive(Reason::ReachesZero))?);
    let is_crowded = times.last().is_some_and(|(workers, _)| *workers >= usable(run));
    Ok(if is_crowded { curve.in_proportion_beyond() } else { curve })
}

/// A part that is read from a curve, so many times.
fn read(name: &'static str, curve: &Value<Curve>, position: f64, times: f64, benchmark: String) -> Part {
    let (time, beyond) = match curve.as_ref().map_err(Absent::clone).and_then(|curve| curve.at(position)) {
        Ok(Read { cost, beyond }) => (finite(scaled(times, cost)), beyond),
        Err(absent) => (Err(absent), None),
    };
    Part { name, time, benchmark: Some(benchmark), beyond }
}

/// What a position on a curve costs more than another cost, so many times, where the ratio of the two is as wide as `width`.
fn more(
    name: &'static str,
    curve: &Value<Curve>,
    (position, least): (f64, Value),
    (times, width): (f64, f64),
    benchmark: String,
) -> Part {
    let mut part = read(name, curve, position, 1.0, benchmark);
    part.time = part.time.and_then(|cost| {
        let least = least?.center();
        // The costs of one session move together, and their ratio less than either.
        let [low, center, high] = [-width, 0.0, width].map(|width| (cost.center() * libm::exp(width) - least).max(0.0));
        finite(Estimate::new(center, low, high).ok().and_then(|gained| scaled(times, gained)))
    });
    part
}

fn at_least(time: Estimate, least: f64) -> Estimate {
    let [center, low, high] = [time.center(), time.low(), time.high()].map(|ns| ns.max(least));
    Estimate::new(center, low, high).unwrap_or(time)
}

fn finite(estimate: Option<Estimate>) -> Value {
    estimate.ok_or(Absent::inconclusive("it is not a finite number"))
}

fn stated(name: &'static str, ns: f64) -> Part {
    Part { name, time: finite(Estimate::exact(ns).ok()), benchmark: None, beyond: None }
}

fn summed(name: &'static str, parts: Vec<Part>) -> Strategy {
    let sum =
        |a: Estimate, b: Estimate| Estimate::new(a.center() + b.center(), a.low() + b.low(), a.high() + b.high()).ok();
    let makespan = parts.iter().fold(finite(Estimate::exact(0.0).ok()), |all, part| combine(&all, &part.time, sum));
    Strategy { name, makespan, rank: None, parts }
}

fn rank(strategies: &mut [Strategy]) {
    let makespans: Vec<Option<Estimate>> = strategies.iter().map(|it| it.makespan.clone().ok()).collect();
    if makespans.iter().flatten().count() < 2 {
        return;
    }
    let centers = makespans.iter().enumerate().filter_map(|(index, it)| Some((index, (*it)?)));
    let Some((first, cheapest)) = centers.min_by(|a, b| a.1.center().total_cmp(&b.1.center())) else { return };
    for (index, strategy) in strategies.iter_mut().enumerate() {
        strategy.rank = makespans[index].map(|makespan| match () {
            () if index == first => Rank::Cheapest,
            () if makespan.low() > cheapest.high() => Rank::MoreExpensive,
            () if makespan.center() > FORECAST_TIE_MAX * cheapest.center() => Rank::Inconclusive,
            () => Rank::NotSignificant,
        });
    }
}

#[cfg(test)]
mod tests;
