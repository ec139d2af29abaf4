//! The clock of the timed code.

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use nix::time::{ClockId, clock_gettime};

/// Monotonic time in ns; one time line for all threads and processes of the machine.
pub fn now_ns() -> u64 {
    read(ClockId::CLOCK_MONOTONIC)
}

pub(crate) fn thread_cpu_ns() -> u64 {
    read(ClockId::CLOCK_THREAD_CPUTIME_ID)
}

/// CPU time so far of this process, all its threads, and the children it has waited for, ns; of the latter to the µs.
pub(crate) fn process_cpu_ns() -> u64 {
    let children = getrusage(UsageWho::RUSAGE_CHILDREN).expect("every process may ask for its own usage");
    let children_us = children.user_time().num_microseconds() + children.system_time().num_microseconds();
    read(ClockId::CLOCK_PROCESS_CPUTIME_ID) + children_us.unsigned_abs() * 1_000
}

fn read(clock: ClockId) -> u64 {
    let time = clock_gettime(clock).expect("these clocks exist on every Linux");
    time.tv_sec() as u64 * 1_000_000_000 + time.tv_nsec() as u64
}
