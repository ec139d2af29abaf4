//! Where a value stands on an axis.

use serde::Serialize;

use crate::report::number::quantity;

/// From this ratio of the largest to the smallest value on, an axis counts in factors.
const FACTORS_FROM: f64 = 20.0;
/// From here on no axis could be read; nothing that is measured spans as much.
const FACTORS_TO: f64 = 1e100;
/// The narrowest span of an axis around its middle, to either side: less, and noise looks like drama.
const SPAN_MIN: f64 = 0.05;

/// An axis: linear, or in equal factors.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    by_factors: bool,
}

/// A mark on an axis.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Tick {
    /// Where: per cent of the axis from its start.
    pub(super) at: String,
    /// Per cent of the axis from its end: where it stands on an axis that runs upwards.
    pub(super) from_top: String,
    /// What is printed there.
    pub(super) text: String,
}

impl Scale {
    /// An axis on which all the values have their place, with a little air on both sides.
    pub(super) fn around(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = ends(values);
        if low > 0.0 && (FACTORS_FROM..FACTORS_TO).contains(&(high / low)) {
            Self::factors(low, high)
        } else {
            Self::linear(low, high)
        }
    }

    /// An axis in factors wherever all values are above zero.
    pub(super) fn in_factors(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = ends(values);
        if low > 0.0 && high / low < FACTORS_TO { Self::factors(low, high) } else { Self::linear(low, high) }
    }

    fn factors(low: f64, high: f64) -> Self {
        let air = (high / low).powf(0.04).max(1.0 + SPAN_MIN);
        Self { low: low / air, high: high * air, by_factors: true }
    }

    fn linear(low: f64, high: f64) -> Self {
        let middle = (low + high) / 2.0;
        let reach = ((high - low) * 0.55).max(middle.abs() * SPAN_MIN).max(f64::MIN_POSITIVE);
        // A quantity that is never below zero has no axis below it.
        let low = if low >= 0.0 { (middle - reach).max(0.0) } else { middle - reach };
        Self { low, high: middle + reach, by_factors: false }
    }

    /// The share of the axis before a value, 0 … 1; values beyond its ends are put at them.
    pub(super) fn share(&self, value: f64) -> f64 {
        let share = if self.by_factors {
            (value / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 }
    }

    /// The same in per cent, as an attribute of a drawing takes it.
    pub(super) fn percent(&self, value: f64) -> String {
        percent(self.share(value))
    }

    /// The marks of the axis: some round numbers that lie on it.
    pub(super) fn ticks(&self, unit: &str) -> Vec<Tick> {
        let values = if self.by_factors { self.round_factors() } else { self.round_steps() };
        let tick = |value: f64| Tick {
            at: self.percent(value),
            from_top: percent(1.0 - self.share(value)),
            text: rounded(&quantity(value, unit)),
        };
        values.into_iter().map(tick).collect()
    }

    fn round_factors(&self) -> Vec<f64> {
        let tens = |mantissas: &[f64], every: i32| -> Vec<f64> {
            let (first, last) = (self.low.log10().floor() as i32, self.high.log10().ceil() as i32);
            let powers = (first..=last).filter(|power| power % every == 0);
            let values = powers.flat_map(|power| mantissas.iter().map(move |mantissa| mantissa * 10f64.powi(power)));
            values.filter(|value| (self.low..=self.high).contains(value)).collect()
        };
        let decades = (self.high / self.low).log10();
        match decades {
            ..0.5 => self.round_steps(),
            0.5..1.6 => tens(&[1.0, 2.0, 5.0], 1),
            1.6..6.0 => tens(&[1.0], 1),
            _ => tens(&[1.0], (decades / 4.0).ceil() as i32),
        }
    }

    fn round_steps(&self) -> Vec<f64> {
        let rough = (self.high - self.low) / 3.0;
        let power = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|mantissa| mantissa * power).into_iter().find(|step| *step >= rough);
        let Some(step) = step.filter(|step| step.is_normal()) else { return vec![self.low] };
        let first = (self.low / step).ceil() as i64;
        (first..).map(|place| place as f64 * step).take_while(|value| *value <= self.high).take(8).collect()
    }
}

/// A share as an attribute of a drawing takes it: `12.5%`.
pub(super) fn percent(share: f64) -> String {
    let text = format!("{:.2}", share * 100.0);
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

/// The same number without the noughts behind the point that it does not need: `10 µs` and not `10.0 µs`.
fn rounded(quantity: &str) -> String {
    let end = quantity.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-')).unwrap_or(quantity.len());
    let (digits, unit) = quantity.split_at(end);
    if !digits.contains('.') {
        return quantity.to_owned();
    }
    format!("{}{unit}", digits.trim_end_matches('0').trim_end_matches('.'))
}

/// The smallest and the largest of some values; 0 and 1 where there are none.
fn ends(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    if low <= high { (low, high) } else { (0.0, 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(values: &[f64]) -> Vec<String> {
        Scale::around(values.iter().copied()).ticks("ns").into_iter().map(|tick| tick.text).collect()
    }

    #[test]
    fn marks_are_round_numbers() {
        assert_eq!(texts(&[1.0, 9_000.0]), ["1 ns", "10 ns", "100 ns", "1 µs", "10 µs"]);
        assert_eq!(texts(&[100.0, 110.0]), ["100 ns", "105 ns", "110 ns"]);
        assert_eq!(texts(&[-3.0, 5.0]), ["0 ns", "5 ns"]);
    }

    #[test]
    fn every_value_has_a_place_on_the_axis() {
        let cases: [&[f64]; 6] = [&[], &[0.0], &[5.0, 5.0], &[1e-300, 1e300], &[-1.0, 1.0], &[f64::MAX, f64::MIN]];
        for values in cases {
            let scale = Scale::around(values.iter().copied());
            assert!(scale.ticks("").len() < 400);
            for &value in values {
                assert!((0.0..=1.0).contains(&scale.share(value)), "{value} in {values:?}");
            }
        }
    }

    #[test]
    fn steady_values_stay_in_the_middle_of_a_wide_axis() {
        let scale = Scale::around([100.0, 100.1].into_iter());
        assert!((scale.share(100.0) - 0.5).abs() < 0.02);
    }
}
