//! Reads the instruction counts of any package's benchmarks: the `summary.json` files of iai-callgrind (schema 6) and of
//! gungraun (schemas 6 and 7).

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::stale::{Stale, part, written};
use super::{Error, file};

/// Which of the two runs that a summary holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// The newest.
    New,
    /// The one that it was compared with.
    Old,
}

/// The counts of a folder.
#[derive(Debug, Default)]
pub struct Summaries {
    /// What was counted, by name.
    pub counts: Vec<Counted>,
    /// What cannot be used.
    pub refused: Vec<Error>,
    /// What is left of earlier measuring.
    pub stale: Vec<Stale>,
}

/// The instructions of one benchmark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The bench target and the group.
    pub group: String,
    /// The function and, behind a `/`, its id.
    pub benchmark: String,
    /// Instructions in user space; above zero.
    pub instructions: u64,
}

#[derive(Deserialize)]
struct Summary {
    version: String,
    module_path: String,
    id: Option<String>,
    profiles: Value,
}

/// The counts in every summary below `root`; a benchmark that was not run at that age is not among them.
///
/// # Errors
///
/// When a folder cannot be listed or the age of a file not be told.
pub fn read(root: &Path, age: Age) -> Result<Summaries, Error> {
    let (mut read, mut dated) = (Summaries::default(), Vec::<(_, Counted)>::new());
    for path in file::find(root, "summary.json")? {
        match counted(&path, age) {
            Ok(Some(counted)) if dated.iter().any(|(_, other)| other.benchmark == counted.benchmark) => {
                read.refused.push(file::refused(&path, format!("another file is of {} as well", counted.benchmark)));
            }
            Ok(Some(counted)) => dated.push((written(&path)?, counted)),
            Ok(None) => {}
            Err(error) => read.refused.push(error),
        }
    }
    (read.counts, read.stale) = part(dated, |counted| &counted.benchmark);
    Ok(read)
}

/// Whether there is a summary below `root`.
///
/// # Errors
///
/// When a folder cannot be listed.
pub fn any(root: &Path) -> Result<bool, Error> {
    Ok(!file::find(root, "summary.json")?.is_empty())
}

fn counted(path: &Path, age: Age) -> Result<Option<Counted>, Error> {
    let refuse = |reason: String| file::refused(path, reason);
    let summary: Summary = serde_json::from_str(&file::read_text(path)?)
        .map_err(|error| refuse(format!("it is not as iai-callgrind or gungraun writes it ({error})")))?;
    let metric = match summary.version.as_str() {
        "6" => profile(&summary.profiles).and_then(|it| it.pointer("/summaries/total/summary/Callgrind/Ir/metrics")),
        "7" => profile(&summary.profiles).and_then(|it| it.pointer("/data/total/metrics/Ir/values")),
        version => return Err(refuse(format!("its schema is version {version}, and 6 and 7 are known"))),
    };
    let metric = metric.ok_or_else(|| refuse("it holds no instructions counted by callgrind".to_owned()))?;
    let Some(value) = value(metric, age) else { return Ok(None) };
    let instructions = value.get("Int").unwrap_or(value).as_u64().filter(|&count| count > 0);
    let instructions = instructions.ok_or_else(|| refuse(format!("{value} is no number of instructions")))?;
    let (group, function) = summary.module_path.rsplit_once("::").unwrap_or(("", &summary.module_path));
    let id = summary.id.filter(|id| !id.is_empty()).map_or_else(String::new, |id| format!(" {id}"));
    let benchmark = format!("{}/{function}{id}", group.replace("::", "/"));
    Ok(Some(Counted { group: file::one_line(group), benchmark: file::one_line(&benchmark), instructions }))
}

/// What callgrind came to, among the tools that ran.
fn profile(profiles: &Value) -> Option<&Value> {
    let is_callgrind = |it: &&Value| it.get("tool").and_then(Value::as_str) == Some("Callgrind");
    profiles.as_array()?.iter().find(is_callgrind)
}

/// One of the two values of a metric. Schema 6 has `Left` for the new one alone, `Right` for the old one, `Both` for the
/// two; schema 7 has `new` and `old`.
fn value(metric: &Value, age: Age) -> Option<&Value> {
    let (place, alone, named) = match age {
        Age::New => (0, "Left", "new"),
        Age::Old => (1, "Right", "old"),
    };
    metric.get("Both").and_then(|both| both.get(place)).or_else(|| metric.get(alone)).or_else(|| metric.get(named))
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
        let told = |age| {
            let read = read(root.path(), age).unwrap();
            assert!(read.refused.is_empty(), "{read:?}");
            read.counts.into_iter().map(|it| (it.benchmark, it.instructions)).collect::<Vec<_>>()
        };
        let name = |name: &str| format!("bench/group/{name}");
        assert_eq!(told(Age::New), [(name("sum x"), 110), (name("max"), 5), (name("min"), 7)]);
        assert_eq!(told(Age::Old), [(name("sum x"), 100), (name("min"), 9), (name("gone"), 9)]);
        assert!(any(root.path()).unwrap() && !any(&root.path().join("nowhere")).unwrap());
    }

    #[test]
    fn what_cannot_be_used_is_said() {
        let root = tempfile::tempdir().unwrap();
        let cases = [
            ("{", "not as iai-callgrind or gungraun writes it"),
            (&seven("m", r#"{"new":0}"#), "0 is no number of instructions"),
            (&seven("m", r#"{"new":1.5}"#), "1.5 is no number of instructions"),
            (&seven("m", "7").replace("\"7\"", "\"8\""), "version 8, and 6 and 7 are known"),
            (&seven("m", "7").replace("Callgrind", "DHAT"), "no instructions counted"),
        ];
        for (text, expected) in cases {
            put(root.path(), "a", text);
            let read = read(root.path(), Age::New).unwrap();
            let [error] = &read.refused[..] else { panic!("{text}: {read:?}") };
            assert!(error.to_string().contains(expected), "{error}");
        }
    }
}
