//! How far work scales with workers: the efficiency at each number of them, and the laws that whole curves follow.
//!
//! Efficiency is the speed-up ÷ the ideal one: that of the processors that the workers were really given, or of the workers
//! where they wait. The laws are of processors, so that only curves that are bound by them are fitted, and of these only the
//! points with no more workers than processors: beyond them it is the scheduler that is measured.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;
use strum::IntoStaticStr;

pub(super) mod curve;
mod series;

use self::curve::{Curve, curves_of, efficiency_of_two};
use super::comparisons::{Scaled, scaled};
use super::processors::processors;
use crate::model::topics::{Bound, Work};
use crate::model::{AsText, BenchmarkId, Metric, Run};
use crate::verdict::ratio::kept;
use crate::verdict::{Absent, Figure, Sessions, Value, ValueOrReason, find_ratio};

pub use curve::Fit;
pub use series::law_series;

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

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Growth {
    /// Weak scaling: each worker has the same work.
    Weak,
    /// Strong scaling: the same work is shared out.
    Strong,
}

impl Growth {
    pub fn word(self) -> &'static str {
        self.into()
    }
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
    let (run, reach) = (sessions.run(), sessions.reach(scaled.group, Figure::Growth));
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
        let reach = sessions.reach(SPLIT, Figure::Ratio);
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

#[cfg(test)]
mod tests;
