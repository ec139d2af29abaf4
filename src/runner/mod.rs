//! Two revisions of a package against each other: built side by side, measured in pairs of fresh processes.
//!
//! What is gathered here is evidence only; `judge` says what it means. Why pairs: two processes that run one after the
//! other, in an order drawn at random, meet the same machine, and whatever the machine does otherwise falls on either
//! side alike.

mod build;
mod counts;
mod criterion;
mod error;
mod identity;
mod inherited;
mod launcher;
mod lock;
mod measure;
mod plan;
mod program;
mod settings;
mod side_by_side;

pub use build::{Build, Selection};
pub use counts::{Counted, count};
pub use error::Error;
pub use identity::{Identity, identity};
pub use inherited::own_settings;
pub use lock::{Lock, lock};
pub use measure::{Host, Measured, Progress, Schedule, measure};
pub use plan::{Plan, Subject, plan};
pub use program::Program;
pub use settings::Settings;
pub use side_by_side::side_by_side;

/// The two sides of every comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What is compared with.
    Baseline,
    /// What is judged.
    Candidate,
}

impl Side {
    /// `base` or `head`, the name of its folder: of equal length, since paths end up in the binaries.
    pub fn folder(self) -> &'static str {
        match self {
            Side::Baseline => "base",
            Side::Candidate => "head",
        }
    }

    /// `baseline` or `candidate`.
    pub fn name(self) -> &'static str {
        match self {
            Side::Baseline => "baseline",
            Side::Candidate => "candidate",
        }
    }
}

/// Something that there is one of for each side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sides<T> {
    /// The baseline's.
    pub baseline: T,
    /// The candidate's.
    pub candidate: T,
}

impl<T> Sides<T> {
    /// The one of that side.
    pub fn of(&self, side: Side) -> &T {
        match side {
            Side::Baseline => &self.baseline,
            Side::Candidate => &self.candidate,
        }
    }

    /// The same of what `f` makes of each, the baseline first.
    ///
    /// # Errors
    ///
    /// The first one of `f`.
    pub fn try_map<U, E>(&self, mut f: impl FnMut(Side, &T) -> Result<U, E>) -> Result<Sides<U>, E> {
        Ok(Sides { baseline: f(Side::Baseline, &self.baseline)?, candidate: f(Side::Candidate, &self.candidate)? })
    }
}
