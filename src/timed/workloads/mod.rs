//! The code under measure. It uses std, nix, libc and the libraries that are measured themselves. It does not use serde, and it
//! prints nothing.
//!
//! A workload is made outside the clock by [`prepare`] and then run a number of times inside it. Where a lower bound can
//! be measured it is a function of its own beside the mechanisms of its group, named `floor`. The worker's protocol is
//! here, too, for both of its ends.

mod availability;
mod cache;
mod catalog;
mod child;
mod clock;
mod cpu;
mod cpus;
mod crash;
mod echo;
mod error;
mod files;
mod gil;
mod http;
pub mod launcher;
mod mapping;
mod mechanism;
mod memory;
mod pool;
pub mod protocol;
mod reference;
mod requests;
mod roots;
mod sample;
mod server;
mod shared;
mod spawn;
mod split;
pub mod toggle;
mod unmap;
mod worker_group;

pub use availability::{Capacity, beside_others, capacity, stolen_ns};
pub use cache::{CACHES, UNCACHED_BYTES, last_level_cache};
pub use catalog::{cpus_needed, has_awake_workers, has_independent_workers, prepare};
pub use child::Child;
pub use clock::now_ns;
pub use cpus::cores;
pub use error::WorkerError;
pub use http::serve_in_thread;
pub use mapping::{Mapping, Sharing};
pub use sample::{Parameters, Sample, Workload, timed};
pub use spawn::stamp_as_program;
