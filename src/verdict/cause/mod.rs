//! Why something moved: what was otherwise on the two sides of a move, and whether the code or the machine is to blame.
//!
//! A history and a comparison of two runs judge by these same rules, so that they cannot disagree.

mod blame;
mod changed;
mod facts;
mod readings;

pub use blame::Cause;
pub(crate) use blame::{
    FLOORS_MIN, MOST_SERIES_MIN, explains, is_most, is_most_floors, is_of_the_system, is_paced, metric_of_floors,
};
pub use changed::{Changed, Kind};
pub(crate) use changed::{built, changed};
pub use facts::Facts;
pub use readings::Readings;
