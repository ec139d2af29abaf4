//! Two revisions of a package: built side by side, measured in pairs of fresh processes. The gate judges the pairs.
//!
//! Why pairs: two processes that run one after the other, in random order, meet the same machine, and whatever else the
//! machine does falls on either side alike.

use std::thread;

use strum::IntoStaticStr;

mod build;
mod cargo_settings;
mod counts;
mod criterion;
mod error;
mod executions;
mod identity;
mod launcher;
mod lock;
mod measure;
mod obstacle;
mod pair;
mod plan;
mod program;
mod renamed;
mod settings;
mod shared_dependencies;
mod side_by_side;

pub use build::{Build, Selection, check_benches, has_bench_targets, names_launcher, share_lock_file};
pub use cargo_settings::check_cargo_settings;
pub use counts::count;
pub use error::Error;
pub use executions::count_executions;
pub use identity::{are_identical, check_pointers, is_documentation};
pub use lock::{kept, lock};
pub use measure::{Context, FirstLook, Measured, Progress, Schedule, measure};
pub use plan::{Plan, Subject, plan};
pub use program::Program;
pub use renamed::pair_renamed;
pub use settings::Settings;
pub use shared_dependencies::{disk_used, forget_unwatched, remove_builds, share_dependencies};
pub use side_by_side::side_by_side;

#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Side {
    Baseline,
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

    pub fn other(self) -> Self {
        match self {
            Side::Baseline => Side::Candidate,
            Side::Candidate => Side::Baseline,
        }
    }

    pub fn name(self) -> &'static str {
        self.into()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sides<T> {
    pub baseline: T,
    pub candidate: T,
}

impl<T> Sides<T> {
    pub fn of(&self, side: Side) -> &T {
        match side {
            Side::Baseline => &self.baseline,
            Side::Candidate => &self.candidate,
        }
    }

    /// What `f` makes of both at the same time.
    fn at_once(f: impl Fn(Side) -> T + Sync) -> Self
    where
        T: Send,
    {
        thread::scope(|scope| {
            let baseline = scope.spawn(|| f(Side::Baseline));
            let candidate = f(Side::Candidate);
            Sides { baseline: baseline.join().expect("a side does not panic"), candidate }
        })
    }

    /// The baseline twice.
    pub fn only_baseline(&self) -> Self
    where
        T: Clone,
    {
        Sides { baseline: self.baseline.clone(), candidate: self.baseline.clone() }
    }

    /// What `f` makes of each, the baseline first.
    ///
    /// Fails with the first error of `f`.
    pub fn try_map<U, E>(&self, mut f: impl FnMut(Side, &T) -> Result<U, E>) -> Result<Sides<U>, E> {
        Ok(Sides { baseline: f(Side::Baseline, &self.baseline)?, candidate: f(Side::Candidate, &self.candidate)? })
    }
}
