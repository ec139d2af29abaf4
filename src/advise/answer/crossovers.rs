//! Where one strategy becomes cheaper than another, solved from curves.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::advise::crossover::{Crossing, Point, crossing};
use crate::advise::laws::{SPLIT, lacked_processors};
use crate::advise::processors::several;
use crate::model::{BenchmarkId, Estimate, Metric, Run};
use crate::verdict::{Absent, Figure, Sessions, Value, ValueOrReason, find_value, measurement, ratio_of, value_of};

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Crossover {
    pub question: &'static str,
    /// `group/function` of the strategy that becomes the cheaper one.
    pub candidate: String,
    /// `group/function` of the strategy that it is compared with.
    pub baseline: String,
    pub axis: String,
    #[serde(with = "ValueOrReason::<Value<Crossing>>")]
    pub crossing: Value<Crossing>,
    /// What the baseline takes at the crossing, ns; where there is one.
    pub cost_ns: Option<f64>,
    /// What a measurement of its own found around it; where there was one.
    pub check: Option<Check>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Check {
    #[serde(with = "ValueOrReason::<Value<Crossing>>")]
    pub found: Value<Crossing>,
    /// Whether the interval of the first one holds it.
    pub is_within: bool,
}

/// How far beyond the ends of a crossing's interval it is measured again, as a factor: far enough that it is met when the
/// interval is a little too narrow.
const CHECK_REACH: f64 = 1.5;

/// The axis of payloads, which are handed over in whole words.
const BYTES: &str = "bytes";
const WORD_BYTES: u64 = 8;

impl Crossover {
    /// Where to measure both strategies to check the crossing; nowhere where there is nothing to check.
    pub fn positions(&self) -> Vec<u64> {
        let Ok(Crossing::At { position, .. }) = self.crossing else { return Vec::new() };
        let ends = [position.low() / CHECK_REACH, position.center(), position.high() * CHECK_REACH];
        let step = if self.axis == BYTES { WORD_BYTES } else { 1 };
        let whole = |end: &f64| ((end / step as f64).round() as u64 * step).max(2 * step);
        let mut positions: Vec<u64> = ends.iter().map(whole).collect();
        positions.dedup();
        positions
    }

    /// Checks the crossing by what candidate and baseline took, ns, at those positions.
    pub fn checked(&mut self, found: &[(u64, [f64; 2])]) {
        let Ok(Crossing::At { position, open_low, open_high }) = self.crossing else { return };
        let exact = |&(at, [candidate, baseline]): &(u64, [f64; 2])| {
            Some(Point { at: at as f64, ratio: Estimate::exact(candidate / baseline).ok()? })
        };
        let found = found.iter().map(exact).collect::<Option<Vec<Point>>>();
        let found = found.ok_or(Absent::inconclusive("a time is not a finite number"));
        let found = found.and_then(|points| crossing(&points, 0.0));
        // An open end says nothing of what lies beyond it, so it excludes nothing there.
        let is_within = match &found {
            Ok(Crossing::At { position: again, .. }) => {
                (open_low || position.low() <= again.center()) && (open_high || again.center() <= position.high())
            }
            Ok(Crossing::Always(_)) => open_low,
            Ok(Crossing::Never(_)) => open_high,
            Err(_) => false,
        };
        self.check = Some(Check { found, is_within });
    }
}

/// `(question, topic, group, candidate, baseline, axis)`
type Row = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

const CROSSOVERS: &[Row] = &[
    ("a job worth splitting with a pooled thread", "cpu", SPLIT, "pooled_thread", "alone", "roots"),
    ("a job worth splitting with a new thread", "cpu", SPLIT, "thread", "alone", "roots"),
    ("a job worth splitting with a work-stealing pool", "cpu", SPLIT, "work_stealing", "alone", "roots"),
    ("a job worth splitting with a pooled process", "cpu", SPLIT, "pooled_process", "alone", "roots"),
    ("a job worth splitting with a forked process", "cpu", SPLIT, "fork", "alone", "roots"),
    ("an Arc is cheaper than a clone, between threads", "memory", "hand_over", "arc", "channel_clone", BYTES),
    ("a kept mapping is cheaper than a pipe", "memory", "hand_over", "shared_mapping", "pipe", BYTES),
    ("a new mapping is cheaper than a pipe", "memory", "hand_over", "shared_mapping_fresh", "pipe", BYTES),
    ("posix_spawn is cheaper than fork", "spawn", "fork_price", "posix_spawn", "fork", "rss_mib"),
];

pub(crate) fn baselines(group: &str) -> impl Iterator<Item = &'static str> {
    CROSSOVERS.iter().filter(move |row| row.2 == group).map(|row| row.4)
}

pub(super) fn crossovers(sessions: &Sessions) -> Vec<Crossover> {
    CROSSOVERS.iter().map(|row| crossover(sessions, row)).collect()
}

fn crossover(sessions: &Sessions, &(question, topic, group, candidate, baseline, axis): &Row) -> Crossover {
    let run = sessions.run();
    let parallel = if group == SPLIT { several(run) } else { Ok(()) };
    let points = parallel.and_then(|()| points(run, (topic, group), candidate, baseline, axis));
    let ids = [candidate, baseline].map(|function| BenchmarkId::new(group, function, &[]));
    let reach = sessions.reach(group, Figure::Ratio);
    let crossing = points.clone().and_then(|(points, _)| crossing(&points, reach));
    let cost_ns = match (&crossing, &points) {
        (Ok(Crossing::At { position, .. }), Ok(curve)) => cost_at(curve, position.center()),
        _ => None,
    };
    let [candidate, baseline] = ids.map(|id| id.to_string());
    Crossover { question, candidate, baseline, axis: axis.to_owned(), crossing, cost_ns, check: None }
}

/// Points, and the cost of the baseline at each, ns.
type Curve = (Vec<Point>, Vec<f64>);

/// The points that both strategies have along the axis and nothing else, in order; or why there are none, or that one of
/// them cannot be relied on: a curve with a hole may hide where it crosses.
fn points(run: &Run, (topic, group): (&str, &str), candidate: &str, baseline: &str, axis: &str) -> Value<Curve> {
    let mut points: BTreeMap<u64, (Point, f64)> = BTreeMap::new();
    let is_on = |id: &BenchmarkId| {
        id.group == group && id.function == candidate && id.parameters.len() == 1 && id.parameters.contains_key(axis)
    };
    let timed = run.measurements.iter().filter(|it| it.metric == Metric::WallTime);
    for one in timed.filter(|it| is_on(&it.benchmark)) {
        let Some(other) = measurement(run, &one.benchmark.with_function(baseline), Metric::WallTime) else { continue };
        [one, other].into_iter().try_for_each(|side| value_of(side).map(drop).map_err(|it| it.of(&side.benchmark)))?;
        lacked_processors(run, &one.benchmark).map_or(Ok(()), |absent| Err(absent.of(&one.benchmark)))?;
        let at = one.benchmark.parameters[axis];
        points.insert(at, (Point { at: at as f64, ratio: ratio_of(one, other)? }, other.estimate.center()));
    }
    if points.is_empty() {
        let find = |function: &&str| find_value(run, topic, &BenchmarkId::new(group, function, &[]), Metric::WallTime);
        let missing = [candidate, baseline].iter().find_map(|function| find(function).err());
        return Err(missing.unwrap_or(Absent::missing("it was not measured in this run")));
    }
    Ok(points.into_values().unzip())
}

/// The cost of the baseline between two measured positions, on logarithmic axes.
fn cost_at((points, costs): &Curve, position: f64) -> Option<f64> {
    let after = points.iter().position(|point| position <= point.at)?.max(1);
    let [from, to] = [after - 1, after].map(|index| (libm::log(points[index].at), libm::log(costs[index])));
    let share = (libm::log(position) - from.0) / (to.0 - from.0);
    Some(libm::exp(from.1 + share * (to.1 - from.1))).filter(|cost| cost.is_finite())
}
