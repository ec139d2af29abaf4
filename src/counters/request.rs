//! The request to count, as a line of text and as a value.

use crate::workloads::Parameters;
use crate::workloads::launcher::parse_id;

use super::NotCounted;

/// The metrics that this room counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Metric {
    UserInstructions,
    KernelInstructions,
    ContextSwitches,
    PageFaults,
    TaskClock,
    SystemCalls,
    UniqueMemory,
}

/// One request: what to count, for which workload, over how many operations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) metric: Metric,
    pub(super) group: String,
    pub(super) function: String,
    pub(super) parameters: Parameters,
    pub(super) iterations: u64,
}

/// Most operations in one request; twice as many are run.
const ITERATIONS_MAX: u64 = 1_000_000_000;

impl Metric {
    /// The metric of that name, as reports print it.
    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "user_instructions" => Metric::UserInstructions,
            "kernel_instructions" => Metric::KernelInstructions,
            "context_switches" => Metric::ContextSwitches,
            "page_faults" => Metric::PageFaults,
            "task_clock" => Metric::TaskClock,
            "system_calls" => Metric::SystemCalls,
            "unique_memory" => Metric::UniqueMemory,
            _ => return None,
        })
    }
}

impl Request {
    /// Reads `count <metric> <group>/<function>[/<name>=<value>,…] <iterations>`.
    pub(super) fn read(line: &str) -> Result<Self, NotCounted> {
        let unclear = |what: &str| {
            NotCounted::Failed(format!("`{line}` is no request: {what}; expected count METRIC BENCHMARK ITERATIONS"))
        };
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let ["count", metric, id, iterations] = words[..] else { return Err(unclear("it has not these four words")) };
        let metric = Metric::from_name(metric).ok_or_else(|| unclear("there is no such metric"))?;
        let iterations = iterations.parse().ok().filter(|count| (1..=ITERATIONS_MAX).contains(count));
        let iterations = iterations.ok_or_else(|| unclear("the iterations are no number from 1 to 1000000000"))?;
        let (group, function, parameters) = parse_id(id)?;
        Ok(Self { metric, group, function, parameters, iterations })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_to_count() {
        let request = Request::read("count page_faults requests/threads/delay_ms=10,workers=5 20\n").unwrap();
        assert_eq!((request.metric, request.iterations), (Metric::PageFaults, 20));
        assert_eq!((request.group.as_str(), request.function.as_str()), ("requests", "threads"));
        assert_eq!(request.parameters, Parameters::new(&[("delay_ms", 10), ("workers", 5)]));
        let plain = Request::read("count unique_memory worker_memory/thread 1").unwrap();
        assert_eq!(plain.parameters, Parameters::default());
    }

    #[test]
    fn refuses_what_is_no_request() {
        let lines = [
            "",
            "run spawn/thread/count=1 1",
            "count faults spawn/thread 1",
            "count page_faults spawn/thread 0",
            "count page_faults spawn/thread -1",
            "count page_faults spawn/thread 9999999999999",
            "count page_faults spawn/thread 1 1",
        ];
        for line in lines {
            assert!(matches!(Request::read(line), Err(NotCounted::Failed(_))), "{line}");
        }
        for line in ["count page_faults spawn 1", "count page_faults spawn/thread/8 1"] {
            assert!(matches!(Request::read(line), Err(NotCounted::Failed(_))), "{line}");
        }
    }
}
