//! The `summary.json` files of iai-callgrind (schema 6) and gungraun (6 and 7): in their folder, in files, or one per line.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Deserialize;
use serde_json::Value;

use crate::ingest::builder::{Builder, Observation, Place};
use crate::ingest::error::Error;
use crate::ingest::file::{self, Source, modified, one_line, refused};
use crate::ingest::format::{ImportFormat, Probe};
use crate::ingest::json::{self, Members, text_of};
use crate::ingest::stale::{Stale, part};
use crate::model::{BenchmarkId, Direction, RemarkKind};

pub(super) const IAI_CALLGRIND: ImportFormat = ImportFormat {
    name: "iai-callgrind",
    about: "the summaries of iai-callgrind, in files or in their folder",
    detect: |probe| version(probe).is_some_and(|version| version != GUNGRAUN_VERSION),
    read: import,
};

pub(super) const GUNGRAUN: ImportFormat = ImportFormat {
    name: "gungraun",
    about: "the summaries of gungraun, in files or in their folder",
    detect: |probe| version(probe).is_some_and(|version| version == GUNGRAUN_VERSION),
    ..IAI_CALLGRIND
};

const FILE: &str = "summary.json";

/// The schema that only gungraun writes.
const GUNGRAUN_VERSION: &str = "7";

/// The bench file whose benchmarks are parcost's own; other packages may share the folder.
const OWN_BENCH_FILE: &str = "benches/callgrind.rs";

pub(in crate::ingest) const OWN_TOPIC: &str = "callgrind";

const CALLGRIND: &str = "Callgrind";

/// So many objects in one file that are not whole: each may be looked through to the end of the file.
const DAMAGED_MAX: usize = 16;

/// Between a group and its function, and between two parameters: identifiers know no other punctuation.
const SEPARATOR: &str = "__";

/// The id of a benchmark without parameters.
const PLAIN: &str = "plain";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    New,
    Old,
}

/// The instructions of one benchmark.
#[derive(Clone, Debug, PartialEq)]
pub struct Count {
    /// The file that it was read from.
    pub path: PathBuf,
    /// The topic of parcost's own benchmarks, else the bench target and the group.
    pub group: String,
    /// The name of the benchmark, the same whoever reads it: the id of parcost's own benchmarks, else
    /// `target/group/function id`.
    pub benchmark: String,
    /// Instructions in user space; above zero.
    pub instructions: u64,
    /// What other tools found in the same run, by tool and event: `Memcheck Errors`.
    pub beside: BTreeMap<String, f64>,
}

/// A count of one of parcost's own benchmarks, or why it is refused.
pub type OwnCount = Result<(BenchmarkId, Count), Error>;

/// The counts of a folder.
#[derive(Debug, Default)]
pub struct Counts {
    /// What was counted.
    pub counts: Vec<Count>,
    /// Files that cannot be read.
    pub refused: Vec<Error>,
    /// What is left of earlier measuring.
    pub stale: Vec<Stale>,
}

#[derive(Deserialize)]
struct Summary {
    version: String,
    module_path: String,
    #[serde(default)]
    function_name: String,
    #[serde(default)]
    benchmark_file: PathBuf,
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

#[derive(Default, Deserialize)]
#[serde(default)]
struct Parts {
    total: Total,
    parts: Vec<Part>,
}

#[derive(Deserialize)]
struct Part {
    /// Version 7; perf has its results here and none in the total.
    metrics: Option<Members<Value>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Total {
    /// Version 6: the results under the tool's name.
    summary: Option<Members<Value>>,
    /// Version 7.
    metrics: Option<Members<Value>>,
}

/// The counts in every summary below `root`; a benchmark that was not run at that age is not among them.
pub fn read(root: &Path, age: Age) -> Result<Counts, Error> {
    let (mut read, mut dated) = (Counts::default(), Vec::<(_, Count)>::new());
    for path in file::find(root, FILE)? {
        match summary(&path).and_then(|summary| summary.count(&path, age)) {
            Ok(Some(count)) if dated.iter().any(|(_, other)| other.benchmark == count.benchmark) => {
                read.refused.push(refused(&path, format!("another file is of {} as well", count.benchmark)));
            }
            Ok(Some(count)) => dated.push((modified(&path)?, count)),
            Ok(None) => {}
            Err(error) => read.refused.push(error),
        }
    }
    (read.counts, read.stale) = part(dated, |count| &count.benchmark);
    Ok(read)
}

/// The newest counts of parcost's own benchmarks below `root` that were made at `since` or later, each or why it is
/// refused.
pub fn read_own(root: &Path, since: SystemTime) -> Result<Vec<OwnCount>, Error> {
    let mut found = Vec::new();
    for path in file::find(root, FILE)? {
        if modified(&path)? >= since {
            found.extend(own(&path).transpose());
        }
    }
    Ok(found)
}

fn own(path: &Path) -> Result<Option<(BenchmarkId, Count)>, Error> {
    let summary = summary(path)?;
    if !summary.is_own() {
        return Ok(None);
    }
    let Some(count) = summary.count(path, Age::New)? else {
        return Err(refused(path, "it has no count of the newest run"));
    };
    let id = summary.own_id().ok_or_else(|| {
        let (function, id) = (&summary.function_name, summary.id.as_deref().unwrap_or_default());
        let reason =
            format!("`{function}` with the id `{id}` does not name a benchmark as group__function, name_value");
        refused(path, reason)
    })?;
    Ok(Some((id, count)))
}

/// Whether there is a summary below `root`.
pub fn any(root: &Path) -> Result<bool, Error> {
    Ok(!file::find(root, FILE)?.is_empty())
}

fn version(probe: &Probe<'_>) -> Option<String> {
    match probe.file(FILE) {
        Some(path) => Some(summary(Path::new(&path)).map_or_else(|_| String::new(), |summary| summary.version)),
        None => probe.text_in_object(&["profiles", "module_path"], "version"),
    }
}

fn summary(path: &Path) -> Result<Summary, Error> {
    let text = file::read_text(path)?;
    let parsed = serde_json::from_str(&text).map_err(|error| error.to_string());
    parsed.and_then(checked).map_err(|reason| refused(path, reason))
}

fn checked(summary: Summary) -> Result<Summary, String> {
    match summary.version.as_str() {
        "6" | GUNGRAUN_VERSION => Ok(summary),
        version => Err(format!(
            "its schema is version {}, and only 6 and 7 are known, which iai-callgrind 0.16 and gungraun write",
            one_line(version)
        )),
    }
}

impl Summary {
    fn is_own(&self) -> bool {
        self.benchmark_file.ends_with(OWN_BENCH_FILE)
    }

    fn own_id(&self) -> Option<BenchmarkId> {
        own_id(&self.function_name, self.id.as_deref().unwrap_or_default()).filter(|_| self.is_own())
    }

    fn name(&self) -> (String, String) {
        if let Some(id) = self.own_id() {
            return (OWN_TOPIC.to_owned(), id.to_string());
        }
        let (group, function) = self.module_path.rsplit_once("::").unwrap_or(("", &self.module_path));
        let id = self.id.as_ref().filter(|id| !id.is_empty()).map_or_else(String::new, |id| format!(" {id}"));
        (one_line(group), one_line(&format!("{}/{function}{id}", group.replace("::", "/"))))
    }

    /// The instructions that callgrind counted; none where it did not run at that age.
    fn count(&self, path: &Path, age: Age) -> Result<Option<Count>, Error> {
        let profile = self.profiles.iter().find(|profile| profile.tool == CALLGRIND);
        let events = profile.and_then(Profile::events).unwrap_or_default();
        let instructions = events.iter().find(|(event, _)| event == "Ir");
        let (_, result) = instructions.ok_or_else(|| refused(path, "it holds no instructions counted by callgrind"))?;
        let Some(value) = side(result, age) else { return Ok(None) };
        let count = number(value).filter(|count| *count > 0.0 && count.fract() == 0.0);
        let count = count.ok_or_else(|| refused(path, format!("{value} is not a number of instructions")))?;
        let (group, benchmark) = self.name();
        let (path, instructions, beside) = (path.to_owned(), count as u64, self.beside(age));
        Ok(Some(Count { path, group, benchmark, instructions, beside }))
    }

    /// The events of other tools.
    fn beside(&self, age: Age) -> BTreeMap<String, f64> {
        let others = self.profiles.iter().filter(|profile| profile.tool != CALLGRIND);
        let events = others.flat_map(|profile| {
            profile.events().unwrap_or_default().into_iter().filter_map(move |(event, result)| {
                Some((one_line(&format!("{} {event}", profile.tool)), side(&result, age).and_then(number)?))
            })
        });
        events.collect()
    }
}

impl Profile {
    /// Every event and its result, of the total or of the only part; none where there are several parts and no total.
    fn events(&self) -> Option<Vec<(String, Value)>> {
        let all = self.data.as_ref().or(self.summaries.as_ref())?;
        let mut events = all.total.metrics.as_ref().map(|metrics| metrics.0.clone()).unwrap_or_default();
        for (_, of_tool) in all.total.summary.iter().flat_map(|summary| &summary.0) {
            events.extend(serde_json::from_value::<Members<Value>>(of_tool.clone()).unwrap_or_default().0);
        }
        if !events.is_empty() {
            return Some(events);
        }
        let mut parts =
            all.parts.iter().filter_map(|part| part.metrics.as_ref()).filter(|metrics| !metrics.0.is_empty());
        let first = parts.next().map(|metrics| metrics.0.clone()).unwrap_or_default();
        parts.next().is_none().then_some(first)
    }
}

/// `group__function` and `name_value__name_value` as an id; none for names of another form.
fn own_id(function_name: &str, id: &str) -> Option<BenchmarkId> {
    let (group, function) = function_name.split_once(SEPARATOR)?;
    if function.contains(SEPARATOR) || group.is_empty() || function.is_empty() {
        return None;
    }
    let mut benchmark = BenchmarkId::new(group, function, &[]);
    if id == PLAIN {
        return Some(benchmark);
    }
    for parameter in id.split(SEPARATOR) {
        let (name, value) = parameter.rsplit_once('_').filter(|(name, _)| !name.is_empty())?;
        if benchmark.parameters.insert(name.to_owned(), value.parse().ok()?).is_some() {
            return None;
        }
    }
    Some(benchmark)
}

/// One of the two results of an event. Version 6 has `Left` for the new one alone, `Right` for the old one, `Both` for
/// the two, in `metrics`; version 7 has `new` and `old`, in `values`.
fn side(result: &Value, age: Age) -> Option<&Value> {
    let sides = if result["metrics"].is_object() { &result["metrics"] } else { &result["values"] };
    let (position, alone, named) = match age {
        Age::New => (0, "Left", "new"),
        Age::Old => (1, "Right", "old"),
    };
    [&sides[named], &sides[alone], &sides["Both"][position]].into_iter().find(|side| !side.is_null())
}

fn number(value: &Value) -> Option<f64> {
    [value, &value["Int"], &value["Float"], &value["value"]].into_iter().find_map(Value::as_f64)
}

fn import(source: &Source, builder: &mut Builder) -> Result<(), Error> {
    match source {
        Source::Folder(root) => {
            for path in file::find(root, FILE)? {
                match summary(&path) {
                    Ok(summary) => add(&summary, builder)?,
                    Err(error) => builder.skip("", &error.to_string()),
                }
            }
        }
        Source::File { .. } => {
            let mut damaged = 0;
            for (place, text) in json::objects(builder.text(source)?).enumerate() {
                let place = Place::Entry(place);
                let text = match text {
                    Ok(text) => text,
                    Err(error) if damaged < DAMAGED_MAX => {
                        builder.stand_at(place);
                        builder.skip("", &format!("it is not whole ({error})"));
                        damaged += 1;
                        continue;
                    }
                    Err(error) => return Err(builder.invalid(error.to_string())),
                };
                let read = builder.item(place, text, || text_of(text, "module_path"));
                match read.map(checked) {
                    Some(Ok(summary)) => add(&summary, builder)?,
                    Some(Err(reason)) => builder.skip(&text_of(text, "module_path"), &reason),
                    None => {}
                }
            }
        }
    }
    Ok(())
}

fn add(summary: &Summary, builder: &mut Builder) -> Result<(), Error> {
    let name = builder.number(&summary.name().1, "");
    for profile in &summary.profiles {
        let tool = profile.tool.to_lowercase();
        if profile.data.is_none() && profile.summaries.is_none() {
            builder.skip(&name, &format!("it has no results of {tool}"));
            continue;
        }
        let events = profile.events().unwrap_or_else(|| {
            let text = "it has results of several processes and no total";
            builder.remark(RemarkKind::Skipped, &format!("{name} ({tool})"), text);
            Vec::new()
        });
        for (event, result) in events {
            let Some(unit) = unit_of(&event) else {
                let text = "events that are neither costs nor hits are not read";
                builder.remark(RemarkKind::Skipped, &format!("{tool} {event}"), text);
                continue;
            };
            match side(&result, Age::New).map(number) {
                Some(Some(value)) => builder.add(Observation {
                    name: name.clone(),
                    metric: Some(if tool == "callgrind" { event } else { format!("{tool} {event}") }),
                    unit: Some(unit.to_owned()),
                    direction: Some(Direction::LowerIsBetter),
                    value,
                    ..Observation::default()
                })?,
                None if side(&result, Age::Old).is_some() => {
                    builder.remark(RemarkKind::Skipped, &name, "it holds only the run before the newest");
                }
                _ => builder
                    .skip(&name, &format!("its {event} is {}, which is not a count", one_line(&result.to_string()))),
            }
        }
    }
    Ok(())
}

/// The unit of an event, of which lower is better; none for those that are derived from others: rates follow from these,
/// more hits in the nearest cache are neither good nor bad, times of system calls are zero.
fn unit_of(event: &str) -> Option<&'static str> {
    Some(match event {
        "Ir" | "instructions" => "instructions",
        "EstimatedCycles" | "cycles" => "cycles",
        "Dr" | "Dw" | "TotalRW" => "accesses",
        "I1mr" | "D1mr" | "D1mw" | "ILmr" | "DLmr" | "DLmw" | "Bcm" | "Bim" => "misses",
        "LLhits" | "RamHits" => "hits",
        "TotalBytes" | "MaximumBytes" | "AtTGmaxBytes" => "B",
        "TotalBlocks" | "MaximumBlocks" => "blocks",
        "Errors" => "errors",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn put(root: &Path, name: &str, text: &str) {
        fs::create_dir_all(root.join(name)).unwrap();
        fs::write(root.join(name).join("summary.json"), text).unwrap();
    }

    fn six(module: &str, id: &str, metrics: &str) -> String {
        format!(
            r#"{{"version":"6","module_path":"{module}","id":"{id}","profiles":[{{"tool":"DHAT","summaries":{{}}}},
            {{"tool":"Callgrind","summaries":{{"total":{{"summary":{{"Callgrind":{{"Ir":{{"metrics":{metrics}}}}}}}}}}}}}]}}"#
        )
    }

    fn seven(module: &str, values: &str) -> String {
        format!(
            r#"{{"version":"7","module_path":"{module}",
            "profiles":[{{"tool":"Callgrind","data":{{"total":{{"metrics":{{"Ir":{{"values":{values}}}}}}}}}}}]}}"#
        )
    }

    #[test]
    fn reads_both_schemas_and_both_ages() {
        let root = tempfile::tempdir().unwrap();
        put(root.path(), "a", &six("bench::group::sum", "x", r#"{"Both":[{"Int":110},{"Int":100}]}"#));
        put(root.path(), "b", &six("bench::group::max", "", r#"{"Left":{"Int":5}}"#));
        put(root.path(), "c", &seven("bench::group::min", r#"{"new":7,"old":9}"#));
        put(root.path(), "d", &seven("bench::group::gone", r#"{"old":9}"#));
        let counts = |age| {
            let read = read(root.path(), age).unwrap();
            assert!(read.refused.is_empty(), "{read:?}");
            read.counts.into_iter().map(|it| (it.benchmark, it.instructions)).collect::<Vec<_>>()
        };
        let name = |name: &str| format!("bench/group/{name}");
        assert_eq!(counts(Age::New), [(name("sum x"), 110), (name("max"), 5), (name("min"), 7)]);
        assert_eq!(counts(Age::Old), [(name("sum x"), 100), (name("min"), 9), (name("gone"), 9)]);
        assert!(any(root.path()).unwrap() && !any(&root.path().join("nowhere")).unwrap());
    }

    #[test]
    fn what_other_tools_found_is_read_at_the_age_of_the_count() {
        let root = tempfile::tempdir().unwrap();
        let other = |tool: &str, event: &str, values: &str| {
            format!(r#"{{"tool":"{tool}","data":{{"total":{{"metrics":{{"{event}":{{"values":{values}}}}}}}}}}},"#)
        };
        let more = other("Memcheck", "Errors", r#"{"new":2,"old":0}"#) + &other("DRD", "Errors", r#"{"new":1}"#);
        let text = seven("bench::group::min", r#"{"new":7,"old":9}"#);
        put(root.path(), "a", &text.replace(r#""profiles":["#, &format!(r#""profiles":[{more}"#)));
        let beside = |age| read(root.path(), age).unwrap().counts.remove(0).beside;
        let of = |events: &[(&str, f64)]| events.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
        assert_eq!(beside(Age::New), of(&[("DRD Errors", 1.0), ("Memcheck Errors", 2.0)]));
        assert_eq!(beside(Age::Old), of(&[("Memcheck Errors", 0.0)]));
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_the_reason() {
        let root = tempfile::tempdir().unwrap();
        let cases = [
            ("{", "EOF"),
            (&seven("m", r#"{"new":0}"#), "0 is not a number of instructions"),
            (&seven("m", r#"{"new":1.5}"#), "1.5 is not a number of instructions"),
            (&seven("m", "7").replace("\"7\"", "\"8\""), "version 8, and only 6 and 7 are known"),
            (&seven("m", "7").replace("Callgrind", "DHAT"), "no instructions counted"),
        ];
        for (text, expected) in cases {
            put(root.path(), "a", text);
            let read = read(root.path(), Age::New).unwrap();
            let [error] = &read.refused[..] else { panic!("{text}: {read:?}") };
            assert!(error.to_string().contains(expected), "{error}");
        }
    }

    #[test]
    fn the_names_of_own_benchmarks_are_their_ids() {
        let cases = [
            ("spawn__floor", "plain", Some(BenchmarkId::new("spawn", "floor", &[]))),
            ("spawn__thread", "count_1", Some(BenchmarkId::new("spawn", "thread", &[("count", 1)]))),
            (
                "fork_price__fork_server",
                "delay_ms_10__workers_5",
                Some(BenchmarkId::new("fork_price", "fork_server", &[("delay_ms", 10), ("workers", 5)])),
            ),
            ("spawn", "plain", None),
            ("spawn__thread__x", "plain", None),
            ("__thread", "plain", None),
            ("spawn__thread", "", None),
            ("spawn__thread", "count", None),
            ("spawn__thread", "count_x", None),
            ("spawn__thread", "_1", None),
            ("spawn__thread", "count_1__count_2", None),
        ];
        for (function, id, expected) in cases {
            assert_eq!(own_id(function, id), expected, "{function} {id}");
        }
    }
}
