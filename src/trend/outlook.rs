//! What the values hint at without being proof, and whether the noise has changed.

use super::change::{Noisier, SeriesTrend, Suspected, Unjudged};
use super::detector::spread;
use crate::model::Estimate;
use crate::stats::{self, RankWindow};
use crate::verdict::policy::{
    CHANGE_SYSTEM, NOISIER_FACTOR, NOISIER_Z, SUSPECTED_SPREADS, TREND_AFTER_MIN, TREND_BEFORE_MIN, TREND_WINDOW,
};

/// The fewest newest values that are suspected: a single one may be a spike.
const NEWEST_MIN: usize = 2;
/// Values in which a change of the noise is looked for.
const NOISE_WINDOW: usize = 160;
/// Values before and after such a change.
const NOISE_MIN: usize = 15;

/// The commit of the present level since which all values lie farthest beyond everything before it, where these or those
/// are too few to be significant: also in a series that has too few for a verdict.
pub(super) fn suspected(values: &[f64], trend: &Result<SeriesTrend, Unjudged>) -> Option<Suspected> {
    let level = match trend {
        // What drifts is always beyond what it was.
        Ok(trend) if trend.drifts.is_empty() => trend.change_points.last().map_or(0, |point| point.at),
        Err(Unjudged::TooFew { .. }) => 0,
        _ => return None,
    };
    let start = level.max(values.len().saturating_sub(TREND_WINDOW));
    let window: Vec<f64> = values[start..].iter().map(|&value| libm::log(value)).collect();
    let suspect = |before: usize| {
        let (left, right) = window.split_at(before);
        let sign = (right[0] - left[0]).signum();
        let edge = left.iter().map(|other| sign * other).fold(f64::NEG_INFINITY, f64::max);
        let gap = right.iter().map(|value| sign * value).fold(f64::INFINITY, f64::min) - edge;
        if gap <= 0.0 {
            return None;
        }
        let change = stats::median(right)? - stats::median(left)?;
        let spreads = if right.len() > NEWEST_MIN { SUSPECTED_SPREADS } else { 2.0 * SUSPECTED_SPREADS };
        (change.abs() >= libm::log1p(CHANGE_SYSTEM).max(spreads * spread(left)?)).then_some((gap, before, change))
    };
    let splits = TREND_BEFORE_MIN..(window.len() + 1).saturating_sub(NEWEST_MIN);
    let (_, before, change) = splits.filter_map(suspect).max_by(|a, b| a.0.total_cmp(&b.0))?;
    let count = window.len() - before;
    Some(Suspected {
        at: start + before,
        change: Estimate::exact(libm::expm1(change)).ok()?,
        values: count,
        needed: TREND_AFTER_MIN.max(count + 1),
    })
}

/// Where the values began to scatter more; `levels` are the indices at which the level changed.
pub(super) fn noisier(logs: &[f64], levels: &[usize]) -> Option<Noisier> {
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
        parting.z > NOISIER_Z && after > NOISIER_FACTOR * before && after > libm::log1p(CHANGE_SYSTEM) / 2.0;
    is_noisier.then(|| Noisier { since: start + parting.left, before: libm::expm1(before), after: libm::expm1(after) })
}
