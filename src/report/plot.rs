//! A series as a line over its commits.

use super::escape::plain;
use super::number::beside;
use super::sparkline::{Scale, condensed};

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
    match scale {
        None => labels[ROWS - 1 - ROWS / 2] = labelled(level, level, unit),
        Some(Scale { low, high }) => {
            // All in the unit of the largest, so that they can be compared; the outer rows are the ends.
            let row = |row: usize| low + (high - low) * row as f64 / (ROWS - 1) as f64;
            for (place, label) in [(ROWS - 1, 0), (ROWS / 2, ROWS / 2), (0, ROWS - 1)] {
                labels[label] = labelled(row(place), row(ROWS - 1), unit);
            }
        }
    }
    labels
}

fn labelled(value: f64, largest: f64, unit: &str) -> String {
    if value.abs().max(largest.abs()) >= EXPONENT_FROM {
        return format!("{value:.2e} {unit}");
    }
    beside(value, largest, unit)
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

#[cfg(test)]
mod tests {
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
    fn whatever_the_values_are_the_drawing_is_narrow() {
        let cases = [vec![], vec![f64::NAN], vec![0.0], vec![-1e300, 1e300], (0..5_000).map(f64::from).collect()];
        for values in cases {
            for line in drawn(&plot(values)) {
                assert!(line.chars().count() <= 80, "{line}");
            }
        }
    }
}
