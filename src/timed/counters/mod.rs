//! What one operation of a workload costs in things that can be counted: instructions, system calls, page faults,
//! context switches, CPU time, and the memory that one more worker has for itself.
//!
//! Counts move less than time does, and not with the clock frequency. All of them take in every thread and every child
//! process of the workload. A worker process that has one thread answers one request, see [`serve()`], and ends.

mod child;
mod connections;
pub mod events;
pub mod memory;
mod serve;
pub mod syscalls;
pub mod usage;

pub use serve::serve;

/// What one operation adds, from the counts of `iterations` operations and of twice as many: whatever was done once,
/// such as set-up, is in both and falls out. Never negative: a count that did not grow is a cost of nothing.
fn per_operation(once: u64, twice: u64, iterations: u64) -> f64 {
    twice.saturating_sub(once) as f64 / iterations as f64
}

#[cfg(test)]
mod tests {
    use super::per_operation;

    #[test]
    fn takes_away_what_was_done_once() {
        for (once, twice, iterations, expected) in [(107, 207, 10, 10.0), (5, 5, 3, 0.0), (6, 5, 3, 0.0)] {
            assert_eq!(per_operation(once, twice, iterations), expected, "{once} {twice}");
        }
    }
}
