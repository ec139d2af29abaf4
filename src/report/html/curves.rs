//! Lines over a parameter: speed-ups over workers, and the cost of a child over what its parent holds.

use std::collections::BTreeMap;

use serde::Serialize;

use super::drawn::{CurveData, Data, Line};
use super::view::{CellView, ColumnView, TableView, Tags};
use crate::advise::{SpeedUp, Summary, summary};
use crate::model::{Estimate, Metric, Quality, Run};
use crate::report::number::interval;
use crate::report::number::labelled;
use crate::report::page::FACTOR;
use crate::report::pages::law_line;
use crate::verdict::Value;

/// The group of benchmarks that start a child from parents of different sizes.
const FORK_GROUP: &str = "fork_price";
/// The looks of the lines, in their order; those beyond the last look like it.
const CLASSES: [&str; 4] = ["thread", "process", "third", "fourth"];

#[derive(Serialize)]
pub(super) struct Chart {
    pub(super) tags: Tags,
    axes: Axes,
    lines: Vec<(&'static str, String)>,
    note: Option<String>,
    table: TableView,
}

#[derive(Clone, Serialize)]
struct Axes {
    x: String,
    y: &'static str,
    #[serde(skip)]
    x_unit: String,
    #[serde(skip)]
    y_unit: &'static str,
    /// Whether as many times more across should be as many times more upwards.
    ideal: bool,
}

type Curve = (String, Vec<(f64, Estimate)>);

type Mechanisms<'a> = BTreeMap<&'a str, Vec<(f64, Estimate)>>;

fn chart(tags: Tags, axes: Axes, note: Option<String>, curves: &[Curve], data: &mut Data) -> Chart {
    let class = |number: usize| CLASSES[number.min(CLASSES.len() - 1)];
    let line = |(number, (name, points)): (usize, &Curve)| Line {
        name: name.clone(),
        class: class(number),
        points: points.iter().map(|(x, y)| [*x, y.low(), y.center(), y.high()]).collect(),
    };
    let lines = curves.iter().enumerate().map(line).collect();
    let (unit, x_unit) = (axes.y_unit, axes.x_unit.clone());
    data.curves.insert(tags.id.clone(), CurveData { unit, x_unit, ideal: axes.ideal, lines });
    Chart {
        lines: curves.iter().enumerate().map(|(number, (name, _))| (class(number), name.clone())).collect(),
        table: table(&axes, curves),
        tags,
        axes,
        note,
    }
}

fn table(axes: &Axes, curves: &[Curve]) -> TableView {
    let mut places: Vec<f64> = curves.iter().flat_map(|(_, points)| points.iter().map(|(x, _)| *x)).collect();
    places.sort_by(f64::total_cmp);
    places.dedup();
    let heads = curves.iter().map(|(name, _)| ColumnView::new(name, true));
    let row = |x: &f64| {
        let at = |(_, points): &Curve| {
            let found = points.iter().find(|(other, _)| other == x);
            CellView::number(found.map_or(String::new(), |(_, value)| interval(*value, axes.y_unit)))
        };
        [CellView::number(x.to_string())].into_iter().chain(curves.iter().map(at)).collect()
    };
    TableView {
        columns: [ColumnView::new(&axes.x, true)].into_iter().chain(heads).collect(),
        rows: places.iter().map(row).collect(),
    }
}

pub(super) fn scaling(run: &Run, data: &mut Data) -> Vec<Chart> {
    let machine = run.machine.key.as_str();
    let mut charts = Vec::new();
    let Summary { topics, laws, .. } = summary(run);
    for topic in topics {
        // A curve is what has one label and the same other parameters.
        let mut curves: Vec<(String, Vec<&SpeedUp>)> = Vec::new();
        for row in topic.speed_ups.iter().filter(|row| row.workers.is_some()) {
            let name = labelled(&row.label, &row.parameters);
            match curves.iter_mut().find(|(other, _)| *other == name) {
                Some((_, rows)) => rows.push(row),
                None => curves.push((name, vec![row])),
            }
        }
        for (name, rows) in &curves {
            let law = laws.iter().find(|it| it.topic == topic.topic && labelled(&it.label, &it.parameters) == *name);
            charts.extend(speed_up(machine, &topic.topic, name, rows, law.map(law_line), data));
        }
    }
    charts
}

fn speed_up(
    machine: &str,
    topic: &str,
    name: &str,
    rows: &[&SpeedUp],
    note: Option<String>,
    data: &mut Data,
) -> Option<Chart> {
    let one = Estimate::exact(1.0).expect("it is finite");
    let curve = |name: &str, of: fn(&SpeedUp) -> Option<&Value>| {
        let measured = rows.iter().filter_map(|row| match of(row)? {
            Ok(estimate) => Some((row.workers? as f64, *estimate)),
            Err(_) => None,
        });
        // One worker ÷ itself.
        let points: Vec<_> = [(1.0, one)].into_iter().chain(measured).collect();
        (points.len() > 1).then(|| (name.to_owned(), points))
    };
    let curves = [curve("threads", |row| Some(&row.threads)), curve("processes", |row| row.processes.as_ref())];
    let curves: Vec<Curve> = curves.into_iter().flatten().collect();
    let workers = || "workers".to_owned();
    let axes = Axes { x: workers(), y: "speed-up", x_unit: workers(), y_unit: FACTOR, ideal: true };
    let tags = Tags::new("scaling", name, [topic, Metric::WallTime.name(), machine]);
    (!curves.is_empty()).then(|| chart(tags, axes, note, &curves, data))
}

/// What starting a child costs over what the parent holds, of a run.
pub(super) fn fork(run: &Run, data: &mut Data) -> Vec<Chart> {
    let mut by_parameter: BTreeMap<&str, Mechanisms> = BTreeMap::new();
    let times = run.measurements.iter().filter(|m| m.metric == Metric::WallTime && m.quality == Quality::Good);
    for measurement in times.filter(|measurement| measurement.benchmark.group == FORK_GROUP) {
        let benchmark = &measurement.benchmark;
        if let [(name, value)] = benchmark.parameters.iter().collect::<Vec<_>>()[..] {
            let points = by_parameter.entry(name).or_default().entry(&benchmark.function).or_default();
            points.push((*value as f64, measurement.estimate));
        }
    }
    let chart = |(parameter, curves): (&str, Mechanisms)| {
        let (x, x_unit) = match parameter {
            "rss_mib" => ("resident memory of the parent, MiB", "MiB"),
            "mappings" => ("mappings of the parent", "mappings"),
            "threads" => ("threads of the parent", "threads"),
            other => (other, other),
        };
        let curve = |(function, mut points): (&str, Vec<(f64, Estimate)>)| {
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            (function.to_owned(), points)
        };
        let curves: Vec<Curve> = curves.into_iter().map(curve).collect();
        let y_unit = Metric::WallTime.unit();
        let axes = Axes { x: x.to_owned(), y: "cost of one child", x_unit: x_unit.to_owned(), y_unit, ideal: false };
        let tags = Tags::new("fork", x, ["spawn", Metric::WallTime.name(), run.machine.key.as_str()]);
        self::chart(tags, axes, None, &curves, data)
    };
    by_parameter.into_iter().map(chart).collect()
}
