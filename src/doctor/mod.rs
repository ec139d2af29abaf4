//! The judge of a host: what to warn of before measuring, why, and the fix. Facts in, checks and fitness out.
//!
//! | a warning that affects | leaves the numbers suitable for |
//! |---|---|
//! | `little` or `coverage` | timing: it is worth knowing, or some benchmarks cannot run |
//! | `timing` | ratios only; the same where such a check could not be made |
//! | `ratios` | counts only |

mod check;
mod contention;
mod limits;
mod place;

pub use check::{Check, HostState, State, fitness};

pub fn checks(host: &HostState<'_>) -> Vec<Check> {
    let subjects = [
        place::checks,
        place::clock_checks,
        contention::checks,
        contention::memory_checks,
        limits::checks,
        limits::tool_checks,
    ];
    subjects.iter().flat_map(|checks| checks(host)).collect()
}

#[cfg(test)]
pub(crate) use check::Affects;
#[cfg(test)]
mod tests;
