//! Tells the form of a source from its content.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::json::Members;
use super::{Error, Form, Source};

/// How many lines are looked at before a text counts as none of the forms with lines.
const LINES_MAX: usize = 10_000;

/// The form that a source is of, told by its content alone.
///
/// # Errors
///
/// When it is of none that is known, or could be of several.
pub fn detect(source: &Source) -> Result<Form, Error> {
    let forms = if source.is_folder { folder(source) } else { file(source) };
    match forms[..] {
        [form] => Ok(form),
        _ => Err(Error::Undetected { file: source.name.clone(), forms }),
    }
}

fn folder(source: &Source) -> Vec<Form> {
    let has = |name: &str| source.files.iter().any(|file| file.name.ends_with(name));
    let mut forms = Vec::new();
    if has("new/benchmark.json") {
        forms.push(Form::Criterion);
    }
    if let Some(file) = source.files.iter().find(|file| file.name.ends_with("summary.json")) {
        forms.push(file.text(Form::IaiCallgrind).ok().and_then(json).unwrap_or(Form::IaiCallgrind));
    }
    forms
}

fn file(source: &Source) -> Vec<Form> {
    let Ok(text) = source.text(Form::History) else { return Vec::new() };
    let text = text.trim_start();
    if text.starts_with("window.BENCHMARK_DATA") {
        return vec![Form::GithubActionBenchmark];
    }
    if text.starts_with(['{', '[']) { json(text).into_iter().collect() } else { lines(text) }
}

fn lines(text: &str) -> Vec<Form> {
    let mut forms = Vec::new();
    let header: Vec<&str> = text.lines().next().unwrap_or_default().split(',').map(str::trim).collect();
    if ["series", "index", "value"].iter().all(|column| header.contains(column)) {
        forms.push(Form::Csv);
    }
    if ["benchmark", "value"].iter().all(|column| header.contains(column)) {
        forms.push(Form::CsvLong);
    }
    let mut of_lines = |form: Form, is_of: fn(&str) -> bool| {
        if text.lines().take(LINES_MAX).any(is_of) {
            forms.push(form);
        }
    };
    of_lines(Form::Bencher, |line| line.starts_with("test ") && line.contains("... bench:"));
    of_lines(Form::Go, |line| line.starts_with("Benchmark") && line.split_whitespace().count() >= 4);
    forms
}

/// The form of a JSON text, by the names of its members; of one in lines, by its first line.
fn json(text: &str) -> Option<Form> {
    if text.starts_with('[') {
        return Some(Form::GithubActionBenchmarkArray);
    }
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Members<Peek>>();
    let Members(members) = values.next()?.ok()?;
    let has = |name: &str| members.iter().any(|(key, _)| key == name);
    let inner = |name: &str, inner: &str| {
        members.iter().any(|(key, peek)| key == name && peek.names.iter().any(|name| name == inner))
    };
    let version = || members.iter().find(|(key, _)| key == "version").and_then(|(_, peek)| peek.text.clone());
    Some(if has("schema_version") && has("series") {
        Form::History
    } else if has("entries") && (has("lastUpdate") || has("repoUrl")) {
        Form::GithubActionBenchmark
    } else if has("profiles") && has("module_path") {
        if version().as_deref() == Some("7") { Form::Gungraun } else { Form::IaiCallgrind }
    } else if has("context") && has("benchmarks") {
        Form::GoogleBenchmark
    } else if inner("results", "command") {
        Form::Hyperfine
    } else if inner("benchmarks", "runs") {
        Form::Pyperf
    } else if has("benchmarks") && has("name") {
        Form::Critcmp
    } else if !members.is_empty() && members.iter().all(|(_, peek)| !peek.names.is_empty() && !peek.is_list) {
        Form::Bmf
    } else {
        return None;
    })
}

/// What a member of an object is: a text, or the names inside it (of its first element, if it is a list).
#[derive(Default)]
struct Peek {
    text: Option<String>,
    names: Vec<String>,
    is_list: bool,
}

impl<'de> Deserialize<'de> for Peek {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PeekVisitor)
    }
}

struct PeekVisitor;

impl<'de> serde::de::Visitor<'de> for PeekVisitor {
    type Value = Peek;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("anything")
    }

    fn visit_str<E>(self, text: &str) -> Result<Peek, E> {
        Ok(Peek { text: Some(text.to_owned()), ..Peek::default() })
    }

    fn visit_bool<E>(self, _: bool) -> Result<Peek, E> {
        Ok(Peek::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Peek, E> {
        Ok(Peek::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Peek, E> {
        Ok(Peek::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Peek, E> {
        Ok(Peek::default())
    }

    fn visit_unit<E>(self) -> Result<Peek, E> {
        Ok(Peek::default())
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Peek, A::Error> {
        let mut names = Vec::new();
        while let Some((name, IgnoredAny)) = map.next_entry::<String, IgnoredAny>()? {
            names.push(name);
        }
        Ok(Peek { names, ..Peek::default() })
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut list: A) -> Result<Peek, A::Error> {
        let names = list.next_element::<Peek>()?.map_or_else(Vec::new, |first| first.names);
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Peek { names, is_list: true, ..Peek::default() })
    }
}
