//! The result files of asv: one commit on one machine in one environment, a value per benchmark and set of parameters.
//! Version 2 has a row per benchmark, with the names of its columns once; version 1 an object, or a number alone.

use std::collections::BTreeMap;
use std::path::Path;
use std::slice;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::ingest::builder::{Builder, Observation, Place, Revision};
use crate::ingest::error::Error;
use crate::ingest::file::{Source, find_like};
use crate::ingest::format::{ImportFormat, Probe};
use crate::ingest::json::{self, Members, parse};
use crate::model::Direction;

pub(super) const FORMAT: ImportFormat = ImportFormat {
    name: "asv",
    about: "the result files of asv, one a commit, or their folder",
    detect: |probe| probe.has(&["commit_hash", "params", "results"]) || is_folder(probe),
    read,
};

/// What asv keeps beside the results: what it measures, and on which machines.
const SUITE: &str = "benchmarks.json";
const MACHINE: &str = "machine.json";

/// What the description of a machine has in it, as no other file of that name.
const MACHINE_MEMBERS: [&str; 2] = ["machine", "num_cpu"];

fn is_folder(probe: &Probe<'_>) -> bool {
    let describes = |path: String| Source::open(Path::new(&path)).is_ok_and(|it| Probe::new(&it).has(&MACHINE_MEMBERS));
    probe.file(SUITE).is_some() || probe.file(MACHINE).is_some_and(describes)
}

#[derive(Deserialize)]
struct Results<'t> {
    commit_hash: Option<String>,
    date: Option<Value>,
    /// The interpreter and what is installed beside it: each has a file of its own.
    env_name: Option<String>,
    /// What names the environment in version 1.
    python: Option<String>,
    #[serde(default)]
    requirements: BTreeMap<String, Value>,
    #[serde(default)]
    params: Machine,
    result_columns: Option<Vec<String>>,
    /// None in the file that describes the machine, which stands among the results.
    #[serde(borrow)]
    results: Option<Members<&'t RawValue>>,
}

#[derive(Deserialize, Default)]
struct Machine {
    machine: Option<String>,
}

fn read(source: &Source, builder: &mut Builder) -> Result<(), Error> {
    let Source::Folder(root) = source else { return read_file(source, builder) };
    let mut sum = [0; 2];
    for path in find_like(root, |file| file.ends_with(".json") && ![SUITE, MACHINE].contains(&file))? {
        let name = path.display().to_string();
        builder.open(&name);
        let read = Source::open(&path).and_then(|file| {
            file.add_to(&mut sum)?;
            read_file(&file, builder)
        });
        match read {
            Err(error @ (Error::TooLarge { .. } | Error::TooMany { .. })) => return Err(error),
            Err(error) => builder.skip(&name, &error.to_string()),
            Ok(()) => {}
        }
    }
    Ok(())
}

fn read_file(source: &Source, builder: &mut Builder) -> Result<(), Error> {
    let Results { commit_hash: commit, date, env_name, python, requirements, params, result_columns, results } =
        parse(builder.text(source)?, builder)?;
    let Some(results) = results else {
        builder.skip(&source.name(), "it has no results");
        return Ok(());
    };
    let version = |version: &Value| if version.is_null() { String::new() } else { json::plain(version) };
    let requirements: String = requirements.iter().map(|(name, given)| format!("-{name}{}", version(given))).collect();
    let environment = env_name.or_else(|| Some(format!("py{}{requirements}", python?)));
    let time = date.as_ref().map(json::plain);
    builder.enter(Place::Entry(0), Revision { order: None, commit, time });
    for (place, (benchmark, row)) in results.0.into_iter().enumerate() {
        let read = builder.item::<Value>(Place::Entry(place), row.get(), || benchmark.clone());
        let Some(row) = read else { continue };
        let list = |title: &str| {
            let cell = match &result_columns {
                Some(columns) => row.get(columns.iter().position(|column| column == title)?)?,
                None if row.is_object() => row.get(title)?,
                None => Some(&row).filter(|_| title == "result")?,
            };
            Some(cell.as_array().map_or_else(|| slice::from_ref(cell), Vec::as_slice)).filter(|_| !cell.is_null())
        };
        let Some(values) = list("result") else {
            builder.skip(&benchmark, "it failed: it has no result");
            continue;
        };
        let (unit, direction) = unit(&benchmark);
        let axes: Vec<&[Value]> = list("params").unwrap_or_default().iter().filter_map(as_list).collect();
        let sets: usize = axes.iter().map(|axis| axis.len()).filter(|length| *length > 0).product();
        if sets != values.len() {
            builder.skip(&benchmark, &format!("it has {} values for {sets} sets of parameters", values.len()));
            continue;
        }
        // The sum of its code: with another it is another benchmark.
        let work = list("version").and_then(|version| version.first()).map(json::plain);
        let number = |title, at: usize| list(title).and_then(|list| list.get(at)).and_then(json::number);
        for (at, value) in values.iter().enumerate() {
            let name = format!("{benchmark}{}", parameters(&axes, at));
            let Some(value) = json::number(value) else {
                builder.skip(&name, &format!("{value} is not a finite number: it failed or was skipped"));
                continue;
            };
            let interval = |end: usize| json::number(list("stats")?.get(at)?.get("ci_99")?.get(end)?);
            let samples = list("samples").and_then(|list| as_list(list.get(at)?));
            builder.add(Observation {
                suite: environment.clone(),
                name,
                unit: unit.map(str::to_owned),
                direction,
                machine: params.machine.clone(),
                value,
                low: number("stats_ci_99_a", at).or_else(|| interval(0)),
                high: number("stats_ci_99_b", at).or_else(|| interval(1)),
                samples: json::numbers(samples.unwrap_or_default()),
                work: work.clone(),
                ..Observation::default()
            })?;
        }
    }
    Ok(())
}

/// What the name says, as asv itself goes by it; numbers that are tracked can be anything.
fn unit(benchmark: &str) -> (Option<&'static str>, Option<Direction>) {
    let name = benchmark.rsplit('.').next().unwrap_or_default().to_lowercase();
    match name.split('_').next() {
        Some("time" | "timeraw") => (Some("s"), None),
        Some("mem" | "peakmem") => (Some("B"), Some(Direction::LowerIsBetter)),
        _ => (None, None),
    }
}

/// `(10, 'a')`: the parameters of the value at a place, of which the last change first.
fn parameters(axes: &[&[Value]], at: usize) -> String {
    let mut rest = at;
    let mut chosen: Vec<String> = Vec::new();
    for axis in axes.iter().rev().filter(|axis| !axis.is_empty()) {
        let value = &axis[rest % axis.len()];
        chosen.insert(0, json::plain(value));
        rest /= axis.len();
    }
    if chosen.is_empty() { String::new() } else { format!("({})", chosen.join(", ")) }
}

fn as_list(value: &Value) -> Option<&[Value]> {
    value.as_array().map(Vec::as_slice)
}
