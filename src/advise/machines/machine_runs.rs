//! A machine that is compared: its representative run, and the others that show how its sessions differ.

use jiff::Timestamp;

use crate::advise::answer::sessions::Sessions;
use crate::model::{BenchmarkId, Metric, Run};
use crate::verdict::{Absent, Value, measurement, ratio_of};

#[derive(Clone, Debug, PartialEq)]
pub struct MachineRuns<'a> {
    pub run: &'a Run,
    /// The newest first: how far they are apart is how far another session may be.
    pub others: Vec<&'a Run>,
}

/// The greatest of a machine's runs represents it: a full run, and then the newest.
fn rank(run: &Run) -> (bool, Option<Timestamp>) {
    (run.profile == "full", started(run))
}

fn started(run: &Run) -> Option<Timestamp> {
    run.started.parse().ok()
}

impl<'a> MachineRuns<'a> {
    /// The machine of these runs, which are all of one; none without a run.
    pub fn of(runs: impl IntoIterator<Item = &'a Run>) -> Option<Self> {
        let mut others: Vec<&Run> = runs.into_iter().collect();
        others.sort_by_key(|run| std::cmp::Reverse(started(run)));
        // Of equals the last is the greatest, so the order is turned for the newest to be it.
        let index = (0..others.len()).rev().max_by_key(|&index| rank(others[index]))?;
        let run = others.remove(index);
        Some(Self { run, others })
    }

    /// Number of its runs that show how sessions differ, the representative included.
    pub fn sessions_count(&self) -> usize {
        self.sessions().len()
    }

    pub(super) fn sessions(&self) -> Sessions<'a> {
        Sessions::new(self.run, self.others.iter().copied())
    }

    /// One cost ÷ another of the representative; a time as wide as sessions differ. `sessions` are this machine's.
    pub(super) fn ratio(&self, sessions: &Sessions, topic: &str, metric: Metric, ids: [&BenchmarkId; 2]) -> Value {
        if metric == Metric::WallTime { sessions.ratio(topic, ids) } else { self.plain_ratio(metric, ids) }
    }

    /// The same, as wide as the rounds of one run differ.
    pub(super) fn plain_ratio(&self, metric: Metric, ids: [&BenchmarkId; 2]) -> Value {
        let [one, other] = ids.map(|id| measurement(self.run, id, metric).ok_or_else(not_there));
        ratio_of(one?, other?)
    }
}

pub(super) fn not_there() -> Absent {
    Absent::missing("not measured on this machine")
}
