//! Where a series slid from one level to another over many commits, so that no single one of them is to blame.

use crate::model::{Direction, Estimate};
use crate::stats;
use crate::trend::replay::{Alert, Policy};

/// Commits in one block: noise of one commit lingers over a few of its neighbours, and the medians of blocks are far
/// enough apart to be taken for independent.
const BLOCK: usize = 4;
/// Blocks that a test takes: nine are the fewest whose order can be rare enough for the threshold.
const BLOCKS_MIN: usize = 9;
/// Blocks that a slide lasts at least; what is over sooner is a step that came in parts.
const SLIDE_BLOCKS_MIN: usize = 6;
/// The statistic of Mann and Kendall that a slide has to reach: 1 in 2,000 for independent blocks, either way.
const Z_MIN: f64 = 3.481;
/// Newest observations in which a slide is looked for; the work for a commit stays bounded, however long the history.
const TAIL: usize = 200;
/// Observations before the first and after the last of a row of steps in which the ends of a slide are looked for.
const REACH: usize = 100;
/// Commits between two steps of one direction that may still be one slide: it moves by a step's worth sooner than that.
const GAP: usize = 60;
/// Observations of a row of steps that are looked at, so that the work stays bounded.
const REGION: usize = 400;
/// Commits by which a step may lie outside a slide that explains it: steps are located within five commits.
const SLACK: usize = 5;
/// Numbers that make a slide: two places, a level and a rise.
const SLIDE_NUMBERS: usize = 4;
/// Spreads around the slide that it has to reach in all: a smaller one drowns in the noise.
const NOISE_FACTOR: f64 = 1.0;
/// From the median absolute deviation to the standard deviation of normal noise.
const MAD_TO_SD: f64 = 1.4826;
/// Standard deviations on either side of the slope in its interval: 95 %.
const INTERVAL_Z: f64 = 1.96;

/// A slide of the level, told with its range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drift {
    /// The place of the first observation of the slide, counted from 0; found within some ten commits.
    pub from: usize,
    /// The place of its last observation so far.
    pub to: usize,
    /// Level at its end ÷ level at its beginning - 1, with a 95 % interval from the slope's. The ends were chosen from the
    /// same observations, so it covers somewhat less.
    pub total: Estimate,
    /// The change from one commit to the next, as a share.
    pub per_commit: f64,
    /// Whether the series got worse.
    pub worse: bool,
}

impl Drift {
    /// Whether the slide accounts for a step: it goes the same way, and the step lies in its range or a few commits off.
    pub fn explains(&self, alert: &Alert) -> bool {
        let range = self.from.saturating_sub(SLACK)..=self.to + SLACK;
        range.contains(&alert.change_index) && same_way(alert.effect, self.total)
    }
}

/// The slides of a series of logarithms, in order; `alerts` are the steps that were told of it.
///
/// Method: looked at are the newest observations of the current segment, and every row of steps that go one way. A
/// slide is told where the medians of blocks of five commits rise or fall by the test of Mann and Kendall, where a level
/// that is left and reached along a straight line deviates less, in absolute terms, than the steps that were told and
/// than the best single step, and where it clears the floor and the spread around it. Takes time in proportion to the
/// length.
pub(super) fn drifts(logs: &[f64], alerts: &[Alert], direction: Direction, policy: &Policy) -> Vec<Drift> {
    let mut drifts: Vec<Drift> = Vec::new();
    for row in rows(alerts) {
        let from = region_start(alerts, row.start);
        let to = alerts.get(row.end).map_or(logs.len(), |next| next.change_index);
        let (first, last) = (alerts[row.start].change_index, alerts[row.end - 1].change_index);
        let from = from.max(first.saturating_sub(REACH));
        let to = to.min(last + REACH).min(from + REGION);
        drifts.extend(slide(logs, from, to, &alerts[row], direction, policy));
    }
    let segment = alerts.last().map_or(0, |alert| alert.change_index);
    if drifts.last().is_none_or(|drift| drift.to < segment) {
        let from = segment.max(logs.len().saturating_sub(TAIL));
        drifts.extend(slide(logs, from, logs.len(), &[], direction, policy));
    }
    drifts
}

/// Rows of steps that follow each other closely and go one way.
fn rows(alerts: &[Alert]) -> Vec<std::ops::Range<usize>> {
    let mut rows: Vec<std::ops::Range<usize>> = Vec::new();
    for (place, alert) in alerts.iter().enumerate() {
        let joins = place.checked_sub(1).map(|before| &alerts[before]).is_some_and(|before| {
            same_way(before.effect, alert.effect) && alert.change_index - before.change_index <= GAP
        });
        match rows.last_mut() {
            Some(row) if joins => row.end = place + 1,
            _ => rows.push(place..place + 1),
        }
    }
    rows
}

fn region_start(alerts: &[Alert], row: usize) -> usize {
    row.checked_sub(1).map_or(0, |before| alerts[before].change_index)
}

fn same_way(a: Estimate, b: Estimate) -> bool {
    (a.center() > 0.0) == (b.center() > 0.0)
}

/// The slide within `logs[from..to]`, if there is one.
fn slide(
    logs: &[f64],
    from: usize,
    to: usize,
    alerts: &[Alert],
    direction: Direction,
    policy: &Policy,
) -> Option<Drift> {
    let region = logs.get(from..to)?;
    // The newest observations fill whole blocks.
    let skipped = region.len() % BLOCK;
    let blocks: Vec<f64> = region[skipped..].chunks_exact(BLOCK).filter_map(stats::median).collect();
    if blocks.len() < BLOCKS_MIN {
        return None;
    }
    let z = stats::mann_kendall(&blocks)?;
    let ramp = Ramp::fit(&blocks)?;
    // Where steps were told it is known that the level moved, and only asked how.
    if (alerts.is_empty() && z.abs() < Z_MIN) || (z > 0.0) != (ramp.rise > 0.0) {
        return None;
    }
    let at = |place: usize| (place as f64 - skipped as f64 + 0.5) / BLOCK as f64 - 0.5;
    let residuals: Vec<f64> = region.iter().enumerate().map(|(place, log)| log - ramp.at(at(place))).collect();
    let cuts: Vec<usize> = alerts
        .iter()
        .map(|alert| alert.change_index.saturating_sub(from))
        .filter(|&cut| 0 < cut && cut < region.len())
        .collect();
    let single = stats::least_deviation_cut(region, 1, 1)?;
    let stepped = criterion_of_steps(region, &cuts)?.min(criterion_of_steps(region, &[single])?);
    let slid = criterion(&residuals, SLIDE_NUMBERS);
    let spread = MAD_TO_SD * stats::mad(&residuals)?;
    if slid >= stepped || ramp.rise.abs() < libm::log1p(policy.floor).max(NOISE_FACTOR * spread) {
        return None;
    }
    let place = |block: usize| from + skipped + BLOCK * block + BLOCK / 2;
    let (first, last) = (place(ramp.from), (place(ramp.to) + BLOCK / 2).min(to - 1));
    let (slope, interval) = stats::sen_slope(&blocks[ramp.from..=ramp.to], INTERVAL_Z)?;
    let commits = (last - first) as f64 / BLOCK as f64;
    let [center, low, high] = [slope, interval.low, interval.high].map(|slope| libm::expm1(slope * commits));
    let total = Estimate::new(center, low, high).ok()?;
    let worse = (center > 0.0) == (direction == Direction::LowerIsBetter);
    Some(Drift { from: first, to: last, total, per_commit: libm::expm1(slope / BLOCK as f64), worse })
}

/// The criterion of Schwarz (1978) for noise with absolute deviations as Laplace has it: the less the better. It weighs
/// how close a description comes against the numbers that it takes, so that many steps are no cheap disguise of a slide,
/// and a slide none of one step.
fn criterion(residuals: &[f64], numbers: usize) -> f64 {
    let n = residuals.len() as f64;
    let deviation: f64 = residuals.iter().map(|residual| residual.abs()).sum();
    2.0 * n * libm::log(deviation) + numbers as f64 * libm::log(n)
}

/// The criterion for levels between `cuts`: each level and each cut is a number.
fn criterion_of_steps(values: &[f64], cuts: &[usize]) -> Option<f64> {
    let mut ends = cuts.to_vec();
    ends.push(values.len());
    let mut residuals = Vec::with_capacity(values.len());
    for end in ends {
        let piece = values.get(residuals.len()..end)?;
        let median = stats::median(piece)?;
        residuals.extend(piece.iter().map(|value| value - median));
    }
    Some(criterion(&residuals, 2 * cuts.len() + 1))
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
        for from in 0..blocks.len().saturating_sub(SLIDE_BLOCKS_MIN) {
            for to in from + SLIDE_BLOCKS_MIN..blocks.len() {
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

    /// Its value at a place counted in blocks.
    fn at(self, place: f64) -> f64 {
        let share = (place - self.from as f64) / (self.to - self.from) as f64;
        self.level + self.rise * share.clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trend::{Trend, trend};

    /// Levels reached in so many commits each, along straight lines, under a small regular ripple.
    fn series(points: &[(f64, usize)]) -> Vec<f64> {
        let mut levels = vec![points[0].0; points[0].1];
        for pair in points.windows(2) {
            let (from, (to, commits)) = (pair[0].0, pair[1]);
            levels.extend((1..=commits).map(|commit| from + (to - from) * commit as f64 / commits as f64));
        }
        let rippled = |(place, level): (usize, f64)| level * (1.0 + 0.001 * ((place * 7) % 5) as f64);
        levels.into_iter().enumerate().map(rippled).collect()
    }

    fn told(values: &[f64]) -> Trend {
        trend(values, Direction::LowerIsBetter, &Policy::default()).unwrap()
    }

    #[test]
    fn a_slide_is_told_with_its_range_and_explains_the_steps_in_it() {
        for (name, values, worse) in [
            ("up", series(&[(100.0, 60), (120.0, 40)]), true),
            ("down", series(&[(120.0, 60), (100.0, 40)]), false),
            ("up, and steady again", series(&[(100.0, 60), (120.0, 40), (120.0, 60)]), true),
        ] {
            let trend = told(&values);
            assert_eq!(trend.drifts.len(), 1, "{name}: {trend:?}");
            let drift = trend.drifts[0];
            assert!(drift.from.abs_diff(60) <= 5 && drift.to.abs_diff(99) <= 5, "{name}: {drift:?}");
            assert!((drift.total.center().abs() - 0.18).abs() < 0.03 && drift.worse == worse, "{name}: {drift:?}");
            assert!(!trend.alerts.is_empty() && trend.alerts.iter().all(|alert| drift.explains(alert)), "{name}");
        }
    }

    #[test]
    fn a_slow_slide_that_no_step_shows_is_told_of_the_newest_commits() {
        let trend = told(&series(&[(100.0, 1), (104.0, 300)]));
        assert!(trend.drifts.iter().any(|drift| drift.to == 300 && drift.worse), "{trend:?}");
    }

    #[test]
    fn steps_are_no_slide() {
        for (name, values) in [
            ("one", series(&[(100.0, 60), (110.0, 1), (110.0, 60)])),
            ("two", series(&[(100.0, 60), (105.0, 1), (105.0, 30), (110.0, 1), (110.0, 60)])),
            ("none", series(&[(100.0, 200)])),
            ("too small", series(&[(100.0, 1), (101.5, 199)])),
        ] {
            assert_eq!(told(&values).drifts, [], "{name}");
        }
    }

    #[test]
    fn a_step_beside_a_slide_stays_a_step() {
        let trend = told(&series(&[(100.0, 60), (130.0, 1), (130.0, 80), (156.0, 40)]));
        assert_eq!(trend.drifts.len(), 1, "{trend:?}");
        let alone: Vec<usize> = trend
            .alerts
            .iter()
            .filter(|alert| !trend.drifts[0].explains(alert))
            .map(|alert| alert.change_index)
            .collect();
        assert_eq!(alone, [60]);
    }
}
