//! A pair of fresh processes of one benchmark: how much each of them measures, and what they took.

use std::path::Path;
use std::time::{Duration, Instant};

use super::launcher::Launcher;
use super::plan::Runner;
use super::{Side, Sides, Subject, criterion};
use crate::model::{Pair, Timing};
use crate::workloads::WorkerError;

/// Samples of one process, and those before them that do not count.
const SLICES: u32 = 10;
const WARM_UP_SLICES: u32 = 2;
/// Samples of one process whose single operation is longer than a slice ought to be.
const SLICES_MIN: u32 = 3;

/// More operations than Criterion needs in one process, at least: the rest of its time is spent whatever is measured.
const OPERATIONS_NEEDED: f64 = 200.0;

/// Planted slowness is this close to what was asked for, as a share of the work, or it is not planted.
const PLANTED_TOLERANCE: f64 = 0.004;

/// A benchmark that is measured in pairs.
pub(super) struct PairedMeasurement<'a> {
    pub(super) subject: &'a Subject,
    pub(super) effort: Effort,
    /// How long a pair takes.
    pub(super) pair_time: Duration,
    pub(super) failures_in_a_row: u64,
    pub(super) is_open: bool,
}

/// How much one process measures.
pub(super) enum Effort {
    Slices {
        number: u32,
        /// Operations of a sample, on either side.
        operations: Sides<u64>,
    },
    /// Whatever Criterion makes of this time.
    Sampling(Duration),
}

/// Finds out how many operations fill a slice, on the baseline, and measures a first pair, to see how long one takes.
pub(super) fn prepare<'a>(
    subject: &'a Subject,
    process: Duration,
    scratch: &Path,
) -> Result<(PairedMeasurement<'a>, Pair), WorkerError> {
    let effort = match &subject.runner {
        Runner::Launcher(programs) => {
            let slice = process / (SLICES + WARM_UP_SLICES);
            let (operations, single) = operations(&programs.baseline, &subject.benchmark, slice, scratch)?;
            let fitting = process.as_nanos() / single.as_nanos().max(1);
            let number = if operations > 1 { SLICES } else { (fitting as u32).clamp(SLICES_MIN, SLICES) };
            let candidate = planted(operations, subject.planted);
            Effort::Slices { number, operations: Sides { baseline: operations, candidate } }
        }
        Runner::Criterion(_) => Effort::Sampling(process),
    };
    let mut measurement =
        PairedMeasurement { subject, effort, pair_time: Duration::ZERO, failures_in_a_row: 0, is_open: true };
    let start = Instant::now();
    let baseline = measurement.process(Side::Baseline, scratch)?;
    let candidate = measurement.process(Side::Candidate, scratch);
    let candidate = candidate.map_err(|error| match error {
        // The host can do it, as the baseline has just shown.
        WorkerError::Refused(reason) => {
            WorkerError::Failed(format!("the candidate refuses what the baseline does: {reason}"))
        }
        failed => failed,
    })?;
    measurement.pair_time = start.elapsed();
    Ok((measurement, Pair { candidate_first: false, baseline, candidate, stolen: None }))
}

/// The number of operations that are so many times the work, or the number itself where no whole number comes close.
fn planted(operations: u64, factor: f64) -> u64 {
    let wanted = (operations as f64 * factor).round();
    let exact = (wanted / operations as f64 - factor).abs() <= PLANTED_TOLERANCE;
    if exact { wanted as u64 } else { operations }
}

/// The number of operations that take about a slice together, and how long one takes.
fn operations(
    program: &Path,
    benchmark: &str,
    slice: Duration,
    scratch: &Path,
) -> Result<(u64, Duration), WorkerError> {
    /// Tries at the last number, of which the shortest counts.
    const TRIES: u32 = 3;
    let mut launcher = Launcher::start(program, scratch)?;
    launcher.time(benchmark, 1)?;
    let target = slice.as_nanos() as f64;
    let mut count = 1_u64;
    loop {
        let tries = if count == 1 { 1 } else { TRIES };
        let mut least = f64::INFINITY;
        for _ in 0..tries {
            least = least.min(launcher.time(benchmark, count)?.elapsed_ns);
        }
        let single = least / count as f64;
        if least >= target / 2.0 || count >= 1 << 40 {
            launcher.finish()?;
            let wanted = (target / single).ceil().max(1.0) as u64;
            return Ok((wanted, Duration::from_nanos(single.ceil() as u64)));
        }
        let wanted = (target / single).ceil() as u64;
        count = wanted.clamp(count * 2, count * 16);
    }
}

/// How much more the candidate does, as far as a whole number of operations allows; none where both do the same.
pub(super) fn more_work(operations: &Sides<u64>) -> Option<f64> {
    let unlike = operations.baseline != operations.candidate;
    unlike.then(|| operations.candidate as f64 / operations.baseline as f64)
}

impl Effort {
    /// Operations of a sample, on either side; none where Criterion chooses them.
    pub(super) fn operations(&self) -> Option<&Sides<u64>> {
        match self {
            Effort::Slices { operations, .. } => Some(operations),
            Effort::Sampling(_) => None,
        }
    }
}

impl PairedMeasurement<'_> {
    /// One process of each side, one after the other; which one failed, and why.
    pub(super) fn pair(
        &mut self,
        candidate_first: bool,
        scratch: &Path,
        stolen: &mut dyn FnMut() -> Option<(u64, u64)>,
    ) -> Result<Pair, (Side, String)> {
        let before = stolen();
        let run = |side| self.process(side, scratch).map_err(|error| (side, error.to_string()));
        let outcome = if candidate_first {
            run(Side::Candidate).and_then(|candidate| Ok((run(Side::Baseline)?, candidate)))
        } else {
            run(Side::Baseline).and_then(|baseline| Ok((baseline, run(Side::Candidate)?)))
        };
        let (baseline, candidate) = match outcome {
            Ok(timings) => timings,
            Err(failed) => {
                self.failures_in_a_row += 1;
                return Err(failed);
            }
        };
        self.failures_in_a_row = 0;
        let stolen = match (before, stolen()) {
            (Some((stolen, all)), Some((stolen_after, all_after))) if all_after > all => {
                Some(stolen_after.saturating_sub(stolen) as f64 / (all_after - all) as f64)
            }
            _ => None,
        };
        Ok(Pair { candidate_first, baseline, candidate, stolen })
    }

    /// What a pair takes beside the operations that it has to do.
    pub(super) fn overhead(&self, pair: &Pair) -> Duration {
        let operation = (pair.baseline.wall_ns_median + pair.candidate.wall_ns_median) / 1e9;
        let operations = Duration::try_from_secs_f64(operation * OPERATIONS_NEEDED).unwrap_or(Duration::MAX);
        self.pair_time.saturating_sub(operations)
    }

    fn process(&self, side: Side, scratch: &Path) -> Result<Timing, WorkerError> {
        let benchmark = self.subject.name(side);
        let timing = match (&self.subject.runner, &self.effort) {
            (Runner::Launcher(programs), Effort::Slices { number, operations }) => run_launcher(
                programs.of(side),
                benchmark,
                *number,
                (*operations.of(side), operations.baseline),
                scratch,
            ),
            (Runner::Criterion(programs), Effort::Sampling(sampling)) => {
                let walls = criterion::run(programs.of(side), benchmark, *sampling, scratch);
                walls.map_err(WorkerError::Failed).and_then(|(walls, mean)| timing(walls, mean, None))
            }
            (Runner::Launcher(_), Effort::Sampling(_)) | (Runner::Criterion(_), Effort::Slices { .. }) => {
                unreachable!("preparation gives each kind of runner its own kind of effort")
            }
        };
        timing.map_err(|error| match error {
            WorkerError::Failed(reason) => WorkerError::Failed(format!("{}: {reason}", side.name())),
            refused => refused,
        })
    }
}

/// One process of a launcher. Operations that are planted are done and timed, but not counted: `counted` is the work that
/// `done` stands for.
fn run_launcher(
    program: &Path,
    benchmark: &str,
    slices: u32,
    (done, counted): (u64, u64),
    scratch: &Path,
) -> Result<Timing, WorkerError> {
    let mut launcher = Launcher::start(program, scratch)?;
    for _ in 0..if counted == 1 { 1 } else { WARM_UP_SLICES } {
        launcher.time(benchmark, done)?;
    }
    let (mut walls, mut cpus) = (Vec::new(), Vec::new());
    for _ in 0..slices {
        let slice = launcher.time(benchmark, done)?;
        walls.push(slice.elapsed_ns / counted as f64);
        cpus.extend(slice.cpu_ns.map(|ns| ns / counted as f64));
    }
    launcher.finish()?;
    let cpus = (cpus.len() == walls.len()).then_some(cpus);
    let mean = walls.iter().sum::<f64>() / walls.len() as f64;
    timing(walls, mean, cpus)
}

pub(super) fn timing(mut walls: Vec<f64>, mean: f64, cpus: Option<Vec<f64>>) -> Result<Timing, WorkerError> {
    walls.sort_by(f64::total_cmp);
    let (Some(&least), Some(&median)) = (walls.first(), walls.get(walls.len() / 2)) else {
        return Err(WorkerError::Failed("it took no samples".to_owned()));
    };
    let cpu_ns = cpus.and_then(|cpus| cpus.into_iter().min_by(f64::total_cmp));
    Ok(Timing { samples: walls.len() as u64, wall_ns: least, wall_ns_median: median, wall_ns_mean: Some(mean), cpu_ns })
}
