//! What a gate measured: pairs of fresh processes of two revisions, in one file that is written once.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Commit, Conditions, Failure, Machine, Metric, Omission, TargetNote, Toolchain};

/// Version of the stored form of a paired run; the rules of [`super::SCHEMA_VERSION`] hold for it.
pub const PAIRED_SCHEMA_VERSION: u32 = 1;

/// Everything that a gate's verdict rests on: it can be judged again from this alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairedRun {
    /// Always the first field, so that a reader knows what it reads.
    pub schema_version: u32,
    /// Unique name of the run: 16 hexadecimal digits.
    pub id: String,
    /// Start of the measuring, RFC 3339 in UTC.
    pub started: String,
    /// Measuring alone, without building, seconds.
    pub duration_s: f64,
    /// The time that measuring was allowed to take, seconds.
    pub budget_s: f64,
    /// The budget that gives every benchmark its first look, where this one does not, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_needed_s: Option<f64>,
    /// From this the order of the benchmarks and of the sides in every pair was drawn.
    pub seed: u64,
    /// The source that is compared with.
    pub baseline: Commit,
    /// The source that is judged.
    pub candidate: Commit,
    /// Full ids of the commits that the candidate has and the baseline has not, the newest first; empty where nobody
    /// could tell.
    #[serde(default)]
    pub commits: Vec<String>,
    /// True when both sides were known to be the same code and were measured to see what noise alone does.
    pub same_code: bool,
    /// True when both sides turned out to be identical programs, so that nothing was measured.
    #[serde(default)]
    pub identical: bool,
    /// True when both were built so that loops and branch targets start at fixed boundaries; see [`Class::Compute`].
    pub aligned: bool,
    /// The options that chose what was built and measured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    pub machine: Machine,
    /// The host before the first pair.
    pub conditions_before: Conditions,
    /// The host after the last pair.
    pub conditions_after: Conditions,
    pub toolchain: Toolchain,
    /// What was measured in pairs, ordered by topic and benchmark.
    pub benchmarks: Vec<PairedBenchmark>,
    /// What was counted, ordered by topic and benchmark.
    pub counts: Vec<PairedCount>,
    /// Benchmarks that only the candidate has.
    pub added: Vec<String>,
    /// Benchmarks that only the baseline has.
    pub removed: Vec<String>,
    pub failures: Vec<Failure>,
    pub omissions: Vec<Omission>,
    /// What has to be known to read the results of a bench target.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<TargetNote>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PairedBenchmark {
    pub topic: String,
    /// Its name as the harness prints it.
    pub benchmark: String,
    /// Its name in the baseline, where it has another and executes the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<String>,
    /// Both sides are the baseline: what changes is noise.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_control: bool,
    pub metric: Metric,
    pub class: Class,
    /// Operations in one sample, the same on both sides; none where the harness chooses for itself.
    pub iterations: Option<u64>,
    /// The candidate did so many times the baseline's work: slowness that was planted to see whether it is found.
    #[serde(default)]
    pub planted: Option<f64>,
    pub pairs: Vec<Pair>,
    /// Number of pairs that could not be completed; they are not among the others.
    pub failed_pairs: u64,
    /// Number of these in which the candidate's process failed.
    #[serde(default)]
    pub failed_candidate: u64,
}

/// What a benchmark's cost hangs on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// The system: calls, wake-ups, copies, devices.
    #[default]
    System,
    /// The processor's own instructions: where the compiler happens to place a loop can move it by several per cent.
    Compute,
}

/// Two fresh processes, one after the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    pub candidate_first: bool,
    pub baseline: Timing,
    pub candidate: Timing,
    /// Share of the processors' time that the hypervisor gave to others meanwhile, 0 … 1; none where the host does not report it.
    pub stolen: Option<f64>,
}

/// What one process measured, for one operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    pub samples: u64,
    /// Smallest wall time, ns.
    pub wall_ns: f64,
    /// Median wall time, ns.
    pub wall_ns_median: f64,
    /// Mean wall time of all its operations, ns; none in what was stored before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wall_ns_mean: Option<f64>,
    /// Smallest CPU time of the process, its threads and the children it waited for, ns; none where the harness does not
    /// tell.
    pub cpu_ns: Option<f64>,
}

/// One benchmark of both sides, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairedCount {
    pub topic: String,
    /// Its name as the harness prints it.
    pub benchmark: String,
    pub metric: Metric,
    /// The baseline's counts of one operation, one for each time it was counted.
    pub baseline: Vec<u64>,
    /// Each count of the candidate.
    pub candidate: Vec<u64>,
    /// True when it runs several threads: their meeting costs more or fewer instructions from one time to the next.
    #[serde(default)]
    pub threaded: bool,
    /// The functions whose instructions differ most, the largest difference first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub functions: Vec<FunctionChange>,
    /// A function that it calls and that waits, or has the kernel or another process work, which is not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uncounted: Option<String>,
}

/// Instructions of a function, and of everything it called, on both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FunctionChange {
    pub name: String,
    pub baseline: u64,
    pub candidate: u64,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

impl Timing {
    /// The value in the metric that is judged, ns; none where it was not reported.
    pub fn value(&self, metric: Metric) -> Option<f64> {
        match metric {
            Metric::WallTime => Some(self.wall_ns),
            Metric::CpuTime => self.cpu_ns,
            _ => None,
        }
    }
}

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
