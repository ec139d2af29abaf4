//! How much faster the work gets with more workers.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::comparisons::{Scaled, parameters_of};
use crate::model::topics::{WORKERS, Work};
use crate::model::{BenchmarkId, Metric, Run};
use crate::verdict::ratio::times;
use crate::verdict::{Absent, Reason, Sessions, Value, ValueOrReason, find_value};

/// The speed-up at one number of workers, for threads and for processes, and one vs. the other.
///
/// Where every worker has the same work, `n` workers that take as long as one have done `n` times the work: the speed-up
/// is `n · t(1) ÷ t(n)`. Where the work is shared out, it is the time of doing it alone ÷ the time of `n` workers. Both are
/// `n` at best where the work keeps processors busy.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SpeedUp {
    pub label: String,
    pub workers: Option<u64>,
    pub parameters: BTreeMap<String, u64>,
    /// Speed-up with threads, a plain factor.
    #[serde(with = "ValueOrReason")]
    pub threads: Value,
    /// Speed-up with processes, a plain factor; `None` where no process can do it that way.
    #[serde(with = "ValueOrReason::<Option<Value>>")]
    pub processes: Option<Value>,
    /// Time with processes ÷ time with threads, a plain factor.
    #[serde(with = "ValueOrReason::<Option<Value>>")]
    pub process_to_thread: Option<Value>,
}

/// The rows of one curve, by number of workers; none where nothing but one worker was measured.
pub(super) fn speed_ups(sessions: &Sessions, scaled: &Scaled) -> Vec<SpeedUp> {
    let run = sessions.run();
    let functions: Vec<&str> = [Some(scaled.thread), scaled.process].into_iter().flatten().collect();
    let id = |function: &str, parameters: &BTreeMap<String, u64>| {
        let (group, function) = (scaled.group.to_owned(), function.to_owned());
        BenchmarkId { group, function, parameters: parameters.clone() }
    };
    let mut rows = Vec::new();
    for parameters in parameters_of(run, scaled.group, &functions, Metric::WallTime) {
        let workers = parameters.get(WORKERS).copied();
        if workers == Some(1) {
            continue;
        }
        let mut others = parameters.clone();
        others.remove(WORKERS);
        let speed_up = |function: &str| {
            let several = id(function, &parameters);
            let (one, done) = match scaled.work {
                Work::Each => (several.with(WORKERS, 1), workers.unwrap_or(1) as f64),
                Work::InAll { alone } => (alone_id(run, scaled.topic, id(alone, &others)), 1.0),
            };
            let faster = sessions.ratio(scaled.topic, [&one, &several], Metric::WallTime)?;
            times(done, faster).ok_or(Absent::Inconclusive(Reason::ReachesZero))
        };
        rows.push(SpeedUp {
            label: scaled.label.clone(),
            workers,
            parameters: others.clone(),
            threads: speed_up(scaled.thread),
            processes: scaled.process.map(speed_up),
            process_to_thread: scaled.process.map(|process| {
                let ids = [process, scaled.thread].map(|function| id(function, &parameters));
                sessions.ratio(scaled.topic, ids.each_ref(), Metric::WallTime)
            }),
        });
    }
    rows
}

/// The function that does all the work alone: without workers, or with one.
fn alone_id(run: &Run, topic: &str, without: BenchmarkId) -> BenchmarkId {
    match find_value(run, topic, &without, Metric::WallTime) {
        Err(absent) if absent.is_missing() => without.with(WORKERS, 1),
        _ => without,
    }
}
