//! A number that may be wanting, and then says why.

use serde::Serialize;

use crate::model::{BenchmarkId, Estimate, Measurement, Metric, Quality, Run};

/// What a run has to say about one quantity: a number, or the reason why there is none.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// It was measured, and can be relied on.
    Measured(Estimate),
    /// It was measured and cannot be relied on: why. The number is not shown.
    Inconclusive(String),
    /// It was not measured: why.
    Missing(String),
}

impl Reading {
    /// What a measurement says.
    pub fn of(measurement: &Measurement) -> Self {
        match &measurement.quality {
            Quality::Good => Reading::Measured(measurement.estimate),
            Quality::Inconclusive(reason) => Reading::Inconclusive(reason.clone()),
        }
    }

    /// What the run says about `metric` of `benchmark`.
    pub(crate) fn find(run: &Run, topic: &str, benchmark: &BenchmarkId, metric: Metric) -> Self {
        match measurement(run, benchmark, metric) {
            Some(measurement) => Reading::of(measurement),
            None => Reading::Missing(absence(run, topic, benchmark, metric)),
        }
    }

    /// Combines two readings; where one has no number, neither has the result, and it says why.
    pub(crate) fn combine(&self, other: &Self, number: impl FnOnce(Estimate, Estimate) -> Option<Estimate>) -> Self {
        match (self, other) {
            (Reading::Measured(a), Reading::Measured(b)) => match number(*a, *b) {
                Some(estimate) => Reading::Measured(estimate),
                None => Reading::Inconclusive("an interval reaches down to zero".to_owned()),
            },
            (Reading::Measured(_), wanting) | (wanting, _) => wanting.clone(),
        }
    }
}

/// The measurement of `metric` for `benchmark`, if the run has it.
pub(crate) fn measurement<'a>(run: &'a Run, benchmark: &BenchmarkId, metric: Metric) -> Option<&'a Measurement> {
    run.measurements.iter().find(|measurement| measurement.metric == metric && measurement.benchmark == *benchmark)
}

/// Why a measurement is not there, from what the run recorded as failed or left out.
fn absence(run: &Run, topic: &str, benchmark: &BenchmarkId, metric: Metric) -> String {
    let function = format!("{}/{}", benchmark.group, benchmark.function);
    // From the narrowest name to the widest: a reason for this very benchmark says more than one for its topic.
    for name in [&benchmark.to_string(), &function, &benchmark.group, metric.name(), topic] {
        if let Some(failure) = run.failures.iter().find(|failure| failure.benchmark == *name) {
            return format!("it failed: {}", failure.reason);
        }
        if let Some(omission) = run.omissions.iter().find(|omission| omission.what == *name) {
            return omission.reason.clone();
        }
    }
    if run.profile == "full" {
        "no reason was recorded".to_owned()
    } else {
        "it is not among what was asked for".to_owned()
    }
}

/// Why a whole topic is not there.
pub(crate) fn topic_absence(run: &Run, topic: &str) -> String {
    absence(run, topic, &BenchmarkId::new(topic, "", &[]), Metric::WallTime)
}
