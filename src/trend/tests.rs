mod findings;
mod imported;
mod machine;
mod observations;
mod resolved;

use std::num::NonZeroU64;

use super::commit_order::GitOrder;
use super::skipped::{SkipReason, Skipped};
use super::*;
pub(crate) use crate::model::made::facts;
use crate::model::{
    Commit, Excerpt, Failure, MachineKey, MeasurementExcerpt, Metric, Quality, RoundsExcerpt, Run, Toolchain, made,
};
use crate::verdict::{Attribution, AttributionReason, MachineEvidence, Outcome, Rule, Verdict, rules};

const COMMITS: usize = 80;
pub(crate) const NO_GIT: GitOrder = Err("no git");

pub(crate) fn id(commit: usize) -> String {
    format!("{:012x}{commit:028x}", commit + 0xabc0)
}

/// A run of commit number `commit` in which nothing was measured.
fn run(commit: usize) -> Excerpt {
    let day = |hour: usize| format!("2026-01-{:02}T{:02}:00:00Z", 1 + commit / 20, hour);
    let of = made::commit(&id(commit), &day(commit % 20), commit as u64 + 1);
    let (lock_hash, binaries_hash) = (Some("a".repeat(64)), Some(format!("{commit:064x}")));
    let run = made::excerpt(&Run {
        id: format!("{commit:016x}"),
        started: day(commit % 20 + 1),
        commit: Commit { lock_hash, binaries_hash, ..of },
        machine: made::machine("made-up"),
        toolchain: Toolchain { facts: facts(&[("rustc", "1.90"), ("valgrind", "3.19")]) },
        ..made::run(0)
    });
    Excerpt { conditions_before: None, conditions_after: None, ..run }
}

/// One measurement in three rounds, with a reference workload where there is one.
fn measured(benchmark: &str, metric: Metric, value: f64, syscall_ns: Option<f64>) -> MeasurementExcerpt {
    let references = syscall_ns.map(|ns| ("syscall".to_owned(), vec![ns; 3])).into_iter().collect();
    MeasurementExcerpt {
        topic: benchmark.split('/').next().unwrap_or_default().to_owned(),
        benchmark: benchmark.parse().unwrap(),
        metric,
        rounds: RoundsExcerpt { minima: [1.0, 1.5, 1.0].map(|factor| value * factor).into(), references },
        lower_bound: None,
        operations: NonZeroU64::new(1_000),
        quality: Quality::Good,
    }
}

pub(super) fn rippled(commit: usize, series: usize) -> f64 {
    1.0 + 0.001 * ((commit * (7 + 2 * series)) % 5) as f64
}

/// Levels, each with the number of commits it lasts, under a small regular ripple.
pub(super) fn levels(levels: &[(f64, usize)]) -> Vec<f64> {
    let steps = levels.iter().flat_map(|&(level, commits)| std::iter::repeat_n(level, commits));
    steps.enumerate().map(|(commit, level)| level * rippled(commit, 0)).collect()
}

/// Wall times of `levels.len()` benchmarks of one topic over the commits, each given by its level at a commit.
pub(crate) fn runs(levels: &[&dyn Fn(usize) -> f64], syscall: Option<&dyn Fn(usize) -> f64>) -> Vec<Excerpt> {
    let made = |commit: usize| {
        let mut run = run(commit);
        let ns = syscall.map(|level| level(commit) * rippled(commit, 9));
        let value = |(number, level): (usize, &&dyn Fn(usize) -> f64)| {
            let value = level(commit) * rippled(commit, number);
            measured(&format!("spawn/way{number}"), Metric::WallTime, value, ns)
        };
        run.measurements = levels.iter().enumerate().map(value).collect();
        run
    };
    (0..COMMITS).map(made).collect()
}

pub(crate) fn index(runs: impl IntoIterator<Item = Excerpt>) -> RunIndex {
    let mut index = RunIndex::default();
    for (number, run) in runs.into_iter().enumerate() {
        index.insert(&format!("{number}.json"), run);
    }
    index
}

fn selected(runs: impl IntoIterator<Item = Excerpt>, order: GitOrder, selection: &Selection) -> History {
    history(MachineKey::new("made-up").unwrap(), "results", index(runs), order, selection, &[])
}

pub(crate) fn judged(runs: impl IntoIterator<Item = Excerpt>, rules: &[Rule]) -> History {
    let machine = MachineKey::new("made-up").unwrap();
    history(machine, "results", index(runs), NO_GIT, &Selection::default(), rules)
}

fn skipped(history: &History, reason: SkipReason) -> &Skipped {
    history.skipped.iter().find(|skipped| skipped.reason == reason).unwrap()
}

pub(crate) fn step(at: usize, factor: f64) -> impl Fn(usize) -> f64 {
    move |commit| if commit < at { 1_000.0 } else { 1_000.0 * factor }
}

pub(crate) fn flat(_: usize) -> f64 {
    1_000.0
}

/// Category, commit and number of series of each finding.
fn found(history: &History) -> Vec<(Category, usize, usize)> {
    history.findings.iter().map(|finding| (finding.category(), number(&finding.to), finding.series.len())).collect()
}

fn number(commit: &str) -> usize {
    (0..COMMITS).find(|number| id(*number) == commit).unwrap()
}
