//! The one value that a round, a run and a commit are reduced to, whoever judges.
//!
//! Noise adds to a time and never takes away from it, so a round (a fresh process) stands for its smallest sample; between
//! rounds and between runs the differences go both ways, so that a run and a commit stand for their median. The estimates
//! in a summary are the stored medians of all samples: an estimate describes a run and judges nothing.

use std::num::NonZeroU64;

use schemars::JsonSchema;
use serde::Serialize;

use super::policy::{CHANGE_SYSTEM, CLOCK_NS, SAMPLES_FACTOR_MAX};
use crate::model::Metric;
use crate::stats;

/// Which of its samples a round stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoundStatistic {
    /// The smallest: noise only ever adds.
    #[default]
    Minimum,
    /// The median, where the sides took so unlike numbers of samples that the minimum would favour the one with more.
    Median,
}

impl RoundStatistic {
    /// What rounds of two sides are compared by, from the numbers of their samples.
    pub fn of_samples(baseline: &[f64], candidate: &[f64]) -> Self {
        let [a, b] = [baseline, candidate].map(|side| stats::median(side).unwrap_or(1.0).max(1.0));
        if (a / b).max(b / a) <= SAMPLES_FACTOR_MAX { RoundStatistic::Minimum } else { RoundStatistic::Median }
    }

    pub fn of_round(self, min: f64, median: f64) -> f64 {
        match self {
            RoundStatistic::Minimum => min,
            RoundStatistic::Median => median,
        }
    }
}

/// What reading the clock may add to the time of one operation, ns: the less, the more operations a sample has. Where their number
/// was not recorded, values of rounds that are all whole, or halfway between two that are, have one; others have many. Of the
/// parts of an operation each is timed by itself, however many a sample has.
pub fn clock_ns(metric: Metric, operations: Option<NonZeroU64>, rounds: impl IntoIterator<Item = f64>) -> f64 {
    if metric != Metric::WallTime {
        return 0.0;
    }
    let is_one = || rounds.into_iter().all(|ns| (2.0 * ns).fract() == 0.0);
    let known = operations.map(|operations| operations.get() as f64);
    CLOCK_NS / known.unwrap_or_else(|| if is_one() { 1.0 } else { f64::INFINITY })
}

/// Whether reading the clock adds so unlike parts to times that a value of this size may differ by that alone.
pub fn is_clock_unlike(clocks_ns: [f64; 2], value: f64) -> bool {
    (clocks_ns[0] - clocks_ns[1]).abs() > CHANGE_SYSTEM * value.abs()
}

pub fn of_run(mut rounds: Vec<f64>) -> Option<f64> {
    middle(&mut rounds)
}

/// The value of a commit: the median over its runs, however many rounds each has.
pub fn of_commit(mut runs: Vec<f64>) -> Option<f64> {
    middle(&mut runs)
}

/// The value in the middle; of two in the middle the geometric mean, since changes are ratios, or the mean where one is not
/// above zero. Equal values give that value, bit for bit.
fn middle(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let (lower, upper) = (*values.get(values.len().checked_sub(1)? / 2)?, values[values.len() / 2]);
    Some(match (lower, upper) {
        (lower, upper) if lower == upper => lower,
        (lower, upper) if lower > 0.0 => lower.sqrt() * upper.sqrt(),
        (lower, upper) => lower / 2.0 + upper / 2.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_is_taken_on_the_scale_of_ratios() {
        let cases = [
            (vec![], None),
            (vec![7.0], Some(7.0)),
            (vec![4.0, 1.0], Some(2.0)),
            (vec![9.0, 3.3, 1.0, 3.3], Some(3.3)),
            (vec![0.0, 3.0], Some(1.5)),
            (vec![5.0, 1.0, 2.0], Some(2.0)),
        ];
        for (values, expected) in cases {
            assert_eq!(of_run(values.clone()), expected, "{values:?}");
        }
    }

    #[test]
    fn the_clock_is_a_part_of_short_samples() {
        let clock =
            |metric, operations, rounds: &[f64]| clock_ns(metric, NonZeroU64::new(operations), rounds.iter().copied());
        let cases = [
            (Metric::WallTime, 0, &[150.0, 160.5][..], CLOCK_NS),
            (Metric::WallTime, 0, &[150.0, 72.268], 0.0),
            (Metric::WallTime, 50, &[150.0, 160.0], CLOCK_NS / 50.0),
            (Metric::CallTime, 1, &[3.0, 3.0], 0.0),
        ];
        for (metric, operations, rounds, expected) in cases {
            assert_eq!(clock(metric, operations, rounds), expected, "{metric} {operations} {rounds:?}");
        }
        assert!(is_clock_unlike([CLOCK_NS, 0.0], 4_000.0) && !is_clock_unlike([CLOCK_NS, 0.0], 6_000.0));
        assert!(
            !is_clock_unlike([0.0; 2], -1.0)
                && !is_clock_unlike([CLOCK_NS, CLOCK_NS], 80.0)
                && !is_clock_unlike([0.05, 0.06], 80.0)
        );
    }

    #[test]
    fn a_round_stands_for_its_minimum_unless_the_numbers_of_samples_are_unlike() {
        assert_eq!(RoundStatistic::of_samples(&[10.0; 3], &[15.0; 3]), RoundStatistic::Minimum);
        assert_eq!(RoundStatistic::of_samples(&[16.0; 3], &[10.0; 3]), RoundStatistic::Median);
        assert_eq!(RoundStatistic::Minimum.of_round(1.0, 2.0), 1.0);
    }
}
