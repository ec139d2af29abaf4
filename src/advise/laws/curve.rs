//! One scaling curve: the wall times of one function at several numbers of workers.

use std::collections::BTreeMap;

use super::Fit;
use crate::advise::comparisons::Scaled;
use crate::model::topics::{Bound, WORKERS, Work};
use crate::model::{BenchmarkId, Estimate, Measurement, Metric, Quality, Round, Run};
use crate::stats::scalability::{self, AMDAHL_POINTS_MIN, Fitted, Peak, Point, UNIVERSAL_POINTS_MIN};
use crate::stats::{median, range};
use crate::verdict::reading::{Reading, measurement};

/// What a number of processors that no fact tells is called.
const UNKNOWN_PROCESSORS: &str = "how many processors there are is not known";

/// The wall times of one function over the number of workers.
pub(crate) struct Curve<'a> {
    /// The benchmarks, without the number of workers.
    pub(crate) benchmark: BenchmarkId,
    bound: Bound,
    work: Work,
    /// By number of workers.
    times: BTreeMap<u64, &'a Measurement>,
    /// Where the work is shared out: doing it alone.
    alone: Option<&'a Measurement>,
}

/// The laws of a curve, or why it has none.
pub(super) struct Laws {
    pub(super) serial_share: Result<Fitted, String>,
    pub(super) contention: Result<Fitted, String>,
    pub(super) coherency: Result<Fitted, String>,
    pub(super) peak: Result<Peak, String>,
}

/// The curves of one function, one for each choice of the other parameters.
pub(crate) fn curves<'a>(run: &'a Run, scaled: &Scaled, function: &str) -> Vec<Curve<'a>> {
    let mut found: BTreeMap<BTreeMap<String, u64>, BTreeMap<u64, &Measurement>> = BTreeMap::new();
    let is_of = |id: &BenchmarkId| id.group == scaled.group && id.function == function;
    for timed in run.measurements.iter().filter(|it| it.metric == Metric::WallTime && is_of(&it.benchmark)) {
        let mut others = timed.benchmark.parameters.clone();
        if let Some(workers) = others.remove(WORKERS) {
            found.entry(others).or_default().insert(workers, timed);
        }
    }
    let curve = |(parameters, times): (BTreeMap<String, u64>, _)| {
        let benchmark = BenchmarkId { group: scaled.group.to_owned(), function: function.to_owned(), parameters };
        let alone = match scaled.work {
            Work::Each => None,
            Work::InAll { alone } => {
                let id = benchmark.with_function(alone);
                measurement(run, &id, Metric::WallTime)
                    .or_else(|| measurement(run, &with_workers(&id, 1), Metric::WallTime))
            }
        };
        Curve { benchmark, bound: scaled.bound, work: scaled.work, times, alone }
    };
    found.into_iter().map(curve).collect()
}

/// The efficiency of a function that gives half of the work away: of two processors, against `alone`, which does it all.
pub(super) fn efficiency_of_two(
    run: &Run,
    topic: &str,
    halved: BenchmarkId,
    alone: &'static str,
    processors: Option<u64>,
) -> Reading {
    let find = |id: &BenchmarkId| measurement(run, id, Metric::WallTime);
    let Some(two) = find(&halved) else { return Reading::find(run, topic, &halved, Metric::WallTime) };
    let whole = find(&halved.with_function(alone));
    let (bound, work) = (Bound::Processors, Work::InAll { alone });
    Curve { benchmark: halved, bound, work, times: BTreeMap::from([(2, two)]), alone: whole }.efficiency(2, processors)
}

fn with_workers(benchmark: &BenchmarkId, workers: u64) -> BenchmarkId {
    let mut benchmark = benchmark.clone();
    benchmark.parameters.insert(WORKERS.to_owned(), workers);
    benchmark
}

impl<'a> Curve<'a> {
    /// The numbers of workers beyond one.
    pub(crate) fn workers(&self) -> impl Iterator<Item = u64> {
        self.times.keys().copied().filter(|&workers| workers > 1)
    }

    /// The time of each number of workers.
    ///
    /// # Errors
    ///
    /// Why one of them cannot be relied on: a curve with a hole may hide where it turns.
    pub(crate) fn times(&self) -> Result<Vec<(u64, Estimate)>, String> {
        let time = |(&workers, it): (&u64, &&Measurement)| match &it.quality {
            Quality::Good => Ok((workers, it.estimate)),
            Quality::Inconclusive(reason) => Err(format!("{}: {reason}", it.benchmark)),
        };
        self.times.iter().map(time).collect()
    }

    /// The measurement with the fewest workers.
    pub(super) fn first(&self) -> Option<&'a Measurement> {
        self.times.values().next().copied()
    }

    /// The measurement at a number of workers.
    pub(super) fn at(&self, workers: u64) -> Option<&'a Measurement> {
        self.times.get(&workers).copied()
    }

    /// The benchmark at a number of workers.
    pub(super) fn benchmark_at(&self, workers: u64) -> BenchmarkId {
        with_workers(&self.benchmark, workers)
    }

    /// The median of the efficiencies of the rounds, and their range.
    pub(super) fn efficiency(&self, workers: u64, processors: Option<u64>) -> Reading {
        let rounds = match self.efficiencies(workers, processors) {
            Ok(rounds) => rounds,
            Err(reading) => return reading,
        };
        match across(&rounds) {
            Some(estimate) => Reading::Measured(estimate),
            None => Reading::Inconclusive("it has no finite value".to_owned()),
        }
    }

    /// The efficiency of each round: of the processors that it was given, or of its workers, as a share. Rounds are paired
    /// in their order; where spoiled ones were dropped on one side, a pair is of two moments.
    ///
    /// # Errors
    ///
    /// Why there are none.
    pub(super) fn efficiencies(&self, workers: u64, processors: Option<u64>) -> Result<Vec<f64>, Reading> {
        let missing = |id: String| Reading::Missing(format!("{id} was not measured"));
        let several = self.at(workers).ok_or_else(|| missing(self.benchmark_at(workers).to_string()))?;
        let (one, works) = match self.work {
            Work::Each => (self.at(1).ok_or_else(|| missing(self.benchmark_at(1).to_string()))?, workers as f64),
            Work::InAll { alone } => {
                (self.alone.ok_or_else(|| missing(self.benchmark.with_function(alone).to_string()))?, 1.0)
            }
        };
        for side in [one, several] {
            if let Quality::Inconclusive(reason) = &side.quality {
                return Err(Reading::Inconclusive(reason.clone()));
            }
        }
        let most = match (self.bound, processors) {
            (Bound::Waiting, _) => workers,
            (Bound::Processors, Some(processors)) => workers.min(processors),
            (Bound::Processors, None) => return Err(Reading::Missing(UNKNOWN_PROCESSORS.to_owned())),
        };
        let pairs = one.rounds.iter().zip(&several.rounds);
        let to_be_had = |round: &Round| most as f64 * granted(self.bound, round);
        // One worker that was kept waiting would have been faster, too.
        let reached = |one: &Round, several: &Round| {
            works * one.median * granted(self.bound, one) / several.median / to_be_had(several)
        };
        Ok(pairs.map(|(one, several)| reached(one, several)).collect())
    }

    /// The laws of the curve as they are printed.
    pub(super) fn fit(&self, processors: Option<u64>) -> Fit {
        let reading = |fitted: Result<Fitted, String>| match fitted {
            Ok(fitted) => number(fitted),
            Err(reason) => Reading::Missing(reason),
        };
        let Laws { serial_share, contention, coherency, peak } = self.laws(processors);
        Fit {
            serial_share: reading(serial_share),
            contention: reading(contention),
            coherency: reading(coherency),
            peak_workers: reading(peak.and_then(|peak| bounded(peak).ok_or_else(|| open(peak)))),
        }
    }

    /// The laws of the curve through the centers of its estimates.
    pub(super) fn laws(&self, processors: Option<u64>) -> Laws {
        match self.points(processors) {
            Ok(points) => laws(&points),
            Err(reason) => Laws {
                serial_share: Err(reason.clone()),
                contention: Err(reason.clone()),
                coherency: Err(reason.clone()),
                peak: Err(reason),
            },
        }
    }

    /// The laws of each round; the rounds of a curve are as many as its shortest point has.
    pub(super) fn laws_by_round(&self, processors: Option<u64>) -> Vec<Laws> {
        let Ok(fitted) = self.fitted(processors) else { return Vec::new() };
        let shared = fitted.iter().map(|(_, it)| it.rounds.len()).min().unwrap_or(0);
        let round = |index: usize| -> Laws {
            let points: Vec<Point> = fitted
                .iter()
                .map(|&(workers, it)| point(workers, it.rounds[index].median, granted(self.bound, &it.rounds[index])))
                .collect();
            laws(&points)
        };
        (0..shared).map(round).collect()
    }

    /// The points of the fit.
    fn points(&self, processors: Option<u64>) -> Result<Vec<Point>, String> {
        let point = |(workers, it): (u64, &Measurement)| {
            let shares: Vec<f64> = it.rounds.iter().map(|round| granted(self.bound, round)).collect();
            point(workers, it.estimate.center(), median(&shares).unwrap_or(1.0))
        };
        Ok(self.fitted(processors)?.into_iter().map(point).collect())
    }

    /// The measurements that a law is fitted to: those with a processor for each worker.
    fn fitted(&self, processors: Option<u64>) -> Result<Vec<(u64, &'a Measurement)>, String> {
        if self.bound == Bound::Waiting || self.work != Work::Each {
            return Err("workers that wait are bound by no processor, and the laws are of processors".to_owned());
        }
        let processors = processors.ok_or(UNKNOWN_PROCESSORS)?;
        let fitted: Vec<_> = self.times.range(..=processors).map(|(&workers, &it)| (workers, it)).collect();
        if fitted.len() < AMDAHL_POINTS_MIN {
            return Err(format!(
                "with a processor for each worker the curve has {}; Amdahl's law takes {AMDAHL_POINTS_MIN}, Gunther's \
                 {UNIVERSAL_POINTS_MIN}",
                points(fitted.len())
            ));
        }
        for (_, it) in &fitted {
            if let Quality::Inconclusive(reason) = &it.quality {
                return Err(format!("{}: {reason}", it.benchmark));
            }
        }
        Ok(fitted)
    }
}

fn points(count: usize) -> String {
    if count == 1 { "1 point".to_owned() } else { format!("{count} points") }
}

fn laws(points: &[Point]) -> Laws {
    let unbounded = || "the points leave it open".to_owned();
    let serial_share = scalability::amdahl(points).ok_or_else(unbounded);
    if points.len() < UNIVERSAL_POINTS_MIN {
        let few = format!(
            "with a processor for each worker the curve has {} points; Gunther's law takes {UNIVERSAL_POINTS_MIN}",
            points.len()
        );
        return Laws { serial_share, contention: Err(few.clone()), coherency: Err(few.clone()), peak: Err(few) };
    }
    match scalability::universal(points) {
        Some(fit) => Laws {
            serial_share,
            contention: Ok(fit.contention),
            coherency: Ok(fit.coherency),
            peak: fit.peak.ok_or_else(|| match () {
                () if fit.contention.center >= 1.0 => "one worker does the most".to_owned(),
                () if fit.coherency.center <= 0.0 => "the curve does not turn down".to_owned(),
                () => unbounded(),
            }),
        },
        None => {
            Laws { serial_share, contention: Err(unbounded()), coherency: Err(unbounded()), peak: Err(unbounded()) }
        }
    }
}

/// The share of its processors that a round was given; all of it where the kernel does not tell.
fn granted(bound: Bound, round: &Round) -> f64 {
    match (bound, round.granted) {
        (Bound::Processors, Some(share)) if share > 0.0 => share,
        _ => 1.0,
    }
}

/// `n` workers with the same work each take `time`: with a share `granted` of `n` processors, each processor's share of the
/// work takes that share of the time.
fn point(workers: u64, time: f64, granted: f64) -> Point {
    Point { processors: workers as f64 * granted, time: time * granted }
}

/// The median and the range, as everywhere over rounds.
pub(super) fn across(rounds: &[f64]) -> Option<Estimate> {
    let range = range(rounds)?;
    Estimate::new(median(rounds)?, range.low, range.high).ok()
}

pub(super) fn bounded(peak: Peak) -> Option<Fitted> {
    peak.high.map(|high| Fitted { center: peak.center, low: peak.low, high })
}

fn open(peak: Peak) -> String {
    format!("not before {:.0} workers, and perhaps never", peak.low)
}

fn number(fitted: Fitted) -> Reading {
    match Estimate::new(fitted.center, fitted.low, fitted.high) {
        Ok(estimate) => Reading::Measured(estimate),
        Err(error) => Reading::Inconclusive(error.to_string()),
    }
}
