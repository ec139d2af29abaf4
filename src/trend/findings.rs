//! Groups shifts by cause, and says what each group means.

use std::collections::BTreeSet;

use super::finding::{Control, Finding, FindingKind, Member, Suspect};
use super::group::{NEAR, groups};
use super::ledger::SeriesKey;
use super::series::{History, Series};
use super::suspects::{is_calibrated, is_sharp, moved_calibrators, moved_floors, same_code};
use super::workers::{is_lost_lead, is_parameter};
use crate::model::{Direction, Estimate, Metric};
use crate::stats;
use crate::trend::replay::{Alert, AlertKind, Policy, Trend, Unjudged};
use crate::verdict::accept::{Claim, accepted};
use crate::verdict::attribution::{explains, is_most, is_of_the_system, is_paced};
use crate::verdict::external::is_external;
use crate::verdict::rules::Rule;

/// What the series of a history found together. Steps in the course of a slide are the slide's and not here.
pub(super) fn findings(
    history: &History,
    trends: &[Result<Trend, Unjudged>],
    policy: &Policy,
    rules: &[Rule],
) -> Vec<Finding> {
    let (mut members, mut controls, mut foreign) = (Vec::new(), Vec::new(), Vec::new());
    for (number, (series, trend)) in history.series.iter().zip(trends).enumerate() {
        let Ok(trend) = trend else { continue };
        let alone = trend.alerts.iter().filter(|alert| !trend.drifts.iter().any(|drift| drift.explains(alert)));
        let found = alone.map(|&alert| member(number, series, alert));
        match series.key {
            SeriesKey::Measured(..) if is_external(&series.topic) => foreign.extend(found),
            SeriesKey::Measured(..) => members.extend(found),
            SeriesKey::Calibrator { .. } => controls.extend(found),
        }
    }
    let floors = members.iter().copied().filter(|member| history.series[member.series].floor).collect();
    let house = House { history, trends, policy, rules, controls, floors };
    let mut findings: Vec<Finding> = house.groups(&members).flat_map(|group| house.tell(group)).collect();
    findings.extend(house.groups(&foreign).map(|group| house.finding(FindingKind::Foreign, group, None, None)));
    let size = |finding: &Finding| libm::log1p(finding.effect).abs();
    findings.sort_by(|a, b| {
        (a.kind.cmp(&b.kind)).then(size(b).total_cmp(&size(a))).then((a.at, a.worse).cmp(&(b.at, b.worse)))
    });
    findings
}

fn member(number: usize, series: &Series, alert: Alert) -> Member {
    let commit = |place: usize| series.observed[place].commit;
    Member {
        series: number,
        before: commit(alert.change_index.saturating_sub(1)),
        at: commit(alert.change_index),
        seen: commit(alert.alert_index),
        alert,
    }
}

/// Everything that a group is judged by.
struct House<'a> {
    history: &'a History,
    trends: &'a [Result<Trend, Unjudged>],
    policy: &'a Policy,
    rules: &'a [Rule],
    /// The shifts of the calibrators.
    controls: Vec<Member>,
    /// The shifts of the floors.
    floors: Vec<Member>,
}

impl House<'_> {
    fn worse(&self, member: &Member) -> bool {
        let direction = metric(self.series(member)).map_or(Direction::LowerIsBetter, Metric::direction);
        (member.alert.effect.center() > 0.0) == (direction == Direction::LowerIsBetter)
    }

    /// The shifts by place and direction.
    fn groups(&self, members: &[Member]) -> impl Iterator<Item = Vec<Member>> {
        let faster: Vec<Member> = members.iter().copied().filter(|member| !self.worse(member)).collect();
        let lasting = |member: &Member| self.worse(member) && !is_lost_lead(self.history, member, &faster);
        let moves: Vec<(usize, bool)> = members.iter().map(|member| (member.at, lasting(member))).collect();
        groups(&moves).into_iter().map(|group| group.into_iter().map(|number| members[number]).collect())
    }

    fn series(&self, member: &Member) -> &Series {
        &self.history.series[member.series]
    }

    /// The findings that a group of shifts makes: one, or one for each cause where the machine or a rule accounts for
    /// some of the members alone.
    fn tell(&self, members: Vec<Member>) -> Vec<Finding> {
        let mut found = Vec::new();
        let (before, at) = place(&members);
        // Those that cannot be off by a commit say where it was, if it was there; the others go along.
        let (here, beside): (Vec<Member>, Vec<Member>) = members.into_iter().partition(|member| {
            !is_sharp(self.series(member), &member.alert) || (member.before, member.at) == (before, at)
        });
        let sharp = here.iter().any(|member| is_sharp(self.series(member), &member.alert));
        let members = if same_code(&self.history.commits, before, at, sharp) {
            found.push(self.finding(FindingKind::Machine, here, Some(Suspect::SameCode), None));
            beside
        } else {
            here.into_iter().chain(beside).collect()
        };
        if members.is_empty() {
            return found;
        }
        let (machine, rest) = self.part(members, is_paced, |member| self.moved(member));
        if let Some(controls) = controls(&machine) {
            let members = machine.into_iter().map(|(member, _)| member).collect();
            found.push(self.finding(FindingKind::Machine, members, Some(Suspect::Calibrators(controls)), None));
        }
        let (machine, rest) = self.part(rest, is_of_the_system, |member| self.moved_floors(member));
        if let Some(controls) = controls(&machine) {
            let members = machine.into_iter().map(|(member, _)| member).collect();
            found.push(self.finding(FindingKind::Machine, members, Some(Suspect::Floors(controls)), None));
        }
        if rest.is_empty() {
            return found;
        }
        let (paced, counted): (Vec<_>, Vec<_>) =
            rest.iter().partition(|member| metric(self.series(member)).is_some_and(is_paced));
        let rest = match self.most(&paced) {
            Some(most) => {
                found.push(self.finding(FindingKind::Machine, paced, Some(most), None));
                counted
            }
            None => rest,
        };
        if rest.is_empty() {
            return found;
        }
        let returns = rest.iter().filter(|member| member.alert.kind == AlertKind::Return).count();
        if returns * 2 > rest.len() {
            found.push(self.finding(FindingKind::Return, rest, None, None));
        } else if !rest.iter().all(|member| self.worse(member)) {
            found.push(self.finding(FindingKind::Improvement, rest, None, None));
        } else {
            found.extend(self.accept(rest));
        }
        found
    }

    /// Regressions by the rule that accepts them, and those that none does.
    fn accept(&self, members: Vec<Member>) -> Vec<Finding> {
        let mut by_rule: Vec<(Option<usize>, Vec<Member>)> = Vec::new();
        for member in members {
            let rule = self.rule(&member);
            match by_rule.iter_mut().find(|(other, _)| *other == rule) {
                Some((_, members)) => members.push(member),
                None => by_rule.push((rule, vec![member])),
            }
        }
        let finding = |(rule, members): (Option<usize>, _)| {
            let kind = if rule.is_some() { FindingKind::Accepted } else { FindingKind::Regression };
            self.finding(kind, members, None, rule)
        };
        by_rule.into_iter().map(finding).collect()
    }

    fn rule(&self, member: &Member) -> Option<usize> {
        if self.rules.is_empty() {
            return None;
        }
        let series = self.series(member);
        let SeriesKey::Measured(benchmark, metric) = &series.key else { return None };
        let next = self.trends[member.series].as_ref().ok()?.alerts.iter().map(|alert| alert.change_index);
        let end = next.filter(|&next| next > member.alert.change_index).min().unwrap_or(series.observed.len());
        let reached: Vec<f64> =
            series.observed[member.alert.change_index..end].iter().map(|observed| observed.value).collect();
        let claim = Claim {
            benchmark: &benchmark.to_string(),
            metric: *metric,
            ratio: 1.0 + member.alert.effect.center(),
            level: stats::median(&reached)?,
            commits: self.history.commits.between(member.before + 1, member.at, NEAR),
        };
        accepted(self.rules, &claim, self.policy.floor).map(|rule| rule.line)
    }

    /// Parts the shifts that `moved` accounts for, with what did, from the rest; in metrics that it `moves` at all.
    fn part(
        &self,
        members: Vec<Member>,
        moves: fn(Metric) -> bool,
        moved: impl Fn(&Member) -> Vec<Control>,
    ) -> (Vec<(Member, Vec<Control>)>, Vec<Member>) {
        let (mut explained, mut rest) = (Vec::new(), Vec::new());
        for member in members {
            let controls = moved(&member);
            let ratio = |effect: Estimate| 1.0 + effect.center();
            let is_explained = explains(ratio(member.alert.effect), controls.iter().map(|it| ratio(it.effect)));
            if metric(self.series(&member)).is_none_or(moves) && is_explained {
                explained.push((member, controls));
            } else {
                rest.push(member);
            }
        }
        (explained, rest)
    }

    fn moved(&self, member: &Member) -> Vec<Control> {
        let (series, effect) = (self.series(member), member.alert.effect);
        moved_calibrators(self.history, self.trends, &self.controls, series, member.at, effect)
    }

    /// The floors that moved along, where they may tell.
    ///
    /// They are code of ours too. So they speak only where no calibrator could, or where something that is not the code was
    /// otherwise as well; else a slip in what all workloads share would pass for the machine.
    fn moved_floors(&self, member: &Member) -> Vec<Control> {
        let commits = &self.history.commits;
        if is_calibrated(self.history, self.trends) && !commits.other_system(member.before, member.at) {
            return Vec::new();
        }
        let (series, effect) = (self.series(member), member.alert.effect);
        moved_floors(self.history, self.trends, &self.floors, series, member.at, effect)
    }

    /// Whether most series shifted, and nothing but their number can tell why.
    fn most(&self, members: &[Member]) -> Option<Suspect> {
        if is_calibrated(self.history, self.trends) {
            return None;
        }
        let both = self.history.series.iter().zip(self.trends);
        let is_asked = |series: &Series| metric(series).is_some_and(is_paced) && !is_external(&series.topic);
        let judged = both.filter(|(series, trend)| trend.is_ok() && is_asked(series)).count();
        let shifted = members.iter().map(|member| member.series).collect::<BTreeSet<_>>().len();
        is_most(shifted, judged).then_some(Suspect::MostSeries { shifted, judged })
    }

    fn finding(
        &self,
        kind: FindingKind,
        mut members: Vec<Member>,
        suspect: Option<Suspect>,
        rule: Option<usize>,
    ) -> Finding {
        let size = |member: &Member| libm::log1p(member.alert.effect.center()).abs();
        // A share of two hundredths that doubles is a small loss by a large factor: it tells why, and not how much.
        let is_share = |member: &Member| metric(self.series(member)).is_some_and(is_parameter);
        members.sort_by(|a, b| {
            is_share(a).cmp(&is_share(b)).then(size(b).total_cmp(&size(a))).then(a.series.cmp(&b.series))
        });
        let (before, at) = place(&members);
        let told = members.iter().filter(|member| is_share(member) == is_share(&members[0]));
        let ratios = one_way(told.map(|member| 1.0 + member.alert.effect.center()));
        Finding {
            kind,
            worse: members.iter().all(|member| self.worse(member)),
            before,
            at,
            effect: stats::geometric_mean(&ratios).unwrap_or(1.0) - 1.0,
            hazard: members.iter().map(|member| member.alert.hazard).max().unwrap_or_default(),
            suspect,
            changed: self.history.commits.changes(before, at),
            rule,
            members,
        }
    }
}

/// All that accounts for some of the members, each once; none where there are no members.
fn controls(explained: &[(Member, Vec<Control>)]) -> Option<Vec<Control>> {
    let mut controls: Vec<Control> = Vec::new();
    for control in explained.iter().flat_map(|(_, controls)| controls) {
        if !controls.contains(control) {
            controls.push(*control);
        }
    }
    controls.sort_by_key(|control| control.series);
    (!controls.is_empty()).then_some(controls)
}

/// Ratios of changes that mean the same, each turned round where it does not go the way of the first: a time that grows
/// and an efficiency that falls by as much are one change.
pub(super) fn one_way(ratios: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut ratios: Vec<f64> = ratios.collect();
    let grew = ratios.first().is_some_and(|first| *first > 1.0);
    ratios.iter_mut().filter(|ratio| (**ratio > 1.0) != grew).for_each(|ratio| *ratio = 1.0 / *ratio);
    ratios
}

pub(super) fn metric(series: &Series) -> Option<Metric> {
    match series.key {
        SeriesKey::Measured(_, metric) => Some(metric),
        SeriesKey::Calibrator { .. } => None,
    }
}

/// The last commit before a group, and the one at which most of it shifted, the earliest of several.
fn place(members: &[Member]) -> (usize, usize) {
    let count = |at: usize| members.iter().filter(|member| member.at == at).count();
    let mut places: Vec<usize> = members.iter().map(|member| member.at).collect();
    places.sort_unstable();
    let at = places.iter().rev().copied().max_by_key(|&at| count(at)).unwrap_or_default();
    let before = members.iter().filter(|member| member.at == at).map(|member| member.before).max();
    (before.unwrap_or_default(), at)
}
