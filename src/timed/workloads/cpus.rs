//! Which processors may be used, and staying on one of them.

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

use super::WorkerError;

/// The processors that this process may run on, in rising order.
pub(crate) fn allowed() -> Vec<usize> {
    let set = sched_getaffinity(Pid::from_raw(0)).expect("a process may read its own affinity");
    (0..CpuSet::count()).filter(|&cpu| set.is_set(cpu).unwrap_or(false)).collect()
}

/// How many processors are worth using: those allowed, less what a control group's quota takes away.
pub fn cores() -> usize {
    let quota = std::thread::available_parallelism().map_or(usize::MAX, usize::from);
    allowed().len().min(quota).max(1)
}

/// Refuses what keeps two apart, where there is one processor for them.
pub(crate) fn at_least_two() -> Result<(), WorkerError> {
    if cores() < 2 { Err(WorkerError::refused("only one processor may be used here")) } else { Ok(()) }
}

/// Keeps the calling thread on the `index`-th allowed processor, counting round.
pub(crate) fn pin(allowed: &[usize], index: usize) {
    allow(&[allowed[index % allowed.len()]]);
}

/// Keeps the calling thread on these processors, which were allowed when its process began.
pub(crate) fn allow(processors: &[usize]) {
    sched_setaffinity(Pid::from_raw(0), &set(processors))
        .expect("a thread may choose among the processors of its process");
}

pub(crate) fn set(processors: &[usize]) -> CpuSet {
    let mut set = CpuSet::new();
    processors.iter().for_each(|&cpu| set.set(cpu).expect("an allowed processor fits the set"));
    set
}

/// Keeps the calling thread on the last allowed processor: the first one serves more interrupts.
pub(crate) fn pin_last() {
    pin_from_last(0);
}

/// Keeps the calling thread on the `index`-th allowed processor from the last one on, counting round.
pub(crate) fn pin_from_last(index: usize) {
    let allowed = allowed();
    pin(&allowed, allowed.len() - 1 + index);
}
