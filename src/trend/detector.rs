//! The sequential detector of change points: it takes one observation after the other and never looks ahead.

use std::ops::RangeInclusive;

use super::false_alarms::FalseAlarmRate;
use super::location::locate;
use crate::stats::{self, Interval, RankWindow};
use crate::verdict::policy::{
    CHANGE_SYSTEM, TREND_AFTER_MIN, TREND_BEFORE_MIN, TREND_LEVEL_MEMORY, TREND_NOISE_FACTOR, TREND_NOVELTY,
    TREND_PERSISTENCE, TREND_START, TREND_WINDOW,
};

/// Observations of the past that the share is taken of; older levels say nothing about the present noise.
pub(super) const NOVELTY_MEMORY: usize = 200;
/// The spread after a change ÷ the one before, from which on the noise has changed, too: ranks of unlike noise look like
/// a step where there is none, so that the step has to show in the values as well.
const NOISIER: f64 = 2.0;
/// The quantile of Student's t that it then has to reach: 1 in 2,000.
const NOISIER_P: f64 = 1.0 / 2_000.0;
/// From the mean absolute deviation to the standard deviation of normal noise.
const DEVIATION_TO_SD: f64 = 1.2533;
/// Changes between two levels, and commits that a level lasts on average at most, from which on the series goes to and fro
/// between them by itself: a machine with two speeds does.
const SWITCHES: usize = 2;
const STAY_MAX: usize = 20;
/// Commits at a level that are a stay there where the noise lingers, and the autocorrelation from which on it does, in
/// standard errors of independent values: such a series takes up its old levels for short.
const LINGERING_STAY: usize = 3;
pub(super) const LINGERING_Z: f64 = 2.0;

/// A step of the level, in natural logarithms.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Step {
    /// The index of the observation that revealed it.
    pub(super) detected: usize,
    /// The index of the first observation at the new level.
    pub(super) at: usize,
    /// The interval of that index, and as far as it may be off at all.
    pub(super) interval_at: RangeInclusive<usize>,
    pub(super) reach: RangeInclusive<usize>,
    pub(super) size: f64,
    pub(super) interval: Interval,
    /// Whether the new level is one that was left within the last commits.
    pub(super) returned: bool,
    pub(super) false_alarms: FalseAlarmRate,
}

#[derive(Default)]
pub(super) struct Detector {
    pub(super) logs: Vec<f64>,
    window: RankWindow,
    pub(super) segment: usize,
    left: Vec<Left>,
}

/// A level that was left, the index of the first observation off it, and the size of the step there.
struct Left {
    level: f64,
    at: usize,
    size: f64,
}

impl Detector {
    /// Takes the logarithm of the next observation; returns the step that it reveals.
    pub(super) fn push(&mut self, log: f64) -> Option<Step> {
        if self.window.len() == TREND_WINDOW {
            self.window.pop();
        }
        self.window.push(log);
        self.logs.push(log);
        let step = self.step()?;
        let level = stats::median(self.sides(step.at).0);
        self.left.extend(level.map(|level| Left { level, at: step.at, size: step.size }));
        self.segment = step.at;
        self.window = RankWindow::default();
        self.logs[step.at..].iter().for_each(|&log| self.window.push(log));
        Some(step)
    }

    fn step(&self) -> Option<Step> {
        let length = self.window.len();
        if length < TREND_START {
            return None;
        }
        let parting = self.window.parting(TREND_BEFORE_MIN, TREND_AFTER_MIN)?;
        if parting.z <= FalseAlarmRate::default().threshold(length) {
            return None;
        }
        let start = self.start();
        let window = &self.logs[start..];
        // What no split near the best one supports needs no closer look.
        let guess = stats::least_deviation_cut(window, TREND_BEFORE_MIN, TREND_AFTER_MIN)?;
        self.size(start + guess)?;
        let location = locate(window, guess, TREND_BEFORE_MIN)?;
        if length - location.at < TREND_AFTER_MIN {
            return None;
        }
        let at = start + location.at;
        let size = self.size(at)?;
        let (left, right) = self.sides(at);
        let indices = |splits: RangeInclusive<usize>| start + splits.start()..=start + splits.end();
        Some(Step {
            detected: self.logs.len() - 1,
            at,
            interval_at: indices(location.interval),
            reach: indices(location.reach),
            size,
            interval: stats::hodges_lehmann_interval(left, right, stats::Z_95)?,
            returned: self.is_return(stats::median(right)?, size),
            false_alarms: FalseAlarmRate::lowest(parting.z, length),
        })
    }

    /// The size of a step at an index, if it is one: large enough for its noise, at a new level, and there still.
    fn size(&self, at: usize) -> Option<f64> {
        let (left, right) = self.sides(at);
        let (old, new) = (stats::median(left)?, stats::median(right)?);
        // The cheap questions first.
        if !self.is_novel(at, old, new)? || !self.persists(old, new)? || self.goes_to_and_fro(at, old, new) {
            return None;
        }
        let size = stats::hodges_lehmann(left, right)?;
        let needed = self.relevant(left).max(self.relevant(right)).max(clear_of_noise(left, right)?);
        ((size > 0.0) == (new > old) && size.abs() >= needed).then_some(size)
    }

    /// The window's observations before an index, and from there on.
    fn sides(&self, change: usize) -> (&[f64], &[f64]) {
        (&self.logs[self.start()..change], &self.logs[change..])
    }

    pub(super) fn start(&self) -> usize {
        self.logs.len() - self.window.len()
    }

    /// The smallest step that is relevant among these observations: the threshold, or their own spread.
    pub(super) fn relevant(&self, side: &[f64]) -> f64 {
        let spread = stats::mad(side).map_or(0.0, |mad| stats::MAD_TO_SD * mad);
        libm::log1p(CHANGE_SYSTEM).max(TREND_NOISE_FACTOR * spread)
    }

    fn is_novel(&self, change: usize, old: f64, new: f64) -> Option<bool> {
        let memory = self.segment.max(change.saturating_sub(NOVELTY_MEMORY));
        let mut past = self.logs[memory..change].to_vec();
        past.sort_by(f64::total_cmp);
        Some(if new > old {
            new > stats::quantile(&past, TREND_NOVELTY)?
        } else {
            new < stats::quantile(&past, 1.0 - TREND_NOVELTY)?
        })
    }

    fn persists(&self, old: f64, new: f64) -> Option<bool> {
        let newest = stats::median(&self.logs[self.logs.len().saturating_sub(TREND_PERSISTENCE)..])?;
        Some((newest - old) * (new - old).signum() >= (new - old).abs() / 2.0)
    }

    /// Whether the series went from the one level to the other and back before, for a few commits each time.
    pub(super) fn goes_to_and_fro(&self, at: usize, old: f64, new: f64) -> bool {
        let went = |stay_min| self.went_to_and_fro(at, old, new, stay_min);
        went(TREND_AFTER_MIN) || went(LINGERING_STAY) && self.lingers(at)
    }

    /// Whether neighbours before an index resemble each other, apart from the steps that were found.
    fn lingers(&self, at: usize) -> bool {
        let later = |index: usize| self.left.iter().filter(move |left| left.at > index).map(|left| left.size);
        let from = at.saturating_sub(NOVELTY_MEMORY);
        let past: Vec<f64> = (from..at).map(|index| self.logs[index] + later(index).sum::<f64>()).collect();
        stats::rank_autocorrelation(&past) * (past.len() as f64).sqrt() > LINGERING_Z
    }

    fn went_to_and_fro(&self, at: usize, old: f64, new: f64, stay_min: usize) -> bool {
        let from = at.saturating_sub(NOVELTY_MEMORY);
        let near = (new - old).abs() / 2.0;
        let (mut is_new, mut switches, mut first) = (None, 0, at);
        let (mut stay_is_new, mut stay) = (false, 0);
        for (index, log) in (from..).zip(&self.logs[from..at]) {
            let (off_old, off_new) = ((log - old).abs(), (log - new).abs());
            if off_old.min(off_new) > near {
                continue;
            }
            let here = off_new < off_old;
            stay = if stay_is_new == here { stay + 1 } else { 1 };
            stay_is_new = here;
            if stay >= stay_min && is_new != Some(here) {
                if is_new.is_some() {
                    first = if switches == 0 { index } else { first };
                    switches += 1;
                }
                is_new = Some(here);
            }
        }
        switches >= SWITCHES && at - first <= STAY_MAX * switches
    }

    fn is_return(&self, level: f64, size: f64) -> bool {
        let near = (size.abs() / 2.0).max(libm::log1p(CHANGE_SYSTEM) / 2.0);
        let remembered = |left: usize| self.logs.len() - 1 - left <= TREND_LEVEL_MEMORY;
        // Back at that level, or by as much as the steps since: the median of the newest few may lie off.
        let mut since = size;
        self.left.iter().rev().any(|left| {
            since += left.size;
            remembered(left.at) && ((level - left.level).abs() <= near || since.abs() <= near)
        })
    }
}

/// The smallest step that shows in values that scatter more after it than before: by the test of Welch (1947). Zero where
/// the noise is what it was.
pub(super) fn clear_of_noise(left: &[f64], right: &[f64]) -> Option<f64> {
    let (before, after) = (spread(left)?, spread(right)?);
    if after <= NOISIER * before {
        return Some(0.0);
    }
    let (of_left, of_right) = (before * before / left.len() as f64, after * after / right.len() as f64);
    let variance = of_left + of_right;
    let freedom = variance * variance
        / (of_left * of_left / (left.len() - 1) as f64 + of_right * of_right / (right.len() - 1) as f64);
    Some(stats::student_quantile(NOISIER_P / 2.0, freedom)? * variance.sqrt())
}

/// The standard deviation by the mean absolute deviation from the median, in which an outlier weighs less.
pub(super) fn spread(values: &[f64]) -> Option<f64> {
    let median = stats::median(values)?;
    let n = values.len() as f64;
    let deviations: f64 = values.iter().map(|value| (value - median).abs()).sum();
    (n > 1.0).then(|| DEVIATION_TO_SD * deviations / (n * (n - 1.0)).sqrt())
}
