//! Lines over a parameter, those of all machines in one figure: speed-ups over workers, and the cost of a child over what
//! its parent holds.

use std::collections::BTreeMap;

use serde::Serialize;

use super::figures::{CLASSES, CurveFigure, Figures, LineFigure};
use super::view::Tags;
use crate::advise::machines::MachineRuns;
use crate::advise::{SpeedUp, Summary, summary};
use crate::model::{Estimate, Measurement, Metric};
use crate::report::number::labelled;
use crate::report::page::{Cell, Column, FACTOR, Table};
use crate::report::pages::{law_line, letter};
use crate::verdict::Value;

/// The group of benchmarks that start a child from parents of different sizes.
const FORK_GROUP: &str = "fork_price";

#[derive(Serialize)]
pub(super) struct Chart {
    pub(super) tags: Tags,
    axes: Axes,
    /// The class and the name of each.
    lines: Vec<(String, String)>,
    /// What follows from it, in a sentence or two for each machine.
    notes: Vec<String>,
    table: Table,
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

/// A line: its class says which mechanism and which machine.
struct Curve {
    name: String,
    class: String,
    points: Vec<(f64, Estimate)>,
}

/// The machines of the lines: with several, each line names its own.
struct Machines<'a>(&'a [MachineRuns<'a>]);

impl Machines<'_> {
    fn curve(&self, machine: usize, name: &str, class: usize, points: Vec<(f64, Estimate)>) -> Curve {
        let class = format!("{} m{}", CLASSES[class.min(CLASSES.len() - 1)], machine.min(CLASSES.len() - 1));
        Curve { name: self.named(machine, name), class, points }
    }

    fn named(&self, machine: usize, name: &str) -> String {
        if self.0.len() > 1 { format!("{name}, {}", letter(machine)) } else { name.to_owned() }
    }

    /// The machine that the reader can choose the chart by: none where it shows several.
    fn key(&self) -> &str {
        if let [only] = self.0 { only.run.machine.key.as_str() } else { "" }
    }
}

fn chart(tags: Tags, axes: Axes, notes: Vec<String>, curves: &[Curve], figures: &mut Figures) -> Chart {
    let line = |curve: &Curve| LineFigure {
        name: curve.name.clone(),
        class: curve.class.clone(),
        points: curve.points.iter().map(|(x, y)| [*x, y.low(), y.center(), y.high()]).collect(),
    };
    let lines = curves.iter().map(line).collect();
    let (unit, x_unit) = (axes.y_unit, axes.x_unit.clone());
    figures.curves.insert(tags.id.clone(), CurveFigure { unit, x_unit, ideal: axes.ideal, lines });
    Chart {
        lines: curves.iter().map(|curve| (curve.class.clone(), curve.name.clone())).collect(),
        table: table(&axes, curves),
        tags,
        axes,
        notes,
    }
}

fn table(axes: &Axes, curves: &[Curve]) -> Table {
    let mut positions: Vec<f64> = curves.iter().flat_map(|curve| curve.points.iter().map(|(x, _)| *x)).collect();
    positions.sort_by(f64::total_cmp);
    positions.dedup();
    let heads = [&axes.x].into_iter().chain(curves.iter().map(|curve| &curve.name));
    let row = |x: &f64| {
        let at = |curve: &Curve| {
            let unit = || axes.y_unit.to_owned();
            let cell = |value| Cell::Number { estimate: value, unit: unit(), with_interval: true };
            curve.points.iter().find(|(other, _)| other == x).map_or(Cell::text(""), |(_, value)| cell(*value))
        };
        [Cell::text(x)].into_iter().chain(curves.iter().map(at)).collect()
    };
    Table {
        columns: heads.map(|name| Column { name: name.clone(), numeric: true, spare: None }).collect(),
        rows: positions.iter().map(row).collect(),
    }
}

pub(super) fn scaling(all: &[MachineRuns], figures: &mut Figures) -> Vec<Chart> {
    type Named = (String, String);
    let machines = Machines(all);
    // By topic and name, in the order in which they are met.
    let mut found: Vec<(Named, Vec<Curve>, Vec<String>)> = Vec::new();
    for (machine, party) in all.iter().enumerate() {
        let Summary { topics, laws, .. } = summary(&party.sessions());
        for topic in topics {
            // A curve is what has one label and the same other parameters.
            let mut by_name: Vec<(String, Vec<&SpeedUp>)> = Vec::new();
            for row in topic.speed_ups.iter().filter(|row| row.workers.is_some()) {
                let name = labelled(&row.label, &row.parameters);
                match by_name.iter_mut().find(|(other, _)| *other == name) {
                    Some((_, rows)) => rows.push(row),
                    None => by_name.push((name, vec![row])),
                }
            }
            for (name, rows) in by_name {
                let law = laws.iter().find(|it| it.topic == topic.topic && labelled(&it.label, &it.parameters) == name);
                let key = (topic.topic.clone(), name);
                let at = found.iter().position(|(other, ..)| *other == key).unwrap_or_else(|| {
                    found.push((key, Vec::new(), Vec::new()));
                    found.len() - 1
                });
                found[at].1.extend(speed_ups(&machines, machine, &rows));
                let before = if all.len() > 1 { format!("{}: ", letter(machine)) } else { String::new() };
                found[at].2.extend(law.map(|law| format!("{before}{}", law_line(law))));
            }
        }
    }
    found.retain(|(_, curves, _)| !curves.is_empty());
    let workers = || "workers".to_owned();
    let axes = Axes { x: workers(), y: "speed-up", x_unit: workers(), y_unit: FACTOR, ideal: true };
    let chart = |((topic, name), curves, notes): ((String, String), Vec<Curve>, Vec<String>)| {
        let tags = Tags::new("scaling", &name, [&topic, Metric::WallTime.name(), machines.key()]);
        self::chart(tags, axes.clone(), notes, &curves, figures)
    };
    found.into_iter().map(chart).collect()
}

fn speed_ups(machines: &Machines, machine: usize, rows: &[&SpeedUp]) -> Vec<Curve> {
    let one = Estimate::exact(1.0).expect("it is finite");
    let curve = |class: usize, name: &str, of: fn(&SpeedUp) -> Option<&Value>| {
        let measured = rows.iter().filter_map(|row| match of(row)? {
            Ok(estimate) => Some((row.workers? as f64, *estimate)),
            Err(_) => None,
        });
        // One worker ÷ itself.
        let points: Vec<_> = [(1.0, one)].into_iter().chain(measured).collect();
        (points.len() > 1).then(|| machines.curve(machine, name, class, points))
    };
    let both = [curve(0, "threads", |row| Some(&row.threads)), curve(1, "processes", |row| row.processes.as_ref())];
    both.into_iter().flatten().collect()
}

/// What starting a child costs over what the parent holds.
pub(super) fn fork(all: &[MachineRuns], figures: &mut Figures) -> Vec<Chart> {
    type Points = Vec<(f64, Estimate)>;
    let machines = Machines(all);
    let mut by_parameter: BTreeMap<&str, BTreeMap<(&str, usize), Points>> = BTreeMap::new();
    for (machine, party) in all.iter().enumerate() {
        let sessions = party.sessions();
        let is_time = |it: &&Measurement| it.metric == Metric::WallTime && it.benchmark.group == FORK_GROUP;
        for measurement in party.run.measurements.iter().filter(is_time) {
            let Ok(value) = sessions.value(measurement) else { continue };
            let benchmark = &measurement.benchmark;
            if let [(name, size)] = benchmark.parameters.iter().collect::<Vec<_>>()[..] {
                let points = by_parameter.entry(name).or_default().entry((&benchmark.function, machine)).or_default();
                points.push((*size as f64, value));
            }
        }
    }
    let mut charts = Vec::new();
    for (parameter, curves) in by_parameter {
        let (x, x_unit) = match parameter {
            "rss_mib" => ("resident memory of the parent, MiB", "MiB"),
            "mappings" => ("mappings of the parent", "mappings"),
            "threads" => ("threads of the parent", "threads"),
            other => (other, other),
        };
        let mut functions: Vec<&str> = curves.keys().map(|(function, _)| *function).collect();
        functions.dedup();
        let curve = |((function, machine), mut points): ((&str, usize), Vec<(f64, Estimate)>)| {
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            let class = functions.iter().position(|other| *other == function).unwrap_or_default();
            machines.curve(machine, function, class, points)
        };
        let curves: Vec<Curve> = curves.into_iter().map(curve).collect();
        let y_unit = Metric::WallTime.unit();
        let axes = Axes { x: x.to_owned(), y: "cost of one child", x_unit: x_unit.to_owned(), y_unit, ideal: false };
        let tags = Tags::new("fork", x, ["spawn", Metric::WallTime.name(), machines.key()]);
        charts.push(chart(tags, axes, Vec::new(), &curves, figures));
    }
    charts
}
