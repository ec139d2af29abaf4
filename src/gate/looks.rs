//! The looks at a run: what is decided after 15, 30 and 60 pairs, replayed from the pairs alone.

use super::evidence::Evidence;
use crate::stats::{self, Walsh};

/// Pairs after which a run is looked at. Fifteen are the fewest that let one benchmark in a hundred be significant:
/// `3 / 2^15 < 0.05 / 200`.
pub const LOOKS: [usize; 3] = [15, 30, 60];
pub(super) const FIRST_LOOK: usize = LOOKS[0];
pub(super) const LAST_LOOK: usize = LOOKS[2];
/// The share of false ones among the changes that are told, on average.
const FALSE_DISCOVERY_RATE: f64 = 0.05;
/// The level of the interval that has to lie within twice the floor: one-sided 5 % on either side.
const UNCHANGED_LEVEL: f64 = 0.9;

/// What the looks found of one benchmark.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Standing {
    /// Pairs that were looked at; 0 before the first look.
    pub(super) pairs: usize,
    /// How often noise goes as far above the floor as it did at one of the looks, corrected for their number.
    pub(super) p_slower: f64,
    /// The same below it.
    pub(super) p_faster: f64,
    /// What was decided, at the first look that could.
    pub(super) decision: Option<Decision>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Slower,
    Faster,
    Unchanged,
}

/// Which pairs count as a look.
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
    let mut standings = vec![Standing { pairs: 0, p_slower: 1.0, p_faster: 1.0, decision: None }; evidence.len()];
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

impl Standing {
    fn look(&mut self, evidence: &Evidence, look: usize, ending: Ending) {
        let pairs = evidence.logs.len().min(look);
        let complete = pairs == look || ending == Ending::Closed;
        if !complete || pairs < FIRST_LOOK || pairs == self.pairs {
            return;
        }
        self.pairs = pairs;
        let logs = &evidence.logs[..pairs];
        self.p_slower = self.p_slower.min(p_beyond(logs, 1.0, evidence.floor_log));
        self.p_faster = self.p_faster.min(p_beyond(logs, -1.0, evidence.floor_log));
    }

    fn decided(&self, slower: bool, faster: bool, evidence: &Evidence) -> Option<Decision> {
        if slower && (!faster || self.p_slower <= self.p_faster) {
            return Some(Decision::Slower);
        }
        if faster {
            return Some(Decision::Faster);
        }
        let interval = Walsh::of(&evidence.logs[..self.pairs])?.interval(UNCHANGED_LEVEL)?;
        let twice = libm::log1p(2.0 * evidence.floor);
        (-twice < interval.low && interval.high < twice).then_some(Decision::Unchanged)
    }
}

/// The p of the logs lying beyond the floor, corrected for the number of looks.
fn p_beyond(logs: &[f64], sign: f64, floor_log: f64) -> f64 {
    let beyond: Vec<f64> = logs.iter().map(|log| sign * log - floor_log).collect();
    stats::signed_rank_p(&beyond).map_or(1.0, |p| (p * LOOKS.len() as f64).min(1.0))
}

/// Decides what can be, over both directions of all benchmarks together.
fn decide(standings: &mut [Standing], evidence: &[Option<&Evidence>]) {
    let p_values: Vec<f64> = standings.iter().flat_map(|standing| [standing.p_slower, standing.p_faster]).collect();
    let found = stats::benjamini_hochberg(&p_values, FALSE_DISCOVERY_RATE).expect("a p-value is a share");
    for (index, standing) in standings.iter_mut().enumerate() {
        if let (None, Some(evidence)) = (standing.decision, evidence[index]) {
            standing.decision = standing.decided(found[2 * index], found[2 * index + 1], evidence);
        }
    }
}
