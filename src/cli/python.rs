//! `parcost python`: the real interpreters of this machine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;
use std::time::SystemTime;

use anyhow::{Context, Result, bail};
use clap::Args;

use super::exit::Exit;
use super::number::whole;
use super::output::{self, OutputArgs, note};
use super::results;
use super::run_builder::{RunContext, build_run};
use super::select::newest_first;
use crate::ingest::{Harvest, SelfTimed, self_timed};
use crate::model::topics::PYTHON;
use crate::model::{BenchmarkId, Fact, MachineKey, Measurement, Run};
use crate::python::{
    Discovered, INTERVAL_US, Interpreter, Outcome, Plan, Scripts, Timed, ask, candidates, discover, measure,
};
use crate::report::{PythonData, python_page};
use crate::{git, host, store};

/// The range of so many rounds misses the true median with probability 2 / 2⁶.
const ROUNDS: u32 = 6;
/// The fewest that have a spread.
const ROUNDS_QUICK: u32 = 2;

/// Measure threads and processes in every CPython found, beside the native model of its lock
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  parcost python --quick
  parcost python --python /opt/python3.14t/bin/python3

Exit codes: 0 success · 2 usage · 3 there is no CPython, one that was named cannot be used, or one failed (the rest is stored)")]
pub(super) struct Python {
    /// Interpreter beside those on the search path; may be given several times
    #[arg(long, value_name = "PATH")]
    python: Vec<PathBuf>,
    /// Fresh processes for each measurement of each interpreter [default: 6, or 2 with --quick]
    #[arg(long, value_name = "NUMBER", value_parser = whole(1..=100u32, 6))]
    rounds: Option<u32>,
    /// Take fewer samples
    #[arg(long)]
    quick: bool,
    /// Folder to store the run in [default: parcost/results in the target folder]
    #[arg(long, value_name = "DIR")]
    results: Option<PathBuf>,
    #[command(flatten)]
    output: OutputArgs,
}

/// Measures every interpreter that is found, stores the run and reports it.
pub(super) fn run(arguments: &Python) -> Result<Exit> {
    let package = results::here()?;
    let session = results::target().join("parcost").join(PYTHON);
    // Not where the user is: whoever is killed leaves them behind.
    let place = std::env::temp_dir();
    let scripts = Scripts::write(&place)
        .with_context(|| format!("cannot write scripts to {}; is it writable?", place.display()))?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let (named, others): (Vec<_>, Vec<_>) =
        candidates(&arguments.python, &path).into_iter().partition(|program| arguments.python.contains(program));
    let mut answers = ask(&named, &scripts);
    if let Some((named, Err(reason))) = answers.iter().find(|(_, answer)| answer.is_err()) {
        bail!("--python {}: {reason}; name a CPython 3.6 or newer", named.display());
    }
    answers.extend(ask(&others, &scripts));
    let discovered = discover(answers);
    if discovered.interpreters.is_empty() {
        bail!("no CPython 3.6 or newer is on the search path; name one with --python PATH{}", reasons(&discovered));
    }
    let names: Vec<String> = discovered.interpreters.iter().map(Interpreter::name).collect();
    note(&format!("measuring CPython {}", names.join(", ")));

    let rounds = arguments.rounds.unwrap_or(if arguments.quick { ROUNDS_QUICK } else { ROUNDS });
    let workers = available_parallelism().map_or(1, |count| count.get() as u64);
    let (began, before) = (SystemTime::now(), host::conditions());
    let plan = Plan { rounds, workers };
    let begin = |round| {
        note(&match round <= rounds {
            true => format!("round {round} of {rounds}"),
            false => format!("round {round} repeats what lacked CPUs"),
        });
        true
    };
    let outcome =
        measure(&discovered.interpreters, &plan, &scripts, |_| true, begin).context("cannot bind to 127.0.0.1")?;

    let host = RunContext {
        began,
        ended: SystemTime::now(),
        machine: host::machine(),
        before: Ok(before),
        after: host::conditions(),
        toolchain: host::toolchain(),
        commit: git::commit(&package, &[]),
    };
    let run = build_run(harvest(outcome, &discovered, arguments.quick), host, None)?;
    let folder = results::folder_for(&run.profile, arguments.results.as_deref(), &package, &session);
    let stored = store::append(&folder, &run)?;
    let model = model(arguments.results.as_deref(), &run.machine.key)?;
    let data = PythonData::new(&run, stored.display().to_string(), model.as_ref());
    output::print(&data, arguments.output.format, python_page)?;
    Ok(Exit::with_failed(run.failures.len()))
}

fn reasons(discovered: &Discovered) -> String {
    discovered.skipped.iter().map(|(program, reason)| format!("\n{}: {reason}", program.display())).collect()
}

fn harvest(outcome: Outcome, discovered: &Discovered, quick: bool) -> Harvest {
    Harvest {
        profile: if quick { "quick" } else { "full" }.to_owned(),
        measurements: measurements(&outcome),
        forms: BTreeMap::new(),
        failures: outcome.failures,
        omissions: outcome.omissions.into_iter().chain(discovered.omissions()).collect(),
        notes: Vec::new(),
        facts: discovered
            .interpreters
            .iter()
            .map(Interpreter::fact)
            .map(|(name, it)| (name, Fact::Value(it)))
            .collect(),
        topics: vec![PYTHON.to_owned()],
    }
}

/// What was measured in every round; what failed in one is a failure.
fn measurements(outcome: &Outcome) -> Vec<Measurement> {
    let has_failed = |id: &BenchmarkId| outcome.failures.iter().any(|failure| failure.benchmark == id.to_string());
    let whole = outcome.times.iter().filter(|((benchmark, _), _)| !has_failed(benchmark));
    let measured = whole.filter_map(|((benchmark, metric), times)| {
        let timed = |&Timed { round, order_seed, value, cpu_availability }: &Timed| SelfTimed {
            round,
            value: value as f64,
            cpu_availability: Some(cpu_availability),
            order_seed: Some(order_seed),
        };
        let times: Vec<_> = times.iter().map(timed).collect();
        let lower_bound = outcome.lower_bound(benchmark).map(|function| benchmark.with_function(function));
        Some(Measurement { lower_bound, ..self_timed(PYTHON, benchmark, *metric, &times)? })
    });
    measured.collect()
}

/// The newest stored run of this machine that has the native model of the lock.
fn model(named: Option<&Path>, machine: &MachineKey) -> Result<Option<Run>> {
    let wake = BenchmarkId::new("gil_wake", "one_lock", &[("interval_us", INTERVAL_US)]);
    // A new folder for this run is no reason to look nowhere else.
    let usual = if named.is_some() { results::folders(None)? } else { Vec::new() };
    let found = newest_first(&[results::folders(named)?, usual].concat(), machine)?;
    let has = |run: &Run| run.measurements.iter().any(|measurement| measurement.benchmark == wake);
    Ok(found.into_iter().filter_map(|(path, _)| store::read(&path).ok()).find(has))
}
