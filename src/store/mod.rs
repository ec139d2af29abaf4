//! The stored runs: the only code that knows what `results/` looks like.
//!
//! A run is written once, into a file of its own, and never changed: writers at the same time cannot meet, and whatever
//! a reader finds there that is no complete run is said, with what to do, and never taken for one.

mod append;
mod error;
pub mod layout;
mod list;
mod load;
mod read;

pub use append::append;
pub use error::{Error, Problem};
pub use list::{Header, Row, list};
pub use load::load;
pub use read::{parse, read};

#[cfg(test)]
mod tests;
