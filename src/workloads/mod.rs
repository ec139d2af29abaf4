//! The code under measure: std, nix and libc, nothing of serde, and no printing.
//!
//! A workload is made outside the clock by [`prepare`] and then run a number of times inside it. Where a physical floor
//! can be measured it stands beside the mechanisms of its group as a function of its own.

mod calibrator;
mod child;
mod clock;
mod cpu;
mod cpus;
mod crew;
mod echo;
mod files;
mod gil;
mod http;
pub mod launcher;
mod mapping;
mod memory;
mod requests;
mod sample;
mod server;
mod shared;
mod spawn;
mod split;
pub mod toggle;

use std::path::Path;

pub use clock::now_ns;
pub use cpus::cores;
pub use sample::{Parameters, Refused, Sample, Workload, timed};
pub use spawn::stamp_as_program;

/// Makes the workload `group/function` ready to run at `parameters`, outside any clock.
///
/// `worker` is the program that is executed where a workload executes one.
///
/// # Errors
///
/// When there is no such workload, a parameter is missing, or the host cannot do it; the reason is for the reader of
/// the report.
pub fn prepare(group: &str, function: &str, parameters: &Parameters, worker: &Path) -> Result<Workload, Refused> {
    match group {
        "spawn" => spawn::prepare(function, parameters, worker),
        "fork_price" => spawn::prepare_price(function, parameters, worker),
        "hand_over" => memory::prepare_hand_over(function, parameters),
        "round_trip" => memory::prepare_round_trip(function, parameters),
        "rewrite" => memory::prepare_rewrite(function, parameters),
        "first_touch" => memory::prepare_first_touch(function, parameters),
        "calc" | "triad" | "fault" | "map" | "open" | "allocate" | "counter" | "counter_padded" | "lock" => {
            cpu::prepare(group, function, parameters)
        }
        "split" => split::prepare(function, parameters),
        "requests" => requests::prepare(function, parameters),
        "echo" => echo::prepare(function, parameters),
        "read" => files::prepare_read(function, parameters),
        "sync" => files::prepare_sync(function, parameters),
        "gil_calc" => gil::prepare_calc(function, parameters),
        "gil_requests" => gil::prepare_requests(function, parameters),
        "gil_wake" => gil::prepare_wake(function, parameters),
        _ => Err(Refused::unknown(group, function)),
    }
}
