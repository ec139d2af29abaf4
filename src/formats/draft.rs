//! A series in the making, and what makes it one.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Direction, InterchangePoint, InterchangeSeries};
use crate::stats::median;

/// What makes a series one: all but its points.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    suite: Option<String>,
    pub(super) name: String,
    metric: Option<String>,
    machine: Option<String>,
    branch: Option<String>,
    unit: Option<String>,
    is_lower: bool,
}

impl Key {
    /// The same for all series that have but the unit or the direction apart.
    pub(super) fn of_any_unit(self) -> Self {
        Self { unit: None, is_lower: true, ..self }
    }
}

/// A series in the making.
pub(super) struct Draft {
    pub(super) series: InterchangeSeries,
    /// Where each commit stands; entries without one are commits of their own.
    pub(super) moments: BTreeMap<Result<String, usize>, usize>,
    /// The values that each point was merged from.
    pub(super) values: Vec<Vec<f64>>,
    /// The units as they were written.
    pub(super) written: BTreeSet<String>,
}

impl Draft {
    /// A series that has no points yet.
    pub(super) fn new(series: InterchangeSeries) -> Self {
        Self { series, moments: BTreeMap::new(), values: Vec::new(), written: BTreeSet::new() }
    }

    /// Makes one observation of those that are there and one more.
    pub(super) fn merge(&mut self, at: usize, more: InterchangePoint) {
        let (point, values) = (&mut self.series.points[at], &mut self.values[at]);
        if point.samples.is_empty() {
            point.samples.clone_from(values);
        }
        values.push(more.value);
        if more.samples.is_empty() {
            point.samples.push(more.value);
        } else {
            point.samples.extend(more.samples);
        }
        point.value = median(values).unwrap_or(point.value);
        point.low = point.low.into_iter().chain(more.low).reduce(f64::min).map(|low| low.min(point.value));
        point.high = point.high.into_iter().chain(more.high).reduce(f64::max).map(|high| high.max(point.value));
    }
}

/// What makes this series one.
pub(super) fn key(series: &InterchangeSeries) -> Key {
    Key {
        suite: series.suite.clone(),
        name: series.name.clone(),
        metric: series.metric.clone(),
        machine: series.machine.clone(),
        branch: series.branch.clone(),
        unit: series.unit.clone(),
        is_lower: series.direction == Direction::LowerIsBetter,
    }
}
