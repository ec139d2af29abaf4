//! How far a new worker is when: the creating call has returned, its first instruction, its end.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{AsText, BenchmarkId, Metric};
use crate::verdict::{Sessions, Value, ValueOrReason};

/// The phases of starting one worker, each from the start, ns.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Phases {
    #[serde(with = "AsText")]
    pub benchmark: BenchmarkId,
    /// Until the creating call returned.
    #[serde(with = "ValueOrReason")]
    pub call: Value,
    /// Until the first instruction of the new worker.
    #[serde(with = "ValueOrReason")]
    pub first_instruction: Value,
    /// Until it had ended and was reaped.
    #[serde(with = "ValueOrReason")]
    pub end: Value,
}

/// The mechanisms that start one worker at a time, the quickest first; those without a time come last.
pub(super) fn phases(sessions: &Sessions) -> Vec<Phases> {
    let one_at_a_time = BenchmarkId::new("spawn", "", &[("count", 1)]);
    let calls = sessions.run().measurements.iter().filter(|measurement| measurement.metric == Metric::CallTime);
    let mechanisms = calls.filter(|call| call.benchmark.with_function("") == one_at_a_time);
    let mut rows: Vec<Phases> = mechanisms
        .map(|call| {
            let find = |metric| sessions.find(&call.topic, &call.benchmark, metric);
            Phases {
                benchmark: call.benchmark.clone(),
                call: sessions.value(call),
                first_instruction: find(Metric::FirstInstructionTime),
                end: find(Metric::WallTime),
            }
        })
        .collect();
    let end = |row: &Phases| row.end.as_ref().map_or(f64::INFINITY, |end| end.center());
    rows.sort_by(|a, b| end(a).total_cmp(&end(b)));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::Absent;
    use crate::verdict::fixture;

    #[test]
    fn mechanisms_are_ordered_by_how_soon_the_worker_ends() {
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
        let rows = phases(&Sessions::new(&run, []));
        assert_eq!(rows.iter().map(|row| row.benchmark.function.as_str()).collect::<Vec<_>>(), ["thread", "fork"]);
        assert!(matches!(rows[0].first_instruction, Err(Absent::Missing(_))));
    }
}
