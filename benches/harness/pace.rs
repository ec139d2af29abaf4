//! How long and how often a benchmark is sampled.

use std::time::Duration;

/// Rounds of a benchmark, each a fresh process: the fewest, of which the range is an interval of 95 % or more (1 - 2/2^6 =
/// 96.9 %); as many as there are at the most while its ratio is wide, of which the outermost of either side is dropped (96.1 %;
/// the second outermost of twelve make it no narrower); and at the most where rounds were disturbed. In the short profile
/// the fewest that say something of the spread, and no more where the ratio is wide.
const ROUNDS_FULL: Rounds = Rounds { least: 6, wide: 9, most: 12 };
const ROUNDS_QUICK: Rounds = Rounds { least: 3, wide: 3, most: 5 };

/// Time for the samples of one round; more of them narrow no ratio, since its interval comes from the rounds. In the short profile
/// it is enough for as many as Criterion needs.
const ROUND_FULL: Duration = Duration::from_millis(22);
const ROUND_QUICK: Duration = Duration::from_millis(8);

/// So many times that is what a round or a sample may take with what is outside of the clock: the making and unmaking of what is
/// measured.
const OUTSIDE: u32 = 2;

/// A sample takes about this long, less where most is outside of the clock: long against the clock, short against a time slice of
/// the scheduler.
const SAMPLE_FULL: Duration = Duration::from_millis(3);
const SAMPLE_QUICK: Duration = Duration::from_millis(2);

/// More operations a sample than this are not asked for: Criterion has to choose the number exactly, see `replay`.
const ITERATIONS_MAX: u64 = 2_000;

/// Criterion takes no fewer samples.
const SAMPLES_MIN: u64 = 10;

/// So many operations of a fresh process are run before the first that is measured: the second one is the first that finds memory
/// which another has given back, and where the allocator takes 16 MiB anew it is as cold as the first.
const UNMEASURED: u32 = 2;

/// Of operations that take as long as this none is: caches and clocks are warm long before their end.
const UNMEASURED_MAX: Duration = Duration::from_millis(100);

/// An attempt shows how long an operation takes once so many of them have taken this long, or so often doubled ones.
const ATTEMPT: Duration = Duration::from_millis(1);
const ATTEMPT_DOUBLINGS: u32 = 12;

/// How many rounds a benchmark has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rounds {
    pub(crate) least: u64,
    pub(crate) wide: u64,
    pub(crate) most: u64,
}

/// How one benchmark is sampled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pace {
    pub(crate) rounds: Rounds,
    pub(crate) samples_per_round: u64,
    /// Operations of one sample.
    pub(crate) iterations: u64,
    /// What one operation takes, about.
    pub(crate) operation: Duration,
}

impl Pace {
    /// The pace of a benchmark of which one operation takes about `operation` inside the clock, and `whole` with what is outside.
    pub(crate) fn of(operation: Duration, whole: Duration, quick: bool) -> Self {
        let (rounds, round, sample) =
            if quick { (ROUNDS_QUICK, ROUND_QUICK, SAMPLE_QUICK) } else { (ROUNDS_FULL, ROUND_FULL, SAMPLE_FULL) };
        let operation = operation.max(Duration::from_nanos(1));
        let whole = whole.max(operation);
        let affordable = (sample * OUTSIDE).as_nanos() / whole.as_nanos();
        let wanted = sample.as_nanos() / operation.as_nanos();
        let iterations = wanted.min(affordable).clamp(1, u128::from(ITERATIONS_MAX)) as u64;
        let whole = whole * iterations as u32;
        let least = (sample.max(operation)).max(whole / OUTSIDE);
        let samples = (round.as_nanos() / least.as_nanos()) as u64;
        Self { rounds, samples_per_round: samples.max(SAMPLES_MIN.div_ceil(rounds.least)), iterations, operation }
    }
}

/// How many operations of about this length a fresh process runs before the first that is measured.
pub(crate) fn unmeasured(operation: Duration) -> u32 {
    if operation < UNMEASURED_MAX { UNMEASURED } else { 0 }
}

/// How long an operation takes once it is warm, inside the clock and with what is outside, of a run of so many operations: in turns
/// that double until the clock shows it well. The first one makes what it needs, and may take a thousand times as long; so may one
/// that is interrupted, and the least counts.
pub(crate) fn warm<E>(mut run: impl FnMut(u32) -> Result<[Duration; 2], E>) -> Result<[Duration; 2], E> {
    let mut times = run(1)?;
    for _ in 1..unmeasured(times[0]) {
        times = run(1)?;
    }
    if times[0] >= UNMEASURED_MAX {
        return Ok(times);
    }
    for iterations in (0..=ATTEMPT_DOUBLINGS).map(|power| 1 << power) {
        let again = run(iterations)?;
        times = [times[0].min(again[0]), times[1].min(again[1])];
        if times[0] * iterations > ATTEMPT {
            break;
        }
    }
    Ok(times)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_goes_by_warm_operations() {
        let us = Duration::from_micros;
        // What an operation takes in one run after the other, µs, the last also in those that follow; and how many are run.
        let cases = [
            ("cold", &[1_500, 1][..], vec![1, 1, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]),
            ("cold twice", &[9_800, 11_000, 2_000], vec![1, 1, 1]),
            ("interrupted", &[600, 600, 4_000, 300], vec![1, 1, 1, 2, 4]),
            ("slow", &[30_000, 30_000, 20_000], vec![1, 1, 1]),
            ("so slow that it is warm", &[100_000, 2_000], vec![1]),
        ];
        for (name, each, expected) in cases {
            let mut asked = Vec::new();
            let times: Result<_, ()> = warm(|iterations| {
                asked.push(iterations);
                Ok([us(each[asked.len().min(each.len()) - 1]); 2])
            });
            assert_eq!(asked, expected, "{name}");
            assert_eq!(times.unwrap(), [us(each[expected.len().min(each.len()) - 1]); 2], "{name}");
        }
    }
}
