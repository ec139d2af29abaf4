//! The real interpreter beside the model of it: CPython's own threads, processes and lock, timed by scripts of ours.
//!
//! What an interpreter can do is asked of it and never guessed from its version. Every round is a fresh process with a
//! deadline, its answers are read strictly, and an interpreter that fails is a row of the record.

mod answer;
mod candidates;
mod interpreter;
mod measure;
mod question;
mod scripts;
mod server;

pub use candidates::candidates;
pub use interpreter::{Choice, Interpreter, Known, know};
pub use measure::{DELAY_MS, INTERVAL_US, Outcome, Plan, Times, benchmarks, measure};
pub use scripts::Scripts;
