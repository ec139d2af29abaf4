//! Every series: a card with its newest value and verdict, and all its values for the script, which draws them on demand.

use std::collections::BTreeMap;

use serde::Serialize;

use super::changes::{StatusView, change_text, findings_of, machine_of, status};
use super::figures::Packed;
use super::figures::{Figures, FindingMark, HistoryFigure, SampleBox};
use super::view::series_id;
use crate::model::{Estimate, Measurement, Metric, PERCENTILES, Run, topics};
use crate::report::number::{interval, is_detectable, plural};
use crate::report::page::{Note, NoteKind};
use crate::report::pages::{commit_name, culprits};
use crate::trend::{Finding, History, Member, Series, SeriesKey, SkipReason};
use crate::verdict::policy::DETECTABLE_MAX;

/// The most runs whose samples are drawn for a series.
const BOXES_MAX: usize = 3;

#[derive(Serialize)]
pub(super) struct TopicView {
    topic: String,
    question: &'static str,
    /// How many of them have findings.
    changed: usize,
    cards: Vec<Card>,
}

#[derive(Serialize)]
struct Card {
    id: String,
    name: String,
    /// Where there are several.
    machine: Option<String>,
    metric: &'static str,
    latest: String,
    status: Option<StatusView>,
    /// At which commits it changed.
    changes: Vec<String>,
}

/// The series of all machines by topic; in each topic those with findings first.
pub(super) fn series(histories: &[&History], runs: &[&Run], figures: &mut Figures) -> Vec<TopicView> {
    let boxes = boxes(runs, figures);
    figures.commits = histories.iter().map(|history| commits(history)).collect();
    let all = histories.iter().enumerate().flat_map(|(machine, &history)| {
        history.series.iter().map(move |series| (machine, history, series, findings_of(history, &series.key)))
    });
    let mut all: Vec<_> = all.collect();
    let rank = |topic: &str| topics::TOPICS.iter().position(|it| it.name == topic).unwrap_or(usize::MAX);
    all.sort_by(|(_, _, a, in_a), (_, _, b, in_b)| {
        let key = |series: &Series, changed: bool| (rank(&series.topic), series.topic.clone(), !changed);
        key(a, !in_a.is_empty()).cmp(&key(b, !in_b.is_empty()))
    });
    let (named, mut views) = (histories.len() > 1, Vec::<TopicView>::new());
    for (machine, history, series, findings) in all {
        if views.last().is_none_or(|view| view.topic != series.topic) {
            let question = topics::topic(&series.topic).map_or("", |topic| topic.question);
            views.push(TopicView { topic: series.topic.clone(), question, changed: 0, cards: Vec::new() });
        }
        let view = views.last_mut().expect("one was just pushed");
        view.changed += usize::from(!findings.is_empty());
        view.cards
            .push(Card { machine: named.then(|| machine_of(history).to_owned()), ..card(history, series, &findings) });
        let samples = boxes.get(&(machine_of(history), series.key.to_string()));
        let boxes = samples.cloned().unwrap_or_default();
        figures.histories.push(HistoryFigure { boxes, ..figure(machine, history, series, &findings) });
    }
    views
}

/// The samples of the newest runs of each machine, by machine and series.
fn boxes<'a>(runs: &[&'a Run], figures: &mut Figures) -> BTreeMap<(&'a str, String), Vec<SampleBox>> {
    let mut newest = runs.to_vec();
    newest.sort_by(|a, b| b.started.cmp(&a.started));
    let mut boxes: BTreeMap<_, Vec<SampleBox>> = BTreeMap::new();
    for run in newest {
        let name = format!("run {} of {}", run.id, run.started);
        let number = figures.runs.len();
        let is_drawn = |it: &&Measurement| it.percentiles.len() == PERCENTILES.len() && it.percentiles.is_sorted();
        for measurement in run.measurements.iter().filter(is_drawn) {
            let key = SeriesKey::Measured(measurement.benchmark.clone(), measurement.metric).to_string();
            let of_series = boxes.entry((run.machine.key.as_str(), key)).or_default();
            if of_series.len() < BOXES_MAX {
                of_series.push(SampleBox { run: number, ends: measurement.percentiles.clone() });
            }
        }
        figures.runs.push(name);
    }
    boxes
}

/// How many runs are not part of the histories, and why.
pub(super) fn skipped_runs(histories: &[&History]) -> Vec<Note> {
    let mut counts: BTreeMap<SkipReason, usize> = BTreeMap::new();
    for skipped in histories.iter().flat_map(|history| history.skipped_runs()) {
        *counts.entry(skipped.reason).or_default() += skipped.count;
    }
    let note = |(reason, count): (SkipReason, usize)| Note {
        kind: NoteKind::Skipped,
        subjects: vec![plural(count, "run")],
        count,
        text: reason.to_string(),
    };
    counts.into_iter().map(note).collect()
}

/// The commits as they are named: twelve digits and a day.
fn commits(history: &History) -> Vec<String> {
    let name = |commit: &crate::trend::MeasuredCommit| {
        let day: String = commit.time.as_deref().unwrap_or_default().chars().take(10).collect();
        format!("{} {day}", commit_name(&commit.id))
    };
    history.commits.measured.iter().map(name).collect()
}

fn card(history: &History, series: &Series, findings: &[(&Finding, &Member)]) -> Card {
    let change = |(finding, _): &(&Finding, &Member)| {
        let which = if findings.len() > 1 { format!("{} ", status(finding).text) } else { String::new() };
        format!("{which}at {}, attributed to {}", culprits(finding), finding.attribution.word())
    };
    Card {
        id: series_id(machine_of(history), &series.key, &series.topic),
        name: series.key.benchmark(),
        machine: None,
        metric: series.key.metric().map_or("", Metric::name),
        latest: series.observations.last().map_or(String::new(), |newest| interval(newest.value, series.key.unit())),
        status: status_of(series, findings),
        changes: findings.iter().map(change).collect(),
    }
}

/// One value is no history, so that there is nothing to say of it.
fn status_of(series: &Series, findings: &[(&Finding, &Member)]) -> Option<StatusView> {
    match (&series.trend, findings.first()) {
        _ if series.observations.len() < 2 => None,
        (_, Some((finding, _))) => Some(status(finding)),
        (Ok(trend), None) if !is_detectable(trend.min_detectable_change) => Some(StatusView {
            class: "same",
            text: format!("· unchanged, though no change below {DETECTABLE_MAX}× would be found"),
        }),
        (Ok(_), None) => Some(StatusView { class: "same", text: "· unchanged".to_owned() }),
        (Err(reason), None) => Some(StatusView { class: "same", text: format!("? not judged: {reason}") }),
    }
}

fn figure(machine: usize, history: &History, series: &Series, findings: &[(&Finding, &Member)]) -> HistoryFigure {
    let mut values: Vec<Option<Estimate>> = vec![None; history.commits.measured.len()];
    series.observations.iter().for_each(|observation| values[observation.commit_index] = Some(observation.value));
    let mark = |(finding, member): &(&Finding, &Member)| FindingMark {
        at: member.commit_index,
        class: status(finding).class,
        text: change_text(member, member.change),
    };
    let trend = series.trend.as_ref().ok();
    HistoryFigure {
        machine,
        unit: series.key.unit().to_owned(),
        values: Packed::new(&values),
        marks: findings.iter().map(mark).collect(),
        boxes: Vec::new(),
        detectable: trend
            .map(|trend| trend.min_detectable_change)
            .filter(|change| is_detectable(*change))
            .map(|change| (change * 1e3).round() / 10.0),
    }
}
