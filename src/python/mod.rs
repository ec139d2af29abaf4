//! Real interpreters, to compare with the model of them: CPython's own threads, processes and lock, timed by our scripts.
//!
//! What an interpreter can do is its own answer and never guessed from its version. Every round is a fresh process with a
//! deadline, its answers are read strictly, and an interpreter that fails is a row of the record.

mod answer;
mod interpreter;
mod measure;
mod scripts;
mod task;

pub use interpreter::{Choice, Discovered, Interpreter, ask, candidates, discover};
pub use measure::{Outcome, Timed, benchmarks, measure};
pub use scripts::Scripts;
pub use task::{INTERVAL_US, Plan};
