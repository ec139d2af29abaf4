//! One scaling curve: the wall times of one function at several numbers of workers.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::advise::comparisons::Scaled;
use crate::model::topics::{Bound, WORKERS, Work};
use crate::model::{BenchmarkId, Estimate, Measurement, Metric, Round, Run};
use crate::stats::scalability::{self, AMDAHL_POINTS_MIN, Fitted, Peak, Point, UNIVERSAL_POINTS_MIN};
use crate::stats::{median, median_interval};
use crate::verdict::ratio::kept;
use crate::verdict::{Absent, Reason, Value, ValueOrReason, find_value, measurement, of_one_kind, value_of};

/// The wall times of one function over the number of workers.
pub(in crate::advise) struct Curve<'a> {
    /// Without the number of workers.
    pub(in crate::advise) benchmark: BenchmarkId,
    bound: Bound,
    work: Work,
    times: BTreeMap<u64, &'a Measurement>,
    /// Which number of workers failed, and why.
    hole: Option<Absent>,
    /// Where the work is shared out: doing it alone.
    alone: Option<&'a Measurement>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Fit {
    /// The share of the work that is not done in parallel, by Amdahl's law.
    #[serde(with = "ValueOrReason")]
    pub serial_share: Value,
    /// σ of Gunther's law: the same, where workers may lose by keeping in step, too.
    #[serde(with = "ValueOrReason")]
    pub contention: Value,
    /// κ of Gunther's law: what each pair of workers loses by that.
    #[serde(with = "ValueOrReason")]
    pub coherency: Value,
    /// The number of workers from which more of them do less.
    #[serde(with = "ValueOrReason")]
    pub peak_workers: Value,
}

pub(super) struct Laws {
    pub(super) serial_share: Value<Fitted>,
    pub(super) contention: Value<Fitted>,
    pub(super) coherency: Value<Fitted>,
    pub(super) peak: Value<Peak>,
}

/// The curves of a group with threads and with processes, by the parameters without the number of workers.
pub(in crate::advise) fn curves_of<'a>(
    run: &'a Run,
    scaled: &Scaled,
) -> BTreeMap<BTreeMap<String, u64>, [Option<Curve<'a>>; 2]> {
    let mut found: BTreeMap<_, [Option<Curve<'_>>; 2]> = BTreeMap::new();
    for (side, function) in [Some(scaled.thread), scaled.process].into_iter().enumerate() {
        for curve in function.into_iter().flat_map(|function| curves(run, scaled, function)) {
            let others = curve.benchmark.parameters.clone();
            found.entry(others).or_default()[side] = Some(curve);
        }
    }
    found
}

/// The curves of one function, one for each choice of the other parameters.
pub(in crate::advise) fn curves<'a>(run: &'a Run, scaled: &Scaled, function: &str) -> Vec<Curve<'a>> {
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
                    .or_else(|| measurement(run, &id.with(WORKERS, 1), Metric::WallTime))
            }
        };
        let failed = run.failures.iter().filter_map(|it| Some((it.benchmark.parse::<BenchmarkId>().ok()?, &it.reason)));
        let mut own = failed.filter(|(id, _)| {
            id.parameters.get(WORKERS).is_some_and(|&workers| *id == benchmark.with(WORKERS, workers))
        });
        let hole = own.next().map(|(id, reason)| Absent::missing(Reason::Failed(reason.clone())).of(id));
        Curve { benchmark, bound: scaled.bound, work: scaled.work, times, hole, alone }
    };
    found.into_iter().map(curve).collect()
}

/// The efficiency of a function that has half of the work done elsewhere: of two processors, vs. `alone`, which does it all.
pub(super) fn efficiency_of_two(
    run: &Run,
    topic: &str,
    split: BenchmarkId,
    alone: &'static str,
    processors: &Value<u64>,
) -> Value {
    let find = |id: &BenchmarkId| measurement(run, id, Metric::WallTime);
    let Some(two) = find(&split) else { return find_value(run, topic, &split, Metric::WallTime) };
    let whole = find(&split.with_function(alone));
    let (bound, work) = (Bound::Processors, Work::InAll { alone });
    let times = BTreeMap::from([(2, two)]);
    Curve { benchmark: split, bound, work, times, hole: None, alone: whole }.efficiency(2, processors)
}

impl<'a> Curve<'a> {
    pub(in crate::advise) fn workers(&self) -> impl Iterator<Item = u64> {
        self.times.keys().copied().filter(|&workers| workers > 1)
    }

    /// Whether it has two points, also where one of them failed.
    pub(in crate::advise) fn has_several(&self) -> bool {
        self.times.len() + usize::from(self.hole.is_some()) > 1
    }

    /// The time of each number of workers, or why one of them cannot be relied on: a curve with a hole may hide where it turns.
    pub(in crate::advise) fn times(&self) -> Value<Vec<(u64, Estimate)>> {
        self.hole.clone().map_or(Ok(()), Err)?;
        let time = |(&workers, it): (&u64, &&Measurement)| Ok((workers, named_value(it)?));
        self.times.iter().map(time).collect()
    }

    pub(super) fn first(&self) -> Option<&'a Measurement> {
        self.times.values().next().copied()
    }

    pub(super) fn at(&self, workers: u64) -> Option<&'a Measurement> {
        self.times.get(&workers).copied()
    }

    pub(in crate::advise) fn benchmark_at(&self, workers: u64) -> BenchmarkId {
        self.benchmark.with(WORKERS, workers)
    }

    /// The median of the efficiencies of the rounds, and its interval.
    pub(super) fn efficiency(&self, workers: u64, processors: &Value<u64>) -> Value {
        let rounds = self.efficiencies(workers, processors)?;
        let efficiency = across(&rounds).ok_or(Absent::inconclusive("it has no finite value"))?;
        of_one_kind(Metric::Efficiency, efficiency, "the ratios of its rounds", rounds)
    }

    /// The efficiency of each round: of the processors that it was given, or of its workers, as a share. Rounds are paired
    /// by their turns; where they took none, in their order, so that a pair is of two moments where one side lacks some.
    pub(super) fn efficiencies(&self, workers: u64, processors: &Value<u64>) -> Value<Vec<f64>> {
        let elsewhere = || Absent::missing(Reason::MeasuredElsewhere);
        let several = self.at(workers).ok_or_else(elsewhere)?;
        let (one, works) = match self.work {
            Work::Each => (self.at(1).ok_or_else(elsewhere)?, workers as f64),
            Work::InAll { alone } => {
                let alone = || Absent::missing(format!("{} was not measured", self.benchmark.with_function(alone)));
                (self.alone.ok_or_else(alone)?, 1.0)
            }
        };
        value_of(one).and(value_of(several))?;
        let most = match self.bound {
            Bound::Waiting => workers,
            Bound::Processors => workers.min(processors.clone()?),
        };
        let ideal = |round: &Round| most as f64 * availability(self.bound, round);
        // One worker that had to wait for a processor would have been faster, too.
        let reached = |(one, several): (&Round, &Round)| {
            works * one.median * availability(self.bound, one) / several.median / ideal(several)
        };
        let took_turns = |it: &Measurement| it.rounds.iter().all(|round| round.order_seed.is_some());
        let pairs = match one.rounds_in_turn(several) {
            few if few.is_empty() && took_turns(one) && took_turns(several) => {
                return Err(Absent::inconclusive("too few rounds of one worker and of several are of the same turn"));
            }
            none if none.is_empty() => one.rounds.iter().zip(&several.rounds).collect(),
            in_turn => in_turn,
        };
        Ok(pairs.into_iter().map(reached).collect())
    }

    /// The laws, as far as another session's efficiencies, which are apart by `reach`, move them.
    pub(super) fn fit(&self, processors: &Value<u64>, reach: f64) -> Fit {
        let Laws { serial_share, contention, coherency, peak } = self.laws(processors);
        // Of the longest fitted curve: 1 ÷ efficiency = 1 + σ (n - 1) + κ n (n - 1).
        let n = self.fitted(processors).ok().and_then(|fitted| Some(fitted.last()?.0 as f64)).unwrap_or(f64::INFINITY);
        let center = |fitted: &Value<Fitted>| fitted.as_ref().map_or(0.0, |it| it.center);
        let lost = |sigma: f64, kappa: f64| reach * (1.0 + sigma * (n - 1.0) + kappa * n * (n - 1.0));
        let both = lost(center(&contention), center(&coherency));
        let alone = lost(center(&serial_share), 0.0) / (n - 1.0);
        let (sigma, kappa) = (both / (n - 1.0), both / (n * (n - 1.0)));
        // The peak is at √((1 - σ) ÷ κ); where κ may be 0 it may never come.
        let of_peak = move |peak: Peak, coherency: Fitted| match (moved(coherency, kappa), bounded(peak)) {
            (Fitted { low, center, .. }, Some(peak)) if low > 0.0 => {
                number(peak).map(|it| kept(it, kappa / center / 2.0))
            }
            _ => Err(open(peak)),
        };
        Fit {
            serial_share: serial_share.and_then(|it| number(moved(it, alone))),
            peak_workers: peak.and_then(|peak| of_peak(peak, coherency.clone()?)),
            contention: contention.and_then(|it| number(moved(it, sigma))),
            coherency: coherency.and_then(|it| number(moved(it, kappa))),
        }
    }

    /// The laws of the curve through the centers of its estimates.
    pub(super) fn laws(&self, processors: &Value<u64>) -> Laws {
        self.points(processors).map_or_else(Laws::none, |points| laws(&points))
    }

    /// The laws of each round; the rounds of a curve are as many as its shortest point has.
    pub(super) fn laws_by_round(&self, processors: &Value<u64>) -> Vec<Laws> {
        let Ok(fitted) = self.fitted(processors) else { return Vec::new() };
        let shared = fitted.iter().map(|(_, it)| it.rounds.len()).min().unwrap_or(0);
        let round = |index: usize| -> Laws {
            let points: Vec<Point> = fitted
                .iter()
                .map(|&(workers, it)| {
                    point(workers, it.rounds[index].median, availability(self.bound, &it.rounds[index]))
                })
                .collect();
            laws(&points)
        };
        (0..shared).map(round).collect()
    }

    fn points(&self, processors: &Value<u64>) -> Value<Vec<Point>> {
        let point = |(workers, it): (u64, &Measurement)| {
            let shares: Vec<f64> = it.rounds.iter().map(|round| availability(self.bound, round)).collect();
            point(workers, it.estimate.center(), median(&shares).unwrap_or(1.0))
        };
        Ok(self.fitted(processors)?.into_iter().map(point).collect())
    }

    /// The measurements that a law is fitted to: those with a processor for each worker.
    fn fitted(&self, processors: &Value<u64>) -> Value<Vec<(u64, &'a Measurement)>> {
        if self.bound == Bound::Waiting || self.work != Work::Each {
            return Err(Absent::missing("workers that wait are bound by no processor, and the laws are of processors"));
        }
        let fitted: Vec<_> = self.times.range(..=processors.clone()?).map(|(&workers, &it)| (workers, it)).collect();
        if fitted.len() < AMDAHL_POINTS_MIN {
            return Err(too_few(
                fitted.len(),
                &format!("Amdahl's law takes {AMDAHL_POINTS_MIN}, Gunther's {UNIVERSAL_POINTS_MIN}"),
            ));
        }
        fitted.iter().try_for_each(|(_, it)| named_value(it).map(|_| ()))?;
        Ok(fitted)
    }
}

impl Laws {
    fn none(absent: Absent) -> Self {
        let peak = Err(absent.clone());
        let [serial_share, contention, coherency] = [(); 3].map(|()| Err(absent.clone()));
        Self { serial_share, contention, coherency, peak }
    }
}

/// The estimate of a measurement, or its name and why it cannot be relied on.
fn named_value(measurement: &Measurement) -> Value {
    value_of(measurement).map_err(|absent| absent.of(&measurement.benchmark))
}

fn too_few(points: usize, needed: &str) -> Absent {
    let s = if points == 1 { "" } else { "s" };
    Absent::missing(format!("with a processor for each worker the curve has {points} point{s}; {needed}"))
}

fn laws(points: &[Point]) -> Laws {
    let unbounded = || Absent::missing("the points do not bound it");
    let serial_share = scalability::amdahl(points).ok_or_else(unbounded);
    if points.len() < UNIVERSAL_POINTS_MIN {
        let few = too_few(points.len(), &format!("Gunther's law takes {UNIVERSAL_POINTS_MIN}"));
        return Laws { serial_share, ..Laws::none(few) };
    }
    let Some(fit) = scalability::universal(points) else { return Laws { serial_share, ..Laws::none(unbounded()) } };
    let peak = fit.peak.ok_or_else(|| match () {
        () if fit.contention.center >= 1.0 => Absent::missing("one worker does the most"),
        () if fit.coherency.center <= 0.0 => Absent::missing("the curve does not turn down"),
        () => unbounded(),
    });
    Laws { serial_share, contention: Ok(fit.contention), coherency: Ok(fit.coherency), peak }
}

/// The CPU availability of a round; all of it where the kernel does not report it.
fn availability(bound: Bound, round: &Round) -> f64 {
    match (bound, round.granted) {
        (Bound::Processors, Some(share)) if share > 0.0 => share,
        _ => 1.0,
    }
}

/// `n` workers with the same work each take `time`: with a share `available` of `n` processors, each processor's share of the
/// work takes that share of the time.
fn point(workers: u64, time: f64, available: f64) -> Point {
    Point { processors: workers as f64 * available, time: time * available }
}

/// The median and its interval, as everywhere over rounds.
pub(super) fn across(rounds: &[f64]) -> Option<Estimate> {
    let interval = median_interval(rounds)?;
    Estimate::new(median(rounds)?, interval.low, interval.high).ok()
}

pub(super) fn bounded(peak: Peak) -> Option<Fitted> {
    peak.high.map(|high| Fitted { center: peak.center, low: peak.low, high })
}

/// A parameter whose interval reaches so much farther, taken as independent.
fn moved(fitted: Fitted, by: f64) -> Fitted {
    let Fitted { center, low, high } = fitted;
    Fitted { center, low: center - libm::hypot(center - low, by), high: center + libm::hypot(high - center, by) }
}

fn open(peak: Peak) -> Absent {
    Absent::missing(format!("not before {:.0} workers, and perhaps never", peak.low))
}

fn number(fitted: Fitted) -> Value {
    Estimate::new(fitted.center, fitted.low, fitted.high).map_err(|error| Absent::inconclusive(error.to_string()))
}
