//! How far work scales with workers: the efficiency at each number of them, and the laws that whole curves follow.
//!
//! Efficiency is the speed-up ÷ the ideal one: that of the processors that the workers were really given, or of the workers
//! where they wait. The laws are of processors, so that only curves that are bound by them are fitted, and of these only the
//! points with no more workers than processors: beyond them it is the scheduler that is measured.

pub(super) mod curve;

pub use self::curve::Fit;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;
use strum::Display;

use self::curve::{Curve, Laws, across, bounded, curves, curves_of, efficiency_of_two};
use super::comparisons::{Scaled, scaled};
use super::processors::processors;
use crate::model::topics::{Bound, Work};
use crate::model::{AsText, BenchmarkId, Estimate, Measurement, Metric, Omission, Round, Run};
use crate::stats::scalability::Fitted;
use crate::verdict::ratio::kept;
use crate::verdict::{Absent, Figure, Sessions, Value, ValueOrReason, find_ratio};

/// How one piece of work scales, by threads and by processes.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Law {
    pub topic: String,
    pub label: String,
    /// Without the number of workers.
    pub parameters: BTreeMap<String, u64>,
    pub growth: Growth,
    pub bound: Bound,
    /// The numbers of workers beyond one, in order.
    pub workers: Vec<u64>,
    pub threads: Option<FittedCurve>,
    pub processes: Option<FittedCurve>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema, Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Growth {
    /// Weak scaling: each worker has the same work.
    Weak,
    /// Strong scaling: the same work is shared out.
    Strong,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct FittedCurve {
    /// Without the number of workers.
    #[serde(with = "AsText")]
    pub benchmark: BenchmarkId,
    #[serde(with = "ValueOrReason::<Vec<Value>>")]
    pub efficiency: Vec<Value>,
    pub fit: Fit,
}

/// A job that two workers split, vs. doing it alone: strong scaling over its size.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Split {
    /// The size of the job, in square roots.
    pub roots: u64,
    pub functions: Vec<SplitEfficiency>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SplitEfficiency {
    pub function: &'static str,
    /// A share of two processors, or of the one there is.
    #[serde(with = "ValueOrReason")]
    pub efficiency: Value,
}

/// The group of split jobs, its topic and functions, the one that does all alone, and the axis.
const TOPIC: &str = "cpu";
pub(super) const SPLIT: &str = "split";
const SPLITTING: [&str; 5] = ["thread", "pooled_thread", "work_stealing", "fork", "pooled_process"];
const ALONE: &str = "alone";
const SIZE: &str = "roots";

/// How the work of a run scales; nothing of what was measured with one worker alone.
pub fn laws(sessions: &Sessions) -> Vec<Law> {
    let run = sessions.run();
    let processors = processors(run);
    scaled(run).iter().flat_map(|scaled| laws_of(sessions, scaled, &processors)).collect()
}

fn laws_of(sessions: &Sessions, scaled: &Scaled, processors: &Value<u64>) -> Vec<Law> {
    let (run, reach) = (sessions.run(), sessions.reach(scaled.group, Metric::WallTime, Figure::Growth));
    let law = |(parameters, [threads, processes]): (_, [Option<Curve<'_>>; 2])| {
        let workers: BTreeSet<u64> = [&threads, &processes].into_iter().flatten().flat_map(Curve::workers).collect();
        let fitted = |curve: &Curve<'_>| FittedCurve {
            benchmark: curve.benchmark.clone(),
            efficiency: workers.iter().map(|&it| Ok(kept(curve.efficiency(it, processors)?, reach))).collect(),
            fit: curve.fit(processors, reach),
        };
        Law {
            topic: scaled.topic.to_owned(),
            label: scaled.label.clone(),
            parameters,
            growth: if scaled.work == Work::Each { Growth::Weak } else { Growth::Strong },
            bound: scaled.bound,
            threads: threads.as_ref().map(fitted),
            processes: processes.as_ref().map(fitted),
            workers: workers.into_iter().collect(),
        }
    };
    curves_of(run, scaled).into_iter().map(law).filter(|law| !law.workers.is_empty()).collect()
}

impl Law {
    /// The curves that were measured, each with the word for its workers.
    pub fn curves(&self) -> impl Iterator<Item = (&'static str, &FittedCurve)> {
        let both = [("threads", &self.threads), ("processes", &self.processes)];
        both.into_iter().filter_map(|(name, curve)| Some((name, curve.as_ref()?)))
    }
}

pub fn splits(sessions: &Sessions) -> Vec<Split> {
    let run = sessions.run();
    let measured: Vec<&BenchmarkId> =
        run.measurements.iter().map(|it| &it.benchmark).filter(|id| id.group == SPLIT).collect();
    // What failed has its reason in the table; what nobody asked for has no column.
    let has_failed =
        |function: &str| run.failures.iter().any(|it| it.benchmark.starts_with(&format!("{SPLIT}/{function}/")));
    let is_asked = |function: &&str| has_failed(function) || measured.iter().any(|id| id.function == *function);
    let functions: Vec<&str> = SPLITTING.into_iter().filter(is_asked).collect();
    let is_split = |id: &&&BenchmarkId| functions.contains(&id.function.as_str());
    let sizes: BTreeSet<u64> =
        measured.iter().filter(is_split).filter_map(|id| id.parameters.get(SIZE).copied()).collect();
    let processors = processors(run);
    let split = |function: &'static str, roots| {
        let id = BenchmarkId::new(SPLIT, function, &[(SIZE, roots)]);
        let efficiency = lacked_processors(run, &id)
            .map_or_else(|| efficiency_of_two(run, TOPIC, id.clone(), ALONE, &processors), Err);
        let reach = sessions.reach(SPLIT, Metric::WallTime, Figure::Ratio);
        SplitEfficiency { function, efficiency: efficiency.map(|it| kept(it, reach)) }
    };
    let job = |roots| Split { roots, functions: functions.iter().map(|&function| split(function, roots)).collect() };
    sizes.into_iter().map(job).collect()
}

/// Why the halves of a job cannot have had a processor each, if they cannot: the longer a job, the less its start weighs, so
/// that it gains no less than a shorter one.
pub(super) fn lacked_processors(run: &Run, split: &BenchmarkId) -> Option<Absent> {
    let gained = |id: &BenchmarkId| {
        find_ratio(run, TOPIC, [id, &id.with_function(ALONE)], Metric::WallTime).ok().filter(|_| id.group == SPLIT)
    };
    let roots = split.parameters.get(SIZE)?;
    let ratio = gained(split)?;
    let shorter = run
        .measurements
        .iter()
        .map(|it| &it.benchmark)
        .filter(|id| id.function == split.function && id.parameters.get(SIZE).is_some_and(|size| size < roots));
    let is_less = shorter.filter_map(gained).any(|shorter| ratio.low() > shorter.high());
    is_less.then_some(Absent::inconclusive("its halves lacked a processor: a shorter job gains more"))
}

const LAWS: &str = "scaling laws";

type Parameter = (Metric, fn(&Laws) -> Value<Fitted>);

const PARAMETERS: [Parameter; 4] = [
    (Metric::SerialShare, |laws| laws.serial_share.clone()),
    (Metric::Contention, |laws| laws.contention.clone()),
    (Metric::Coherency, |laws| laws.coherency.clone()),
    (Metric::PeakWorkers, |laws| {
        let peak = laws.peak.clone()?;
        // A peak that may never come is no number to watch.
        bounded(peak).ok_or(Absent::missing("it may never come"))
    }),
];

/// The efficiencies and the laws of a run as measurements, so that they are watched over the commits, and what is skipped
/// since the curves are too short.
///
/// The efficiency of one worker is 1 by its definition and not among them. A parameter that is fitted to whole curves
/// belongs to no number of workers.
pub fn law_series(run: &Run) -> (Vec<Measurement>, Vec<Omission>) {
    let processors = processors(run);
    let (mut measured, mut skipped) = (Vec::new(), Vec::new());
    let mut unfitted: BTreeMap<String, (String, BTreeSet<String>)> = BTreeMap::new();
    let mut fitted = 0;
    for scaled in &scaled(run) {
        for function in [Some(scaled.thread), scaled.process].into_iter().flatten() {
            for curve in curves(run, scaled, function) {
                for workers in curve.workers() {
                    match efficiency(&curve, workers, &processors) {
                        Ok(efficiency) => measured.extend(efficiency),
                        Err(Absent::Inconclusive(reason)) => skipped.push(Omission {
                            topic: scaled.topic.to_owned(),
                            what: format!("{}: {}", curve.benchmark_at(workers), Metric::Efficiency),
                            reason: reason.to_string(),
                        }),
                        Err(Absent::Missing(_)) => {}
                    }
                }
                if scaled.bound != Bound::Processors || scaled.work != Work::Each {
                    continue;
                }
                let laws = curve.laws(&processors);
                measured.extend(parameters(&curve, &laws, &processors));
                let whole = laws.serial_share.as_ref().and(laws.contention.as_ref());
                match whole {
                    Ok(_) => fitted += 1,
                    Err(reason) => {
                        let topic = scaled.topic.to_owned();
                        let (_, subjects) = unfitted.entry(reason.to_string()).or_insert((topic, BTreeSet::new()));
                        subjects.insert(curve.benchmark.to_string());
                    }
                }
            }
        }
    }
    let one_reason = unfitted.len() == 1 && fitted == 0;
    let omission = |(reason, (topic, subjects)): (String, (String, BTreeSet<String>))| {
        let subjects: Vec<String> = subjects.into_iter().collect();
        let what = if one_reason { LAWS.to_owned() } else { format!("{LAWS} of {}", subjects.join(", ")) };
        Omission { topic, what, reason: format!("{reason}; the curve itself is printed") }
    };
    skipped.extend(unfitted.into_iter().map(omission));
    (measured, skipped)
}

fn efficiency(curve: &Curve<'_>, workers: u64, processors: &Value<u64>) -> Value<Option<Measurement>> {
    let rounds = curve.efficiencies(workers, processors)?;
    let of = |several| {
        Some(measurement(several, curve.benchmark_at(workers), Metric::Efficiency, across(&rounds)?, &rounds))
    };
    Ok(curve.at(workers).and_then(of))
}

/// The parameters of the laws that have a number. The interval is that of the whole curve, the rounds are the fits of each.
fn parameters(curve: &Curve<'_>, laws: &Laws, processors: &Value<u64>) -> Vec<Measurement> {
    let by_round = curve.laws_by_round(processors);
    let parameter = |&(metric, of): &Parameter| {
        let whole = of(laws).ok()?;
        let estimate = Estimate::new(whole.center, whole.low, whole.high).ok()?;
        let rounds = by_round.iter().map(|laws| of(laws).map(|fitted| fitted.center)).collect::<Result<Vec<f64>, _>>();
        // Where a round alone has too few points, the whole curve is the only round.
        let rounds = rounds.unwrap_or_else(|_| vec![whole.center]);
        Some(measurement(curve.first()?, curve.benchmark.clone(), metric, estimate, &rounds))
    };
    PARAMETERS.iter().filter_map(parameter).collect()
}

/// A measurement that follows from others; `like` is one of them.
fn measurement(
    like: &Measurement,
    benchmark: BenchmarkId,
    metric: Metric,
    estimate: Estimate,
    rounds: &[f64],
) -> Measurement {
    let round = |(index, &value): (usize, &f64)| Round {
        samples: like.rounds.get(index).map_or(1, |round| round.samples),
        min: value,
        p10: value,
        median: value,
        ..Round::default()
    };
    let rounds: Vec<Round> = rounds.iter().enumerate().map(round).collect();
    Measurement::of_rounds(&like.topic, benchmark, metric, estimate, rounds)
}

#[cfg(test)]
mod tests;
