//! The best number of workers, and the number from which more of them hurt.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::advise::comparisons::{Scaled, scaled};
use crate::advise::laws::curve::{Curve, curves_of};
use crate::advise::processors::several;
use crate::model::topics::{Bound, Work};
use crate::model::{Estimate, Metric};
use crate::verdict::ratio::times as scaled_by;
use crate::verdict::{Absent, Sessions, Value, ValueOrReason};

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
    /// One, or the least greater number that does significantly more, and so on until none does.
    pub workers: u64,
    /// The least number above it that does significantly less, and its share of the most; `None` where none does.
    pub hurts: Option<(u64, Estimate)>,
    pub measured: u64,
}

/// The peaks of every curve along workers that has two points or more.
pub(super) fn peaks(sessions: &Sessions) -> Vec<Peaks> {
    scaled(sessions.run()).iter().flat_map(|scaled| of_group(sessions, scaled)).collect()
}

fn of_group(sessions: &Sessions, scaled: &Scaled) -> Vec<Peaks> {
    let run = sessions.run();
    // Those who wait need no processor each.
    let parallel = if scaled.bound == Bound::Processors { several(run) } else { Ok(()) };
    let done = |workers: u64| if scaled.work == Work::Each { workers as f64 } else { 1.0 };
    let peak = |curve: Option<Curve<'_>>| {
        let curve = curve.filter(Curve::has_several)?;
        // How much more is done with one number than with another.
        let gain = |at: u64, than: u64| {
            let ids = [than, at].map(|workers| curve.benchmark_at(workers));
            let faster = sessions.ratio(scaled.topic, ids.each_ref(), Metric::WallTime).ok()?;
            scaled_by(done(at) / done(than), faster)
        };
        let times = parallel.clone().and_then(|()| curve.times());
        Some(times.and_then(|times| of_curve(&times.into_iter().map(|(workers, _)| workers).collect::<Vec<_>>(), gain)))
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

/// The peak of a curve with these numbers of workers.
fn of_curve(workers: &[u64], gain: impl Fn(u64, u64) -> Option<Estimate>) -> Value<Peak> {
    let (&first, more) = workers.split_first().ok_or(Absent::missing("no number of workers was measured"))?;
    let is_more = |at: u64, than: u64| gain(at, than).is_some_and(|gain| gain.low() > 1.0);
    let peak = more.iter().fold(first, |peak, &at| if is_more(at, peak) { at } else { peak });
    let above = more.iter().filter(|&&at| at > peak);
    let hurts = above.filter_map(|&at| Some((at, gain(at, peak)?))).find(|(_, gain)| gain.high() < 1.0);
    Ok(Peak { workers: peak, hurts, measured: *more.last().unwrap_or(&first) })
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
        let mut run = fixture::run_on(4);
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
    fn more_workers_are_better_only_where_they_do_significantly_more() {
        // Twice the work in the same time, then four times in twice: as much with two as with four.
        let cases: [(&[f64], u64, Option<u64>); 5] = [
            (&[10.0, 10.0, 20.0], 2, None),
            (&[10.0, 10.0, 80.0], 2, Some(4)),
            (&[10.0, 40.0, 160.0], 1, Some(2)),
            // Two do no more than one, and four do.
            (&[10.0, 18.0, 30.0, 200.0], 4, Some(8)),
            (&[10.0, 18.0, 35.0, 200.0], 1, Some(8)),
        ];
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
        failed.failures.push(fixture::failure("cpu", &benchmark, "killed"));
        assert_eq!(peak(&failed).unwrap_err().to_string(), "calc/threads/workers=2: failed: killed");
        run.machine.hardware.insert(PROCESSORS.to_owned(), Fact::Value("1".to_owned()));
        assert!(peak(&run).unwrap_err().to_string().contains("one processor"));
        for alone in [0, 1] {
            let mut run = self::run(&[10.0, 10.0]);
            run.measurements.remove(alone);
            assert!(peaks(&Sessions::new(&run, [])).is_empty());
        }
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
