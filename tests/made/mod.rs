//! Stored runs made by hand: a machine's history, the same on every host.

use std::collections::BTreeMap;
use std::num::NonZeroU64;

pub(crate) use parcost::rooms::model::made::facts;
use parcost::rooms::model::{
    BenchmarkId, Commit, Estimate, Machine, Measurement, Metric, Quality, Round, Run, Toolchain, made,
};

/// The full id of commit number `commit`.
pub(crate) fn commit_id(commit: usize) -> String {
    format!("{:012x}{commit:028x}", commit + 0x00ab_c000)
}

/// A run of commit number `commit` in which nothing was measured; a commit a quarter of an hour.
pub(crate) fn run(machine: &str, commit: usize) -> Run {
    let time = |minutes: usize| {
        let (days, hours) = (minutes / 1440, minutes / 60 % 24);
        format!(
            "20{:02}-{:02}-{:02}T{hours:02}:{:02}:00Z",
            26 + days / 336,
            1 + days / 28 % 12,
            1 + days % 28,
            minutes % 60
        )
    };
    let conditions = made::conditions(&time(15 * commit + 5));
    let of = made::commit(&commit_id(commit), &time(15 * commit), commit as u64 + 1);
    Run {
        id: format!("{commit:016x}"),
        started: conditions.time.clone(),
        duration_s: 300.0,
        commit: Commit { lock_hash: Some("a".repeat(64)), binaries_hash: Some(format!("{commit:064x}")), ..of },
        machine: Machine {
            hardware: facts(&[("cores", "2")]),
            software: facts(&[("kernel_release", "6.1.0"), ("libc", "glibc 2.36")]),
            ..made::machine(machine)
        },
        conditions_before: conditions.clone(),
        conditions_after: conditions,
        toolchain: Toolchain { facts: facts(&[("rustc", "rustc 1.90.0"), ("valgrind", "valgrind-3.19.0")]) },
        ..made::run(0)
    }
}

/// A measurement of several rounds, with reference workloads of 80, 20 and 1,000 ns times `machine`.
pub(crate) fn measurement(
    topic: &str,
    benchmark: BenchmarkId,
    metric: Metric,
    value: f64,
    rounds: usize,
    machine: f64,
) -> Measurement {
    let references = [("syscall", 80.0), ("clock", 20.0), ("copy", 1_000.0)];
    let references: BTreeMap<String, f64> =
        references.iter().map(|(name, ns)| ((*name).to_owned(), ns * machine)).collect();
    let round = |number: usize| Round {
        samples: 20,
        min: value,
        p10: value * 1.01,
        median: value * (1.02 + number as f64 / 1e3),
        references: references.clone(),
        granted: Some(0.99),
        overlap: None,
        order_seed: None,
    };
    Measurement {
        topic: topic.to_owned(),
        benchmark,
        metric,
        estimate: Estimate::new(value * 1.02, value, value * 1.1).expect("finite and in order"),
        samples: 20 * rounds as u64,
        operations: NonZeroU64::new(1_000),
        rounds: (0..rounds).map(round).collect(),
        lower_bound: None,
        reference: Some("syscall".to_owned()),
        normalized: Some(Estimate::exact(value / 80.0).expect("finite")),
        quality: Quality::Good,
        percentiles: Vec::new(),
    }
}
