//! Machines side by side: their answers, where they disagree, and which ratios differ most.
//!
//! Costs of two machines are never judged: what is compared are answers, and ratios of two costs of one machine.

use serde::Serialize;

use super::figures::{Figures, RowFigure, RowsFigure};
use crate::advise::machines::{
    GeometricMean, METRICS, MachineRuns, Machines, RatioRow, TopicMean, differing, machines,
};
use crate::model::{Estimate, Metric};
use crate::report::number::{interval, quantity};
use crate::report::page::{FACTOR, Section};
use crate::report::pages::{DIFFERENCES_MAX, first_sections, headline, letter, machine_sections, ratio_label};

#[derive(Serialize)]
pub(super) struct SideBySide {
    text: String,
    /// What stands for each machine, and its key.
    letters: Vec<(String, String)>,
    /// The answers and the key costs.
    first: Vec<Section>,
    disagreements: Option<Section>,
    /// The ratios that differ most and significantly, the largest difference first, and how many differ.
    differences: Vec<Difference>,
    differ: usize,
    /// Geometric means by topic, over the mechanisms that all machines have.
    means: Vec<Mean>,
    sections: Vec<Section>,
}

/// A ratio that is not the same on two machines.
#[derive(Serialize)]
struct Difference {
    what: String,
    /// On each machine.
    ratios: Vec<String>,
    /// The machine that differs most from the first, its ratio ÷ that of the first, and whether it is above 1.
    machine: String,
    quotient: String,
    class: &'static str,
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
    // The means of each machine are drawn.
    let [disagreements, incomplete, differences, _, to_first, ratios, skipped] =
        machine_sections(compared.len(), &found);
    let sections = [incomplete, differences, to_first, ratios, skipped];
    let differing = differing(&found.rows);
    Some(SideBySide {
        text: format!("Of {} machines: {}.", compared.len(), headline(&found)),
        letters: compared
            .iter()
            .enumerate()
            .map(|(index, machine)| (letter(index), format!("{}, run {}", machine.run.machine.key, machine.run.id)))
            .collect(),
        first: first_sections(compared.len(), &found).into(),
        disagreements: Some(disagreements),
        differ: differing.len(),
        differences: differing.into_iter().take(DIFFERENCES_MAX).map(difference).collect(),
        means: means(&found, figures),
        sections: sections.into_iter().filter(|section| !section.is_empty()).collect(),
    })
}

fn difference((row, index, quotient): (&RatioRow, usize, Estimate)) -> Difference {
    Difference {
        what: ratio_label(row),
        ratios: row.ratios.iter().map(|ratio| super::ladder::printed(ratio, FACTOR, false)).collect(),
        machine: letter(index),
        quotient: interval(quotient, FACTOR),
        class: if quotient.center() > 1.0 { "process" } else { "thread" },
    }
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
