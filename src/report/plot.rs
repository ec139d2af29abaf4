//! A series as a line over its commits.

use super::escape::plain;
use super::number::ladder;

const ROWS: usize = 7;
const COLUMNS: usize = 60;
/// From here on, in a metric's unit, a label is written with an exponent: all its digits would fill the line.
const EXPONENT_FROM: f64 = 1e15;
/// The line under the drawing that carries the marks.
const MARK: char = '^';

/// A series that is drawn as a line, its oldest value first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plot {
    pub caption: String,
    pub values: Vec<f64>,
    pub unit: String,
    /// A series that moves by less than this share of its middle is drawn flat.
    pub threshold: f64,
    /// What the first and the last value are of.
    pub ends: [String; 2],
    pub marks: Vec<usize>,
}

pub(super) fn drawn(plot: &Plot) -> Vec<String> {
    let values = condensed(&plot.values, COLUMNS);
    if values.is_empty() {
        return Vec::new();
    }
    let scale = Scale::of(&values, plot.threshold);
    let step = |value: &f64| scale.as_ref().map_or(ROWS / 2, |scale| scale.step(*value, ROWS));
    let lines = traced(&values.iter().map(step).collect::<Vec<_>>());
    let labels = labels(scale.as_ref(), values[0], &plot.unit);
    let width = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
    let with_label = |(label, line): (&String, String)| format!("{label:>width$} ┤{line}").trim_end().to_owned();
    let mut text: Vec<String> = labels.iter().zip(lines).map(with_label).collect();
    let indent = " ".repeat(width + 2);
    if let Some(marks) = marked(plot, values.len()) {
        text.push(format!("{indent}{marks}"));
    }
    let [first, last] = plot.ends.each_ref().map(|end| plain(end));
    let between = values.len().saturating_sub(first.chars().count() + last.chars().count());
    text.push(match (first == last, between) {
        (true, _) => format!("{indent}{first}"),
        (false, 0) => format!("{indent}{first} to {last}"),
        (false, between) => format!("{indent}{first}{}{last}", " ".repeat(between)),
    });
    text
}

fn labels(scale: Option<&Scale>, level: f64, unit: &str) -> Vec<String> {
    let mut labels = vec![String::new(); ROWS];
    let rows = match scale {
        None => vec![(ROWS / 2, level)],
        // The outer rows are the ends.
        Some(Scale { low, high }) => {
            let value = |row: usize| low + (high - low) * row as f64 / (ROWS - 1) as f64;
            [0, ROWS / 2, ROWS - 1].map(|row| (row, value(row))).to_vec()
        }
    };
    for ((row, _), label) in rows.iter().zip(labelled(&rows.iter().map(|row| row.1).collect::<Vec<_>>(), unit)) {
        labels[ROWS - 1 - row] = label;
    }
    labels
}

fn labelled(values: &[f64], unit: &str) -> Vec<String> {
    if values.iter().any(|value| value.abs() >= EXPONENT_FROM) {
        return values.iter().map(|value| format!("{value:.2e} {unit}")).collect();
    }
    ladder(values, unit)
}

/// The line through the steps, row by row from the top.
fn traced(steps: &[usize]) -> Vec<String> {
    let mut cells = vec![vec![' '; steps.len()]; ROWS];
    for (column, &to) in steps.iter().enumerate() {
        let from = if column == 0 { to } else { steps[column - 1] };
        for step in from.min(to)..=from.max(to) {
            cells[ROWS - 1 - step][column] = match (step == from, step == to, from < to) {
                (true, true, _) => '─',
                (true, false, true) => '╯',
                (true, false, false) => '╮',
                (false, true, true) => '╭',
                (false, true, false) => '╰',
                (false, false, _) => '│',
            };
        }
    }
    cells.into_iter().map(|row| row.into_iter().collect()).collect()
}

/// A line with a sign under every value that is pointed at.
fn marked(plot: &Plot, columns: usize) -> Option<String> {
    let mut line = vec![' '; columns];
    for &mark in plot.marks.iter().filter(|mark| **mark < plot.values.len()) {
        line[(mark * columns / plot.values.len()).min(columns - 1)] = MARK;
    }
    let text: String = line.into_iter().collect();
    (!text.trim().is_empty()).then(|| text.trim_end().to_owned())
}

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
fn condensed(values: &[f64], count: usize) -> Vec<f64> {
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

    fn plot(values: Vec<f64>) -> Plot {
        let ends = ["first".to_owned(), "last".to_owned()];
        Plot { values, unit: "ns".to_owned(), threshold: 0.02, ends, marks: vec![12], ..Plot::default() }
    }

    #[test]
    fn a_step_is_drawn_where_it_is_and_pointed_at() {
        let text = drawn(&plot([vec![1_000.0; 12], vec![1_500.0; 12]].concat())).join("\n");
        insta::assert_snapshot!("plot_of_a_step", text);
    }

    #[test]
    fn a_series_below_the_floor_is_a_flat_line_in_the_middle() {
        let lines = drawn(&plot(vec![1_000.0, 1_001.0, 999.0, 1_000.0]));
        assert_eq!(lines[ROWS / 2], "1.00 µs ┤────");
        assert!(lines.iter().all(|line| !line.contains(['╭', '╮', '╯', '╰', '│'])), "{lines:?}");
    }

    #[test]
    fn the_axis_of_a_small_step_has_labels_that_differ() {
        let values = [vec![1e6; 12], vec![1.012e6; 12]].concat();
        let lines = drawn(&Plot { unit: "instructions".to_owned(), threshold: 0.006, ..plot(values) });
        let labels: Vec<&str> = [0, 3, 6].map(|row| lines[row].split(" ┤").next().unwrap()).to_vec();
        assert_eq!(labels, ["1.012 M", "1.006 M", "1.000 M"]);
    }

    #[test]
    fn whatever_the_values_are_the_drawing_is_narrow() {
        let cases = [vec![], vec![f64::NAN], vec![0.0], vec![-1e300, 1e300], (0..5_000).map(f64::from).collect()];
        for values in cases {
            for line in drawn(&plot(values)) {
                assert!(line.chars().count() <= 80, "{line}");
            }
        }
    }

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
