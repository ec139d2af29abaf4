//! What the numbers say: runs in, answers out, nothing read and nothing printed.

mod accept;
pub mod answer;
mod calibrators;
pub mod cause;
pub mod compare;
mod comparisons;
mod counts;
mod crossover;
mod detector;
pub mod doctor;
mod drift;
mod gate;
mod hazard;
pub mod history;
mod laws;
pub mod machines;
mod phases;
mod python;
mod ratio;
mod reading;
mod rules;
mod scaling;
mod selftest;
mod summary;
mod trend;

pub use accept::{Claim, Stale, accepted, stale};
pub use calibrators::{Calibrator, calibrators};
pub use comparisons::Bound;
pub use counts::{COUNT_FLOOR, COUNT_FLOOR_THREADED, CountFlaw, CountOutcome, CountVerdict};
pub use crossover::Crossing;
pub use drift::Drift;
pub use gate::{
    Doubt, FLOOR_COMPUTE, FLOOR_COMPUTE_UNALIGNED, FLOOR_SYSTEM, Flaw, Gate, GatePolicy, Judgement, LOOKS, Missing,
    OutcomeKind, PairedOutcome, PairedVerdict, Sensitivity, TopicChange, gate, undecided,
};
pub use hazard::Hazard;
pub use laws::{Fit, Growth, Halved, Law, Way, halved, law_series, laws};
pub use phases::Phases;
pub use python::{Model, Python, Start, Ways, is_foreign, python};
pub use ratio::ratio;
pub use reading::Reading;
pub use rules::{Limit, Refusal, Rule, rules};
pub use scaling::SpeedUp;
pub use selftest::{Found, SelfTest, Share, TopicPower, selftest};
pub use summary::{Pair, Side, Slope, Summary, Topic, summary};
pub use trend::{Alert, AlertKind, Policy, Trend, Unjudged, trend};

#[cfg(test)]
pub(crate) mod fixture;
