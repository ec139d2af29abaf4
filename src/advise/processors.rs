//! How many processors a program may use on the machine of a run, and the parameters that follow from it.

use crate::model::topics::{WORKERS, group_of};
use crate::model::{BenchmarkId, Metric, Run};
use crate::verdict::{Absent, Sessions, Value};

/// The fact that says how many processors a program may use at once: affinity and quota considered.
pub(super) const PROCESSORS: &str = "cpus_usable";
/// The axis of starts that says whether they stay on their maker's processor.
const PINNED: &str = "pinned";
/// Where one start is as programs have it, the best first: what is new where the scheduler places it; the worker of a pool on another
/// processor, or, in older runs, where the scheduler had it.
const PLACES: &[(&str, u64)] = &[(PINNED, 0)];
const POOL_PLACES: &[(&str, u64)] = &[("cpus", 2), (PINNED, 0)];
const POOLS: [&str; 2] = ["pooled_thread", "pooled_process"];
const UNKNOWN: &str = "the number of processors is not known";

pub(super) enum Parameters {
    At(&'static [(&'static str, u64)]),
    /// As many workers as there are processors.
    Cores,
    /// One start, wherever the scheduler places it; beside its maker in runs that have nothing else.
    Start,
}

/// The question's twenty requests, each with its worker.
pub(super) const REQUESTS: Parameters = Parameters::At(&[("delay_ms", 10), (WORKERS, 20)]);

impl Parameters {
    pub(super) fn of(&self, run: &Run) -> Value<Vec<(&'static str, u64)>> {
        match self {
            Parameters::At(parameters) => Ok(parameters.to_vec()),
            Parameters::Start => {
                let start = [("count", 1), (PINNED, 0)];
                let thread = placed(&[run], &BenchmarkId::new("spawn", "thread", &start[..1]));
                Ok(start[..thread.parameters.len()].to_vec())
            }
            Parameters::Cores => several(run).map(|()| vec![(WORKERS, usable(run))]),
        }
    }

    /// Two functions of a group at these parameters, and what the first costs ÷ what the second costs.
    pub(super) fn ratio(
        &self,
        sessions: &Sessions,
        topic: &str,
        group: &str,
        functions: [&str; 2],
    ) -> ([BenchmarkId; 2], Value) {
        let parameters = self.of(sessions.run());
        let ids = functions.map(|it| BenchmarkId::new(group, it, parameters.as_deref().unwrap_or_default()));
        let ratio = parameters.and_then(|_| sessions.ratio(topic, ids.each_ref(), metric_of(group)));
        (ids, ratio)
    }
}

/// What the benchmarks of a group are measured in first of all.
pub(super) fn metric_of(group: &str) -> Metric {
    group_of(group).map_or(Metric::WallTime, |group| group.metric)
}

/// The same start where programs have it, where all of these runs measured that, too.
pub(super) fn placed(runs: &[&Run], start: &BenchmarkId) -> BenchmarkId {
    let places = if POOLS.contains(&start.function.as_str()) { POOL_PLACES } else { PLACES };
    let measured = |id: &BenchmarkId| runs.iter().all(|run| run.measurements.iter().any(|it| it.benchmark == *id));
    let mut placed = places.iter().map(|&(axis, value)| start.with(axis, value));
    placed.find(measured).unwrap_or_else(|| start.clone())
}

/// Where one start was placed whose cost the advice rests on.
pub fn placement(run: &Run) -> &'static str {
    match Parameters::Start.of(run) {
        Ok(parameters) if parameters.len() > 1 => "where the scheduler places them",
        _ => "on one CPU",
    }
}

pub(super) fn several(run: &Run) -> Value<()> {
    if processors(run)? > 1 {
        Ok(())
    } else {
        Err(Absent::missing("the machine has one processor: nothing runs in parallel"))
    }
}

/// How many processors a program may use at once.
pub(super) fn processors(run: &Run) -> Value<u64> {
    let fact = run.machine.hardware.get(PROCESSORS).and_then(|fact| fact.value()?.parse().ok());
    fact.filter(|processors| *processors > 0).ok_or(Absent::missing(UNKNOWN))
}

/// The same, and one where it is not known.
pub fn usable(run: &Run) -> u64 {
    processors(run).unwrap_or(1)
}
