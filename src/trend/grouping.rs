//! Changes of several series with one cause.

use std::mem::discriminant;

use super::attribution::Witnesses;
use super::overlap::{Location, Reach, overlapping};
use super::series::Series;
use super::series_change::SeriesChange;
use crate::stats;
use crate::verdict::accept::{Claim, NotAccepted, accepted, not_accepted};
use crate::verdict::external::is_external;
use crate::verdict::policy::CHANGE_SYSTEM;
use crate::verdict::rules::Rule;
use crate::verdict::{Attribution, AttributionReason, Control, MachineEvidence};

/// Commits by which a rule may miss: it may name what an earlier version or fewer runs pointed at.
const RULE_SLACK: usize = 2;
/// Newest observations of a drift whose median is the level that it reached.
const REACHED: usize = 5;

/// Changes with one cause.
pub(super) struct Group {
    pub(super) changes: Vec<SeriesChange>,
    pub(super) attribution: Attribution,
    pub(super) reason: AttributionReason,
    pub(super) returned: bool,
    /// The line of the rule that accepts it.
    pub(super) rule: Option<usize>,
}

/// What the changes of a history are grouped by.
pub(super) struct FindingContext<'a> {
    pub(super) witnesses: Witnesses<'a>,
    pub(super) rules: &'a [Rule],
}

impl FindingContext<'_> {
    pub(super) fn series(&self, change: &SeriesChange) -> &Series {
        &self.witnesses.series[change.series]
    }

    fn is_external(&self, change: &SeriesChange) -> bool {
        is_external(&self.series(change).topic)
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

    /// The same of a step among those that may be of one commit: at the commits that all of its topic and metric allow, and the
    /// machine's only where it accounts for the middle one of them as well.
    fn attribute_among(&self, step: &SeriesChange, steps: &[SeriesChange]) -> (Attribution, AttributionReason) {
        let of = |step: &SeriesChange| (&self.series(step).topic, self.series(step).key.metric());
        let mut alike: Vec<&SeriesChange> = steps.iter().filter(|other| of(other) == of(step)).collect();
        alike.sort_by(|a, b| a.magnitude().total_cmp(&b.magnitude()));
        let reach = alike.iter().map(|step| step.reach).fold(step.reach, |a, b| (a.0.max(b.0), a.1.min(b.1)));
        let attribute = |step: &SeriesChange| self.attribute(&SeriesChange { reach, ..*step });
        let (own, middle) = (attribute(step), attribute(alike[(alike.len() - 1) / 2]));
        if own.0 == Attribution::Machine && middle.0 != Attribution::Machine { middle } else { own }
    }

    /// Steps by commit and direction, then by what they are attributed to.
    pub(super) fn steps(&self) -> Vec<Group> {
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
        for &step in &steps {
            match self.attribute_among(&step, &steps) {
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
    pub(super) fn drifts(&self) -> Vec<Group> {
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
        self.claimed(change, |claim| accepted(self.rules, claim, CHANGE_SYSTEM).map(|rule| rule.line))
    }

    /// Why a rule about a change at its commit does not accept it; rules of other commits are for other changes.
    pub(super) fn not_accepted(&self, change: &SeriesChange) -> Option<NotAccepted> {
        let why = self.claimed(change, |claim| not_accepted(self.rules, claim));
        why.filter(|why| !matches!(why, NotAccepted::Commit { .. }))
    }

    /// What the rules say of a change.
    fn claimed<T>(&self, change: &SeriesChange, ask: impl FnOnce(&Claim) -> Option<T>) -> Option<T> {
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
        ask(&Claim {
            benchmark: &series.key.benchmark(),
            metric: series.key.metric(),
            direction: series.direction,
            ratio: 1.0 + change.change.center(),
            level: stats::median(&reached)?,
            unit: series.key.unit(),
            commits,
        })
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
