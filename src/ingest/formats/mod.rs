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

use super::builder::{Assumed, Builder};
use super::error::Error;
use super::file::{Source, find};
use super::format::{ImportFormat, Probe};
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

/// The format of that name.
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
            let what = unread(source).filter(|_| found.is_empty());
            Err(what.map_or_else(|| undetected(source.name()), |what| Error::Unread { file: source.name(), what }))
        }
    }
}

/// What a source is that is known and not read, and how to get one that is.
fn unread(source: &Source) -> Option<&'static str> {
    if let Source::Folder(root) = source {
        let is_cbor = find(root, "benchmark.cbor").is_ok_and(|found| !found.is_empty());
        return Some(if is_cbor {
            "it is what `cargo criterion` keeps, which is not read; measure with `cargo bench` and import target/criterion"
        } else {
            "the folder holds no result of criterion, iai-callgrind, gungraun or asv, the formats that are read from a folder; \
             of other formats name the files (`parcost import --help` lists all), of stored runs the folder with --results"
        });
    }
    let text = source.text().ok()?;
    if text.trim().is_empty() {
        return Some("it is empty; measure again, to the end");
    }
    let lines = || text.lines().take(UNREAD_LINES);
    let has = |parts: &[&str]| lines().any(|line| parts.iter().all(|part| line.contains(part)));
    UNREAD.iter().find(|(marks, _)| has(marks)).map(|(_, what)| *what)
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
    (&["sec/op", "vs base"], "it is the table of benchstat; import the files of `go test -bench` that it compared"),
];
const HYPERFINE: &str = "it is a table of hyperfine; export with --export-json, and import that file";
const GOOGLE: &str = "it is what Google Benchmark prints; run it with --benchmark_out=FILE --benchmark_out_format=json, and import \
                      that file";

/// Lines in which a text shows what it is.
const UNREAD_LINES: usize = 1_000;

/// Reads sources of one format, in the order of their commits, as one history.
///
/// # Errors
///
/// When a source is not in the format, holds nothing, or holds a value that is NaN, infinite or below zero; when nothing
/// says which way any of the series is better. A series of which that is not known, among others of which it is, is
/// skipped with a remark.
pub fn read(format: &ImportFormat, sources: &[Source], assumed: &Assumed) -> Result<Interchange, Error> {
    let mut builder = Builder::new(format.name, assumed);
    for source in sources {
        builder.open(&source.name());
        (format.read)(source, &mut builder)?;
    }
    builder.finish()
}
