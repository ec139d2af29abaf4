//! What starting, handing over and keeping cost: the ten numbers that say most about a machine.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{AsText, BenchmarkId, Metric};
use crate::verdict::{Absent, Sessions, Value, ValueOrReason, measurement};

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct KeyCost {
    pub what: &'static str,
    #[serde(with = "AsText")]
    pub benchmark: BenchmarkId,
    pub metric: Metric,
    #[serde(with = "ValueOrReason")]
    pub value: Value,
}

/// `(what, benchmark, metric)`
#[rustfmt::skip]
const COSTS: [(&str, &str, Metric); 10] = [
    ("give a job to a pooled thread", "spawn/pooled_thread/count=1", Metric::WallTime),
    ("start a thread, same CPU", "spawn/thread/count=1", Metric::WallTime),
    ("fork a process, same CPU", "spawn/fork/count=1", Metric::WallTime),
    ("start a program, same CPU", "spawn/posix_spawn/count=1", Metric::WallTime),
    ("round trip between threads", "round_trip/futex_threads/cpus=2", Metric::WallTime),
    ("round trip between processes", "round_trip/futex_processes/cpus=2", Metric::WallTime),
    ("share 64 KiB with a thread", "hand_over/arc/bytes=65536", Metric::WallTime),
    ("copy 64 KiB to a process", "hand_over/pipe/bytes=65536", Metric::WallTime),
    ("memory of one more thread", "worker_memory/thread", Metric::UniqueMemory),
    ("memory of one more process", "worker_memory/forked", Metric::UniqueMemory),
];

pub fn key_costs(sessions: &Sessions) -> Vec<KeyCost> {
    let cost = |&(what, name, metric): &(&'static str, &str, Metric)| {
        let benchmark: BenchmarkId = name.parse().expect("the names are those of benchmarks");
        let value = match measurement(sessions.run(), &benchmark, metric) {
            Some(measured) => sessions.value(measured),
            None => Err(Absent::missing("not measured in this run")),
        };
        KeyCost { what, benchmark, metric, value }
    };
    COSTS.iter().map(cost).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::topics::group_of;

    #[test]
    fn every_cost_is_of_a_benchmark_that_the_topics_have() {
        for KeyCost { benchmark, value, .. } in key_costs(&Sessions::new(&crate::verdict::fixture::empty_run(), [])) {
            assert!(group_of(&benchmark.group).is_some(), "{benchmark}");
            assert!(value.is_err_and(|absent| absent.is_missing()));
        }
    }
}
