//! One benchmark in several rounds, each in a fresh process, behind Criterion's back.

use std::io;
use std::time::Duration;

use super::launcher::Launcher;
use super::witness::Witness;

/// The process of the current round and how far it has come.
pub(crate) struct Rounds<'a> {
    id: &'a str,
    samples_per_round: u64,
    launcher: Option<Launcher>,
    /// Number of the current process, from 1.
    process: u64,
    samples_in_round: u64,
    iterations_before: Option<u64>,
    sampling: bool,
}

impl<'a> Rounds<'a> {
    pub(crate) fn new(id: &'a str, samples_per_round: u64) -> Self {
        Self {
            id,
            samples_per_round,
            launcher: None,
            process: 0,
            samples_in_round: 0,
            iterations_before: None,
            sampling: false,
        }
    }

    /// One sample for Criterion, witnessed; a fresh process is started when the round is full.
    ///
    /// # Panics
    ///
    /// When the worker fails: Criterion must not see a number then. The caller catches it.
    pub(crate) fn sample(&mut self, iterations: u64, witness: &mut Option<Witness>) -> Duration {
        self.turn(iterations);
        let mut launcher = match self.launcher.take() {
            Some(launcher) => launcher,
            None => self.fresh(),
        };
        let answer = launcher.run(self.id, iterations).unwrap_or_else(|error| panic!("{error}"));
        self.launcher = Some(launcher);
        if let Some(witness) = witness {
            let readings: Vec<(&str, f64)> =
                answer.readings.iter().map(|(name, value)| (name.as_str(), *value)).collect();
            witness
                .sample(self.id, self.process, iterations, answer.elapsed_ns, answer.work, &readings)
                .unwrap_or_else(|error: io::Error| panic!("the witness file cannot be written: {error}"));
        }
        Duration::from_nanos(answer.elapsed_ns)
    }

    /// Ends the last process, which must go in peace.
    pub(crate) fn finish(&mut self) {
        if let Some(launcher) = self.launcher.take() {
            launcher.finish().unwrap_or_else(|error| panic!("{error}"));
        }
    }

    /// Ends a full round. Criterion doubles the iterations while it warms up and keeps them while it samples: the first
    /// call that does not double begins the first round that counts.
    fn turn(&mut self, iterations: u64) {
        let doubled = self.iterations_before.is_none_or(|before| iterations == before * 2);
        self.iterations_before = Some(iterations);
        let begins = !self.sampling && !doubled;
        self.sampling |= begins;
        if begins || (self.sampling && self.samples_in_round == self.samples_per_round) {
            self.finish();
            self.samples_in_round = 0;
        }
        self.samples_in_round += 1;
    }

    /// A new process in which the benchmark has run once, unmeasured.
    fn fresh(&mut self) -> Launcher {
        self.process += 1;
        let mut launcher = Launcher::start("launch").unwrap_or_else(|error| panic!("{error}"));
        launcher.run(self.id, 1).unwrap_or_else(|error| panic!("{error}"));
        launcher
    }
}
