//! Reads what the harnesses wrote and turns it into measurements.
//!
//! Criterion and callgrind leave files behind that outlive the run that made them. What a run really measured is told
//! by its session: one *witness* file a topic, written beside the harness while it measured. A number is used only
//! where both agree. Histories that were measured elsewhere come as a table; what other packages' benches left behind has no
//! witness, and is believed as far as its files agree with each other.

pub mod baselines;
pub mod callgrind;
pub mod criterion;
pub mod csv;
mod error;
mod evidence;
mod file;
mod harvest;
mod rounds;
mod slope;
mod stale;
pub mod summaries;
pub mod witness;

pub use error::Error;
pub use evidence::told;
pub use harvest::{Harvest, harvest};
pub use stale::{STALE_AFTER, Stale};
