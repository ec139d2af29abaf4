//! The detector, and the rules of thumb that users know; all are shown one value after the other.

use parcost::rooms::model::Direction;
use parcost::rooms::trend::{ChangePoint, trend};

/// An alert of any rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// The index of the value after which it was reported.
    pub(crate) alert: usize,
    /// The index of the first value on the new level.
    pub(crate) change: usize,
    /// Whether it is reported as a return to a level that was left a short while ago.
    pub(crate) returns: bool,
}

/// A rule: values in, alerts out.
pub(crate) type Rule = fn(&[f64]) -> Vec<Found>;

/// Every rule under comparison, ours first.
pub(crate) const RULES: [(&str, Rule); 6] = [
    ("parcost", ours),
    ("parcost, in hindsight", in_hindsight),
    ("ratio to previous, 200 %", |values| ratio(values, 2.0)),
    ("ratio to previous, 110 %", |values| ratio(values, 1.1)),
    ("mean +- 3 sd, window 20", mean_and_deviations),
    ("t-test, 8 against 30", t_test),
];

/// The detector of this crate.
pub(crate) fn ours(values: &[f64]) -> Vec<Found> {
    alerts(values, |_| true)
}

/// Its alerts without those that the whole series takes for noise: what findings are made of.
fn in_hindsight(values: &[f64]) -> Vec<Found> {
    alerts(values, |point| !point.noise)
}

fn alerts(values: &[f64], is_kept: fn(&ChangePoint) -> bool) -> Vec<Found> {
    let trend = trend(values, Direction::LowerIsBetter);
    let points = trend.map(|trend| trend.change_points).unwrap_or_default().into_iter().filter(is_kept);
    points.map(|point| Found { alert: point.detected, change: point.at, returns: point.returned }).collect()
}

/// A value that is so many times the one before, or so many times less.
fn ratio(values: &[f64], factor: f64) -> Vec<Found> {
    let pairs = values.windows(2).zip(1..);
    let jumped = pairs.filter(|(pair, _)| (pair[1] / pair[0]).max(pair[0] / pair[1]) > factor);
    jumped.map(|(_, place)| now(place)).collect()
}

/// A value more than 3 standard deviations from the mean of the 20 before; after an alert it collects 20 new ones, which
/// spares it repeated alarms.
fn mean_and_deviations(values: &[f64]) -> Vec<Found> {
    const WINDOW: usize = 20;
    let mut found = Vec::new();
    let mut start = 0;
    for (place, value) in values.iter().enumerate() {
        if place < start + WINDOW {
            continue;
        }
        let (mean, variance) = moments(&values[place - WINDOW..place]);
        if (value - mean).abs() > 3.0 * variance.sqrt() {
            found.push(now(place));
            start = place;
        }
    }
    found
}

/// Student's two-sample t-test, two-sided p < 0.001, of the newest 8 values against up to 30 before them, on logarithms,
/// with a threshold of 2 %; after an alert it begins anew.
fn t_test(values: &[f64]) -> Vec<Found> {
    const NEWEST: usize = 8;
    const BEFORE: usize = 30;
    const BEFORE_MIN: usize = 12;
    let logs: Vec<f64> = values.iter().map(|value| value.ln()).collect();
    let mut found = Vec::new();
    let mut start = 0;
    for alert in 0..logs.len() {
        let Some(change) = (alert + 1).checked_sub(NEWEST).filter(|change| *change >= start + BEFORE_MIN) else {
            continue;
        };
        let (left, right) = (&logs[start.max(change.saturating_sub(BEFORE))..change], &logs[change..=alert]);
        let ((left_mean, left_variance), (right_mean, right_variance)) = (moments(left), moments(right));
        let (m, n) = (left.len() as f64, right.len() as f64);
        let pooled = ((m - 1.0) * left_variance + (n - 1.0) * right_variance) / (m + n - 2.0);
        let shift = right_mean - left_mean;
        let limit = t_quantile(m + n - 2.0) * (pooled * (1.0 / m + 1.0 / n)).sqrt();
        if shift.abs() > limit && shift.abs() >= 1.02_f64.ln() {
            found.push(Found { alert, change, returns: false });
            start = change;
        }
    }
    found
}

/// The quantile of Student's t that leaves 0.0005 above it, by the expansion of Fisher and Cornish (1960); within 0.3 %
/// for 18 degrees of freedom and more.
fn t_quantile(freedom: f64) -> f64 {
    const Z: f64 = 3.290_527;
    Z + (Z.powi(3) + Z) / (4.0 * freedom) + (5.0 * Z.powi(5) + 16.0 * Z.powi(3) + 3.0 * Z) / (96.0 * freedom.powi(2))
}

/// Mean and variance, with n - 1.
pub(crate) fn moments(values: &[f64]) -> (f64, f64) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, squares / (values.len() - 1) as f64)
}

fn now(place: usize) -> Found {
    Found { alert: place, change: place, returns: false }
}
