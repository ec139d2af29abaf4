//! What parallelism costs on this machine: threads against processes, measured, compared and watched.
//!
//! ```text
//! workloads -> benches -> (files) -> ingest + probe -> model::Run -> store -> verdict -> gate | compare | trend | advise | doctor -> report -> cli
//! ```
//!
//! Left of the files is code that is timed and knows nothing of JSON; right of them is code that is never timed.

pub mod advise;
pub mod cli;
pub mod compare;
pub mod counters;
pub mod doctor;
pub mod formats;
pub mod gate;
pub mod history;
pub mod ingest;
pub mod model;
pub mod probe;
pub mod process;
pub mod python;
pub mod report;
pub mod stats;
pub mod store;
pub mod trend;
pub mod trial;
pub mod verdict;
pub mod workloads;
