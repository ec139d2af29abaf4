//! What the laws of a run are over the commits: one measurement for each efficiency and each parameter of a law.

use std::collections::{BTreeMap, BTreeSet};

use super::curve::{Curve, Laws, across, bounded, curves};
use crate::advise::comparisons::scaled;
use crate::advise::processors::processors;
use crate::model::topics::{Bound, Work};
use crate::model::{BenchmarkId, Estimate, Measurement, Metric, Omission, Round, Run};
use crate::stats::scalability::Fitted;
use crate::verdict::{Absent, Value};

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
    let mut measured = Vec::new();
    let mut unfitted: BTreeMap<String, (String, BTreeSet<String>)> = BTreeMap::new();
    let mut fitted = 0;
    for scaled in &scaled(run) {
        for function in [Some(scaled.thread), scaled.process].into_iter().flatten() {
            for curve in curves(run, scaled, function) {
                let efficiencies = curve.workers().filter_map(|workers| efficiency(&curve, workers, &processors));
                measured.extend(efficiencies);
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
    (measured, unfitted.into_iter().map(omission).collect())
}

fn efficiency(curve: &Curve<'_>, workers: u64, processors: &Value<u64>) -> Option<Measurement> {
    let rounds = curve.efficiencies(workers, processors).ok()?;
    let several = curve.at(workers)?;
    let estimate = across(&rounds)?;
    let id = curve.benchmark_at(workers);
    Some(measurement(several, id, Metric::Efficiency, estimate, &rounds))
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
