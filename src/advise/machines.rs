//! Machines side by side: where they disagree, what costs what on each, and how they differ.
//!
//! Nothing here is a verdict. What is comparable are answers, and ratios of two costs on one machine; of the costs themselves
//! only the key ones are shown side by side.

mod forms;
mod orders;
mod overview;
mod questions;
mod ratios;

use schemars::JsonSchema;
use serde::Serialize;

pub use forms::{older_groups, with_runs, without_older};
pub use overview::{AdviceRow, CostRow, MachineRuns, differing};
pub use questions::{Difference, MachineAnswer, Question, QuestionKind};
pub use ratios::{Filter, GeometricMean, NormalizeBy, RatioRow, Skipped, TopicMean};

use super::answer::{Answer, answer};
use crate::model::Metric;
use crate::verdict::Sessions;

pub const METRICS: [Metric; 2] = [Metric::WallTime, Metric::UniqueMemory];

/// A comparison of machines; whatever has a value for each of them has it in their order.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Machines {
    /// What the rows are multiples of, where it is not another mechanism of their group.
    pub normalized_by: Option<NormalizeBy>,
    /// What to use for which kind of work.
    pub advice: Vec<AdviceRow>,
    /// What starting, handing over and keeping cost.
    pub costs: Vec<CostRow>,
    /// Questions that two machines answer in ways that exclude each other: advice, claims, crossovers, and then the orders
    /// of mechanisms.
    pub disagreements: Vec<Question>,
    /// Questions that not every machine answers, or whose answers neither agree nor exclude each other.
    pub incomplete: Vec<Question>,
    pub agreed: usize,
    pub differences: Vec<Difference>,
    pub means: Vec<TopicMean>,
    pub rows: Vec<RatioRow>,
    pub skipped: Vec<Skipped>,
}

/// Compares machines: all that they answer, and of their ratios those of measurements that pass the filter. What has another form
/// on one of them is missing there.
pub fn machines(
    machines: &[MachineRuns],
    metrics: &[Metric],
    normalized_by: Option<NormalizeBy>,
    filter: Filter,
) -> Machines {
    let runs = without_older(machines);
    let machines = &with_runs(machines, &runs)[..];
    let sessions: Vec<Sessions> = machines.iter().map(MachineRuns::sessions).collect();
    let answers: Vec<Answer> = sessions.iter().map(answer).collect();
    let (mut disagreements, others): (Vec<_>, Vec<_>) =
        questions::questions(&sessions, &answers).into_iter().partition(Question::is_disagreement);
    let (agreed, mut incomplete): (Vec<_>, Vec<_>) = others.into_iter().partition(Question::is_agreed);
    incomplete.retain(|question| question.answers.iter().any(Result::is_ok));
    disagreements.extend(orders::orders(&sessions, &answers, metrics, filter));
    let (rows, skipped) = match normalized_by {
        None => ratios::rows(&sessions, metrics, filter),
        Some(by) => ratios::normalized_rows(&sessions, metrics, by, filter),
    };
    Machines {
        normalized_by,
        advice: overview::advice(&answers),
        costs: overview::costs(machines),
        differences: questions::differences(machines, &disagreements),
        agreed: agreed.len(),
        means: ratios::means(&rows),
        disagreements,
        incomplete,
        rows,
        skipped,
    }
}

#[cfg(test)]
mod tests;
