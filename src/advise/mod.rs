//! Threads or processes? What one run says of it, and what the runs of several machines say.

pub mod answer;
mod comparisons;
mod crossover;
mod laws;
pub mod machines;
mod phases;
mod python;
mod reference;
mod scaling;
mod summary;

pub use crate::model::topics::Bound;
pub use crossover::Crossing;
pub use laws::{Fit, Growth, Halved, Law, Way, halved, law_series, laws};
pub use phases::Phases;
pub use python::{Model, Python, Start, Ways, python};
pub use scaling::SpeedUp;
pub use summary::{Other, Pair, Side, Slope, Summary, Topic, summary};
