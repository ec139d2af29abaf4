//! Geometric means over rows.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::ratios::RatioRow;
use crate::model::{Estimate, Metric};
use crate::stats;
use crate::verdict::Value;
use crate::verdict::policy::CONFIDENCE;

/// Mechanisms below which there is no interval: two have hardly a spread of their own, and Student's t of one degree of
/// freedom says so with an interval of many powers of ten.
const MECHANISMS_MIN: usize = 3;

/// The rows of one topic, over the mechanisms that all machines have.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct TopicMean {
    pub topic: String,
    pub metric: Metric,
    pub rows: usize,
    /// Number of mechanisms that they are of: the rows of one mechanism are alike and count as one.
    pub mechanisms: usize,
    /// Of each machine's own ratios.
    pub within: Vec<GeometricMean>,
    /// Of each machine's ratios ÷ the first machine's; that of the first is 1.
    pub to_first: Vec<GeometricMean>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct GeometricMean {
    pub ratio: f64,
    /// Where the mean of other mechanisms of that kind may be: by Student's t on the logarithms, between mechanisms. None of
    /// fewer than three.
    pub interval: Option<Estimate>,
}

/// The mechanisms of a topic, each with the logarithms of its rows, a value a machine.
type Mechanisms<'a> = BTreeMap<(&'a str, &'a str), Vec<Vec<f64>>>;

/// The means by topic and metric, of the rows that have a number on every machine.
pub(super) fn means(rows: &[RatioRow]) -> Vec<TopicMean> {
    let mut topics: BTreeMap<(&str, Metric), Mechanisms> = BTreeMap::new();
    for row in rows {
        let logs: Option<Vec<f64>> = row.ratios.iter().map(log).collect();
        let Some(logs) = logs else { continue };
        let mechanism = (row.benchmark.group.as_str(), row.benchmark.function.as_str());
        topics.entry((&row.topic, row.metric)).or_default().entry(mechanism).or_default().push(logs);
    }
    topics.into_iter().filter_map(|((topic, metric), mechanisms)| mean(topic, metric, &mechanisms)).collect()
}

fn log(ratio: &Value) -> Option<f64> {
    ratio.as_ref().ok().map(|ratio| ratio.center()).filter(|center| *center > 0.0).map(libm::log)
}

fn mean(topic: &str, metric: Metric, mechanisms: &Mechanisms) -> Option<TopicMean> {
    let machines = mechanisms.values().flatten().next()?.len();
    let of_machine =
        |machine: usize, rows: &Vec<Vec<f64>>| rows.iter().map(|row| row[machine]).sum::<f64>() / rows.len() as f64;
    let within = |machine| average(mechanisms.values().map(|rows| of_machine(machine, rows)));
    let to_first = |machine| average(mechanisms.values().map(|rows| of_machine(machine, rows) - of_machine(0, rows)));
    Some(TopicMean {
        topic: topic.to_owned(),
        metric,
        rows: mechanisms.values().map(Vec::len).sum(),
        mechanisms: mechanisms.len(),
        within: (0..machines).map(within).collect::<Option<_>>()?,
        to_first: (0..machines).map(to_first).collect::<Option<_>>()?,
    })
}

fn average(logs: impl Iterator<Item = f64>) -> Option<GeometricMean> {
    let logs: Vec<f64> = logs.collect();
    let mean = logs.iter().sum::<f64>() / logs.len() as f64;
    let ratio = Some(libm::exp(mean)).filter(|ratio| ratio.is_finite() && *ratio > 0.0)?;
    let spread = stats::mean_interval(&logs, CONFIDENCE).filter(|_| logs.len() >= MECHANISMS_MIN);
    let interval = spread.and_then(|interval| {
        let [low, high] = [interval.low, interval.high].map(libm::exp);
        Estimate::new(ratio, low.min(ratio), high.max(ratio)).ok()
    });
    Some(GeometricMean { ratio, interval })
}
