//! What the intervals of an answer or a summary are of.

use schemars::JsonSchema;
use serde::Serialize;

use crate::verdict::Sessions;
use crate::verdict::policy::CONFIDENCE;

/// Every interval holds what another session of the machine would find, as often as `confidence` says.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Intervals {
    /// A share.
    pub confidence: f64,
    /// Number of full runs of this machine that are read, this one included where it is full.
    pub sessions: usize,
    /// Whether the width is that of these runs; else that of sessions which were measured for each topic.
    pub are_measured: bool,
}

impl Intervals {
    pub fn of(sessions: &Sessions) -> Self {
        Self { confidence: CONFIDENCE, sessions: sessions.count(), are_measured: sessions.are_measured() }
    }
}
