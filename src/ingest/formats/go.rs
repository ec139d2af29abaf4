//! The benchmark text of Go, which benchstat reads: `key: value` lines, `Unit` lines, and a row a measurement.
//!
//! Repeated rows are measurements of one series. A `commit:` line starts another commit, so that a text can hold a
//! history.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde::Deserialize;

use crate::ingest::builder::{Builder, Observation, Place, Revision};
use crate::ingest::error::Error;
use crate::ingest::file::{Source, one_line};
use crate::ingest::format::ImportFormat;
use crate::ingest::json::{lines, text_of};
use crate::ingest::unit;
use crate::model::{Direction, RemarkKind};

pub(super) const FORMAT: ImportFormat = ImportFormat {
    name: "go",
    about: "the benchmark text of Go, which benchstat reads",
    detect: |probe| probe.has_line(is_row),
    read,
};

pub(super) const EVENTS: ImportFormat = ImportFormat {
    name: "go-json",
    about: "the lines of JSON of `go test -json -bench`",
    detect: |probe| probe.has_json_line(&["Action", "Package"]),
    read: read_events,
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    #[serde(default)]
    action: String,
    #[serde(default)]
    package: String,
    test: Option<String>,
    #[serde(default)]
    output: String,
}

/// What every name begins with; it is taken off.
const PREFIX: &str = "Benchmark";

/// What stands before the name of a benchmark that failed or was skipped, and why it has no value.
const WITHOUT_VALUE: [(&str, &str); 2] = [
    ("--- FAIL: Benchmark", "it failed, so that there is no value of it"),
    ("--- SKIP: Benchmark", "it skipped itself, so that there is no value of it"),
];

const FAILED_PACKAGE: &str = "FAIL\t";
const PACKAGE_FAILED: &str = "the package failed, so that benchmarks of it may be missing";

/// How many processors a benchmark has, which stands behind its name.
const PROCESSORS: &str = "GOMAXPROCS";

/// The configuration that begins the output of another package or commit, and the lines that end the output of one.
const FIRST_KEYS: [&str; 3] = ["goos", "pkg", "commit"];
const LAST_LINES: [&str; 2] = ["PASS", "FAIL"];

/// Keys of the configuration that have a place in a history.
const KEYS: [&str; 9] = ["pkg", "commit", "commit-time", "time", "machine", "branch", "goos", "goarch", "cpu"];
/// Other keys that are kept to distinguish rows, and lines of configuration in one file.
const OTHER_KEYS_MAX: usize = 8;
const CONFIGURATION_LINES_MAX: usize = 500_000;

/// Whether a line begins as a measurement does: a name, a number of iterations, a value and its unit.
fn is_row(line: &str) -> bool {
    let fields: Vec<&str> = line.split_whitespace().collect();
    line.starts_with(PREFIX) && fields.len() >= 4 && fields[1].parse::<u64>().is_ok()
}

struct Row {
    place: Place,
    configuration: Rc<BTreeMap<String, String>>,
    name: String,
    value: f64,
    unit: String,
}

fn read(source: &Source, builder: &mut Builder) -> Result<(), Error> {
    let lines = builder.text(source)?.lines().enumerate();
    read_lines(lines.map(|(line, text)| (Place::Line(line + 1), text)), builder)
}

/// Puts the output of each package together again: a row of it is in several events, between those of other packages.
fn read_events(source: &Source, builder: &mut Builder) -> Result<(), Error> {
    let mut packages: Vec<(String, Vec<(Place, String)>)> = Vec::new();
    for (place, text) in lines(builder.text(source)?) {
        let Some(event) = builder.item::<Event>(place, text, || text_of(text, "Package")) else { continue };
        if event.action == "fail" && event.test.is_none() && !event.package.is_empty() {
            builder.remark(RemarkKind::Skipped, &event.package, PACKAGE_FAILED);
        }
        let at = packages.iter().position(|(package, _)| *package == event.package).unwrap_or_else(|| {
            packages.push((event.package, Vec::new()));
            packages.len() - 1
        });
        let output = &mut packages[at].1;
        for part in event.output.split_inclusive('\n') {
            match output.last_mut().filter(|(_, line)| !line.ends_with('\n')) {
                Some((_, line)) => line.push_str(part),
                None => output.push((place, part.to_owned())),
            }
        }
    }
    let all = || packages.iter().flat_map(|(_, output)| output);
    read_lines(all().map(|(place, line)| (*place, line.trim_end_matches(['\r', '\n']))), builder)
}

fn read_lines<'t>(lines: impl Iterator<Item = (Place, &'t str)>, builder: &mut Builder) -> Result<(), Error> {
    let mut configuration: Rc<BTreeMap<String, String>> = Rc::default();
    let mut directions: BTreeMap<String, Direction> = BTreeMap::new();
    let (mut rows, mut configuration_lines) = (Vec::new(), 0);
    // The benchmark whose row begins and has not ended: what it prints stands between its name and its values.
    let mut split: Option<(Place, &str)> = None;
    for (place, text) in lines {
        builder.stand_at(place);
        let fields: Vec<&str> = text.split_whitespace().collect();
        let pair = key_value(text);
        if LAST_LINES.contains(&text)
            || text.starts_with(FAILED_PACKAGE)
            || pair.is_some_and(|(key, _)| FIRST_KEYS.contains(&key))
        {
            say_split(split.take(), builder);
            builder.stand_at(place);
        }
        if let Some((key, value)) = pair.filter(|_| split.is_none()) {
            let others = configuration.keys().filter(|known| !KEYS.contains(&known.as_str())).count();
            if !KEYS.contains(&key) && !configuration.contains_key(key) && others >= OTHER_KEYS_MAX {
                builder.remark(RemarkKind::Skipped, key, "the file has more keys than are kept to distinguish rows");
                continue;
            }
            configuration_lines += 1;
            if configuration_lines > CONFIGURATION_LINES_MAX {
                let reason = format!("it has more than {CONFIGURATION_LINES_MAX} lines of configuration; split it");
                return Err(builder.invalid(reason));
            }
            Rc::make_mut(&mut configuration).insert(key.to_owned(), value.to_owned());
        } else if fields.first() == Some(&"Unit") && fields.len() > 1 {
            let better = fields.iter().find_map(|field| field.strip_prefix("better="));
            match better {
                Some("lower") => drop(directions.insert(fields[1].to_owned(), Direction::LowerIsBetter)),
                Some("higher") => drop(directions.insert(fields[1].to_owned(), Direction::HigherIsBetter)),
                _ => {}
            }
        } else if let Some((name, why)) = without_value(text) {
            split = None;
            builder.remark(RemarkKind::Skipped, name, why);
        } else if let Some((name, row)) = row_of(&fields, &split) {
            say_split(split.take().filter(|(_, before)| *before != name), builder);
            builder.stand_at(place);
            let mut units = BTreeSet::new();
            for pair in row.chunks_exact(2) {
                if !units.insert(pair[1]) {
                    builder.skip(name, &format!("its row has {} twice; the first is kept", one_line(pair[1])));
                    continue;
                }
                let Ok(value) = pair[0].parse() else {
                    builder.skip(name, &format!("`{}` is not a number", one_line(pair[0])));
                    continue;
                };
                let (name, unit, configuration) = (name.to_owned(), pair[1].to_owned(), Rc::clone(&configuration));
                builder.check_room(rows.len(), 0)?;
                rows.push(Row { place, configuration, name, value, unit });
            }
        } else if let Some(name) = begun(text, &fields) {
            say_split(split.replace((place, name)), builder);
        }
    }
    say_split(split, builder);
    add_all(rows, &directions, builder)
}

/// The name of a benchmark that says why it has no value, which its own name may stand before, or of a package that failed.
fn without_value(text: &str) -> Option<(&str, &'static str)> {
    if let Some(package) = text.strip_prefix(FAILED_PACKAGE).and_then(|rest| rest.split_whitespace().next()) {
        return Some((package, PACKAGE_FAILED));
    }
    WITHOUT_VALUE.iter().find_map(|(mark, why)| Some((text.split_once(mark)?.1.trim(), *why)))
}

/// The name and the pairs of a row; where its name is in a line before, its iterations begin the line, and every other
/// line that begins with a number is of a log.
fn row_of<'t, 'f>(fields: &'f [&'t str], split: &Option<(Place, &'t str)>) -> Option<(&'t str, &'f [&'t str])> {
    let own = fields.first()?.strip_prefix(PREFIX);
    let (name, rest) = match own {
        Some(name) => (name, &fields[1..]),
        None => (split.as_ref()?.1, fields),
    };
    let (iterations, pairs) = rest.split_first()?;
    let is_number = |pair: &[&str]| pair[0].parse::<f64>().is_ok();
    let is_rate = |pair: &[&str]| ["/op", "/s"].iter().any(|end| pair[1].ends_with(end));
    let mut each = pairs.chunks_exact(2);
    let is_measured = match own {
        Some(_) => each.any(|pair| is_number(pair) || is_rate(pair)),
        None => each.clone().all(is_number) && each.any(is_rate),
    };
    (iterations.parse::<u64>().is_ok() && pairs.len().is_multiple_of(2) && is_measured).then_some((name, pairs))
}

/// The name of a row that begins here and is not whole: Go puts a tab behind it before the benchmark runs.
fn begun<'t>(text: &str, fields: &[&'t str]) -> Option<&'t str> {
    let (field, name) = (fields.first()?, fields.first()?.strip_prefix(PREFIX)?);
    let is_alone = text.trim_start().strip_prefix(field)?.trim_start_matches(' ').starts_with('\t');
    let is_prose = name.starts_with(char::is_lowercase) || fields.len() < 4;
    (is_alone || !is_prose).then_some(name)
}

fn say_split(split: Option<(Place, &str)>, builder: &mut Builder) {
    if let Some((place, name)) = split {
        builder.stand_at(place);
        builder.skip(
            name,
            "its row of name, iterations and pairs of value and unit is not whole: it failed, or a log stands in it",
        );
    }
}

fn add_all(rows: Vec<Row>, directions: &BTreeMap<String, Direction>, builder: &mut Builder) -> Result<(), Error> {
    let processors = common_processors(&rows);
    if let Some(suffix) = &processors {
        builder.remark(RemarkKind::Changed, suffix, "all names ended in this number of processors; it was taken off");
    }
    let differing = differing_keys(&rows);
    for key in &differing {
        builder.remark(
            RemarkKind::Changed,
            key,
            "rows of one commit differ in it: each of its values has its own series",
        );
    }
    let (mut commit_before, mut configured) = (None, None);
    for row in rows {
        if !configured.is_some_and(|before| Rc::ptr_eq(&before, &row.configuration)) {
            let is_kept = |(key, _): &(&String, &String)| !KEYS.contains(&key.as_str()) && !differing.contains(*key);
            let kept = row.configuration.iter().filter(is_kept);
            builder.stand_at(row.place);
            let processors = processors.iter().map(|suffix| (PROCESSORS.to_owned(), suffix.clone()));
            builder.configure(kept.map(|(key, value)| (key.clone(), value.clone())).chain(processors).collect());
        }
        configured = Some(Rc::clone(&row.configuration));
        let said = |key: &str| row.configuration.get(key).filter(|value| !value.is_empty()).cloned();
        let commit = said("commit");
        if commit_before.as_ref() != Some(&commit) {
            let time = said("commit-time").or_else(|| said("time"));
            builder.enter(row.place, Revision { order: None, commit: commit.clone(), time });
            commit_before = Some(commit);
        }
        builder.stand_at(row.place);
        let bare = processors.as_deref().and_then(|suffix| row.name.strip_suffix(suffix)).unwrap_or(&row.name);
        let values = differing.iter().filter_map(|key| Some(format!("/{key}={}", row.configuration.get(key)?)));
        let name = format!("{}{}", if bare.is_empty() { PREFIX } else { bare }, values.collect::<String>());
        let (metric, unit) = quantity(&row.unit);
        builder.add(Observation {
            suite: said("pkg"),
            name,
            metric,
            machine: said("machine").or_else(|| machine(&row.configuration)),
            branch: said("branch"),
            direction: directions.get(&row.unit).copied(),
            unit: Some(unit),
            value: row.value,
            ..Observation::default()
        })?;
    }
    Ok(())
}

/// The keys without a place in a history in which rows of one commit differ: `toolchain: Base`, `toolchain: Tip`.
fn differing_keys(rows: &[Row]) -> BTreeSet<String> {
    let all = rows.iter().flat_map(|row| row.configuration.keys());
    let others: BTreeSet<&String> = all.filter(|key| !KEYS.contains(&key.as_str())).collect();
    let differs = |key: &&String| {
        let mut first: BTreeMap<Option<&String>, Option<&String>> = BTreeMap::new();
        rows.iter().any(|row| {
            let value = row.configuration.get(*key);
            *first.entry(row.configuration.get("commit")).or_insert(value) != value
        })
    };
    others.into_iter().filter(differs).cloned().collect()
}

/// `-8` where all names end in it; where they differ, it distinguishes them and stays.
fn common_processors(rows: &[Row]) -> Option<String> {
    let suffix = |row: &Row| {
        let (_, digits) = row.name.rsplit_once('-')?;
        (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| format!("-{digits}"))
    };
    let suffixes: BTreeSet<Option<String>> = rows.iter().map(suffix).collect();
    if suffixes.len() == 1 { suffixes.into_iter().next().flatten() } else { None }
}

/// The metric and the unit of a row: `p99-ns/op` is a metric of its own in a known unit; times alone have none.
fn quantity(text: &str) -> (Option<String>, String) {
    if unit::is_known(text) {
        let base = unit::base(text).unit;
        return ((base != "ns").then_some(base), text.to_owned());
    }
    match text.rsplit_once('-') {
        Some((metric, unit)) if !metric.is_empty() && unit::is_known(unit) => {
            (Some(metric.to_owned()), unit.to_owned())
        }
        _ => (Some(text.to_owned()), text.to_owned()),
    }
}

fn machine(configuration: &BTreeMap<String, String>) -> Option<String> {
    let said: Vec<&str> =
        ["goos", "goarch", "cpu"].iter().filter_map(|key| configuration.get(*key).map(String::as_str)).collect();
    (!said.is_empty()).then(|| said.join(" "))
}

/// A configuration line: a key without capitals or spaces, a colon, and a value.
fn key_value(text: &str) -> Option<(&str, &str)> {
    let (key, value) = text.split_once(':')?;
    let is_key = key.starts_with(char::is_lowercase) && !key.contains(|c: char| c.is_uppercase() || c.is_whitespace());
    let is_apart = value.is_empty() || value.starts_with([' ', '\t']);
    (is_key && is_apart).then(|| (key, value.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_may_carry_a_metric() {
        let cases = [
            ("ns/op", None, "ns/op"),
            ("sec/op", None, "sec/op"),
            ("B/op", Some("B/op"), "B/op"),
            ("MB/s", Some("B/s"), "MB/s"),
            ("p99-ns/op", Some("p99"), "ns/op"),
            ("efficiency-share", Some("efficiency"), "share"),
            ("fish-per-dish", Some("fish-per-dish"), "fish-per-dish"),
            ("-ns", Some("-ns"), "-ns"),
        ];
        for (text, metric, unit) in cases {
            assert_eq!(quantity(text), (metric.map(str::to_owned), unit.to_owned()), "{text}");
        }
    }

    #[test]
    fn keys_have_no_capitals_and_no_spaces() {
        assert_eq!(key_value("pkg: a/b"), Some(("pkg", "a/b")));
        assert_eq!(key_value("note:"), Some(("note", "")));
        for text in ["PASS: x", "ok a: b", "Benchmark: x", "a:b", "nothing"] {
            assert_eq!(key_value(text), None, "{text}");
        }
    }
}
