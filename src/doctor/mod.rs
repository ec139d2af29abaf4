//! The judge of a host: what to warn of before measuring, why, and the fix. Facts in, checks and fitness out.
//!
//! | a warning that affects | leaves the numbers suitable for |
//! |---|---|
//! | `little` or `coverage` | timing: it is worth knowing, or some benchmarks cannot run |
//! | `timing` | ratios only; the same where such a check could not be made |
//! | `ratios` | counts only |

mod check;
mod clock;
mod contention;
mod host_state;
mod limits;
mod memory;
mod place;
mod tools;

pub use check::{Check, State, fitness};
pub use host_state::HostState;

/// Every check of a host, in the order of their subjects.
pub fn checks(host: &HostState<'_>) -> Vec<Check> {
    let subjects = [place::checks, clock::checks, contention::checks, memory::checks, limits::checks, tools::checks];
    subjects.iter().flat_map(|checks| checks(host)).collect()
}

#[cfg(test)]
pub(crate) use check::Affects;
#[cfg(test)]
mod tests;
