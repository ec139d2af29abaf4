//! Reads what benchmark tools wrote, each tool by one module, whoever asks: the harvest of an own run, `compare`, `import`
//! or `trend`.
//!
//! Criterion and callgrind leave files behind that outlive the run that made them. What a `cargo bench` of parcost really
//! measured is in its session: one *sample log* per topic, written while it measured. A harvest uses a number only where
//! both agree. Files of other packages and tools have no sample log; they are believed as far as they agree with each
//! other. Every reader of a format fills an [`Interchange`](crate::model::Interchange), in base units and with a
//! direction, and says what it changed or skipped. What is not certain is refused or said, never guessed.

mod benchmark_records;
mod builder;
mod call_graph;
mod decode;
mod draft;
mod error;
mod file;
mod format;
mod formats;
mod harvest;
mod instant;
mod json;
mod rounds;
mod runs;
pub mod sample_log;
mod slope;
mod spread;
mod stale;
mod unit;

pub use benchmark_records::self_timed;
pub use builder::Assumed;
pub use call_graph::CallGraph;
pub use error::Error;
pub use file::{Source, in_natural_order};
pub use format::ImportFormat;
pub use formats::{FORMATS, callgrind, criterion, detect, format, read};
pub use harvest::{Harvest, harvest};
pub use runs::interchange_of;
pub use sample_log::SelfTimed;
pub use stale::{STALE_AFTER, Stale};
