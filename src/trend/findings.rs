//! Findings: changes of several series with one cause, what they are attributed to, and what of them is accepted.

use std::collections::{BTreeMap, BTreeSet};
use std::mem::discriminant;

use schemars::JsonSchema;
use serde::Serialize;
use strum::{IntoStaticStr, VariantArray};

use super::attribution::{WORKERS, Witnesses, is_parameter};
use super::change::Policy;
use super::false_alarms::FalseAlarmRate;
use super::run_index::{SeriesKey, SeriesName};
use super::series::{Commits, Series};
use super::series_change::{SeriesChange, drifts, steps};
use crate::model::{BenchmarkId, Direction, Estimate, Metric};
use crate::stats;
use crate::verdict::accept::{Claim, accepted};
use crate::verdict::external::is_external;
use crate::verdict::rules::Rule;
use crate::verdict::{Attribution, AttributionReason, Control, EnvironmentChange, MachineEvidence, Verdict};

/// Commits by which a rule may miss: it may name what an earlier version or fewer runs pointed at.
const RULE_SLACK: usize = 2;
/// Newest observations of a drift whose median is the level that it reached.
const REACHED: usize = 5;

/// Changes with one cause: steps that may be of one commit, or drifts at the same time.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Finding {
    /// What happened to its series.
    pub verdict: Verdict,
    /// What it is put down to.
    pub attribution: Attribution,
    /// Why.
    pub attribution_reason: AttributionReason,
    /// Whether most of it went back to a level that was left a short while ago.
    pub returned: bool,
    /// The rule that accepts it.
    pub accepted: Option<Accepted>,
    /// The last commit before the interval that holds the culprit in at least 95 %; of a drift, its first.
    pub from: String,
    /// The last commit of that interval; of a drift, its last so far.
    pub to: String,
    /// The most likely one in it; none of a drift.
    pub culprit: Option<String>,
    /// The measured commits of the interval; none of a drift.
    pub culprits: Vec<String>,
    /// New level ÷ old level − 1: the geometric means over the series.
    pub change: Estimate,
    /// Of a drift: the change of the first series from one commit to the next, as a share.
    pub change_per_commit: Option<f64>,
    /// How often independent noise alone looks like its rarest change at most; none for counts, which are exact.
    #[serde(rename = "false_alarms_per_1000_commits")]
    pub false_alarms: Option<FalseAlarmRate>,
    /// What else changed there.
    pub environment_diff: Vec<EnvironmentChange>,
    /// The series, the largest change first.
    pub series: Vec<Member>,
    /// Benchmarks that differ from these in their number of workers alone, and did not change.
    pub unchanged: Vec<Unchanged>,
}

/// The rule that accepts a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Accepted {
    pub reason: String,
    /// Its line in the file of rules.
    pub line: usize,
}

/// A change of one series.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Member {
    #[serde(flatten)]
    #[schemars(with = "SeriesName")]
    pub key: SeriesKey,
    pub topic: String,
    pub verdict: Verdict,
    pub returned: bool,
    /// Whether it went back to the level before it, by steps that followed.
    pub resolved: bool,
    /// As of its change point.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub from_zero: bool,
    pub change: Estimate,
    /// As in [`Finding`], of this series.
    pub from: String,
    pub to: String,
    pub culprit: Option<String>,
    /// The commit that revealed it.
    pub detected: String,
    /// The index of the culprit, of a drift of its last commit, among the measured commits.
    pub commit_index: usize,
}

/// Benchmarks without their number of workers, and the numbers of workers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Unchanged {
    pub benchmark: String,
    pub workers: Vec<u64>,
}

/// How a finding is counted and ordered: what to act on comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Category {
    /// The code got slower, or whatever is worse, and no rule accepts it.
    Regressed,
    /// The machine changed.
    Machine,
    /// A rule accepts the change.
    Accepted,
    /// The code got cheaper.
    Improved,
    /// A return to a level that was left a short while ago.
    Returned,
    /// A regression that went back.
    Resolved,
    /// Programs that are not ours changed.
    External,
}

impl Category {
    /// In their order.
    pub const ALL: &[Category] = Self::VARIANTS;

    /// The word for it.
    pub fn word(self) -> &'static str {
        self.into()
    }
}

impl Finding {
    /// How it is counted.
    pub fn category(&self) -> Category {
        match (self.attribution, self.verdict) {
            (Attribution::Machine, _) => Category::Machine,
            (Attribution::External, _) => Category::External,
            _ if self.accepted.is_some() => Category::Accepted,
            _ if self.returned => Category::Returned,
            (_, Verdict::Regressed) if self.is_resolved() => Category::Resolved,
            (_, Verdict::Regressed) => Category::Regressed,
            _ => Category::Improved,
        }
    }

    /// Whether all of its series went back to what they were.
    pub fn is_resolved(&self) -> bool {
        self.verdict == Verdict::Regressed && self.series.iter().all(|member| member.resolved)
    }

    /// The benchmarks in it, each once, the largest change first.
    pub fn benchmarks(&self) -> Vec<BenchmarkId> {
        let mut benchmarks: Vec<BenchmarkId> = Vec::new();
        for member in &self.series {
            if let SeriesKey::Measured(benchmark, _) = &member.key
                && !benchmarks.contains(benchmark)
            {
                benchmarks.push(benchmark.clone());
            }
        }
        benchmarks
    }
}

/// What the series of a history found together: steps and drifts.
pub(super) fn findings(
    commits: &Commits,
    series: &[Series],
    policy: &Policy,
    rules: &[Rule],
) -> (Vec<Finding>, Vec<Finding>) {
    let all = |of: &dyn Fn(usize, &Series) -> Vec<SeriesChange>| -> Vec<SeriesChange> {
        series.iter().enumerate().flat_map(|(number, series)| of(number, series)).collect()
    };
    let context = |changes| FindingContext { witnesses: Witnesses::new(commits, series, changes), policy, rules };
    let steps = context(all(&|number, series| steps(number, series).collect()));
    let drifts = context(all(&|number, series| drifts(number, series).collect()));
    (steps.sorted(steps.steps()), drifts.sorted(drifts.drifts()))
}

struct Group {
    changes: Vec<SeriesChange>,
    attribution: Attribution,
    reason: AttributionReason,
    returned: bool,
    /// The line of the rule that accepts it.
    rule: Option<usize>,
}

struct FindingContext<'a> {
    witnesses: Witnesses<'a>,
    policy: &'a Policy,
    rules: &'a [Rule],
}

impl FindingContext<'_> {
    fn series(&self, change: &SeriesChange) -> &Series {
        &self.witnesses.series[change.series]
    }

    fn is_external(&self, change: &SeriesChange) -> bool {
        is_external(&self.series(change).topic)
    }

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

    fn measured(&self) -> impl Iterator<Item = SeriesChange> {
        self.witnesses.changes.iter().copied().filter(|change| !self.series(change).is_reference())
    }

    fn attribute(&self, change: &SeriesChange) -> (Attribution, AttributionReason) {
        if self.is_external(change) {
            (Attribution::External, AttributionReason::External)
        } else {
            self.witnesses.attribute(change)
        }
    }

    /// Steps by commit and direction, then by what they are attributed to.
    fn steps(&self) -> Vec<Group> {
        let (external, own): (Vec<_>, Vec<_>) = self.measured().partition(|step| self.is_external(step));
        let mut groups: Vec<Group> = Vec::new();
        for group in self.overlapping(&own).flat_map(|steps| self.split(steps)) {
            match groups.iter_mut().find(|other| is_same_event(other, &group)) {
                Some(other) => group.changes.into_iter().for_each(|step| add(other, step, group.reason.clone())),
                None => groups.push(group),
            }
        }
        groups.extend(
            self.overlapping(&external).map(|steps| group(steps, (Attribution::External, AttributionReason::External))),
        );
        groups
    }

    fn overlapping(&self, steps: &[SeriesChange]) -> impl Iterator<Item = Vec<SeriesChange>> {
        let faster: Vec<SeriesChange> = steps.iter().copied().filter(|step| !step.is_worse()).collect();
        let lasting = |step: &SeriesChange| step.is_worse() && !self.witnesses.is_lost_lead(step, &faster);
        let reaches: Vec<Reach> =
            steps.iter().map(|step| Reach { commits: step.reach, at: step.to, worse: lasting(step) }).collect();
        overlapping(&reaches).into_iter().map(|group| group.into_iter().map(|number| steps[number]).collect())
    }

    /// The groups that overlapping steps make: one, or one for each cause where the machine or a rule accounts for some of them.
    fn split(&self, steps: Vec<SeriesChange>) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        let location = Location::of(&steps);
        if self.witnesses.commits.same_binaries(location.before(), location.interval.1) {
            let reason = AttributionReason::Machine(MachineEvidence::SameBinaries);
            return vec![group(steps, (Attribution::Machine, reason))];
        }
        let mut own: Option<Group> = None;
        for step in steps {
            match self.attribute(&step) {
                (Attribution::Machine, reason) => join(&mut groups, step, (Attribution::Machine, reason)),
                attributed => match &mut own {
                    Some(own) => {
                        own.changes.push(step);
                        own.attribution = own.attribution.max(attributed.0);
                    }
                    None => own = Some(group(vec![step], attributed)),
                },
            }
        }
        let Some(own) = own else { return groups };
        let returned = own.changes.iter().filter(|step| step.returned).count();
        if returned * 2 > own.changes.len() {
            groups.push(Group { returned: true, ..own });
        } else if !own.changes.iter().all(SeriesChange::is_worse) {
            groups.push(own);
        } else {
            let mut by_rule: Vec<(Option<usize>, Vec<SeriesChange>)> = Vec::new();
            for step in own.changes {
                let rule = self.rule(&step);
                match by_rule.iter_mut().find(|(other, _)| *other == rule) {
                    Some((_, steps)) => steps.push(step),
                    None => by_rule.push((rule, vec![step])),
                }
            }
            let attributed = (own.attribution, own.reason);
            groups.extend(by_rule.into_iter().map(|(rule, steps)| Group { rule, ..group(steps, attributed.clone()) }));
        }
        groups
    }

    /// Drifts of one direction, attribution and rule at the same time.
    fn drifts(&self) -> Vec<Group> {
        let mut drifts: Vec<SeriesChange> = self.measured().collect();
        drifts.sort_by_key(|drift| (drift.from, drift.to, drift.series));
        let mut groups: Vec<Group> = Vec::new();
        for drift in drifts {
            let (attribution, reason) = self.attribute(&drift);
            let is_own = !matches!(attribution, Attribution::External | Attribution::Machine);
            let rule = if is_own && drift.is_worse() { self.rule(&drift) } else { None };
            let joins = |group: &&mut Group| {
                let first = &group.changes[0];
                (group.attribution, first.verdict, group.rule) == (attribution, drift.verdict, rule)
                    && is_alike(&group.reason, &reason)
                    && first.coincides(&drift)
            };
            match groups.iter_mut().find(joins) {
                Some(group) => add(group, drift, reason),
                None => groups.push(Group { rule, ..group(vec![drift], (attribution, reason)) }),
            }
        }
        groups
    }

    fn rule(&self, change: &SeriesChange) -> Option<usize> {
        if self.rules.is_empty() {
            return None;
        }
        let series = self.series(change);
        let commits = self.witnesses.commits;
        let (reached, commits) = if change.is_drift() {
            let end = change.ends.1 + 1;
            (end.saturating_sub(REACHED)..end, commits.between(change.from, change.to))
        } else {
            let points = series.trend.as_ref().ok()?.change_points.iter().map(|point| point.at);
            let end = points.filter(|&next| next > change.ends.0).min().unwrap_or(series.observations.len());
            let (first, last) = change.reach;
            (change.ends.0..end, commits.between(first.saturating_sub(RULE_SLACK), last + RULE_SLACK))
        };
        let reached: Vec<f64> =
            series.observations[reached].iter().map(|observation| observation.value.center()).collect();
        let claim = Claim {
            benchmark: &series.key.benchmark(),
            metric: series.key.metric(),
            direction: series.direction,
            ratio: 1.0 + change.change.center(),
            level: stats::median(&reached)?,
            commits,
        };
        accepted(self.rules, &claim, self.policy.threshold).map(|rule| rule.line)
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
        let alike: Vec<Estimate> = (changes.iter().filter(|change| is_share(change) == is_share(&changes[0])))
            .map(|change| change.change)
            .collect();
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
            from: id(from),
            to: id(to),
            culprit: location.as_ref().map(|location| id(location.at)),
            culprits: location.iter().flat_map(|location| location.interval.0..=to).map(id).collect(),
            change: mean(&alike),
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
            .filter(|step| step.ends.0 > last && self.witnesses.attribute(step).0 != Attribution::Machine);
        let logs = |of: Estimate| match series.direction {
            Direction::LowerIsBetter => (libm::log1p(of.center()), libm::log1p(of.low())),
            Direction::HigherIsBetter => (-libm::log1p(of.center()), -libm::log1p(of.high())),
        };
        let worse = logs(change.change);
        let left = later.map(|step| logs(step.change)).fold(worse, |sum, of| (sum.0 + of.0, sum.1 + of.1));
        left.0 <= worse.0 / 2.0 && left.1 <= libm::log1p(self.policy.threshold)
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

fn group(changes: Vec<SeriesChange>, (attribution, reason): (Attribution, AttributionReason)) -> Group {
    Group { changes, attribution, reason, returned: false, rule: None }
}

/// Adds a change to the group of its kind of reason.
fn join(groups: &mut Vec<Group>, change: SeriesChange, attributed: (Attribution, AttributionReason)) {
    match groups.iter_mut().find(|group| is_alike(&group.reason, &attributed.1)) {
        Some(group) => add(group, change, attributed.1),
        None => groups.push(group(vec![change], attributed)),
    }
}

fn is_alike(a: &AttributionReason, b: &AttributionReason) -> bool {
    match (a, b) {
        (AttributionReason::Machine(a), AttributionReason::Machine(b)) => discriminant(a) == discriminant(b),
        _ => discriminant(a) == discriminant(b),
    }
}

/// Adds a change, and what attributes it, to a group of the same kind of reason.
fn add(group: &mut Group, change: SeriesChange, reason: AttributionReason) {
    group.changes.push(change);
    if let (AttributionReason::Machine(known), AttributionReason::Machine(more)) = (&mut group.reason, reason) {
        use MachineEvidence::{LowerBounds, References};
        if let (References(known), References(more))
        | (LowerBounds { changed: known, .. }, LowerBounds { changed: more, .. }) = (known, more)
        {
            let new: Vec<Control> = more.into_iter().filter(|control| !known.contains(control)).collect();
            known.extend(new);
        }
    }
}

/// The benchmark of a series without its number of workers, that number, and the metric.
fn split_workers(series: &Series) -> Option<(BenchmarkId, u64, Metric)> {
    let SeriesKey::Measured(benchmark, metric) = &series.key else { return None };
    let mut benchmark = benchmark.clone();
    let workers = benchmark.parameters.remove(WORKERS)?;
    Some((benchmark, workers, *metric))
}

/// The geometric mean of changes, each inverted where it does not go the way of the first: a time that grows and an
/// efficiency that falls by as much are one change. Its interval is as wide as errors that all go one way make it.
fn mean(changes: &[Estimate]) -> Estimate {
    let grew = changes.first().is_some_and(|first| first.center() > 0.0);
    let mean = |pick: fn(Estimate) -> f64, inverse: fn(Estimate) -> f64| {
        let ratio = |change: &Estimate| {
            if (change.center() > 0.0) == grew { 1.0 + pick(*change) } else { 1.0 / (1.0 + inverse(*change)) }
        };
        stats::geometric_mean(&changes.iter().map(ratio).collect::<Vec<_>>()).map(|mean| mean - 1.0)
    };
    let center = mean(Estimate::center, Estimate::center).unwrap_or(0.0);
    let low = mean(Estimate::low, Estimate::high).unwrap_or(center).min(center);
    let high = mean(Estimate::high, Estimate::low).unwrap_or(center).max(center);
    Estimate::new(center, low, high).unwrap_or_else(|_| Estimate::exact(0.0).expect("zero is finite"))
}

/// Whether two groups are one event: the machine, seen by the same controls, in series that were measured before and after
/// it in one run.
fn is_same_event(a: &Group, b: &Group) -> bool {
    let (of_a, of_b) = (&a.changes[0], &b.changes[0]);
    let is_machine = (a.attribution, b.attribution) == (Attribution::Machine, Attribution::Machine);
    is_machine
        && is_alike(&a.reason, &b.reason)
        && of_a.verdict == of_b.verdict
        && a.changes.iter().any(|a| b.changes.iter().any(|b| a.coincides(b)))
}

struct Location {
    /// The commit that most of them have, the earliest of several.
    at: usize,
    /// The first and the last commit that it may be.
    interval: (usize, usize),
}

impl Location {
    /// Of one step its own interval; of several what all of them allow, as far as each may be off.
    fn of(steps: &[SeriesChange]) -> Self {
        let count = |at: usize| steps.iter().filter(|step| step.to == at).count();
        let mut commits: Vec<usize> = steps.iter().map(|step| step.to).collect();
        commits.sort_unstable();
        let at = commits.iter().rev().copied().max_by_key(|&at| count(at)).unwrap_or_default();
        let common = |reaches: &mut dyn Iterator<Item = (usize, usize)>| {
            reaches.fold((0, usize::MAX), |(low, high), reach| (low.max(reach.0), high.min(reach.1)))
        };
        let (low, high) = match steps {
            [step] => step.interval,
            _ => common(&mut steps.iter().map(|step| step.reach)),
        };
        Self { at, interval: (low.min(at), high.max(at)) }
    }

    /// The last commit before the interval.
    fn before(&self) -> usize {
        self.interval.0.saturating_sub(1)
    }
}

#[derive(Clone, Copy, Debug)]
struct Reach {
    commits: (usize, usize),
    /// The most likely of them.
    at: usize,
    worse: bool,
}

/// Groups of steps, by their numbers: around the commit that most steps of a direction allow, all of those; then the next,
/// until none is left. So a group is never a chain of neighbours without a commit in common.
fn overlapping(steps: &[Reach]) -> Vec<Vec<usize>> {
    let mut groups = Vec::new();
    for direction in [true, false] {
        let mut left: Vec<usize> = (0..steps.len()).filter(|&number| steps[number].worse == direction).collect();
        while let Some(center) = center(left.iter().map(|&number| steps[number])) {
            let (group, others) = left.into_iter().partition(|&number| steps[number].allows(center));
            groups.push(group);
            left = others;
        }
    }
    groups
}

/// The commit that most steps allow, of several the one that is the likeliest of most, and then the earliest.
fn center(steps: impl Iterator<Item = Reach> + Clone) -> Option<usize> {
    let votes = |commit: usize| {
        let allowing = steps.clone().filter(|step| step.allows(commit)).count();
        (allowing, steps.clone().filter(|step| step.at == commit).count())
    };
    let mut commits: Vec<usize> = steps.clone().map(|step| step.at).collect();
    commits.sort_unstable();
    commits.dedup();
    commits.into_iter().rev().max_by_key(|&commit| votes(commit))
}

impl Reach {
    fn allows(&self, commit: usize) -> bool {
        (self.commits.0..=self.commits.1).contains(&commit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_have_changed_together_is_one_group() {
        type Case<'a> = (&'a str, &'a [(usize, usize, usize, bool)], &'a [&'a [usize]]);
        let cases: [Case; 7] = [
            ("nothing", &[], &[]),
            ("one commit", &[(7, 7, 7, true), (7, 7, 7, true)], &[&[0, 1]]),
            ("intervals that overlap", &[(6, 7, 9, true), (7, 8, 8, true)], &[&[0, 1]]),
            ("neighbours that are sure", &[(7, 7, 7, true), (8, 8, 8, true)], &[&[0], &[1]]),
            ("another direction", &[(7, 7, 7, true), (7, 7, 7, false)], &[&[0], &[1]]),
            ("most of them decide", &[(1, 3, 9, true), (7, 7, 7, true), (7, 8, 8, true)], &[&[0, 1, 2]]),
            (
                "a chain is cut where most steps are",
                &[(1, 2, 4, true), (4, 4, 6, true), (5, 5, 7, true), (6, 6, 7, true)],
                &[&[1, 2, 3], &[0]],
            ),
        ];
        for (name, steps, expected) in cases {
            let reaches: Vec<Reach> =
                steps.iter().map(|&(low, at, high, worse)| Reach { commits: (low, high), at, worse }).collect();
            assert_eq!(overlapping(&reaches), expected, "{name}");
        }
    }
}
