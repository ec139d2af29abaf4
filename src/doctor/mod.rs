//! The doctor: what about a host is poor for measuring, why, and the exact fix. Facts in, checks and fitness out.
//!
//! | a check that is poor and harms | leaves the numbers fit for |
//! |---|---|
//! | `little` or `coverage` | timing: it is worth knowing, or some benchmarks cannot run |
//! | `timing` | ratios only; the same where such a check could not be made |
//! | `ratios` | counts only |

mod check;
mod clock;
mod contention;
mod fitness;
mod limits;
mod memory;
mod patient;
mod place;
mod tools;

pub use check::{Check, Harm, State};
pub use fitness::fitness;
pub use patient::Patient;

/// Every check of a host, in the order of their subjects.
pub fn checks(patient: &Patient<'_>) -> Vec<Check> {
    let subjects = [place::checks, clock::checks, contention::checks, memory::checks, limits::checks, tools::checks];
    subjects.iter().flat_map(|checks| checks(patient)).collect()
}

#[cfg(test)]
mod tests;
