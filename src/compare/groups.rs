//! Rows in few numbers: which changed together, and the means of each topic.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::row::{Figure, Row};
use crate::model::{Estimate, Metric};
use crate::stats;
use crate::verdict::{Attribution, Verdict};

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
        let key = (attribution, row.topic.as_str(), group, row.metric, row.verdict == Verdict::Regressed);
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

/// The geometric mean of the ratios of one topic in one metric.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Mean {
    /// The topic; of another harness the group.
    pub topic: String,
    pub metric: Metric,
    pub rows: usize,
    /// Candidate ÷ baseline. Its interval is that of the geometric means of the rows' lower and upper ends, as if all rows
    /// erred together, which those of one run may well do: too wide rather than too narrow.
    pub ratio: Figure,
}

/// The mean of every topic and metric that has a ratio.
pub(super) fn means(rows: &[Row]) -> Vec<Mean> {
    let mut groups: BTreeMap<(&str, Metric), Vec<&Row>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.change.is_some() && row.verdict != Verdict::Invalid) {
        groups.entry((&row.topic, row.metric)).or_default().push(row);
    }
    groups.into_iter().filter_map(|((topic, metric), rows)| mean(topic, metric, &rows)).collect()
}

fn mean(topic: &str, metric: Metric, rows: &[&Row]) -> Option<Mean> {
    // One process a side is worth less than nothing beside rows that have an interval.
    let intervals: Vec<Estimate> = rows.iter().filter_map(|row| row.change?.ratio()).collect();
    let mean = |values: &mut dyn Iterator<Item = f64>| stats::geometric_mean(&values.collect::<Vec<_>>());
    let (rows, ratio) = if intervals.is_empty() {
        (rows.len(), Figure::bare(mean(&mut rows.iter().filter_map(|row| row.ratio()))?))
    } else {
        let ends = |end: fn(Estimate) -> f64| mean(&mut intervals.iter().map(|it| end(*it)));
        let center = ends(Estimate::center)?;
        let (low, high) = (ends(Estimate::low)?.min(center), ends(Estimate::high)?.max(center));
        (intervals.len(), Figure { center, low: Some(low), high: Some(high) })
    };
    Some(Mean { topic: topic.to_owned(), metric, rows, ratio })
}
