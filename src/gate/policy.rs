//! What a gate asks for: the floors, and what may be missing.

use std::collections::BTreeMap;

use super::Flaw;
use crate::model::{Class, PairedBenchmark};
use crate::verdict::Rule;

/// The smallest change worth telling of calls, wake-ups, copies and devices: the kernel's own state moves them by 1 to
/// 2 % from one pair of processes to the next.
pub const FLOOR_SYSTEM: f64 = 0.02;
/// The smallest change worth telling of computing: with loops at fixed boundaries the place of the code still moves
/// tight loops by up to 3 %.
pub const FLOOR_COMPUTE: f64 = 0.03;
/// The same where loops stand wherever the compiler put them: the place of the code moves them by 5 % and more.
pub const FLOOR_COMPUTE_UNALIGNED: f64 = 0.05;
/// Between what a benchmark did without any change and the floor that is put above it.
const NOISE_FACTOR: f64 = 1.5;
/// A benchmark whose floor would lie higher is no measure of anything.
const FLOOR_MAX: f64 = 0.5;

/// What is worth a verdict, and what may be missing.
#[derive(Clone, Debug, Default)]
pub struct GatePolicy {
    /// For benchmarks, by topic and name, that were measured against themselves before: the 95th percentile of the
    /// changes that were seen there, as shares without their signs. It can widen a floor and never narrows one.
    pub noise: BTreeMap<(String, String), f64>,
    /// Names of benchmarks that the candidate may lack, or fail to run, without a word.
    pub allowed_missing: Vec<String>,
    /// Changes for the worse that were reviewed: of a commit that the candidate has and the baseline has not.
    pub accepted: Vec<Rule>,
}

impl GatePolicy {
    /// The smallest change of a benchmark that is worth telling, as a share.
    ///
    /// # Errors
    ///
    /// When the noise known of it is no share or beyond all use.
    pub(super) fn floor(&self, benchmark: &PairedBenchmark, aligned: bool) -> Result<f64, Flaw> {
        let of_class = match benchmark.class {
            Class::System => FLOOR_SYSTEM,
            Class::Compute if aligned => FLOOR_COMPUTE,
            Class::Compute => FLOOR_COMPUTE_UNALIGNED,
        };
        let noise = self.noise.get(&(benchmark.topic.clone(), benchmark.benchmark.clone())).copied().unwrap_or(0.0);
        let floor = NOISE_FACTOR * noise;
        if !(0.0..=FLOOR_MAX).contains(&floor) {
            return Err(Flaw::Noise { noise });
        }
        Ok(floor.max(of_class))
    }

    /// Whether the candidate may lack the benchmark.
    pub(super) fn allows_missing(&self, benchmark: &str) -> bool {
        self.allowed_missing.iter().any(|allowed| allowed == benchmark)
    }
}
