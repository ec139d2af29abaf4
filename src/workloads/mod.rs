//! The code under measure: std, nix and libc, nothing of serde, and no printing.
//!
//! A workload is made outside the clock by [`prepare`] and then run a number of times inside it. Every group has its
//! physical floor beside it as a function of its own.

mod clock;
mod sample;

pub use clock::now_ns;
pub use sample::{Parameters, Refused, Sample, Workload, timed};

/// Makes the workload `group/function` ready to run at `parameters`, outside any clock.
///
/// # Errors
///
/// When there is no such workload, a parameter is missing, or the host cannot do it; the reason is for the reader of
/// the report.
pub fn prepare(group: &str, function: &str, parameters: &Parameters) -> Result<Workload, Refused> {
    let _ = parameters;
    Err(Refused::unknown(group, function))
}
