//! The stored runs: the only code that knows what `results/` looks like.
//!
//! A run is written once, into a file of its own, and never changed: writers at the same time cannot collide, and whatever
//! a reader finds there that is not a complete run is reported, with what to do. Every run is sealed and names the one it
//! follows, so that an edited or a lost one does not go unnoticed.

mod cache;
mod chain;
mod document;
mod error;
mod file;
mod fsck;
pub mod layout;
mod list;
pub mod not_measured;
pub mod paired;
mod run;
mod transfer;
mod tree;
mod values;

pub use cache::{Refused, cached};
pub use error::{Error, Problem};
pub use file::begins_as_run;
pub use fsck::fsck;
pub use list::{in_parallel, list, list_as};
pub use run::{append, excerpt, load, load_file, parse, read};
pub use transfer::{export, forget_elsewhere, import, note_elsewhere};
pub use tree::{Row, files};

#[cfg(test)]
mod tests;
