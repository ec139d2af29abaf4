//! Hands measured samples to Criterion, which asks for them one by one as if it measured.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::{Duration, Instant};

use criterion::{Bencher, BenchmarkGroup, Criterion, SamplingMode, measurement::WallTime};

use super::pace::Pace;
use super::stderr::Filtered;

/// Resamples of Criterion's bootstrap; the intervals that we print come from the rounds.
const RESAMPLES: usize = 2_000;

/// What its warm-up takes at least, for each operation of a sample: so much more than the clock and the calls around it take
/// that the number of operations follows from it to one.
const WARM_UP: Duration = Duration::from_micros(4);

/// How often Criterion is asked until it chooses the number of operations that were measured: on a crowded machine any of
/// its warm-ups may be interrupted.
const TRIES: u32 = 500;

/// What is waited before, so that the warm-up begins with a time slice of its own.
const REST: Duration = Duration::from_millis(1);

/// Criterion chose another number of operations.
struct Another;

/// Has Criterion report the samples by `bench`, which adds a benchmark with this routine to a group.
///
/// Criterion chooses the number of operations of a sample by what one took while it warmed up. So the warm-up is made to
/// take as long as its operations take, and is done again where the choice is not what was measured: a sample is only handed
/// over for the number of operations that it is of.
pub(crate) fn replay(
    samples: &[Duration],
    pace: Pace,
    mut bench: impl FnMut(&mut Criterion, &mut dyn FnMut(&mut Bencher<'_>), &dyn Fn(&mut BenchmarkGroup<'_, WallTime>)),
) -> Result<(), String> {
    let Plan { calls, warm_up, sample } = Plan::of(pace);
    for _ in 0..TRIES {
        std::thread::sleep(REST);
        let configure = |group: &mut BenchmarkGroup<'_, WallTime>| {
            group
                .sampling_mode(SamplingMode::Flat)
                .sample_size(samples.len())
                .nresamples(RESAMPLES)
                .warm_up_time(warm_up / 2)
                .measurement_time(sample.mul_f64(samples.len() as f64));
        };
        let (mut call, mut rest) = (0, samples.iter());
        let mut routine = |bencher: &mut Bencher<'_>| {
            bencher.iter_custom(|iterations| {
                call += 1;
                match call {
                    _ if call < calls => pace.operation,
                    _ if call == calls => spin(warm_up),
                    _ if iterations != pace.iterations => resume_unwind(Box::new(Another)),
                    _ => *rest.next().expect("Criterion takes as many samples as it was set to"),
                }
            });
        };
        // A folder's name is taken once within one Criterion.
        let mut criterion = Criterion::default().without_plots().configure_from_args();
        let filtered = Filtered::start().map_err(|error| format!("the standard error cannot be filtered: {error}"))?;
        let outcome = catch_unwind(AssertUnwindSafe(|| bench(&mut criterion, &mut routine, &configure)));
        drop(filtered);
        match outcome {
            Ok(()) => return Ok(()),
            Err(panic) if panic.is::<Another>() => {}
            Err(panic) => resume_unwind(panic),
        }
    }
    Err(format!("Criterion did not choose {} operations a sample in {TRIES} tries", pace.iterations))
}

/// What makes Criterion choose the number of operations that a sample is of.
struct Plan {
    /// Calls of the warm-up: Criterion doubles the operations from 1 on.
    calls: u32,
    warm_up: Duration,
    /// What it takes for a sample.
    sample: Duration,
}

impl Plan {
    fn of(pace: Pace) -> Self {
        let least = WARM_UP * pace.iterations as u32;
        let operations = (least.as_nanos() / pace.operation.as_nanos().max(1)).max(1) as u64;
        let calls = operations.ilog2() + 1;
        let done = 2.0_f64.powi(calls as i32) - 1.0;
        let warm_up = pace.operation.mul_f64(done).min(least * 4);
        // It may take longer than it should, and never less.
        let sample = Duration::from_secs_f64((pace.iterations as f64 - 0.1) * warm_up.as_secs_f64() / done);
        Self { calls, warm_up, sample }
    }
}

fn spin(time: Duration) -> Duration {
    let start = Instant::now();
    while start.elapsed() < time {
        std::hint::spin_loop();
    }
    time
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn criterion_chooses_the_operations_that_were_measured() {
        for nanoseconds in [1, 40, 950, 12_345, 3_000_000, 250_000_000, 4_000_000_000] {
            for quick in [false, true] {
                let pace = Pace::of(Duration::from_nanos(nanoseconds), Duration::ZERO, quick);
                let Plan { calls, warm_up, sample } = Plan::of(pace);
                let done = (1_u64 << calls) - 1;
                // As its flat sampling does: the operations that fit into the time of a sample, rounded up.
                let one = warm_up.as_nanos() as f64 / done as f64;
                let chosen = (sample.as_nanos() as f64 / one).ceil().max(1.0) as u64;
                assert_eq!(chosen, pace.iterations, "{nanoseconds} ns");
            }
        }
    }
}
