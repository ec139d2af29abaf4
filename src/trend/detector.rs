//! The sequential detector of level shifts: it is shown one observation after the other and never looks ahead.

use super::hazard::Hazard;
use crate::stats::{self, Interval, RankWindow};
use crate::trend::replay::Policy;

/// Observations looked at together. More would find smaller shifts, and would let a slow drift pass for one.
const WINDOW: usize = 80;
/// Observations that a first verdict takes; fewer leave no statistic rare enough for the hazard.
pub(super) const START: usize = 20;
/// Observations that a level before a shift takes: the fewest whose median and spread say something of the level.
const LEFT_MIN: usize = 8;
/// Observations that a level after a shift takes: no alert comes sooner, and a spike of fewer commits is not told.
const RIGHT_MIN: usize = 5;
/// Observations that the located place leaves after it at least; it may be fewer than the test asked for.
const LOCATED_RIGHT_MIN: usize = 3;
/// Spreads of the noisier side that a shift has to reach: a smaller one drowns in what the series does by itself.
const NOISE_FACTOR: f64 = 1.0;
/// From the median absolute deviation to the standard deviation of normal noise.
const MAD_TO_SD: f64 = 1.4826;
/// The share of the segment's past that a new level has to lie beyond: a level it visits often is none.
const NOVELTY: f64 = 0.8;
/// Observations of the past that the share is taken of; levels of long ago say nothing of today's habits.
const NOVELTY_MEMORY: usize = 200;
/// Newest observations whose median has to be on the new level still: what went away again is not told.
const PERSISTENCE: usize = 3;
/// Commits for which a level that was left is remembered: coming back to it is a return, not a shift of its own.
const LEVEL_MEMORY: usize = 60;
/// Standard deviations on either side of the shift in its interval: 95 %.
const INTERVAL_Z: f64 = 1.96;

/// A shift of the level, in natural logarithms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shift {
    /// The place of the newest observation it was seen with.
    pub(super) seen: usize,
    /// The place of the first observation on the new level.
    pub(super) change: usize,
    /// How far the new level is from the one before.
    pub(super) size: f64,
    /// The interval of the size.
    pub(super) interval: Interval,
    /// Whether the new level is one that was left a short while ago.
    pub(super) returns: bool,
    /// How rarely noise does this.
    pub(super) hazard: Hazard,
}

/// What the detector remembers of a series.
pub(super) struct Detector {
    policy: Policy,
    /// Every observation so far.
    logs: Vec<f64>,
    /// The newest observations of the current segment.
    window: RankWindow,
    /// The place where the current segment begins.
    segment: usize,
    /// Levels that were left, and the place of the first observation that was off them.
    levels: Vec<(f64, usize)>,
}

impl Detector {
    pub(super) fn new(policy: Policy) -> Self {
        Self { policy, logs: Vec::new(), window: RankWindow::default(), segment: 0, levels: Vec::new() }
    }

    /// Takes the logarithm of the next observation, and tells the shift that shows with it.
    pub(super) fn push(&mut self, log: f64) -> Option<Shift> {
        if self.window.len() == WINDOW {
            self.window.pop();
        }
        self.window.push(log);
        self.logs.push(log);
        let shift = self.look()?;
        let left = stats::median(self.sides(shift.change).0);
        self.levels.extend(left.map(|level| (level, shift.change)));
        self.segment = shift.change;
        self.window = RankWindow::default();
        self.logs[shift.change..].iter().for_each(|&log| self.window.push(log));
        Some(shift)
    }

    /// The smallest shift that could be told of the level as it is now.
    pub(super) fn smallest(&self) -> f64 {
        self.least(&self.logs[self.start()..])
    }

    fn look(&self) -> Option<Shift> {
        let length = self.window.len();
        if length < START {
            return None;
        }
        let parting = self.window.parting(LEFT_MIN, RIGHT_MIN)?;
        if parting.z <= self.policy.hazard.threshold(length) {
            return None;
        }
        let change = self.locate(parting.left)?;
        let (left, right) = self.sides(change);
        let size = stats::hodges_lehmann(left, right)?;
        let relevant = size.abs() >= self.least(left).max(self.least(right));
        if !relevant || !self.is_novel(change, size)? || !self.persists(left, size)? {
            return None;
        }
        Some(Shift {
            seen: self.logs.len() - 1,
            change,
            size,
            interval: stats::hodges_lehmann_interval(left, right, INTERVAL_Z)?,
            returns: self.returns(stats::median(right)?, size),
            hazard: self.policy.hazard.rarest(parting.z, length),
        })
    }

    /// The place of the change: where two levels fit best, by absolute deviations; the rank statistic says more surely
    /// *that* the level shifted than *where*. Too near the end it is the place where the ranks part.
    fn locate(&self, parting: usize) -> Option<usize> {
        let start = self.start();
        let cut = stats::least_deviation_cut(&self.logs[start..], LEFT_MIN, LOCATED_RIGHT_MIN)?;
        let near_the_end = self.window.len() - cut < RIGHT_MIN;
        Some(start + if near_the_end { parting } else { cut })
    }

    /// The window's observations before a place, and from there on.
    fn sides(&self, change: usize) -> (&[f64], &[f64]) {
        (&self.logs[self.start()..change], &self.logs[change..])
    }

    /// The place where the window begins.
    fn start(&self) -> usize {
        self.logs.len() - self.window.len()
    }

    /// The smallest shift worth telling beside such observations: the policy's floor, or their own spread.
    fn least(&self, side: &[f64]) -> f64 {
        let spread = stats::mad(side).map_or(0.0, |mad| MAD_TO_SD * mad);
        libm::log1p(self.policy.floor).max(NOISE_FACTOR * spread)
    }

    fn is_novel(&self, change: usize, size: f64) -> Option<bool> {
        let memory = self.segment.max(change.saturating_sub(NOVELTY_MEMORY));
        let mut past = self.logs[memory..change].to_vec();
        past.sort_by(f64::total_cmp);
        let level = stats::median(&self.logs[change..])?;
        Some(if size > 0.0 {
            level > stats::quantile(&past, NOVELTY)?
        } else {
            level < stats::quantile(&past, 1.0 - NOVELTY)?
        })
    }

    fn persists(&self, left: &[f64], size: f64) -> Option<bool> {
        let newest = stats::median(&self.logs[self.logs.len().saturating_sub(PERSISTENCE)..])?;
        let off = newest - stats::median(left)?;
        Some(off * size.signum() >= size.abs() / 2.0)
    }

    fn returns(&self, level: f64, size: f64) -> bool {
        let near = (size.abs() / 2.0).max(libm::log1p(self.policy.floor) / 2.0);
        let remembered = |left: usize| self.logs.len() - 1 - left <= LEVEL_MEMORY;
        self.levels.iter().rev().any(|&(other, left)| remembered(left) && (level - other).abs() <= near)
    }
}
