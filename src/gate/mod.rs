//! What a paired run says of a change of the source: which benchmarks moved, by how much, and what could not be told.

mod accepted;
mod counts;
mod evidence;
mod looks;
mod missing;
mod policy;
mod reasons;
mod selftest;
mod subject;
mod verdict;

use crate::model::PairedRun;
use crate::stats;
use counts::count_verdicts;
pub use counts::{COUNT_FLOOR, COUNT_FLOOR_THREADED, CountFlaw, CountOutcome, CountVerdict};
use evidence::Evidence;
pub use looks::LOOKS;
use looks::{Ending, replay};
pub use missing::Missing;
use missing::missing;
pub use policy::{FLOOR_COMPUTE, FLOOR_COMPUTE_UNALIGNED, FLOOR_SYSTEM, GatePolicy};
pub use reasons::{Doubt, Flaw};
pub use selftest::{Found, SelfTest, Share, TopicPower, selftest};
use subject::subjects;
pub use verdict::{OutcomeKind, PairedOutcome, PairedVerdict};

/// The judgement of a paired run, with the verdict on everything in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    /// What the verdicts come to.
    pub judgement: Judgement,
    /// The verdicts on what was measured in pairs, ordered by topic and benchmark.
    pub verdicts: Vec<PairedVerdict>,
    /// The verdicts on what was counted, ordered by topic, benchmark and metric.
    pub counts: Vec<CountVerdict>,
    /// What the baseline can be asked for and the candidate cannot, ordered by name.
    pub missing: Vec<Missing>,
    /// The same where the policy allows it.
    pub allowed: Vec<Missing>,
    /// Benchmarks that only the candidate has, ordered by name: nothing can be said of them yet.
    pub added: Vec<String>,
    /// How far whole topics moved, by name: to look at, never judged.
    pub topics: Vec<TopicChange>,
    /// What could have been found; none where no benchmark has pairs enough.
    pub sensitivity: Option<Sensitivity>,
}

/// What the verdicts of a run come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Judgement {
    /// Something regressed.
    Red,
    /// Nothing regressed in what there is, but an answer that the baseline gives is missing and may not be.
    Missing,
    /// Less than half could be judged, or there is nothing: the machine is unfit to tell, and that is no good news.
    Nothing,
    /// At least half could be judged, and nothing of it regressed.
    Green,
    /// Both sides are identical programs: there was nothing to measure.
    SameCode,
}

/// A run of which less than one result in so many is decided says nothing: what could be told on a machine like that is
/// not what a reader expects of a green one.
const DECIDED_ONE_IN: usize = 2;

/// How far a topic moved as a whole.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct TopicChange {
    /// The bench target.
    pub topic: String,
    /// Geometric mean of candidate ÷ baseline over its benchmarks, minus 1.
    pub change: f64,
    /// Number of benchmarks in the mean.
    pub benchmarks: usize,
}

/// The changes that a run could have found 19 times in 20.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Sensitivity {
    /// In half of the benchmarks a change of this share.
    pub half: f64,
    /// In nine of ten.
    pub most: f64,
    /// Number of benchmarks it is taken over.
    pub benchmarks: usize,
}

/// Judges a paired run that is over.
///
/// Everything follows from the run and the policy: the same pairs give the same verdicts, bit for bit, on every platform
/// and in whatever order the benchmarks stand. A run of nothing, or of numbers that are none, is never green.
///
/// Method: a pair's `d = ln(candidate / baseline)`; a benchmark regressed when the signed-rank test says that `d` lies
/// above `ln(1 + floor)`, and improved when it says that `-d` does. After 15, 30 and 60 pairs all benchmarks are looked at,
/// each p is corrected for the three looks and kept while it is the smallest, and of all hypotheses of the run those are
/// believed that keep the share of false ones at 5 % (Benjamini and Hochberg). A benchmark is unchanged when the 90 %
/// interval of its change lies within twice the floor. What was decided at a look stays, and later pairs of it are not
/// read. A benchmark that the budget left between two looks is looked at once more with the pairs it has.
pub fn gate(run: &PairedRun, policy: &GatePolicy) -> Gate {
    let subjects = subjects(run, policy);
    let evidence: Vec<Option<&Evidence>> = subjects.iter().map(|subject| subject.evidence.as_ref().ok()).collect();
    let standings = replay(&evidence, Ending::Closed);
    let mut counts = count_verdicts(&run.counts);
    let judged = subjects.iter().zip(&standings);
    let mut verdicts: Vec<PairedVerdict> =
        judged.map(|(subject, standing)| subject.verdict(standing, &counts)).collect();
    accepted::accept(run, policy, &mut verdicts, &mut counts);
    let (allowed, missing): (Vec<_>, Vec<_>) =
        missing(run, &verdicts, &counts).into_iter().partition(|missing| policy.allows_missing(&missing.benchmark));
    let mut added = run.added.clone();
    added.sort();
    Gate {
        judgement: if run.identical { Judgement::SameCode } else { judgement(&verdicts, &counts, &missing, &allowed) },
        topics: topics(&verdicts),
        sensitivity: sensitivity(&verdicts),
        verdicts,
        counts,
        missing,
        allowed,
        added,
    }
}

/// The places, in the run, of the benchmarks that need more pairs: not decided at any look that is complete, short of 60
/// pairs, and not beyond help.
///
/// A run that is measured asks after 15, 30 and 60 pairs, each with as many pairs completed in every benchmark that was
/// named before; looking more often would let noise pass one of the looks.
pub fn undecided(run: &PairedRun, policy: &GatePolicy) -> Vec<usize> {
    let subjects = subjects(run, policy);
    let evidence: Vec<Option<&Evidence>> = subjects.iter().map(|subject| subject.evidence.as_ref().ok()).collect();
    let standings = replay(&evidence, Ending::Open);
    let open = subjects.iter().zip(&standings).filter(|(subject, standing)| subject.wants_pairs(standing));
    let mut places: Vec<usize> = open.map(|(subject, _)| subject.place).collect();
    places.sort_unstable();
    places
}

fn judgement(
    verdicts: &[PairedVerdict],
    counts: &[CountVerdict],
    missing: &[Missing],
    allowed: &[Missing],
) -> Judgement {
    let of_pairs = verdicts.iter().map(|verdict| (&verdict.benchmark, verdict.outcome.kind()));
    let of_counts = counts.iter().map(|count| (&count.benchmark, count.outcome.kind()));
    let may_be_missing = |name: &String| allowed.iter().any(|missing| missing.benchmark == *name);
    let kinds: Vec<OutcomeKind> =
        of_pairs.chain(of_counts).filter(|(name, _)| !may_be_missing(name)).map(|(_, kind)| kind).collect();
    let decided = kinds.iter().filter(|kind| kind.is_decided()).count();
    if kinds.contains(&OutcomeKind::Regressed) {
        Judgement::Red
    } else if !missing.is_empty() {
        Judgement::Missing
    } else if decided == 0 || DECIDED_ONE_IN * decided < kinds.len() {
        Judgement::Nothing
    } else {
        Judgement::Green
    }
}

fn topics(verdicts: &[PairedVerdict]) -> Vec<TopicChange> {
    let of_topic = |same: &[PairedVerdict]| {
        let logs: Vec<f64> =
            same.iter().filter_map(|verdict| verdict.change).map(|change| libm::log1p(change.center())).collect();
        let mean = logs.iter().sum::<f64>() / logs.len() as f64;
        let change = libm::expm1(mean);
        change.is_finite().then(|| TopicChange { topic: same[0].topic.clone(), change, benchmarks: logs.len() })
    };
    verdicts.chunk_by(|a, b| a.topic == b.topic).filter_map(of_topic).collect()
}

fn sensitivity(verdicts: &[PairedVerdict]) -> Option<Sensitivity> {
    let mut smallest: Vec<f64> = verdicts.iter().filter_map(|verdict| verdict.smallest).collect();
    smallest.sort_by(f64::total_cmp);
    let share = |share| stats::quantile(&smallest, share);
    Some(Sensitivity { half: share(0.5)?, most: share(0.9)?, benchmarks: smallest.len() })
}

#[cfg(test)]
mod tests;
