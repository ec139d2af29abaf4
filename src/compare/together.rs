//! Which benchmarks moved together.

use std::collections::BTreeMap;

use serde::Serialize;

use super::rows::Row;
use super::verdict::Verdict;
use crate::model::Metric;
use crate::stats;
use crate::verdict::attribution::Attribution;

/// Rows of one group that moved the same way for one cause.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Together {
    /// What they are put down to.
    pub cause: Attribution,
    /// The topic.
    pub topic: String,
    /// The group of benchmarks.
    pub group: String,
    /// The metric.
    pub metric: Metric,
    /// Whether it is for the worse.
    pub worse: bool,
    /// The benchmarks, in order.
    pub benchmarks: Vec<String>,
    /// The geometric mean of candidate ÷ baseline.
    pub ratio: f64,
}

/// The rows that moved, by cause and group: first the code's, and of one cause the largest groups.
pub(super) fn together(rows: &[Row]) -> Vec<Together> {
    let mut groups: BTreeMap<_, Vec<(&str, f64)>> = BTreeMap::new();
    for row in rows {
        let (Some(cause), Some(ratio)) = (row.cause, row.ratio) else { continue };
        let group = row.benchmark.split('/').next().unwrap_or_default();
        let worse = Verdict::of_move(row.metric, ratio > 1.0) == Verdict::Slower;
        let key = (cause, row.topic.as_str(), group, row.metric, worse);
        groups.entry(key).or_default().push((&row.benchmark, ratio));
    }
    let together =
        |((cause, topic, group, metric, worse), members): ((Attribution, &str, &str, Metric, bool), Vec<_>)| {
            let ratios: Vec<f64> = members.iter().map(|&(_, ratio)| ratio).collect();
            Some(Together {
                cause,
                topic: topic.to_owned(),
                group: group.to_owned(),
                metric,
                worse,
                benchmarks: members.iter().map(|&(benchmark, _): &(&str, f64)| benchmark.to_owned()).collect(),
                ratio: stats::geometric_mean(&ratios)?,
            })
        };
    let mut together: Vec<Together> = groups.into_iter().filter_map(together).collect();
    together.sort_by(|a, b| a.cause.cmp(&b.cause).then(b.benchmarks.len().cmp(&a.benchmarks.len())));
    together
}
