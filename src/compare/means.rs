//! Many rows in one number.

use std::collections::BTreeMap;

use serde::Serialize;

use super::rows::Row;
use super::verdict::Verdict;
use crate::model::{Estimate, Metric};
use crate::stats;

/// The geometric mean of the ratios of one topic in one metric.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mean {
    /// The topic; of another harness the group.
    pub topic: String,
    /// The metric.
    pub metric: Metric,
    /// Number of rows.
    pub rows: usize,
    /// Candidate ÷ baseline.
    pub ratio: f64,
    /// The geometric means of the rows' lower and upper ends: as if all rows erred together, which those of one run may
    /// well do. Too wide rather than too narrow; none where no row has an interval.
    pub interval: Option<Estimate>,
}

/// The mean of every topic and metric that has a ratio.
pub(super) fn means(rows: &[Row]) -> Vec<Mean> {
    let mut groups: BTreeMap<(&str, Metric), Vec<&Row>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.ratio.is_some() && row.verdict != Verdict::Refused) {
        groups.entry((&row.topic, row.metric)).or_default().push(row);
    }
    groups.into_iter().filter_map(|((topic, metric), rows)| mean(topic, metric, &rows)).collect()
}

fn mean(topic: &str, metric: Metric, rows: &[&Row]) -> Option<Mean> {
    // One process a side is worth less than nothing beside rows that have an interval.
    let sound: Vec<&Row> = rows.iter().copied().filter(|row| row.interval.is_some()).collect();
    let rows = if sound.is_empty() { rows } else { &sound };
    let ratios: Vec<f64> = rows.iter().filter_map(|row| row.ratio).collect();
    let ratio = stats::geometric_mean(&ratios)?;
    let intervals: Option<Vec<Estimate>> = rows.iter().map(|row| row.interval).collect();
    let interval = intervals.and_then(|intervals| {
        let ends = |end: fn(Estimate) -> f64| intervals.iter().map(|it| end(*it)).collect::<Vec<_>>();
        let low = stats::geometric_mean(&ends(Estimate::low))?;
        let high = stats::geometric_mean(&ends(Estimate::high))?;
        Estimate::new(ratio, low.min(ratio), high.max(ratio)).ok()
    });
    Some(Mean { topic: topic.to_owned(), metric, rows: rows.len(), ratio, interval })
}
