//! The formats that are read, a module each: one list, from which the command line, detection, help and docs follow.

mod asv;
mod bencher;
mod benchmark_dot_net;
mod bmf;
pub mod callgrind;
mod critcmp;
pub mod criterion;
mod csv;
mod github_action_benchmark;
mod go;
mod google_benchmark;
mod hyperfine;
mod interchange;
mod jmh;
mod libtest;
mod perfgate;
mod pyperf;
mod pytest_benchmark;
mod zenbench;

use std::borrow::Cow;

use serde::de::IgnoredAny;

use super::builder::{Assumed, Builder};
use super::error::Error;
use super::file::{Source, find};
use super::format::{self, ImportFormat, Probe, delimiter};
use super::spread::number;
use crate::model::Interchange;

/// Every format that is read.
pub const FORMATS: &[&ImportFormat] = &[
    &github_action_benchmark::DATA,
    &github_action_benchmark::ARRAY,
    &bencher::FORMAT,
    &libtest::FORMAT,
    &bmf::FORMAT,
    &bmf::PARAMETERS,
    &criterion::FORMAT,
    &critcmp::FORMAT,
    &callgrind::IAI_CALLGRIND,
    &callgrind::GUNGRAUN,
    &hyperfine::FORMAT,
    &pyperf::FORMAT,
    &pytest_benchmark::FORMAT,
    &asv::FORMAT,
    &jmh::FORMAT,
    &benchmark_dot_net::FORMAT,
    &google_benchmark::FORMAT,
    &zenbench::FORMAT,
    &perfgate::FORMAT,
    &go::FORMAT,
    &go::EVENTS,
    &csv::PLAIN,
    &csv::LONG,
    &csv::WIDE,
    &interchange::FORMAT,
];

pub fn format(name: &str) -> Option<&'static ImportFormat> {
    FORMATS.iter().copied().find(|format| format.name == name)
}

/// The format of a source, by its content alone.
pub fn detect(source: &Source) -> Result<&'static ImportFormat, Error> {
    let probe = Probe::new(source);
    let found: Vec<_> = FORMATS.iter().copied().filter(|format| (format.detect)(&probe)).collect();
    match found[..] {
        [format] => Ok(format),
        _ => {
            let formats = found.iter().map(|format| format.name).collect();
            let undetected = |file| Error::Undetected { file, formats };
            let what = unread(source, &probe).filter(|_| found.is_empty());
            Err(what.map_or_else(|| undetected(source.name()), |what| Error::Unread { file: source.name(), what }))
        }
    }
}

/// What a source is that is known and not read, and how to get one that is.
fn unread(source: &Source, probe: &Probe<'_>) -> Option<Cow<'static, str>> {
    if let Source::Folder(root) = source {
        let is_cbor = find(root, "benchmark.cbor").is_ok_and(|found| !found.is_empty());
        let what = if is_cbor {
            "it is what `cargo criterion` keeps, which is not read; measure with `cargo bench` and import target/criterion"
        } else {
            "the folder holds no result of criterion, iai-callgrind, gungraun or asv, the formats that are read from a folder; \
             of other formats name the files (`parcost import --help` lists all), of stored runs the folder with --results"
        };
        return Some(what.into());
    }
    let Ok(text) = source.text() else {
        return Some(
            "it is not a text in UTF-8 or UTF-16; unpack it if it is an archive, else save it as UTF-8".into(),
        );
    };
    let begin = text.trim_start();
    if begin.is_empty() {
        return Some("the file is empty; measure again".into());
    }
    let lines = || text.lines().take(UNREAD_LINES);
    let has = |parts: &[&str]| lines().any(|line| parts.iter().all(|part| line.contains(part)));
    if let Some((_, what)) = UNREAD.iter().find(|(marks, _)| has(marks)) {
        return Some((*what).into());
    }
    if !format::begins_as_json(begin) {
        return table(text, probe);
    }
    let damage = serde_json::from_str::<IgnoredAny>(begin).err()?;
    Some(format!("it is not whole JSON ({damage}); measure or download it again, to the end").into())
}

/// What a table lacks whose lines have as many cells.
fn table(text: &str, probe: &Probe<'_>) -> Option<Cow<'static, str>> {
    let sign = char::from(delimiter(text));
    let cells = |row: &'_ str| row.split(sign).map(|cell| number(cell.trim().trim_matches('"')).is_some()).collect();
    let mut rows = format::rows(text).map(cells);
    let (first, second): (Vec<bool>, Vec<bool>) = (rows.next()?, rows.next()?);
    if first.len() < 2 || first.len() != second.len() {
        return None;
    }
    if !second.contains(&true) {
        let has_digits = |row: &str| row.split(sign).skip(1).any(|cell| cell.starts_with(|c: char| c.is_ascii_digit()));
        let what =
            "it is a table without a number; write numbers alone, and their unit into the title, as in `decode (ms)`";
        return format::rows(text).nth(1).is_some_and(has_digits).then_some(what.into());
    }
    if first.contains(&true) {
        let what = "it is a table without a header; put a line with the names of its columns before the others, one of \
                    `series,index,value`, `time,commit,benchmark,value,unit` and `time` with a name for each series";
        return Some(what.into());
    }
    let lacking = |needed: &[&'static str]| -> Vec<&str> {
        let lacking: Vec<_> = needed.iter().copied().filter(|column| !probe.has_columns(&[*column])).collect();
        if lacking.len() < needed.len() { lacking } else { Vec::new() }
    };
    let lacking = [&csv::PLAIN_COLUMNS[..], &csv::LONG_NEEDED].map(lacking).into_iter().filter(|all| !all.is_empty());
    let lacking = lacking.min_by_key(Vec::len).map_or("its columns are not known".to_owned(), |columns| {
        format!("it has no column `{}`", columns.join("` and no column `"))
    });
    let what = "call its columns `series`, `index` and `value`, or `benchmark`, `value`, `unit` and `time`, `commit` or `order`, or \
                `time` and a name for each series";
    Some(format!("it is a table, and {lacking}; {what}").into())
}

/// What stands in one line of texts and tables that are not read, and what to do in place of them.
const UNREAD: &[(&[&str], &str)] = &[
    (
        &["time:   ["],
        "it is the text of Criterion; import its folder, target/criterion, or run the benchmarks with --output-format bencher",
    ),
    (
        &["fastest", "slowest", "median", "mean"],
        "it is the table that divan prints, and divan has no output for machines; measure with Criterion or write csv-long",
    ),
    (&["command,mean,stddev"], HYPERFINE),
    (&["| Command |", "Mean ["], HYPERFINE),
    (&["name,iterations,real_time,cpu_time"], GOOGLE),
    (&["Benchmark", "Time", "CPU", "Iterations"], GOOGLE),
    (&["Run on (", "CPU"], GOOGLE),
    (
        &["Benchmark", "Mode", "Score", "Unit"],
        "it is a table of JMH; run the benchmarks with -rf json, and import that file",
    ),
    (&["Method", "Mean", "Error"], DOT_NET),
    (
        &[" ops/sec ±", "sampled)"],
        "it is what Benchmark.js prints; github-action-benchmark takes it with the tool `benchmarkjs`, and its data.js is read",
    ),
    (
        &["\"BenchmarkTools\""],
        "it is the JSON of Julia's BenchmarkTools; github-action-benchmark takes it with the tool `julia`, and its data.js is read",
    ),
    (&["  Instructions: "], VALGRIND),
    (&["  Total bytes: "], VALGRIND),
    (&["  Suppressed Errors: "], VALGRIND),
    (
        &["test result: ", " 0 measured"],
        "it is the output of libtest without a benchmark; run `cargo bench`, and import what it prints",
    ),
    (&["<Catch2TestRun"], CATCH2),
    (&["benchmark name", "samples", "iterations", "est"], CATCH2),
    (
        &["\"median(elapsed)\""],
        "it is the JSON of nanobench, which is not read; let its template write rows of csv-long",
    ),
    (&["sec/op", "vs base"], BENCHSTAT),
    (&["old time/op", "new time/op"], BENCHSTAT),
    (&["ok  \t"], "it is the output of `go test` without a benchmark; run it with -bench"),
    (&["\"point_estimate\""], CRITERION),
    (&["\"sampling_mode\""], CRITERION),
    (&["\"group_id\"", "\"full_id\""], CRITERION),
    (&["<html"], HTML),
    (&["<!DOCTYPE html"], HTML),
];
const BENCHSTAT: &str = "it is the table of benchstat; import the files of `go test -bench` that it compared";
const CRITERION: &str = "it is one file of what Criterion leaves; import the folder, target/criterion";
const HTML: &str = "it is a web page; download the file itself, in its raw form";
const HYPERFINE: &str = "it is a table of hyperfine; export with --export-json, and import that file";
const DOT_NET: &str =
    "it is a table of BenchmarkDotNet; run the benchmarks with --exporters json, and import that file";
const VALGRIND: &str =
    "it is what gungraun or iai-callgrind prints; run the benchmarks with --save-summary=json, and import their folder";
const CATCH2: &str = "it is what Catch2 writes, which is not read; github-action-benchmark takes it with the tool `catch2`, and its \
                      data.js is read";
const GOOGLE: &str = "it is what Google Benchmark prints; run it with --benchmark_out=FILE --benchmark_out_format=json, and import \
                      that file";

/// Lines in which a text shows what it is.
const UNREAD_LINES: usize = 1_000;

/// Reads sources of one format, in the order of their commits, as one history.
///
/// Fails when a source is not in the format, holds nothing, or holds a value that is NaN, infinite or below zero; when nothing
/// says which way any of the series is better. A series of which that is not known, among others of which it is, is
/// skipped with a remark.
pub fn read(format: &ImportFormat, sources: &[Source], assumed: &Assumed) -> Result<Interchange, Error> {
    let mut builder = Builder::new(format.name, assumed);
    for (at, source) in sources.iter().enumerate() {
        builder.open(&source.name());
        if sources[..at].iter().any(|before| before.has_content_of(source)) {
            builder.warn("it is the same as a file before it, and counts as another run");
        }
        (format.read)(source, &mut builder).map_err(|error| or_another(error, format, sources))?;
        if sources.len() > 1 {
            builder.close();
        }
    }
    builder.finish().map_err(|error| or_another(error, format, sources))
}

/// An error of a reader, and the format that a source looks like where that is another one: of some of them, or of all.
fn or_another(error: Error, format: &ImportFormat, sources: &[Source]) -> Error {
    let is_strange = matches!(error, Error::NotInFormat { .. } | Error::Empty { .. } | Error::AllSkipped { .. });
    if !is_strange {
        return error;
    }
    let found = |source: &Source| Some((source.name(), detect(source).ok()?.name));
    let (same, others): (Vec<_>, Vec<_>) =
        sources.iter().filter_map(found).partition(|(_, found)| *found == format.name);
    match (same.into_iter().next(), others.into_iter().next()) {
        (Some((file, format)), Some((other, found))) => Error::Mixed { file, format, other, found },
        (None, Some((_, found))) => Error::Other { error: Box::new(error), found },
        (_, None) => error,
    }
}
