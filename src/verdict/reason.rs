//! Why a series is inconclusive, invalid or unchanged; a message says what to do about it.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use strum::IntoStaticStr;

use super::Verdict;
use super::policy::{
    CHANGE_INSTRUCTIONS, CHANGE_ONE_PROCESS, FEW_PAIRS_EACH, FEW_PAIRS_TOGETHER, PAIRS_FIRST, PAIRS_LAST,
    REFERENCE_FACTOR_MAX,
};
use crate::model::Metric;

#[derive(Clone, Debug, PartialEq, thiserror::Error, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum InconclusiveReason {
    #[error("{pairs} of the {PAIRS_FIRST} pairs that a first look takes; use a larger --budget")]
    TooFewPairs { pairs: usize },
    #[error("undecided when measuring ended after {pairs} of {PAIRS_LAST} pairs; use a larger --budget")]
    Budget { pairs: usize },
    #[error(
        "it calls `{0}`, and what waits or is done by the kernel and other processes is not counted; measure it in pairs, with \
         --evidence both"
    )]
    Uncounted(String),
    #[error("undecided after all {PAIRS_LAST} pairs: they differ too much from one another")]
    NoisyPairs,
    #[error("code layout: it executes the same instructions, so the place of the code may explain the change")]
    Layout,
    #[error(
        "not deterministic: counts of one side differ by {percent:.1} %, and some exceed the threshold; its time has to decide"
    )]
    JitteringCounts { percent: f64 },
    #[error("{0}: too few to decide; pairs decide it: --evidence both")]
    FewInstructions(FewInstructions),
    #[error("the count changed and was counted once on one side, which shows no spread; count it twice")]
    CountedOnce,
    #[error(
        "the count changed, but where several threads or processes work it may change by itself; `parcost gate` judges the \
         time"
    )]
    Threads,
    #[error(
        "counts depend on more than the code, and {name} is `{first}` in {first_place} and `{other}` in {other_place}; \
         measure both sides with the same"
    )]
    UnlikeTools { name: String, first: String, first_place: String, other: String, other_place: String },
    #[error(
        "one run a side shows no spread between runs, and sessions alone differ by up to {:.0} %; measure each side at least \
         three times and join the files by commas (Criterion: --save-baseline a1, a2, a3 and then `compare a1,a2,a3 b1,b2,b3`); \
         what `cargo bench` runs, `parcost gate` decides",
        CHANGE_ONE_PROCESS * 100.0
    )]
    OneProcess,
    #[error("too few {of}: {baseline} and {candidate}, at least {needed} a side are needed; measure again")]
    TooFewRounds { of: &'static str, baseline: usize, candidate: usize, needed: usize },
    #[error("too few rounds: no process of it was kept; measure again")]
    NoRound,
    #[error("{0}")]
    Recorded(String),
    #[error(
        "both sides hold the very same samples: after a run Criterion copies `new` over `base`; save each side under its own \
         name with --save-baseline"
    )]
    SameSamples,
    #[error(
        "samples of unlike numbers of operations: in {place} reading the clock may add {clock_ns:.0} ns to each operation, elsewhere \
         {least_ns:.0} ns; compare two runs that take many operations a sample, as `cargo bench` does now"
    )]
    ShortSamples { place: String, clock_ns: f64, least_ns: f64 },
    #[error("the benchmark itself changed: {0}; measure both sides with the same form of it")]
    BenchmarkChanged(String),
    #[error("its numbers are too far apart to be divided; measure again")]
    TooFarApart,
    #[error("a value at or below zero has no ratio; look at the values themselves")]
    NoRatio,
    #[error(
        "the interval holds changes beyond the threshold and changes within it; `min_detectable_change` of `--format json` \
         is the smallest change that would have been significant"
    )]
    Noise,
    #[error(
        "fewer than three runs of a side have it, which cannot tell whether it changed: two sessions of one code differ by as much; \
         compare three or more runs a side, or use `parcost gate`, which measures both in turns"
    )]
    Session,
    #[error(
        "the change exceeds the threshold, but is not significant among so many rows; use more runs a side, or `parcost gate`"
    )]
    TooManyRows,
    #[error(
        "its reference workload changed as well, so it may be the machine; `parcost gate` measures both sides in turns"
    )]
    ReferenceChanged,
    #[error(
        "the normalized value changed, the value itself did not: reference workload and benchmark do not follow the machine \
         alike; `parcost gate` measures both sides in turns"
    )]
    ReferenceDisagrees,
    #[error(
        "reference workload out of range: `{name}` took {factor:.2} times as long, and beyond {REFERENCE_FACTOR_MAX} times no \
         ratio can be trusted; measure both sides on the same quiet machine"
    )]
    ReferenceOutOfRange { name: String, factor: f64 },
}

#[derive(Clone, Debug, PartialEq, thiserror::Error, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum InvalidReason {
    #[error("the run holds {times} benchmarks of this name; give each its own")]
    Repeated { times: usize },
    #[error("{failed} of {tried} pairs failed, more than one in five")]
    Failed { failed: u64, tried: u64 },
    #[error("the hypervisor took {percent:.0} % of the processors' time; measure on a quieter machine")]
    Stolen { percent: f64 },
    #[error(
        "the baseline, one program, took {factor:.2} times as long in the later half of the pairs as in the earlier; measure \
         on a quieter machine"
    )]
    BaselineDrift { factor: f64 },
    #[error("pairs are measured in wall time and CPU time, not in {0}")]
    Metric(Metric),
    #[error("a process of pair {pair} did not report its {metric}")]
    NotReported { pair: usize, metric: Metric },
    #[error("pair {pair} holds {value} ns, not a finite number above zero")]
    NotPositive { pair: usize, value: f64 },
    #[error("the two values of pair {pair} are out of all proportion; are they in one unit?")]
    TooWide { pair: usize },
    #[error("it was counted on one side only")]
    CountedOnOneSide,
    #[error("a count is 0: nothing was executed, or nothing of it was seen")]
    ZeroCount,
    #[error(
        "count collapsed: it fell from {baseline} to {candidate}, so it no longer does its work; look at the benchmark, and \
         rename it if that is intended"
    )]
    Collapsed { baseline: f64, candidate: f64 },
    #[error(
        "time collapsed: it fell from {baseline:.1} to {candidate:.1} ns, less than a call takes, so it no longer does its work; \
         look at the benchmark, and rename it if that is intended"
    )]
    TimedNothing { baseline: f64, candidate: f64 },
    #[error(
        "unit or direction changed: {series} of {place} is in {unit}, and the other side has only {other}; rename the \
         benchmark or measure both sides alike"
    )]
    UnitChanged { series: String, place: String, unit: &'static str, other: String },
    #[error(
        "unit changed: the work of one operation of {series} was declared as {baseline} in {place} and as {other} on the \
         other side; give the new work its own name"
    )]
    WorkChanged { series: String, place: String, baseline: String, other: String },
    #[error("{place} holds {value} {unit} for {series}, which is impossible; remove the run and measure again")]
    Impossible { series: String, place: String, value: f64, unit: &'static str },
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema, thiserror::Error, IntoStaticStr)]
#[serde(into = "CodedReason")]
#[schemars(with = "CodedReason")]
#[strum(serialize_all = "snake_case")]
pub enum VerdictReason {
    /// A count that changed by this share, within the threshold.
    #[error("{:+.2} %, below the threshold", .0 * 100.0)]
    BelowThreshold(f64),
    /// A count that changed by more than the threshold, which are too few instructions.
    #[error("{0}: too few to be a change")]
    FewInstructions(FewInstructions),
    /// It executes the same, and its pairs, if it got any, do not decide.
    #[error(
        "unchanged in counts: the same instructions, system calls and allocations of one execution, which see no caches, code \
         layout, contention or kernel; {}", if *.pairs == 0 { "not timed: the budget left no time for a pair" } else { "its pairs do not decide" }
    )]
    SameCounts { pairs: usize },
    /// An unchanged count of a benchmark that calls this function: not all of its cost is counted.
    #[error("it calls `{0}`, and what waits or is done by the kernel and other processes is not counted")]
    PartlyCounted(String),
    /// It regressed in this clock alone.
    #[error("{}", if *.0 == Metric::WallTime {
        "the same CPU time takes longer: less of it runs in parallel, or it waits"
    } else {
        "the same wall time takes more CPU time"
    })]
    OtherClock(Metric),
    /// The smallest samples are no slower, and the median ones are.
    #[error("the median of its samples takes so much longer, and the smallest does not: it is slow now and then")]
    SlowerMedian,
    /// The smallest and the median samples are no slower, and all operations together are.
    #[error(
        "all its operations together take so much longer, and its median sample does not: a few of them are very slow"
    )]
    SlowerMean,
    /// Too few pairs for a look, and all of them far beyond the threshold.
    #[error(
        "{pairs} of the {PAIRS_FIRST} pairs that a first look takes, all at least {FEW_PAIRS_EACH} times and together \
         {FEW_PAIRS_TOGETHER} times slower"
    )]
    FewPairs { pairs: usize },
    #[error("the candidate's process failed in {failed} of {tried} pairs, the baseline's far less often")]
    Crashes { failed: u64, tried: u64 },
    #[error(transparent)]
    #[strum(transparent)]
    Inconclusive(#[from] InconclusiveReason),
    #[error(transparent)]
    #[strum(transparent)]
    Invalid(#[from] InvalidReason),
}

/// A change of a count that is many per cent of so few instructions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FewInstructions {
    /// Of the baseline's count.
    pub share: f64,
    pub instructions: f64,
}

impl fmt::Display for FewInstructions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { share, instructions } = self;
        let moved = if *share < 0.0 { "fell" } else { "rose" };
        let percent = share.abs() * 100.0;
        write!(
            f,
            "counts {moved} by {percent:.1} % ({:.0} instructions), no more than {CHANGE_INSTRUCTIONS}",
            instructions.abs()
        )
    }
}

impl InvalidReason {
    /// Whether the machine is the reason, and not the benchmark or the file.
    pub(crate) fn is_of_the_machine(&self) -> bool {
        matches!(self, InvalidReason::Stolen { .. } | InvalidReason::BaselineDrift { .. })
    }
}

impl VerdictReason {
    pub fn verdict(&self) -> Verdict {
        match self {
            VerdictReason::BelowThreshold(_)
            | VerdictReason::FewInstructions(_)
            | VerdictReason::SameCounts { .. }
            | VerdictReason::PartlyCounted(_) => Verdict::Unchanged,
            VerdictReason::OtherClock(_)
            | VerdictReason::SlowerMedian
            | VerdictReason::SlowerMean
            | VerdictReason::FewPairs { .. }
            | VerdictReason::Crashes { .. } => Verdict::Regressed,
            VerdictReason::Inconclusive(_) => Verdict::Inconclusive,
            VerdictReason::Invalid(_) => Verdict::Invalid,
        }
    }
}

/// A reason as programs read it.
#[derive(Serialize, JsonSchema)]
pub struct CodedReason {
    /// A word that stays when the text changes.
    code: &'static str,
    text: String,
}

impl<R: fmt::Display> From<R> for CodedReason
where
    for<'a> &'a R: Into<&'static str>,
{
    fn from(reason: R) -> Self {
        Self { code: (&reason).into(), text: reason.to_string() }
    }
}
