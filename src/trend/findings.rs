//! Findings: what the grouped changes of a history amount to.

use std::collections::{BTreeMap, BTreeSet};

use super::attribution::{Witnesses, is_parameter};
use super::finding::{Accepted, Finding, Member, Unchanged};
use super::grouping::{FindingContext, Group};
use super::overlap::Location;
use super::run_index::SeriesKey;
use super::series::{Commits, Observation, Series};
use super::series_change::{SeriesChange, drifts, steps};
use crate::model::topics::WORKERS;
use crate::model::{BenchmarkId, Direction, Estimate, Metric};
use crate::stats;
use crate::verdict::policy::{CHANGE_SYSTEM, TREND_AFTER_MIN};
use crate::verdict::rules::Rule;
use crate::verdict::{Attribution, Verdict};

/// Whether a series got worse by a factor since its last step, at too familiar a level for a step of its own: by the median of
/// all its values from there on, beside that of the first.
fn rose_again(number: usize, series: &Series, factor: f64) -> bool {
    let from = steps(number, series).map(|step| step.ends.0).max().unwrap_or(0);
    let values: Vec<f64> = series.observations[from..].iter().map(|it| it.value.center()).collect();
    let first = stats::median(&values[..values.len().min(TREND_AFTER_MIN)]);
    first.zip(stats::median(&values)).is_some_and(|(first, all)| match series.direction {
        Direction::LowerIsBetter => all > first * factor,
        Direction::HigherIsBetter => all * factor < first,
    })
}

/// What the series of a history found together: steps and drifts.
pub(super) fn findings(commits: &Commits, series: &[Series], rules: &[Rule]) -> (Vec<Finding>, Vec<Finding>) {
    let all = |of: &dyn Fn(usize, &Series) -> Vec<SeriesChange>| -> Vec<SeriesChange> {
        series.iter().enumerate().flat_map(|(number, series)| of(number, series)).collect()
    };
    let context = |changes| FindingContext { witnesses: Witnesses::new(commits, series, changes), rules };
    let steps = context(all(&|number, series| steps(number, series).filter(|step| !step.noise).collect()));
    let drifts = context(all(&|number, series| drifts(number, series).collect()));
    (steps.sorted(steps.steps()), drifts.sorted(drifts.drifts()))
}

impl FindingContext<'_> {
    fn sorted(&self, groups: Vec<Group>) -> Vec<Finding> {
        let mut findings: Vec<(usize, usize, Finding)> = groups.into_iter().map(|group| self.finding(group)).collect();
        let magnitude = |finding: &Finding| libm::log1p(finding.change.center()).abs();
        findings.sort_by(|(from, to, a), (other_from, other_to, b)| {
            let first = a.category().cmp(&b.category()).then(magnitude(b).total_cmp(&magnitude(a)));
            let ends = if a.culprit.is_some() {
                (to, from).cmp(&(other_to, other_from))
            } else {
                (from, to).cmp(&(other_from, other_to))
            };
            first.then(ends)
        });
        findings.into_iter().map(|(.., finding)| finding).collect()
    }

    /// The finding of a group, and the indices of its commits.
    fn finding(&self, group: Group) -> (usize, usize, Finding) {
        let Group { mut changes, attribution, reason, returned, rule } = group;
        let is_drift = changes[0].is_drift();
        let location = (!is_drift).then(|| Location::of(&changes));
        let (from, to) = match &location {
            Some(location) => (location.before(), location.interval.1),
            None => (changes[0].from, changes[0].to),
        };
        // A share of two hundredths that doubles is a small loss by a large ratio: it shows why, and not how much.
        let is_share = |change: &SeriesChange| self.series(change).key.metric().is_some_and(is_parameter);
        changes.sort_by(|a, b| {
            (is_share(a).cmp(&is_share(b))).then(b.magnitude().total_cmp(&a.magnitude())).then(a.series.cmp(&b.series))
        });
        let alike: Vec<&SeriesChange> =
            changes.iter().filter(|change| is_share(change) == is_share(&changes[0])).collect();
        let direction = |change: &SeriesChange| self.series(change).direction;
        let is_mixed = alike.iter().any(|change| direction(change) != direction(alike[0]));
        // Of costs and rates together, that of the cost: a rate of half is twice the cost.
        let as_cost = |change: &&SeriesChange| match direction(change) {
            Direction::HigherIsBetter if is_mixed => inverse(change.change),
            _ => change.change,
        };
        let change = mean(&alike.iter().map(as_cost).collect::<Vec<_>>());
        let commits = self.witnesses.commits;
        let id = |index: usize| commits.measured[index].id.clone();
        let rule = rule.and_then(|line| self.rules.iter().find(|rule| rule.line == line));
        let worse = changes.iter().all(SeriesChange::is_worse);
        let finding = Finding {
            verdict: if worse { Verdict::Regressed } else { Verdict::Improved },
            attribution,
            attribution_reason: reason,
            returned,
            accepted: rule.map(|rule| Accepted { reason: rule.reason.clone(), line: rule.line }),
            not_accepted: if worse && rule.is_none() {
                changes.iter().find_map(|it| self.not_accepted(it))
            } else {
                None
            },
            from: id(from),
            to: id(to),
            culprit: location.as_ref().map(|location| id(location.at)),
            culprits: location.iter().flat_map(|location| location.interval.0..=to).map(id).collect(),
            change,
            change_per_commit: changes[0].per_commit,
            false_alarms: changes.iter().map(|change| change.false_alarms).max().flatten(),
            environment_diff: commits.environment_diff(from, to),
            unchanged: location.map_or_else(Vec::new, |location| self.unchanged(&changes, &location)),
            series: changes.iter().map(|change| self.member(change)).collect(),
        };
        (from, to, finding)
    }

    fn member(&self, change: &SeriesChange) -> Member {
        let series = self.series(change);
        let id = |index: usize| self.witnesses.commits.measured[index].id.clone();
        Member {
            key: series.key.clone(),
            topic: series.topic.clone(),
            verdict: change.verdict,
            returned: change.returned,
            resolved: change.is_worse() && self.is_resolved(change),
            from_zero: change.from_zero,
            change: change.change,
            from: id(if change.is_drift() { change.from } else { change.interval.0.saturating_sub(1) }),
            to: id(change.interval.1),
            culprit: (!change.is_drift()).then(|| id(change.to)),
            detected: id(change.detected),
            commit_index: change.to,
        }
    }

    /// Whether the later steps of its series, those of the machine aside, took back what got worse: less than half of it is
    /// left, and the intervals allow that nothing is.
    fn is_resolved(&self, change: &SeriesChange) -> bool {
        let series = self.series(change);
        let last = if change.is_drift() { change.ends.1 } else { change.ends.0 };
        let later = steps(change.series, series)
            .filter(|step| step.ends.0 > last && (!step.noise || lasts(series, step)))
            .filter(|step| self.witnesses.attribute(step).0 != Attribution::Machine);
        let logs = |of: Estimate| match series.direction {
            Direction::LowerIsBetter => (libm::log1p(of.center()), libm::log1p(of.low())),
            Direction::HigherIsBetter => (-libm::log1p(of.center()), -libm::log1p(of.high())),
        };
        let worse = logs(change.change);
        let left = later.map(|step| logs(step.change)).fold(worse, |sum, of| (sum.0 + of.0, sum.1 + of.1));
        let is_back = left.0 <= worse.0 / 2.0 && left.1 <= libm::log1p(CHANGE_SYSTEM);
        is_back && !rose_again(change.series, series, libm::exp(worse.0 / 2.0))
    }

    /// Where the times stayed what they were at other numbers of workers.
    fn unchanged(&self, changes: &[SeriesChange], location: &Location) -> Vec<Unchanged> {
        let mut changed: BTreeMap<BenchmarkId, BTreeSet<u64>> = BTreeMap::new();
        for change in changes {
            if let Some((benchmark, workers, _)) = split_workers(self.series(change)) {
                changed.entry(benchmark).or_default().insert(workers);
            }
        }
        let mut unchanged: BTreeMap<BenchmarkId, BTreeSet<u64>> = BTreeMap::new();
        let (low, high) = location.interval;
        for (number, series) in self.witnesses.series.iter().enumerate() {
            let (Some((benchmark, workers, Metric::WallTime)), Ok(trend)) = (split_workers(series), &series.trend)
            else {
                continue;
            };
            let commit = |observation: usize| series.observations[observation].commit_index;
            let stepped = steps(number, series).any(|step| step.reach.0 <= high && low <= step.reach.1);
            let drifted = trend.drifts.iter().any(|it| (commit(it.from)..=commit(it.to)).contains(&location.at));
            let is_other = changed.get(&benchmark).is_some_and(|changed| !changed.contains(&workers));
            if is_other && !stepped && !drifted {
                unchanged.entry(benchmark).or_default().insert(workers);
            }
        }
        let listed = |(benchmark, workers): (BenchmarkId, BTreeSet<u64>)| Unchanged {
            benchmark: benchmark.to_string(),
            workers: workers.into_iter().collect(),
        };
        unchanged.into_iter().map(listed).collect()
    }
}

/// The benchmark of a series without its number of workers, that number, and the metric.
fn split_workers(series: &Series) -> Option<(BenchmarkId, u64, Metric)> {
    let SeriesKey::Measured(benchmark, metric) = &series.key else { return None };
    let mut benchmark = benchmark.clone();
    let workers = benchmark.parameters.remove(WORKERS)?;
    Some((benchmark, workers, *metric))
}

/// The change of 1 ÷ a level that changed so.
fn inverse(change: Estimate) -> Estimate {
    let of = |change: f64| 1.0 / (1.0 + change) - 1.0;
    Estimate::new(of(change.center()), of(change.high()), of(change.low())).unwrap_or(change)
}

/// The geometric mean of changes, each inverted where it does not go the way of the first: a time that grows and an
/// efficiency that falls by as much are one change. Its interval is as wide as errors that all go one way make it. What
/// falls to zero falls by all of it, whatever changed along.
fn mean(changes: &[Estimate]) -> Estimate {
    let first = changes.first().copied().unwrap_or_else(|| Estimate::exact(0.0).expect("zero is finite"));
    if changes.iter().any(|change| change.center() <= -1.0) {
        return first;
    }
    let oriented: Vec<Estimate> = changes
        .iter()
        .map(|change| if (change.center() > 0.0) == (first.center() > 0.0) { *change } else { inverse(*change) })
        .collect();
    let mean = |of: fn(Estimate) -> f64| {
        stats::geometric_mean(&oriented.iter().map(|change| 1.0 + of(*change)).collect::<Vec<_>>())
            .map(|mean| mean - 1.0)
    };
    let center = mean(Estimate::center).unwrap_or(first.center());
    let [low, high] = [mean(Estimate::low), mean(Estimate::high)].map(|end| end.unwrap_or(center));
    Estimate::new(center, low.min(center), high.max(center)).unwrap_or(first)
}

/// Whether the level of all values up to the next step is nearer to what a step says than to the level before it.
fn lasts(series: &Series, step: &SeriesChange) -> bool {
    let points = || series.trend.iter().flat_map(|trend| &trend.change_points).map(|point| point.at);
    let at = step.ends.0;
    let before = points().filter(|&other| other < at).max().unwrap_or(0);
    let next = points().find(|&other| other > at).unwrap_or(series.observations.len());
    let level = |observations: &[Observation]| {
        stats::median(&observations.iter().map(|it| libm::log(it.value.center())).collect::<Vec<_>>())
    };
    let levels = level(&series.observations[before..at]).zip(level(&series.observations[at..next]));
    levels.is_some_and(|(before, after)| (after - before) / libm::log1p(step.change.center()) > 0.5)
}
