//! The best number of workers, and the number from which more of them hurt.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::advise::comparisons::{Scaled, scaled};
use crate::advise::laws::curve::{Curve, curves_of};
use crate::advise::processors::several;
use crate::model::Estimate;
use crate::model::topics::{Bound, Work};
use crate::verdict::ratio::{kept, ratio, times as scaled_by};
use crate::verdict::{Absent, Figure, Sessions, Value, ValueOrReason};

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Peaks {
    pub topic: String,
    pub label: String,
    /// Without the number of workers.
    pub parameters: BTreeMap<String, u64>,
    #[serde(with = "ValueOrReason::<Value<Peak>>")]
    pub threads: Value<Peak>,
    /// `None` where no process can do it that way.
    #[serde(with = "ValueOrReason::<Option<Value<Peak>>>")]
    pub processes: Option<Value<Peak>>,
}

/// The number of workers that does the most in a time.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Peak {
    /// The least number of workers than which no other one does significantly more.
    pub workers: u64,
    /// The least number above it that does significantly less, and its share of the most; `None` where none does.
    pub hurts: Option<(u64, Estimate)>,
    pub measured: u64,
}

/// The peaks of every curve along workers that has two points or more.
pub(super) fn peaks(sessions: &Sessions) -> Vec<Peaks> {
    scaled(sessions.run()).iter().flat_map(|scaled| of_curve(sessions, scaled)).collect()
}

fn of_curve(sessions: &Sessions, scaled: &Scaled) -> Vec<Peaks> {
    let run = sessions.run();
    // Those who wait need no processor each.
    let parallel = if scaled.bound == Bound::Processors { several(run) } else { Ok(()) };
    let peak = |curve: Option<Curve<'_>>| {
        let curve = curve.filter(|curve| curve.workers().next().is_some())?;
        let points = parallel.clone().and_then(|()| points(scaled.work, &curve.times()?));
        Some(points.and_then(|points| of_points(&points, sessions.reach(scaled.group, Figure::Growth))))
    };
    let row = |(parameters, [threads, processes]): (_, [Option<Curve<'_>>; 2])| {
        let (threads, processes) = (peak(threads), peak(processes));
        let missing = || Err(Absent::missing("it was measured with fewer than two numbers of workers"));
        (threads.is_some() || processes.is_some()).then(|| Peaks {
            topic: scaled.topic.to_owned(),
            label: scaled.label.clone(),
            parameters,
            threads: threads.unwrap_or_else(missing),
            processes: scaled.process.map(|_| processes.unwrap_or_else(missing)),
        })
    };
    curves_of(run, scaled).into_iter().filter_map(row).collect()
}

/// A number of workers, and the time that each unit of work took with them, ns.
type Point = (u64, Estimate);

fn points(work: Work, times: &[(u64, Estimate)]) -> Value<Vec<Point>> {
    let done = |workers: u64| if work == Work::Each { workers as f64 } else { 1.0 };
    let point = |&(workers, time): &(u64, Estimate)| Some((workers, scaled_by(1.0 / done(workers), time)?));
    times.iter().map(point).collect::<Option<_>>().ok_or(Absent::inconclusive("a time is not a finite number"))
}

/// The peak of a curve, each of whose ratios is as wide as between sessions.
fn of_points(points: &[Point], reach: f64) -> Value<Peak> {
    // How much more is done at one point than at another.
    let gain = |at: &Point, than: &Point| Some(kept(ratio(than.1, at.1)?, reach));
    let is_more = |at: &Point, than: &Point| gain(at, than).is_some_and(|gain| gain.low() > 1.0);
    let peak = points.iter().find(|than| !points.iter().any(|at| is_more(at, than)));
    let (Some(peak), Some(last)) = (peak, points.last()) else {
        return Err(Absent::inconclusive("each number of workers does significantly less than another one"));
    };
    let above = points.iter().filter(|at| at.0 > peak.0);
    let hurts = above.filter_map(|at| Some((at.0, gain(at, peak)?))).find(|(_, gain)| gain.high() < 1.0);
    Ok(Peak { workers: peak.0, hurts, measured: last.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advise::processors::PROCESSORS;
    use crate::model::{Fact, Run};
    use crate::verdict::fixture;
    use crate::verdict::fixture::inconclusive;

    /// A run of the square roots with threads, which took these times with 1, 2, 4 … workers.
    fn run(times: &[f64]) -> Run {
        let mut run = fixture::empty_run();
        run.machine.hardware.insert(PROCESSORS.to_owned(), Fact::Value("4".to_owned()));
        for (power, &time) in times.iter().enumerate() {
            let name = format!("calc/threads/workers={}", 1 << power);
            run.measurements.push(fixture::time("cpu", &name, time, time * 0.98, time * 1.02));
        }
        run
    }

    fn peak(run: &Run) -> Value<Peak> {
        let mut rows = peaks(&Sessions::new(run, []));
        assert_eq!(rows.len(), 1);
        rows.remove(0).threads
    }

    #[test]
    fn the_least_number_of_workers_than_which_none_does_more_is_the_peak() {
        // Twice the work in the same time, then four times in twice: as much with two as with four.
        let cases: [(&[f64], u64, Option<u64>); 3] =
            [(&[10.0, 10.0, 20.0], 2, None), (&[10.0, 10.0, 80.0], 2, Some(4)), (&[10.0, 40.0, 160.0], 1, Some(2))];
        for (times, workers, hurts) in cases {
            let Peak { workers: found, hurts: hurting, .. } = peak(&run(times)).unwrap();
            assert_eq!((found, hurting.map(|(number, _)| number)), (workers, hurts), "{times:?}");
        }
    }

    #[test]
    fn a_curve_with_a_doubtful_point_has_no_peak_and_one_point_is_no_curve() {
        let mut run = run(&[10.0, 10.0]);
        let doubtful = run.measurements.pop().unwrap();
        run.measurements.push(inconclusive(doubtful, "stolen"));
        assert_eq!(peak(&run).unwrap_err().to_string(), "calc/threads/workers=2: stolen");
        let mut failed = self::run(&[10.0, 10.0, 80.0]);
        let benchmark = failed.measurements.remove(1).benchmark.to_string();
        let reason = "killed".to_owned();
        failed.failures.push(crate::model::Failure { topic: "cpu".to_owned(), benchmark, reason });
        assert_eq!(peak(&failed).unwrap_err().to_string(), "calc/threads/workers=2: failed: killed");
        run.machine.hardware.insert(PROCESSORS.to_owned(), Fact::Value("1".to_owned()));
        assert!(peak(&run).unwrap_err().to_string().contains("one processor"));
        run.measurements.pop();
        assert!(peaks(&Sessions::new(&run, [])).is_empty());
    }

    #[test]
    fn work_that_is_shared_out_is_the_same_with_any_number() {
        let mut run = fixture::empty_run();
        for (workers, time) in [(1, 200.0), (5, 40.0), (20, 10.0)] {
            let name = format!("requests/threads/delay_ms=10,workers={workers}");
            run.measurements.push(fixture::time("io", &name, time, time, time));
        }
        let Peak { workers, hurts, measured } = peak(&run).unwrap();
        assert_eq!((workers, hurts, measured), (20, None, 20));
    }
}
