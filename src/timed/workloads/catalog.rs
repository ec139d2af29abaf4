//! Every workload by its name.

use std::ops::Range;
use std::path::Path;

use super::error::WorkerError;
use super::mechanism::Mechanism;
use super::protocol::parse_id;
use super::sample::{Parameters, Workload};
use super::{cpu, cpus, crash, echo, files, gil, memory, requests, spawn, split, unmap};

/// Makes the workload `group/function` ready to run at `parameters`, outside any clock.
///
/// `worker` is the program that is executed where a workload executes one.
///
/// Fails when there is no such workload, a parameter is missing, or the host cannot do it; the reason is for the reader of
/// the report.
pub fn prepare(group: &str, function: &str, parameters: &Parameters, worker: &Path) -> Result<Workload, WorkerError> {
    match group {
        "spawn" => spawn::prepare(function, parameters, worker),
        "fork_price" => spawn::prepare_cost(function, parameters, worker),
        "crash" => crash::prepare(function, parameters),
        "hand_over" => memory::prepare_hand_over(function, parameters),
        "descriptor" => memory::prepare_descriptor(function),
        "round_trip" => memory::prepare_round_trip(function, parameters),
        "context_switch" => memory::prepare_context_switch(function, parameters),
        "stream" => memory::prepare_stream(function, parameters),
        "rewrite" => memory::prepare_rewrite(function, parameters),
        "first_touch" => memory::prepare_first_touch(function, parameters),
        "calc" | "triad" | "fault" | "map" | "open" | "open_own" | "allocate" | "counter" | "counter_padded"
        | "lock" | "lock_read" => cpu::prepare(group, function, parameters),
        "unmap" | "protect" => unmap::prepare(group, function, parameters),
        "split" => split::prepare(function, parameters),
        "requests" => requests::prepare(function, parameters),
        "echo" => echo::prepare(function, parameters),
        "read" => files::prepare_read(function, parameters),
        "sync" => files::prepare_sync(function, parameters),
        "gil_calc" => gil::prepare_calc(function, parameters),
        "gil_requests" => gil::prepare_requests(function, parameters),
        "gil_wake" => gil::prepare_wake(function, parameters),
        _ => Err(WorkerError::unknown(group, function)),
    }
}

/// The CPUs that a benchmark keeps busy at once on this machine, by their places among those allowed, counting round.
pub fn cpus_needed(id: &str) -> Range<usize> {
    let Ok((group, function, parameters)) = parse_id(id) else { return 0..1 };
    let stated = |name: &str| parameters.get(name).unwrap_or(1) as usize;
    // What is kept on a CPU is kept on the last, and its partners on those that follow; workers side by side begin at the first.
    let last = cpus::allowed().len() - 1;
    let (first, needed) = match (group.as_str(), function.as_str()) {
        _ if is_alone(id) => (last, 1),
        ("fork_price" | "context_switch" | "rewrite", _) | ("crash", "floor") | ("unmap", "idle_threads") => (last, 1),
        ("split" | "hand_over" | "descriptor" | "stream" | "requests" | "gil_requests" | "gil_wake", _)
        | ("crash", "processes") => (last, 2),
        ("crash" | "unmap" | "protect", _) => (last, stated("workers")),
        ("round_trip", _) => (last, stated("cpus")),
        // The server of all has one, too.
        ("echo", _) => (last, stated("workers") + 1),
        ("spawn", _) if stated("count") == 1 && stated("pinned") == 1 => (last, stated("cpus")),
        // The scheduler may choose other ones than the maker's.
        ("spawn", _) => (last, stated("count") + 1),
        _ => (0, stated("workers")),
    };
    first..first + needed.min(cpus::cores())
}

/// Whether the workers of a benchmark never sleep: then they use all the time of the CPUs that they need.
pub fn has_awake_workers(id: &str) -> bool {
    let mut names = id.split('/');
    match (names.next().unwrap_or_default(), names.next().unwrap_or_default()) {
        ("counter" | "allocate" | "open" | "open_own", _) | ("map" | "fault", "processes") => true,
        _ => has_independent_workers(id),
    }
}

/// Whether the workers of a benchmark share nothing that one of them could keep from another.
pub fn has_independent_workers(id: &str) -> bool {
    let mut names = id.split('/');
    match (names.next().unwrap_or_default(), names.next().unwrap_or_default()) {
        ("calc" | "triad" | "read", _) => true,
        ("counter_padded", function) => Mechanism::named("counter_padded", function).is_ok(),
        _ => false,
    }
}

/// Whether a benchmark is the work of one task that does not sleep: whatever it waits, it waits for a CPU.
pub(super) fn is_alone(id: &str) -> bool {
    let mut names = id.split('/');
    let (group, function) = (names.next().unwrap_or_default(), names.next().unwrap_or_default());
    function == "alone" || group == "first_touch" || (function == "floor" && !["requests", "crash"].contains(&group))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_benchmark_needs_the_cpus_that_its_workers_and_their_server_keep_busy() {
        let last = cpus::allowed().len() - 1;
        let cases = [
            ("crash/floor/workers=4", last, 1),
            ("crash/threads/workers=4", last, 4),
            ("crash/processes/workers=4", last, 2),
            ("spawn/thread/count=1", last, 1),
            ("spawn/thread/count=1,pinned=0", last, 2),
            ("spawn/thread/count=1,cpus=2", last, 2),
            ("spawn/pooled_process/count=1,cpus=2", last, 2),
            ("spawn/fork/count=8", last, 9),
            ("fork_price/fork/rss_mib=1", last, 1),
            ("round_trip/pipe_processes/cpus=1", last, 1),
            ("round_trip/pipe_processes/cpus=2", last, 2),
            ("unmap/threads/workers=3", last, 3),
            ("echo/threads/workers=3", last, 4),
            ("split/alone/roots=2", last, 1),
            ("split/fork/roots=2", last, 2),
            ("calc/processes/workers=3", 0, 3),
            ("read/threads/workers=1", 0, 1),
        ];
        for (id, first, needed) in cases {
            assert_eq!(cpus_needed(id), first..first + needed.min(cpus::cores()), "{id}");
        }
    }
}
