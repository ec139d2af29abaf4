//! Threads or processes? What one run says of it, and what the runs of several machines say.

pub mod answer;
mod comparisons;
mod costs;
mod crossover;
mod intervals;
mod laws;
pub mod machines;
mod processors;
mod python;
mod reference;
mod scaling;
mod summary;

pub use costs::{KeyCost, key_costs};
pub use crossover::Crossing;
pub use intervals::Intervals;
#[cfg(test)]
pub use laws::SplitEfficiency;
pub use laws::{Fit, FittedCurve, Growth, Law, Split, law_series, laws};
pub use processors::{placement, usable};
pub use python::{Python, python};
pub use scaling::SpeedUp;
pub use summary::{Other, Pair, Phases, Side, Slope, Summary, Topic, summary};
