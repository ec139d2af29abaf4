//! The summaries of iai-callgrind (version 6) and gungraun (6 and 7), in files, in lines or in their folder.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::builder::{Builder, Observation, one_line};
use super::json::Members;
use super::{Error, Source};
use crate::model::{Direction, RemarkKind};

/// The file of a summary.
const FILE: &str = "summary.json";

#[derive(Deserialize)]
struct Summary {
    version: String,
    module_path: String,
    id: Option<String>,
    profiles: Vec<Profile>,
}

/// One tool's results: under `summaries` in version 6, under `data` in version 7.
#[derive(Deserialize)]
struct Profile {
    tool: String,
    summaries: Option<Parts>,
    data: Option<Parts>,
}

#[derive(Deserialize)]
struct Parts {
    total: Total,
    #[serde(default)]
    parts: Vec<Part>,
}

/// One process or thread of a tool's run.
#[derive(Deserialize)]
struct Part {
    /// Version 7; perf has its results here and none in the total.
    metrics: Option<Members<Value>>,
}

#[derive(Deserialize)]
struct Total {
    /// Version 6: the results under the tool's name.
    summary: Option<Members<Value>>,
    /// Version 7.
    metrics: Option<Members<Value>>,
}

pub(super) fn read(source: &Source, builder: &mut Builder<'_>) -> Result<(), Error> {
    let mut given = BTreeMap::new();
    for file in &source.files {
        if source.is_folder && !file.name.ends_with(FILE) {
            continue;
        }
        // One summary a file, or one a line.
        let summaries = serde_json::Deserializer::from_str(file.text(builder.form)?).into_iter::<Summary>();
        for summary in summaries {
            let summary = summary.map_err(|error| builder.strange(format!("{}: {error}", file.name)))?;
            if !matches!(summary.version.as_str(), "6" | "7") {
                let reason =
                    format!("{}: its version is {}, and 6 and 7 are known here", file.name, one_line(&summary.version));
                return Err(builder.strange(reason));
            }
            add_all(summary, &mut given, builder)?;
        }
    }
    Ok(())
}

fn add_all(summary: Summary, given: &mut BTreeMap<String, usize>, builder: &mut Builder<'_>) -> Result<(), Error> {
    // `file::group::function`, and the id of the case.
    let (suite, function) = match summary.module_path.split_once("::") {
        Some((suite, function)) => (Some(suite.to_owned()), function.to_owned()),
        None => (None, summary.module_path),
    };
    let name = match summary.id.filter(|id| !id.is_empty()) {
        Some(id) => format!("{function} {id}"),
        None => function,
    };
    let name = builder.number(&name, given);
    for profile in summary.profiles {
        let tool = profile.tool.to_lowercase();
        let Some(parts) = profile.data.or(profile.summaries) else {
            return Err(builder.strange(format!("`{name}` has no results of {tool}")));
        };
        let events = events(parts).unwrap_or_else(|| {
            let text = "it has results of several processes and no total";
            builder.remark(RemarkKind::LeftOut, &format!("{name} ({tool})"), text);
            Vec::new()
        });
        for (event, result) in events {
            let Some((unit, direction)) = meaning(&event) else {
                let text = "events that are neither costs nor hits were not read";
                builder.remark(RemarkKind::LeftOut, &format!("{tool} {event}"), text);
                continue;
            };
            match newest(&result) {
                Newest::Number(value) => builder.add(Observation {
                    suite: suite.clone(),
                    name: name.clone(),
                    metric: Some(if tool == "callgrind" { event } else { format!("{tool} {event}") }),
                    unit: Some(unit.to_owned()),
                    direction: Some(direction),
                    value,
                    ..Observation::default()
                })?,
                Newest::Older => builder.remark(RemarkKind::LeftOut, &name, "it holds the run before only"),
                Newest::Strange => {
                    return Err(builder.value(&name, format!("{event} is {}", one_line(&result.to_string()))));
                }
            }
        }
    }
    Ok(())
}

/// Every event and its result, of the total or of the only part; none where there are several parts and no total.
fn events(all: Parts) -> Option<Vec<(String, Value)>> {
    let mut events = all.total.metrics.unwrap_or_default().0;
    for (_, of_tool) in all.total.summary.unwrap_or_default().0 {
        events.extend(serde_json::from_value::<Members<Value>>(of_tool).unwrap_or_default().0);
    }
    if !events.is_empty() {
        return Some(events);
    }
    let mut parts = all.parts.into_iter().filter_map(|part| part.metrics).filter(|metrics| !metrics.0.is_empty());
    let first = parts.next().unwrap_or_default().0;
    parts.next().is_none().then_some(first)
}

/// The unit and the direction of an event; none for those that are derived from others.
fn meaning(event: &str) -> Option<(&'static str, Direction)> {
    let unit = match event {
        "Ir" | "instructions" => "instructions",
        "EstimatedCycles" | "cycles" => "cycles",
        "Dr" | "Dw" | "TotalRW" => "accesses",
        "I1mr" | "D1mr" | "D1mw" | "ILmr" | "DLmr" | "DLmw" | "Bcm" | "Bim" => "misses",
        "LLhits" | "RamHits" => "hits",
        "TotalBytes" | "MaximumBytes" | "AtTGmaxBytes" => "B",
        "TotalBlocks" | "MaximumBlocks" => "blocks",
        // Rates follow from these; more hits in the nearest cache are neither good nor bad; times of system calls are zero.
        _ => return None,
    };
    Some((unit, Direction::LowerIsBetter))
}

enum Newest {
    Number(f64),
    Older,
    Strange,
}

/// The number of the newest run: `metrics.{Left, Both[0]}` in version 6, `values.new` in version 7.
fn newest(result: &Value) -> Newest {
    let sides = if result["metrics"].is_object() { &result["metrics"] } else { &result["values"] };
    let new = [&sides["new"], &sides["Left"], &sides["Both"][0]].into_iter().find(|side| !side.is_null());
    let Some(new) = new else {
        let is_older = !sides["old"].is_null() || !sides["Right"].is_null();
        return if is_older { Newest::Older } else { Newest::Strange };
    };
    let number = [new, &new["Int"], &new["Float"], &new["value"]].into_iter().find_map(Value::as_f64);
    number.map_or(Newest::Strange, Newest::Number)
}
