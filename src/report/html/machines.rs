//! Machines side by side: where they say the opposite of each other, ratios inside each of them, and what they differ in.
//!
//! Prices of two machines are never set against each other: a ratio of two prices of one machine is what travels.

use serde::Serialize;

use super::history::History;
use super::scale::{Scale, Tick, percent};
use super::view::{SectionView, section};
use crate::advise::machines::{Averaged, METRICS, Machines, Party, TopicMean, machines};
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
    /// Where machines say the opposite of each other.
    changes: Option<SectionView>,
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

/// Sets the machines side by side, the newest run of everything speaking for each.
pub(super) fn side_by_side(histories: &[History]) -> SideBySide {
    let runs = histories.iter().filter_map(|history| Party::of(history.commits.iter().flatten().copied()));
    let parties: Vec<Party> = runs.collect();
    if parties.len() < 2 {
        let text = match histories.len() {
            0 => "There is no run.",
            _ => "Runs of one machine only; `parcost import` adds those of another.",
        };
        return SideBySide {
            text: text.to_owned(),
            letters: Vec::new(),
            changes: None,
            means: None,
            sections: Vec::new(),
        };
    }
    let told = machines(&parties, &METRICS, None, &|_| true);
    // The means inside each machine are drawn.
    let [changes, partly, differences, _, across, ratios, left_out] = machine_sections(parties.len(), &told);
    let sections = [partly, differences, across, ratios, left_out];
    SideBySide {
        text: format!("Of {} machines: {}.", parties.len(), headline(&told)),
        letters: parties
            .iter()
            .enumerate()
            .map(|(place, party)| (letter(place), format!("{}, run {}", party.run.machine.key, party.run.id)))
            .collect(),
        changes: Some(section(&changes)),
        means: means(&told),
        sections: sections.iter().filter(|section| !section.is_empty()).map(section).collect(),
    }
}

fn means(told: &Machines) -> Option<Means> {
    let inside = || told.means.iter().flat_map(|mean| mean.inside.iter().enumerate().map(move |it| (mean, it)));
    // A mean of two mechanisms has an interval beyond all others: whiskers end where the axis does, and the text has the ends.
    let scale = Scale::in_factors(inside().map(|(_, (_, mean))| mean.ratio).chain([0.5, 2.0]));
    let rows: Vec<Mean> = inside().map(|(topic, (place, mean))| row(topic, place, mean, &scale)).collect();
    (!rows.is_empty()).then(|| Means { ticks: scale.ticks(FACTOR), even: scale.percent(1.0), rows })
}

fn row(topic: &TopicMean, place: usize, mean: &Averaged, scale: &Scale) -> Mean {
    let [even, end] = [1.0, mean.ratio].map(|factor| scale.share(factor));
    let ends = |interval: Estimate| [interval.low(), interval.high()].map(|factor| scale.percent(factor));
    let unit = if topic.metric == Metric::WallTime { "" } else { topic.metric.name() };
    Mean {
        topic: format!("{} {}", topic.topic, unit.replace('_', " ")).trim().to_owned(),
        machine: letter(place),
        mechanisms: topic.mechanisms,
        start: percent(even.min(end)),
        width: percent((end - even).abs()),
        whisker: mean.interval.map(ends),
        class: if mean.ratio < 1.0 { "thread" } else { "process" },
        text: mean.interval.map_or(quantity(mean.ratio, FACTOR), |estimate| interval(estimate, FACTOR)),
    }
}
