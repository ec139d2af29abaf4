//! Where one strategy becomes cheaper than another, solved from curves.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use crate::advise::crossover::{Crossing, Point, crossing};
use crate::advise::laws::{SPLIT, lacked_processors};
use crate::advise::processors::several;
use crate::model::{BenchmarkId, Estimate, Metric, Run};
use crate::verdict::policy::CROSSING_FACTOR_MAX;
use crate::verdict::ratio::kept;
use crate::verdict::{Absent, Figure, Reason, Sessions, Value, ValueOrReason, find_range, find_value, reach_of};

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
    /// What the baseline takes at the crossing and at the ends of its interval, or where it was followed to, ns.
    pub cost_ns: Option<Estimate>,
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
        let mut positions: Vec<u64> = ends.iter().map(|end| self.whole(*end)).collect();
        positions.dedup();
        positions
    }

    /// Where to measure next between the two positions that the strategies cross between, until these are near enough; `found` is
    /// in order.
    pub fn next(&self, found: &[(u64, [f64; 2])]) -> Option<u64> {
        let is_cheaper = |(_, [candidate, baseline]): &(u64, [f64; 2])| candidate < baseline;
        let crossed = found.windows(2).rev().find(|pair| !is_cheaper(&pair[0]) && is_cheaper(&pair[1]))?;
        let [low, high] = [crossed[0].0, crossed[1].0];
        let middle = self.whole((low as f64 * high as f64).sqrt());
        (high as f64 > low as f64 * CROSSING_FACTOR_MAX && low < middle && middle < high).then_some(middle)
    }

    /// The nearest position that can be measured.
    fn whole(&self, position: f64) -> u64 {
        let step = if self.axis == BYTES { WORD_BYTES } else { 1 };
        ((position / step as f64).round() as u64 * step).max(2 * step)
    }

    /// Checks the crossing by what candidate and baseline took, ns, at positions in order.
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
    let found: Vec<(&Row, Vec<Estimate>)> = CROSSOVERS.iter().map(|row| (row, positions(sessions, row))).collect();
    let of = |(row, own): &(&Row, Vec<Estimate>)| {
        let group = found.iter().filter(|(other, _)| other.2 == row.2).map(|(_, positions)| positions.as_slice());
        crossover(sessions, row, reach_of(own, &group.collect::<Vec<_>>()))
    };
    found.iter().map(of).collect()
}

/// Where each session crosses whose curve has no hole; nowhere where one of them does not cross where it measured.
fn positions(sessions: &Sessions, row: &Row) -> Vec<Estimate> {
    let curves = sessions.alike(row.2).filter_map(|run| Some(points(run, row).ok()?.0));
    let positions: Option<Vec<Estimate>> = curves.map(|points| position_in(&points)).collect();
    positions.unwrap_or_default()
}

/// Where a run itself has the crossing, by its rounds alone.
fn position_in(points: &[Point]) -> Option<Estimate> {
    match crossing(points, 0.0) {
        Ok(Crossing::At { position, open_low: false, open_high: false }) => Some(position),
        _ => None,
    }
}

fn crossover(sessions: &Sessions, row: &Row, position_reach: Option<f64>) -> Crossover {
    let &(question, _, group, candidate, baseline, axis) = row;
    let points = points(sessions.run(), row);
    let ids = [candidate, baseline].map(|function| BenchmarkId::new(group, function, &[]));
    let reach = sessions.reach(group, Metric::WallTime, Figure::Ratio);
    let crossing = points.as_ref().map_err(Absent::clone).and_then(|(points, _)| {
        let crossing = crossing(points, reach)?;
        // Ratios reach as far as those of all sizes; what crosses is known better by where it does.
        let sessions = position_in(points).zip(position_reach).map(|(position, reach)| kept(position, reach));
        Ok(match sessions {
            Some(sessions) => crossing.within(sessions),
            None => crossing,
        })
    });
    let cost_ns = crossing.as_ref().ok().zip(points.as_ref().ok()).and_then(|(crossing, curve)| {
        let [low, center, high] = crossing.positions().map(|position| cost_at(curve, position));
        Estimate::new(center?, low?.min(center?), high?.max(center?)).ok()
    });
    let [candidate, baseline] = ids.map(|id| id.to_string());
    Crossover { question, candidate, baseline, axis: axis.to_owned(), crossing, cost_ns, check: None }
}

/// Points, and the cost of the baseline at each, ns, where that can be relied on by itself.
type Curve = (Vec<Point>, Vec<Option<f64>>);

/// The points of both strategies along the axis and nothing else, in order; or why there are none, or that one of them failed or its
/// ratio cannot be relied on: a curve with a hole may hide where it crosses.
fn points(run: &Run, &(_, topic, group, candidate, baseline, axis): &Row) -> Value<Curve> {
    if group == SPLIT {
        several(run)?;
    }
    let of = |function: &str| -> BTreeSet<u64> {
        let timed = run.measurements.iter().filter(|it| it.metric == Metric::WallTime).map(|it| &it.benchmark);
        let own = timed.filter(|id| id.group == group && id.function == function && id.parameters.len() == 1);
        own.filter_map(|id| id.parameters.get(axis).copied()).collect()
    };
    let positions = [candidate, baseline].map(of);
    if let Some(missing) = [candidate, baseline].into_iter().zip(&positions).find(|(_, own)| own.is_empty()) {
        let missing = find_value(run, topic, &BenchmarkId::new(group, missing.0, &[]), Metric::WallTime).err();
        return Err(missing.unwrap_or(Absent::missing("it was not measured in this run")));
    }
    let ids_at = |at| [candidate, baseline].map(|function| BenchmarkId::new(group, function, &[(axis, at)]));
    let point = |&at: &u64| {
        let ids = ids_at(at);
        let [cost, other] = ids.each_ref().map(|id| find_value(run, topic, id, Metric::WallTime));
        let named = |absent| {
            let own = [&cost, &other].into_iter().zip(&ids).find_map(|(cost, id)| Some(cost.as_ref().err()?.of(id)));
            own.unwrap_or(absent)
        };
        let ratio = find_range(run, topic, ids.each_ref(), Metric::WallTime).map_err(named)?;
        lacked_processors(run, &ids[0]).map_or(Ok(()), |absent| Err(absent.of(&ids[0])))?;
        Ok((Point { at: at as f64, ratio }, other.ok().map(|cost| cost.center())))
    };
    let is_asked = |at: &&u64| {
        let unasked = |id: &BenchmarkId| {
            let unasked = [Reason::NotRequested, Reason::NotRecorded, Reason::MeasuredElsewhere].map(Absent::Missing);
            find_value(run, topic, id, Metric::WallTime).is_err_and(|absent| unasked.contains(&absent))
        };
        !ids_at(**at).iter().any(unasked)
    };
    positions[0].union(&positions[1]).filter(is_asked).map(point).collect()
}

/// The cost of the baseline between two measured positions, on logarithmic axes.
fn cost_at((points, costs): &Curve, position: f64) -> Option<f64> {
    let after = points.iter().position(|point| position <= point.at).unwrap_or(points.len() - 1).max(1);
    let [from, to] = [after - 1, after].map(|index| Some((libm::log(points[index].at), libm::log(costs[index]?))));
    let (from, to) = from.zip(to)?;
    let share = (libm::log(position) - from.0) / (to.0 - from.0);
    Some(libm::exp(from.1 + share * (to.1 - from.1))).filter(|cost| cost.is_finite())
}
