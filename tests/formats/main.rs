//! Files of other tools: read as expected, refused aloud, written and read back, and never a panic.
//!
//! The bytes of every reader can be spoiled for as long as wanted, ten minutes with
//! `PROPTEST_CASES=200000 cargo test --test formats spoiled`.

mod any;
mod bad_items;
mod hostile;
mod read_again;
mod tables;

use std::fs;
use std::path::{Path, PathBuf};

use parcost::rooms::ingest::{self, Assumed, ImportFormat, Source};
use parcost::rooms::model::{Direction, Interchange, InterchangePoint, InterchangeSeries, Remark, made};
use parcost::rooms::{export, ingest::FORMATS};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// The fixture of a format: the file that is called like it, of any extension; for Criterion the folder of a session.
fn path(format: &ImportFormat) -> PathBuf {
    if format.name == "criterion" {
        return fixtures().join("ingest/criterion");
    }
    let entries = std::fs::read_dir(fixtures().join("formats")).expect("the fixtures can be listed");
    let mut paths = entries.map(|entry| entry.expect("the fixtures can be listed").path());
    paths
        .find(|path| path.file_stem().is_some_and(|stem| stem == format.name))
        .unwrap_or_else(|| panic!("add a fixture tests/fixtures/formats/{}.*", format.name))
}

fn source(format: &ImportFormat) -> Source {
    Source::open(&path(format)).expect("the fixture is there")
}

fn read(format: &str, source: Source, assumed: &Assumed) -> Result<Interchange, ingest::Error> {
    ingest::read(ingest::format(format).expect("a name in the list"), &[source], assumed)
}

fn write(format: &str, history: &Interchange) -> Result<export::Written, export::Error> {
    export::write(export::format(format).expect("a name in the list"), history)
}

fn detect(source: &Source) -> Result<&'static str, ingest::Error> {
    ingest::detect(source).map(|format| format.name)
}

fn lower() -> Assumed {
    Assumed { better: Some(Direction::LowerIsBetter), unit: None }
}

fn text(name: &str, text: &str) -> Source {
    Source::of(name, text.as_bytes().to_vec()).expect("it is small")
}

/// The history with what no reader of the form could know taken away: remarks, source, the order of the series.
fn essence(mut history: Interchange) -> Interchange {
    history.source.clear();
    history.remarks.clear();
    let key = |series: &InterchangeSeries| format!("{:?}", InterchangeSeries { points: Vec::new(), ..series.clone() });
    history.series.sort_by_key(key);
    history
}

#[test]
fn every_fixture_is_read_as_the_snapshot_says() {
    let mut all = String::new();
    for format in FORMATS {
        let assumed = if format.name == "github-action-benchmark" { Assumed::default() } else { lower() };
        let history = read(format.name, source(format), &assumed).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(history.check(), Ok(()));
        all += &format!("{}\n\n", lines(&history));
    }
    insta::assert_snapshot!("read", all);
}

/// A history in lines: a series with all that distinguishes it from others, its points, and what was done to it.
fn lines(history: &Interchange) -> String {
    let mut lines = vec![format!("format {}", history.source)];
    for InterchangeSeries { suite, name, metric, machine, branch, unit, direction, points, form: _ } in &history.series
    {
        let parts = [("suite", suite), ("metric", metric), ("machine", machine), ("branch", branch), ("unit", unit)];
        let parts = parts.iter().filter_map(|(title, part)| Some(format!("{title} {}", part.as_ref()?)));
        lines.push(format!("{name}: {}, {} is better", parts.collect::<Vec<_>>().join(", "), direction.better()));
        for InterchangePoint { order, commit, time, value, low, high, samples, .. } in points {
            let commit = commit.as_ref().map(|commit| commit.trim_start_matches('0'));
            let parts = [order.map(|order| format!("#{order}")), commit.map(str::to_owned), time.clone()];
            let mut line: Vec<String> = parts.into_iter().flatten().collect();
            line.push(format!("{value}"));
            line.extend(low.zip(*high).map(|(low, high)| format!("({low} to {high})")));
            line.extend((!samples.is_empty()).then(|| format!("of {samples:?}")));
            lines.push(format!("    {}", line.join(" ")));
        }
    }
    let remarks = history.remarks.iter();
    let folder = format!("{}/", fixtures().join("formats").display());
    lines.extend(remarks.map(|remark| format!("{:?} {}: {}", remark.kind, remark.about.join(", "), remark.text)));
    lines.join("\n").replace(&folder, "")
}

#[test]
fn every_fixture_is_recognized_by_its_content() {
    for format in FORMATS {
        assert_eq!(detect(&source(format)).ok(), Some(format.name));
    }
    assert_eq!(detect(&Source::Folder(fixtures().join("ingest/iai"))).ok(), Some("iai-callgrind"));
}

#[test]
fn the_docs_list_every_format() {
    let docs = include_str!("../../docs/formats.md");
    let rows: Vec<Vec<&str>> = docs.lines().map(|line| line.split('|').map(str::trim).collect()).collect();
    let names = || FORMATS.iter().map(|format| format.name).chain(export::FORMATS.iter().map(|format| format.name));
    for name in names() {
        let row = rows.iter().find(|row| row.get(1) == Some(&format!("`{name}`").as_str()));
        let row = row.unwrap_or_else(|| panic!("docs/formats.md: add a row for `{name}`"));
        let says =
            [ingest::format(name).is_some(), export::format(name).is_some()].map(|is| if is { "yes" } else { "no" });
        assert_eq!(row[3..5], says, "docs/formats.md: `{name}`");
    }
}

#[test]
fn an_ambiguous_or_unknown_file_asks_for_the_format() {
    let both = "test a ... bench: 1 ns/iter (+/- 0)\nBenchmarkA 1 1 ns/op\n";
    let cases = [
        (both, "x: it could be bencher or go; say which with --from"),
        ("hello", "x: unknown format; `parcost import --help` lists those that are read; say which it is with --from"),
        (" \n", "x: the file is empty"),
        ("[package]\nname = \"x\"\n", "unknown format"),
        ("[[bench]]\nname = \"x\"\n", "unknown format"),
        ("{}", "unknown format"),
        ("{\"a\":1}", "unknown format"),
        (
            r#"{"mean":{"point_estimate":1},"median":{"point_estimate":1},"slope":null}"#,
            "import the folder, target/criterion",
        ),
        ("{\"a\":[1", "it is not whole JSON (EOF while parsing a list at line 1"),
        ("\u{1f}\u{0}", "unknown format"),
    ];
    for (content, expected) in cases {
        let error = detect(&text("x", content)).expect_err(content).to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn files_of_several_formats_are_named_with_their_formats() {
    let data = r#"window.BENCHMARK_DATA = {"entries":{"a":[]}}"#;
    let run = r#"{"results":[{"command":"a","mean":1.0,"times":[1.0]}]}"#;
    let sources = [text("data.js", data), text("h1.json", run)];
    for (form, expected) in [
        ("github-action-benchmark", "data.js is in the format github-action-benchmark and h1.json in hyperfine"),
        ("hyperfine", "h1.json is in the format hyperfine and data.js in github-action-benchmark"),
    ] {
        let error = ingest::read(ingest::format(form).unwrap(), &sources, &lower()).expect_err(form).to_string();
        assert!(error.contains(expected) && error.contains("only files of one format"), "{error}");
    }
}
