//! How far a new worker is when: the creating call has returned, its first instruction, its end.

use serde::Serialize;

use crate::model::{BenchmarkId, Metric, Run};
use crate::verdict::reading::Reading;

/// The phases of starting one worker, each told from the start, ns.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Phases {
    /// The way of starting.
    pub benchmark: BenchmarkId,
    /// Until the creating call returned.
    pub call: Reading,
    /// Until the first instruction of the new worker.
    pub first_instruction: Reading,
    /// Until it had ended and was reaped.
    pub end: Reading,
}

/// The ways of starting one worker at a time, the quickest first; those that could not be timed come last.
pub(super) fn phases(run: &Run) -> Vec<Phases> {
    let one_at_a_time = BenchmarkId::new("spawn", "", &[("count", 1)]);
    let calls = run.measurements.iter().filter(|measurement| measurement.metric == Metric::CallTime);
    let ways = calls.filter(|call| call.benchmark.with_function("") == one_at_a_time);
    let mut rows: Vec<Phases> = ways
        .map(|call| {
            let find = |metric| Reading::find(run, &call.topic, &call.benchmark, metric);
            Phases {
                benchmark: call.benchmark.clone(),
                call: Reading::of(call),
                first_instruction: find(Metric::FirstInstructionTime),
                end: find(Metric::WallTime),
            }
        })
        .collect();
    rows.sort_by(|a, b| center(&a.end).total_cmp(&center(&b.end)));
    rows
}

fn center(reading: &Reading) -> f64 {
    match reading {
        Reading::Measured(estimate) => estimate.center(),
        Reading::Inconclusive(_) | Reading::Missing(_) => f64::INFINITY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::fixture;

    #[test]
    fn ways_of_starting_one_are_told_by_how_soon_they_end() {
        let mut run = fixture::empty_run();
        for (function, end) in [("fork", 90.0), ("thread", 30.0)] {
            let id = format!("spawn/{function}/count=1");
            for (metric, value) in [(Metric::CallTime, end / 3.0), (Metric::WallTime, end)] {
                let time = fixture::time("spawn", &id, value, value, value);
                run.measurements.push(crate::model::Measurement { metric, ..time });
            }
        }
        let many = fixture::time("spawn", "spawn/thread/count=8", 1.0, 1.0, 1.0);
        run.measurements.push(crate::model::Measurement { metric: Metric::CallTime, ..many });
        let rows = phases(&run);
        assert_eq!(rows.iter().map(|row| row.benchmark.function.as_str()).collect::<Vec<_>>(), ["thread", "fork"]);
        assert!(matches!(rows[0].first_instruction, Reading::Missing(_)));
    }
}
