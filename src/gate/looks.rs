//! The looks at a run: what is decided after 15, 30 and 60 pairs, replayed from the pairs alone.

use super::evidence::Evidence;
use crate::stats::{self, Walsh};
use crate::verdict::Verdict;
use crate::verdict::policy::{CONFIDENCE, CONFIDENCE_UNCHANGED, FALSE_DISCOVERY_RATE, LOOKS, PAIRS_FIRST};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Standing {
    /// Pairs that were looked at; 0 before the first look.
    pub(super) pairs: usize,
    /// How often noise goes as far above the threshold as the pairs did at the last look, corrected for the number of looks.
    pub(super) p_regressed: f64,
    /// The same below it.
    pub(super) p_improved: f64,
    /// What was decided, at the first look that could.
    pub(super) decision: Option<Verdict>,
    /// Confidence of the interval that the decision is one with: it lies beyond the threshold where a change was found, within
    /// twice the threshold where nothing changed, and holds the threshold or more where nothing is decided.
    pub(super) confidence: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// The run goes on: a benchmark with fewer pairs than the look takes is left for later.
    Open,
    /// The run is over: a benchmark that ran out of pairs between two looks is looked at with those it has. It has had no
    /// more looks for that than are corrected for.
    Closed,
}

/// Replays the looks. A benchmark without evidence is a hypothesis that noise explains wholly: leaving it out would
/// make the others look rarer than they are.
pub(super) fn replay(evidence: &[Option<&Evidence>], ending: Ending) -> Vec<Standing> {
    let mut standings = vec![NONE; evidence.len()];
    for look in LOOKS {
        for (standing, evidence) in standings.iter_mut().zip(evidence) {
            if let Some(evidence) = evidence.filter(|_| standing.decision.is_none()) {
                standing.look(evidence, look, ending);
            }
        }
        decide(&mut standings, evidence);
    }
    standings
}

/// Before the first look.
const NONE: Standing = Standing { pairs: 0, p_regressed: 1.0, p_improved: 1.0, decision: None, confidence: CONFIDENCE };

impl Standing {
    fn look(&mut self, evidence: &Evidence, look: usize, ending: Ending) {
        let pairs = evidence.logs.len().min(look);
        let complete = pairs == look || ending == Ending::Closed;
        if !complete || pairs < PAIRS_FIRST || pairs == self.pairs {
            return;
        }
        self.pairs = pairs;
        let logs = &evidence.logs[..pairs];
        self.p_regressed = p_beyond(logs, 1.0, evidence.threshold_log);
        self.p_improved = p_beyond(logs, -1.0, evidence.threshold_log);
    }

    fn decided(&self, regressed: bool, improved: bool, evidence: &Evidence) -> Option<Verdict> {
        if regressed && (!improved || self.p_regressed <= self.p_improved) {
            return Some(Verdict::Regressed);
        }
        if improved {
            return Some(Verdict::Improved);
        }
        let interval = Walsh::of(&evidence.logs[..self.pairs])?.interval(CONFIDENCE_UNCHANGED)?;
        let twice = libm::log1p(2.0 * evidence.threshold);
        (-twice < interval.low && interval.high < twice).then_some(Verdict::Unchanged)
    }
}

/// The p of the logs lying beyond the threshold, corrected for the number of looks.
fn p_beyond(logs: &[f64], sign: f64, threshold_log: f64) -> f64 {
    let beyond: Vec<f64> = logs.iter().map(|log| sign * log - threshold_log).collect();
    stats::signed_rank_p(&beyond).map_or(1.0, |p| (p * LOOKS.len() as f64).min(1.0))
}

/// Decides what can be, over both directions of all benchmarks together.
fn decide(standings: &mut [Standing], evidence: &[Option<&Evidence>]) {
    let p_values: Vec<f64> =
        standings.iter().flat_map(|standing| [standing.p_regressed, standing.p_improved]).collect();
    let found = stats::benjamini_hochberg(&p_values, FALSE_DISCOVERY_RATE).expect("a p-value is a share");
    let rejected = found.iter().filter(|found| **found).count();
    // The p-value up to which so many hypotheses are rejected, by the interval of one look that says the same.
    let confidence = |rejected: usize| {
        let p = FALSE_DISCOVERY_RATE * rejected as f64 / p_values.len() as f64;
        1.0 - 2.0 * p / LOOKS.len() as f64
    };
    for (index, standing) in standings.iter_mut().enumerate() {
        if let (None, Some(evidence)) = (standing.decision, evidence[index]) {
            standing.decision = standing.decided(found[2 * index], found[2 * index + 1], evidence);
            standing.confidence = match standing.decision {
                Some(Verdict::Unchanged) => CONFIDENCE_UNCHANGED,
                Some(_) => confidence(rejected),
                None => confidence((rejected + 1).min(p_values.len())),
            };
        }
    }
}
