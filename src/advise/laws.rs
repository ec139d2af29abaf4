//! How far work scales with workers: the efficiency at each number of them, and the laws that whole curves follow.
//!
//! Weak scaling is what the workers of a group do that has the same work for each of them, strong scaling what they do that
//! share out the same work; which it is, the table of comparisons says of each group. The efficiency is the speed-up ÷ the
//! speed-up that was to be had: that of the processors that the workers were really given, or of the workers where they wait.
//! The laws are of processors, so that only curves that are bound by them are fitted, and of these only the points with no
//! more workers than processors: beyond them the scheduler is at work, and no more hands.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

mod curve;
mod series;

use super::answer;
use super::comparisons::{Scaled, scaled};
use crate::model::topics::{Bound, Work};
use crate::model::{BenchmarkId, Run};
use crate::verdict::reading::Reading;
pub(crate) use curve::{Curve, curves};

pub use series::law_series;

/// How one piece of work scales, by threads and by processes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Law {
    /// The topic.
    pub topic: String,
    /// What the workers do.
    pub label: String,
    /// The parameters beside the number of workers.
    pub parameters: BTreeMap<String, u64>,
    /// How much work there is for more workers.
    pub growth: Growth,
    /// What more of them have to have.
    pub bound: Bound,
    /// The numbers of workers beyond one, in order.
    pub workers: Vec<u64>,
    /// With threads; `None` where none were measured.
    pub threads: Option<Way>,
    /// With processes; `None` where none were measured.
    pub processes: Option<Way>,
}

/// How the work grows with the workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Growth {
    /// Weak scaling: each worker has the same.
    Weak,
    /// Strong scaling: it is shared out.
    Strong,
}

impl Growth {
    /// The word that is printed for it.
    pub fn word(self) -> &'static str {
        match self {
            Growth::Weak => "weak",
            Growth::Strong => "strong",
        }
    }
}

/// One way to do it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Way {
    /// The benchmarks, without the number of workers.
    pub benchmark: BenchmarkId,
    /// The efficiency at each number of workers, a share.
    pub efficiency: Vec<Reading>,
    /// What the law of the curve is, or why there is none.
    pub fit: Fit,
}

/// The parameters of the laws of one curve.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fit {
    /// The share of the work that is not done side by side, by Amdahl's law.
    pub serial_share: Reading,
    /// σ of Gunther's law: the same, where workers may lose by keeping themselves in step, too.
    pub contention: Reading,
    /// κ of Gunther's law: what each pair of workers loses by that.
    pub coherency: Reading,
    /// The number of workers from which more of them do less.
    pub peak_workers: Reading,
}

/// A job that is done in two halves by two workers, against doing it alone: strong scaling over its size.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Halved {
    /// The size of the job, in square roots.
    pub roots: u64,
    /// Each way to have the other half done, and its efficiency: a share of two processors, or of the one there is.
    pub ways: Vec<(String, Reading)>,
}

/// The group of jobs that are done in two halves, its topic and functions, and the one that does both alone.
const TOPIC: &str = "cpu";
pub(super) const HALVED: &str = "split";
const HALVES: [&str; 4] = ["thread", "pooled_thread", "fork", "pooled_process"];
const WHOLE: &str = "alone";
const SIZE: &str = "roots";

/// How the work of a run scales; nothing of what was measured with one worker alone.
pub fn laws(run: &Run) -> Vec<Law> {
    let processors = processors(run);
    scaled(run).iter().flat_map(|scaled| laws_of(run, scaled, processors)).collect()
}

fn laws_of(run: &Run, scaled: &Scaled, processors: Option<u64>) -> Vec<Law> {
    let law = |(parameters, [threads, processes]): (_, [Option<Curve<'_>>; 2])| {
        let workers: BTreeSet<u64> = [&threads, &processes].into_iter().flatten().flat_map(Curve::workers).collect();
        let way = |curve: &Curve<'_>| Way {
            benchmark: curve.benchmark.clone(),
            efficiency: workers.iter().map(|&workers| curve.efficiency(workers, processors)).collect(),
            fit: curve.fit(processors),
        };
        Law {
            topic: scaled.topic.to_owned(),
            label: scaled.label.clone(),
            parameters,
            growth: match scaled.work {
                Work::Each => Growth::Weak,
                Work::InAll { .. } => Growth::Strong,
            },
            bound: scaled.bound,
            threads: threads.as_ref().map(way),
            processes: processes.as_ref().map(way),
            workers: workers.into_iter().collect(),
        }
    };
    curves_of(run, scaled).into_iter().map(law).filter(|law| !law.workers.is_empty()).collect()
}

/// The curves of a group with threads and with processes, by the parameters beside the number of workers.
pub(super) fn curves_of<'a>(run: &'a Run, scaled: &Scaled) -> BTreeMap<BTreeMap<String, u64>, [Option<Curve<'a>>; 2]> {
    let mut found: BTreeMap<_, [Option<Curve<'_>>; 2]> = BTreeMap::new();
    for (side, function) in [Some(scaled.thread), scaled.process].into_iter().enumerate() {
        for curve in function.into_iter().flat_map(|function| curves(run, scaled, function)) {
            let others = curve.benchmark.parameters.clone();
            found.entry(others).or_default()[side] = Some(curve);
        }
    }
    found
}

impl Law {
    /// The ways that were measured, each with the word for who did it.
    pub fn ways(&self) -> impl Iterator<Item = (&'static str, &Way)> {
        let both = [("threads", &self.threads), ("processes", &self.processes)];
        both.into_iter().filter_map(|(name, way)| Some((name, way.as_ref()?)))
    }
}

/// The jobs of a run that were done in two halves, the smallest first.
pub fn halved(run: &Run) -> Vec<Halved> {
    let sizes: BTreeSet<u64> = (run.measurements.iter())
        .filter(|it| it.benchmark.group == HALVED && HALVES.contains(&it.benchmark.function.as_str()))
        .filter_map(|it| it.benchmark.parameters.get(SIZE).copied())
        .collect();
    let processors = processors(run);
    let way = |function: &str, roots| {
        let id = BenchmarkId::new(HALVED, function, &[(SIZE, roots)]);
        (function.to_owned(), curve::efficiency_of_two(run, TOPIC, id, WHOLE, processors))
    };
    sizes.into_iter().map(|roots| Halved { roots, ways: HALVES.map(|function| way(function, roots)).into() }).collect()
}

/// How many processors a program could use at once, where the run says so.
fn processors(run: &Run) -> Option<u64> {
    answer::processors(run).filter(|&processors| processors > 0)
}

#[cfg(test)]
mod tests;
