//! A machine that takes part: the run that speaks for it, and the others that tell how its sessions differ.

use jiff::Timestamp;

use crate::advise::answer::Sessions;
use crate::model::{BenchmarkId, Metric, Run};
use crate::verdict::Reading;
use crate::verdict::ratio::ratio;
use crate::verdict::reading::measurement;

/// A machine, by its runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Party<'a> {
    /// The run that speaks for it.
    pub run: &'a Run,
    /// Its other runs, the newest first: how far they are apart is how far another session may be.
    pub others: Vec<&'a Run>,
}

/// What makes a run speak for its machine: that it is of everything, and then that it is new.
pub fn standing(run: &Run) -> (bool, Option<Timestamp>) {
    (run.profile == "full", started(run))
}

fn started(run: &Run) -> Option<Timestamp> {
    run.started.parse().ok()
}

impl<'a> Party<'a> {
    /// The machine of these runs, which are all of one; none where there is no run.
    pub fn of(runs: impl IntoIterator<Item = &'a Run>) -> Option<Self> {
        let mut others: Vec<&Run> = runs.into_iter().collect();
        others.sort_by_key(|run| std::cmp::Reverse(started(run)));
        // Of equals the last is the greatest, so the order is turned for the newest to be it.
        let place = (0..others.len()).rev().max_by_key(|&place| standing(others[place]))?;
        let run = others.remove(place);
        Some(Self { run, others })
    }

    /// Number of its runs that tell how sessions differ, the one that speaks included.
    pub fn sessions_count(&self) -> usize {
        self.sessions().len()
    }

    pub(super) fn sessions(&self) -> Sessions<'a> {
        Sessions::new(self.run, self.others.iter().copied())
    }

    /// One price ÷ another of the run that speaks; a time as wide as sessions differ. `sessions` are this machine's.
    pub(super) fn ratio(&self, sessions: &Sessions, topic: &str, metric: Metric, ids: [&BenchmarkId; 2]) -> Reading {
        if metric == Metric::WallTime { sessions.ratio(topic, ids) } else { self.plain_ratio(metric, ids) }
    }

    /// The same, as wide as the rounds of one run differ.
    pub(super) fn plain_ratio(&self, metric: Metric, ids: [&BenchmarkId; 2]) -> Reading {
        let [one, other] = ids.map(|id| match measurement(self.run, id, metric) {
            Some(measurement) => Reading::of(measurement),
            None => Reading::Missing(NOT_THERE.to_owned()),
        });
        one.combine(&other, ratio)
    }
}

/// Why a machine has no number of what others have.
pub(super) const NOT_THERE: &str = "it was not measured there";
