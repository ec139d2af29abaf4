//! What a gate is asked: what may be missing and what is accepted.

use crate::verdict::Rules;

/// The policy of a gate; its thresholds are those of [`crate::verdict::policy`].
#[derive(Clone, Debug, Default)]
pub struct GatePolicy {
    /// Benchmarks that the candidate may lack, or fail to run: a name that is missing in one target only, or
    /// `TARGET: NAME`.
    pub allowed_missing: Vec<String>,
    /// What was reviewed: regressions of a commit that the candidate has and the baseline has not, and benchmarks that may
    /// stay inconclusive.
    pub accepted: Rules,
}
