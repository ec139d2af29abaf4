//! Slides grouped by cause.

use std::mem::discriminant;

use super::finding::{Control, FindingKind, Suspect};
use super::findings::{metric, one_way};
use super::ledger::SeriesKey;
use super::pace::is_paced;
use super::series::{History, Series};
use super::suspects::{is_calibrated, judged_floors};
use super::workers::is_parameter;
use crate::model::Estimate;
use crate::stats;
use crate::trend::drift::Drift;
use crate::trend::replay::{Policy, Trend, Unjudged};
use crate::verdict::accept::{Claim, accepted};
use crate::verdict::attribution::{explains, is_most_lower_bounds, is_of_the_system};
use crate::verdict::environment::EnvironmentChange;
use crate::verdict::external::is_external;
use crate::verdict::rules::Rule;

/// Newest observations of a slide whose median is the level that it reached.
const REACHED: usize = 5;

/// Slides that have one cause.
#[derive(Clone, Debug, PartialEq)]
pub struct Slide {
    /// What they mean.
    pub kind: FindingKind,
    /// Whether they are for the worse.
    pub worse: bool,
    /// The place of the first commit.
    pub from: usize,
    /// The place of the last commit so far.
    pub to: usize,
    /// The slides, the worst first.
    pub members: Vec<SlideMember>,
    /// Level at the end ÷ level at the beginning - 1, geometric mean over the members.
    pub effect: f64,
    /// Why it is the machine, where it is.
    pub suspect: Option<Suspect>,
    /// What else was otherwise at the end than at the beginning.
    pub changed: Vec<EnvironmentChange>,
    /// The line of the rule that accepts it, where one does.
    pub rule: Option<usize>,
}

impl Slide {
    /// The numbers of its series.
    pub fn series(&self) -> impl Iterator<Item = usize> {
        self.members.iter().map(|member| member.series)
    }
}

/// One slide.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SlideMember {
    /// The number of the series.
    pub series: usize,
    /// The place of the first commit.
    pub from: usize,
    /// The place of the last commit so far.
    pub to: usize,
    /// The slide, in places of the series.
    pub drift: Drift,
}

/// The slides of a history. Those of one direction, meaning and rule that have more than half of the shorter one's range
/// in common are told together.
pub(super) fn slides(
    history: &History,
    trends: &[Result<Trend, Unjudged>],
    policy: &Policy,
    rules: &[Rule],
) -> Vec<Slide> {
    let (mut members, mut controls) = (Vec::new(), Vec::new());
    for (number, (series, trend)) in history.series.iter().zip(trends).enumerate() {
        let commit = |place: usize| series.observed[place].commit;
        let found = trend.iter().flat_map(|trend| &trend.drifts).map(|&drift| SlideMember {
            series: number,
            from: commit(drift.from),
            to: commit(drift.to),
            drift,
        });
        match series.key {
            SeriesKey::Measured(..) => members.extend(found),
            SeriesKey::Calibrator { .. } => controls.extend(found),
        }
    }
    let floors: Vec<SlideMember> =
        members.iter().copied().filter(|member: &SlideMember| history.series[member.series].floor).collect();
    members.sort_by_key(|member| (member.from, member.to, member.series));
    let mut slides: Vec<Slide> = Vec::new();
    for member in members {
        let foreign = is_external(&history.series[member.series].topic);
        // Who it was with programs of others, is not asked.
        let suspect = if foreign { None } else { suspect(history, trends, &controls, &floors, &member) };
        let rule = if suspect.is_none() && !foreign { rule(history, &member, policy, rules) } else { None };
        let kind = match (suspect.is_none(), member.drift.worse, rule) {
            _ if foreign => FindingKind::Foreign,
            (false, ..) => FindingKind::Machine,
            (true, false, _) => FindingKind::Improvement,
            (true, true, None) => FindingKind::Regression,
            (true, true, Some(_)) => FindingKind::Accepted,
        };
        let joins = |slide: &&mut Slide| {
            (slide.kind, slide.worse, slide.rule) == (kind, member.drift.worse, rule)
                && slide.suspect.as_ref().map(discriminant) == suspect.as_ref().map(discriminant)
                && overlap((slide.from, slide.to), (member.from, member.to))
        };
        match slides.iter_mut().find(joins) {
            Some(slide) => slide.members.push(member),
            None => slides.push(Slide {
                kind,
                worse: member.drift.worse,
                from: member.from,
                to: member.to,
                members: vec![member],
                effect: 0.0,
                suspect,
                changed: history.commits.changes(member.from, member.to),
                rule,
            }),
        }
    }
    slides.iter_mut().for_each(|slide| finish(history, slide));
    let size = |slide: &Slide| libm::log1p(slide.effect).abs();
    slides.sort_by(|a, b| {
        (a.kind.cmp(&b.kind)).then(size(b).total_cmp(&size(a))).then((a.from, a.to).cmp(&(b.from, b.to)))
    });
    slides
}

fn finish(history: &History, slide: &mut Slide) {
    let size = |member: &SlideMember| libm::log1p(member.drift.total.center()).abs();
    let is_share = |member: &SlideMember| metric(&history.series[member.series]).is_some_and(is_parameter);
    slide
        .members
        .sort_by(|a, b| is_share(a).cmp(&is_share(b)).then(size(b).total_cmp(&size(a))).then(a.series.cmp(&b.series)));
    let told = slide.members.iter().filter(|member| is_share(member) == is_share(&slide.members[0]));
    let ratios = one_way(told.map(|member| 1.0 + member.drift.total.center()));
    slide.effect = stats::geometric_mean(&ratios).unwrap_or(1.0) - 1.0;
}

/// Who else it may have been: the calibrators of the topic that slid along, or most floors.
fn suspect(
    history: &History,
    trends: &[Result<Trend, Unjudged>],
    calibrators: &[SlideMember],
    floors: &[SlideMember],
    member: &SlideMember,
) -> Option<Suspect> {
    let series = &history.series[member.series];
    if metric(series).is_some_and(|metric| !is_of_the_system(metric)) {
        return None;
    }
    let of_topic = |control: &SlideMember| history.series[control.series].topic == series.topic;
    let ratio = |effect: Estimate| 1.0 + effect.center();
    let is_explained =
        |moved: &[Control]| explains(ratio(member.drift.total), moved.iter().map(|control| ratio(control.effect)));
    let moved = along(calibrators, member, of_topic);
    if is_paced(series) && is_explained(&moved) {
        return Some(Suspect::Calibrators(moved));
    }
    // Floors are code of ours too: they speak where no calibrator could, or where the system is otherwise as well.
    if is_calibrated(history, trends) && !history.commits.other_system(member.from, member.to) {
        return None;
    }
    let (of, judged) = judged_floors(history, trends, series)?;
    let mut moved = along(floors, member, |floor| metric(&history.series[floor.series]) == Some(of));
    moved.dedup_by_key(|floor| floor.series);
    (is_explained(&moved) && is_most_lower_bounds(moved.len(), judged)).then_some(Suspect::Floors(moved))
}

/// The controls that slid the same way at the same time, of those that may speak.
fn along(controls: &[SlideMember], member: &SlideMember, speaks: impl Fn(&SlideMember) -> bool) -> Vec<Control> {
    let along = controls.iter().filter(|control| {
        speaks(control)
            && (control.drift.total.center() > 0.0) == (member.drift.total.center() > 0.0)
            && overlap((control.from, control.to), (member.from, member.to))
    });
    along.map(|control| Control { series: control.series, effect: control.drift.total }).collect()
}

fn rule(history: &History, member: &SlideMember, policy: &Policy, rules: &[Rule]) -> Option<usize> {
    if rules.is_empty() {
        return None;
    }
    let series: &Series = &history.series[member.series];
    let SeriesKey::Measured(benchmark, metric) = &series.key else { return None };
    let end = member.drift.to + 1;
    let reached: Vec<f64> =
        series.observed[end.saturating_sub(REACHED)..end].iter().map(|observed| observed.value).collect();
    let claim = Claim {
        benchmark: &benchmark.to_string(),
        metric: *metric,
        ratio: 1.0 + member.drift.total.center(),
        level: stats::median(&reached)?,
        commits: history.commits.between(member.from, member.to, 0),
    };
    accepted(rules, &claim, policy.floor).map(|rule| rule.line)
}

/// Whether two ranges have more than half of the shorter one in common.
fn overlap(a: (usize, usize), b: (usize, usize)) -> bool {
    let common = (a.1.min(b.1) + 1).saturating_sub(a.0.max(b.0));
    let shorter = (a.1 - a.0).min(b.1 - b.0) + 1;
    2 * common > shorter
}
