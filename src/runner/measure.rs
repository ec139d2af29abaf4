//! Measures pairs of fresh processes, in random order, for as long as there is something to find out.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use fastrand::Rng;

use super::pair::{Effort, PairedMeasurement, more_work, prepare};
use super::{Side, Subject};
use crate::model::{Failure, Metric, Omission, Pair, PairedBenchmark};
use crate::workloads::WorkerError;

/// A process samples for this long: twelve slices of about 10 ms.
const PROCESS_MAX: Duration = Duration::from_millis(120);
/// And no shorter than this, however many benchmarks share the budget: slices of 3 ms, long against the clock.
const PROCESS_MIN: Duration = Duration::from_millis(36);
/// Share of the budget that the first look may take: the rest is for what needs a second one.
const FIRST_LOOK: f64 = 0.5;

/// So many benchmarks of a bench target say what a pair of any takes: the setup of one alone may be slow.
const PREPARED_MIN: usize = 3;

/// Consecutive failed pairs after which a benchmark is dropped.
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
    /// About how long it takes until all of them are looked at again.
    pub next_look: Duration,
}

/// What the budget is enough for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FirstLook {
    /// Benchmarks that get a first look.
    pub fitting: usize,
    pub benchmarks: usize,
    /// The time that the first look at all of them takes; none where no pair is known.
    pub needed: Option<Duration>,
}

#[derive(Clone, Debug, Default)]
pub struct Measured {
    pub benchmarks: Vec<PairedBenchmark>,
    pub failures: Vec<Failure>,
    pub omissions: Vec<Omission>,
}

pub struct Context<'a> {
    pub scratch: &'a Path,
    /// Time that the hypervisor took from all processors since they started, and all their time, in one unit.
    pub stolen: &'a mut dyn FnMut() -> Option<(u64, u64)>,
    /// Called once, before the first round.
    pub planned: &'a mut dyn FnMut(FirstLook),
    /// Called after every pair.
    pub progress: &'a mut dyn FnMut(Progress),
    /// The indices of the undecided benchmarks; called after every look.
    pub undecided: &'a mut dyn FnMut(&[PairedBenchmark]) -> Vec<usize>,
}

/// Measures the subjects in pairs until all are decided or the budget is spent.
///
/// Pairs are dealt round by round, so that every benchmark gets its first look. Where the budget is not enough for that, those
/// that counts decided come after the others and those with the longest pairs last, and what cannot get a first look gets
/// the pair that it was prepared with, which what counts decided gets before any second look. Before each round, by what
/// pairs have taken so far, what would not get the next look any more gives way to what will, with the pairs that it has.
pub fn measure(subjects: &[Subject], schedule: &Schedule, context: &mut Context<'_>) -> Measured {
    let mut session = Session {
        schedule,
        start: Instant::now(),
        rng: Rng::with_seed(schedule.seed),
        measurements: Vec::new(),
        measured: Measured::default(),
        pairs: 0,
    };
    let first = schedule.looks.first().copied().unwrap_or(1);
    let prepared = session.prepare_all(subjects, first, context);
    session.announce(first, context);
    schedule.looks.iter().for_each(|&look| session.deal(look, context));
    session.fill(first, context);
    let mut measured = session.measured;
    // A benchmark that never got its turn has the pair that it was prepared with, in no random order, or nothing.
    for (benchmark, prepared) in measured.benchmarks.iter_mut().zip(prepared) {
        if benchmark.pairs.is_empty() && benchmark.failed_pairs == 0 {
            benchmark.pairs.push(prepared);
        }
    }
    measured.benchmarks.iter_mut().for_each(choose_metric);
    measured.benchmarks.sort_by(|a, b| (&a.topic, &a.benchmark).cmp(&(&b.topic, &b.benchmark)));
    measured
}

/// Measuring under way.
struct Session<'a> {
    schedule: &'a Schedule,
    start: Instant,
    rng: Rng,
    /// Those that counts left open first, and of them those with the shortest pairs; the benchmarks measured so far are in
    /// the same order, and behind them those that the budget left no time to prepare: asked for, and undecided.
    measurements: Vec<PairedMeasurement<'a>>,
    measured: Measured,
    pairs: u64,
}

impl<'a> Session<'a> {
    /// The pair that each benchmark was prepared with, in the order of the measurements.
    fn prepare_all(&mut self, subjects: &'a [Subject], first: usize, context: &mut Context<'_>) -> Vec<Pair> {
        let share = self.schedule.budget.mul_f64(FIRST_LOOK) / (2 * first * subjects.len().max(1)) as u32;
        let process = share.clamp(PROCESS_MIN, PROCESS_MAX);
        let mut order: Vec<&Subject> = subjects.iter().collect();
        self.rng.shuffle(&mut order);
        order.sort_by_key(|subject| subject.is_decided);
        let (mut prepared, mut unprepared) = (Vec::new(), Vec::new());
        let mut overheads: BTreeMap<&Path, Vec<Duration>> = BTreeMap::new();
        let (budget, mut end_of_decided) = (self.schedule.budget, None);
        for subject in order {
            let pair = least(subject.target().and_then(|target| overheads.get(target)).map_or(&[], Vec::as_slice));
            let elapsed = self.start.elapsed();
            let first_looks =
                || prepared.iter().map(|(it, _): &(PairedMeasurement, _)| it.pair_time * first as u32).sum();
            let (end, pairs) = match subject.is_decided {
                // One pair shows whether it is far slower.
                true => (*end_of_decided.get_or_insert_with(|| budget - reserved(budget, elapsed, first_looks())), 1),
                false => (budget, first),
            };
            if elapsed >= end || elapsed + pair * pairs as u32 > end {
                unprepared.push(without_pairs(subject, None));
                continue;
            }
            match prepare(subject, process, context.scratch) {
                Ok(ready) => {
                    if let Some(target) = subject.target() {
                        overheads.entry(target).or_default().push(ready.0.overhead(&ready.1));
                    }
                    prepared.push(ready);
                }
                // The benchmark that it stands for fails likewise, and says so.
                Err(_) if subject.is_control => {}
                Err(WorkerError::Refused(reason)) => self.measured.omissions.push(omission(subject, reason)),
                Err(error) => self.measured.failures.push(failure(subject, error.to_string())),
            }
        }
        prepared.sort_by_key(|(measurement, _)| (measurement.subject.is_decided, measurement.pair_time));
        let (measurements, prepared): (Vec<_>, Vec<_>) = prepared.into_iter().unzip();
        let known = measurements.iter().map(|it| without_pairs(it.subject, Some(&it.effort)));
        self.measured.benchmarks = known.chain(unprepared).collect();
        self.measurements = measurements;
        prepared
    }

    /// The places of the open benchmarks that get what `missing` makes of the number of their pairs in the time that is left.
    fn fitting(&self, missing: impl Fn(usize) -> usize) -> Vec<usize> {
        let mut end = self.start.elapsed();
        let mut fits = |place: &usize| {
            let measurement = &self.measurements[*place];
            let missing = missing(self.measured.benchmarks[*place].pairs.len());
            let after = end + measurement.pair_time * missing as u32;
            let fits = measurement.is_open && missing > 0 && after <= self.schedule.budget;
            end = if fits { after } else { end };
            fits
        };
        (0..self.measurements.len()).filter(|place| fits(place)).collect()
    }

    fn announce(&self, first: usize, context: &mut Context<'_>) {
        let (benchmarks, fitting) = (&self.measured.benchmarks, self.fitting(until(first)));
        let pairs: Duration = self.measurements.iter().map(|measurement| measurement.pair_time).sum();
        let mean = pairs.checked_div(self.measurements.len() as u32);
        let unprepared = benchmarks.len() - self.measurements.len();
        let rounds = |mean| pairs * first as u32 + mean * (unprepared * (first + 1)) as u32;
        (context.planned)(FirstLook {
            fitting: fitting.iter().filter(|&&place| !benchmarks[place].is_control).count(),
            benchmarks: benchmarks.iter().filter(|benchmark| !benchmark.is_control).count(),
            needed: mean.map(|mean| self.start.elapsed() + rounds(mean)),
        });
    }

    /// Measures round by round until the open benchmarks have the pairs of a look, or the time is spent, and looks at all.
    fn deal(&mut self, look: usize, context: &mut Context<'_>) {
        while self.round(self.fitting(until(look)), look, context) {}
        self.measured.benchmarks.iter_mut().for_each(choose_metric);
        let undecided = (context.undecided)(&self.measured.benchmarks);
        for (place, measurement) in self.measurements.iter_mut().enumerate() {
            measurement.is_open &= undecided.contains(&place);
        }
    }

    /// Spends what is left of the budget on open benchmarks that had their first look: their pairs are looked at once more at
    /// the end.
    fn fill(&mut self, first: usize, context: &mut Context<'_>) {
        let last = self.schedule.looks.last().copied().unwrap_or(first);
        while self.round(self.fitting(one_more(first, last)), last, context) {}
    }

    /// One more pair for each of these benchmarks, in random order; false where none of them is judged by it.
    fn round(&mut self, mut turn: Vec<usize>, look: usize, context: &mut Context<'_>) -> bool {
        // Nothing is measured for a control alone.
        if turn.iter().all(|&place| self.measurements[place].subject.is_control) {
            return false;
        }
        self.rng.shuffle(&mut turn);
        turn.into_iter().for_each(|place| self.add_pair(place, look, context));
        true
    }

    /// Measures a benchmark until it has one more pair. A look needs as many pairs of every benchmark: one that failed is
    /// repeated in the same round.
    fn add_pair(&mut self, place: usize, look: usize, context: &mut Context<'_>) {
        let round = self.measured.benchmarks[place].pairs.len() + 1;
        while self.measurements[place].is_open && self.measured.benchmarks[place].pairs.len() < round {
            let (measurement, benchmark) = (&mut self.measurements[place], &mut self.measured.benchmarks[place]);
            let start = self.start.elapsed();
            if start + measurement.pair_time > self.schedule.budget {
                return;
            }
            match measurement.pair(self.rng.bool(), context.scratch, context.stolen) {
                Ok(pair) => {
                    benchmark.pairs.push(pair);
                    // The mean of all, the one that it was prepared with among them.
                    let (before, taken) = (benchmark.pairs.len() as u32, self.start.elapsed() - start);
                    measurement.pair_time = (measurement.pair_time * before + taken) / (before + 1);
                }
                Err((side, reason)) => {
                    if benchmark.failed_pairs == 0 && !benchmark.is_control {
                        self.measured.failures.push(failure(measurement.subject, reason));
                    }
                    benchmark.failed_pairs += 1;
                    benchmark.failed_candidate += u64::from(side == Side::Candidate);
                    measurement.is_open = measurement.failures_in_a_row < FAILURES_MAX;
                }
            }
            self.pairs += 1;
            let open = || self.measurements.iter().filter(|measurement| measurement.is_open);
            let pair_time: Duration = open().map(|measurement| measurement.pair_time).sum();
            (context.progress)(Progress {
                pairs: self.pairs,
                active: open().count(),
                elapsed: self.start.elapsed(),
                next_look: pair_time * look.saturating_sub(round) as u32,
            });
        }
    }
}

/// The pairs that a look needs, beyond those that there are.
fn until(look: usize) -> impl Fn(usize) -> usize {
    move |pairs| look.saturating_sub(pairs)
}

/// One pair for those that had their first look, up to the last.
fn one_more(first: usize, last: usize) -> impl Fn(usize) -> usize {
    move |pairs| usize::from((first..last).contains(&pairs))
}

/// The least that a pair of a bench target takes, by the overheads of those that were prepared: its start, and whole seconds
/// with Criterion before 0.4.
fn least(overheads: &[Duration]) -> Duration {
    let known = overheads.iter().min().filter(|_| overheads.len() >= PREPARED_MIN);
    known.copied().unwrap_or_default()
}

/// The time that what counts decide leaves for the first looks at the others: all they take, but no more than half of what
/// is left.
fn reserved(budget: Duration, elapsed: Duration, first_looks: Duration) -> Duration {
    first_looks.min(budget.saturating_sub(elapsed) / 2)
}

/// Wall time is judged where one side does not report its CPU time.
fn choose_metric(benchmark: &mut PairedBenchmark) {
    let is_complete = |pair: &Pair| pair.baseline.cpu_ns.is_some() && pair.candidate.cpu_ns.is_some();
    if benchmark.metric == Metric::CpuTime && !benchmark.pairs.iter().all(is_complete) {
        benchmark.metric = Metric::WallTime;
    }
}

/// A benchmark without pairs; its effort is none where there was no time to find it out.
fn without_pairs(subject: &Subject, effort: Option<&Effort>) -> PairedBenchmark {
    let operations = effort.and_then(Effort::operations);
    PairedBenchmark {
        topic: subject.topic.clone(),
        benchmark: subject.benchmark.clone(),
        renamed_from: subject.renamed_from.clone(),
        is_control: subject.is_control,
        metric: subject.metric(),
        class: subject.class,
        iterations: operations.map(|operations| operations.baseline),
        planted: operations.and_then(more_work),
        ..PairedBenchmark::default()
    }
}

fn omission(subject: &Subject, reason: String) -> Omission {
    Omission { topic: subject.topic.clone(), what: subject.benchmark.clone(), reason }
}

fn failure(subject: &Subject, reason: String) -> Failure {
    Failure { topic: subject.topic.clone(), benchmark: subject.benchmark.clone(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Class;
    use crate::runner::Sides;
    use crate::runner::pair::timing;
    use crate::runner::plan::Runner;

    fn subject(name: &str, is_decided: bool) -> Subject {
        let programs = Sides { baseline: "/base".into(), candidate: "/head".into() };
        Subject { is_decided, ..Subject::new("t", name, Class::System, Runner::Launcher(programs)) }
    }

    fn measurement(subject: &Subject, pair_time: u64) -> PairedMeasurement<'_> {
        let (effort, pair_time) = (Effort::Sampling(PROCESS_MAX), Duration::from_secs(pair_time));
        PairedMeasurement { subject, effort, pair_time, failures_in_a_row: 0, is_open: true }
    }

    fn pair(ns: f64) -> Pair {
        let timing = || timing(vec![ns; 10], ns, None).unwrap();
        Pair { candidate_first: false, baseline: timing(), candidate: timing(), stolen: None }
    }

    /// A minute for these subjects, with so many seconds for a pair and so many pairs each.
    fn session<'a>(schedule: &'a Schedule, subjects: &'a [Subject], each: &[(u64, usize)]) -> Session<'a> {
        let benchmark = |(subject, &(_, pairs)): (&Subject, &(u64, usize))| PairedBenchmark {
            pairs: vec![pair(100.0); pairs],
            ..without_pairs(subject, None)
        };
        Session {
            schedule,
            start: Instant::now(),
            rng: Rng::with_seed(1),
            measurements: subjects.iter().zip(each).map(|(subject, &(time, _))| measurement(subject, time)).collect(),
            measured: Measured {
                benchmarks: subjects.iter().zip(each).map(benchmark).collect(),
                ..Measured::default()
            },
            pairs: 0,
        }
    }

    fn minute() -> Schedule {
        Schedule { seed: 1, budget: Duration::from_secs(60), looks: vec![15] }
    }

    #[test]
    fn a_look_is_for_those_that_it_fits_in_the_time_that_is_left() {
        let (subjects, schedule) = ([subject("quick", false), subject("long", false), subject("same", true)], minute());
        let mut session = session(&schedule, &subjects, &[(1, 0), (5, 0), (2, 0)]);
        assert_eq!(session.fitting(until(15)), [0, 2], "what counts decide fills the rest");
        assert_eq!(session.fitting(until(8)), [0, 1]);
        // Pairs that take longer than planned leave the look to fewer benchmarks.
        session.measurements[0].pair_time = Duration::from_secs(4);
        assert_eq!(session.fitting(until(13)), [0]);
        session.measurements[0].is_open = false;
        assert_eq!(session.fitting(until(13)), [2]);
    }

    #[test]
    fn the_rest_of_a_budget_is_for_open_benchmarks_between_their_first_look_and_their_last() {
        let (subjects, schedule) = (["a", "b", "c", "d", "e"].map(|name| subject(name, false)), minute());
        let mut session = session(&schedule, &subjects, &[(1, 14), (1, 15), (1, 59), (1, 60), (58, 15)]);
        let turn = |session: &Session<'_>| session.fitting(one_more(15, 60));
        assert_eq!(turn(&session), [1, 2], "one pair each, and none that ends after the budget");
        session.measurements[2].is_open = false;
        assert_eq!(turn(&session), [1, 4], "the long one fits in place of what is decided");
        session.start -= Duration::from_secs(58);
        assert_eq!(turn(&session), [1]);
        session.start -= Duration::from_secs(2);
        assert_eq!(turn(&session), [0; 0], "nothing is left");
    }

    #[test]
    fn three_benchmarks_say_what_a_pair_takes_and_what_counts_decide_is_prepared_in_half_of_the_time_at_least() {
        let seconds = |all: &[u64]| all.iter().map(|&it| Duration::from_secs(it)).collect::<Vec<_>>();
        for (known, expected) in [(vec![], 0), (vec![9, 9], 0), (vec![9, 1, 9], 1)] {
            assert_eq!(least(&seconds(&known)), Duration::from_secs(expected), "{known:?}");
        }
        for (elapsed, first_looks, expected) in [(20, 10, 10), (20, 90, 20), (70, 10, 0)] {
            let [budget, elapsed, first_looks] = [60, elapsed, first_looks].map(Duration::from_secs);
            assert_eq!(reserved(budget, elapsed, first_looks), Duration::from_secs(expected));
        }
    }

    #[test]
    fn what_a_pair_takes_beside_its_operations_is_the_harness() {
        let subject = subject("a", false);
        for (operation_ns, expected) in [(100.0, 5), (20e6, 0)] {
            let overhead = measurement(&subject, 5).overhead(&pair(operation_ns));
            assert_eq!(overhead.as_secs_f64().round() as u64, expected, "{operation_ns}");
        }
    }
}
