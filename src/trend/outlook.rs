//! What the newest values hint at without being proof, and whether the noise has changed.

use super::change::{Noisier, Policy, Suspected};
use super::detector::{Detector, spread};
use crate::model::Estimate;
use crate::stats::{self, RankWindow};
use crate::verdict::policy::{NOISIER_FACTOR, NOISIER_Z, SUSPECTED_SPREADS, TREND_AFTER_MIN, TREND_BEFORE_MIN};

/// Newest values that are suspected together.
const NEWEST: std::ops::RangeInclusive<usize> = 2..=12;
/// Values in which a change of the noise is looked for.
const NOISE_WINDOW: usize = 160;
/// Values before and after such a change.
const NOISE_MIN: usize = 15;

impl Detector {
    /// What the newest values look like, where they all lie beyond everything that the level before them did, and are too
    /// few to be significant.
    pub(super) fn suspected(&self) -> Option<Suspected> {
        let start = self.start();
        let window = &self.logs[start..];
        let suspect = |count: usize| {
            let (left, right) = window.split_at_checked(window.len().checked_sub(count)?)?;
            let change = stats::median(right)? - stats::median(left)?;
            let beyond = |value: &f64| left.iter().all(|other| (value - other) * change > 0.0);
            let spreads = if count > 2 { SUSPECTED_SPREADS } else { 2.0 * SUSPECTED_SPREADS };
            let is_large = change.abs() >= self.relevant(left).max(spreads * spread(left)?);
            (left.len() >= TREND_BEFORE_MIN && is_large && right.iter().all(beyond)).then_some((count, change))
        };
        let (count, change) = NEWEST.rev().find_map(suspect)?;
        Some(Suspected {
            at: self.logs.len() - count,
            change: Estimate::exact(libm::expm1(change)).ok()?,
            values: count,
            needed: TREND_AFTER_MIN.max(count + 1),
        })
    }
}

/// Where the values began to scatter more; `levels` are the indices at which the level changed.
pub(super) fn noisier(logs: &[f64], levels: &[usize], policy: &Policy) -> Option<Noisier> {
    let start = logs.len().saturating_sub(NOISE_WINDOW);
    let mut deviations: Vec<f64> = Vec::with_capacity(logs.len() - start);
    let ends = levels.iter().copied().filter(|&at| at > start).chain([logs.len()]);
    for end in ends {
        let level = logs.get(start + deviations.len()..end)?;
        let median = stats::median(level)?;
        deviations.extend(level.iter().map(|log| (log - median).abs()));
    }
    let mut window = RankWindow::default();
    deviations.iter().for_each(|&deviation| window.push(deviation));
    let parting = window.parting(NOISE_MIN, NOISE_MIN)?;
    let typical = |deviations: &[f64]| stats::median(deviations).map(|median| stats::MAD_TO_SD * median);
    let (before, after) = (typical(&deviations[..parting.left])?, typical(&deviations[parting.left..])?);
    let is_noisier =
        parting.z > NOISIER_Z && after > NOISIER_FACTOR * before && after > libm::log1p(policy.threshold) / 2.0;
    is_noisier.then(|| Noisier { since: start + parting.left, before: libm::expm1(before), after: libm::expm1(after) })
}
