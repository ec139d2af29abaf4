//! Prices over the size of a thing: some lines with their intervals on two axes in factors.

use serde::Serialize;

use super::scale::{Scale, Tick, percent};
use super::view::{CellView, ColumnView, TableView, Tags};
use crate::model::Estimate;
use crate::report::number::interval;

/// Some lines in one picture.
#[derive(Serialize)]
pub(super) struct Chart {
    pub(super) tags: Tags,
    /// What the axes are.
    across: String,
    upwards: String,
    x_ticks: Vec<Tick>,
    y_ticks: Vec<Tick>,
    /// The axis upwards and its unit: what the script reads heights by.
    heights: Scale,
    unit: String,
    lines: Vec<Line>,
    /// What follows from it, in a sentence or two.
    pub(super) said: Option<String>,
    /// Where the line that would be ideal starts and ends, x and y.
    ideal: Option<[String; 4]>,
    table: TableView,
}

#[derive(Serialize)]
struct Line {
    name: String,
    /// Which colour and which shape of marks.
    class: &'static str,
    points: Vec<Point>,
}

#[derive(Serialize)]
struct Point {
    x: String,
    y: String,
    low: String,
    high: String,
    title: String,
}

/// A line before it is drawn.
pub(super) struct Curve {
    pub(super) name: String,
    pub(super) points: Vec<(f64, Estimate)>,
}

/// The two axes of a chart.
pub(super) struct Axes<'a> {
    pub(super) across: &'a str,
    pub(super) upwards: &'a str,
    pub(super) x_unit: &'a str,
    pub(super) y_unit: &'a str,
    /// True where as many times more across should be as many times more upwards.
    pub(super) with_ideal: bool,
}

const CLASSES: [&str; 4] = ["thread", "process", "third", "fourth"];

/// Draws some curves; those beyond the fourth look like the fourth.
pub(super) fn chart(tags: Tags, axes: &Axes, curves: &[Curve]) -> Chart {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let x = Scale::in_factors(points().map(|(x, _)| *x));
    let heights = points().flat_map(|(_, y)| [y.low(), y.high()]);
    let (first, last) = points().fold((f64::INFINITY, 0.0_f64), |(a, b), (x, _)| (a.min(*x), b.max(*x)));
    let ends = if axes.with_ideal { vec![first, last] } else { Vec::new() };
    let y = Scale::in_factors(heights.chain(ends));
    let upside_down = |value: f64| percent(1.0 - y.share(value));
    let line = |(place, curve): (usize, &Curve)| Line {
        name: curve.name.clone(),
        class: CLASSES[place.min(CLASSES.len() - 1)],
        points: (curve.points.iter())
            .map(|(across, value)| Point {
                x: x.percent(*across),
                y: upside_down(value.center()),
                low: upside_down(value.low()),
                high: upside_down(value.high()),
                title: format!("{}, {across} {}: {}", curve.name, axes.x_unit, interval(*value, axes.y_unit)),
            })
            .collect(),
    };
    Chart {
        across: axes.across.to_owned(),
        upwards: axes.upwards.to_owned(),
        x_ticks: marks_at(&x, curves, axes.x_unit),
        y_ticks: y.ticks(axes.y_unit),
        heights: y,
        unit: axes.y_unit.to_owned(),
        lines: curves.iter().enumerate().map(line).collect(),
        ideal: axes.with_ideal.then(|| [x.percent(first), upside_down(first), x.percent(last), upside_down(last)]),
        table: table(axes, curves),
        said: None,
        tags,
    }
}

/// The places where something was measured, as long as they are few enough to be read.
fn marks_at(x: &Scale, curves: &[Curve], unit: &str) -> Vec<Tick> {
    let values = places(curves);
    if values.len() > 6 {
        return x.ticks(unit);
    }
    let tick = |value: &f64| Tick { at: x.percent(*value), from_top: String::new(), text: value.to_string() };
    values.iter().map(tick).collect()
}

fn places(curves: &[Curve]) -> Vec<f64> {
    let mut values: Vec<f64> = curves.iter().flat_map(|curve| curve.points.iter().map(|(x, _)| *x)).collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    values
}

fn table(axes: &Axes, curves: &[Curve]) -> TableView {
    let heads = curves.iter().map(|curve| ColumnView::new(&curve.name, true));
    let row = |across: &f64| {
        let at = |curve: &Curve| {
            let found = curve.points.iter().find(|(x, _)| x == across);
            CellView::number(found.map_or(String::new(), |(_, value)| interval(*value, axes.y_unit)))
        };
        [CellView::number(across.to_string())].into_iter().chain(curves.iter().map(at)).collect()
    };
    TableView {
        columns: [ColumnView::new(axes.across, true)].into_iter().chain(heads).collect(),
        rows: places(curves).iter().map(row).collect(),
    }
}
