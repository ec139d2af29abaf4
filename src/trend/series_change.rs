//! A change of one series, in the indices of the history.

use super::change::ChangePoint;
use super::false_alarms::FalseAlarmRate;
use super::series::Series;
use crate::model::Estimate;
use crate::verdict::Verdict;

/// Commits by which two series that changed with the machine may be apart: it may change while a run is under way.
const DURING_A_RUN: usize = 1;

/// Other series that step at a commit, from which on what may be of it is.
const SEVERAL: usize = 2;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct SeriesChange {
    pub(super) series: usize,
    /// The indices of the commits: the last before and the first at the new level; of a drift, its ends.
    pub(super) from: usize,
    pub(super) to: usize,
    /// The first and the last commit that may have changed it: an interval that holds the right one in at least 95 %, and
    /// all that are possible. Of a drift, its ends.
    pub(super) interval: (usize, usize),
    pub(super) reach: (usize, usize),
    /// The index of the commit that revealed it.
    pub(super) detected: usize,
    /// Indices among the observations: of the change point and what revealed it; of a drift, its ends.
    pub(super) ends: (usize, usize),
    pub(super) change: Estimate,
    pub(super) per_commit: Option<f64>,
    pub(super) verdict: Verdict,
    pub(super) returned: bool,
    pub(super) from_zero: bool,
    /// Whether it is noise, and so no part of a finding.
    pub(super) noise: bool,
    pub(super) false_alarms: Option<FalseAlarmRate>,
}

impl SeriesChange {
    pub(super) fn is_worse(&self) -> bool {
        self.verdict == Verdict::Regressed
    }

    pub(super) fn is_drift(&self) -> bool {
        self.per_commit.is_some()
    }

    /// Whether two steps may be one event of the machine, or two drifts have more than half of the shorter one's range in
    /// common.
    pub(super) fn coincides(&self, other: &SeriesChange) -> bool {
        if !self.is_drift() {
            let (low, high) = self.reach;
            return low <= other.reach.1 + DURING_A_RUN && other.reach.0 <= high + DURING_A_RUN;
        }
        let common = (self.to.min(other.to) + 1).saturating_sub(self.from.max(other.from));
        let shorter = (self.to - self.from).min(other.to - other.from) + 1;
        2 * common > shorter
    }

    /// Whether a step may be of a commit.
    fn allows(&self, commit: usize) -> bool {
        (self.reach.0..=self.reach.1).contains(&commit)
    }

    pub(super) fn magnitude(&self) -> f64 {
        libm::log1p(self.change.center()).abs()
    }
}

/// The steps of a series that are not part of a drift.
pub(super) fn steps(number: usize, series: &Series) -> impl Iterator<Item = SeriesChange> {
    let trend = series.trend.as_ref().ok();
    let alone = trend.into_iter().flat_map(|trend| {
        trend.change_points.iter().filter(|point| !trend.drifts.iter().any(|drift| drift.explains(point)))
    });
    alone.map(move |point| step(number, series, point))
}

fn step(number: usize, series: &Series, point: &ChangePoint) -> SeriesChange {
    let commit = |observation: usize| series.observations[observation].commit_index;
    // Commits at which the series was not measured may be the ones, too.
    let commits = |(low, high): (usize, usize)| (low.checked_sub(1).map_or(0, commit) + 1, commit(high));
    SeriesChange {
        series: number,
        from: commit(point.at.saturating_sub(1)),
        to: commit(point.at),
        interval: commits(point.interval),
        reach: commits(point.reach),
        detected: commit(point.detected),
        ends: (point.at, point.detected),
        change: point.change,
        per_commit: None,
        verdict: point.verdict,
        returned: point.returned,
        from_zero: point.from_zero,
        noise: point.noise,
        false_alarms: point.false_alarms,
    }
}

/// Takes back the drifts that are steps of several series: whatever step of the drift is no noise may be of a commit at which
/// several others stepped.
pub(super) fn retain_lone_drifts(series: &mut [Series]) {
    let numbered = series.iter().enumerate();
    let steps: Vec<SeriesChange> =
        numbered.flat_map(|(number, series)| steps(number, series)).filter(|step| !step.noise).collect();
    for (number, series) in series.iter_mut().enumerate() {
        let is_together = |point: &ChangePoint| {
            let own = step(number, series, point);
            let is_along = |other: &&SeriesChange| other.series != number && other.verdict == own.verdict;
            let along: Vec<&SeriesChange> =
                steps.iter().filter(is_along).filter(|other| other.coincides(&own)).collect();
            let several = |at: usize| along.iter().filter(|other| other.allows(at)).count() >= SEVERAL;
            along.iter().any(|other| own.allows(other.to) && several(other.to))
        };
        let Ok(trend) = &series.trend else { continue };
        let mut drifts = trend.drifts.clone();
        drifts.retain(|drift| {
            let mut steps = trend.change_points.iter().filter(|point| !point.noise && drift.explains(point)).peekable();
            steps.peek().is_none() || !steps.all(is_together)
        });
        if let Ok(trend) = &mut series.trend {
            trend.drifts = drifts;
        }
    }
}

pub(super) fn drifts(number: usize, series: &Series) -> impl Iterator<Item = SeriesChange> {
    let commit = |observation: usize| series.observations[observation].commit_index;
    series.trend.iter().flat_map(|trend| &trend.drifts).map(move |drift| SeriesChange {
        series: number,
        from: commit(drift.from),
        to: commit(drift.to),
        interval: (commit(drift.from), commit(drift.to)),
        reach: (commit(drift.from), commit(drift.to)),
        detected: commit(drift.to),
        ends: (drift.from, drift.to),
        change: drift.change,
        per_commit: Some(drift.change_per_commit),
        verdict: drift.verdict,
        returned: false,
        from_zero: false,
        noise: false,
        false_alarms: None,
    })
}
