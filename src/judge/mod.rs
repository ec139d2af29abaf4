//! What the numbers say: runs in, answers out, nothing read and nothing printed.

mod calibrators;
mod comparisons;
mod phases;
mod ratio;
mod reading;
mod scaling;
mod summary;

pub use calibrators::{Calibrator, calibrators};
pub use phases::Phases;
pub use ratio::ratio;
pub use reading::Reading;
pub use scaling::SpeedUp;
pub use summary::{Pair, Side, Slope, Summary, Topic, summary};

#[cfg(test)]
pub(crate) mod fixture;
