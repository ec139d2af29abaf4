//! Machines side by side, as the comparison of machines has them; their geometric means are drawn, too.

use serde::Serialize;

use super::figures::{Figures, RowFigure, RowsFigure};
use crate::advise::machines::{GeometricMean, METRICS, MachineRuns, Machines, TopicMean, machines};
use crate::model::Metric;
use crate::report::number::{interval, quantity};
use crate::report::page::{FACTOR, Section};
use crate::report::pages::{first_sections, headline, letter, machine_sections};

#[derive(Serialize)]
pub(super) struct SideBySide {
    text: String,
    /// What stands for each machine, and its key.
    letters: Vec<(String, String)>,
    first: Vec<Section>,
    /// Geometric means by topic, over the mechanisms that all machines have.
    means: Vec<Mean>,
    sections: Vec<Section>,
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

/// Compares the machines, each by its newest full run; none of one alone.
pub(super) fn side_by_side(compared: &[MachineRuns], figures: &mut Figures) -> Option<SideBySide> {
    if compared.len() < 2 {
        return None;
    }
    let found = machines(compared, &METRICS, None, &|_| true);
    let [advice, costs, largest] = first_sections(compared.len(), &found);
    // The means of each machine are drawn.
    let [disagreements, incomplete, differences, _, to_first, ratios, skipped] =
        machine_sections(compared.len(), &found);
    let sections = [incomplete, differences, to_first, ratios, skipped];
    Some(SideBySide {
        text: format!("Of {} machines: {}.", compared.len(), headline(&found)),
        letters: compared
            .iter()
            .enumerate()
            .map(|(index, machine)| (letter(index), format!("{}, run {}", machine.run.machine.key, machine.run.id)))
            .collect(),
        first: vec![advice, costs, disagreements, largest],
        means: means(&found, figures),
        sections: sections.into_iter().filter(|section| !section.is_empty()).collect(),
    })
}

fn means(machines: &Machines, figures: &mut Figures) -> Vec<Mean> {
    let within = || machines.means.iter().flat_map(|mean| mean.within.iter().enumerate().map(move |it| (mean, it)));
    let rows = within().map(|(_, (_, mean))| RowFigure {
        marks: Vec::new(),
        ratio: Some(mean.interval.map_or([mean.ratio; 3], |it| [it.low(), mean.ratio, it.high()])),
        class: if mean.ratio < 1.0 { "thread" } else { "process" },
    });
    let rows: Vec<RowFigure> = rows.collect();
    if !rows.is_empty() {
        figures.rows.insert(MEANS.to_owned(), RowsFigure { unit: FACTOR, rows });
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
