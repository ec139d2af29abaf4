//! The judge of two stored sides, measured at different times: what changed between them, and how sure that is.
//!
//! A stored comparison is weaker than a gate. Two sessions on one machine differ by several per cent for no reason that
//! anybody finds, and no statistic of either session shows it; pairs of fresh processes in random order do. What is done
//! about it here: the sides are replicated by runs where there are enough of them, else by fresh processes, and then the
//! threshold is raised to what sessions do by themselves; and a row is decided only where its normalized value agrees.

mod controls;
mod evidence;
mod groups;
mod judge;
mod row;
mod sides;
mod source;
mod tested;

pub use groups::{Mean, MovedGroup};
pub use judge::{Comparison, Unmatched, compare};
pub use row::{Figure, Replicate, Row};
pub use sides::CompareError;
pub use source::{Process, Series, Side, Source};

#[cfg(test)]
mod tests;
