//! What `hyperfine --export-json` writes; all numbers are seconds.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::ingest::builder::{Builder, Observation};
use crate::ingest::error::Error;
use crate::ingest::file::Source;
use crate::ingest::format::ImportFormat;
use crate::ingest::json::{self, Items, items, parse, text_of};
use crate::model::RemarkKind;
use crate::stats::median;

pub(super) const FORMAT: ImportFormat = ImportFormat {
    name: "hyperfine",
    about: "what hyperfine --export-json writes",
    detect: |probe| probe.has_inner("results", "command"),
    read,
};

#[derive(Deserialize)]
struct Export<'t> {
    #[serde(borrow)]
    results: Items<'t>,
}

#[derive(Deserialize)]
struct Measured {
    command: String,
    #[serde(default, deserialize_with = "json::optional")]
    mean: Option<f64>,
    #[serde(default, deserialize_with = "json::optional")]
    median: Option<f64>,
    #[serde(default, deserialize_with = "json::optional")]
    min: Option<f64>,
    #[serde(default, deserialize_with = "json::optional")]
    max: Option<f64>,
    #[serde(default, deserialize_with = "json::nullable")]
    times: Vec<Value>,
    #[serde(default, deserialize_with = "json::nullable")]
    exit_codes: Vec<Option<i64>>,
    #[serde(default, deserialize_with = "json::nullable")]
    parameters: BTreeMap<String, Value>,
    /// The one parameter that versions before 1.10 allow; its name is not there.
    parameter: Option<Value>,
    #[serde(flatten)]
    rest: BTreeMap<String, IgnoredAny>,
}

/// Members that are measured, and for which a history has no place.
const NOT_READ: [&str; 3] = ["user", "system", "memory_usage_byte"];

fn read(source: &Source, builder: &mut Builder) -> Result<(), Error> {
    let export: Export<'_> = parse(builder.text(source)?, builder)?;
    let mut seen = BTreeSet::new();
    let commands = items(&export.results).map(|(_, text)| text_of(text, "command"));
    let several: BTreeSet<String> = commands.filter(|command| !seen.insert(command.clone())).collect();
    for (place, text) in items(&export.results) {
        let read = builder.item(place, text, || text_of(text, "command"));
        let Some(result): Option<Measured> = read else { continue };
        // One `-n` names the runs of all parameters, here or in other files.
        let is_shared = several.contains(&result.command);
        let is_hidden = |value: &Value| is_shared || !says(&result.command, &json::plain(value));
        let one = result.parameter.map(|value| ("parameter".to_owned(), value));
        let hidden = result.parameters.into_iter().chain(one).filter(|(_, value)| is_hidden(value)).collect();
        let name = builder.number(&format!("{}{}", result.command, json::parameters(&hidden)), "");
        if result.rest.keys().any(|key| NOT_READ.contains(&key.as_str())) {
            builder.remark(RemarkKind::Skipped, &name, "user and system time and memory are not read");
        }
        let codes = result.exit_codes;
        let failed = codes.iter().filter(|code| **code != Some(0)).count();
        if failed > 0 && (failed == codes.len() || codes.len() != result.times.len()) {
            builder.skip(&name, &format!("{failed} of its {} runs failed; what failed is no time", codes.len()));
            continue;
        }
        let is_good = |(place, _): &(usize, &Value)| codes.get(*place).is_none_or(|code| *code == Some(0));
        let times = result.times.iter().enumerate().filter(is_good).map(|(_, time)| time);
        let times = json::measured(&name, times, builder);
        if failed > 0 {
            builder.remark(RemarkKind::Skipped, &name, "some of its runs failed; their times are skipped");
        }
        // What the tool made of all runs holds those that failed.
        let bound = |of: fn(f64, f64) -> f64, given| times.iter().copied().reduce(of).or(given);
        let (low, high) = (bound(f64::min, result.min), bound(f64::max, result.max));
        let is_whole = failed == 0 && times.len() == result.times.len();
        let Some(value) = result.median.filter(|_| is_whole).or_else(|| median(&times)).or(result.mean) else {
            builder.skip(&name, "it has neither times nor a median or a mean");
            continue;
        };
        if times.is_empty() && result.median.is_none() {
            builder.remark(RemarkKind::Changed, &name, "its median is missing; the mean is used");
        }
        builder.add(Observation {
            name,
            unit: Some("s".to_owned()),
            value,
            low,
            high,
            samples: times,
            ..Observation::default()
        })?;
    }
    Ok(())
}

/// Whether a value stands in a command, as a word of it: `v12` does not say 1. One of several words stands there whole.
fn says(command: &str, value: &str) -> bool {
    let is_inside = |c: char| c.is_alphanumeric() || c == '.';
    if !value.chars().all(is_inside) {
        return command.contains(value);
    }
    command.split(|c| !is_inside(c)).any(|word| word == value || word.trim_matches('.') == value)
}
