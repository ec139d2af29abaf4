//! Machines side by side: where one answers otherwise than another, what costs what inside each, and what they differ in.
//!
//! No price of one machine is ever set against one of another, and nothing here is a verdict. What travels are answers, and
//! ratios of two prices that were paid on one machine.

mod facts;
mod means;
mod normalise;
mod orders;
mod party;
mod question;
mod ratios;

use serde::Serialize;

pub use facts::{Difference, FactKind};
pub use means::{Averaged, TopicMean};
pub use normalise::Yardstick;
pub use party::{Party, standing};
pub use question::{Question, QuestionKind, Said};
pub use ratios::{Keeps, LeftOut, Row};

use super::answer::{Answer, answer};
use crate::model::Metric;

/// What is compared where the reader does not say it: what is waited for, and what is held.
pub const METRICS: [Metric; 2] = [Metric::WallTime, Metric::UniqueMemory];

/// What several machines have to say to each other.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Machines {
    /// What the rows are multiples of, where it is not another mechanism of their group.
    pub normalised_by: Option<Yardstick>,
    /// Questions that two machines answer in ways that exclude each other: what to use for a kind of work, the claims, the
    /// crossovers, and then the orders of mechanisms.
    pub changes: Vec<Question>,
    /// Questions that not every machine answers, or whose answers neither agree nor exclude each other.
    pub partly: Vec<Question>,
    /// Number of questions that all machines answer alike.
    pub agreed: usize,
    /// What the machines differ in; what explains more of the changes first.
    pub differences: Vec<Difference>,
    /// Geometric means of the rows that all machines have.
    pub means: Vec<TopicMean>,
    /// What costs what inside each machine, in the order of the machines.
    pub rows: Vec<Row>,
    /// What has no row, and why.
    pub left_out: Vec<LeftOut>,
}

/// Sets machines side by side: all that they answer, and of their prices those that `keeps` lets pass.
pub fn machines(parties: &[Party], metrics: &[Metric], yardstick: Option<Yardstick>, keeps: Keeps) -> Machines {
    let answers: Vec<Answer> = parties.iter().map(|party| answer(party.run, party.others.iter().copied())).collect();
    let (mut changes, others): (Vec<_>, Vec<_>) =
        question::questions(&answers).into_iter().partition(Question::is_change);
    let (agreed, mut partly): (Vec<_>, Vec<_>) = others.into_iter().partition(Question::is_agreed);
    partly.retain(|question| question.answers.iter().any(Said::is_told));
    changes.extend(orders::orders(parties, &answers, metrics, keeps));
    let (rows, left_out) = match yardstick {
        None => ratios::rows(parties, metrics, keeps),
        Some(yardstick) => normalise::rows(parties, metrics, yardstick, keeps),
    };
    Machines {
        normalised_by: yardstick,
        differences: facts::differences(parties, &changes),
        agreed: agreed.len(),
        means: means::means(&rows),
        changes,
        partly,
        rows,
        left_out,
    }
}

#[cfg(test)]
mod tests;
