//! Runs made by hand, for tests and examples: the one place that names every field.

use std::collections::BTreeMap;
use std::num::NonZeroU64;

use super::{Commit, Conditions, Estimate, Excerpt, Fact, Machine, MachineKey, Measurement, Metric, Round};
use super::{Direction, INTERCHANGE_SCHEMA_VERSION, Interchange, InterchangePoint, InterchangeSeries};
use super::{PAIRED_SCHEMA_VERSION, Pair, PairedBenchmark, PairedCount, PairedRun, Timing};
use super::{Run, SCHEMA_VERSION, Toolchain};

const TIME: &str = "2026-03-01T10:00:00Z";

/// A full run in which nothing was measured, of a clean commit, on a machine without facts.
pub fn run(id: u64) -> Run {
    Run {
        schema_version: SCHEMA_VERSION,
        id: format!("{id:016x}"),
        started: TIME.to_owned(),
        duration_s: 12.5,
        profile: "full".to_owned(),
        commit: commit("0123456789abcdef0123456789abcdef01234567", "2026-02-03T04:05:06Z", 7),
        machine: machine("x86_64-made-up-2c-00000000"),
        conditions_before: conditions(TIME),
        conditions_after: conditions(TIME),
        toolchain: Toolchain { facts: BTreeMap::new() },
        measurements: Vec::new(),
        forms: BTreeMap::new(),
        failures: Vec::new(),
        omissions: Vec::new(),
        notes: Vec::new(),
        fitness: None,
        follows: None,
        seal: None,
    }
}

/// A paired run in which nothing was measured, of the commit, the machine and the conditions of a run.
pub fn paired_run(id: u64, run: Run) -> PairedRun {
    PairedRun {
        schema_version: PAIRED_SCHEMA_VERSION,
        id: format!("{id:016x}"),
        started: run.started,
        duration_s: 60.0,
        budget_s: 600.0,
        budget_needed_s: None,
        seed: 7,
        baseline: run.commit.clone(),
        candidate: run.commit,
        commits: Vec::new(),
        same_code: false,
        identical: false,
        aligned: true,
        options: Vec::new(),
        machine: run.machine,
        conditions_before: run.conditions_before,
        conditions_after: run.conditions_after,
        toolchain: run.toolchain,
        benchmarks: Vec::new(),
        counts: Vec::new(),
        added: Vec::new(),
        removed: Vec::new(),
        failures: Vec::new(),
        omissions: Vec::new(),
        notes: Vec::new(),
    }
}

pub fn paired_benchmark(topic: &str, benchmark: &str, pairs: Vec<Pair>) -> PairedBenchmark {
    let (topic, benchmark) = (topic.to_owned(), benchmark.to_owned());
    PairedBenchmark { topic, benchmark, pairs, ..PairedBenchmark::default() }
}

/// What a process measured whose samples are all alike, ns.
pub fn timing(wall_ns: f64) -> Timing {
    Timing { samples: 10, wall_ns, wall_ns_median: wall_ns, wall_ns_mean: None, cpu_ns: None }
}

/// Instructions of one thread.
pub fn paired_count(benchmark: &str, baseline: &[u64], candidate: &[u64]) -> PairedCount {
    let [baseline, candidate] = [baseline, candidate].map(<[u64]>::to_vec);
    let (topic, metric) = ("callgrind".to_owned(), Metric::CallgrindInstructions);
    PairedCount { topic, benchmark: benchmark.to_owned(), metric, baseline, candidate, ..PairedCount::default() }
}

/// What a history needs of a run.
pub fn excerpt(run: &Run) -> Excerpt {
    let text = serde_json::to_string(run).expect("a run is plain data");
    serde_json::from_str(&text).expect("an excerpt is a part of a run")
}

/// A clean commit of the main branch.
pub fn commit(id: &str, time: &str, order: u64) -> Commit {
    Commit {
        id: Some(id.to_owned()),
        branch: Some("main".to_owned()),
        time: Some(time.to_owned()),
        order: Some(order),
        dirty: false,
        lock_hash: None,
        binaries_hash: None,
    }
}

/// What was measured outside a repository.
pub fn no_commit() -> Commit {
    Commit { id: None, branch: None, time: None, order: None, ..commit("", "", 0) }
}

pub fn machine(key: &str) -> Machine {
    let key = MachineKey::new(key).expect("a made key is a plain slug");
    Machine { key, hardware: BTreeMap::new(), software: BTreeMap::new() }
}

pub fn facts(facts: &[(&str, &str)]) -> BTreeMap<String, Fact> {
    facts.iter().map(|(name, value)| ((*name).to_owned(), Fact::Value((*value).to_owned()))).collect()
}

/// A series of another tool, of which less is better and nothing else is known.
pub fn series(name: &str, unit: Option<&str>, points: Vec<InterchangePoint>) -> InterchangeSeries {
    let (suite, metric, machine, branch) = Default::default();
    let (name, unit) = (name.to_owned(), unit.map(str::to_owned));
    InterchangeSeries {
        suite,
        name,
        metric,
        machine,
        branch,
        unit,
        direction: Direction::LowerIsBetter,
        form: None,
        points,
    }
}

/// A history of these series, as of a tool.
pub fn interchange(source: &str, series: Vec<InterchangeSeries>) -> Interchange {
    let schema_version = INTERCHANGE_SCHEMA_VERSION;
    Interchange { schema_version, source: source.to_owned(), series, remarks: Vec::new() }
}

/// Conditions at a time, of which nothing is known.
pub fn conditions(time: &str) -> Conditions {
    Conditions { time: time.to_owned(), facts: BTreeMap::new() }
}

/// A round whose samples are all alike.
pub fn round(value: f64) -> Round {
    let references = BTreeMap::new();
    Round { samples: 10, min: value, p10: value, median: value, references, ..Round::default() }
}

/// A good measurement with these rounds, of a thousand operations a sample; its estimate is the first of them, its topic `spawn`.
pub fn measurement(benchmark: &str, metric: Metric, rounds: &[f64]) -> Measurement {
    let benchmark = benchmark.parse().expect("a made benchmark has a name");
    let estimate = Estimate::exact(rounds[0]).expect("a made value is finite");
    let rounds = rounds.iter().copied().map(round).collect();
    let measured = Measurement::of_rounds("spawn", benchmark, metric, estimate, rounds);
    Measurement { operations: NonZeroU64::new(1_000), ..measured }
}
