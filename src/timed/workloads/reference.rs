//! Reference workloads: small fixed pieces of work that say how fast the machine is at this moment.
//!
//! The same machine differs between runs by far more than the ratio of two of its costs does, so every sample
//! carries the cost of a system call, of a clock read and of a copy, each measured within the same milliseconds.

use std::hint::black_box;

use super::clock::now_ns;

/// Calls in one reading; one reading takes some ten µs.
const SYSCALLS: u32 = 100;
const CLOCKS: u32 = 500;
const COPIES: u32 = 8;
const COPY_BYTES: usize = 32 << 10;

/// Readings of which the smallest counts: an interrupted one says nothing of the machine's speed.
const READINGS: u32 = 3;

/// Cost of one operation of each reference workload, ns, by name: `syscall` a `getppid`, `clock` a read of the monotonic
/// clock in user space, `copy` 32 KiB within the nearest caches.
pub(super) fn all() -> [(&'static str, f64); 3] {
    let source = [1u8; COPY_BYTES];
    let mut target = [0u8; COPY_BYTES];
    let syscall = || {
        // SAFETY: getppid takes nothing and cannot fail.
        black_box(unsafe { libc::syscall(libc::SYS_getppid) });
    };
    let clock = || {
        black_box(now_ns());
    };
    let copy = || black_box(&mut target).copy_from_slice(black_box(&source));
    [("syscall", cost(SYSCALLS, syscall)), ("clock", cost(CLOCKS, clock)), ("copy", cost(COPIES, copy))]
}

fn cost(operations: u32, mut operation: impl FnMut()) -> f64 {
    let reading = |_| {
        let start = now_ns();
        for _ in 0..operations {
            operation();
        }
        now_ns() - start
    };
    let least = (0..READINGS).map(reading).min().expect("there is at least one reading");
    least as f64 / f64::from(operations)
}
