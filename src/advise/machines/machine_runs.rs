//! A machine that is compared: its representative run, and the others that show how its sessions differ.

use jiff::Timestamp;

use crate::model::Run;
use crate::verdict::Sessions;

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
        self.sessions().count()
    }

    pub fn sessions(&self) -> Sessions<'a> {
        Sessions::new(self.run, self.others.iter().copied())
    }
}
