//! The CPythons that are found, measured by scripts that they run: the newest with the lock and the newest without it.
//!
//! The interpreters run the scripts and report the times; nothing else here has a clock. Where there is
//! none, that is said, and nothing has failed.

mod harness;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use harness::{Arguments, Mode, Witness, record_without_summary, summary_follows, target_folder};
use parcost::bench::cores;
use parcost::bench::{Choice, Discovered, Outcome, Plan, Scripts, ask, benchmarks, candidates, discover, measure};

/// The name of the topic, and of the folder of scripts.
const TOPIC: &str = "python";

/// Fresh processes for each question; the range of six misses the true median with probability 2 / 2⁶.
const ROUNDS: u32 = 6;

/// The fewest that have a spread.
const ROUNDS_QUICK: u32 = 2;

/// No round but the first two is begun after this long: a round of two interpreters takes some six seconds.
const PATIENCE: Duration = Duration::from_secs(26);

/// What is said where there is nothing to ask.
const NOBODY: &str = "no CPython 3.6 or newer is on the search path";

fn main() -> ExitCode {
    let arguments = harness::arguments();
    match run(&arguments) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) if arguments.mode == Mode::Measure && summary_follows() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {TOPIC}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Does what was asked for. Returns how many benchmarks failed.
fn run(arguments: &Arguments) -> io::Result<usize> {
    let scripts = Scripts::write(&target_folder()?.join("parcost").join(TOPIC))?;
    let whole = arguments.mode != Mode::Test && !arguments.quick;
    let discovered = discover(ask(&candidates(&[], &std::env::var_os("PATH").unwrap_or_default()), &scripts));
    let discovered = discovered.choose(if whole { Choice::EachLock } else { Choice::Newest });
    let rounds = match arguments.mode {
        Mode::Test => 1,
        _ if arguments.quick => ROUNDS_QUICK,
        _ => ROUNDS,
    };
    let plan = Plan { rounds, workers: cores() as u64 };
    let names: Vec<String> = benchmarks(&discovered.interpreters, &plan).iter().map(ToString::to_string).collect();
    let names: Vec<&String> = names.iter().filter(|name| arguments.selects(name)).collect();
    match arguments.mode {
        Mode::List => names.iter().for_each(|name| println!("{name}: benchmark")),
        Mode::Test => return try_each(arguments, &discovered, &plan, &scripts),
        // Whoever has named benchmarks needs no list of those that there could be.
        Mode::Measure if names.is_empty() && arguments.filter.is_some() => {}
        Mode::Measure => return record(arguments, &discovered, &plan, &scripts, &names),
    }
    Ok(0)
}

/// Asks everything once and records nothing.
fn try_each(arguments: &Arguments, discovered: &Discovered, plan: &Plan, scripts: &Scripts) -> io::Result<usize> {
    if discovered.interpreters.is_empty() && arguments.filter.is_none() {
        println!("{TOPIC}: skipped: {NOBODY}");
        return Ok(0);
    }
    let once = |round| round == 1;
    let outcome = measure(&discovered.interpreters, plan, scripts, |id| arguments.selects(&id.to_string()), once)?;
    outcome.times.keys().for_each(|(id, metric)| println!("{id} {metric}: ok"));
    outcome.omissions.iter().for_each(|omission| println!("{}: skipped: {}", omission.what, omission.reason));
    outcome.failures.iter().for_each(|failure| println!("{}: failed: {}", failure.benchmark, failure.reason));
    Ok(outcome.failures.len())
}

/// Asks in rounds and records it.
fn record(
    arguments: &Arguments,
    discovered: &Discovered,
    plan: &Plan,
    scripts: &Scripts,
    names: &[&String],
) -> io::Result<usize> {
    let mut witness = Witness::open(TOPIC, arguments.profile())?;
    for omission in discovered.omissions() {
        witness.omission(&omission.what, &omission.reason)?;
    }
    if discovered.interpreters.is_empty() {
        eprintln!("{TOPIC}: skipped: {NOBODY}");
        witness.omission(TOPIC, NOBODY)?;
        witness.done()?;
        return Ok(0);
    }
    for (name, value) in discovered.interpreters.iter().map(parcost::bench::Interpreter::fact) {
        witness.fact(&name, &value)?;
    }
    let start = Instant::now();
    let mut done = plan.rounds;
    let begin = |round: u32| {
        let in_time = round <= ROUNDS_QUICK || start.elapsed() <= PATIENCE;
        if !in_time {
            done = round - 1;
        }
        in_time
    };
    let outcome = measure(&discovered.interpreters, plan, scripts, |id| arguments.selects(&id.to_string()), begin)?;
    if done < plan.rounds {
        let reason = format!("{done} of {} rounds were done after {PATIENCE:?}", plan.rounds);
        witness.omission("rounds of python", &reason)?;
    }
    write(&outcome, &mut witness)?;
    witness.done()?;
    let measured = names.len().saturating_sub(outcome.failures.len());
    println!("{TOPIC}: {measured} benchmarks measured in {:.0} s", start.elapsed().as_secs_f64());
    record_without_summary(TOPIC)?;
    Ok(outcome.failures.len())
}

fn write(outcome: &Outcome, witness: &mut Witness) -> io::Result<()> {
    let mut rounds = BTreeMap::new();
    for ((id, metric), times) in &outcome.times {
        for timed in times {
            let (_, round): &mut (u64, Vec<_>) = rounds.entry(timed.round).or_insert((timed.order_seed, Vec::new()));
            round.push((id, metric, timed));
        }
    }
    let ids: BTreeSet<_> = outcome.times.keys().map(|(id, _)| id).collect();
    for id in ids {
        witness.benchmark(&id.to_string(), outcome.lower_bound(id), None)?;
    }
    for (order_seed, times) in rounds.into_values() {
        witness.round(order_seed)?;
        for (id, metric, timed) in times {
            witness.time(&id.to_string(), metric.name(), timed.round, timed.value, timed.cpu_availability)?;
        }
    }
    for failure in &outcome.failures {
        eprintln!("{}: failed: {}", failure.benchmark, failure.reason);
        witness.failure(&failure.benchmark, &failure.reason)?;
    }
    outcome.omissions.iter().try_for_each(|omission| witness.omission(&omission.what, &omission.reason))
}
