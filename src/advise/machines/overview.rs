//! What is read first of several machines: their advice, their key costs, and the ratios that differ most.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::ratios::RatioRow;
use crate::advise::answer::{Advice, Answer};
use crate::advise::costs::{KeyCost, key_costs_like};
use crate::model::{AsText, BenchmarkId, Estimate, Metric, Run};
use crate::verdict::ratio::ratio;
use crate::verdict::{Sessions, Value, ValueOrReason, combine};

/// What to use for one kind of work, on each machine.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct AdviceRow {
    pub work: &'static str,
    pub advice: Vec<Advice>,
}

/// A key cost on each machine.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CostRow {
    pub what: String,
    #[serde(with = "AsText")]
    pub benchmark: BenchmarkId,
    pub metric: Metric,
    #[serde(with = "ValueOrReason::<Vec<Value>>")]
    pub values: Vec<Value>,
    /// Each machine's cost ÷ the first machine's.
    #[serde(with = "ValueOrReason::<Vec<Value>>")]
    pub to_first: Vec<Value>,
}

pub(super) fn advice(answers: &[Answer]) -> Vec<AdviceRow> {
    let row = |(index, first): (usize, &Advice)| AdviceRow {
        work: first.work,
        advice: answers.iter().map(|answer| answer.advice[index].clone()).collect(),
    };
    answers.first().map_or(Vec::new(), |first| first.advice.iter().enumerate().map(row).collect())
}

pub(super) fn costs(machines: &[MachineRuns]) -> Vec<CostRow> {
    let runs: Vec<_> = machines.iter().map(|machine| machine.run).collect();
    let mut rows: Vec<CostRow> = Vec::new();
    for (index, machine) in machines.iter().enumerate() {
        for (place, cost) in key_costs_like(&machine.sessions(), &runs).into_iter().enumerate() {
            let KeyCost { what, benchmark, metric, value } = cost;
            if index == 0 {
                rows.push(CostRow { what, benchmark, metric, values: Vec::new(), to_first: Vec::new() });
            }
            rows[place].values.push(value);
        }
    }
    for row in &mut rows {
        row.to_first = row.values.iter().map(|value| combine(value, &row.values[0], ratio)).collect();
    }
    rows.retain(|row| row.values.iter().any(|value| !value.as_ref().is_err_and(|absent| absent.is_missing())));
    rows
}

/// The rows of which a machine's ratio differs significantly from the first machine's, the largest difference first, each
/// with the machine that differs most and its ratio ÷ the first's.
pub fn differing(rows: &[RatioRow]) -> Vec<(&RatioRow, usize, Estimate)> {
    let mut found: Vec<(&RatioRow, usize, Estimate)> = rows.iter().filter_map(most_different).collect();
    found.sort_by(|a, b| apart(&b.2).total_cmp(&apart(&a.2)));
    found
}

fn most_different(row: &RatioRow) -> Option<(&RatioRow, usize, Estimate)> {
    let quotients = row.to_first.iter().enumerate().filter_map(|(index, it)| Some((index, *it.as_ref().ok()?)));
    let significant = quotients.filter(|(_, it)| it.low() > 1.0 || it.high() < 1.0);
    let (index, quotient) = significant.max_by(|a, b| apart(&a.1).total_cmp(&apart(&b.1)))?;
    Some((row, index, quotient))
}

fn apart(quotient: &Estimate) -> f64 {
    libm::log(quotient.center()).abs()
}

#[derive(Clone, Debug, PartialEq)]
pub struct MachineRuns<'a> {
    pub run: &'a Run,
    /// The newest first: how far the full ones are apart is how far another session may be.
    pub others: Vec<&'a Run>,
}

/// The greatest of a machine's runs represents it: a full run, and then the newest.
fn rank(run: &Run) -> (bool, Option<Timestamp>) {
    (run.is_full(), started(run))
}

fn started(run: &Run) -> Option<Timestamp> {
    run.started.parse().ok()
}

impl<'a> MachineRuns<'a> {
    /// The machine of these runs, which are all of one; none without a run.
    pub fn of(runs: impl IntoIterator<Item = &'a Run>) -> Option<Self> {
        let mut others: Vec<&Run> = runs.into_iter().collect();
        others.sort_by_key(|run| std::cmp::Reverse(started(run)));
        // Of equals the last is the greatest, so the order is turned for the newest to be it.
        let index = (0..others.len()).rev().max_by_key(|&index| rank(others[index]))?;
        let run = others.remove(index);
        Some(Self { run, others })
    }

    /// Number of its full runs, which show how sessions differ.
    pub fn sessions_count(&self) -> usize {
        self.sessions().count()
    }

    pub fn sessions(&self) -> Sessions<'a> {
        Sessions::new(self.run, self.others.iter().copied())
    }
}
