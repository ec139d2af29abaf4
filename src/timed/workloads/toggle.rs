//! Tells callgrind which instructions to count; three rotations that do nothing when it is not there.
//!
//! Callgrind by itself counts the entered function on the main thread only, so a worker's own work would be invisible
//! and a forked child would report its parent's past again. Each worker therefore switches counting on around its job.
//! The instruction sequences are those of Valgrind's client request mechanism (valgrind.h).

use std::cell::Cell;

const CALLGRIND: u64 = ((b'C' as u64) << 24) | ((b'T' as u64) << 16);
const ZERO_STATS: u64 = CALLGRIND + 1;
const TOGGLE_COLLECT: u64 = CALLGRIND + 2;

thread_local! {
    /// Whether this thread is being counted. A child forked meanwhile inherits both the fact and this note of it, and
    /// one more toggle in it would switch counting off.
    static COUNTED: Cell<bool> = const { Cell::new(false) };
}

/// Counts from its creation until it is dropped; inside another one it does nothing.
pub struct Guard {
    outermost: bool,
}

/// Starts counting on this thread under callgrind.
#[inline(always)]
pub fn guard() -> Guard {
    let outermost = !COUNTED.replace(true);
    if outermost {
        request(TOGGLE_COLLECT);
    }
    Guard { outermost }
}

/// Runs a first operation that shall not be counted: neither here, nor in children forked meanwhile.
pub fn uncounted<T>(run: impl FnOnce() -> T) -> T {
    let before = COUNTED.replace(true);
    let result = run();
    COUNTED.set(before);
    // Threads started meanwhile knew nothing of it.
    zero();
    result
}

impl Drop for Guard {
    #[inline(always)]
    fn drop(&mut self) {
        if self.outermost {
            request(TOGGLE_COLLECT);
            COUNTED.set(false);
        }
    }
}

/// Forgets what was counted so far: the first act of a forked child, which has inherited its parent's counts.
#[inline(always)]
pub fn zero() {
    request(ZERO_STATS);
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn request(code: u64) {
    let arguments = [code, 0, 0, 0, 0, 0];
    // SAFETY: the rotations add up to 128 bits and restore rdi, the exchange is of a register with itself; outside
    // valgrind nothing changes, inside it only rdx does.
    unsafe {
        std::arch::asm!(
            "rol rdi, 3", "rol rdi, 13", "rol rdi, 61", "rol rdi, 51", "xchg rbx, rbx",
            in("rax") arguments.as_ptr(), inout("rdx") 0u64 => _, options(nostack),
        );
    }
}

#[cfg(target_arch = "aarch64")]
#[inline(always)]
fn request(code: u64) {
    let arguments = [code, 0, 0, 0, 0, 0];
    // SAFETY: the rotations add up to 128 bits and restore x12, the `orr` is of a register with itself; outside
    // valgrind nothing changes, inside it only x3 does.
    unsafe {
        std::arch::asm!(
            "ror x12, x12, #3", "ror x12, x12, #13", "ror x12, x12, #51", "ror x12, x12, #61", "orr x10, x10, x10",
            in("x4") arguments.as_ptr(), inout("x3") 0u64 => _, options(nostack),
        );
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
#[inline(always)]
fn request(_code: u64) {}
