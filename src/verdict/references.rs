//! How steady the machine was: the reference workloads that were timed between the samples.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{Metric, Run};
use crate::stats;

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ReferenceWorkload {
    pub name: String,
    pub median_ns: f64,
    /// Distance between the first and the last tenth of the rounds, as a share of the median: what the machine did by
    /// itself from one round to another.
    pub spread: f64,
    pub rounds: usize,
}

pub fn reference_workloads(run: &Run) -> Vec<ReferenceWorkload> {
    let mut values: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    // The metrics of one benchmark share their rounds: each round is counted once, with the wall time.
    let timed = run.measurements.iter().filter(|measurement| measurement.metric == Metric::WallTime);
    for (name, &value) in timed.flat_map(|measurement| &measurement.rounds).flat_map(|round| &round.references) {
        values.entry(name).or_default().push(value);
    }
    values.into_iter().filter_map(|(name, values)| workload(name, values)).collect()
}

fn workload(name: &str, mut values: Vec<f64>) -> Option<ReferenceWorkload> {
    values.sort_by(f64::total_cmp);
    let median_ns = stats::quantile(&values, 0.5)?;
    let spread = (stats::quantile(&values, 0.9)? - stats::quantile(&values, 0.1)?) / median_ns;
    spread.is_finite().then(|| ReferenceWorkload { name: name.to_owned(), median_ns, spread, rounds: values.len() })
}
