//! What the numbers of a run may be used for, as the circumstances of its measuring allow.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the circumstances allow, and what keeps them from allowing more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fitness {
    pub fit_for: FitFor,
    /// What stands in the way of more, the gravest first; nothing where all is well.
    pub reasons: Vec<String>,
}

/// The uses of numbers, from the least demanding to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, strum::Display)]
#[serde(rename_all = "snake_case")]
pub enum FitFor {
    /// Counts of instructions hold; times and their ratios do not.
    #[strum(to_string = "counts only")]
    CountsOnly,
    /// Ratios of times that were taken side by side hold; a time alone does not.
    #[strum(to_string = "ratios only")]
    RatiosOnly,
    #[strum(to_string = "timing")]
    Timing,
}
