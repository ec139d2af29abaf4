//! Threads or processes? What to use for which work, which claims hold, and where the answer turns.

mod advice;
pub(super) mod claims;
mod crossovers;
mod forecast;
mod peaks;

use schemars::JsonSchema;
use serde::Serialize;

pub use advice::{Advice, Choice};
pub use claims::{Claim, python_claims, version};
pub(super) use crossovers::baselines;
pub use crossovers::{Check, Crossover};
pub use forecast::{Forecast, Part, Program, Rank, Strategy, forecast};
pub use peaks::{Peak, Peaks};

use super::intervals::Intervals;
use crate::verdict::Sessions;

/// What a run answers.
///
/// All intervals are those of [`Sessions`].
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Answer {
    pub advice: Vec<Advice>,
    pub claims: Vec<Claim>,
    pub crossovers: Vec<Crossover>,
    pub peaks: Vec<Peaks>,
    pub intervals: Intervals,
}

pub fn answer(sessions: &Sessions) -> Answer {
    Answer {
        advice: advice::advice(sessions),
        claims: claims::claims(sessions),
        crossovers: crossovers::crossovers(sessions),
        peaks: peaks::peaks(sessions),
        intervals: Intervals::of(sessions),
    }
}

#[cfg(test)]
mod tests;
