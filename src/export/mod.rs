//! Writes an [`Interchange`](crate::model::Interchange) in the formats of other tools, each by one module; every writer says
//! what its format cannot store.

mod bencher;
mod bmf;
mod csv;
mod format;
mod formats;
mod github_action_benchmark;
mod go;
mod hyperfine;
mod openmetrics;
#[cfg(feature = "parquet")]
pub mod parquet;
mod pyperf;
mod timeline;

pub use format::{Error, ExportFormat, Written};
pub use formats::{FORMATS, HISTORY, format, write};
