//! Reads the `summary.json` files that iai-callgrind 0.16 leaves under `target/iai`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Deserialize;

use super::{Error, file};
use crate::model::BenchmarkId;

/// The version of the summary's schema that iai-callgrind 0.16 writes.
const VERSION: &str = "6";

/// The bench file whose summaries are ours; other packages may share the folder.
const BENCH_FILE: &str = "benches/callgrind.rs";

/// Between a group and its function, and between two parameters: identifiers know no other punctuation.
const SEPARATOR: &str = "__";

/// The id of a benchmark without parameters.
const PLAIN: &str = "plain";

/// The instructions of one benchmark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// The file that it was read from.
    pub path: PathBuf,
    /// What was counted.
    pub benchmark: BenchmarkId,
    /// Instructions in user space; above zero.
    pub instructions: u64,
}

#[derive(Deserialize)]
struct Head {
    version: String,
}

#[derive(Deserialize)]
struct Summary {
    benchmark_file: PathBuf,
    function_name: String,
    id: Option<String>,
    profiles: Vec<Profile>,
}

#[derive(Deserialize)]
struct Profile {
    summaries: Summaries,
}

#[derive(Deserialize)]
struct Summaries {
    total: Total,
}

#[derive(Deserialize)]
struct Total {
    summary: Tool,
}

#[derive(Deserialize)]
enum Tool {
    Callgrind(Events),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Events {
    ir: Instructions,
}

#[derive(Deserialize)]
struct Instructions {
    metrics: Sides,
}

/// The newest run is on the left; on the right is the one before it.
#[derive(Deserialize)]
enum Sides {
    Left(Number),
    Right(serde::de::IgnoredAny),
    Both(Number, serde::de::IgnoredAny),
}

#[derive(Deserialize)]
enum Number {
    Int(u64),
}

/// The counts of all benchmarks below `root` that were made at `since` or later, each or why it is refused.
///
/// # Errors
///
/// When a folder cannot be listed or a file's age cannot be told.
pub fn read(root: &Path, since: SystemTime) -> Result<Vec<Result<Count, Error>>, Error> {
    Ok(newer(root, since)?.iter().filter_map(|path| count(path).transpose()).collect())
}

/// The summaries below `root` that were written at `since` or later.
fn newer(root: &Path, since: SystemTime) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    for path in file::find(root, "summary.json")? {
        let modified = fs::metadata(&path).and_then(|metadata| metadata.modified());
        if modified.map_err(|source| file::unreadable(&path, source))? >= since {
            found.push(path);
        }
    }
    Ok(found)
}

/// The count in one file; `None` when it is of another package.
fn count(path: &Path) -> Result<Option<Count>, Error> {
    let (summary, instructions) = summary(path)?;
    if !summary.benchmark_file.ends_with(BENCH_FILE) {
        return Ok(None);
    }
    let id = summary.id.unwrap_or_default();
    let benchmark = name(&summary.function_name, &id).ok_or_else(|| {
        let function = summary.function_name;
        let reason =
            format!("`{function}` with the id `{id}` names no benchmark (group__function, name_value__name_value)");
        file::refused(path, reason)
    })?;
    Ok(Some(Count { path: path.to_owned(), benchmark, instructions }))
}

/// What one file says, and the instructions of the newest run in it.
fn summary(path: &Path) -> Result<(Summary, u64), Error> {
    let text = file::read_text(path)?;
    let refuse = |reason: String| file::refused(path, reason);
    let strange = |error: serde_json::Error| refuse(format!("it is not as iai-callgrind writes it ({error})"));
    let version = serde_json::from_str::<Head>(&text).map_err(strange)?.version;
    if version != VERSION {
        return Err(refuse(format!("its version is {version} and not the {VERSION} of iai-callgrind 0.16")));
    }
    let mut summary: Summary = serde_json::from_str(&text).map_err(strange)?;
    let metrics = summary.profiles.drain(..).next().map(|profile| {
        let Tool::Callgrind(events) = profile.summaries.total.summary;
        events.ir.metrics
    });
    match metrics {
        Some(Sides::Left(Number::Int(instructions)) | Sides::Both(Number::Int(instructions), _))
            if instructions > 0 =>
        {
            Ok((summary, instructions))
        }
        _ => Err(refuse("it counts no instruction of the newest run".to_owned())),
    }
}

/// `group__function` and `name_value__name_value` as a benchmark of ours; `None` for names of another form.
pub fn name(function_name: &str, id: &str) -> Option<BenchmarkId> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_which_benchmark_was_counted() {
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
            assert_eq!(name(function, id), expected, "{function} {id}");
        }
    }
}
