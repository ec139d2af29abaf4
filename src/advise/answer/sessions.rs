//! How far ratios and costs move between sessions of one machine.

use std::collections::BTreeMap;

use crate::model::{BenchmarkId, Estimate, Metric, Quality, Run};
use crate::stats::student_quantile;
use crate::verdict::external::is_external;
use crate::verdict::ratio::widened;
use crate::verdict::{Absent, Reason, Value, find_ratio, find_value, measurement};

/// A run, and the others of its machine.
///
/// The rounds of one run lie minutes apart at most, and know nothing of what another boot, another neighbour or another
/// place in memory does. So every interval is widened, on the logarithmic axis, to hold what *another* session would
/// find with a chance of 95 %: by Student's t times √2 times the standard deviation between sessions. That deviation is
/// estimated from the runs at hand together with what is assumed before there are any, which weighs as much as four
/// further runs (a scaled inverse χ² prior; Gelman et al., *Bayesian Data Analysis*, 3rd ed., § 2.6).
#[derive(Debug)]
pub struct Sessions<'a> {
    run: &'a Run,
    others: Vec<&'a Run>,
}

/// What is assumed of the deviation between sessions, natural logarithm: of a ratio and of a cost. The median benchmark of
/// five runs of a shared virtual machine moved by 5 to 9 % normalized by its reference workload and by 12 % in itself. Over six sessions of
/// another, half of the ratios that are asked for moved by 4.7 % and less, and three quarters by 8.8 % and less.
const RATIO_ASSUMED: f64 = 0.08;
const COST_ASSUMED: f64 = 0.12;
/// The same where a timer decides how long it takes, which moved by 0.2 to 0.3 % in those runs; ratios also hold what is
/// not of the timer.
const TIMED_ASSUMED: f64 = 0.02;
/// How many runs' worth of evidence the assumption is.
const PRIOR_FREEDOM: f64 = 4.0;
/// More runs than this show little more of how sessions differ, and older ones are of another system.
pub const OTHERS_MAX: usize = 9;
/// On each side of an interval of 95 %.
const TAIL: f64 = 0.025;

impl<'a> Sessions<'a> {
    /// Of the others, the first of the run's machine count, each once.
    pub(crate) fn new(run: &'a Run, others: impl IntoIterator<Item = &'a Run>) -> Self {
        let mut sessions = Self { run, others: Vec::new() };
        for one in others.into_iter().filter(|one| one.machine.key == run.machine.key) {
            if sessions.others.len() == OTHERS_MAX {
                break;
            }
            if sessions.runs().all(|other| other.id != one.id) {
                sessions.others.push(one);
            }
        }
        sessions
    }

    pub(crate) fn len(&self) -> usize {
        1 + self.others.len()
    }

    /// Wall time of one benchmark ÷ that of the other in this run, as wide as between sessions.
    pub(crate) fn ratio(&self, topic: &str, ids: [&BenchmarkId; 2]) -> Value {
        wide(find_ratio(self.run, topic, ids, Metric::WallTime)?, self.width_of_ratio(ids))
    }

    /// Wall time of a benchmark in this run, as wide as between sessions.
    pub(super) fn cost(&self, topic: &str, id: &BenchmarkId) -> Value {
        let cost = find_value(self.run, topic, id, Metric::WallTime)?;
        let logs = |run: &Run| time(run, id).into_iter().map(|time| (id.clone(), libm::log(time))).collect();
        wide(cost, self.width(&logs, if self.is_timed(id) { TIMED_ASSUMED } else { COST_ASSUMED }))
    }

    /// How far the ratio of two functions of a group moves between sessions: over all parameters that both were measured
    /// at, half the width of its interval on the logarithmic axis.
    pub(super) fn width_of_ratio(&self, [one, other]: [&BenchmarkId; 2]) -> f64 {
        let logs = |run: &Run| {
            let of_one = run.measurements.iter().map(|it| &it.benchmark);
            let ours = of_one.filter(|id| id.group == one.group && id.function == one.function);
            let both = |id: &BenchmarkId| Some(time(run, id)? / time(run, &id.with_function(&other.function))?);
            ours.filter_map(|id| Some((id.clone(), libm::log(both(id)?)))).collect()
        };
        self.width(&logs, if self.is_timed(one) { TIMED_ASSUMED } else { RATIO_ASSUMED })
    }

    /// How far the ratios of the positions along an axis to the first of them move between sessions, of one benchmark, which
    /// is named without its position.
    pub(super) fn width_along(&self, benchmark: &BenchmarkId, axis: &str) -> f64 {
        let is_on = |id: &BenchmarkId| {
            let mut bare = id.clone();
            bare.parameters.remove(axis).is_some() && bare == *benchmark
        };
        let first = self.run.measurements.iter().map(|it| &it.benchmark).filter(|id| is_on(id)).min();
        let logs = |run: &Run| {
            let ids = run.measurements.iter().map(|it| &it.benchmark).filter(|id| is_on(id));
            let times = ids.filter_map(|id| Some((id.clone(), libm::log(time(run, id)?))));
            let mut logs: BTreeMap<BenchmarkId, f64> = times.collect();
            // A run without that position says nothing of ratios to it.
            let Some(first) = first.and_then(|first| logs.remove(first)) else { return BTreeMap::new() };
            logs.values_mut().for_each(|log| *log -= first);
            logs
        };
        self.width(&logs, if first.is_some_and(|id| self.is_timed(id)) { TIMED_ASSUMED } else { RATIO_ASSUMED })
    }

    /// Half the width of the interval of another session, from the logarithms that a run has, by benchmark.
    fn width(&self, logs: &dyn Fn(&Run) -> BTreeMap<BenchmarkId, f64>, assumed: f64) -> f64 {
        let mut positions: BTreeMap<BenchmarkId, Vec<f64>> = BTreeMap::new();
        for (id, log) in self.runs().flat_map(logs) {
            positions.entry(id).or_default().push(log);
        }
        let several: Vec<&Vec<f64>> = positions.values().filter(|logs| logs.len() > 1).collect();
        let squares: f64 = several.iter().map(|logs| squares(logs)).sum();
        let values: usize = several.iter().map(|logs| logs.len() - 1).sum();
        // The positions of one run move together: however many there are, a run is one more session.
        let freedom = several.iter().map(|logs| logs.len() - 1).max().unwrap_or(0) as f64;
        let seen = if values > 0 { squares / values as f64 } else { 0.0 };
        let all = PRIOR_FREEDOM + freedom;
        let variance = (PRIOR_FREEDOM * assumed * assumed + freedom * seen) / all;
        student_quantile(TAIL, all).unwrap_or(f64::INFINITY) * (2.0 * variance).sqrt()
    }

    fn runs(&self) -> impl Iterator<Item = &'a Run> {
        std::iter::once(self.run).chain(self.others.iter().copied())
    }

    /// Whether a timer decides how long it takes: such groups have no reference workload. External programs have none either,
    /// since they report their times themselves.
    fn is_timed(&self, id: &BenchmarkId) -> bool {
        let found = measurement(self.run, id, Metric::WallTime);
        found.is_some_and(|found| found.calibrator.is_none() && !is_external(&found.topic))
    }
}

fn wide(estimate: Estimate, width: f64) -> Value {
    widened(estimate, width).ok_or(Absent::Inconclusive(Reason::ReachesZero))
}

/// A time that can be relied on, ns.
fn time(run: &Run, id: &BenchmarkId) -> Option<f64> {
    let found = measurement(run, id, Metric::WallTime).filter(|found| found.quality == Quality::Good)?;
    Some(found.estimate.center()).filter(|time| *time > 0.0)
}

/// The sum of the squares of the distances from the mean.
fn squares(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter().map(|value| (value - mean) * (value - mean)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::fixture;

    /// Runs in which a fork takes so many times as long as a thread.
    fn runs(ratios: &[f64]) -> Vec<Run> {
        let run = |(number, ratio): (usize, &f64)| {
            let mut run = fixture::empty_run();
            run.id = format!("{number:016x}");
            run.measurements = vec![
                fixture::time("spawn", "spawn/thread/count=1", 10.0, 10.0, 10.0),
                fixture::time("spawn", "spawn/fork/count=1", 10.0 * ratio, 10.0 * ratio, 10.0 * ratio),
            ];
            for one in &mut run.measurements {
                one.calibrator = Some("syscall".to_owned());
            }
            run
        };
        ratios.iter().enumerate().map(run).collect()
    }

    fn fork_to_thread(runs: &[Run]) -> Estimate {
        let ids = ["fork", "thread"].map(|function| BenchmarkId::new("spawn", function, &[("count", 1)]));
        Sessions::new(&runs[0], &runs[1..]).ratio("spawn", [&ids[0], &ids[1]]).unwrap()
    }

    #[test]
    fn one_run_is_as_wide_as_assumed() {
        let alone = fork_to_thread(&runs(&[5.0]));
        // Student's t of 4 degrees of freedom is 2.776.
        let width = 2.776_445 * 2.0_f64.sqrt() * RATIO_ASSUMED;
        assert!((libm::log(alone.high() / 5.0) - width).abs() < 1e-6, "{alone:?}");
        assert!((libm::log(5.0 / alone.low()) - width).abs() < 1e-6, "{alone:?}");
    }

    #[test]
    fn sessions_that_agree_narrow_the_interval_and_others_widen_it() {
        let width = |ratios: &[f64]| {
            let found = fork_to_thread(&runs(ratios));
            found.high() / found.low()
        };
        let alone = width(&[5.0]);
        assert!(width(&[5.0, 5.0, 5.0, 5.0, 5.0]) < alone);
        assert!(width(&[5.0, 8.0, 3.0, 9.0]) > alone);
    }

    #[test]
    fn a_run_counts_once_and_another_machine_not_at_all() {
        let mut others = runs(&[5.0, 5.0, 50.0]);
        others[2].machine.key = crate::model::MachineKey::new("x86_64-another-2c-00000001").unwrap();
        assert_eq!(Sessions::new(&others[0], &others).len(), 2);
    }
}
