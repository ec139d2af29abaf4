//! Benchmarks that take turns: in each round each of them once, in a fresh process, in an order drawn for the round.

use std::io;
use std::time::Duration;

use fastrand::Rng;
use parcost::bench::WorkerError;

use super::launcher::{Answer, Launcher};
use super::pace::Pace;
use super::witness::Witness;

/// Seeds that every reader of JSON takes up exactly.
const SEED_BITS: u32 = 52;

/// An operation that takes as long as this is not run once unmeasured first: caches and clocks are warm long before its end.
const UNMEASURED_MAX: Duration = Duration::from_millis(100);

/// A benchmark in its turns.
pub(crate) struct Subject {
    id: String,
    pace: Pace,
    /// Number of its current process, from 1.
    process: u64,
    /// What each sample took, in the order of the rounds, or why the benchmark failed.
    pub(crate) samples: Result<Vec<Duration>, WorkerError>,
}

impl Subject {
    pub(crate) fn new(id: &str, pace: Pace) -> Self {
        Self { id: id.to_owned(), pace, process: 0, samples: Ok(Vec::new()) }
    }

    /// Measures one round and records it.
    fn round(&mut self, witness: &mut Witness) -> io::Result<()> {
        let Ok(samples) = &mut self.samples else { return Ok(()) };
        self.process += 1;
        match process(&self.id, self.pace) {
            Ok(answers) => {
                for Answer { elapsed_ns, work, readings } in answers {
                    samples.push(Duration::from_nanos(elapsed_ns));
                    witness.sample(&self.id, self.process, self.pace.iterations, elapsed_ns, work, &readings)?;
                }
            }
            Err(error) => self.samples = Err(error),
        }
        Ok(())
    }
}

/// Measures all rounds of all subjects; one that fails takes no further turns.
pub(crate) fn measure(subjects: &mut [Subject], witness: &mut Witness) -> io::Result<()> {
    let rounds = subjects.iter().map(|subject| subject.pace.rounds).max().unwrap_or(0);
    for _ in 0..rounds {
        let order_seed = fastrand::u64(..1 << SEED_BITS);
        witness.round(order_seed)?;
        let mut order: Vec<&mut Subject> = subjects.iter_mut().collect();
        Rng::with_seed(order_seed).shuffle(&mut order);
        order.into_iter().try_for_each(|subject| subject.round(witness))?;
    }
    Ok(())
}

/// The samples of a fresh process.
fn process(id: &str, pace: Pace) -> Result<Vec<Answer>, WorkerError> {
    let mut launcher = Launcher::start("launch")?;
    if pace.operation < UNMEASURED_MAX {
        launcher.run(id, 1)?;
    }
    let answers = (0..pace.samples_per_round).map(|_| launcher.run(id, pace.iterations)).collect();
    launcher.finish()?;
    answers
}
