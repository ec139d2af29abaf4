//! What a gate leaves where it measured nothing.

use serde::{Deserialize, Serialize};

/// That a gate was started and measured nothing, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotMeasured {
    /// Always the first field.
    pub schema_version: u32,
    pub reason: NotMeasuredReason,
    /// The key of the machine; empty where it is not known.
    #[serde(default)]
    pub machine: String,
    /// The message of the program that failed, in lines.
    #[serde(default)]
    pub message: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotMeasuredReason {
    CandidateBuild,
    BaselineBuild,
    NoBenchmark,
    /// Whatever else failed.
    Failed,
    /// The gate began and never ended.
    Interrupted,
    /// Nothing is known: the workflow left not even a note.
    #[default]
    NoResult,
}

impl NotMeasuredReason {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CandidateBuild => "the head does not build",
            Self::BaselineBuild => "the base does not build",
            Self::NoBenchmark => "there is no benchmark to measure",
            Self::Failed => "the gate failed",
            Self::Interrupted => "the gate was interrupted: cancelled, out of time, or killed",
            Self::NoResult => "the workflow left no result",
        }
    }
}
