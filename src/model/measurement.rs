//! One benchmark's result in one metric, with enough of its samples to judge it again.

use std::collections::BTreeMap;
use std::num::NonZeroU64;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{BenchmarkId, Estimate, Metric};

/// How much of the samples lies below each of the stored percentiles.
pub const PERCENTILES: [f64; 5] = [0.1, 0.25, 0.5, 0.75, 0.9];

/// With less CPU availability a sample was disturbed by other load: a twentieth is about the smallest difference that is ever worth
/// reporting.
pub const CPU_AVAILABILITY_MIN: f64 = 0.95;

/// As many rounds have a range that holds their median with 95 % (1 - 2/2^6); that of four holds it with 87.5 %.
const ROUNDS_MIN: usize = 6;

/// A result: the estimate, and the rounds it came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// The bench file it came from: `spawn`, `memory`, `cpu`, `io`, `gil`, `callgrind`, `counters`.
    pub topic: String,
    pub benchmark: BenchmarkId,
    /// In which quantity; unit and direction follow from it.
    pub metric: Metric,
    /// Median over the rounds, with its interval.
    pub estimate: Estimate,
    /// Number of samples in all rounds together.
    pub samples: u64,
    /// The fewest operations of a sample; none of what is not sampled, and of runs that did not record it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operations: Option<NonZeroU64>,
    /// One entry for every round, that is for every fresh process, in order.
    pub rounds: Vec<Round>,
    /// The benchmark that is its lower bound, if it has one.
    #[serde(rename = "floor")]
    pub lower_bound: Option<BenchmarkId>,
    /// Name of the reference workload that this kind of work is normalized by; see [`Round::references`].
    #[serde(rename = "calibrator")]
    pub reference: Option<String>,
    /// Value divided by the reference workload of the same round: median over rounds, with its interval.
    #[serde(rename = "calibrated")]
    pub normalized: Option<Estimate>,
    pub quality: Quality,
    /// The percentiles 10, 25, 50, 75 and 90 of the samples of all rounds together; none of what is not sampled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub percentiles: Vec<f64>,
}

impl Measurement {
    /// Of rounds alone: without a lower bound, a reference workload and percentiles.
    pub fn of_rounds(
        topic: &str,
        benchmark: BenchmarkId,
        metric: Metric,
        estimate: Estimate,
        rounds: Vec<Round>,
    ) -> Self {
        Self {
            topic: topic.to_owned(),
            benchmark,
            metric,
            estimate,
            samples: rounds.iter().map(|round| round.samples).sum(),
            operations: None,
            rounds,
            lower_bound: None,
            reference: None,
            normalized: None,
            quality: Quality::Good,
            percentiles: Vec::new(),
        }
    }

    /// The rounds in which both took their turns, pairwise; none where they did not take turns, and none where so few are left
    /// of the rounds of both that their interval would be narrow by being of few.
    pub fn rounds_in_turn<'a>(&'a self, other: &'a Self) -> Vec<(&'a Round, &'a Round)> {
        let same = |round: &Round| other.rounds.iter().find(|it| it.order_seed == round.order_seed);
        let in_turn = self.rounds.iter().filter(|round| round.order_seed.is_some());
        let pairs: Vec<_> = in_turn.filter_map(|round| Some((round, same(round)?))).collect();
        let all = self.rounds.len().min(other.rounds.len());
        if pairs.len() < ROUNDS_MIN.min(all) { Vec::new() } else { pairs }
    }
}

/// What one fresh process measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Round {
    pub samples: u64,
    /// Smallest sample, in the metric's unit.
    pub min: f64,
    pub p10: f64,
    pub median: f64,
    /// Median of each reference workload measured between the samples, ns, by name (`syscall`, `clock`, `copy`).
    #[serde(rename = "calibrators")]
    pub references: BTreeMap<String, f64>,
    /// Smallest share of its time in which a worker was not kept waiting for a processor, median over samples; 1 = never.
    pub granted: Option<f64>,
    /// Share of the time from the first worker's start to the last one's end in which all were at work, median over samples;
    /// none where no several workers had a processor each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap: Option<f64>,
    /// Seed of the order in which the functions of the group took their turns in this round, the same in all of them; none
    /// where they took none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_seed: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// Nothing speaks against it.
    Good,
    /// Too many samples were spoiled to say; the reason. The estimate is of all samples and must not be judged.
    Inconclusive(String),
}

/// A benchmark that was tried and failed; the rest of the run is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    pub topic: String,
    pub benchmark: String,
    pub reason: String,
}

/// Something that was skipped on purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Omission {
    pub topic: String,
    /// What was skipped: a benchmark, a metric or a whole topic.
    pub what: String,
    /// Why, and what to do to have it.
    pub reason: String,
}
