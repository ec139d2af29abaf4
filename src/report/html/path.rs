//! The line and the band of a long series, in as few points as can be seen.

use serde::Serialize;

use super::scale::Scale;
use crate::model::Estimate;

/// Width of the grid that points are put on.
pub(super) const WIDTH: usize = 640;
/// Height of that grid.
pub(super) const HEIGHT: usize = 160;
/// Columns in which a longer series is gathered: more are not told apart at the size of a page.
const COLUMNS: usize = 320;

/// The shapes of one series, as the `d` attribute of a path takes them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Shapes {
    /// Through the centers; in each column the smallest and the largest, so that a spike stays visible.
    pub(super) line: String,
    /// Around the intervals; in each column the widest.
    pub(super) band: String,
}

/// A column of the drawing: where it is, and the runs in it.
struct Column {
    x: usize,
    values: Vec<Estimate>,
}

/// Draws one value a run, in order; runs that have none are passed over.
pub(super) fn shapes(values: &[Option<Estimate>], scale: &Scale) -> Shapes {
    let columns = columns(values);
    let y = |value: f64| ((1.0 - scale.share(value)) * HEIGHT as f64).round() as usize;
    let mut line: Vec<(usize, usize)> = Vec::new();
    for column in &columns {
        let centers: Vec<usize> = column.values.iter().map(|value| y(value.center())).collect();
        let (top, bottom) = ends(&centers);
        // The line enters a column at the nearer end, which is the shorter way to draw the same.
        let is_lower = line.last().is_some_and(|&(_, before)| before > (top + bottom) / 2);
        let (first, last) = if is_lower { (bottom, top) } else { (top, bottom) };
        line.extend([(column.x, first), (column.x, last)]);
    }
    let edge = |of: fn(Estimate) -> f64, pick: fn((usize, usize)) -> usize| {
        let at = move |column: &Column| {
            let ys: Vec<usize> = column.values.iter().map(|value| y(of(*value))).collect();
            (column.x, pick(ends(&ys)))
        };
        columns.iter().map(at).collect::<Vec<_>>()
    };
    let mut around = edge(Estimate::high, |(top, _)| top);
    around.extend(edge(Estimate::low, |(_, bottom)| bottom).into_iter().rev());
    let band = if columns.is_empty() { String::new() } else { format!("{}z", path(&around)) };
    Shapes { line: path(&line), band }
}

fn columns(values: &[Option<Estimate>]) -> Vec<Column> {
    let last = values.len().saturating_sub(1).max(1);
    let step = WIDTH / COLUMNS;
    let mut columns: Vec<Column> = Vec::new();
    for (place, value) in values.iter().enumerate() {
        let Some(value) = value else { continue };
        let x = place * WIDTH / last;
        let x = if values.len() > COLUMNS { x / step * step } else { x };
        match columns.last_mut().filter(|column| column.x == x) {
            Some(column) => column.values.push(*value),
            None => columns.push(Column { x, values: vec![*value] }),
        }
    }
    columns
}

/// The smallest and the largest: the top and the bottom of a drawing.
fn ends(values: &[usize]) -> (usize, usize) {
    values.iter().fold((usize::MAX, 0), |(top, bottom), &y| (top.min(y), bottom.max(y)))
}

/// A path through points on the grid: the first where it is, the others by their distance; points in a row that are
/// the same are one.
fn path(points: &[(usize, usize)]) -> String {
    let Some(&(x, y)) = points.first() else { return String::new() };
    let mut text = format!("M{x} {y}");
    let mut before = 'M';
    let mut here = (x, y);
    for &(x, y) in points {
        let (across, down) = (x as i64 - here.0 as i64, y as i64 - here.1 as i64);
        let (letter, numbers) = match (across, down) {
            (0, 0) => continue,
            (0, down) => ('v', vec![down]),
            (across, 0) => ('h', vec![across]),
            (across, down) => ('l', vec![across, down]),
        };
        for (place, number) in numbers.into_iter().enumerate() {
            match place {
                0 if letter != before => text.push(letter),
                // A minus parts two numbers as well as a space does.
                _ if number >= 0 => text.push(' '),
                _ => {}
            }
            text.push_str(&number.to_string());
        }
        (before, here) = (letter, (x, y));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(center: f64) -> Option<Estimate> {
        Some(Estimate::new(center, center - 1.0, center + 1.0).unwrap())
    }

    #[test]
    fn few_values_are_drawn_one_by_one() {
        let values = [estimate(10.0), None, estimate(20.0)];
        let scale = Scale::around([10.0, 20.0].into_iter());
        let shapes = shapes(&values, &scale);
        assert_eq!(shapes.line, "M0 153l640-146");
        assert_eq!(shapes.band, "M0 138l640-138v22l-640 138z");
    }

    #[test]
    fn many_values_are_few_points_and_keep_their_spikes() {
        let mut values = vec![estimate(10.0); 10_000];
        values[5_000] = estimate(19.0);
        let scale = Scale::around([10.0, 19.0].into_iter());
        let shapes = shapes(&values, &scale);
        assert!(shapes.line.len() < 2_000, "{}", shapes.line.len());
        assert!(shapes.line.contains("v-146l2 146"), "{}", shapes.line);
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        assert_eq!(shapes(&[None, None], &Scale::around([].into_iter())), Shapes::default());
    }
}
