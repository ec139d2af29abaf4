//! The `data.js` of github-action-benchmark, and the bare arrays that it takes.
//!
//! Files of the last seven years have met everything: units that change inside a series, tools that change inside a
//! suite, names that come twice, several entries of one commit, entries of another shape, six spellings of a spread.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::ingest::builder::{Builder, Observation, Place, Revision, instant};
use crate::ingest::error::Error;
use crate::ingest::file::{Source, one_line};
use crate::ingest::format::ImportFormat;
use crate::ingest::json::{self, Items, Members, text_of};
use crate::ingest::spread::{self, Spread, spread};
use crate::ingest::unit;
use crate::model::{Direction, RemarkKind};

pub(super) const DATA: ImportFormat = ImportFormat {
    name: "github-action-benchmark",
    about: "the data.js of github-action-benchmark",
    detect: |probe| {
        probe.starts_with(PREFIX) || probe.has(&["entries"]) && (probe.has(&["lastUpdate"]) || probe.has(&["repoUrl"]))
    },
    read,
};

pub(super) const ARRAY: ImportFormat = ImportFormat {
    name: "github-action-benchmark-array",
    about: "the array of results that github-action-benchmark takes from any tool",
    detect: |probe| {
        let is_foreign = [&super::jmh::MEMBERS[..], &[JULIA]].iter().any(|members| probe.has_element(members));
        probe.is_list() && !is_foreign
    },
    read,
};

const PREFIX: &str = "window.BENCHMARK_DATA";

/// What begins the list that Julia's BenchmarkTools writes.
const JULIA: &str = "BenchmarkTools";

/// The suite's name where the workflow gives none.
const SUITE: &str = "Benchmark";

const BIGGER: &str = "customBiggerIsBetter";
const SMALLER: &str = "customSmallerIsBetter";

#[derive(Deserialize)]
struct Data<'t> {
    #[serde(borrow)]
    entries: Members<&'t RawValue>,
}

#[derive(Deserialize)]
struct Entry<'t> {
    commit: Commit,
    date: Option<Value>,
    /// Forks of the action leave it out, or say instead which way all results are better.
    tool: Option<String>,
    bigger_is_better: Option<bool>,
    platform: Option<Value>,
    os: Option<Value>,
    machine: Option<Value>,
    #[serde(borrow)]
    benches: Items<'t>,
}

#[derive(Deserialize)]
struct Commit {
    id: String,
    timestamp: Option<String>,
}

#[derive(Deserialize)]
struct Bench {
    name: Value,
    value: Value,
    unit: Option<Value>,
    range: Option<Value>,
    platform: Option<Value>,
    os: Option<Value>,
    machine: Option<Value>,
}

/// What is known of all results of an entry.
#[derive(Default)]
struct Context<'a> {
    suite: Option<&'a str>,
    tool: Option<&'a str>,
    /// Without an entry each result has a place of its own.
    place: Option<Place>,
    machine: Option<String>,
}

fn read(source: &Source, builder: &mut Builder) -> Result<(), Error> {
    let text = builder.text(source)?.trim();
    if text.starts_with('[') {
        return add_all(&json::parse(text, builder)?, &Context::default(), builder);
    }
    let script = text.strip_prefix(PREFIX).map(|rest| rest.trim_start().strip_prefix('=').unwrap_or(rest));
    let text = script.unwrap_or(text).trim().trim_end_matches(';');
    let data: Data<'_> = json::parse(text, builder)?;
    data.entries.0.into_iter().try_for_each(|(suite, entries)| read_suite(&suite, entries.get(), builder))
}

fn read_suite(suite: &str, entries: &str, builder: &mut Builder) -> Result<(), Error> {
    let Some(entries) = builder.item::<Items<'_>>(Place::Entry(0), entries, || suite.to_owned()) else {
        return Ok(());
    };
    for (place, text) in json::items(&entries) {
        let Some(entry) = builder.item::<Entry<'_>>(place, text, || format!("{place} of {suite}")) else { continue };
        let commit_time = entry.commit.timestamp.filter(|time| instant(time).is_some());
        let time = commit_time.or_else(|| entry.date.as_ref().map(json::plain));
        let commit = Some(entry.commit.id).filter(|id| !id.trim().is_empty());
        builder.enter(place, Revision { order: None, commit, time });
        let suite = (suite != SUITE).then_some(suite);
        let said = entry.bigger_is_better.map(|is_bigger| if is_bigger { BIGGER } else { SMALLER });
        let machine = machine([&entry.platform, &entry.os, &entry.machine]);
        let context = Context { suite, tool: entry.tool.as_deref().or(said), place: Some(place), machine };
        add_all(&entry.benches, &context, builder)?;
    }
    Ok(())
}

/// What forks of the action say of the machine, of an entry or of one of its results: texts, or objects of them.
fn machine(said: [&Option<Value>; 3]) -> Option<String> {
    let texts = |value: &Value| match value {
        Value::Object(members) => members.values().filter_map(text).collect(),
        value => Vec::from_iter(text(value)),
    };
    let said: Vec<String> = said.into_iter().flatten().flat_map(texts).collect();
    (!said.is_empty()).then(|| said.join(" "))
}

fn add_all(benches: &Items<'_>, context: &Context<'_>, builder: &mut Builder) -> Result<(), Error> {
    let Context { suite, tool, .. } = *context;
    for (place, bench) in json::items(benches) {
        let read = builder.item(context.place.unwrap_or(place), bench, || text_of(bench, "name"));
        let Some(bench): Option<Bench> = read else { continue };
        let machine = machine([&bench.platform, &bench.os, &bench.machine]).or_else(|| context.machine.clone());
        let (unit, more) = bench.unit.as_ref().and_then(text).map_or((None, Vec::new()), |unit| tail(&unit));
        let base = unit.as_deref().map(|unit| unit::base(unit).unit).unwrap_or_default();
        let quantity = [base.as_str(), machine.as_deref().unwrap_or_default()].join(" ");
        let name = builder.number(&text(&bench.name).unwrap_or_default(), &quantity);
        let Some(value) = json::number(&bench.value) else {
            let (text, what) =
                (one_line(&bench.value.to_string()), if has_unit(&bench.value) { WITH_UNIT } else { "" });
            builder.skip(&name, &format!("{text} is not a finite number{what}"));
            continue;
        };
        let (low, high) = ends(&name, value, bench.range.as_ref(), tool, &base, builder);
        let of = Observation { suite: suite.map(str::to_owned), name, machine, ..Observation::default() };
        for (value, unit) in more {
            let direction = direction(tool, Some(&unit), builder);
            builder.add(Observation {
                metric: Some(unit.clone()),
                unit: Some(unit),
                direction,
                value,
                ..of.clone()
            })?;
        }
        let direction = direction(tool, unit.as_deref(), builder);
        builder.add(Observation { unit, direction, value, low, high, ..of })?;
    }
    Ok(())
}

/// What a value that is a text has to lose.
const WITH_UNIT: &str = ": it is a text with a unit; write the number alone, and the unit as its unit";

fn has_unit(value: &Value) -> bool {
    let number = value.as_str().and_then(|text| text.trim().split_once(char::is_alphabetic)).map(|(number, _)| number);
    number.is_some_and(|number| spread::number(number.trim()).is_some())
}

/// The unit, and the values with units behind it: versions that did not part them stored a whole row of Go as a unit. A
/// value that is not a number is NaN, which the builder names.
fn tail(text: &str) -> (Option<String>, Vec<(f64, String)>) {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let pair = |pair: &[&str]| (pair[0].parse().unwrap_or(f64::NAN), pair[1].to_owned());
    match fields.split_first() {
        Some((unit, rest)) if unit::is_known(unit) && !rest.is_empty() && rest.len().is_multiple_of(2) => {
            (Some((*unit).to_owned()), rest.chunks(2).map(pair).collect())
        }
        _ => (Some(text.to_owned()), Vec::new()),
    }
}

/// Which way a tool's numbers are better. What a user said in the tool's name is believed; else the unit goes before the
/// tool, since tools measure throughput and time alike (`MB/s` among the results of Go).
fn direction(tool: Option<&str>, unit: Option<&str>, builder: &Builder) -> Option<Direction> {
    let by_unit = unit.and_then(|unit| unit::base(unit).direction);
    match tool {
        Some(BIGGER) => Some(Direction::HigherIsBetter),
        Some(SMALLER) => Some(Direction::LowerIsBetter),
        // The user says what the workflow would have said.
        None => builder.assumed.better.or(by_unit),
        Some("benchmarkjs" | "pytest") => by_unit.or(Some(Direction::HigherIsBetter)),
        Some("cargo" | "go" | "googlecpp" | "catch2" | "julia" | "benchmarkdotnet" | "benchmarkluau") => {
            by_unit.or(Some(Direction::LowerIsBetter))
        }
        // jmh measures either way, and others are not known.
        Some(_) => by_unit,
    }
}

/// The ends of a spread around a value; a spread that cannot be read is said.
fn ends(
    name: &str,
    value: f64,
    range: Option<&Value>,
    tool: Option<&str>,
    unit: &str,
    builder: &mut Builder,
) -> (Option<f64>, Option<f64>) {
    let Some(range) = range.and_then(text).filter(|range| !range.trim().is_empty()) else { return (None, None) };
    let half = match spread(&range) {
        Some(Spread::Absolute(half)) => half,
        Some(Spread::Share(share)) => value * share,
        // pytest gives iterations a second, and the deviation of the seconds: d(1/t) = dt / t².
        Some(Spread::Deviation(deviation)) if tool == Some("pytest") && unit == "ops/s" => value * value * deviation,
        Some(Spread::Deviation(deviation)) => deviation,
        None => f64::NAN,
    };
    if !half.is_finite() {
        let text = format!("the spread `{}` cannot be read; the value was kept", one_line(&range));
        builder.remark(RemarkKind::Skipped, name, &text);
        return (None, None);
    }
    (Some(value - half), Some(value + half))
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
