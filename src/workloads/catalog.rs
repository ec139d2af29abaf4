//! Every workload by its name.

use std::path::Path;

use super::error::WorkerError;
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
        "unmap" => unmap::prepare(function, parameters),
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

/// How many CPUs a benchmark keeps busy at once on this machine.
pub fn cpus_needed(id: &str) -> usize {
    let Ok((group, function, parameters)) = parse_id(id) else { return 1 };
    let stated = |name: &str| parameters.get(name).unwrap_or(1) as usize;
    let needed = match group.as_str() {
        _ if is_alone(id) => 1,
        "crash" if function == "threads" => stated("workers"),
        "split" | "crash" | "hand_over" | "descriptor" | "stream" | "echo" | "requests" | "gil_requests"
        | "gil_wake" => 2,
        "round_trip" => stated("cpus"),
        // The scheduler may choose another one than the maker's.
        "spawn" => 2 - stated("pinned").min(1),
        _ => stated("workers"),
    };
    needed.min(cpus::cores())
}

/// Whether a benchmark is the work of one task that does not sleep: whatever it waits, it waits for a CPU. `unmap` prepares
/// between its operations and says itself what it waited in them.
pub(super) fn is_alone(id: &str) -> bool {
    let mut names = id.split('/');
    let (group, function) = (names.next().unwrap_or_default(), names.next().unwrap_or_default());
    function == "alone" || group == "first_touch" || (function == "floor" && !["requests", "unmap"].contains(&group))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crashed_program_needs_a_cpu_for_each_of_its_threads() {
        for (function, cpus) in [("floor", 1), ("threads", 4), ("processes", 2)] {
            assert_eq!(cpus_needed(&format!("crash/{function}/workers=4")), cpus.min(cpus::cores()), "{function}");
        }
    }
}
