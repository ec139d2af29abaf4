//! The first part of the page: what moved, and what threads and processes cost.

use std::collections::BTreeMap;

use serde::Serialize;

use super::changes::{Change, Chart, Verdict};
use super::history::History;
use super::ladder::{Ladder, ladder};
use super::view::{SectionView, section};
use crate::advise::answer::answer;
use crate::advise::{Pair, summary};
use crate::model::Metric;
use crate::report::Section;
use crate::report::pages::{answer_sections, summary_page};
use crate::trend::AlertKind;
use crate::verdict::is_external;

/// The most changes in the list of the first part.
const CHANGES_MAX: usize = 15;
/// The most machines whose prices are drawn: the others are in the table of machines.
const MACHINES_MAX: usize = 6;

/// The first part of the page.
#[derive(Serialize)]
pub(super) struct Overview {
    verdict: Verdict,
    /// The changes that are drawn, the largest first.
    changes: Vec<Listed>,
    /// How many more there are.
    more: usize,
    machines: Vec<Machine>,
    /// Machines whose prices are not drawn.
    left: usize,
}

/// A change in the list.
#[derive(Serialize)]
struct Listed {
    id: String,
    name: String,
    metric: String,
    machine: String,
    change: Change,
}

/// What one machine's newest run says.
#[derive(Serialize)]
struct Machine {
    key: String,
    run: String,
    /// Threads or processes, where the run can tell.
    answer: Vec<SectionView>,
    ladders: Vec<Ladder>,
    /// The same and the rest in words and numbers.
    sections: Vec<SectionView>,
}

/// The first part, of histories and of the charts that are drawn of them.
pub(super) fn overview(histories: &[History], charts: &[Chart]) -> Overview {
    let mut changes: Vec<Listed> = charts.iter().flat_map(listed).collect();
    changes.sort_by(|a, b| b.change.effect.abs().total_cmp(&a.change.effect.abs()));
    let told = histories.iter().flat_map(|history| &history.series).filter_map(|series| series.trend.as_ref().ok());
    let all = told.map(|trend| trend.alerts.len()).sum::<usize>();
    changes.truncate(CHANGES_MAX);
    Overview {
        verdict: verdict(histories),
        more: all.saturating_sub(changes.len()),
        changes,
        machines: histories.iter().take(MACHINES_MAX).map(machine).collect(),
        left: histories.len().saturating_sub(MACHINES_MAX),
    }
}

fn listed(chart: &Chart) -> impl Iterator<Item = Listed> {
    chart.changes.iter().map(|change| Listed {
        id: chart.tags.id.clone(),
        name: chart.tags.name.clone(),
        metric: chart.tags.metric.clone(),
        machine: chart.tags.machine.clone(),
        change: change.clone(),
    })
}

fn verdict(histories: &[History]) -> Verdict {
    // The charts tell what other people's programs did; no regression is theirs.
    let all = || histories.iter().flat_map(|history| &history.series);
    let series = || all().filter(|series| !is_external(series.topic));
    let judged = || series().filter_map(|series| series.trend.as_ref().ok());
    let count = |kind| judged().flat_map(|trend| &trend.alerts).filter(|alert| alert.kind == kind).count();
    let [worse, better, returns] = [AlertKind::Regression, AlertKind::Improvement, AlertKind::Return].map(count);
    let of = format!("{} of {} series judged", judged().count(), series().count());
    if judged().next().is_none() {
        let text = format!("no history to judge: {of}; a first verdict takes values of 20 commits on one machine");
        return Verdict { class: "doubt", sign: "?", text };
    }
    let text = format!("regressions {worse}, improvements {better}, returns {returns} over all commits; {of}");
    match (worse, better) {
        (0, 0) => Verdict { class: "same", sign: "·", text },
        (0, _) => Verdict { class: "better", sign: "▼", text },
        _ => Verdict { class: "worse", sign: "▲", text },
    }
}

fn machine(history: &History) -> Machine {
    let run = history.newest();
    let summary = summary(run);
    let key = history.key.as_str();
    let mut ladders = Vec::new();
    for topic in &summary.topics {
        let mut by_metric: BTreeMap<Metric, Vec<&Pair>> = BTreeMap::new();
        for pair in &topic.pairs {
            by_metric.entry(pair.metric).or_default().push(pair);
        }
        ladders.extend(by_metric.values().filter_map(|pairs| ladder(&topic.topic, key, pairs)));
    }
    let page = summary_page(run, &summary);
    let newest_first = history.commits.iter().rev().flatten().copied();
    let has_more = |section: &&Section| section.table.is_some() || !section.notes.is_empty();
    Machine {
        key: key.to_owned(),
        run: format!("run {} of {}", run.id, run.started),
        answer: answer_sections(&answer(run, newest_first))
            .iter()
            .filter(|it| it.table.is_some())
            .map(section)
            .collect(),
        ladders,
        sections: page.sections.iter().filter(has_more).map(section).collect(),
    }
}
