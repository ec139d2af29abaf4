//! The stored runs: the only code that knows what `results/` looks like.
//!
//! A run is written once, into a file of its own, and never changed: writers at the same time cannot meet, and whatever
//! a reader finds there that is no complete run is said, with what to do, and never taken for one. Every run is sealed and
//! names the one it follows, so that an edited or a lost one does not go unnoticed.

mod append;
mod chain;
mod error;
mod excerpt;
mod export;
mod files;
mod fsck;
mod import;
pub mod layout;
mod list;
mod load;
pub mod paired;
mod place;
mod problem;
mod read;
mod seal;
mod values;
mod walk;

pub use append::append;
pub use error::Error;
pub use excerpt::excerpt;
pub use export::{Exported, export};
pub use files::{Files, files};
pub use fsck::{Checked, Fault, Finding, Folder, fsck};
pub use import::{begins_as_run, import};
pub use list::{Header, Row, list, list_as};
pub use load::load;
pub use problem::Problem;
pub use read::{parse, read};

#[cfg(test)]
mod tests;
