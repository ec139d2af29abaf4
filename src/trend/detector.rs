//! The sequential detector of change points: it takes one observation after the other and never looks ahead.

use super::change::Policy;
use super::false_alarms::FalseAlarmRate;
use crate::stats::{self, Interval, RankWindow};

/// Observations judged together. More would find smaller steps, and would take a slow drift for one.
const WINDOW: usize = 80;
/// Observations that a first verdict needs; fewer leave no statistic rare enough for the false-alarm rate.
pub(super) const START: usize = 20;
/// Observations before a change point: the fewest whose median and spread describe a level.
const LEFT_MIN: usize = 8;
/// Observations after a change point: none is reported sooner, and a spike of fewer commits is never reported.
const RIGHT_MIN: usize = 5;
/// Observations that a located change point leaves after it; they may be fewer than the test needed.
const LOCATED_RIGHT_MIN: usize = 3;
/// Spreads of the noisier side that a step has to reach: a smaller one is lost in the noise of the series.
const NOISE_FACTOR: f64 = 1.0;
/// From the median absolute deviation to the standard deviation of normal noise.
const MAD_TO_SD: f64 = 1.4826;
/// The share of the segment's past that a new level has to lie beyond: a level that it visits often is not new.
const NOVELTY: f64 = 0.8;
/// Observations of the past that the share is taken of; older levels say nothing about the present noise.
const NOVELTY_MEMORY: usize = 200;
/// Newest observations whose median has to be at the new level still: what has gone away again is not reported.
const PERSISTENCE: usize = 3;
/// Commits for which a level that was left is remembered: a step back to it is marked as returned.
const LEVEL_MEMORY: usize = 60;
/// Standard deviations on either side of a step in its interval: 95 %.
const INTERVAL_Z: f64 = 1.96;

/// A step of the level, in natural logarithms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Step {
    /// The index of the observation that revealed it.
    pub(super) detected: usize,
    /// The index of the first observation at the new level.
    pub(super) at: usize,
    pub(super) size: f64,
    pub(super) interval: Interval,
    /// Whether the new level is one that was left within the last commits.
    pub(super) returned: bool,
    pub(super) false_alarms: FalseAlarmRate,
}

/// What the detector remembers of a series.
pub(super) struct Detector {
    policy: Policy,
    /// Every observation so far.
    logs: Vec<f64>,
    /// The newest observations of the current segment.
    window: RankWindow,
    /// The index at which the current segment begins.
    segment: usize,
    /// Levels that were left, and the index of the first observation off them.
    levels: Vec<(f64, usize)>,
}

impl Detector {
    pub(super) fn new(policy: Policy) -> Self {
        Self { policy, logs: Vec::new(), window: RankWindow::default(), segment: 0, levels: Vec::new() }
    }

    /// Takes the logarithm of the next observation; returns the step that it reveals.
    pub(super) fn push(&mut self, log: f64) -> Option<Step> {
        if self.window.len() == WINDOW {
            self.window.pop();
        }
        self.window.push(log);
        self.logs.push(log);
        let step = self.step()?;
        let left = stats::median(self.sides(step.at).0);
        self.levels.extend(left.map(|level| (level, step.at)));
        self.segment = step.at;
        self.window = RankWindow::default();
        self.logs[step.at..].iter().for_each(|&log| self.window.push(log));
        Some(step)
    }

    /// The smallest step away from the present level that would be found.
    pub(super) fn min_detectable(&self) -> f64 {
        self.relevant(&self.logs[self.start()..])
    }

    fn step(&self) -> Option<Step> {
        let length = self.window.len();
        if length < START {
            return None;
        }
        let parting = self.window.parting(LEFT_MIN, RIGHT_MIN)?;
        if parting.z <= self.policy.false_alarms.threshold(length) {
            return None;
        }
        let at = self.locate(parting.left)?;
        let (left, right) = self.sides(at);
        let size = stats::hodges_lehmann(left, right)?;
        let is_relevant = size.abs() >= self.relevant(left).max(self.relevant(right));
        if !is_relevant || !self.is_novel(at, size)? || !self.persists(left, size)? {
            return None;
        }
        Some(Step {
            detected: self.logs.len() - 1,
            at,
            size,
            interval: stats::hodges_lehmann_interval(left, right, INTERVAL_Z)?,
            returned: self.is_return(stats::median(right)?, size),
            false_alarms: self.policy.false_alarms.lowest(parting.z, length),
        })
    }

    /// The index of the change: where two levels fit best, by absolute deviations; the rank statistic is a better witness
    /// of *whether* the level changed than of *where*. Too near the end it is the index at which the ranks part.
    fn locate(&self, parting: usize) -> Option<usize> {
        let start = self.start();
        let cut = stats::least_deviation_cut(&self.logs[start..], LEFT_MIN, LOCATED_RIGHT_MIN)?;
        let near_the_end = self.window.len() - cut < RIGHT_MIN;
        Some(start + if near_the_end { parting } else { cut })
    }

    /// The window's observations before an index, and from there on.
    fn sides(&self, change: usize) -> (&[f64], &[f64]) {
        (&self.logs[self.start()..change], &self.logs[change..])
    }

    /// The index at which the window begins.
    fn start(&self) -> usize {
        self.logs.len() - self.window.len()
    }

    /// The smallest step that is relevant among these observations: the threshold, or their own spread.
    fn relevant(&self, side: &[f64]) -> f64 {
        let spread = stats::mad(side).map_or(0.0, |mad| MAD_TO_SD * mad);
        libm::log1p(self.policy.threshold).max(NOISE_FACTOR * spread)
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

    fn is_return(&self, level: f64, size: f64) -> bool {
        let near = (size.abs() / 2.0).max(libm::log1p(self.policy.threshold) / 2.0);
        let remembered = |left: usize| self.logs.len() - 1 - left <= LEVEL_MEMORY;
        self.levels.iter().rev().any(|&(other, left)| remembered(left) && (level - other).abs() <= near)
    }
}
