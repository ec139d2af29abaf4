//! Runs made by hand, for the tests of this room and of the rooms that follow.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

mod paired;
mod python;

pub(crate) use paired::{count, empty_paired_run, execution, paired, paired_run, with_cpu_time};
pub(crate) use python::{python_model, python_run};

use crate::model::{
    Commit, Conditions, Estimate, Fact, Failure, FitFor, Fitness, Machine, Measurement, Metric, Omission, Quality, Run,
    Toolchain, made,
};

pub(crate) fn empty_run() -> Run {
    let run = made::run(0xaa);
    let conditions =
        |time: &str, load: &str| Conditions { facts: facts(&[("load_1m", value(load))]), ..made::conditions(time) };
    Run {
        duration_s: 312.4,
        commit: Commit { dirty: true, ..run.commit },
        machine: Machine {
            hardware: facts(&[("cores", value("2")), ("cpu", value("Made Up 9000"))]),
            software: facts(&[
                ("kernel", value("6.1.0")),
                ("hypervisor", Fact::NotApplicable("no virtual machine".to_owned())),
                ("microcode", Fact::Unknown("not readable".to_owned())),
            ]),
            ..run.machine
        },
        conditions_before: conditions("2026-03-01T10:00:00Z", "0.10"),
        conditions_after: conditions("2026-03-01T10:05:12Z", "1.98"),
        toolchain: Toolchain { facts: facts(&[("rustc", value("1.95.0"))]) },
        ..run
    }
}

/// Every stored run, the newest first.
pub(crate) fn stored_runs() -> Vec<Run> {
    let children = |path: PathBuf| fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    let machines = children(Path::new(env!("CARGO_MANIFEST_DIR")).join("results/v1"));
    let files = machines.flat_map(children).filter(|file| !file.ends_with("machine.json"));
    let mut runs: Vec<Run> =
        files.map(|file| serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()).collect();
    runs.sort_by(|a, b| b.started.cmp(&a.started));
    runs
}

/// A run in which nothing was measured, of a machine of so many processors.
pub(crate) fn run_on(processors: u64) -> Run {
    let mut run = empty_run();
    run.machine.hardware.insert("cpus_usable".to_owned(), Fact::Value(processors.to_string()));
    run
}

/// A run with something of everything: numbers, gaps, doubts and hostile names.
pub(crate) fn run() -> Run {
    let mut run = empty_run();
    run.fitness = Some(Fitness {
        fit_for: FitFor::RatiosOnly,
        reasons: vec!["virtualisation: made <up> | \u{1b}[31m".to_owned(), "load: 1.98".to_owned()],
    });
    run.measurements = vec![
        time("spawn", "spawn/floor_thread/count=1", 8_000.0, 7_900.0, 8_200.0),
        time("spawn", "spawn/floor_process/count=1", 55_000.0, 54_000.0, 57_000.0),
        with_lower_bound(
            time("spawn", "spawn/thread/count=1", 12_345.0, 12_000.0, 12_900.0),
            "spawn/floor_thread/count=1",
        ),
        with_lower_bound(
            time("spawn", "spawn/fork/count=1", 61_000.0, 60_000.0, 63_000.0),
            "spawn/floor_process/count=1",
        ),
        time("spawn", "spawn/posix_spawn/count=1", 450_000.0, 440_000.0, 470_000.0),
        inconclusive(time("spawn", "spawn/command/count=1", 500_000.0, 1.0, 900_000.0), "the CPU was given to others"),
        in_metric(time("spawn", "fork_price/fork", 900.0, 850.0, 980.0), Metric::TimePerMebibyte),
        in_metric(time("spawn", "fork_price/posix_spawn", 0.4, -2.0, 3.0), Metric::TimePerMebibyte),
        time("memory", "hand_over/arc/bytes=65536", 210.0, 200.0, 230.0),
        time("memory", "hand_over/shared_mapping/bytes=65536", 4_100.0, 4_000.0, 4_250.0),
        in_metric(time("memory", "worker_memory/thread", 24.0, 24.0, 24.0), Metric::UniqueMemory),
        in_metric(time("memory", "worker_memory/executed", 1_480.0, 1_470.0, 1_496.0), Metric::UniqueMemory),
        time("cpu", "calc/threads/workers=1", 21_000_000.0, 20_900_000.0, 21_300_000.0),
        time("cpu", "calc/processes/workers=1", 21_100_000.0, 20_900_000.0, 21_500_000.0),
        time("cpu", "calc/threads/workers=2", 22_000_000.0, 21_500_000.0, 23_000_000.0),
        time("cpu", "calc/processes/workers=2", 22_500_000.0, 21_900_000.0, 24_000_000.0),
        in_metric(
            time("counters", "spawn/thread/count=1", 1_234_567.0, 1_230_000.0, 1_240_000.0),
            Metric::KernelInstructions,
        ),
    ];
    run.failures.push(failure("spawn", "spawn/fork_server/count=1", "the server \u{1b}[31mended|early <b>"));
    run.omissions.push(omission("io", "io", "left out by the filter `spawn`"));
    run.omissions.push(omission("memory", "hand_over/pipe", "see @somebody, #1 and https://example.org"));
    run
}

pub(crate) fn time(topic: &str, benchmark: &str, center: f64, low: f64, high: f64) -> Measurement {
    let mut measurement = made::measurement(benchmark, Metric::WallTime, &[center, low, high]);
    for round in &mut measurement.rounds {
        let (syscall, clock) = (80.0 + low / 1e7, 20.0 + round.median / 1e9);
        round.references = BTreeMap::from([("syscall".to_owned(), syscall), ("clock".to_owned(), clock)]);
    }
    Measurement { topic: topic.to_owned(), estimate: Estimate::new(center, low, high).unwrap(), ..measurement }
}

pub(crate) fn with_lower_bound(measurement: Measurement, lower_bound: &str) -> Measurement {
    Measurement { lower_bound: Some(lower_bound.parse().unwrap()), ..measurement }
}

pub(crate) fn in_metric(measurement: Measurement, metric: Metric) -> Measurement {
    Measurement { metric, ..measurement }
}

pub(crate) fn inconclusive(measurement: Measurement, reason: &str) -> Measurement {
    Measurement { quality: Quality::Inconclusive(reason.to_owned()), ..measurement }
}

pub(crate) fn failure(topic: &str, benchmark: &str, reason: &str) -> Failure {
    Failure { topic: topic.to_owned(), benchmark: benchmark.to_owned(), reason: reason.to_owned() }
}

pub(crate) fn omission(topic: &str, what: &str, reason: &str) -> Omission {
    Omission { topic: topic.to_owned(), what: what.to_owned(), reason: reason.to_owned() }
}

fn value(text: &str) -> Fact {
    Fact::Value(text.to_owned())
}

fn facts(facts: &[(&str, Fact)]) -> BTreeMap<String, Fact> {
    facts.iter().map(|(name, fact)| ((*name).to_owned(), fact.clone())).collect()
}
