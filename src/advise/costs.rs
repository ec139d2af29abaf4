//! What starting, handing over and keeping cost: the ten numbers that say most about a machine.

use schemars::JsonSchema;
use serde::Serialize;

use super::processors::placed;
use crate::model::topics::topic_of;
use crate::model::{AsText, BenchmarkId, Metric, Run};
use crate::verdict::{Sessions, Value, ValueOrReason};

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct KeyCost {
    pub what: String,
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
    ("start a thread", "spawn/thread/count=1", Metric::WallTime),
    ("fork a process", "spawn/fork/count=1", Metric::WallTime),
    ("start a program", "spawn/posix_spawn/count=1", Metric::WallTime),
    ("round trip between threads", "round_trip/futex_threads/cpus=2", Metric::WallTime),
    ("round trip between processes", "round_trip/futex_processes/cpus=2", Metric::WallTime),
    ("share 64 KiB with a thread", "hand_over/arc/bytes=65536", Metric::WallTime),
    ("copy 64 KiB to a process", "hand_over/pipe/bytes=65536", Metric::WallTime),
    ("memory of one more thread", "worker_memory/thread", Metric::UniqueMemory),
    ("memory of one more process", "worker_memory/forked", Metric::UniqueMemory),
];

/// Starts are where programs have them, where that was measured; what stays on its maker's CPU says so.
pub fn key_costs(sessions: &Sessions) -> Vec<KeyCost> {
    key_costs_like(sessions, &[sessions.run()])
}

/// The same, placed as all of these runs have it.
pub(super) fn key_costs_like(sessions: &Sessions, runs: &[&Run]) -> Vec<KeyCost> {
    let cost = |&(what, name, metric): &(&str, &str, Metric)| {
        let plain: BenchmarkId = name.parse().expect("the names are those of benchmarks");
        let benchmark = placed(runs, &plain);
        let is_beside = benchmark.group == "spawn" && benchmark == plain;
        let what = format!("{what}{}", if is_beside { ", same CPU" } else { "" });
        let value = sessions.find(topic_of(&benchmark.group).unwrap_or_default(), &benchmark, metric);
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

    #[test]
    fn a_start_says_where_it_was_placed() {
        let mut run = crate::verdict::fixture::empty_run();
        let starts = |run: &crate::model::Run| {
            let costs = key_costs(&Sessions::new(run, []));
            let start = |cost: KeyCost| Some((cost.what, cost.value.ok()?.center()));
            costs.into_iter().filter_map(start).collect::<Vec<_>>()
        };
        let of = |name: &str, ns| crate::verdict::fixture::time("spawn", name, ns, ns, ns);
        run.measurements = vec![of("spawn/thread/count=1", 20.0), of("spawn/pooled_thread/count=1", 4.0)];
        let same = |what: &str| format!("{what}, same CPU");
        let pooled = (same("give a job to a pooled thread"), 4.0);
        assert_eq!(starts(&run), [pooled.clone(), (same("start a thread"), 20.0)]);
        run.measurements.push(of("spawn/thread/count=1,pinned=0", 40.0));
        assert_eq!(starts(&run), [pooled, ("start a thread".to_owned(), 40.0)]);
        // The scheduler has pools in older runs.
        for (place, us) in [("pinned=0", 20.0), ("cpus=2", 30.0)] {
            run.measurements.push(of(&format!("spawn/pooled_thread/count=1,{place}"), us));
            assert_eq!(starts(&run)[0], ("give a job to a pooled thread".to_owned(), us));
        }
    }
}
