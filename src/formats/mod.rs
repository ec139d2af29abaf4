//! Files of other tools, read and written: people come with their history and leave with it.
//!
//! Every reader fills a [`Interchange`](crate::model::Interchange), in base units and with a direction, and says what it changed
//! or left out. What is not certain is refused or said, never guessed: a wrong unit is worse than none.

mod bencher;
mod bmf;
mod builder;
mod callgrind;
mod critcmp;
mod criterion;
mod csv;
mod data_js;
mod detect;
mod draft;
mod error;
mod form;
mod go;
mod google_benchmark;
mod history;
mod hyperfine;
mod input;
mod json;
mod moments;
mod newest;
mod openmetrics;
mod pyperf;
mod remarks;
mod spread;
mod stored;
mod unit;

pub use builder::Assumed;
pub use csv::indices;
pub use error::Error;
pub use form::{Form, Written, detect, read, write};
pub use input::{BYTES_MAX, Input, Source, open};
pub use stored::stored;
