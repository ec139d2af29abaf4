//! A change of one series, in the indices of the history.

use super::false_alarms::FalseAlarmRate;
use super::series::Series;
use crate::model::Estimate;
use crate::verdict::Verdict;

/// Commits by which a change point may be off.
pub(super) const NEAR: usize = 2;

/// A change of one series while it is judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct SeriesChange {
    /// The number of the series.
    pub(super) series: usize,
    /// The indices of the commits: the last before and the first at the new level; of a drift, its ends.
    pub(super) from: usize,
    pub(super) to: usize,
    /// The index of the commit that revealed it.
    pub(super) detected: usize,
    /// Indices among the observations: of the change point and what revealed it; of a drift, its ends.
    pub(super) ends: (usize, usize),
    pub(super) change: Estimate,
    /// Of a drift.
    pub(super) per_commit: Option<f64>,
    pub(super) verdict: Verdict,
    pub(super) returned: bool,
    pub(super) false_alarms: Option<FalseAlarmRate>,
}

impl SeriesChange {
    pub(super) fn is_worse(&self) -> bool {
        self.verdict == Verdict::Regressed
    }

    pub(super) fn is_drift(&self) -> bool {
        self.per_commit.is_some()
    }

    /// Whether two steps are near each other, or two drifts have more than half of the shorter one's range in common.
    pub(super) fn coincides(&self, other: &SeriesChange) -> bool {
        if !self.is_drift() {
            return self.to.abs_diff(other.to) <= NEAR;
        }
        let common = (self.to.min(other.to) + 1).saturating_sub(self.from.max(other.from));
        let shorter = (self.to - self.from).min(other.to - other.from) + 1;
        2 * common > shorter
    }

    pub(super) fn magnitude(&self) -> f64 {
        libm::log1p(self.change.center()).abs()
    }
}

/// The steps of a series that are not part of a drift.
pub(super) fn steps(number: usize, series: &Series) -> impl Iterator<Item = SeriesChange> {
    let commit = |observation: usize| series.observations[observation].commit_index;
    let trend = series.trend.as_ref().ok();
    let alone = trend.into_iter().flat_map(|trend| {
        trend.change_points.iter().filter(|point| !trend.drifts.iter().any(|drift| drift.explains(point)))
    });
    alone.map(move |point| SeriesChange {
        series: number,
        from: commit(point.at.saturating_sub(1)),
        to: commit(point.at),
        detected: commit(point.detected),
        ends: (point.at, point.detected),
        change: point.change,
        per_commit: None,
        verdict: point.verdict,
        returned: point.returned,
        false_alarms: point.false_alarms,
    })
}

/// The drifts of a series.
pub(super) fn drifts(number: usize, series: &Series) -> impl Iterator<Item = SeriesChange> {
    let commit = |observation: usize| series.observations[observation].commit_index;
    series.trend.iter().flat_map(|trend| &trend.drifts).map(move |drift| SeriesChange {
        series: number,
        from: commit(drift.from),
        to: commit(drift.to),
        detected: commit(drift.to),
        ends: (drift.from, drift.to),
        change: drift.change,
        per_commit: Some(drift.change_per_commit),
        verdict: drift.verdict,
        returned: false,
        false_alarms: None,
    })
}
