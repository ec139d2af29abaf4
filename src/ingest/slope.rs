//! How the cost of a fork grows with what the parent has: lines through measured points.

use std::collections::BTreeMap;

use super::rounds;
use crate::model::{BenchmarkId, Measurement, Metric, Omission, Quality, Round};
use crate::stats::{self, line::theil_sen};

/// The group whose benchmarks lie on lines.
const GROUP: &str = "fork_price";

/// The axes, and the metric that is the growth along each.
const AXES: [(&str, Metric); 3] =
    [("rss_mib", Metric::TimePerMebibyte), ("mappings", Metric::TimePerMapping), ("threads", Metric::TimePerThread)];

/// Two points always lie on a line; only a third shows whether they should.
const POINTS_MIN: usize = 3;

/// Points of one function that differ in one parameter only: the function, the other parameters, the points by `x`.
type Families<'a> = BTreeMap<(&'a str, BTreeMap<String, u64>), BTreeMap<u64, &'a Measurement>>;

/// The slopes of all lines with enough points, one for every function and axis, and what was skipped.
///
/// One line by Theil and Sen is fitted a round, through the medians that the points have in that round; the estimate is
/// over the rounds' slopes, as everywhere. A round is of the points that took turns; where they took none, points with a
/// reference workload are normalized by it first. Where several families of points could make the slope of one
/// function and axis, the largest does, and of equals the one with the smallest other parameters.
pub(super) fn slopes(measurements: &[Measurement]) -> (Vec<Measurement>, Vec<Omission>) {
    let (mut slopes, mut omissions) = (Vec::new(), Vec::new());
    for (axis, metric) in AXES {
        let mut chosen: BTreeMap<&str, BTreeMap<u64, &Measurement>> = BTreeMap::new();
        let mut families: Vec<_> = families(measurements, axis).into_iter().collect();
        // Stable: among equals the order of the parameters remains.
        families.sort_by_key(|(_, points)| std::cmp::Reverse(points.len()));
        for ((function, others), points) in families.into_iter().filter(|(_, points)| points.len() >= POINTS_MIN) {
            let Some(first) = chosen.get(function).and_then(|points| points.values().next()) else {
                chosen.insert(function, points);
                continue;
            };
            let family = BenchmarkId { group: GROUP.to_owned(), function: function.to_owned(), parameters: others };
            omissions.push(Omission {
                topic: first.topic.clone(),
                what: format!("{metric} of {family}"),
                reason: format!(
                    "the line of {}/{function} along {axis} is drawn at other parameters",
                    first.benchmark.group
                ),
            });
        }
        slopes.extend(chosen.values().filter_map(|points| slope(metric, points)));
    }
    (slopes, omissions)
}

fn families<'a>(measurements: &'a [Measurement], axis: &str) -> Families<'a> {
    let mut families = Families::new();
    for measurement in measurements {
        let id = &measurement.benchmark;
        let mut others = id.parameters.clone();
        if id.group == GROUP
            && measurement.metric == Metric::WallTime
            && let Some(x) = others.remove(axis)
        {
            families.entry((&id.function, others)).or_default().insert(x, measurement);
        }
    }
    families
}

fn slope(metric: Metric, points: &BTreeMap<u64, &Measurement>) -> Option<Measurement> {
    let first = points.values().next()?;
    let reference = reference(points);
    let line = |index: usize, round: &Round| {
        let at = |(&x, point): (&u64, &&Measurement)| {
            let same = |it: &&Round| round.order_seed.is_some() && it.order_seed == round.order_seed;
            let in_turn = point.rounds.iter().find(same).map(|it| it.median);
            // Points that took no turns were measured minutes apart.
            let median = in_turn.or_else(|| normalized(point.rounds.get(index)?, reference.as_ref()));
            Some((x as f64, median?))
        };
        let slope = theil_sen(&points.iter().map(at).collect::<Option<Vec<_>>>()?)?.slope;
        let (samples, order_seed) = (points.len() as u64, round.order_seed);
        Some(Round { samples, min: slope, p10: slope, median: slope, order_seed, ..Round::default() })
    };
    let lines = first.rounds.iter().enumerate();
    let rounds: Vec<Round> = lines.filter_map(|(index, round)| line(index, round)).collect();
    let inconclusive = points.values().find_map(|point| match &point.quality {
        Quality::Good => None,
        Quality::Inconclusive(reason) => Some(Quality::Inconclusive(format!("{}: {reason}", point.benchmark))),
    });
    let bare = |id: &BenchmarkId| BenchmarkId { parameters: BTreeMap::new(), ..id.clone() };
    let estimate = rounds::across(&rounds)?;
    Some(Measurement {
        lower_bound: first.lower_bound.as_ref().map(bare),
        quality: inconclusive.unwrap_or(Quality::Good),
        ..Measurement::of_rounds(&first.topic, bare(&first.benchmark), metric, estimate, rounds)
    })
}

/// The reference workload of all points, and its median over all of their rounds, ns.
///
/// `None` where they have none, or different ones.
fn reference(points: &BTreeMap<u64, &Measurement>) -> Option<(String, f64)> {
    let name = points.values().next()?.reference.clone()?;
    let rounds = points.values().flat_map(|point| &point.rounds);
    let times = rounds.map(|round| round.references.get(&name).copied()).collect::<Option<Vec<f64>>>()?;
    let alike = points.values().all(|point| point.reference.as_ref() == Some(&name));
    Some((name, stats::median(&times)?)).filter(|_| alike)
}

/// A round's median as it would have been at the usual time of the reference workload.
///
/// Where the points of a line are measured one after the other, a machine that gets faster meanwhile would tilt it.
fn normalized(round: &Round, reference: Option<&(String, f64)>) -> Option<f64> {
    match reference {
        Some((name, usual)) => Some(round.median * usual / round.references.get(name)?),
        None => Some(round.median),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Estimate;

    fn point(parameters: &[(&str, u64)], medians: &[f64]) -> Measurement {
        let round = |&median: &f64| Round { samples: 9, min: median, p10: median, median, ..Round::default() };
        let (id, estimate) = (BenchmarkId::new(GROUP, "fork", parameters), Estimate::exact(1.0).unwrap());
        Measurement::of_rounds("spawn", id, Metric::WallTime, estimate, medians.iter().map(round).collect())
    }

    #[test]
    fn a_machine_that_gets_faster_does_not_tilt_the_line() {
        let timed = |x, (median, price): (f64, f64)| {
            let mut point = point(&[("rss_mib", x)], &[median, median]);
            point.reference = Some("copy".to_owned());
            point.rounds.iter_mut().for_each(|round| _ = round.references.insert("copy".to_owned(), price));
            point
        };
        let points = [timed(1, (90.0, 300.0)), timed(2, (90.0, 300.0)), timed(4, (60.0, 200.0))];
        let (slopes, _) = slopes(&points);
        assert_eq!(slopes[0].estimate, Estimate::exact(0.0).unwrap());
    }

    #[test]
    fn one_line_is_drawn_a_round() {
        let points = [
            point(&[("rss_mib", 1)], &[12.0, 13.0]),
            point(&[("rss_mib", 2)], &[14.0, 16.0]),
            point(&[("rss_mib", 4)], &[18.0, 22.0, 99.0]),
        ];
        let (slopes, omissions) = slopes(&points);
        let slope = &slopes[0];
        assert_eq!((slopes.len(), omissions.len()), (1, 0));
        assert_eq!(slope.benchmark, BenchmarkId::new(GROUP, "fork", &[]));
        assert_eq!(slope.metric, Metric::TimePerMebibyte);
        assert_eq!(slope.estimate, Estimate::new(2.5, 2.0, 3.0).unwrap());
        assert_eq!((slope.rounds.len(), slope.samples), (2, 6));
    }

    #[test]
    fn only_points_that_differ_in_the_axis_alone_share_a_line() {
        let point = |mappings, threads, price| point(&[("mappings", mappings), ("threads", threads)], &[price]);
        let star = [point(1, 1, 10.0), point(2, 1, 13.0), point(3, 1, 16.0), point(1, 2, 99.0), point(1, 3, 98.0)];
        let (found, omissions) = slopes(&star);
        let metrics: Vec<Metric> = found.iter().map(|slope| slope.metric).collect();
        assert_eq!((metrics, omissions.len()), (vec![Metric::TimePerMapping, Metric::TimePerThread], 0));
        assert_eq!(found[0].estimate.center(), 3.0);
        assert!(slopes(&star[..2]).0.is_empty());
    }

    #[test]
    fn a_second_family_is_skipped_with_a_reason() {
        let family =
            |huge, rise: f64| (1..=3).map(move |x| point(&[("huge", huge), ("rss_mib", x)], &[rise * x as f64]));
        let (slopes, omissions) = slopes(&family(1, 5.0).chain(family(0, 7.0)).collect::<Vec<_>>());
        assert_eq!((slopes.len(), slopes[0].estimate.center()), (1, 7.0));
        assert_eq!(omissions[0].what, "time_per_mebibyte of fork_price/fork/huge=1");
    }

    #[test]
    fn a_line_through_an_inconclusive_point_is_inconclusive() {
        let mut points = [1, 2, 3].map(|x| point(&[("threads", x)], &[1.0]));
        points[1].quality = Quality::Inconclusive("noise".to_owned());
        let expected = Quality::Inconclusive("fork_price/fork/threads=2: noise".to_owned());
        assert_eq!(slopes(&points).0[0].quality, expected);
    }
}
