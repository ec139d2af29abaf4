//! Where one way of doing a work becomes cheaper than another, solved from curves.

use std::collections::BTreeMap;

use serde::Serialize;

use super::place::several;
use super::sessions::Sessions;
use crate::advise::crossover::{Crossing, Point, crossing};
use crate::model::{BenchmarkId, Estimate, Metric, Quality, Run};
use crate::verdict::reading::{Reading, measurement};

/// From where on a way is the cheaper one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Crossover {
    /// What becomes cheaper than what.
    pub sentence: String,
    /// The way that becomes the cheaper one, `group/function`.
    pub candidate: String,
    /// The way that it is held against, `group/function`.
    pub baseline: String,
    /// The axis, which names its unit.
    pub axis: String,
    /// Where.
    pub crossing: Crossing,
    /// What the work takes in the other way at the crossing, ns; where there is one.
    pub price_ns: Option<f64>,
    /// What a measurement of its own found around it; where there was one.
    pub check: Option<Check>,
}

/// A crossing that was measured again, close by.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Check {
    /// Where it was found.
    pub found: Crossing,
    /// Whether the interval of the first one holds it.
    pub is_within: bool,
}

/// How far beyond the ends of a crossing's interval it is looked for again, as a factor: far enough that it is met when the
/// interval is a little too narrow.
const CHECK_REACH: f64 = 1.5;

/// The axis of payloads, which are handed over in whole words.
const BYTES: &str = "bytes";
const WORD_BYTES: u64 = 8;

impl Crossover {
    /// The places to measure both ways at, to look for the crossing again; none where there is nothing to look for.
    pub fn places(&self) -> Vec<u64> {
        let Crossing::At { place, .. } = self.crossing else { return Vec::new() };
        let ends = [place.low() / CHECK_REACH, place.center(), place.high() * CHECK_REACH];
        let step = if self.axis == BYTES { WORD_BYTES } else { 1 };
        let whole = |end: &f64| ((end / step as f64).round() as u64 * step).max(2 * step);
        let mut places: Vec<u64> = ends.iter().map(whole).collect();
        places.dedup();
        places
    }

    /// Takes note of what both ways took, ns, at those places.
    pub fn checked(&mut self, found: &[(u64, [f64; 2])]) {
        let Crossing::At { place, open_low, open_high } = self.crossing else { return };
        let exact = |&(at, [candidate, baseline]): &(u64, [f64; 2])| {
            let (candidate, baseline) = (Estimate::exact(candidate).ok()?, Estimate::exact(baseline).ok()?);
            Some(Point { at: at as f64, candidate, baseline })
        };
        let found = match found.iter().map(exact).collect::<Option<Vec<Point>>>() {
            Some(points) => crossing(&points, 0.0),
            None => Crossing::Untold("a time is no number".to_owned()),
        };
        // An open end says nothing of what lies beyond it, so it excludes nothing there.
        let is_within = match &found {
            Crossing::At { place: again, .. } => {
                (open_low || place.low() <= again.center()) && (open_high || again.center() <= place.high())
            }
            Crossing::Always(_) => open_low,
            Crossing::Never(_) => open_high,
            Crossing::Untold(_) => false,
        };
        self.check = Some(Check { found, is_within });
    }
}

/// `(sentence, topic, group, candidate, baseline, axis)`
type Turn = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

const CROSSOVERS: &[Turn] = &[
    ("a job worth halving with a pooled thread", "cpu", "split", "pooled_thread", "alone", "roots"),
    ("a job worth halving with a new thread", "cpu", "split", "thread", "alone", "roots"),
    ("a job worth halving with a pooled process", "cpu", "split", "pooled_process", "alone", "roots"),
    ("a job worth halving with a forked process", "cpu", "split", "fork", "alone", "roots"),
    ("an Arc is cheaper than a clone, between threads", "memory", "hand_over", "arc", "channel_clone", "bytes"),
    ("a kept mapping is cheaper than a pipe", "memory", "hand_over", "shared_mapping", "pipe", "bytes"),
    ("a new mapping is cheaper than a pipe", "memory", "hand_over", "shared_mapping_fresh", "pipe", "bytes"),
    ("posix_spawn is cheaper than fork", "spawn", "fork_price", "posix_spawn", "fork", "rss_mib"),
];

/// The functions of a group that others become cheaper than.
pub(crate) fn opposed(group: &str) -> impl Iterator<Item = &'static str> {
    CROSSOVERS.iter().filter(move |row| row.1 == group).map(|row| row.3)
}

/// The group whose ways can only win where two run beside each other.
const SIDE_BY_SIDE: &str = "split";

/// Solves for the crossovers.
pub(super) fn crossovers(run: &Run, sessions: &Sessions<'_>) -> Vec<Crossover> {
    CROSSOVERS.iter().map(|row| crossover(run, sessions, row)).collect()
}

fn crossover(
    run: &Run,
    sessions: &Sessions<'_>,
    &(sentence, topic, group, candidate, baseline, axis): &Turn,
) -> Crossover {
    let beside = if group == SIDE_BY_SIDE { several(run) } else { Ok(()) };
    let points = beside.and_then(|()| points(run, (topic, group), candidate, baseline, axis));
    let ids = [candidate, baseline].map(|function| BenchmarkId::new(group, function, &[]));
    let width = sessions.width_of_ratio(ids.each_ref());
    let crossing =
        points.as_deref().map_or_else(|reason| Crossing::Untold(reason.clone()), |points| crossing(points, width));
    let price_ns = match (&crossing, &points) {
        (Crossing::At { place, .. }, Ok(points)) => price_at(points, place.center()),
        _ => None,
    };
    Crossover {
        sentence: sentence.to_owned(),
        candidate: format!("{group}/{candidate}"),
        baseline: format!("{group}/{baseline}"),
        axis: axis.to_owned(),
        crossing,
        price_ns,
        check: None,
    }
}

/// The points that both ways have along the axis and nothing else, in order.
///
/// # Errors
///
/// Why there are none, or that one of them cannot be relied on: a curve with a hole may hide where it crosses.
fn points(
    run: &Run,
    (topic, group): (&str, &str),
    candidate: &str,
    baseline: &str,
    axis: &str,
) -> Result<Vec<Point>, String> {
    let mut points: BTreeMap<u64, Point> = BTreeMap::new();
    let is_on = |id: &BenchmarkId| {
        id.group == group && id.function == candidate && id.parameters.len() == 1 && id.parameters.contains_key(axis)
    };
    let timed = run.measurements.iter().filter(|it| it.metric == Metric::WallTime);
    for one in timed.filter(|it| is_on(&it.benchmark)) {
        let Some(other) = measurement(run, &one.benchmark.with_function(baseline), Metric::WallTime) else { continue };
        for side in [one, other] {
            if let Quality::Inconclusive(reason) = &side.quality {
                return Err(format!("{}: {reason}", side.benchmark));
            }
        }
        let at = one.benchmark.parameters[axis];
        points.insert(at, Point { at: at as f64, candidate: one.estimate, baseline: other.estimate });
    }
    if points.is_empty() {
        let reason = [candidate, baseline].iter().find_map(|function| {
            match Reading::find(run, topic, &BenchmarkId::new(group, function, &[]), Metric::WallTime) {
                Reading::Missing(reason) => Some(reason),
                Reading::Measured(_) | Reading::Inconclusive(_) => None,
            }
        });
        return Err(reason.unwrap_or_else(|| "it was not measured in this run".to_owned()));
    }
    Ok(points.into_values().collect())
}

/// The price of the baseline between two measured places, on logarithmic axes.
fn price_at(points: &[Point], place: f64) -> Option<f64> {
    let pair = points.windows(2).find(|pair| pair[0].at <= place && place <= pair[1].at)?;
    let [from, to] = [pair[0], pair[1]].map(|point| (libm::log(point.at), libm::log(point.baseline.center())));
    let share = (libm::log(place) - from.0) / (to.0 - from.0);
    Some(libm::exp(from.1 + share * (to.1 - from.1))).filter(|price| price.is_finite())
}
