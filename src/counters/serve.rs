//! One request, one answer.

use std::path::Path;

use nix::unistd::alarm;

use crate::workloads::launcher::DEADLINE_S;
use crate::workloads::{self, Refused, Workload};

use super::events::{self, Event};
use super::memory::{self, Kind};
use super::request::{Metric, Request};
use super::usage::{self, Usage};
use super::{NotCounted, reply, syscalls};

/// Answers `count <metric> <benchmark> <iterations>` by one line without its end:
///
/// - `counted <value>`: the count of one operation, in the metric's unit, decimal and not negative;
/// - `uncountable <reason>`: the host does not count this metric, whatever the benchmark;
/// - `refused <reason>`: the benchmark cannot run here;
/// - `failed <reason>`: it ran and broke, or the request was not understood.
///
/// `unique_memory` is counted for `worker_memory/thread`, `/forked` and `/executed` and looks at one state, so its
/// iterations say nothing. `worker` is the program that `executed` starts, as `worker idle`.
///
/// The calling process must have one thread, and should end after the answer: what was started stays warm. An alarm
/// ends it when it takes longer than a launcher may.
pub fn serve(request: &str, worker: &Path) -> String {
    reply::write(&answer(request, worker))
}

fn answer(request: &str, worker: &Path) -> Result<f64, NotCounted> {
    alarm::set(DEADLINE_S);
    let Request { metric, group, function, parameters, iterations } = Request::read(request)?;
    let make = || -> Result<Workload, Refused> { workloads::prepare(&group, &function, &parameters, worker) };
    match metric {
        Metric::UserInstructions => events::count(Event::UserInstructions, make, iterations),
        Metric::KernelInstructions => events::count(Event::KernelInstructions, make, iterations),
        Metric::ContextSwitches => usage::count(Usage::ContextSwitches, make, iterations),
        Metric::PageFaults => usage::count(Usage::PageFaults, make, iterations),
        // Never by another clock where this one is not to be had: one metric, one meaning.
        Metric::TaskClock => events::count(Event::TaskClock, make, iterations),
        Metric::SystemCalls => syscalls::count(make, iterations),
        Metric::UniqueMemory => match Kind::from_name(&function).filter(|_| group == "worker_memory") {
            Some(kind) => memory::count(kind, worker),
            None => Err(NotCounted::Refused(format!("{group}/{function} is no kind of idle worker"))),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_why_it_did_not_count() {
        let cases = [
            ("hello", "failed"),
            ("count page_faults nothing/at_all 1", "failed"),
            ("count system_calls nothing/at_all 1", "failed"),
            ("count unique_memory spawn/thread 1", "refused"),
        ];
        for (request, word) in cases {
            let answer = serve(request, Path::new("/nowhere"));
            assert!(answer.starts_with(&format!("{word} ")), "{request}: {answer}");
        }
    }
}
