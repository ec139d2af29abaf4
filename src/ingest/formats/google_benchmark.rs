//! What Google Benchmark writes with `--benchmark_format=json`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use crate::ingest::builder::{Builder, DEBUG_BUILD, Observation, Place, Revision};
use crate::ingest::error::Error;
use crate::ingest::file::Source;
use crate::ingest::format::ImportFormat;
use crate::ingest::json::{self, Items, items, parse};
use crate::model::RemarkKind;
use crate::stats::median;

pub(super) const FORMAT: ImportFormat = ImportFormat {
    name: "google-benchmark",
    about: "what Google Benchmark writes with --benchmark_format=json",
    detect: |probe| probe.has(&["context", "benchmarks"]),
    read,
};

/// Members of a row that are numbers and no counters.
const FIELDS: [&str; 9] = [
    "family_index",
    "per_family_instance_index",
    "repetitions",
    "repetition_index",
    "threads",
    "iterations",
    "real_time",
    "cpu_time",
    "rms",
];

#[derive(Deserialize)]
struct Report<'t> {
    context: Context,
    #[serde(borrow)]
    benchmarks: Items<'t>,
}

#[derive(Deserialize)]
struct Context {
    date: Option<String>,
    host_name: Option<String>,
    library_build_type: Option<String>,
    cpu_scaling_enabled: Option<bool>,
    /// What the machine has, and what `--benchmark_context` adds.
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

/// What users call the commit and the branch that they add.
const COMMITS: [&str; 5] = ["commit", "git_commit", "commit_id", "git_sha", "revision"];
const BRANCHES: [&str; 2] = ["branch", "git_branch"];

/// What names of aggregates end in, behind `_`; until 1.4.1 nothing else says what they are.
const AGGREGATES: [&str; 6] = ["mean", "median", "stddev", "cv", "BigO", "RMS"];

type Row = BTreeMap<String, Value>;

/// A number of one row: whose, which, and in what unit.
type Quantity = (String, &'static str, String);

fn read(source: &Source, builder: &mut Builder) -> Result<(), Error> {
    let report: Report<'_> = parse(builder.text(source)?, builder)?;
    let Context { date, host_name, library_build_type, cpu_scaling_enabled, rest } = report.context;
    let added = |names: &[&str]| names.iter().find_map(|name| rest.get(*name)).map(json::plain);
    builder.enter(Place::Entry(0), Revision { time: date, commit: added(&COMMITS), order: None });
    builder.run_by(["num_cpus", "library_version"].map(|key| (key, added(&[key]))));
    if library_build_type.is_some_and(|kind| kind.eq_ignore_ascii_case("debug")) {
        builder.warn(DEBUG_BUILD);
    }
    if cpu_scaling_enabled == Some(true) {
        builder.warn("CPU scaling was on, so that times depend on the clock rate");
    }
    let rows: Vec<(Place, Row)> = items(&report.benchmarks)
        .filter_map(|(place, text)| Some((place, builder.item(place, text, String::new)?)))
        .collect();
    let mut families: BTreeMap<(String, [Option<u64>; 2], usize), String> = BTreeMap::new();
    let mut begun: BTreeMap<(String, [Option<u64>; 3]), usize> = BTreeMap::new();
    let mut order: Vec<Quantity> = Vec::new();
    let mut samples: BTreeMap<Quantity, Vec<f64>> = BTreeMap::new();
    let stems = stems(rows.iter().map(|(_, row)| row));
    let kept = kept_kinds(rows.iter().map(|(_, row)| row), &stems);
    for (place, row) in &rows {
        builder.stand_at(*place);
        let (name, kind) = name_and_kind(row, &stems);
        if has_failed(row) {
            builder.remark(RemarkKind::Skipped, name, "it failed or was skipped");
            continue;
        }
        if kept.get(name) != Some(&kind) {
            let (about, text) = match kept.get(name) {
                Some(_) => ("aggregates", "they follow from the repetitions, or are neither medians nor means"),
                None => (name, "it has only aggregates that are neither medians nor means"),
            };
            builder.remark(RemarkKind::Skipped, about, text);
            continue;
        }
        if kind == Kind::Mean {
            builder.remark(RemarkKind::Changed, name, "its mean was taken: neither repetitions nor a median are there");
        }
        let name = name.to_owned();
        // Benchmarks that were registered under one name are families of their own, or begin to count their repetitions
        // anew; repetitions share theirs.
        let number = |key: &str| row.get(key).and_then(Value::as_u64);
        let family = ["family_index", "per_family_instance_index"].map(number);
        let repetition = number("repetition_index");
        let before = begun.entry((name.clone(), [family[0], family[1], repetition])).or_default();
        let instance = if repetition.is_some() { *before } else { 0 };
        *before += 1;
        let numbered = families.entry((name.clone(), family, instance)).or_insert_with(|| builder.number(&name, ""));
        for (quantity, value) in quantities(numbered.clone(), row, builder) {
            if !samples.contains_key(&quantity) {
                order.push(quantity.clone());
            }
            samples.entry(quantity).or_default().push(value);
        }
    }
    for quantity in order {
        let samples = samples.remove(&quantity).unwrap_or_default();
        let (name, metric, unit) = quantity;
        let value = median(&samples).unwrap_or(f64::NAN);
        let samples = if samples.len() > 1 { samples } else { Vec::new() };
        let (metric, unit) = (Some(metric.to_owned()), Some(unit));
        let (machine, branch) = (host_name.clone(), added(&BRANCHES));
        builder.add(Observation { name, metric, machine, branch, unit, value, samples, ..Observation::default() })?;
    }
    Ok(())
}

/// What a row is of its benchmark, the best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Repetition,
    Median,
    Mean,
    Other,
}

/// The best kind of row that each benchmark has.
fn kept_kinds<'a>(rows: impl Iterator<Item = &'a Row>, stems: &BTreeSet<&str>) -> BTreeMap<&'a str, Kind> {
    let mut kept = BTreeMap::new();
    let kinds = rows.filter(|row| !has_failed(row)).map(|row| name_and_kind(row, stems));
    for (name, kind) in kinds.filter(|it| it.1 < Kind::Other) {
        let best = kept.entry(name).or_insert(kind);
        *best = kind.min(*best);
    }
    kept
}

/// What several aggregates are of: a benchmark alone may be called `a_mean`.
fn stems<'a>(rows: impl Iterator<Item = &'a Row>) -> BTreeSet<&'a str> {
    let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (stem, end) in rows.filter(|row| text(row, "run_type").is_none()).filter_map(|row| ending(name(row))) {
        found.entry(stem).or_default().insert(end);
    }
    found.into_iter().filter(|(_, ends)| ends.len() > 1).map(|(stem, _)| stem).collect()
}

fn name(row: &Row) -> &str {
    text(row, "run_name").or(text(row, "name")).unwrap_or_default()
}

fn ending(name: &str) -> Option<(&str, &str)> {
    name.trim_end_matches("/real_time").rsplit_once('_').filter(|(_, end)| AGGREGATES.contains(end))
}

fn name_and_kind<'a>(row: &'a Row, stems: &BTreeSet<&str>) -> (&'a str, Kind) {
    let name = name(row);
    let (name, aggregate) = match text(row, "run_type") {
        None => ending(name).filter(|(stem, _)| stems.contains(stem)).unwrap_or((name, "")),
        Some("aggregate") => (name, text(row, "aggregate_name").unwrap_or("unknown")),
        Some(_) => (name, ""),
    };
    let kind = match aggregate {
        "" => Kind::Repetition,
        "median" => Kind::Median,
        "mean" => Kind::Mean,
        _ => Kind::Other,
    };
    (name, kind)
}

/// Whether a row is of what failed; an aggregate of no time is of repetitions that all did.
fn has_failed(row: &Row) -> bool {
    let is_nothing = row.get("real_time").and_then(Value::as_f64) == Some(0.0);
    row.get("error_occurred").and_then(Value::as_bool) == Some(true)
        || row.contains_key("skipped")
        || is_nothing && matches!(text(row, "aggregate_name"), Some("mean" | "median"))
}

/// The numbers of a row that have a unit and a direction; others are said.
fn quantities(name: String, row: &Row, builder: &mut Builder) -> Vec<(Quantity, f64)> {
    let Some(unit) = text(row, "time_unit") else {
        builder.skip(&name, "it has no time_unit");
        return Vec::new();
    };
    let known = [("real_time", unit), ("cpu_time", unit), ("bytes_per_second", "B/s"), ("items_per_second", "items/s")];
    let mut found = Vec::new();
    for (metric, unit) in known {
        match row.get(metric).map(Value::as_f64) {
            Some(Some(value)) => found.push(((name.clone(), metric, unit.to_owned()), value)),
            Some(None) => builder.skip(&name, &format!("its {metric} is not a finite number")),
            None if metric == "real_time" => builder.skip(&name, "it has no real_time"),
            None => {}
        }
    }
    for (key, value) in row {
        if (value.is_number() || value.is_null())
            && !FIELDS.contains(&key.as_str())
            && known.iter().all(|(metric, _)| metric != key)
        {
            builder.remark(RemarkKind::Skipped, &format!("the counter {key}"), "its unit and direction are unknown");
        }
    }
    found
}

fn text<'a>(row: &'a Row, key: &str) -> Option<&'a str> {
    row.get(key).and_then(Value::as_str)
}
