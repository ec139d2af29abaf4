//! One request, one answer.

use std::path::Path;

use nix::unistd::alarm;

use crate::workloads::launcher::DEADLINE_S;
use crate::workloads::protocol::{CountMetric, Counts, Reply, Request, Task, encode, parse_id};
use crate::workloads::{self, WorkerError, Workload};

use super::events::{self, Event};
use super::{connections, memory, syscalls, usage};

/// The most idle connections, which may be a process each.
const CONNECTIONS_MAX: u64 = 10_000;

/// Answers one request to count by one line without its end.
///
/// `unique_memory` is counted for `worker_memory` and `connection_memory` and looks at one state, so its iterations say
/// nothing. `worker` is the program that `worker_memory/executed` starts, as `worker idle`.
///
/// The calling process must have one thread, and should end after the answer: what was started stays warm. An alarm
/// ends it when it takes longer than a launcher may.
pub fn serve(request: &str, worker: &Path) -> String {
    encode(&answer(request, worker).map(Reply::Counts))
}

fn answer(request: &str, worker: &Path) -> Result<Counts, WorkerError> {
    alarm::set(DEADLINE_S);
    let Request { task, benchmark, iterations } = request.parse()?;
    let Task::Count(metric) = task else {
        return Err(WorkerError::Failed("`worker launch` takes samples, `worker count` does not".to_owned()));
    };
    let (group, function, parameters) = parse_id(&benchmark)?;
    let make = || -> Result<Workload, WorkerError> { workloads::prepare(&group, &function, &parameters, worker) };
    let count = match metric {
        CountMetric::PageFaults | CountMetric::ContextSwitches => return usage::count(make, iterations),
        CountMetric::UserInstructions => events::count(Event::UserInstructions, make, iterations),
        CountMetric::KernelInstructions => events::count(Event::KernelInstructions, make, iterations),
        // Never by another clock where this one is not to be had: one metric, one meaning.
        CountMetric::TaskClock => events::count(Event::TaskClock, make, iterations),
        CountMetric::SystemCalls => syscalls::count(make, iterations),
        CountMetric::UniqueMemory => {
            let unknown = |_| WorkerError::Refused(format!("{group}/{function} is nothing whose memory is counted"));
            match group.as_str() {
                "worker_memory" => memory::count(function.parse().map_err(unknown)?, worker),
                "connection_memory" => {
                    let connections = parameters.get_within("connections", 1..=CONNECTIONS_MAX)?;
                    connections::count(function.parse().map_err(unknown)?, connections)
                }
                _ => Err(unknown(strum::ParseError::VariantNotFound)),
            }
        }
    };
    Ok(vec![(metric, count?)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_reason_when_it_did_not_count() {
        let cases = [
            ("hello", "failed"),
            ("count page_faults nothing/at_all 1", "failed"),
            ("count system_calls nothing/at_all 1", "failed"),
            ("count unique_memory spawn/thread 1", "refused"),
            ("count unique_memory worker_memory/threads 1", "refused"),
            ("count unique_memory connection_memory/thread/connections=1 1", "refused"),
            ("count unique_memory connection_memory/threads 1", "failed"),
        ];
        for (request, word) in cases {
            let answer = serve(request, Path::new("/nowhere"));
            assert!(answer.starts_with(&format!("{word} ")), "{request}: {answer}");
        }
    }
}
