//! A series in a few signs, as high as its values.

const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const FLAT: char = '▄';
/// More signs than this do not fit beside a name and numbers.
const SIGNS_MAX: usize = 16;

/// The series, its oldest value first; one that moves by less than `threshold`, a share of its middle, is drawn flat, since
/// noise that fills the height would look like a change.
pub(super) fn sparkline(values: &[f64], threshold: f64) -> String {
    let values = condensed(values, SIGNS_MAX);
    let Some(scale) = Scale::of(&values, threshold) else { return FLAT.to_string().repeat(values.len()) };
    values.iter().map(|&value| BLOCKS[scale.step(value, BLOCKS.len())]).collect()
}

/// At most `count` values: the medians of stretches as long as each other.
pub(super) fn condensed(values: &[f64], count: usize) -> Vec<f64> {
    let finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    let columns = finite.len().min(count);
    let stretch = |column: usize| &finite[column * finite.len() / columns..(column + 1) * finite.len() / columns];
    (0..columns).map(|column| median(stretch(column))).collect()
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// From the least to the greatest value that is drawn.
pub(super) struct Scale {
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Scale {
    /// The scale of values that move by more than the threshold, twice the threshold at least; none where they do not.
    pub(super) fn of(values: &[f64], threshold: f64) -> Option<Self> {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        // Halves, so that the greatest numbers have a middle, too.
        let (middle, reach) = (low / 2.0 + high / 2.0, high / 2.0 - low / 2.0);
        let least = threshold.abs() * middle.abs();
        let reach_of = |reach: f64| Self { low: middle - reach, high: middle + reach };
        (reach.is_finite() && reach > 0.0 && 2.0 * reach > least).then(|| reach_of(reach.max(least)))
    }

    /// The step of `steps` that the value stands on, counted from 0.
    pub(super) fn step(&self, value: f64, steps: usize) -> usize {
        let half = |value: f64| value / 2.0;
        let share = (half(value) - half(self.low)) / (half(self.high) - half(self.low));
        // A cast from a float ends at the ends of the integer.
        ((share * (steps - 1) as f64).round() as usize).min(steps - 1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_series_is_as_high_as_its_values_and_flat_below_the_floor() {
        let cases: [(&[f64], &str); 8] = [
            (&[], ""),
            (&[5.0], "▄"),
            (&[100.0, 101.0, 99.5, 100.0], "▄▄▄▄"),
            (&[0.0, 0.0], "▄▄"),
            (&[100.0, 200.0], "▁█"),
            (&[100.0, 150.0, 200.0], "▁▅█"),
            // Little more than the threshold does not fill the height.
            (&[100.0, 103.0], "▂▇"),
            (&[100.0, f64::NAN, 200.0], "▁█"),
        ];
        for (values, expected) in cases {
            assert_eq!(sparkline(values, 0.02), expected, "{values:?}");
        }
    }

    #[test]
    fn a_long_series_is_told_by_the_medians_of_its_stretches() {
        let long: Vec<f64> = (0..320).map(|place| if place < 160 { 100.0 } else { 200.0 }).collect();
        assert_eq!(sparkline(&long, 0.02), "▁▁▁▁▁▁▁▁████████");
    }

    proptest! {
        #[test]
        fn any_numbers_are_drawn(values in prop::collection::vec(any::<f64>(), 0..40), threshold in any::<f64>()) {
            prop_assert!(sparkline(&values, threshold).chars().count() <= SIGNS_MAX);
        }
    }
}
