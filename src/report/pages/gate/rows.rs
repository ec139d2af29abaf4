//! A gate for programs: every verdict flat, with all digits.

use serde::Serialize;

use crate::gate::{CountVerdict, Gate, Judgement, Missing, OutcomeKind, PairedVerdict, Sensitivity, TopicChange};
use crate::model::{Class, Estimate, Metric};

/// Everything there is to tell of a gate, for programs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GateRows {
    /// What the verdicts come to.
    pub judgement: Judgement,
    /// What could have been found; none where no benchmark has pairs enough.
    pub sensitivity: Option<Sensitivity>,
    /// What was measured in pairs, by topic and benchmark.
    pub benchmarks: Vec<GateRow>,
    /// What was counted, by topic, benchmark and metric.
    pub counts: Vec<CountRow>,
    /// Benchmarks of the baseline without an answer.
    pub missing: Vec<Missing>,
    /// The same where the policy allows it.
    pub allowed_missing: Vec<Missing>,
    /// Benchmarks that only the candidate has.
    pub added: Vec<String>,
    /// How far whole topics moved; never judged.
    pub topics: Vec<TopicChange>,
}

/// The verdict on one benchmark.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GateRow {
    /// The bench target.
    pub topic: String,
    /// Its name as the harness prints it.
    pub benchmark: String,
    /// Which of the times was judged.
    pub metric: Metric,
    /// What kind of work it is.
    pub class: Class,
    /// The verdict.
    pub verdict: OutcomeKind,
    /// Why nothing was decided; none where something was.
    pub reason: Option<String>,
    /// Candidate ÷ baseline - 1 with its 95 % interval; none where there is none.
    pub change: Option<Estimate>,
    /// The p of its direction, corrected for the looks; none before the first.
    pub p: Option<f64>,
    /// Number of pairs that the verdict rests on.
    pub pairs: usize,
    /// The smallest change worth telling, as a share.
    pub floor: Option<f64>,
    /// The smallest change that these pairs would have shown 19 times in 20, as a share.
    pub smallest_change: Option<f64>,
    /// The change of the medians of wall time; never judged.
    pub median_change: Option<Estimate>,
}

/// The verdict on one count.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CountRow {
    /// The bench target.
    pub topic: String,
    /// Its name as the harness prints it.
    pub benchmark: String,
    /// What was counted.
    pub metric: Metric,
    /// The verdict.
    pub verdict: OutcomeKind,
    /// Why nothing was decided; none where something was.
    pub reason: Option<String>,
    /// The median of the baseline's counts.
    pub baseline: Option<f64>,
    /// The median of the candidate's.
    pub candidate: Option<f64>,
    /// Candidate ÷ baseline - 1.
    pub change: Option<f64>,
    /// The widest distance between counts of one side ÷ the smallest of them.
    pub spread: f64,
    /// The smallest change that is held against it, as a share.
    pub floor: f64,
}

/// The verdicts of a gate, flat.
pub fn gate_rows(gate: &Gate) -> GateRows {
    GateRows {
        judgement: gate.judgement,
        sensitivity: gate.sensitivity,
        benchmarks: gate.verdicts.iter().map(gate_row).collect(),
        counts: gate.counts.iter().map(count_row).collect(),
        missing: gate.missing.clone(),
        allowed_missing: gate.allowed.clone(),
        added: gate.added.clone(),
        topics: gate.topics.clone(),
    }
}

fn gate_row(verdict: &PairedVerdict) -> GateRow {
    GateRow {
        topic: verdict.topic.clone(),
        benchmark: verdict.benchmark.clone(),
        metric: verdict.metric,
        class: verdict.class,
        verdict: verdict.outcome.kind(),
        reason: verdict.outcome.reason(),
        change: verdict.change,
        p: verdict.p,
        pairs: verdict.pairs,
        floor: verdict.floor,
        smallest_change: verdict.smallest,
        median_change: verdict.median,
    }
}

fn count_row(count: &CountVerdict) -> CountRow {
    CountRow {
        topic: count.topic.clone(),
        benchmark: count.benchmark.clone(),
        metric: count.metric,
        verdict: count.outcome.kind(),
        reason: count.outcome.reason(),
        baseline: count.baseline,
        candidate: count.candidate,
        change: count.change,
        spread: count.spread,
        floor: count.floor,
    }
}
