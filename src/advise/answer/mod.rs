//! Threads or processes? What to use for which work, which claims hold, and where the answer turns.

mod advice;
pub(super) mod claims;
mod crossovers;
mod forecast;
mod peaks;
pub(super) mod sessions;

use schemars::JsonSchema;
use serde::Serialize;

pub use advice::{Advice, Choice};
pub use claims::Claim;
pub(super) use crossovers::baselines;
pub use crossovers::{Check, Crossover};
pub use forecast::{Forecast, Part, Program, Rank, Strategy, forecast};
pub use peaks::{Peak, Peaks};
pub use sessions::{OTHERS_MAX, Sessions};

use crate::model::Run;

/// What a run answers.
///
/// All intervals are of what another session of the same machine would find, as far as is known: see [`Sessions`].
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Answer {
    pub advice: Vec<Advice>,
    pub claims: Vec<Claim>,
    pub crossovers: Vec<Crossover>,
    pub peaks: Vec<Peaks>,
    /// Number of runs of this machine that the widths of the intervals rest on, this one included.
    pub sessions: usize,
}

/// Answers by a run, with what others of the same machine, the newest first, say about how far its ratios move between
/// sessions.
pub fn answer<'a>(run: &'a Run, others: impl IntoIterator<Item = &'a Run>) -> Answer {
    let sessions = Sessions::new(run, others);
    Answer {
        advice: advice::advice(run, &sessions),
        claims: claims::claims(run, &sessions),
        crossovers: crossovers::crossovers(run, &sessions),
        peaks: peaks::peaks(run, &sessions),
        sessions: sessions.len(),
    }
}

#[cfg(test)]
mod tests;
