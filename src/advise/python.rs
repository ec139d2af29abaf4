//! What a run says about real interpreters, and how far the native model of their lock is from them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::topics::{PYTHON, WORKERS};
use crate::model::{BenchmarkId, Estimate, Metric, Run};
use crate::verdict::ratio::{ratio, times};
use crate::verdict::{Absent, Sessions, Value, ValueOrReason, combine};

const MODEL_TOPIC: &str = "gil";

/// How one more is started, in the order of the table.
const STARTS: [&str; 5] = ["thread", "fork", "forkserver", "spawn", "interpreter"];

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Python {
    /// Its version as one number: 31107 for 3.11.7.
    pub python: u64,
    pub gil: bool,
    pub workers: Option<u64>,
    /// Computing, vs. one worker that does the work of all.
    pub calc: SpeedUps,
    /// CPU time ÷ wall time while processes computed: the processors that they really had.
    #[serde(with = "ValueOrReason")]
    pub cpus: Value,
    /// Computing in several interpreters of one process, vs. one worker.
    #[serde(with = "ValueOrReason")]
    pub calc_interpreters: Value,
    pub requests: SpeedUps,
    /// The time of starting one more and waiting for its end.
    pub starts: Vec<Start>,
    /// From asking for the lock until having it beside a thread that computes, ns.
    #[serde(with = "ValueOrReason")]
    pub wake: Value,
    pub model: Model,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SpeedUps {
    #[serde(with = "ValueOrReason")]
    pub threads: Value,
    #[serde(with = "ValueOrReason")]
    pub processes: Value,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Start {
    /// `thread`, a method of `multiprocessing`, or `interpreter`.
    pub method: &'static str,
    /// ns.
    #[serde(with = "ValueOrReason")]
    pub time: Value,
}

/// What the native model says of the same, and the interpreter ÷ the model, less one.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Model {
    /// Speed-up of as many workers under one lock, and with a lock each.
    pub calc: SpeedUps,
    /// How far the interpreter's speed-up is from it, a share.
    pub calc_difference: SpeedUps,
    /// From asking for the lock until having it, ns.
    #[serde(with = "ValueOrReason")]
    pub wake: Value,
    /// How far the interpreter is from it, a share.
    #[serde(with = "ValueOrReason")]
    pub wake_difference: Value,
}

/// One entry for every interpreter of which the run has a measurement, oldest first.
///
/// `model` is a run of this machine that has the native model, if there is one; ratios are to the interpreter's own time.
pub fn python(sessions: &Sessions, model: Option<&Sessions>) -> Vec<Python> {
    let one = |(key, ids): ((u64, u64), Vec<&BenchmarkId>)| {
        let axes = |group: &str| {
            let found = ids.iter().find(|id| id.group == group);
            found.map_or_else(|| vec![("python", key.0), ("gil", key.1)], |id| parameters(id))
        };
        interpreter(sessions, model, key, &axes)
    };
    interpreters(sessions.run()).into_iter().map(one).collect()
}

/// What each interpreter of a run was asked, by its version as one number and whether it has the lock.
pub(super) fn interpreters(run: &Run) -> BTreeMap<(u64, u64), Vec<&BenchmarkId>> {
    let mut asked: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for id in run.measurements.iter().filter(|it| it.topic == PYTHON).map(|it| &it.benchmark) {
        if let [Some(&python), Some(&gil)] = ["python", "gil"].map(|axis| id.parameters.get(axis)) {
            asked.entry((python, gil)).or_default().push(id);
        }
    }
    asked
}

fn parameters(id: &BenchmarkId) -> Vec<(&str, u64)> {
    id.parameters.iter().map(|(name, &value)| (name.as_str(), value)).collect()
}

fn interpreter<'a>(
    sessions: &Sessions,
    model: Option<&Sessions>,
    (python, gil): (u64, u64),
    axes: &impl Fn(&str) -> Vec<(&'a str, u64)>,
) -> Python {
    let id = |group: &str, function: &str| BenchmarkId::new(group, function, &axes(group));
    let wall = |group: &str, function: &str| sessions.find(PYTHON, &id(group, function), Metric::WallTime);
    let speed_up = |group: &str, alone: &str, function: &str| {
        sessions.ratio(PYTHON, [&id(group, alone), &id(group, function)], Metric::WallTime)
    };
    let cpu_time = sessions.find(PYTHON, &id("python_calc", "processes"), Metric::CpuTime);
    let speed_ups = |group: &str, alone: &str| SpeedUps {
        threads: speed_up(group, alone, "threads"),
        processes: speed_up(group, alone, "processes"),
    };
    let workers = axes("python_calc").iter().find(|(name, _)| *name == WORKERS).map(|&(_, workers)| workers);
    let calc = speed_ups("python_calc", "serial");
    let wake = combine(&wall("python_wake", "beside_busy"), &wall("python_wake", "alone"), minus);
    Python {
        python,
        gil: gil == 1,
        workers,
        model: self::model(model, workers, axes("python_wake"), &calc, &wake),
        calc,
        cpus: combine(&cpu_time, &wall("python_calc", "processes"), ratio),
        calc_interpreters: speed_up("python_calc", "serial", "interpreters"),
        requests: speed_ups("python_requests", "sequential"),
        starts: STARTS.map(|method| Start { method, time: wall("python_start", method) }).to_vec(),
        wake,
    }
}

fn model(
    model: Option<&Sessions>,
    workers: Option<u64>,
    wake_axes: Vec<(&str, u64)>,
    calc: &SpeedUps,
    wake: &Value,
) -> Model {
    let time = |group: &str, function: &str, axes: &[(&str, u64)]| match model {
        Some(sessions) => sessions.find(MODEL_TOPIC, &BenchmarkId::new(group, function, axes), Metric::WallTime),
        None => Err(Absent::missing("no stored run of this machine has the native model; `cargo bench` measures it")),
    };
    let speed_up = |function: &str| {
        let workers = workers.ok_or(Absent::missing("the interpreter did not compute"))?;
        let [one, all] = [1, workers].map(|workers| time("gil_calc", function, &[(WORKERS, workers)]));
        combine(&one, &all, |one, all| ratio(times(workers as f64, one)?, all))
    };
    let model = SpeedUps { threads: speed_up("one_lock"), processes: speed_up("lock_each") };
    let interval: Vec<(&str, u64)> = wake_axes.into_iter().filter(|(name, _)| *name == "interval_us").collect();
    let model_wake = time("gil_wake", "one_lock", &interval);
    Model {
        calc_difference: SpeedUps {
            threads: combine(&calc.threads, &model.threads, difference),
            processes: combine(&calc.processes, &model.processes, difference),
        },
        calc: model,
        wake_difference: combine(wake, &model_wake, difference),
        wake: model_wake,
    }
}

/// The first less the second, with the widest interval that both allow.
fn minus(a: Estimate, b: Estimate) -> Option<Estimate> {
    Estimate::new(a.center() - b.center(), a.low() - b.high(), a.high() - b.low()).ok()
}

/// The first ÷ the second, less one.
fn difference(a: Estimate, b: Estimate) -> Option<Estimate> {
    let ratio = ratio(a, b)?;
    Estimate::new(ratio.center() - 1.0, ratio.low() - 1.0, ratio.high() - 1.0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advise::summary;
    use crate::verdict::fixture;

    fn center(reading: &Value) -> f64 {
        let Ok(estimate) = reading else { panic!("{reading:?}") };
        (estimate.center() * 1e6).round() / 1e6
    }

    #[test]
    fn every_interpreter_is_compared_with_itself_and_with_the_model() {
        let (run, model) = (fixture::python_run(), fixture::python_model());
        let [first, second] = &python(&Sessions::new(&run, []), Some(&Sessions::new(&model, [])))[..] else {
            panic!("two interpreters")
        };
        assert_eq!((first.python, first.gil, first.workers), (31_107, true, Some(2)));
        assert_eq!([&first.calc.threads, &first.calc.processes, &first.cpus].map(center), [0.96, 1.92, 1.9]);
        assert_eq!([&first.requests.threads, &first.requests.processes].map(center), [11.0, 5.5]);
        assert_eq!([&first.wake, &first.model.wake].map(center), [5_100_000.0, 5_000_000.0]);
        assert_eq!(center(&first.model.wake_difference), 0.02);
        assert_eq!([&first.model.calc.threads, &first.model.calc_difference.threads].map(center), [0.96, 0.0]);
        assert_eq!((second.python, second.gil), (31_400, false));
        assert!(
            matches!(&first.calc_interpreters, Err(Absent::Missing(reason)) if reason.to_string().contains("no pool"))
        );
        assert!(matches!(&second.requests.threads, Err(Absent::Missing(_))));
    }

    #[test]
    fn a_run_of_the_suite_has_its_own_model() {
        let mut run = fixture::python_run();
        run.measurements.extend(fixture::python_model().measurements);
        let found = &summary(&Sessions::new(&run, [])).interpreters;
        assert_eq!(found.iter().map(|one| one.python).collect::<Vec<_>>(), [31_107, 31_400]);
        assert_eq!(center(&found[0].model.wake_difference), 0.02);
    }

    #[test]
    fn without_a_model_the_reason_stands_in_its_place() {
        let [first, _] = &python(&Sessions::new(&fixture::python_run(), []), None)[..] else {
            panic!("two interpreters")
        };
        assert!(
            matches!(&first.model.wake_difference, Err(Absent::Missing(reason)) if reason.to_string().contains("no stored run"))
        );
        assert!(python(&Sessions::new(&fixture::run(), []), None).is_empty());
    }
}
