//! Why a benchmark is not decided.

use super::looks::{FIRST_LOOK, LAST_LOOK};
use crate::model::Metric;

/// Why pairs do not tell.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// The budget ended before the first look.
    #[error("{pairs} of the {FIRST_LOOK} pairs that a first look takes; give it a larger budget")]
    TooFew {
        /// How many there are.
        pairs: usize,
    },
    /// The budget ended before the last look.
    #[error("undecided when the budget ended after {pairs} of {LAST_LOOK} pairs; give it a larger one")]
    Budget {
        /// How many there are.
        pairs: usize,
    },
    /// All pairs were measured.
    #[error("undecided after all {LAST_LOOK} pairs: they differ too much from one another")]
    Noise,
}

/// What is wrong with a benchmark's pairs.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Flaw {
    /// The run names it more than once.
    #[error("the run holds {times} benchmarks of this name; give each its own")]
    Repeated {
        /// How often.
        times: usize,
    },
    /// Too many pairs failed.
    #[error("{failed} of {tried} pairs failed, more than one in five")]
    Failed {
        /// How many failed.
        failed: u64,
        /// How many were tried.
        tried: u64,
    },
    /// The hypervisor gave the processors to others.
    #[error("the hypervisor took {percent:.0} % of the processors' time; measure on a quieter machine")]
    Stolen {
        /// The median over the pairs, %.
        percent: f64,
    },
    /// The baseline itself, one program all along, changed its pace.
    #[error(
        "calibrator out of range: the baseline took {factor:.2} times as long in the later half of the pairs as in the earlier; \
         measure on a quieter machine"
    )]
    Unsteady {
        /// Later ÷ earlier.
        factor: f64,
    },
    /// The metric is none that pairs have.
    #[error("pairs are measured in wall time and CPU time, not in {0}")]
    Metric(Metric),
    /// A process did not tell the value that is judged.
    #[error("a process of pair {pair} did not tell its {metric}")]
    NotTold {
        /// The pair, counted from 0.
        pair: usize,
        /// The metric.
        metric: Metric,
    },
    /// A value is NaN, infinite, zero or negative.
    #[error("pair {pair} holds {value} ns, not a finite number above zero")]
    NotPositive {
        /// The pair, counted from 0.
        pair: usize,
        /// The value.
        value: f64,
    },
    /// The two values of a pair have no ratio.
    #[error("the two values of pair {pair} are beyond all proportion; are they in one unit?")]
    TooWide {
        /// The pair, counted from 0.
        pair: usize,
    },
    /// What is known of its noise is no share, or too large for any floor.
    #[error("measured against itself it moved by a share of {noise}; no change of it could be told from that")]
    Noise {
        /// What the policy says.
        noise: f64,
    },
}

impl Flaw {
    /// Whether the machine is to blame, and not the benchmark or the file.
    pub(super) fn is_of_the_machine(&self) -> bool {
        matches!(self, Flaw::Stolen { .. } | Flaw::Unsteady { .. })
    }
}
