//! The `data.js` of github-action-benchmark, and the bare arrays that it takes.
//!
//! Files of the last seven years have met everything: units that change inside a series, tools that change inside a
//! suite, names that come twice, several entries of one commit, entries of another shape, six spellings of a spread.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::ingest::builder::{Builder, Observation, Place, Revision, instant};
use crate::ingest::error::Error;
use crate::ingest::file::{Source, one_line};
use crate::ingest::format::ImportFormat;
use crate::ingest::json;
use crate::ingest::spread::{Spread, spread};
use crate::ingest::unit;
use crate::model::{Direction, RemarkKind};

pub(super) const DATA: ImportFormat = ImportFormat {
    name: "github-action-benchmark",
    about: "the data.js of github-action-benchmark",
    is_history: true,
    detect: |probe| {
        probe.starts_with(PREFIX) || probe.has(&["entries"]) && (probe.has(&["lastUpdate"]) || probe.has(&["repoUrl"]))
    },
    read,
};

pub(super) const ARRAY: ImportFormat = ImportFormat {
    name: "github-action-benchmark-array",
    about: "the array of results that github-action-benchmark takes from any tool",
    is_history: false,
    detect: |probe| probe.starts_with("[") && !probe.has_element(&super::jmh::MEMBERS),
    read,
};

const PREFIX: &str = "window.BENCHMARK_DATA";

/// The suite's name where the workflow gives none.
const SUITE: &str = "Benchmark";

const BIGGER: &str = "customBiggerIsBetter";
const SMALLER: &str = "customSmallerIsBetter";

#[derive(Deserialize)]
struct Entry {
    commit: Commit,
    date: Option<Value>,
    tool: String,
    benches: Vec<Bench>,
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
}

fn read(source: &Source, builder: &mut Builder<'_>) -> Result<(), Error> {
    let text = builder.text(source)?.trim();
    if text.starts_with('[') {
        return read_array(text, builder);
    }
    let script = text.strip_prefix(PREFIX).map(|rest| rest.trim_start().strip_prefix('=').unwrap_or(rest));
    let text = script.unwrap_or(text).trim().trim_end_matches(';');
    let _: IgnoredAny = json::parse(text, builder)?;
    let Some((_, entries)) = json::members(text).find(|(name, _)| name == "entries") else {
        return Err(builder.invalid("it has no member `entries`"));
    };
    json::members(entries).try_for_each(|(suite, entries)| read_suite(&suite, entries, builder))
}

fn read_suite(suite: &str, entries: &str, builder: &mut Builder<'_>) -> Result<(), Error> {
    let Some(entries) = json::items(entries) else {
        builder.remark(RemarkKind::Skipped, suite, "the suite is not a list of entries");
        return Ok(());
    };
    for (place, entry) in entries.into_iter().enumerate() {
        let entry: Entry = match serde_json::from_str(entry) {
            Ok(entry) => entry,
            Err(error) => {
                let reason = error.to_string();
                let reason = reason.split(" at line ").next().unwrap_or_default();
                let text = format!("it is not an entry ({})", one_line(reason));
                builder.stand_at(Place::Entry(place));
                builder.remark(RemarkKind::Skipped, &format!("entry {place} of {suite}"), &text);
                continue;
            }
        };
        let date = entry.date.as_ref().and_then(json::number);
        let commit_time = entry.commit.timestamp.as_deref().and_then(instant);
        let time = commit_time.or_else(|| date.and_then(date_text));
        let commit = Some(entry.commit.id).filter(|id| !id.trim().is_empty());
        builder.enter(Place::Entry(place), Revision { order: None, commit, time });
        let suite = (suite != SUITE).then_some(suite);
        add_all(entry.benches, suite, Some(&entry.tool), builder)?;
    }
    Ok(())
}

fn read_array(text: &str, builder: &mut Builder<'_>) -> Result<(), Error> {
    let benches: Vec<Bench> = json::parse(text, builder)?;
    add_all(benches, None, None, builder)
}

fn add_all(
    benches: Vec<Bench>,
    suite: Option<&str>,
    tool: Option<&str>,
    builder: &mut Builder<'_>,
) -> Result<(), Error> {
    let mut given = BTreeMap::new();
    for bench in benches {
        let name = text(&bench.name).unwrap_or_default();
        drop(bench.name);
        let name = builder.number(&name, &mut given);
        let Some(value) = json::number(&bench.value) else {
            let reason = format!("{} is not a finite number", one_line(&bench.value.to_string()));
            builder.skip(&name, &reason);
            continue;
        };
        let (low, high) = ends(&name, value, bench.range.as_ref(), tool, builder);
        let unit = bench.unit.as_ref().and_then(text);
        let (unit, more) = unit.map_or((None, Vec::new()), |unit| tail(&unit));
        for (value, unit) in more {
            let (suite, name) = (suite.map(str::to_owned), name.clone());
            let direction = direction(tool, Some(&unit), builder);
            builder.add(Observation {
                suite,
                name,
                metric: Some(unit.clone()),
                unit: Some(unit),
                direction,
                value,
                ..Observation::default()
            })?;
        }
        let direction = direction(tool, unit.as_deref(), builder);
        let suite = suite.map(str::to_owned);
        builder.add(Observation { suite, name, unit, direction, value, low, high, ..Observation::default() })?;
    }
    Ok(())
}

/// The unit, and the values with units behind it: versions that did not part them stored a whole row of Go as a unit.
fn tail(text: &str) -> (Option<String>, Vec<(f64, String)>) {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let pair = |pair: &[&str]| Some((pair[0].parse().ok()?, pair[1].to_owned()));
    match fields.split_first() {
        Some((unit, rest)) if !rest.is_empty() && rest.len() % 2 == 0 => match rest.chunks(2).map(pair).collect() {
            Some(more) => (Some((*unit).to_owned()), more),
            None => (Some(text.to_owned()), Vec::new()),
        },
        _ => (Some(text.to_owned()), Vec::new()),
    }
}

/// Which way a tool's numbers are better. What a user said in the tool's name is believed; else the unit goes before the
/// tool, since tools measure throughput and time alike (`MB/s` among the results of Go).
fn direction(tool: Option<&str>, unit: Option<&str>, builder: &Builder<'_>) -> Option<Direction> {
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
    builder: &mut Builder<'_>,
) -> (Option<f64>, Option<f64>) {
    let Some(range) = range.and_then(text).filter(|range| !range.trim().is_empty()) else { return (None, None) };
    let half = match spread(&range) {
        Some(Spread::Absolute(half)) => half,
        Some(Spread::Share(share)) => value * share,
        // pytest gives iterations a second, and the deviation of the seconds: d(1/t) = dt / t².
        Some(Spread::Deviation(deviation)) if tool == Some("pytest") => value * value * deviation,
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

/// Milliseconds since 1970 as RFC 3339.
fn date_text(milliseconds: f64) -> Option<String> {
    /// Any date that a workflow ran at, and far beyond.
    const MILLISECONDS_MAX: f64 = 1e14;
    let whole = (0.0..MILLISECONDS_MAX).contains(&milliseconds).then_some(milliseconds as i64)?;
    jiff::Timestamp::from_millisecond(whole).ok().map(|time| time.to_string())
}
