//! What a series did over its commits: where its level shifted, by how much, and how sure that is.

use serde::Serialize;

use super::detector::{Detector, START, Shift};
use super::drift::{Drift, drifts};
use super::hazard::Hazard;
use crate::model::{Direction, Estimate};

/// The widest span of a series, in natural logarithms: beyond it a change is no finite number.
const SPAN_MAX: f64 = 700.0;

/// What is worth an alert.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Policy {
    /// How often a false alarm may come.
    pub hazard: Hazard,
    /// The smallest change that is told, as a share, not below zero: 0.02 is 2 %.
    pub floor: f64,
}

impl Default for Policy {
    /// One false alarm in 2,000 commits, and 2 %: below that, builds and machines move by themselves.
    fn default() -> Self {
        Self { hazard: Hazard::default(), floor: 0.02 }
    }
}

/// One shift of the level, told at one commit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alert {
    /// The place of the observation after which it was told, counted from 0.
    pub alert_index: usize,
    /// The place of the first observation on the new level.
    pub change_index: usize,
    /// New level ÷ old level - 1, with the 95 % interval of Hodges and Lehmann. The place of the change was chosen from
    /// the same observations, so it covers somewhat less.
    pub effect: Estimate,
    /// What it means.
    pub kind: AlertKind,
    /// How sure it is: independent noise of this length comes that far at most so often.
    pub hazard: Hazard,
}

/// What an alert means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// The new level is worse.
    Regression,
    /// The new level is better.
    Improvement,
    /// The new level is one that was left within the last 60 commits: most likely the machine goes to and fro.
    Return,
}

impl AlertKind {
    /// The word that is printed for it.
    pub fn word(self) -> &'static str {
        match self {
            AlertKind::Regression => "regression",
            AlertKind::Improvement => "improvement",
            AlertKind::Return => "return",
        }
    }
}

/// What a series did.
#[derive(Clone, Debug, PartialEq)]
pub struct Trend {
    /// The alerts, in the order in which they were told.
    pub alerts: Vec<Alert>,
    /// The slides, in order; steps that one of them [explains](Drift::explains) are among the alerts all the same. They
    /// are told of the whole series as it is, so that a longer one may tell them otherwise.
    pub drifts: Vec<Drift>,
    /// The smallest change of the level as it is now that could be told, as a share; a smaller one drowns in the noise
    /// of the series or lies below the floor.
    pub smallest: f64,
}

/// Why a series cannot be judged.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Unjudged {
    /// There are too few observations.
    #[error("{found} of the {needed} values that a first verdict takes; measure more commits")]
    TooFew {
        /// How many there are.
        found: usize,
        /// How many it takes.
        needed: usize,
    },
    /// An observation is NaN, infinite, zero or negative.
    #[error("the value at place {place} is {value}, not a finite number above zero; remove it or measure again")]
    NotPositive {
        /// The place, counted from 0.
        place: usize,
        /// The value.
        value: f64,
    },
    /// The observations are so far apart that their ratio is no number.
    #[error("the largest value is beyond all proportion to the smallest; are they in one unit?")]
    TooWide,
}

/// Replays a series, one observation a commit in the order of the commits, and tells every shift of its level.
///
/// An alert at place `i` follows from the observations up to `i` alone, so that a longer series never takes back what a
/// shorter one said. Nothing is drawn at random: the same values give the same verdict, bit for bit, on every platform.
/// Takes time in proportion to the length.
///
/// Method: in the newest 80 observations of the current segment the rank statistic of Mann and Whitney is taken at all
/// places, as in the sequential detector of Ross, Tasoulis and Adams (2011); its thresholds keep the false alarms at the
/// policy's hazard for noise of any distribution. A change is located by least absolute deviations, sized by Hodges and
/// Lehmann's estimate, and told if it clears the floor and the spread of both sides, lies beyond what the segment did
/// before, and is still there. Five observations on the new level are the fewest that can show it, so that no single
/// spike is ever told.
///
/// # Errors
///
/// For a series that cannot be judged.
pub fn trend(values: &[f64], direction: Direction, policy: &Policy) -> Result<Trend, Unjudged> {
    let logs = logs(values)?;
    let mut detector = Detector::new(*policy);
    let shifts = logs.iter().filter_map(|&log| detector.push(log));
    let alerts = shifts.map(|shift| alert(&shift, direction)).collect::<Option<Vec<_>>>().ok_or(Unjudged::TooWide)?;
    let drifts = drifts(&logs, &alerts, direction, policy);
    Ok(Trend { alerts, drifts, smallest: libm::expm1(detector.smallest()) })
}

/// The logarithms, by a library of our own choice: the system's differ in the last bit from one platform to another.
fn logs(values: &[f64]) -> Result<Vec<f64>, Unjudged> {
    for (place, &value) in values.iter().enumerate() {
        if !(value.is_finite() && value > 0.0) {
            return Err(Unjudged::NotPositive { place, value });
        }
    }
    if values.len() < START {
        return Err(Unjudged::TooFew { found: values.len(), needed: START });
    }
    let logs: Vec<f64> = values.iter().map(|&value| libm::log(value)).collect();
    let low = logs.iter().copied().fold(f64::INFINITY, f64::min);
    let high = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if high - low > SPAN_MAX { Err(Unjudged::TooWide) } else { Ok(logs) }
}

fn alert(shift: &Shift, direction: Direction) -> Option<Alert> {
    let [center, low, high] = [shift.size, shift.interval.low, shift.interval.high].map(libm::expm1);
    let grew = shift.size > 0.0;
    let kind = match direction {
        _ if shift.returns => AlertKind::Return,
        Direction::LowerIsBetter if grew => AlertKind::Regression,
        Direction::HigherIsBetter if !grew => AlertKind::Regression,
        Direction::LowerIsBetter | Direction::HigherIsBetter => AlertKind::Improvement,
    };
    Some(Alert {
        alert_index: shift.seen,
        change_index: shift.change,
        effect: Estimate::new(center, low, high).ok()?,
        kind,
        hazard: shift.hazard,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Levels, each with the number of commits it lasts, under a small regular ripple.
    fn series(levels: &[(f64, usize)]) -> Vec<f64> {
        let steps = levels.iter().flat_map(|&(level, commits)| std::iter::repeat_n(level, commits));
        steps.enumerate().map(|(place, level)| level * (1.0 + 0.001 * ((place * 7) % 5) as f64)).collect()
    }

    fn told(values: &[f64], direction: Direction) -> Vec<(usize, AlertKind)> {
        let trend = trend(values, direction, &Policy::default()).unwrap();
        trend.alerts.iter().map(|alert| (alert.change_index, alert.kind)).collect()
    }

    #[test]
    fn a_step_is_told_where_it_is_and_which_way() {
        let (lower, higher) = (Direction::LowerIsBetter, Direction::HigherIsBetter);
        let (up, down) = (series(&[(100.0, 40), (110.0, 20)]), series(&[(100.0, 40), (90.0, 20)]));
        assert_eq!(told(&up, lower), [(40, AlertKind::Regression)]);
        assert_eq!(told(&up, higher), [(40, AlertKind::Improvement)]);
        assert_eq!(told(&down, lower), [(40, AlertKind::Improvement)]);
        assert_eq!(told(&down, higher), [(40, AlertKind::Regression)]);
    }

    #[test]
    fn the_effect_is_the_change_with_its_interval() {
        let values = series(&[(100.0, 40), (110.0, 20)]);
        let trend = trend(&values, Direction::LowerIsBetter, &Policy::default()).unwrap();
        let effect = trend.alerts[0].effect;
        assert!(effect.low() < 0.1 && 0.1 < effect.high() && effect.high() - effect.low() < 0.01, "{effect:?}");
        assert!((trend.smallest - 0.02).abs() < 1e-12, "a quiet series is limited by the floor alone");
    }

    #[test]
    fn what_goes_away_again_is_not_told() {
        for commits in 1..5 {
            let values = series(&[(100.0, 40), (300.0, commits), (100.0, 40)]);
            assert_eq!(told(&values, Direction::LowerIsBetter), [], "{commits} commits");
        }
    }

    #[test]
    fn what_is_below_the_floor_is_not_told() {
        let values = series(&[(100.0, 40), (101.5, 40)]);
        assert_eq!(told(&values, Direction::LowerIsBetter), []);
        let policy = Policy { floor: 0.01, ..Policy::default() };
        assert_eq!(trend(&values, Direction::LowerIsBetter, &policy).unwrap().alerts.len(), 1);
    }

    #[test]
    fn coming_back_to_a_level_is_a_return() {
        let values = series(&[(100.0, 40), (110.0, 30), (100.0, 30)]);
        let expected = [(40, AlertKind::Regression), (70, AlertKind::Return)];
        assert_eq!(told(&values, Direction::LowerIsBetter), expected);
    }

    #[test]
    fn refuses_what_cannot_be_judged() {
        let with = |value: f64| [vec![1.0; 30], vec![value]].concat();
        for value in [f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0, -1.0] {
            let refused = trend(&with(value), Direction::LowerIsBetter, &Policy::default());
            assert_eq!(refused, Err(Unjudged::NotPositive { place: 30, value }));
        }
        assert!(trend(&with(f64::NAN), Direction::LowerIsBetter, &Policy::default()).is_err());
        let few = trend(&[1.0; 19], Direction::LowerIsBetter, &Policy::default());
        assert_eq!(few, Err(Unjudged::TooFew { found: 19, needed: START }));
        let wide = trend(&with(f64::MIN_POSITIVE), Direction::LowerIsBetter, &Policy::default());
        assert_eq!(wide.map(|trend| trend.alerts), Err(Unjudged::TooWide));
    }

    proptest! {
        #[test]
        fn a_longer_series_takes_nothing_back(
            levels in prop::collection::vec((50.0..150.0, 5usize..40), 1..6), end in 0usize..200,
        ) {
            let values = series(&levels);
            let whole = trend(&values, Direction::LowerIsBetter, &Policy::default());
            let begun = trend(&values[..end.min(values.len())], Direction::LowerIsBetter, &Policy::default());
            if let (Ok(whole), Ok(begun)) = (whole, begun) {
                prop_assert!(whole.alerts.starts_with(&begun.alerts));
                prop_assert!(whole.alerts[begun.alerts.len()..].iter().all(|alert| alert.alert_index >= end));
            }
        }

        #[test]
        fn any_values_are_judged_or_refused(values in prop::collection::vec(prop::num::f64::POSITIVE, 0..60)) {
            let _ = trend(&values, Direction::HigherIsBetter, &Policy::default());
        }
    }
}
