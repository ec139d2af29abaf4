//! Who else it may have been: the machine, told by its calibrators, or nobody who wrote code, told by the binaries.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::finding::{Control, Member};
use super::findings::metric;
use super::group::NEAR;
use super::ledger::SeriesKey;
use super::series::{Build, Commits, History, Series};
use crate::model::{Estimate, Metric};
use crate::stats;
use crate::trend::replay::{Alert, Trend, Unjudged};
use crate::verdict::attribution::{is_most_lower_bounds, metric_of_lower_bounds};
use crate::verdict::environment::{EnvironmentChange, Readings, built};
use crate::verdict::external::is_external_fact;

/// Observations on either side that tell how sharp a step is.
const SHARP_REACH: usize = 20;
/// Spreads that a step reaches when it cannot have been located at the wrong commit.
const SHARP_FACTOR: f64 = 4.0;
/// From the median absolute deviation to the standard deviation of normal noise.
const MAD_TO_SD: f64 = 1.4826;

/// The calibrators that moved near the commit `at` the way of `effect`: those of the series' own topic, or where none of
/// these could be judged, those of any.
pub(super) fn moved_calibrators(
    history: &History,
    trends: &[Result<Trend, Unjudged>],
    controls: &[Member],
    series: &Series,
    at: usize,
    effect: Estimate,
) -> Vec<Control> {
    let is_judged = |(other, trend): (&Series, &Result<Trend, Unjudged>)| {
        matches!(other.key, SeriesKey::Calibrator { .. }) && other.topic == series.topic && trend.is_ok()
    };
    let own = history.series.iter().zip(trends).any(is_judged);
    let near = controls.iter().filter(|control| {
        control.at.abs_diff(at) <= NEAR
            && (control.alert.effect.center() > 0.0) == (effect.center() > 0.0)
            && (!own || history.series[control.series].topic == series.topic)
    });
    near.map(|control| Control { series: control.series, effect: control.alert.effect }).collect()
}

/// The floors that moved near the commit `at` the way of `effect`, in the metric that speaks for the series; none where they
/// are too few of those that could be judged.
pub(super) fn moved_floors(
    history: &History,
    trends: &[Result<Trend, Unjudged>],
    floors: &[Member],
    series: &Series,
    at: usize,
    effect: Estimate,
) -> Vec<Control> {
    let Some((of, judged)) = judged_floors(history, trends, series) else { return Vec::new() };
    let near = floors.iter().filter(|floor| {
        floor.at.abs_diff(at) <= NEAR
            && (floor.alert.effect.center() > 0.0) == (effect.center() > 0.0)
            && metric(&history.series[floor.series]) == Some(of)
    });
    let mut moved: Vec<Control> =
        near.map(|floor| Control { series: floor.series, effect: floor.alert.effect }).collect();
    moved.dedup_by_key(|control| control.series);
    if is_most_lower_bounds(moved.len(), judged) { moved } else { Vec::new() }
}

/// The metric in which floors speak for a series, and how many of them could be judged in it; none for a calibrator.
pub(super) fn judged_floors(
    history: &History,
    trends: &[Result<Trend, Unjudged>],
    series: &Series,
) -> Option<(Metric, usize)> {
    let judged = |of: Metric| {
        let all = history.series.iter().zip(trends);
        all.filter(|(other, trend)| other.floor && metric(other) == Some(of) && trend.is_ok()).count()
    };
    let of = metric_of_lower_bounds(metric(series)?, judged);
    Some((of, judged(of)))
}

/// Whether any calibrator could be judged.
pub(super) fn is_calibrated(history: &History, trends: &[Result<Trend, Unjudged>]) -> bool {
    let is_judged = |(series, trend): (&Series, &Result<Trend, Unjudged>)| {
        matches!(series.key, SeriesKey::Calibrator { .. }) && trend.is_ok()
    };
    history.series.iter().zip(trends).any(is_judged)
}

/// Whether one and the same code was run before and after a change: the binaries are known and the same around it, over
/// as many commits as it may be off by, or, where it is too sharp to be off, on either side of it.
pub(super) fn same_code(commits: &Commits, before: usize, at: usize, sharp: bool) -> bool {
    let slack = if sharp { 0 } else { NEAR };
    let last = commits.measured.len().saturating_sub(1);
    let around = &commits.measured[before.saturating_sub(slack)..=(at + slack).min(last)];
    let hashes = || around.iter().flat_map(|commit| [&commit.first.binaries_hash, &commit.last.binaries_hash]);
    let ends = [&commits.measured[before].last.binaries_hash, &commits.measured[at].first.binaries_hash];
    if sharp {
        ends[0].is_some() && ends[0] == ends[1]
    } else {
        ends[0].is_some() && hashes().all(|hash| hash == ends[0])
    }
}

/// Whether a step is so large beside the noise that the observations next to it cannot be on the wrong side.
pub(super) fn is_sharp(series: &Series, alert: &Alert) -> bool {
    let change = alert.change_index;
    let log = |range: std::ops::Range<usize>| -> Vec<f64> {
        series.observed[range].iter().map(|observed| libm::log(observed.value)).collect()
    };
    let left = log(change.saturating_sub(SHARP_REACH)..change);
    let right = log(change..(alert.alert_index + 1).min(series.observed.len()));
    let spread = [left, right].iter().filter_map(|side| stats::mad(side)).fold(0.0, f64::max) * MAD_TO_SD;
    libm::log1p(alert.effect.center()).abs() >= SHARP_FACTOR * spread
}

impl Commits {
    /// Whether the machine, its software or the toolchain was otherwise around a change, which may be off by a few commits.
    /// An interpreter has no part in what is measured of ours.
    pub(super) fn other_system(&self, before: usize, at: usize) -> bool {
        let last = self.measured.len().saturating_sub(1);
        let (before, at) = (before.saturating_sub(NEAR), (at + NEAR).min(last));
        let changes = self.measured[before].last.facts.changes(&self.measured[at].first.facts);
        changes.iter().any(|changed| !is_external_fact(&changed.name))
    }

    /// What was otherwise at one commit than at another before it: the hardware, the system software, the toolchain, the
    /// locked dependencies, the measured binaries and the conditions.
    pub(super) fn changes(&self, before: usize, at: usize) -> Vec<EnvironmentChange> {
        let (build, build_at) = (&self.measured[before].last, &self.measured[at].first);
        let hashes = |build| -> [BTreeSet<&str>; 2] { Build::hashes(build).map(|hash| hash.into_iter().collect()) };
        let mut changes = build.facts.changes(&build_at.facts);
        changes.extend(built(&hashes(build), &hashes(build_at)));
        changes.extend(self.conditions(before, at));
        changes.sort();
        changes
    }

    /// What was otherwise in the conditions of the runs from one commit on than in those up to another, within as many
    /// commits as a change may be off by: one run alone has a bad day for no reason.
    fn conditions(&self, before: usize, at: usize) -> Vec<EnvironmentChange> {
        let last = self.measured.len().saturating_sub(1);
        let readings = |from: usize, to: usize| -> Vec<&Readings> {
            self.measured[from..=to].iter().flat_map(|commit| &commit.readings).map(Arc::as_ref).collect()
        };
        Readings::between(&readings(before.saturating_sub(NEAR), before), &readings(at, (at + NEAR).min(last)))
    }

    /// All commits that are known from the measured one at `from` to the one at `to`, and `slack` measured ones on either
    /// side; those that were not measured belong to the next that was.
    pub(super) fn between(&self, from: usize, to: usize, slack: usize) -> &[String] {
        let place = |measured: usize| {
            let id = self.measured.get(measured).map(|commit| &commit.id);
            id.and_then(|id| self.known.iter().position(|known| known == id))
        };
        let begin = match from.saturating_sub(slack).checked_sub(1) {
            Some(before) => place(before).map_or(0, |place| place + 1),
            None => 0,
        };
        let end = place((to + slack).min(self.measured.len().saturating_sub(1))).map_or(begin, |place| place + 1);
        self.known.get(begin..end).unwrap_or_default()
    }
}
