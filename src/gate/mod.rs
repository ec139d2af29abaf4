//! The judge of a paired run: which benchmarks regressed, by how much, and what could not be judged.

mod by_benchmark;
mod counts;
mod evidence;
mod judge;
mod looks;
mod missing;
mod policy;
mod selftest;
mod series;
mod subject;

pub use by_benchmark::BenchmarkVerdict;
pub use counts::decided_by_counts;
pub use judge::{Gate, OutcomeReason, Sensitivity, gate, is_seen, undecided};
pub use policy::GatePolicy;
pub use selftest::{SelfTest, Share, TopicPower, selftest};
pub use series::SeriesVerdict;

#[cfg(test)]
mod tests;
