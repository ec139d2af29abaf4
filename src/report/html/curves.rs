//! Which curves the page has: speed-ups over workers, and the price of a child over what its parent holds.

use std::collections::BTreeMap;

use super::curve::{Axes, Chart, Curve, chart};
use super::history::History;
use super::view::Tags;
use crate::advise::{SpeedUp, Summary, summary};
use crate::model::{Estimate, Metric, Quality, Run};
use crate::report::page::FACTOR;
use crate::report::pages::{labelled, law_line};
use crate::verdict::Value;

/// The group of benchmarks that start a child from parents of different sizes.
const FORK_PRICE: &str = "fork_price";

/// The speed-up curves of every machine's newest run.
pub(super) fn scaling(histories: &[History]) -> Vec<Chart> {
    histories.iter().flat_map(|history| scaling_of(history.key.as_str(), history.newest())).collect()
}

fn scaling_of(machine: &str, run: &Run) -> Vec<Chart> {
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
        let law = |name: &str| {
            laws.iter().find(|law| law.topic == topic.topic && labelled(&law.label, &law.parameters) == name)
        };
        charts.extend(curves.iter().filter_map(|(name, rows)| {
            let mut chart = speed_up(machine, &topic.topic, name, rows)?;
            chart.said = law(name).map(law_line);
            Some(chart)
        }));
    }
    charts
}

fn speed_up(machine: &str, topic: &str, name: &str, rows: &[&SpeedUp]) -> Option<Chart> {
    let one = Estimate::exact(1.0).expect("it is finite");
    let curve = |name: &str, of: fn(&SpeedUp) -> Option<&Value>| {
        let measured = rows.iter().filter_map(|row| match of(row)? {
            Ok(estimate) => Some((row.workers? as f64, *estimate)),
            Err(_) => None,
        });
        // One worker against itself.
        let points: Vec<_> = [(1.0, one)].into_iter().chain(measured).collect();
        (points.len() > 1).then(|| Curve { name: name.to_owned(), points })
    };
    let curves: Vec<Curve> =
        [curve("threads", |row| Some(&row.threads)), curve("processes", |row| row.processes.as_ref())]
            .into_iter()
            .flatten()
            .collect();
    let axes = Axes { across: "workers", upwards: "speed-up", x_unit: "workers", y_unit: FACTOR, with_ideal: true };
    let tags = Tags::new("scaling", name, [topic, Metric::WallTime.name(), machine]);
    (!curves.is_empty()).then(|| chart(tags, &axes, &curves))
}

/// What starting a child costs over what the parent holds, of every machine's newest run.
pub(super) fn fork(histories: &[History]) -> Vec<Chart> {
    histories.iter().flat_map(|history| fork_of(history.key.as_str(), history.newest())).collect()
}

/// For each way of starting a child the points of its line.
type Ways<'a> = BTreeMap<&'a str, Vec<(f64, Estimate)>>;

fn fork_of(machine: &str, run: &Run) -> Vec<Chart> {
    let mut curves: BTreeMap<&str, Ways> = BTreeMap::new();
    let times = run.measurements.iter().filter(|m| m.metric == Metric::WallTime && m.quality == Quality::Good);
    for measurement in times.filter(|measurement| measurement.benchmark.group == FORK_PRICE) {
        let benchmark = &measurement.benchmark;
        if let [(name, value)] = benchmark.parameters.iter().collect::<Vec<_>>()[..] {
            let points = curves.entry(name).or_default().entry(&benchmark.function).or_default();
            points.push((*value as f64, measurement.estimate));
        }
    }
    curves.into_iter().map(|(parameter, curves)| price(machine, parameter, curves)).collect()
}

fn price(machine: &str, parameter: &str, curves: Ways) -> Chart {
    let (name, unit) = match parameter {
        "rss_mib" => ("resident memory of the parent, MiB", "MiB"),
        "mappings" => ("mappings of the parent", "mappings"),
        "threads" => ("threads of the parent", "threads"),
        other => (other, other),
    };
    let curve = |(function, mut points): (&str, Vec<(f64, Estimate)>)| {
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        Curve { name: function.to_owned(), points }
    };
    let curves: Vec<Curve> = curves.into_iter().map(curve).collect();
    let unit_of_time = Metric::WallTime.unit();
    let axes =
        Axes { across: name, upwards: "price of one child", x_unit: unit, y_unit: unit_of_time, with_ideal: false };
    chart(Tags::new("fork", name, ["spawn", Metric::WallTime.name(), machine]), &axes, &curves)
}
