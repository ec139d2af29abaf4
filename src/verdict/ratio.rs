//! One estimate divided by another.

use super::absent::of_one_kind;
use super::{Value, combine, find_value, measurement, value_of};
use crate::model::{BenchmarkId, Estimate, Measurement, Metric, Quality, Run};
use crate::stats::{Interval, median, median_interval};

/// One benchmark of a run ÷ another, see [`ratio_of`].
pub fn find_ratio(run: &Run, topic: &str, [one, other]: [&BenchmarkId; 2], metric: Metric) -> Value {
    match (measurement(run, one, metric), measurement(run, other, metric)) {
        (Some(one), Some(other)) => ratio_of(one, other),
        _ => combine(&find_value(run, topic, one, metric), &find_value(run, topic, other, metric), ratio),
    }
}

/// The same for what rests on both ends of the interval, and not on what lies between them: the rounds may be of two kinds.
pub fn find_range(run: &Run, topic: &str, ids: [&BenchmarkId; 2], metric: Metric) -> Value {
    let [one, other] = ids.map(|id| measurement(run, id, metric));
    let in_turn = one.zip(other).and_then(|(one, other)| ratio_in_turn(one, other));
    in_turn.map_or_else(|| find_ratio(run, topic, ids, metric), |(ratio, _)| Ok(ratio))
}

/// One measurement ÷ another: by the rounds in which they took turns, else by their estimates.
pub fn ratio_of(one: &Measurement, other: &Measurement) -> Value {
    // Rounds of two kinds may have one ratio, or ratios of two kinds.
    match ratio_in_turn(one, other) {
        Some((ratio, ratios)) => of_one_kind(one.metric, ratio, "the ratios of its rounds", ratios),
        None => combine(&value_of(one), &value_of(other), ratio),
    }
}

/// The median ratio of the rounds in which both took turns, with its interval, and the ratios; `None` where they did not, or
/// where one of the two cannot be relied on.
///
/// What moves the machine from one round to the next moves both sides, and leaves their ratio alone.
fn ratio_in_turn(numerator: &Measurement, denominator: &Measurement) -> Option<(Estimate, Vec<f64>)> {
    let is_good = [numerator, denominator].into_iter().all(|it| it.quality == Quality::Good);
    let rounds = numerator.rounds_in_turn(denominator);
    let ratios: Vec<f64> = rounds.iter().map(|(one, other)| one.median / other.median).collect();
    if !is_good || ratios.len() < 2 || ratios.iter().any(|ratio| *ratio <= 0.0) {
        return None;
    }
    let Interval { low, high } = median_interval(&ratios)?;
    Some((Estimate::new(median(&ratios)?, low, high).ok()?, ratios))
}

/// `numerator ÷ denominator` with the widest interval that the two intervals allow.
///
/// Conservative: it holds every ratio of a number in the one and a number in the other, however the two depend on each
/// other. `None` where an interval is not above zero: the quotient could be anything.
pub(crate) fn ratio(numerator: Estimate, denominator: Estimate) -> Option<Estimate> {
    let (one, other) = (numerator, denominator);
    let ratio = Estimate::new(one.center() / other.center(), one.low() / other.high(), one.high() / other.low());
    ratio.ok().filter(|ratio| one.low() > 0.0 && other.low() > 0.0 && ratio.low() > 0.0)
}

/// The interval that is printed: that of the rounds, and the reach between sessions on the logarithmic axis, taken together
/// as independent ones. Where the rounds reach zero, the reach is a share of the center.
pub(crate) fn kept(estimate: Estimate, reach: f64) -> Estimate {
    let (center, low, high) = (estimate.center(), estimate.low(), estimate.high());
    let (low, high) = if reach == 0.0 {
        (low, high)
    } else if low > 0.0 {
        let both = |own: f64| libm::exp(libm::hypot(own, reach));
        (center / both(libm::log(center / low)), center * both(libm::log(high / center)))
    } else {
        let both = |own: f64| libm::hypot(own, reach * center.abs());
        (center - both(center - low), center + both(high - center))
    };
    // Only beyond the largest number there is no interval.
    Estimate::new(center, low, high).unwrap_or(estimate)
}

/// The estimate so many times; the factor is not below zero.
pub(crate) fn times(factor: f64, estimate: Estimate) -> Option<Estimate> {
    Estimate::new(factor * estimate.center(), factor * estimate.low(), factor * estimate.high()).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::verdict::fixture;

    /// A measurement with a round for each seed and median.
    fn measured(benchmark: &str, rounds: &[(Option<u64>, f64)]) -> Measurement {
        let mut measured = fixture::time("spawn", benchmark, 10.0, 8.0, 16.0);
        let round = measured.rounds[0].clone();
        let rounds =
            rounds.iter().map(|&(order_seed, median)| crate::model::Round { order_seed, median, ..round.clone() });
        measured.rounds = rounds.collect();
        measured
    }

    #[test]
    fn rounds_that_took_turns_are_divided_round_by_round() {
        let thread = measured("spawn/thread", &[(Some(1), 10.0), (Some(2), 40.0), (Some(3), 20.0)]);
        let fork = measured("spawn/fork", &[(Some(3), 62.0), (Some(1), 30.0), (Some(2), 120.0), (Some(9), 1.0)]);
        assert_eq!(ratio_of(&fork, &thread), Ok(Estimate::new(3.0, 3.0, 3.1).unwrap()));
    }

    #[test]
    fn ratios_of_two_kinds_are_no_ratio_and_rounds_of_two_kinds_may_have_one() {
        let of =
            |id, medians: [f64; 6]| measured(id, &std::array::from_fn::<_, 6, _>(|at| (Some(at as u64), medians[at])));
        let thread = of("unmap/threads", [805.0, 693.0, 346.0, 818.0, 805.0, 798.0]);
        let alone = of("unmap/processes", [251.0, 249.0, 250.0, 251.0, 228.0, 249.0]);
        let Err(absent) = ratio_of(&thread, &alone) else { panic!("the third round is of another kind") };
        assert!(absent.to_string().starts_with("the ratios of its rounds differ by 2.6×"), "{absent}");
        assert!(ratio_of(&thread, &thread).is_ok());
    }

    #[test]
    fn rounds_that_took_no_turns_are_divided_by_their_estimates() {
        let [thread, fork] = ["spawn/thread", "spawn/fork"].map(|id| measured(id, &[(None, 10.0), (None, 10.0)]));
        assert_eq!(ratio_of(&fork, &thread), Ok(Estimate::new(1.0, 0.5, 2.0).unwrap()));
        let inconclusive = fixture::inconclusive(measured("spawn/fork", &[(Some(1), 1.0), (Some(2), 1.0)]), "stolen");
        assert!(ratio_of(&inconclusive, &inconclusive).is_err());
    }

    #[test]
    fn a_ratio_of_few_rounds_among_many_is_that_of_the_estimates() {
        let of =
            |id, seeds: std::ops::Range<u64>| measured(id, &seeds.map(|seed| (Some(seed), 10.0)).collect::<Vec<_>>());
        let (narrow, wide) = (Estimate::exact(1.0).unwrap(), Estimate::new(1.0, 0.5, 2.0).unwrap());
        for (common, expected) in [(6, narrow), (5, wide), (1, wide)] {
            let ratio = ratio_of(&of("spawn/fork", 0..6), &of("spawn/thread", 6 - common..20));
            assert_eq!(ratio, Ok(expected), "{common}");
        }
        // A short run has no more.
        assert_eq!(ratio_of(&of("spawn/fork", 0..3), &of("spawn/thread", 0..3)), Ok(narrow));
    }

    #[test]
    fn a_ratio_takes_the_far_ends_and_refuses_what_cannot_be_divided() {
        let [of, by] = [(3.0, 2.0, 6.0), (2.0, 1.0, 4.0)].map(|(at, low, high)| Estimate::new(at, low, high).unwrap());
        assert_eq!(ratio(of, by), Estimate::new(1.5, 0.5, 6.0).ok());
        let [negative, zero] = [-1.0, 0.0].map(|low| Estimate::new(1.0, low, 1.0).unwrap());
        let [tiny, huge] = [1e-300, 1e300].map(|value| Estimate::exact(value).unwrap());
        for (one, other) in [(of, zero), (zero, by), (of, negative), (negative, by), (huge, tiny), (tiny, huge)] {
            assert_eq!(ratio(one, other), None, "{one:?} {other:?}");
        }
    }

    proptest! {
        #[test]
        fn a_ratio_holds_every_quotient(
            a in 1e-6..1e6, a_width in 0.0..1e6, b in 1e-6..1e6, b_width in 0.0..1e6, s in 0.0..=1.0, t in 0.0..=1.0,
        ) {
            let estimate = |low: f64, width: f64| Estimate::new(low, low, low + width).unwrap();
            let ratio = ratio(estimate(a, a_width), estimate(b, b_width)).unwrap();
            let within = |low: f64, width: f64, share: f64| (low + share * width).min(low + width);
            let quotient = within(a, a_width, s) / within(b, b_width, t);
            prop_assert!(ratio.low() <= quotient && quotient <= ratio.high());
        }
    }

    #[test]
    fn the_rounds_and_the_sessions_add_as_squares() {
        let own = Estimate::new(1.0, libm::exp(-0.3), libm::exp(0.3)).unwrap();
        let both = kept(own, 0.4);
        assert!((libm::log(both.high()) - 0.5).abs() < 1e-12 && (libm::log(both.low()) + 0.5).abs() < 1e-12);
        assert_eq!(kept(own, 0.0), own);
        let slope = kept(Estimate::new(10.0, -20.0, 50.0).unwrap(), 4.0);
        assert_eq!((slope.low(), slope.center(), slope.high()), (-40.0, 10.0, 10.0 + 3200.0_f64.sqrt()));
    }
}
