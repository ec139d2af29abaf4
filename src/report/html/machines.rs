//! Machines side by side: where they disagree, ratios on each of them, and how they differ.
//!
//! Costs of two machines are never compared: a ratio of two costs of one machine is comparable.

use serde::Serialize;

use super::drawn::{Data, LadderData, RowData};
use super::view::{SectionView, section};
use crate::advise::machines::{GeometricMean, METRICS, MachineRuns, Machines, TopicMean, machines};
use crate::model::Metric;
use crate::report::number::{interval, quantity};
use crate::report::page::FACTOR;
use crate::report::pages::{headline, letter, machine_sections};

#[derive(Serialize)]
pub(super) struct SideBySide {
    text: String,
    /// What stands for each machine, and its key.
    letters: Vec<(String, String)>,
    disagreements: Option<SectionView>,
    /// Geometric means by topic, over the mechanisms that all machines have.
    means: Vec<Mean>,
    sections: Vec<SectionView>,
}

/// The mean of one topic on one machine; the script draws it as a bar.
#[derive(Serialize)]
struct Mean {
    topic: String,
    machine: String,
    mechanisms: usize,
    text: String,
}

const MEANS: &str = "means";

pub(super) fn side_by_side(compared: &[MachineRuns], data: &mut Data) -> SideBySide {
    if compared.len() < 2 {
        let text = match compared.len() {
            0 => "There are no runs.",
            _ => "Runs of one machine only; `parcost import` adds those of another.",
        };
        return SideBySide {
            text: text.to_owned(),
            letters: Vec::new(),
            disagreements: None,
            means: Vec::new(),
            sections: Vec::new(),
        };
    }
    let found = machines(compared, &METRICS, None, &|_| true);
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
        means: means(&found, data),
        sections: sections.iter().filter(|section| !section.is_empty()).map(section).collect(),
    }
}

fn means(machines: &Machines, data: &mut Data) -> Vec<Mean> {
    let within = || machines.means.iter().flat_map(|mean| mean.within.iter().enumerate().map(move |it| (mean, it)));
    let rows = within().map(|(_, (_, mean))| RowData {
        marks: Vec::new(),
        ratio: Some(mean.interval.map_or([mean.ratio; 3], |it| [it.low(), mean.ratio, it.high()])),
        class: if mean.ratio < 1.0 { "thread" } else { "process" },
    });
    let rows: Vec<RowData> = rows.collect();
    if !rows.is_empty() {
        data.ladders.insert(MEANS.to_owned(), LadderData { unit: FACTOR, rows });
    }
    within().map(|(topic, (index, mean))| row(topic, index, mean)).collect()
}

fn row(topic: &TopicMean, index: usize, mean: &GeometricMean) -> Mean {
    let unit = if topic.metric == Metric::WallTime { "" } else { topic.metric.name() };
    Mean {
        topic: format!("{} {}", topic.topic, unit.replace('_', " ")).trim().to_owned(),
        machine: letter(index),
        mechanisms: topic.mechanisms,
        text: mean.interval.map_or(quantity(mean.ratio, FACTOR), |estimate| interval(estimate, FACTOR)),
    }
}
