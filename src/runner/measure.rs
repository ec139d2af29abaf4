//! Measures pairs of fresh processes, in random order, for as long as there is something to find out.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use fastrand::Rng;

use super::launcher::Launcher;
use super::plan::Runner;
use super::{Side, Sides, Subject, criterion};
use crate::model::{Failure, Metric, Omission, Pair, PairedBenchmark, Timing};
use crate::workloads::WorkerError;

/// Samples of one process, and those before them that do not count.
const SLICES: u32 = 10;
const WARM_UP_SLICES: u32 = 2;
/// Samples of one process whose single operation is longer than a slice ought to be.
const SLICES_MIN: u32 = 3;

/// A process samples for this long: twelve slices of about 10 ms.
const PROCESS_MAX: Duration = Duration::from_millis(120);
/// And no shorter than this, however many benchmarks share the budget: slices of 3 ms, long against the clock.
const PROCESS_MIN: Duration = Duration::from_millis(36);
/// Share of the budget that the first look may take: the rest is for what needs a second one.
const FIRST_LOOK: f64 = 0.5;

/// Planted slowness is this close to what was asked for, as a share of the work, or it is not planted.
const PLANTED_TOLERANCE: f64 = 0.004;

/// Consecutive pairs after which a benchmark that always fails is dropped.
const FAILURES_MAX: u64 = 5;

#[derive(Clone, Debug)]
pub struct Schedule {
    pub seed: u64,
    /// Time for everything, preparation included.
    pub budget: Duration,
    /// Numbers of pairs after which what is decided stops, in growing order; the last is the most that are measured.
    pub looks: Vec<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    pub pairs: u64,
    /// Benchmarks that are not decided.
    pub active: usize,
    pub elapsed: Duration,
}

#[derive(Clone, Debug, Default)]
pub struct Measured {
    pub benchmarks: Vec<PairedBenchmark>,
    pub failures: Vec<Failure>,
    pub omissions: Vec<Omission>,
}

pub struct Context<'a> {
    pub scratch: &'a Path,
    pub environment: &'a BTreeMap<String, String>,
    /// Time that the hypervisor took from all processors since they started, and all their time, in one unit.
    pub stolen: &'a mut dyn FnMut() -> Option<(u64, u64)>,
    pub progress: &'a mut dyn FnMut(Progress),
    /// The indices of the undecided benchmarks; called after every look.
    pub undecided: &'a mut dyn FnMut(&[PairedBenchmark]) -> Vec<usize>,
}

struct PairedMeasurement<'a> {
    subject: &'a Subject,
    effort: Effort,
    pair_time: Duration,
    failures_in_a_row: u64,
}

enum Effort {
    Slices {
        number: u32,
        /// Operations of a sample, on either side.
        operations: Sides<u64>,
    },
    /// Whatever Criterion makes of this time.
    Sampling(Duration),
}

/// Measures the subjects in pairs until all are decided or the budget is spent.
pub fn measure(subjects: &[Subject], schedule: &Schedule, context: &mut Context<'_>) -> Measured {
    let start = Instant::now();
    let mut rng = Rng::with_seed(schedule.seed);
    let mut measured = Measured::default();
    let first = schedule.looks.first().copied().unwrap_or(1).max(1);
    let share = schedule.budget.mul_f64(FIRST_LOOK) / (2 * first * subjects.len().max(1)) as u32;
    let process = share.clamp(PROCESS_MIN, PROCESS_MAX);

    let mut order: Vec<usize> = (0..subjects.len()).collect();
    rng.shuffle(&mut order);
    let mut measurements: Vec<PairedMeasurement<'_>> = Vec::new();
    // What the budget leaves no time for is part of the result, without a pair: it was asked for, and is undecided.
    let mut unmeasured = Vec::new();
    let mut promised = Duration::ZERO;
    for &index in &order {
        let subject = &subjects[index];
        if start.elapsed() >= schedule.budget {
            unmeasured.push(without_pairs(subject, None));
            continue;
        }
        match prepare(subject, process, context) {
            Ok(measurement) => {
                let needed = measurement.pair_time * first as u32;
                if start.elapsed() + promised + needed > schedule.budget {
                    unmeasured.push(without_pairs(subject, Some(&measurement.effort)));
                } else {
                    promised += needed;
                    measurements.push(measurement);
                }
            }
            Err(WorkerError::Refused(reason)) => measured.omissions.push(omission(subject, reason)),
            Err(error) => measured.failures.push(failure(subject, error.to_string())),
        }
    }
    measurements
        .sort_by(|a, b| (&a.subject.topic, &a.subject.benchmark).cmp(&(&b.subject.topic, &b.subject.benchmark)));
    let started = measurements.iter().map(|measurement| without_pairs(measurement.subject, Some(&measurement.effort)));
    measured.benchmarks = started.chain(unmeasured).collect();
    let mut active = vec![true; measurements.len()];
    let mut pairs = 0;
    let last = schedule.looks.last().copied().unwrap_or(first);
    for round in 1..=last {
        let mut turn: Vec<usize> = (0..measurements.len()).filter(|&index| active[index]).collect();
        rng.shuffle(&mut turn);
        for index in turn {
            // A look needs as many pairs of every benchmark: one that failed is repeated in the same round.
            while active[index] && measured.benchmarks[index].pairs.len() < round {
                if start.elapsed() + measurements[index].pair_time > schedule.budget {
                    break;
                }
                match measurements[index].pair(rng.bool(), context) {
                    Ok(pair) => measured.benchmarks[index].pairs.push(pair),
                    Err(reason) => {
                        measured.benchmarks[index].failed_pairs += 1;
                        if measurements[index].failures_in_a_row == FAILURES_MAX {
                            active[index] = false;
                            measured.failures.push(failure(measurements[index].subject, reason));
                        }
                    }
                }
                pairs += 1;
                let active = active.iter().filter(|&&active| active).count();
                (context.progress)(Progress { pairs, active, elapsed: start.elapsed() });
            }
        }
        if schedule.looks.contains(&round) {
            measured.benchmarks.iter_mut().for_each(choose_metric);
            let undecided = (context.undecided)(&measured.benchmarks);
            for (index, active) in active.iter_mut().enumerate() {
                *active &= undecided.contains(&index);
            }
        }
        if !active.contains(&true) || start.elapsed() >= schedule.budget {
            break;
        }
    }
    measured.benchmarks.iter_mut().for_each(choose_metric);
    measured.benchmarks.sort_by(|a, b| (&a.topic, &a.benchmark).cmp(&(&b.topic, &b.benchmark)));
    measured
}

/// Wall time is judged where one side does not report its CPU time.
fn choose_metric(benchmark: &mut PairedBenchmark) {
    let is_complete = |pair: &Pair| pair.baseline.cpu_ns.is_some() && pair.candidate.cpu_ns.is_some();
    if benchmark.metric == Metric::CpuTime && !benchmark.pairs.iter().all(is_complete) {
        benchmark.metric = Metric::WallTime;
    }
}

/// Finds out how many operations fill a slice, on the baseline, and how long a pair takes.
fn prepare<'a>(
    subject: &'a Subject,
    process: Duration,
    context: &mut Context<'_>,
) -> Result<PairedMeasurement<'a>, WorkerError> {
    let effort = match &subject.runner {
        Runner::Launcher(programs) => {
            let slice = process / (SLICES + WARM_UP_SLICES);
            let (operations, single) = operations(&programs.baseline, &subject.benchmark, slice, context.scratch)?;
            let fitting = process.as_nanos() / single.as_nanos().max(1);
            let number = if operations > 1 { SLICES } else { (fitting as u32).clamp(SLICES_MIN, SLICES) };
            let candidate = planted(operations, subject.planted);
            Effort::Slices { number, operations: Sides { baseline: operations, candidate } }
        }
        Runner::Criterion(_) => Effort::Sampling(process),
    };
    let mut measurement = PairedMeasurement { subject, effort, pair_time: Duration::ZERO, failures_in_a_row: 0 };
    let start = Instant::now();
    measurement.process(Side::Baseline, context.scratch, context.environment)?;
    measurement.process(Side::Candidate, context.scratch, context.environment).map_err(|error| match error {
        // The host can do it, as the baseline has just shown.
        WorkerError::Refused(reason) => {
            WorkerError::Failed(format!("the candidate refuses what the baseline does: {reason}"))
        }
        failed => failed,
    })?;
    measurement.pair_time = start.elapsed();
    Ok(measurement)
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

/// A benchmark without pairs; its effort is none where there was no time to find it out.
fn without_pairs(subject: &Subject, effort: Option<&Effort>) -> PairedBenchmark {
    let operations = effort.and_then(Effort::operations);
    PairedBenchmark {
        topic: subject.topic.clone(),
        benchmark: subject.benchmark.clone(),
        metric: subject.metric(),
        class: subject.class,
        iterations: operations.map(|operations| operations.baseline),
        planted: operations.and_then(more_work),
        pairs: Vec::new(),
        failed_pairs: 0,
    }
}

/// How much more the candidate does, as far as a whole number of operations allows; none where both do the same.
fn more_work(operations: &Sides<u64>) -> Option<f64> {
    let unlike = operations.baseline != operations.candidate;
    unlike.then(|| operations.candidate as f64 / operations.baseline as f64)
}

impl Effort {
    /// Operations of a sample, on either side; none where Criterion chooses them.
    fn operations(&self) -> Option<&Sides<u64>> {
        match self {
            Effort::Slices { operations, .. } => Some(operations),
            Effort::Sampling(_) => None,
        }
    }
}

impl PairedMeasurement<'_> {
    fn pair(&mut self, candidate_first: bool, context: &mut Context<'_>) -> Result<Pair, String> {
        let before = (context.stolen)();
        let run = |side| self.process(side, context.scratch, context.environment);
        let outcome = if candidate_first {
            run(Side::Candidate).and_then(|candidate| Ok((run(Side::Baseline)?, candidate)))
        } else {
            run(Side::Baseline).and_then(|baseline| Ok((baseline, run(Side::Candidate)?)))
        };
        let (baseline, candidate) = match outcome {
            Ok(timings) => timings,
            Err(error) => {
                self.failures_in_a_row += 1;
                return Err(error.to_string());
            }
        };
        self.failures_in_a_row = 0;
        let stolen = match (before, (context.stolen)()) {
            (Some((stolen, all)), Some((stolen_after, all_after))) if all_after > all => {
                Some(stolen_after.saturating_sub(stolen) as f64 / (all_after - all) as f64)
            }
            _ => None,
        };
        Ok(Pair { candidate_first, baseline, candidate, stolen })
    }

    fn process(
        &self,
        side: Side,
        scratch: &Path,
        environment: &BTreeMap<String, String>,
    ) -> Result<Timing, WorkerError> {
        let benchmark = &self.subject.benchmark;
        let timing = match (&self.subject.runner, &self.effort) {
            (Runner::Launcher(programs), Effort::Slices { number, operations }) => run_launcher(
                programs.of(side),
                benchmark,
                *number,
                (*operations.of(side), operations.baseline),
                scratch,
            ),
            (Runner::Criterion(programs), Effort::Sampling(sampling)) => {
                let walls = criterion::run(programs.of(side), benchmark, environment, *sampling, scratch);
                walls.map_err(WorkerError::Failed).and_then(|walls| timing(walls, None))
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
    timing(walls, cpus)
}

fn timing(mut walls: Vec<f64>, cpus: Option<Vec<f64>>) -> Result<Timing, WorkerError> {
    walls.sort_by(f64::total_cmp);
    let (Some(&least), Some(&median)) = (walls.first(), walls.get(walls.len() / 2)) else {
        return Err(WorkerError::Failed("it took no samples".to_owned()));
    };
    let cpu_ns = cpus.and_then(|cpus| cpus.into_iter().min_by(f64::total_cmp));
    Ok(Timing { samples: walls.len() as u64, wall_ns: least, wall_ns_median: median, cpu_ns })
}

fn omission(subject: &Subject, reason: String) -> Omission {
    Omission { topic: subject.topic.clone(), what: subject.benchmark.clone(), reason }
}

fn failure(subject: &Subject, reason: String) -> Failure {
    Failure { topic: subject.topic.clone(), benchmark: subject.benchmark.clone(), reason }
}
