//! Machines side by side: where they disagree, ratios on each of them, and how they differ.
//!
//! Costs of two machines are never compared: a ratio of two costs of one machine is comparable.

use serde::Serialize;

use super::history::History;
use super::scale::{Scale, Tick, percent};
use super::view::{SectionView, section};
use crate::advise::machines::{GeometricMean, METRICS, MachineRuns, Machines, TopicMean, machines};
use crate::model::{Estimate, Metric};
use crate::report::number::{interval, quantity};
use crate::report::page::FACTOR;
use crate::report::pages::{headline, letter, machine_sections};

/// The machines part of the page.
#[derive(Serialize)]
pub(super) struct SideBySide {
    text: String,
    /// What stands for each machine, and its key.
    letters: Vec<(String, String)>,
    disagreements: Option<SectionView>,
    /// Geometric means by topic, over the mechanisms that all machines have.
    means: Option<Means>,
    /// The rest, in words and numbers.
    sections: Vec<SectionView>,
}

/// Means as bars on one axis.
#[derive(Serialize)]
struct Means {
    ticks: Vec<Tick>,
    /// Where the ratio is 1.
    even: String,
    rows: Vec<Mean>,
}

/// The mean of one topic on one machine.
#[derive(Serialize)]
struct Mean {
    topic: String,
    machine: String,
    mechanisms: usize,
    start: String,
    width: String,
    /// The ends of the interval; none of one mechanism.
    whisker: Option<[String; 2]>,
    class: &'static str,
    text: String,
}

/// Compares the machines, each by its newest full run.
pub(super) fn side_by_side(histories: &[History]) -> SideBySide {
    let runs = histories.iter().filter_map(|history| MachineRuns::of(history.commits.iter().flatten().copied()));
    let compared: Vec<MachineRuns> = runs.collect();
    if compared.len() < 2 {
        let text = match histories.len() {
            0 => "There is no run.",
            _ => "Runs of one machine only; `parcost import` adds those of another.",
        };
        return SideBySide {
            text: text.to_owned(),
            letters: Vec::new(),
            disagreements: None,
            means: None,
            sections: Vec::new(),
        };
    }
    let found = machines(&compared, &METRICS, None, &|_| true);
    // The means of each machine are drawn.
    let [disagreements, incomplete, differences, _, to_first, ratios, skipped] =
        machine_sections(compared.len(), &found);
    let sections = [incomplete, differences, to_first, ratios, skipped];
    SideBySide {
        text: format!("Of {} machines: {}.", compared.len(), headline(&found)),
        letters: compared
            .iter()
            .enumerate()
            .map(|(index, machine)| (letter(index), format!("{}, run {}", machine.run.machine.key, machine.run.id)))
            .collect(),
        disagreements: Some(section(&disagreements)),
        means: means(&found),
        sections: sections.iter().filter(|section| !section.is_empty()).map(section).collect(),
    }
}

fn means(machines: &Machines) -> Option<Means> {
    let within = || machines.means.iter().flat_map(|mean| mean.within.iter().enumerate().map(move |it| (mean, it)));
    // A mean of two mechanisms has an interval beyond all others: whiskers end where the axis does, and the text has the ends.
    let scale = Scale::in_factors(within().map(|(_, (_, mean))| mean.ratio).chain([0.5, 2.0]));
    let rows: Vec<Mean> = within().map(|(topic, (index, mean))| row(topic, index, mean, &scale)).collect();
    (!rows.is_empty()).then(|| Means { ticks: scale.ticks(FACTOR), even: scale.percent(1.0), rows })
}

fn row(topic: &TopicMean, index: usize, mean: &GeometricMean, scale: &Scale) -> Mean {
    let [even, end] = [1.0, mean.ratio].map(|factor| scale.share(factor));
    let ends = |interval: Estimate| [interval.low(), interval.high()].map(|factor| scale.percent(factor));
    let unit = if topic.metric == Metric::WallTime { "" } else { topic.metric.name() };
    Mean {
        topic: format!("{} {}", topic.topic, unit.replace('_', " ")).trim().to_owned(),
        machine: letter(index),
        mechanisms: topic.mechanisms,
        start: percent(even.min(end)),
        width: percent((end - even).abs()),
        whisker: mean.interval.map(ends),
        class: if mean.ratio < 1.0 { "thread" } else { "process" },
        text: mean.interval.map_or(quantity(mean.ratio, FACTOR), |estimate| interval(estimate, FACTOR)),
    }
}
