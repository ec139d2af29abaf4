//! Instruction counts of two sides: exact, so that a change is one as soon as it leaves the known jitter.

use std::cmp::Ordering;

use crate::gate::OutcomeKind;
use crate::model::{Metric, PairedCount};
use crate::stats;

/// The smallest change that is held against code: the place of the stack, the length of paths and random hash seeds move
/// counts by up to 0.2 %.
pub const COUNT_FLOOR: f64 = 0.005;
/// The same where several threads meet: how often they wait for each other is chance.
pub const COUNT_FLOOR_THREADED: f64 = 0.01;
/// A smaller change is not even mentioned: environment and paths alone make so much.
const NOTICE_FLOOR: f64 = 0.001;
/// How often the spread of a count over its repetitions a change has to be.
const SPREAD_FACTOR: f64 = 3.0;
/// In a function of a few hundred instructions one `if` is many per cent.
const INSTRUCTIONS_MIN: f64 = 100.0;
/// A function that executes so little of what it did has lost its work to the optimiser or to an early return.
const COLLAPSED: f64 = 0.1;
/// Counts that differ by no more are the same instructions; see [`super::PairedOutcome::Layout`].
const SAME_INSTRUCTIONS: f64 = 0.001;

/// What became of one count.
#[derive(Clone, Debug, PartialEq)]
pub struct CountVerdict {
    /// The bench target.
    pub topic: String,
    /// Its name as the harness prints it.
    pub benchmark: String,
    /// What was counted.
    pub metric: Metric,
    /// The verdict.
    pub outcome: CountOutcome,
    /// The median of the baseline's counts; none where there is none.
    pub baseline: Option<f64>,
    /// The median of the candidate's.
    pub candidate: Option<f64>,
    /// Candidate ÷ baseline - 1, of the medians; none where one of them is missing or zero.
    pub change: Option<f64>,
    /// The widest distance between counts of one side ÷ the smallest of them.
    pub spread: f64,
    /// The smallest change that is held against it, as a share.
    pub floor: f64,
}

/// The verdict on one count.
#[derive(Clone, Debug, PartialEq)]
pub enum CountOutcome {
    /// More instructions, beyond the floor.
    Regressed,
    /// More instructions, and that was reviewed: why.
    Accepted(String),
    /// Fewer instructions, beyond the floor.
    Improved,
    /// It moved, by less than is held against it or in a benchmark with threads.
    Notice,
    /// It did not move.
    Unchanged,
    /// It moved, and was counted only once on one side.
    Inconclusive,
    /// There is nothing that could be judged.
    Invalid(CountFlaw),
}

/// What is wrong with a count.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CountFlaw {
    /// The run names it more than once.
    #[error("the run holds {times} counts of this name; give each its own")]
    Repeated {
        /// How often.
        times: usize,
    },
    /// One side was not counted.
    #[error("it was counted on one side only")]
    Missing,
    /// A count is zero.
    #[error("a count is 0: nothing was executed, or nothing was seen of it")]
    Zero,
    /// Hardly anything is left of it.
    #[error("{percent:.1} % of the baseline's count is left: it no longer does its work")]
    Collapsed {
        /// What is left, %.
        percent: f64,
    },
}

impl CountOutcome {
    /// The outcome without its reason.
    pub fn kind(&self) -> OutcomeKind {
        match self {
            CountOutcome::Regressed => OutcomeKind::Regressed,
            CountOutcome::Accepted(_) => OutcomeKind::Accepted,
            CountOutcome::Improved => OutcomeKind::Improved,
            CountOutcome::Notice => OutcomeKind::Notice,
            CountOutcome::Unchanged => OutcomeKind::Unchanged,
            CountOutcome::Inconclusive => OutcomeKind::Inconclusive,
            CountOutcome::Invalid(_) => OutcomeKind::Invalid,
        }
    }

    /// Why nothing is decided, where that is so.
    pub fn reason(&self) -> Option<String> {
        match self {
            CountOutcome::Inconclusive => {
                Some("it moved and was counted once on one side, which shows no spread; count it twice".to_owned())
            }
            CountOutcome::Accepted(reason) => Some(reason.clone()),
            CountOutcome::Invalid(flaw) => Some(flaw.to_string()),
            _ => None,
        }
    }
}

/// The verdicts on all counts, ordered by topic, benchmark and metric.
pub(super) fn count_verdicts(counts: &[PairedCount]) -> Vec<CountVerdict> {
    let mut order: Vec<&PairedCount> = counts.iter().collect();
    order.sort_by_key(|count| (named(count), count.threaded));
    order.chunk_by(|a, b| named(a) == named(b)).map(|same| verdict_on(same[0], same.len())).collect()
}

/// Whether every count of this benchmark, of which there must be one, is the same on both sides.
///
/// Counts come from a bench target of their own, so that the topic says nothing here.
pub(super) fn same_instructions(counts: &[CountVerdict], benchmark: &str) -> bool {
    let mut changes =
        counts.iter().filter(|count| count.benchmark == benchmark && is_instructions(count.metric)).peekable();
    let same = |count: &CountVerdict| {
        let valid = !matches!(count.outcome, CountOutcome::Invalid(_));
        valid && count.change.is_some_and(|change| change.abs() <= SAME_INSTRUCTIONS)
    };
    changes.peek().is_some() && changes.all(same)
}

fn is_instructions(metric: Metric) -> bool {
    matches!(metric, Metric::CallgrindInstructions | Metric::UserInstructions)
}

fn named(count: &PairedCount) -> (&str, &str, Metric) {
    (&count.topic, &count.benchmark, count.metric)
}

fn verdict_on(count: &PairedCount, times: usize) -> CountVerdict {
    let whole = if times == 1 { (median(&count.baseline), median(&count.candidate)) } else { (None, None) };
    let spread = if times == 1 { spread(&count.baseline).max(spread(&count.candidate)) } else { 0.0 };
    let least = if count.threaded { COUNT_FLOOR_THREADED } else { COUNT_FLOOR };
    let mut verdict = CountVerdict {
        topic: count.topic.clone(),
        benchmark: count.benchmark.clone(),
        metric: count.metric,
        outcome: CountOutcome::Unchanged,
        baseline: whole.0,
        candidate: whole.1,
        change: whole.0.zip(whole.1).filter(|(baseline, _)| *baseline > 0.0).map(|(a, b)| (b - a) / a),
        spread,
        floor: least.max(SPREAD_FACTOR * spread),
    };
    verdict.outcome = match flaw(count, times, &verdict) {
        Some(flaw) => CountOutcome::Invalid(flaw),
        None => outcome(count, &verdict),
    };
    verdict
}

fn flaw(count: &PairedCount, times: usize, verdict: &CountVerdict) -> Option<CountFlaw> {
    if times > 1 {
        return Some(CountFlaw::Repeated { times });
    }
    let (Some(baseline), Some(candidate)) = (verdict.baseline, verdict.candidate) else {
        return Some(CountFlaw::Missing);
    };
    if count.baseline.contains(&0) || count.candidate.contains(&0) {
        return Some(CountFlaw::Zero);
    }
    let left = candidate / baseline;
    (left <= COLLAPSED).then_some(CountFlaw::Collapsed { percent: left * 100.0 })
}

fn outcome(count: &PairedCount, verdict: &CountVerdict) -> CountOutcome {
    let (Some(change), Some((baseline, candidate))) = (verdict.change, verdict.baseline.zip(verdict.candidate)) else {
        return CountOutcome::Unchanged;
    };
    let relevant = change.abs() > verdict.floor && (candidate - baseline).abs() > INSTRUCTIONS_MIN;
    let once = count.baseline.len().min(count.candidate.len()) < 2;
    match change.total_cmp(&0.0) {
        _ if relevant && count.threaded => CountOutcome::Notice,
        _ if relevant && once => CountOutcome::Inconclusive,
        Ordering::Greater if relevant => CountOutcome::Regressed,
        Ordering::Less if relevant => CountOutcome::Improved,
        _ if !count.threaded && change.abs() > NOTICE_FLOOR.max(SPREAD_FACTOR * verdict.spread) => CountOutcome::Notice,
        _ => CountOutcome::Unchanged,
    }
}

fn median(counts: &[u64]) -> Option<f64> {
    stats::median(&counts.iter().map(|&count| count as f64).collect::<Vec<_>>())
}

/// The widest distance between two counts ÷ the smaller; 0 where there is none, or no ratio.
fn spread(counts: &[u64]) -> f64 {
    match (counts.iter().min(), counts.iter().max()) {
        (Some(&low), Some(&high)) if low > 0 => (high - low) as f64 / low as f64,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(baseline: &[u64], candidate: &[u64], threaded: bool) -> PairedCount {
        PairedCount {
            topic: "callgrind".to_owned(),
            benchmark: "calc/threads".to_owned(),
            metric: Metric::CallgrindInstructions,
            baseline: baseline.to_vec(),
            candidate: candidate.to_vec(),
            threaded,
        }
    }

    fn judged(baseline: &[u64], candidate: &[u64], threaded: bool) -> CountOutcome {
        count_verdicts(&[count(baseline, candidate, threaded)]).remove(0).outcome
    }

    #[test]
    fn a_change_is_one_beyond_the_floor_and_a_hundred_instructions() {
        use CountOutcome::*;
        let cases = [
            ("the same", &[1_000_000; 2][..], &[1_000_000; 2][..], Unchanged),
            ("0.1 %", &[1_000_000; 2], &[1_001_000; 2], Unchanged),
            ("above 0.1 %", &[1_000_000; 2], &[1_001_001; 2], Notice),
            ("0.5 %", &[1_000_000; 2], &[1_005_000; 2], Notice),
            ("above 0.5 %", &[1_000_000; 2], &[1_005_001; 2], Regressed),
            ("as much less", &[1_000_000; 2], &[994_999; 2], Improved),
            ("100 instructions of 200", &[200; 2], &[300; 2], Notice),
            ("101 instructions of 200", &[200; 2], &[301; 2], Regressed),
            ("thrice the spread", &[1_000_000, 1_010_000], &[1_035_000; 2], Unchanged),
            ("more than thrice", &[1_000_000, 1_010_000], &[1_036_000; 2], Regressed),
            ("counted once", &[1_000_000], &[1_006_000; 2], Inconclusive),
            ("counted once and the same", &[1_000_000], &[1_000_000], Unchanged),
        ];
        for (name, baseline, candidate, expected) in cases {
            assert_eq!(judged(baseline, candidate, false), expected, "{name}");
        }
    }

    #[test]
    fn threads_are_never_held_against_it() {
        for (candidate, expected) in
            [(1_009_000, CountOutcome::Unchanged), (1_011_000, CountOutcome::Notice), (2_000_000, CountOutcome::Notice)]
        {
            assert_eq!(judged(&[1_000_000; 2], &[candidate; 2], true), expected, "{candidate}");
        }
    }

    #[test]
    fn a_count_that_no_longer_does_its_work_is_no_improvement() {
        use CountFlaw::*;
        let cases = [
            (&[1_000_000; 2][..], &[100_000; 2][..], Collapsed { percent: 10.0 }),
            (&[1_000_000; 2], &[0; 2], Zero),
            (&[0, 5], &[5, 5], Zero),
            (&[], &[5], Missing),
            (&[5], &[], Missing),
        ];
        for (baseline, candidate, expected) in cases {
            assert_eq!(judged(baseline, candidate, false), CountOutcome::Invalid(expected), "{candidate:?}");
        }
        assert_eq!(judged(&[1_000_000; 2], &[100_001; 2], false), CountOutcome::Improved);
    }

    #[test]
    fn a_name_that_stands_twice_is_judged_once_and_invalid() {
        let twice = [count(&[5; 2], &[5; 2], false), count(&[9; 2], &[900; 2], false)];
        let verdicts = count_verdicts(&twice);
        assert_eq!(verdicts.len(), 1);
        assert_eq!(verdicts[0].outcome, CountOutcome::Invalid(CountFlaw::Repeated { times: 2 }));
        assert_eq!(verdicts, count_verdicts(&[twice[1].clone(), twice[0].clone()]));
    }
}
