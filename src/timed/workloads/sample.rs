//! What every workload takes and gives.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::clock::now_ns;
use super::error::WorkerError;

/// The axes of one benchmark, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters(pub BTreeMap<String, u64>);

/// What a number of operations took, and the proof that they were done.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sample {
    pub elapsed_ns: u64,
    /// Units of work done; it grows with the number of operations and is checked by the launcher.
    pub work: u64,
    /// From each start until the creating call returned, summed; for workloads that create.
    pub call_ns: Option<u64>,
    /// From each start until the first instruction of the new worker, summed; for workloads that create.
    pub first_ns: Option<u64>,
    /// Smallest CPU availability of a worker, 0 … 1; where each has a CPU to itself and does not sleep.
    pub cpu_availability: Option<f64>,
    /// The share of the time from the first worker's start to the last one's end in which all were at work; where several
    /// have a CPU each.
    pub overlap: Option<f64>,
    /// CPU time of all workers together, for workloads that scale; of the one that is timed where others only keep CPUs busy.
    pub cpu_ns: Option<u64>,
}

/// A workload made ready: runs the given number of operations and says what they took.
///
/// It panics when the system refuses or when the work was not done as promised.
pub type Workload = Box<dyn FnMut(u64) -> Sample>;

impl Parameters {
    /// Parameters from names and values.
    pub fn new(pairs: &[(&str, u64)]) -> Self {
        Self(pairs.iter().map(|&(name, value)| (name.to_owned(), value)).collect())
    }

    /// The value of a parameter that the workload cannot do without.
    pub fn get(&self, name: &str) -> Result<u64, WorkerError> {
        self.0.get(name).copied().ok_or_else(|| WorkerError::Failed(format!("the parameter `{name}` is missing")))
    }

    /// The same, where the workload is made for some values only.
    pub(crate) fn get_within(&self, name: &str, range: RangeInclusive<u64>) -> Result<u64, WorkerError> {
        let value = self.get(name)?;
        if range.contains(&value) {
            return Ok(value);
        }
        Err(WorkerError::Failed(format!("{name} must be {} to {}, not {value}", range.start(), range.end())))
    }
}

/// The plain workload: the clock around a loop over `operation`, which returns how much work it did.
pub fn timed(mut operation: impl FnMut() -> u64 + 'static) -> Workload {
    Box::new(move |iterations| {
        let mut work = 0;
        let start = now_ns();
        for _ in 0..iterations {
            work += operation();
        }
        Sample { elapsed_ns: now_ns() - start, work, ..Sample::default() }
    })
}
