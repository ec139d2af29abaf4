//! How much faster the work gets with more workers.

use std::collections::BTreeMap;

use serde::Serialize;

use super::comparisons::{Scaled, parameters_of};
use crate::model::topics::{WORKERS, Work};
use crate::model::{BenchmarkId, Metric, Run};
use crate::verdict::ratio::{ratio, times};
use crate::verdict::{Value, combine, find_value, serialize_value};

/// The speed-up at one number of workers, for threads and for processes, and one vs. the other.
///
/// Where every worker has the same work, `n` workers that take as long as one have done `n` times the work: the speed-up
/// is `n · t(1) ÷ t(n)`. Where the work is shared out, it is the time of doing it alone ÷ the time of `n` workers. Both are
/// `n` at best where the work keeps processors busy.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SpeedUp {
    pub label: String,
    pub workers: Option<u64>,
    pub parameters: BTreeMap<String, u64>,
    /// Speed-up with threads, a plain factor.
    #[serde(serialize_with = "serialize_value")]
    pub threads: Value,
    /// Speed-up with processes, a plain factor; `None` where no process can do it that way.
    #[serde(serialize_with = "serialize_value")]
    pub processes: Option<Value>,
    /// Time with processes ÷ time with threads, a plain factor.
    #[serde(serialize_with = "serialize_value")]
    pub process_to_thread: Option<Value>,
}

/// The rows of one curve, by number of workers; none where nothing but one worker was measured.
pub(super) fn speed_ups(run: &Run, scaled: &Scaled) -> Vec<SpeedUp> {
    let functions: Vec<&str> = [Some(scaled.thread), scaled.process].into_iter().flatten().collect();
    let mut rows = Vec::new();
    for parameters in parameters_of(run, scaled.group, &functions, Metric::WallTime) {
        let workers = parameters.get(WORKERS).copied();
        if workers == Some(1) {
            continue;
        }
        let time = |function: &str| time(run, scaled, function, &parameters);
        let threads = time(scaled.thread);
        let processes = scaled.process.map(time);
        let speed_up = |function: &str, several: &Value| match scaled.work {
            Work::Each => {
                let one = self::time(run, scaled, function, &with_workers(&parameters, Some(1)));
                combine(&one, several, |one, several| ratio(times(workers.unwrap_or(1) as f64, one)?, several))
            }
            Work::InAll { alone } => combine(&alone_time(run, scaled, alone, &parameters), several, ratio),
        };
        rows.push(SpeedUp {
            label: scaled.label.clone(),
            workers,
            parameters: with_workers(&parameters, None),
            threads: speed_up(scaled.thread, &threads),
            processes: scaled.process.zip(processes.as_ref()).map(|(function, several)| speed_up(function, several)),
            process_to_thread: processes.map(|processes| combine(&processes, &threads, ratio)),
        });
    }
    rows
}

/// The time of a function that does all the work alone: without workers, or with one.
fn alone_time(run: &Run, scaled: &Scaled, alone: &str, parameters: &BTreeMap<String, u64>) -> Value {
    match time(run, scaled, alone, &with_workers(parameters, None)) {
        Err(absent) if absent.is_missing() => time(run, scaled, alone, &with_workers(parameters, Some(1))),
        found => found,
    }
}

fn with_workers(parameters: &BTreeMap<String, u64>, workers: Option<u64>) -> BTreeMap<String, u64> {
    let others = parameters.iter().filter(|(name, _)| *name != WORKERS);
    others
        .map(|(name, &value)| (name.clone(), value))
        .chain(workers.map(|workers| (WORKERS.to_owned(), workers)))
        .collect()
}

fn time(run: &Run, scaled: &Scaled, function: &str, parameters: &BTreeMap<String, u64>) -> Value {
    let (group, function) = (scaled.group.to_owned(), function.to_owned());
    let id = BenchmarkId { group, function, parameters: parameters.clone() };
    find_value(run, scaled.topic, &id, Metric::WallTime)
}
