//! What parallelism costs on this machine: threads against processes, measured, compared and watched.
//!
//! ```text
//! workloads -> benches -> (files) -> ingest + host -> model::Run -> store -> verdict -> gate | compare | trend | advise | doctor -> report -> cli
//! ```
//!
//! Left of the files is code that is timed and knows nothing of JSON; right of them is code that is never timed.

pub mod advise;
pub mod cli;
pub mod compare;
pub mod counters;
pub mod doctor;
pub mod export;
pub mod gate;
pub mod git;
pub mod host;
pub mod ingest;
pub mod model;
pub mod process;
pub mod python;
pub mod report;
pub mod runner;
pub mod stats;
pub mod store;
pub mod trend;
pub mod verdict;
pub mod workloads;
