//! The smallest change that would be found, by simulation on the values of the series itself.

use super::detector::{Detector, NOVELTY_MEMORY, clear_of_noise};
use super::false_alarms::FalseAlarmRate;
use crate::stats;
use crate::verdict::policy::{
    CHANGE_SYSTEM, DETECTABLE_COMMITS, DETECTABLE_POWER, TREND_BEFORE_MIN, TREND_NOVELTY, TREND_PERSISTENCE,
    TREND_WINDOW,
};

/// Futures that are simulated for each direction.
const FUTURES: usize = 30;
/// Neighbouring values that a future takes together, so that noise that lingers lingers there, too.
const BLOCK: usize = 10;
/// A seed like any other; the same for every series, so that the same values give the same answer.
const SEED: u64 = 0x5eed;
/// The step by which a claim grows while the series goes to and fro between the levels before and after it.
const GROWTH: f64 = 1.1;
const GROWTHS_MAX: usize = 24;

impl Detector {
    /// The smallest step away from the present level, in logarithms, that would be found [`DETECTABLE_COMMITS`] commits later.
    ///
    /// Futures are drawn from the window, in blocks, and for each it is computed from which step on every condition of the
    /// detector holds with the last of their commits: its rank statistic, its threshold and spreads, and whether the level
    /// is new and persists. The share of the futures in which the answer suffices, either way, is [`DETECTABLE_POWER`].
    pub(super) fn min_detectable(&self) -> f64 {
        let threshold = libm::log1p(CHANGE_SYSTEM);
        let window = &self.logs[self.start()..];
        let left = &window[window.len().saturating_sub(TREND_WINDOW - DETECTABLE_COMMITS)..];
        let (Some(level), true) = (stats::median(left), left.len() >= TREND_BEFORE_MIN) else { return threshold };
        let mut past = self.logs[self.segment.max(self.logs.len().saturating_sub(NOVELTY_MEMORY))..].to_vec();
        past.sort_by(f64::total_cmp);
        let [Some(below), Some(above)] =
            [1.0 - TREND_NOVELTY, TREND_NOVELTY].map(|share| stats::quantile(&past, share))
        else {
            return threshold;
        };
        let mut random = Random(SEED);
        let mut needed: [Vec<f64>; 2] = Default::default();
        for _ in 0..FUTURES {
            let future = random.blocks(window);
            for (needed, (sign, edge)) in needed.iter_mut().zip([(1.0, above), (-1.0, below)]) {
                needed.extend(self.needed(left, &future, sign, level, edge));
            }
        }
        let enough = |mut needed: Vec<f64>| {
            needed.sort_by(f64::total_cmp);
            stats::quantile(&needed, DETECTABLE_POWER)
        };
        let mut step = needed.into_iter().filter_map(enough).fold(threshold, f64::max);
        for _ in 0..GROWTHS_MAX {
            let is_known = |to: f64| self.goes_to_and_fro(self.logs.len(), level, to);
            if !is_known(level + step) && !is_known(level - step) {
                break;
            }
            step *= GROWTH;
        }
        step
    }

    /// The smallest step in one direction with which this future would be found at its end.
    fn needed(&self, left: &[f64], future: &[f64], sign: f64, level: f64, edge: f64) -> Option<f64> {
        let (m, n) = (left.len() as f64, future.len() as f64);
        let rarity = FalseAlarmRate::default().threshold(left.len() + future.len());
        // So many of the pairs may go the other way.
        let contrary = (m * n / 2.0 - rarity * (m * n * (m + n + 1.0) / 12.0).sqrt()).max(0.0) as usize;
        let mut differences: Vec<f64> =
            future.iter().flat_map(|to| left.iter().map(move |from| sign * (to - from))).collect();
        let middle = differences.len() / 2;
        let shift = *differences.select_nth_unstable_by(middle, f64::total_cmp).1;
        let ranks = -*differences[..middle].select_nth_unstable_by(contrary.min(middle - 1), f64::total_cmp).1;
        let relevant = self.relevant(left).max(self.relevant(future)).max(clear_of_noise(left, future)?) - shift;
        let novel = sign * (edge - stats::median(future)?);
        let newest = stats::median(&future[future.len() - TREND_PERSISTENCE..])?;
        let persists = shift - 2.0 * sign * (newest - level);
        Some(ranks.max(relevant).max(novel).max(persists))
    }
}

/// SplitMix64 of Steele, Lea and Flood (2014).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) % bound as u64) as usize
    }

    /// A future of the values: rows of neighbours from anywhere among them.
    fn blocks(&mut self, values: &[f64]) -> Vec<f64> {
        let mut future = Vec::with_capacity(DETECTABLE_COMMITS + BLOCK);
        while future.len() < DETECTABLE_COMMITS {
            let from = self.below(values.len());
            future.extend(values.iter().cycle().skip(from).take(BLOCK));
        }
        future.truncate(DETECTABLE_COMMITS);
        future
    }
}
