//! Replays one series commit by commit.

use super::change::{ChangePoint, SeriesTrend, Unjudged, verdict};
use super::detector::{Detector, Step};
use super::drift::drifts;
use super::hindsight::mark_noise;
use super::outlook::noisier;
use crate::model::{Direction, Estimate};
use crate::stats;
use crate::verdict::policy::{CHANGE_SYSTEM, TREND_START};

/// Finds the change points and drifts of a series: one observation a commit, in the order of the commits.
///
/// A change point detected at `i` follows from the observations up to `i` alone, so that a longer series never takes back
/// what a shorter one reported; it may show that it is noise, and mark it so. Nothing is random: the same values give
/// the same verdicts, bit for bit, on every platform. Takes time in proportion to the length.
///
/// Method: in the newest 80 observations of the current segment the rank statistic of Mann and Whitney is computed at every
/// index, as in the sequential detector of Ross, Tasoulis and Adams (2011); its thresholds keep the false alarms at the
/// rate that is accepted for noise of any distribution. A change is located by the likelihood of every index, estimated by Hodges and
/// Lehmann's method, and reported if it clears the threshold and the spread of both sides, lies beyond what the segment did
/// before, and is still there. Five observations at the new level are the fewest that can show it, so that a single
/// spike is never reported.
///
/// Fails for a series that cannot be judged.
pub fn trend(values: &[f64], direction: Direction) -> Result<SeriesTrend, Unjudged> {
    let logs = logs(values)?;
    let mut detector = Detector::default();
    let steps = logs.iter().filter_map(|&log| detector.push(log));
    let mut points =
        steps.map(|step| change_point(&step, direction)).collect::<Option<Vec<_>>>().ok_or(Unjudged::TooWide)?;
    mark_noise(&logs, &mut points);
    let drifts = drifts(&logs, &points, direction, CHANGE_SYSTEM);
    let levels: Vec<usize> = points.iter().map(|point| point.at).collect();
    Ok(SeriesTrend {
        // What drifts deviates from any one level.
        noisier: if drifts.is_empty() { noisier(&logs, &levels) } else { None },
        min_detectable_change: libm::expm1(detector.min_detectable()),
        change_points: points,
        drifts,
    })
}

/// The logarithms, by a library of our own choice: the system's differ in the last bit from one platform to another.
fn logs(values: &[f64]) -> Result<Vec<f64>, Unjudged> {
    for (index, &value) in values.iter().enumerate() {
        if !(value.is_finite() && value > 0.0) {
            return Err(Unjudged::NotPositive { index, value });
        }
    }
    if values.len() < TREND_START {
        return Err(Unjudged::TooFew { found: values.len(), needed: TREND_START });
    }
    let logs: Vec<f64> = values.iter().map(|&value| libm::log(value)).collect();
    let low = logs.iter().copied().fold(f64::INFINITY, f64::min);
    let high = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if high - low > stats::LOG_MAX { Err(Unjudged::TooWide) } else { Ok(logs) }
}

fn change_point(step: &Step, direction: Direction) -> Option<ChangePoint> {
    let [center, low, high] = [step.size, step.interval.low, step.interval.high].map(libm::expm1);
    Some(ChangePoint {
        at: step.at,
        interval: step.interval_at.clone().into_inner(),
        reach: step.reach.clone().into_inner(),
        detected: step.detected,
        change: Estimate::new(center, low, high).ok()?,
        verdict: verdict(center, direction),
        returned: step.returned,
        from_zero: false,
        noise: false,
        false_alarms: Some(step.false_alarms),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::trend::outlook::suspected;
    use crate::trend::tests::levels as series;
    use crate::verdict::Verdict;

    const REGRESSED: (Verdict, bool) = (Verdict::Regressed, false);
    const IMPROVED: (Verdict, bool) = (Verdict::Improved, false);

    fn found(values: &[f64], direction: Direction) -> Vec<(usize, (Verdict, bool))> {
        let trend = trend(values, direction).unwrap();
        trend.change_points.iter().map(|point| (point.at, (point.verdict, point.returned))).collect()
    }

    #[test]
    fn a_step_is_found_at_its_commit_with_its_direction() {
        let (lower, higher) = (Direction::LowerIsBetter, Direction::HigherIsBetter);
        let (up, down) = (series(&[(100.0, 40), (110.0, 20)]), series(&[(100.0, 40), (90.0, 20)]));
        assert_eq!(found(&up, lower), [(40, REGRESSED)]);
        assert_eq!(found(&up, higher), [(40, IMPROVED)]);
        assert_eq!(found(&down, lower), [(40, IMPROVED)]);
        assert_eq!(found(&down, higher), [(40, REGRESSED)]);
    }

    #[test]
    fn the_change_has_an_interval() {
        let values = series(&[(100.0, 40), (110.0, 20)]);
        let trend = trend(&values, Direction::LowerIsBetter).unwrap();
        let change = trend.change_points[0].change;
        assert!(change.low() < 0.1 && 0.1 < change.high() && change.high() - change.low() < 0.01, "{change:?}");
        let detectable = trend.min_detectable_change;
        assert!((0.02..0.025).contains(&detectable), "{detectable}: a quiet series is limited by the threshold");
    }

    #[test]
    fn what_goes_away_again_is_not_reported() {
        for commits in 1..5 {
            let values = series(&[(100.0, 40), (300.0, commits), (100.0, 40)]);
            assert_eq!(found(&values, Direction::LowerIsBetter), [], "{commits} commits");
        }
    }

    #[test]
    fn a_step_with_too_few_values_on_one_side_is_suspected() {
        let judged = |before, after| {
            let values = series(&[(100.0, before), (300.0, after)]);
            let trend = trend(&values, Direction::LowerIsBetter);
            (suspected(&values, &trend), trend.map_or(0, |trend| trend.change_points.len()))
        };
        assert_eq!(judged(40, 1), (None, 0), "it may be a spike");
        assert_eq!(judged(4, 30), (None, 0), "nothing more will ever show it");
        let cases = [(40, 2, 5), (40, 4, 5), (5, 2, 5), (5, 10, 11), (7, 12, 13), (5, 14, 15)];
        for (before, after, needed) in cases {
            let (suspected, found) = judged(before, after);
            let suspected = suspected.unwrap_or_else(|| panic!("{before} and {after}: {found} found"));
            assert_eq!((suspected.at, suspected.values, suspected.needed, found), (before, after, needed, 0));
            assert!((suspected.change.center() - 2.0).abs() < 0.02, "{suspected:?}");
        }
        for (before, after) in [(40, 5), (5, 30), (6, 20), (7, 20)] {
            assert_eq!(judged(before, after), (None, 1), "{before} and {after}");
        }
    }

    #[test]
    fn noise_that_grows_is_reported_as_noise() {
        let noise = |index: usize| (((index * 7919 + 104_729) % 1009) as f64 / 1009.0 - 0.5) * 3.46;
        let value = |index: usize| 100.0 * (1.0 + noise(index) * if index < 70 { 0.005 } else { 0.06 });
        let values: Vec<f64> = (0..140).map(value).collect();
        let trend = trend(&values, Direction::LowerIsBetter).unwrap();
        let noisier = trend.noisier.unwrap();
        assert!(noisier.since.abs_diff(70) <= 5 && noisier.after > 5.0 * noisier.before, "{noisier:?}");
        assert_eq!(trend.change_points, []);
    }

    #[test]
    fn what_is_below_the_threshold_is_not_reported() {
        let values = series(&[(100.0, 40), (101.5, 40)]);
        assert_eq!(found(&values, Direction::LowerIsBetter), []);
    }

    #[test]
    fn coming_back_to_a_level_is_marked_as_returned() {
        let values = series(&[(100.0, 40), (110.0, 30), (100.0, 30)]);
        let expected = [(40, REGRESSED), (70, (Verdict::Improved, true))];
        assert_eq!(found(&values, Direction::LowerIsBetter), expected);
        let off_by_noise = series(&[(100.0, 20), (98.0, 6), (99.4, 9), (101.5, 10)]);
        let expected = [(20, IMPROVED), (35, (Verdict::Regressed, true))];
        assert_eq!(found(&off_by_noise, Direction::LowerIsBetter), expected, "the steps take each other back");
    }

    #[test]
    fn refuses_what_cannot_be_judged() {
        let with = |value: f64| [vec![1.0; 30], vec![value]].concat();
        for value in [f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0, -1.0] {
            let refused = trend(&with(value), Direction::LowerIsBetter);
            assert_eq!(refused, Err(Unjudged::NotPositive { index: 30, value }));
        }
        assert!(trend(&with(f64::NAN), Direction::LowerIsBetter).is_err());
        let few = trend(&[1.0; 19], Direction::LowerIsBetter);
        assert_eq!(few, Err(Unjudged::TooFew { found: 19, needed: TREND_START }));
        let wide = trend(&with(f64::MIN_POSITIVE), Direction::LowerIsBetter);
        assert_eq!(wide.map(|trend| trend.change_points), Err(Unjudged::TooWide));
    }

    proptest! {
        #[test]
        fn a_longer_series_takes_nothing_back(
            levels in prop::collection::vec((50.0..150.0, 5usize..40), 1..6), end in 0usize..200,
        ) {
            let values = series(&levels);
            // But for whether it is noise, which the whole series says.
            let found = |values: &[f64]| {
                let trend = trend(values, Direction::LowerIsBetter).ok()?;
                Some(trend.change_points.into_iter().map(|point| ChangePoint { noise: false, ..point }).collect::<Vec<_>>())
            };
            if let (Some(whole), Some(begun)) = (found(&values), found(&values[..end.min(values.len())])) {
                prop_assert!(whole.starts_with(&begun));
                prop_assert!(whole[begun.len()..].iter().all(|point| point.detected >= end));
            }
        }

        #[test]
        fn any_values_are_judged_or_refused(values in prop::collection::vec(prop::num::f64::POSITIVE, 0..60)) {
            let _ = trend(&values, Direction::HigherIsBetter);
        }
    }
}
