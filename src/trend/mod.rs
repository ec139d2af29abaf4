//! What the stored runs of a machine say together: their series in the order of the commits, what changed, and why.
//!
//! Read from the top: [`history`](history()) is the one judgement; `series` orders the commits and makes the observations;
//! `series_trend` and `counts` replay one series each, by the `detector` of change points, by `drift` and by `hindsight`;
//! `grouping` puts together what changed at one commit (`overlap`) by one cause (`attribution`), and `findings` says what a
//! group amounts to.

mod attribution;
mod autoregression;
mod change;
mod commit_order;
mod counts;
mod detectable;
mod detector;
mod drift;
mod ended;
mod false_alarms;
mod finding;
mod findings;
mod grouping;
mod hindsight;
mod history;
mod imported;
mod location;
mod outlook;
mod overlap;
mod run_index;
mod series;
mod series_change;
mod series_trend;
mod skipped;

pub use change::{ChangePoint, Drift, Unjudged};
pub use commit_order::OrderedBy;
pub use finding::{Category, Finding, Member, Unchanged};
pub use history::{Histories, History, bare_name, history, imported_history};
pub use imported::own_machines;
pub use run_index::{RunIndex, SeriesKey, StoredRun};
pub use series::{MeasuredCommit, Selection, Series};
pub use series_trend::trend;
pub use skipped::SkipReason;

#[cfg(test)]
pub(crate) mod tests;
