//! Scores the paired gate on suites that are put together from measured processes, all of one and the same program.
//!
//! A suite has 100 benchmarks. Each is one of the measured, from a place drawn at random on: processes that ran one after
//! the other are a pair, first those that begin at even places and then those at odd ones. Which of a pair is the
//! candidate is drawn, too. A planted change multiplies every value of the candidate.

use parcost::rooms::gate::{GatePolicy, gate};
use parcost::rooms::model::{Class, Metric, PairedBenchmark};
use parcost::rooms::verdict::Verdict;

use crate::noise::{Random, paired};
use crate::pairs::{Benchmarks, Block, Time};

/// Benchmarks in a suite, suites of each kind, and benchmarks of a suite in which a change is planted: 1,200 changes, so
/// that chance moves a recall by one per cent.
const BENCHMARKS: usize = 100;
const SUITES: u64 = 400;
const CHANGED: usize = 3;
/// The most pairs that the gate takes.
const PAIRS: usize = 60;

/// The verdicts of the gate on some suites.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Score {
    /// Benchmarks without a planted change.
    pub(crate) quiet: usize,
    /// Those of them that regressed or improved.
    false_alarms: usize,
    /// Their intervals that state a confidence, how many of these contain zero, and how many should by their confidences. The
    /// widest interval of too few pairs states none.
    intervals: usize,
    covered: usize,
    promised: f64,
    inconclusive: usize,
    /// Benchmarks with a planted change.
    changed: usize,
    /// Those of them that regressed.
    found: usize,
    /// Pairs that were looked at.
    pairs: usize,
}

impl Score {
    /// Of suites with a planted slowdown in some of their benchmarks; 0 plants none.
    pub(crate) fn of(block: &Block, time: Time, slowdown: f64) -> Self {
        let mut score = Self::default();
        for seed in 0..SUITES {
            score.add(&block.short, time, slowdown, &mut Random(seed));
        }
        score
    }

    fn add(&mut self, measured: &Benchmarks, time: Time, slowdown: f64, random: &mut Random) {
        let mut changed = Vec::new();
        while slowdown != 0.0 && changed.len() < CHANGED {
            let place = random.below(BENCHMARKS);
            if !changed.contains(&place) {
                changed.push(place);
            }
        }
        let factor = |place: usize| if changed.contains(&place) { 1.0 + slowdown } else { 1.0 };
        let benchmarks = (0..BENCHMARKS).map(|place| benchmark(measured, place, time, factor(place), random)).collect();
        for series in gate(&paired::run(benchmarks, Vec::new()), &GatePolicy::default()).benchmarks {
            let place: usize = series.benchmark.parse().expect("benchmarks are named by their places");
            self.pairs += series.pairs;
            self.inconclusive += usize::from(!series.verdict.is_decided());
            if changed.contains(&place) {
                self.changed += 1;
                self.found += usize::from(series.verdict == Verdict::Regressed);
                continue;
            }
            self.quiet += 1;
            self.false_alarms += usize::from(series.verdict.is_change());
            if let (Some(change), Some(confidence)) = (series.change, series.confidence) {
                self.intervals += 1;
                self.covered += usize::from(change.low() <= 0.0 && 0.0 <= change.high());
                self.promised += confidence;
            }
        }
    }

    /// False alarms for 1,000 comparisons.
    pub(crate) fn false_alarms_per_1000(&self) -> f64 {
        self.false_alarms as f64 * 1e3 / self.quiet as f64
    }

    /// The share of the planted changes that were found.
    pub(crate) fn recall(&self) -> f64 {
        self.found as f64 / self.changed as f64
    }

    /// The share of the intervals that hold the truth, where nothing was planted, less the share that they promise.
    pub(crate) fn coverage_beyond_promise(&self) -> f64 {
        (self.covered as f64 - self.promised) / self.intervals as f64
    }

    /// The share of the benchmarks that were not decided.
    pub(crate) fn inconclusive(&self) -> f64 {
        self.inconclusive as f64 / (self.quiet + self.changed) as f64
    }

    /// Pairs that one benchmark took on average.
    pub(crate) fn pairs(&self) -> f64 {
        self.pairs as f64 / (self.quiet + self.changed) as f64
    }
}

/// The benchmark at a place of a suite.
fn benchmark(measured: &Benchmarks, place: usize, time: Time, factor: f64, random: &mut Random) -> PairedBenchmark {
    let (name, processes) = measured.iter().nth(place % measured.len()).expect("a block has benchmarks");
    let pairs = processes.len() - 1;
    // Even places first, then odd ones.
    let at = |turn: usize| if 2 * turn < pairs { 2 * turn } else { 2 * (turn - pairs.div_ceil(2)) + 1 };
    let start = random.below(pairs);
    let values = (0..PAIRS).map(|turn| {
        let first = at((start + turn) % pairs);
        let (a, b) = (processes[first].min(time), processes[first + 1].min(time));
        let (baseline, candidate) = if random.uniform() < 0.5 { (a, b) } else { (b, a) };
        (baseline, candidate * factor)
    });
    let class = if name == "sqrt" { Class::Compute } else { Class::System };
    let mut benchmark = paired::benchmark(&place.to_string(), class, values);
    if time == Time::Cpu {
        benchmark.metric = Metric::CpuTime;
        for timing in benchmark.pairs.iter_mut().flat_map(|pair| [&mut pair.baseline, &mut pair.candidate]) {
            timing.cpu_ns = Some(timing.wall_ns);
        }
    }
    benchmark
}
