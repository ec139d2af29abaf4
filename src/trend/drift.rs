//! Where a series drifts from one level to another over many commits, so that no single one of them is the culprit.

use super::change::{ChangePoint, Drift, same_way, verdict};
use crate::model::{Direction, Estimate};
use crate::stats;
use crate::verdict::policy::{DRIFT_BLOCK, DRIFT_BLOCKS_MIN, DRIFT_Z, TREND_NOISE_FACTOR};

/// Blocks that a test needs: nine are the fewest whose order can be rare enough for the threshold.
const BLOCKS_MIN: usize = 9;
/// Newest observations that are searched for a drift; the work for a commit stays bounded, however long the history.
const TAIL: usize = 200;
/// Observations before the first and after the last of a row of steps that are searched for the ends of a drift.
const REACH: usize = 100;
/// Commits between two steps of one direction that may still be one drift: it changes by a step's worth sooner than that.
const GAP: usize = 60;
/// Observations of a row of steps that are searched, so that the work stays bounded.
const REGION: usize = 400;
/// Parameters of a drift: two ends, a level and a rise.
const DRIFT_PARAMETERS: usize = 4;

/// The drifts of a series of logarithms, in order; `points` are its change points, and `least` the smallest share that is one.
///
/// Method: searched are the newest observations of the current segment, and every row of change points that go one way.
/// A drift is reported where the medians of blocks of four commits rise or fall by the test of Mann and Kendall, where a
/// level that is left and reached along a straight line deviates less, in absolute terms, than the steps that were found
/// and than the best single step, and where it clears the threshold and the spread around it. Takes time in proportion to
/// the length.
pub(super) fn drifts(logs: &[f64], points: &[ChangePoint], direction: Direction, least: f64) -> Vec<Drift> {
    let mut drifts: Vec<Drift> = Vec::new();
    for row in rows(points) {
        let from = row.start.checked_sub(1).map_or(0, |before| points[before].at);
        let to = points.get(row.end).map_or(logs.len(), |next| next.at);
        let (first, last) = (points[row.start].at, points[row.end - 1].at);
        let from = from.max(first.saturating_sub(REACH));
        let to = to.min(last + REACH).min(from + REGION);
        drifts.extend(drift(logs, from, to, &points[row], direction, least));
    }
    let segment = points.last().map_or(0, |point| point.at);
    if drifts.last().is_none_or(|drift| drift.to < segment) {
        let from = segment.max(logs.len().saturating_sub(TAIL));
        drifts.extend(drift(logs, from, logs.len(), &[], direction, least));
    }
    drifts
}

/// Rows of change points that follow each other closely and go one way.
fn rows(points: &[ChangePoint]) -> Vec<std::ops::Range<usize>> {
    let mut rows: Vec<std::ops::Range<usize>> = Vec::new();
    for (index, point) in points.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| &points[before]);
        let joins = before.is_some_and(|before| same_way(before.change, point.change) && point.at - before.at <= GAP);
        match rows.last_mut() {
            Some(row) if joins => row.end = index + 1,
            _ => rows.push(index..index + 1),
        }
    }
    rows
}

fn drift(
    logs: &[f64],
    from: usize,
    to: usize,
    points: &[ChangePoint],
    direction: Direction,
    least: f64,
) -> Option<Drift> {
    let region = logs.get(from..to)?;
    // The newest observations fill whole blocks.
    let skipped = region.len() % DRIFT_BLOCK;
    let blocks: Vec<f64> = region[skipped..].chunks_exact(DRIFT_BLOCK).filter_map(stats::median).collect();
    if blocks.len() < BLOCKS_MIN {
        return None;
    }
    let z = stats::mann_kendall(&blocks)?;
    let ramp = Ramp::fit(&blocks)?;
    // Where there are change points that are no noise the level did change; the question is only how.
    if (points.iter().all(|point| point.noise) && z.abs() < DRIFT_Z) || (z > 0.0) != (ramp.rise > 0.0) {
        return None;
    }
    let at = |index: usize| (index as f64 - skipped as f64 + 0.5) / DRIFT_BLOCK as f64 - 0.5;
    let residuals: Vec<f64> = region.iter().enumerate().map(|(index, log)| log - ramp.at(at(index))).collect();
    let cuts: Vec<usize> =
        points.iter().map(|point| point.at.saturating_sub(from)).filter(|&cut| 0 < cut && cut < region.len()).collect();
    let single = stats::least_deviation_cut(region, 1, 1)?;
    // Around a line that the values do not follow they linger, and then fewer of them are independent.
    let repeats = stats::variance_inflation(stats::rank_autocorrelation(&residuals));
    let stepped = criterion_of_steps(region, &cuts, repeats)?.min(criterion_of_steps(region, &[single], repeats)?);
    let drifted = criterion(&residuals, repeats, DRIFT_PARAMETERS);
    let spread = stats::MAD_TO_SD * stats::mad(&residuals)?;
    if drifted >= stepped || ramp.rise.abs() < libm::log1p(least).max(TREND_NOISE_FACTOR * spread) {
        return None;
    }
    let index = |block: usize| from + skipped + DRIFT_BLOCK * block + DRIFT_BLOCK / 2;
    let (first, last) = (index(ramp.from), (index(ramp.to) + DRIFT_BLOCK / 2).min(to - 1));
    let (slope, interval) = stats::sen_slope(&blocks[ramp.from..=ramp.to], stats::Z_95)?;
    let commits = (last - first) as f64 / DRIFT_BLOCK as f64;
    let [center, low, high] = [slope, interval.low, interval.high].map(|slope| libm::expm1(slope * commits));
    Some(Drift {
        from: first,
        to: last,
        change: Estimate::new(center, low, high).ok()?,
        change_per_commit: libm::expm1(slope / DRIFT_BLOCK as f64),
        verdict: verdict(center, direction),
    })
}

/// The criterion of Schwarz (1978) for noise with absolute deviations as Laplace has it: the less the better. It weighs
/// how close a description comes against the parameters that it needs, so that many steps do not pass for a drift, nor a
/// drift for one step. Of as many values as `repeats` says one is independent.
fn criterion(residuals: &[f64], repeats: f64, parameters: usize) -> f64 {
    let n = residuals.len() as f64 / repeats;
    let deviation: f64 = residuals.iter().map(|residual| residual.abs()).sum();
    2.0 * n * libm::log(deviation) + parameters as f64 * libm::log(n)
}

/// The criterion for levels between `cuts`: each level and each cut is a parameter.
fn criterion_of_steps(values: &[f64], cuts: &[usize], repeats: f64) -> Option<f64> {
    let mut ends = cuts.to_vec();
    ends.push(values.len());
    let mut residuals = Vec::with_capacity(values.len());
    for end in ends {
        let piece = values.get(residuals.len()..end)?;
        let median = stats::median(piece)?;
        residuals.extend(piece.iter().map(|value| value - median));
    }
    Some(criterion(&residuals, repeats, 2 * cuts.len() + 1))
}

/// A level that is left at one block and a new one that is reached, along a straight line, at another.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Ramp {
    from: usize,
    to: usize,
    level: f64,
    rise: f64,
}

impl Ramp {
    /// The ramp with the least squares; the medians of blocks have no outliers left to fear.
    fn fit(blocks: &[f64]) -> Option<Self> {
        let mut best: Option<(f64, Ramp)> = None;
        for from in 0..blocks.len().saturating_sub(DRIFT_BLOCKS_MIN) {
            for to in from + DRIFT_BLOCKS_MIN..blocks.len() {
                let Some((squares, ramp)) = Self::between(blocks, from, to) else { continue };
                if best.is_none_or(|(least, _)| squares < least) {
                    best = Some((squares, ramp));
                }
            }
        }
        best.map(|(_, ramp)| ramp)
    }

    fn between(blocks: &[f64], from: usize, to: usize) -> Option<(f64, Self)> {
        let n = blocks.len() as f64;
        let unit = Self { from, to, level: 0.0, rise: 1.0 };
        let (mut sx, mut sy, mut sxx, mut sxy, mut syy) = (0.0, 0.0, 0.0, 0.0, 0.0);
        // Around the first value, so that large logarithms do not cancel.
        let origin = blocks[0];
        for (block, value) in blocks.iter().enumerate() {
            let (x, y) = (unit.at(block as f64), value - origin);
            (sx, sy, sxx, sxy, syy) = (sx + x, sy + y, sxx + x * x, sxy + x * y, syy + y * y);
        }
        let (vx, cov, vy) = (sxx - sx * sx / n, sxy - sx * sy / n, syy - sy * sy / n);
        let rise = cov / vx;
        let level = origin + (sy - rise * sx) / n;
        (vx > 0.0 && rise.is_finite() && level.is_finite()).then_some((vy - rise * cov, Self { from, to, level, rise }))
    }

    /// Its value, `index` blocks from the first.
    fn at(self, index: f64) -> f64 {
        let share = (index - self.from as f64) / (self.to - self.from) as f64;
        self.level + self.rise * share.clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trend::{change::SeriesTrend, tests::rippled, trend};
    use crate::verdict::Verdict;

    /// Levels reached in so many commits each, along straight lines, under a small regular ripple.
    fn series(points: &[(f64, usize)]) -> Vec<f64> {
        let mut levels = vec![points[0].0; points[0].1];
        for pair in points.windows(2) {
            let (from, (to, commits)) = (pair[0].0, pair[1]);
            levels.extend((1..=commits).map(|commit| from + (to - from) * commit as f64 / commits as f64));
        }
        levels.into_iter().enumerate().map(|(commit, level)| level * rippled(commit, 0)).collect()
    }

    fn found(values: &[f64]) -> SeriesTrend {
        trend(values, Direction::LowerIsBetter).unwrap()
    }

    #[test]
    fn a_drift_is_found_with_its_range_and_explains_the_change_points_in_it() {
        for (name, values, verdict) in [
            ("up", series(&[(100.0, 60), (120.0, 40)]), Verdict::Regressed),
            ("down", series(&[(120.0, 60), (100.0, 40)]), Verdict::Improved),
            ("up, and steady again", series(&[(100.0, 60), (120.0, 40), (120.0, 60)]), Verdict::Regressed),
        ] {
            let trend = found(&values);
            assert_eq!(trend.drifts.len(), 1, "{name}: {trend:?}");
            let drift = trend.drifts[0];
            assert!(drift.from.abs_diff(60) <= 5 && drift.to.abs_diff(99) <= 5, "{name}: {drift:?}");
            assert!((drift.change.center().abs() - 0.18).abs() < 0.03 && drift.verdict == verdict, "{name}: {drift:?}");
            assert!(
                !trend.change_points.is_empty() && trend.change_points.iter().all(|point| drift.explains(point)),
                "{name}"
            );
        }
    }

    #[test]
    fn a_slow_drift_without_change_points_is_found_in_the_newest_commits() {
        let trend = found(&series(&[(100.0, 1), (104.0, 300)]));
        assert!(trend.drifts.iter().any(|drift| drift.to == 300 && drift.verdict == Verdict::Regressed), "{trend:?}");
    }

    #[test]
    fn steps_are_not_a_drift() {
        for (name, values) in [
            ("one", series(&[(100.0, 60), (110.0, 1), (110.0, 60)])),
            ("two", series(&[(100.0, 60), (105.0, 1), (105.0, 30), (110.0, 1), (110.0, 60)])),
            ("none", series(&[(100.0, 200)])),
            ("too small", series(&[(100.0, 1), (101.5, 199)])),
        ] {
            assert_eq!(found(&values).drifts, [], "{name}");
        }
    }

    #[test]
    fn a_step_next_to_a_drift_stays_a_step() {
        let trend = found(&series(&[(100.0, 60), (130.0, 1), (130.0, 80), (156.0, 40)]));
        assert_eq!(trend.drifts.len(), 1, "{trend:?}");
        let alone: Vec<usize> =
            trend.change_points.iter().filter(|point| !trend.drifts[0].explains(point)).map(|point| point.at).collect();
        assert_eq!(alone, [60]);
    }
}
