//! The environment diff: what else changed between two sides of a change. A history and a comparison diff by the same rules.

mod change;
mod conditions;
mod facts;

pub use change::{EnvironmentChange, EnvironmentKind};
pub(crate) use change::{built, changed};
pub use conditions::Readings;
pub use facts::Facts;
