//! Threads or processes? The claims that the question began with, held against a run; where the answer turns; what to
//! use for which work.

mod advice;
mod claims;
mod crossovers;
mod forecast;
mod peaks;
mod place;
mod sessions;

use serde::Serialize;

pub use advice::{Advice, Choice, Piece};
pub use claims::{Claim, Word};
pub(super) use crossovers::opposed;
pub use crossovers::{Check, Crossover};
pub use forecast::{Forecast, Part, Program, Standing, Way, forecast};
pub use peaks::{Peak, Peaks};
pub(super) use place::processors;
pub use place::usable;
pub use sessions::{OTHERS_MAX, Sessions};

use crate::model::Run;

/// What a run answers.
///
/// All intervals are of what another session of the same machine would find, as far as is known: see [`Sessions`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// What to use for which kind of work.
    pub advice: Vec<Advice>,
    /// The claims, in the order of the question.
    pub claims: Vec<Claim>,
    /// Where one way becomes cheaper than another.
    pub crossovers: Vec<Crossover>,
    /// How many workers do the most, and from how many on more of them hurt.
    pub peaks: Vec<Peaks>,
    /// Number of runs of this machine that the widths of the intervals rest on, this one included.
    pub sessions: usize,
}

/// Answers by a run, with what others of the same machine, the newest first, say about how far its ratios move between
/// sessions.
pub fn answer<'a>(run: &'a Run, others: impl IntoIterator<Item = &'a Run>) -> Answer {
    let sessions = Sessions::new(run, others);
    let claims = claims::claims(run, &sessions);
    Answer {
        advice: advice::advice(run, &sessions),
        crossovers: crossovers::crossovers(run, &sessions),
        peaks: peaks::peaks(run, &sessions),
        sessions: sessions.len(),
        claims,
    }
}

#[cfg(test)]
mod tests;
