//! What a gate is asked: which changes count, what may be missing and what is accepted.

use std::collections::BTreeMap;

use crate::model::{Metric, PairedBenchmark};
use crate::verdict::policy::{CHANGE_MAX, CHANGE_OTHER_CLOCK, NOISE_FACTOR, change_threshold};
use crate::verdict::{InvalidReason, Rules};

/// The policy of a gate; its thresholds are those of [`crate::verdict::policy`].
#[derive(Clone, Debug, Default)]
pub struct GatePolicy {
    /// By topic and benchmark, the 95th percentile of the changes of an A/A test, as shares without their signs. It can
    /// raise a threshold and never lowers one.
    pub noise: BTreeMap<(String, String), f64>,
    /// Benchmarks that the candidate may lack, or fail to run: a name that is missing in one target only, or
    /// `TARGET: NAME`.
    pub allowed_missing: Vec<String>,
    /// What was reviewed: regressions of a commit that the candidate has and the baseline has not, and benchmarks that may
    /// stay inconclusive.
    pub accepted: Rules,
}

impl GatePolicy {
    /// The smallest change of a benchmark that counts in a metric, a share.
    ///
    /// # Errors
    ///
    /// When the noise known of it is not a share or too large.
    pub(super) fn threshold(
        &self,
        benchmark: &PairedBenchmark,
        metric: Metric,
        aligned: bool,
    ) -> Result<f64, InvalidReason> {
        let key = (benchmark.topic.clone(), benchmark.benchmark.clone());
        let noise = self.noise.get(&key).copied().unwrap_or(0.0);
        let threshold = NOISE_FACTOR * noise;
        if !(0.0..=CHANGE_MAX).contains(&threshold) {
            return Err(InvalidReason::Noise { noise });
        }
        let least =
            if metric == benchmark.metric { change_threshold(benchmark.class, aligned) } else { CHANGE_OTHER_CLOCK };
        Ok(threshold.max(least))
    }
}
