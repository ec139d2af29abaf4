//! How much faster the work gets with more workers.

use std::collections::BTreeMap;

use serde::Serialize;

use super::comparisons::{Scaled, WORKERS};
use super::ratio::{ratio, times};
use super::reading::Reading;
use crate::model::{BenchmarkId, Metric, Run};

/// The speed-up at one number of workers against one worker, for threads and for processes.
///
/// Every worker does the same work, so `n` workers that take as long as one have done `n` times the work: the speed-up is
/// `n · t(1) ÷ t(n)`, `n` at best.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SpeedUp {
    /// What the workers do.
    pub label: String,
    /// Number of workers.
    pub workers: u64,
    /// The other parameters.
    pub parameters: BTreeMap<String, u64>,
    /// Speed-up with threads, a plain factor.
    pub threads: Reading,
    /// Speed-up with processes, a plain factor.
    pub processes: Reading,
}

/// The rows of one curve, by number of workers; none where nothing but one worker was measured.
pub(super) fn speed_ups(run: &Run, scaled: &Scaled) -> Vec<SpeedUp> {
    let parameters =
        super::summary::parameters_of(run, scaled.group, &[scaled.thread, scaled.process], Metric::WallTime);
    let mut rows = Vec::new();
    for parameters in parameters {
        let Some(workers) = parameters.get(WORKERS).copied().filter(|&workers| workers > 1) else { continue };
        let speed_up = |function: &str| speed_up(run, scaled, function, &parameters, workers);
        let (threads, processes) = (speed_up(scaled.thread), speed_up(scaled.process));
        let others = parameters.iter().filter(|(name, _)| *name != WORKERS);
        rows.push(SpeedUp {
            label: scaled.label.to_owned(),
            workers,
            parameters: others.map(|(name, &value)| (name.clone(), value)).collect(),
            threads,
            processes,
        });
    }
    rows
}

fn speed_up(run: &Run, scaled: &Scaled, function: &str, parameters: &BTreeMap<String, u64>, workers: u64) -> Reading {
    let at = |workers: u64| {
        let mut parameters = parameters.clone();
        parameters.insert(WORKERS.to_owned(), workers);
        let id = BenchmarkId { group: scaled.group.to_owned(), function: function.to_owned(), parameters };
        Reading::find(run, scaled.topic, &id, Metric::WallTime)
    };
    at(1).combine(&at(workers), |one, several| ratio(times(workers, one)?, several))
}
