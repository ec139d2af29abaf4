//! What the stored runs of one machine say together: their series in the order of the commits, the findings, and what is
//! accepted of them.
//!
//! Order of work: every run is entered in a [`Ledger`], which keeps one number for each series; [`history`] puts the
//! commits in order and makes one observation of each; [`judge`](judge()) replays the series and groups what it finds.

mod confirm;
mod counts;
mod detector;
mod drift;
mod finding;
mod findings;
mod group;
mod hazard;
mod judged;
mod ledger;
mod left_out;
mod order;
mod pace;
mod replay;
mod series;
mod slides;
mod suspects;
mod workers;

pub use confirm::{Confirmation, confirmations};
pub use drift::Drift;
pub use finding::{Control, Finding, FindingKind, Member, Suspect};
pub use hazard::Hazard;
pub use judged::{Judged, Parting, judge};
pub use ledger::{Ledger, SeriesKey};
pub use left_out::LeftOut;
pub use order::{Known, OrderedBy};
pub use replay::{Alert, AlertKind, Policy, Trend, Unjudged, trend};
pub use series::{Commits, History, Measured, Observed, Omitted, Selection, Series, history};
pub use slides::{Slide, SlideMember};
pub use workers::{Unmoved, unmoved};

#[cfg(test)]
pub(crate) mod tests;
