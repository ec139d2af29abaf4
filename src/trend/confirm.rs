//! What a gate has to measure to confirm a finding: the benchmarks in question at two commits, side by side on one machine.

use super::finding::FindingKind;
use super::judged::Judged;
use super::ledger::SeriesKey;
use super::series::History;
use crate::model::BenchmarkId;

/// A finding as a gate can look into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmation {
    /// What the history says it means.
    pub kind: FindingKind,
    /// The full id of the last commit before it.
    pub before: String,
    /// The full id of the commit at which most of its members shifted.
    pub at: String,
    /// The benchmarks that shifted, each once, the worst first.
    pub benchmarks: Vec<BenchmarkId>,
}

/// A confirmation for every finding, in their order. What the machine did is among them: pairs of runs on one machine are
/// free of it, and show whether it hides anything.
pub fn confirmations(history: &History, judged: &Judged) -> Vec<Confirmation> {
    let id = |commit: usize| history.commits.measured[commit].id.clone();
    let confirmation = |finding: &super::Finding| {
        let mut benchmarks: Vec<BenchmarkId> = Vec::new();
        for series in finding.series() {
            if let SeriesKey::Measured(benchmark, _) = &history.series[series].key
                && !benchmarks.contains(benchmark)
            {
                benchmarks.push(benchmark.clone());
            }
        }
        Confirmation { kind: finding.kind, before: id(finding.before), at: id(finding.at), benchmarks }
    };
    judged.findings.iter().map(confirmation).collect()
}
