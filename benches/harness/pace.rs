//! How long and how often a benchmark is sampled.

use std::time::Duration;

/// Rounds of one benchmark, each a fresh process. The range of six medians covers the true one with 1 - 2/2^6 = 96.9 %.
const ROUNDS_FULL: u64 = 6;
const ROUNDS_QUICK: u64 = 3;

/// Time for the samples of one benchmark.
const BUDGET_FULL: Duration = Duration::from_millis(780);
const BUDGET_QUICK: Duration = Duration::from_millis(60);

/// A sample takes at least this long: long against the clock, short against a time slice of the scheduler.
const SAMPLE_FULL: Duration = Duration::from_millis(3);
const SAMPLE_QUICK: Duration = Duration::from_millis(2);

/// Criterion takes no fewer samples.
const SAMPLES_MIN: u64 = 10;

/// How one benchmark is sampled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pace {
    /// Samples in all rounds together.
    pub(crate) samples: u64,
    /// Samples of one round, rounded up.
    pub(crate) samples_per_round: u64,
    /// What Criterion is told to spend on warming up.
    pub(crate) warm_up: Duration,
    /// What Criterion is told to spend on sampling.
    pub(crate) measurement: Duration,
}

impl Pace {
    /// The pace of a benchmark of which one operation takes about `operation`.
    pub(crate) fn of(operation: Duration, quick: bool) -> Self {
        let (rounds, budget, sample) =
            if quick { (ROUNDS_QUICK, BUDGET_QUICK, SAMPLE_QUICK) } else { (ROUNDS_FULL, BUDGET_FULL, SAMPLE_FULL) };
        let sample = sample.max(operation);
        let samples = ((budget.as_nanos() / sample.as_nanos()) as u64).max(SAMPLES_MIN).next_multiple_of(rounds);
        Self {
            samples,
            samples_per_round: samples / rounds,
            warm_up: budget / 20,
            measurement: sample * samples as u32,
        }
    }
}
