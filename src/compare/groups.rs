//! Which benchmarks changed together.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::row::{Figure, Row};
use crate::model::Metric;
use crate::stats;
use crate::verdict::Attribution;

/// Rows of one group that changed the same way and have one attribution.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct MovedGroup {
    /// What they are attributed to.
    pub attribution: Attribution,
    pub topic: String,
    pub group: String,
    pub metric: Metric,
    pub worse: bool,
    pub benchmarks: Vec<String>,
    /// The geometric mean of candidate ÷ baseline.
    pub ratio: Figure,
}

/// The rows that changed, by attribution and group: first the code's, and of one attribution the largest groups.
pub(super) fn moved(rows: &[Row]) -> Vec<MovedGroup> {
    let mut groups: BTreeMap<_, Vec<(&str, f64)>> = BTreeMap::new();
    for row in rows {
        let (Some(attribution), Some(ratio)) = (row.attribution, row.ratio()) else { continue };
        let group = row.benchmark.split('/').next().unwrap_or_default();
        let key = (attribution, row.topic.as_str(), group, row.metric, row.is_worse());
        groups.entry(key).or_default().push((&row.benchmark, ratio));
    }
    let group = |((attribution, topic, group, metric, worse), members): ((_, &str, &str, _, _), Vec<(&str, f64)>)| {
        let ratios: Vec<f64> = members.iter().map(|&(_, ratio)| ratio).collect();
        Some(MovedGroup {
            attribution,
            topic: topic.to_owned(),
            group: group.to_owned(),
            metric,
            worse,
            benchmarks: members.iter().map(|&(benchmark, _)| benchmark.to_owned()).collect(),
            ratio: Figure::bare(stats::geometric_mean(&ratios)?),
        })
    };
    let mut groups: Vec<MovedGroup> = groups.into_iter().filter_map(group).collect();
    groups.sort_by(|a, b| a.attribution.cmp(&b.attribution).then(b.benchmarks.len().cmp(&a.benchmarks.len())));
    groups
}
