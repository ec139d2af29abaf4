//! One process of a Criterion bench target that measures one benchmark.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::Program;
use crate::ingest::criterion::{Record, records};
use crate::process::{self, Reach};

/// The fewest samples that Criterion takes.
const SAMPLES: &str = "10";

/// Resamples for estimates that are not read.
const RESAMPLES: &str = "1000";

/// What Criterion before 0.4 says of a time that is not in whole seconds.
const NOT_WHOLE: &str = "isn't a valid value";

/// Longest that one process may take: a target whose source fixes a measuring time of a minute is still waited for.
const PROCESS: Duration = Duration::from_secs(180);

/// Runs one benchmark in a process of its own and returns the time of one operation in every sample, and the mean of all, ns.
///
/// Criterion lets samples grow where operations are short; those with less than half of the operations of the longest
/// do not count. Its verdict is not read.
pub(super) fn run(
    program: &Program,
    benchmark: &str,
    sampling: Duration,
    scratch: &Path,
) -> Result<(Vec<f64>, f64), String> {
    let home = scratch.join("criterion");
    let failed = |error: std::io::Error| format!("{}: {error}", home.display());
    if home.exists() {
        fs::remove_dir_all(&home).map_err(failed)?;
    }
    fs::create_dir_all(&home).map_err(failed)?;
    let times = [sampling / 5, sampling];
    match measure(program, benchmark, times.map(seconds), &home) {
        Err(reason) if reason.contains(NOT_WHOLE) => measure(program, benchmark, times.map(whole_seconds), &home)?,
        measured => measured?,
    }
    let records = records(&home).map_err(|error| error.to_string())?;
    match &records[..] {
        [record] => Ok((values(record), mean(record))),
        [] => Err(
            "the bench target measured nothing under this name; does it use Criterion, and print nothing else to its \
                   standard output while it lists its benchmarks?"
                .to_owned(),
        ),
        _ => Err(format!("the bench target ran {} benchmarks under this one name", records.len())),
    }
}

fn measure(program: &Program, benchmark: &str, [warm_up, sampling]: [String; 2], home: &Path) -> Result<(), String> {
    let mut command = program.command();
    command.env("CRITERION_HOME", home);
    command.args(["--bench", "--noplot", "--sample-size", SAMPLES, "--nresamples", RESAMPLES]);
    command.args(["--warm-up-time", &warm_up, "--measurement-time", &sampling]);
    command.arg(format!("^{}$", regex::escape(benchmark)));
    process::answer(command, PROCESS, Reach::Alone).map(drop)
}

fn values(record: &Record) -> Vec<f64> {
    let most = record.iterations.iter().copied().fold(0.0, f64::max);
    let samples = record.iterations.iter().zip(&record.elapsed_ns);
    samples.filter(|&(&operations, _)| 2.0 * operations >= most).map(|(operations, time)| time / operations).collect()
}

fn mean(record: &Record) -> f64 {
    record.elapsed_ns.iter().sum::<f64>() / record.iterations.iter().sum::<f64>()
}

fn seconds(duration: Duration) -> String {
    format!("{:.3}", duration.as_secs_f64())
}

fn whole_seconds(duration: Duration) -> String {
    format!("{:.0}", duration.as_secs_f64().ceil().max(1.0))
}
