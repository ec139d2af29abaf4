//! How many workers do the most, and from how many on more of them hurt.

use std::collections::BTreeMap;

use serde::Serialize;

use super::place::several;
use super::sessions::Sessions;
use crate::judge::comparisons::{SCALED, Scaled, WORKERS, Work};
use crate::judge::ratio::{ratio, widened};
use crate::model::{Estimate, Metric, Quality, Run};

/// The topic whose works are those of others, done under an interpreter's lock.
const UNDER_LOCKS: &str = "gil";

/// One kind of work, done by threads and by processes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Peaks {
    /// What the workers do.
    pub label: String,
    /// The other parameters.
    pub parameters: BTreeMap<String, u64>,
    /// With threads.
    pub threads: Peak,
    /// With processes; `None` where no process can do it that way.
    pub processes: Option<Peak>,
}

/// The number of workers that does the most in a time.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Peak {
    /// So many.
    At {
        /// The least number of workers than which no other one does surely more.
        workers: u64,
        /// The least number above it that does surely less, and how much of the most that is; `None` where none does.
        hurts: Option<(u64, Estimate)>,
        /// The most workers that were measured.
        measured: u64,
    },
    /// It cannot be said: why.
    Untold(String),
}

/// The peaks of every curve along workers that has two points or more.
pub(super) fn peaks(run: &Run, sessions: &Sessions<'_>) -> Vec<Peaks> {
    SCALED.iter().flat_map(|scaled| of_curve(run, sessions, scaled)).collect()
}

fn of_curve(run: &Run, sessions: &Sessions<'_>, scaled: &Scaled) -> Vec<Peaks> {
    let mut others: Vec<BTreeMap<String, u64>> = Vec::new();
    for id in run.measurements.iter().map(|it| &it.benchmark).filter(|id| id.group == scaled.group) {
        if id.parameters.contains_key(WORKERS) {
            let mut parameters = id.parameters.clone();
            parameters.remove(WORKERS);
            if !others.contains(&parameters) {
                others.push(parameters);
            }
        }
    }
    // Whoever has work of his own keeps a processor busy; those who share waiting out need no processor each.
    let beside = if scaled.work == Work::Each { several(run) } else { Ok(()) };
    let peak = |function: &str, parameters: &BTreeMap<String, u64>| {
        let points = points(run, scaled, function, parameters)?;
        Some(match beside.clone().and(points) {
            Ok(points) => of_points(&points, sessions.width_of_scaling(scaled.group, function, parameters)),
            Err(reason) => Peak::Untold(reason),
        })
    };
    let row = |parameters: BTreeMap<String, u64>| {
        let threads = peak(scaled.thread, &parameters);
        let processes = scaled.process.and_then(|function| peak(function, &parameters));
        let untold = || Peak::Untold("it was measured with fewer than two numbers of workers".to_owned());
        (threads.is_some() || processes.is_some()).then(|| Peaks {
            label: if scaled.topic == UNDER_LOCKS {
                format!("{}, one lock a process", scaled.label)
            } else {
                scaled.label.to_owned()
            },
            threads: threads.unwrap_or_else(untold),
            processes: scaled.process.map(|_| processes.unwrap_or_else(untold)),
            parameters,
        })
    };
    others.into_iter().filter_map(row).collect()
}

/// A number of workers, and the time that each unit of work took with them, ns.
type Point = (u64, Estimate);

/// The points of a curve in order of workers; `None` where there are none, a reason where one cannot be relied on.
fn points(
    run: &Run,
    scaled: &Scaled,
    function: &str,
    others: &BTreeMap<String, u64>,
) -> Option<Result<Vec<Point>, String>> {
    let mut points = BTreeMap::new();
    for one in run.measurements.iter().filter(|it| it.metric == Metric::WallTime) {
        let id = &one.benchmark;
        let Some(&workers) = id.parameters.get(WORKERS) else { continue };
        let is_beside = |(name, value): (&String, &u64)| name == WORKERS || others.get(name) == Some(value);
        if id.group != scaled.group || id.function != function || !id.parameters.iter().all(is_beside) {
            continue;
        }
        if let Quality::Inconclusive(reason) = &one.quality {
            return Some(Err(format!("{id}: {reason}")));
        }
        let work = if scaled.work == Work::Each { workers as f64 } else { 1.0 };
        let time = one.estimate;
        match Estimate::new(time.center() / work, time.low() / work, time.high() / work) {
            Ok(price) => points.insert(workers, price),
            Err(error) => return Some(Err(error.to_string())),
        };
    }
    (points.len() > 1).then(|| Ok(points.into_iter().collect()))
}

/// The peak of a curve, each of whose ratios is as wide as between sessions.
fn of_points(points: &[Point], width: f64) -> Peak {
    // How much more is done at one point than at another.
    let gain = |at: &Point, than: &Point| widened(ratio(than.1, at.1)?, width);
    let is_surely_more = |at: &Point, than: &Point| gain(at, than).is_some_and(|gain| gain.low() > 1.0);
    let peak = points.iter().find(|than| !points.iter().any(|at| is_surely_more(at, than)));
    let (Some(peak), Some(last)) = (peak, points.last()) else {
        return Peak::Untold("each number of workers does surely less than another one".to_owned());
    };
    let above = points.iter().filter(|at| at.0 > peak.0);
    let hurts = above.filter_map(|at| Some((at.0, gain(at, peak)?))).find(|(_, gain)| gain.high() < 1.0);
    Peak::At { workers: peak.0, hurts, measured: last.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::answer::place::PROCESSORS;
    use crate::judge::fixture::{self, inconclusive};
    use crate::model::Fact;

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

    fn peak(run: &Run) -> Peak {
        let mut rows = peaks(run, &Sessions::new(run, &[]));
        assert_eq!(rows.len(), 1);
        rows.remove(0).threads
    }

    #[test]
    fn the_least_number_of_workers_than_which_none_does_more_is_the_peak() {
        // Twice the work in the same time, then four times in twice: as much with two as with four.
        let cases: [(&[f64], u64, Option<u64>); 3] =
            [(&[10.0, 10.0, 20.0], 2, None), (&[10.0, 10.0, 80.0], 2, Some(4)), (&[10.0, 40.0, 160.0], 1, Some(2))];
        for (times, workers, hurts) in cases {
            let Peak::At { workers: found, hurts: hurting, .. } = peak(&run(times)) else { panic!("{times:?}") };
            assert_eq!((found, hurting.map(|(number, _)| number)), (workers, hurts), "{times:?}");
        }
    }

    #[test]
    fn a_curve_with_a_doubtful_point_has_no_peak_and_one_point_is_no_curve() {
        let mut run = run(&[10.0, 10.0]);
        let doubtful = run.measurements.pop().unwrap();
        run.measurements.push(inconclusive(doubtful, "stolen"));
        assert_eq!(peak(&run), Peak::Untold("calc/threads/workers=2: stolen".to_owned()));
        run.machine.hardware.insert(PROCESSORS.to_owned(), Fact::Value("1".to_owned()));
        assert_eq!(peak(&run), Peak::Untold("there is one processor: nothing runs beside anything".to_owned()));
        run.measurements.pop();
        assert!(peaks(&run, &Sessions::new(&run, &[])).is_empty());
    }

    #[test]
    fn work_that_is_shared_out_is_the_same_with_any_number() {
        let mut run = fixture::empty_run();
        for (workers, time) in [(1, 200.0), (5, 40.0), (20, 10.0)] {
            let name = format!("requests/threads/delay_ms=10,workers={workers}");
            run.measurements.push(fixture::time("io", &name, time, time, time));
        }
        let Peak::At { workers, hurts, measured } = peak(&run) else { panic!("a peak") };
        assert_eq!((workers, hurts, measured), (20, None, 20));
    }
}
