//! The code or the machine: what changed along with a series, and what else changed there.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::change::ChangePoint;
use super::run_index::SeriesKey;
use super::series::{Build, Commits, Series};
use super::series_change::SeriesChange;
use crate::model::topics::WORKERS;
use crate::model::{BenchmarkId, Metric};
use crate::stats;
use crate::verdict::attribution::is_paced;
use crate::verdict::environment::{Readings, built};
use crate::verdict::external::{is_external, is_external_fact};
use crate::verdict::policy::REFERENCE_CONFIDENCE;
use crate::verdict::{Attribution, AttributionReason, Binaries, Control, Controls, EnvironmentChange};

/// Observations before and after a step by which a reference workload is asked whether it changed along, at most and at
/// least: a single question, so that fewer answer it than find a change point anywhere.
const ASKED: usize = 30;
const ASKED_BEFORE_MIN: usize = 8;
const ASKED_AFTER_MIN: usize = 3;
/// Commits on either side whose conditions are compared: a single run has a bad day for no reason.
const CONDITIONS: usize = 3;

/// What changes are attributed by: the series with their trends, and their changes.
pub(super) struct Witnesses<'a> {
    pub(super) commits: &'a Commits,
    pub(super) series: &'a [Series],
    /// The changes of all series: of reference workloads and lower bounds, too.
    pub(super) changes: Vec<SeriesChange>,
    /// What could be judged: the topics with reference workloads, the lower bounds by metric, the series in times.
    reference_topics: BTreeSet<String>,
    lower_bounds_judged: BTreeMap<Metric, usize>,
    series_judged: usize,
}

impl<'a> Witnesses<'a> {
    pub(super) fn new(commits: &'a Commits, series: &'a [Series], changes: Vec<SeriesChange>) -> Self {
        let judged = || series.iter().filter(|series| series.trend.is_ok());
        let references = judged().filter(|series| series.is_reference()).map(|series| series.topic.clone());
        let mut lower_bounds_judged: BTreeMap<Metric, usize> = BTreeMap::new();
        for metric in judged().filter(|series| series.is_lower_bound).filter_map(|series| series.key.metric()) {
            *lower_bounds_judged.entry(metric).or_default() += 1;
        }
        Self {
            commits,
            series,
            changes,
            reference_topics: references.collect(),
            lower_bounds_judged,
            series_judged: judged().filter(|series| is_own_time(series)).count(),
        }
    }

    /// What a change is attributed to, by all that changed the same way at the same commits.
    pub(super) fn attribute(&self, change: &SeriesChange) -> (Attribution, AttributionReason) {
        let series = &self.series[change.series];
        let Some(metric) = series.key.metric() else { return (Attribution::Unknown, AttributionReason::NoControl) };
        let mut controls = Controls {
            binaries: match &self.commits.measured[change.to].first.binaries_hash {
                Some(_) => Binaries::Other,
                None => Binaries::Unknown,
            },
            is_other_environment: self.commits.other_system(change.reach),
            reference_topics: self.reference_topics.clone(),
            lower_bounds_judged: self.lower_bounds_judged.clone(),
            series_judged: self.series_judged,
            ..Controls::default()
        };
        let mut along: BTreeMap<usize, f64> = BTreeMap::new();
        for other in self.changes.iter().filter(|other| other.coincides(change)) {
            along.entry(other.series).or_insert(1.0 + other.change.center());
        }
        if is_paced(metric) {
            let has_own = self.reference_topics.contains(&series.topic);
            let is_asked = |other: &Series| other.is_reference() && (other.topic == series.topic || !has_own);
            let asked = || self.series.iter().enumerate().filter(|(_, other)| is_asked(other));
            for (number, reference) in asked().filter(|(number, _)| !along.contains_key(number)).collect::<Vec<_>>() {
                along.extend(changed_along(reference, change).map(|ratio| (number, ratio)));
            }
            // Where none of them is sure by itself, their mean may be.
            if !asked().any(|(number, _)| along.contains_key(&number)) {
                let all: Vec<&Series> = asked().map(|(_, reference)| reference).collect();
                let (topic, name) = (series.topic.clone(), "their mean".to_owned());
                controls.references.extend(level_along(&all, change).map(|ratio| Control { topic, name, ratio }));
            }
        }
        for (number, ratio) in along {
            let other = &self.series[number];
            match &other.key {
                SeriesKey::Reference { topic, name } => {
                    controls.references.push(Control { topic: topic.clone(), name: name.clone(), ratio });
                }
                SeriesKey::Measured(benchmark, metric) if other.is_lower_bound => {
                    let control = Control { topic: other.topic.clone(), name: benchmark.to_string(), ratio };
                    controls.lower_bounds.push((*metric, control));
                }
                _ => {}
            }
            if is_own_time(other) {
                controls.series.push(ratio);
            }
        }
        controls.attribute(&series.topic, metric, 1.0 + change.change.center())
    }

    /// Whether an efficiency or a law's parameter got worse only because one worker got faster: then several have lost
    /// nothing but their lead.
    pub(super) fn is_lost_lead(&self, change: &SeriesChange, faster: &[SeriesChange]) -> bool {
        let SeriesKey::Measured(several, metric) = &self.series[change.series].key else { return false };
        (*metric == Metric::Efficiency || is_parameter(*metric))
            && faster.iter().filter(|one| one.coincides(change)).any(|one| {
                let SeriesKey::Measured(one, Metric::WallTime) = &self.series[one.series].key else { return false };
                is_single(one, several)
            })
    }
}

/// New level ÷ old level of a reference workload around the step of another series, or from the first to the last third of
/// its drift, where it surely changed the same way.
///
/// Its own change point may come later, or not at all: it may be noisier, or the step may be among the newest commits. And
/// what steps with the machine may drift by itself before and after.
fn changed_along(reference: &Series, change: &SeriesChange) -> Option<f64> {
    let stepped = if change.is_drift() { stepped_within(reference, change) } else { None };
    let log = |ratio: &f64| libm::log(*ratio).abs();
    stepped.into_iter().chain(level_along(&[reference], change)).max_by(|a, b| log(a).total_cmp(&log(b)))
}

/// What the steps of a reference workload within a drift come to, where that is the drift's way.
fn stepped_within(reference: &Series, drift: &SeriesChange) -> Option<f64> {
    let commit = |point: &ChangePoint| reference.observations[point.at].commit_index;
    let points = reference.trend.iter().flat_map(|trend| &trend.change_points);
    let within = points.filter(|point| !point.noise && (drift.from..=drift.to).contains(&commit(point)));
    let all: f64 = within.map(|point| libm::log1p(point.change.center())).sum();
    (all != 0.0 && (all > 0.0) == (drift.change.center() > 0.0)).then(|| libm::exp(all))
}

/// The same of the levels next to it, of the mean of these at the commits that all of them have.
fn level_along(references: &[&Series], change: &SeriesChange) -> Option<f64> {
    let logs = |commits: Range<usize>, newest: usize, oldest: usize| {
        let mut sums: BTreeMap<usize, (usize, f64)> = BTreeMap::new();
        for reference in references {
            let index = |commit: usize| reference.observations.partition_point(|it| it.commit_index < commit);
            let (from, to) = (index(commits.start), index(commits.end));
            for it in &reference.observations[from.max(to.saturating_sub(newest))..to.min(from.saturating_add(oldest))]
            {
                let (count, sum) = sums.entry(it.commit_index).or_default();
                (*count, *sum) = (*count + 1, *sum + libm::log(it.value.center()));
            }
        }
        let all = sums.into_values().filter(|(count, _)| *count == references.len());
        all.map(|(count, sum)| sum / count as f64).collect::<Vec<f64>>()
    };
    let (left, right) = if change.is_drift() {
        let third = (change.to - change.from) / 3;
        let all = |commits| logs(commits, usize::MAX, usize::MAX);
        (all(change.from..change.from + third), all(change.to - third..change.to))
    } else {
        let (before, after) = change.reach;
        let cut = |of: &Series, point: &ChangePoint| of.observations[point.at].commit_index;
        let cuts = references.iter().flat_map(|of| {
            of.trend.iter().flat_map(|trend| &trend.change_points).filter(|it| !it.noise).map(|point| cut(of, point))
        });
        let from = cuts.clone().filter(|&cut| cut < before).max().unwrap_or(0);
        let to = cuts.filter(|&cut| cut > after).min().unwrap_or(usize::MAX);
        (logs(from..before, ASKED, usize::MAX), logs(after..to, usize::MAX, ASKED))
    };
    if left.len() < ASKED_BEFORE_MIN || right.len() < ASKED_AFTER_MIN {
        return None;
    }
    // Where the noise lingers, only so many of them are independent.
    let noise = |side: &[f64]| {
        let level = stats::median(side)?;
        Some(side.iter().map(|log| log - level).collect::<Vec<f64>>())
    };
    let autocorrelation = stats::noise_autocorrelation(&[noise(&left)?, noise(&right)?].concat(), 2);
    let every = stats::variance_inflation(autocorrelation) as usize;
    let [left, right] = [left, right].map(|side| side.into_iter().step_by(every).collect::<Vec<f64>>());
    let covered = stats::rank_interval(&left, &right, REFERENCE_CONFIDENCE)?;
    let is_sure = if change.change.center() > 0.0 { covered.interval.low > 0.0 } else { covered.interval.high < 0.0 };
    (is_sure && covered.confidence >= REFERENCE_CONFIDENCE)
        .then(|| stats::hodges_lehmann(&left, &right).map(libm::exp))
        .flatten()
}

/// Whether the speed of the machine is part of a series of this project.
fn is_own_time(series: &Series) -> bool {
    series.key.metric().is_some_and(is_paced) && !is_external(&series.topic)
}

/// Whether a benchmark is the work of another with one worker, or with the function that does all of it alone.
fn is_single(one: &BenchmarkId, several: &BenchmarkId) -> bool {
    let workers = one.parameters.get(WORKERS);
    let others = several.parameters.iter().filter(|(name, _)| *name != WORKERS);
    one.group == several.group
        && (workers == Some(&1) && one.function == several.function || workers.is_none())
        && others.into_iter().all(|(name, value)| one.parameters.get(name) == Some(value))
}

pub(super) fn is_parameter(metric: Metric) -> bool {
    matches!(metric, Metric::Contention | Metric::Coherency | Metric::SerialShare | Metric::PeakWorkers)
}

impl Build {
    /// The hashes of the locked dependencies and of the measured binaries.
    fn hashes(&self) -> [BTreeSet<&str>; 2] {
        [&self.lock_hash, &self.binaries_hash].map(|hash| hash.as_deref().into_iter().collect())
    }
}

impl Commits {
    /// Whether the same binaries were measured from one commit to another: they are known and the same at all of them.
    pub(super) fn same_binaries(&self, before: usize, last: usize) -> bool {
        let hash = &self.measured[before].last.binaries_hash;
        let mut hashes = self.measured[before + 1..=last].iter().flat_map(|commit| {
            let is_last = std::ptr::eq(commit, &self.measured[last]);
            [Some(&commit.first.binaries_hash), (!is_last).then_some(&commit.last.binaries_hash)]
        });
        hash.is_some() && hashes.all(|other| other.is_none_or(|other| other == hash))
    }

    /// Whether the machine, its software or the toolchain changed in a range of commits or next to it. An interpreter has no
    /// part in what is measured of this project.
    fn other_system(&self, (first, last): (usize, usize)) -> bool {
        let (before, after) = (first.saturating_sub(2), (last + 1).min(self.last()));
        let changes = self.measured[before].last.facts.changes(&self.measured[after].first.facts);
        changes.iter().any(|changed| !is_external_fact(&changed.name))
    }

    /// What differs at one commit from another before it: the hardware, the system software, the toolchain, the locked
    /// dependencies, the measured binaries and the conditions.
    pub(super) fn environment_diff(&self, before: usize, at: usize) -> Vec<EnvironmentChange> {
        let (build, build_at) = (&self.measured[before].last, &self.measured[at].first);
        let [hashes, hashes_at] = [build, build_at].map(Build::hashes);
        let mut changes = build.facts.changes(&build_at.facts);
        changes.extend(built(&hashes, &hashes_at));
        changes.extend(self.conditions_diff(before, at));
        changes.sort();
        changes
    }

    /// What differs in the conditions of the runs from one commit on from those up to another.
    fn conditions_diff(&self, before: usize, at: usize) -> Vec<EnvironmentChange> {
        let readings = |from: usize, to: usize| -> Vec<&Readings> {
            self.measured[from..=to].iter().flat_map(|commit| &commit.readings).collect()
        };
        Readings::between(
            &readings((before + 1).saturating_sub(CONDITIONS), before),
            &readings(at, (at + CONDITIONS - 1).min(self.last())),
        )
    }

    /// All commits that are known from the measured one at `from` to the one at `to`; those that were not measured belong to
    /// the next that was.
    pub(super) fn between(&self, from: usize, to: usize) -> &[String] {
        let position = |measured: usize| {
            let id = self.measured.get(measured).map(|commit| &commit.id);
            id.and_then(|id| self.known.iter().position(|known| known == id))
        };
        let begin = match from.checked_sub(1) {
            Some(before) => position(before).map_or(0, |position| position + 1),
            None => 0,
        };
        let end = position(to.min(self.last())).map_or(begin, |position| position + 1);
        self.known.get(begin..end).unwrap_or_default()
    }

    fn last(&self) -> usize {
        self.measured.len().saturating_sub(1)
    }
}
