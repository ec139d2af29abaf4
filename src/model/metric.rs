//! What is measured, in which unit, and which direction is good.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// A quantity; it fixes its unit and its direction, so that no reader has to guess either.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Metric {
    /// Wall time of one operation, ns.
    #[default]
    WallTime,
    /// From the start of one operation until the creating call returned, ns.
    CallTime,
    /// From the start of one operation until the first instruction of the new worker, ns.
    FirstInstructionTime,
    /// CPU time of one operation, all its workers together, ns.
    CpuTime,
    /// Instructions of one operation counted by callgrind: user space only, one simulated core.
    CallgrindInstructions,
    /// User-space instructions of one operation counted by the processor.
    UserInstructions,
    /// Kernel instructions of one operation counted by the processor.
    KernelInstructions,
    /// CPU time of one operation as the kernel's task clock gives it, ns.
    TaskClock,
    /// Voluntary and forced context switches.
    ContextSwitches,
    /// Page faults, with and without a disk.
    PageFaults,
    /// System calls of one operation, all workers together.
    SystemCalls,
    /// Calls of the allocator in one operation.
    Allocations,
    /// Memory that one more worker has for itself, KiB.
    UniqueMemory,
    /// Growth of the price of one operation with the parent's resident memory, ns per MiB.
    TimePerMebibyte,
    /// Growth of the price of one operation with the number of the parent's mappings, ns per mapping.
    TimePerMapping,
    /// Growth of the price of one operation with the number of the parent's threads, ns per thread.
    TimePerThread,
    /// Speed-up ÷ the speed-up that was to be had: that of the processors really given, or of the workers where they wait.
    Efficiency,
    /// Share of the work that is not done side by side, by Gunther's law of the whole curve; below zero beyond the ideal.
    Contention,
    /// What a pair of workers loses by keeping itself in step, by the same law, as a share of the work.
    Coherency,
    /// Share of the work that is not done side by side, by Amdahl's law, which knows of no other loss.
    SerialShare,
    /// The number of workers from which more of them do less, by Gunther's law.
    PeakWorkers,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Less is better: a cost.
    LowerIsBetter,
    /// More is better: a yield.
    HigherIsBetter,
}

impl Direction {
    /// Which values are better: `lower` or `higher`.
    pub fn better(self) -> &'static str {
        match self {
            Direction::LowerIsBetter => "lower",
            Direction::HigherIsBetter => "higher",
        }
    }
}

impl Metric {
    pub const ALL: &[Metric] = Self::VARIANTS;

    /// Whether it is in nanoseconds, of an operation or along what its maker holds.
    pub fn is_time(self) -> bool {
        self.unit().starts_with("ns")
    }

    /// Whether it says how much a cost grows with what a parent holds.
    pub fn is_growth(self) -> bool {
        matches!(self, Metric::TimePerMebibyte | Metric::TimePerMapping | Metric::TimePerThread)
    }

    /// Whether it may be below zero: a cost may fall with what the parent holds, and work may scale beyond the ideal, or seem to.
    pub fn may_be_negative(self) -> bool {
        self.is_growth() || matches!(self, Metric::Contention | Metric::Coherency | Metric::SerialShare)
    }

    pub fn unit(self) -> &'static str {
        match self {
            Metric::WallTime
            | Metric::CallTime
            | Metric::FirstInstructionTime
            | Metric::CpuTime
            | Metric::TaskClock => "ns",
            Metric::CallgrindInstructions | Metric::UserInstructions | Metric::KernelInstructions => "instructions",
            Metric::ContextSwitches => "switches",
            Metric::PageFaults => "faults",
            Metric::SystemCalls => "calls",
            Metric::Allocations => "allocations",
            Metric::UniqueMemory => "KiB",
            Metric::TimePerMebibyte => "ns/MiB",
            Metric::TimePerMapping => "ns/mapping",
            Metric::TimePerThread => "ns/thread",
            Metric::Efficiency | Metric::Contention | Metric::Coherency | Metric::SerialShare => "share",
            Metric::PeakWorkers => "workers",
        }
    }

    pub fn direction(self) -> Direction {
        match self {
            Metric::Efficiency | Metric::PeakWorkers => Direction::HigherIsBetter,
            _ => Direction::LowerIsBetter,
        }
    }

    /// Its name as stored and printed: `wall_time`.
    pub fn name(self) -> &'static str {
        self.into()
    }

    pub fn from_name(name: &str) -> Option<Metric> {
        name.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_stored_under_the_name_it_prints() {
        for &metric in Metric::ALL {
            let stored = serde_json::to_string(&metric).unwrap();
            assert_eq!(stored, format!("\"{metric}\""));
            assert_eq!(Metric::from_name(metric.name()), Some(metric));
        }
    }
}
