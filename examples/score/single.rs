//! What users have today: rules that compare one process a side.

use parcost::rooms::stats;

use crate::noise::Random;
use crate::pairs::{Benchmarks, Time};
use crate::rules::moments;

/// Says whether the candidate is slower (above 0), faster (below 0) or neither, from the samples of both sides.
pub(crate) type SingleRule = fn(baseline: &[f64], candidate: &[f64], random: &mut Random) -> i32;

/// The rules, by name.
pub(crate) const SINGLE_RULES: [(&str, SingleRule); 2] =
    [("Criterion: t-test p < 0.05 and 1 %", criterion), ("mean above 110 %", above_110)];

/// Resamples of the bootstrap; Criterion's own default is more, and slower.
const RESAMPLES: usize = 1_000;
const SIGNIFICANCE: f64 = 0.05;
const NOISE_THRESHOLD: f64 = 0.01;

/// Shares of comparisons.
pub(crate) struct SingleScore {
    pub(crate) comparisons: usize,
    /// Called slower or faster, and are the same.
    pub(crate) false_alarms: f64,
    /// Called slower where a slowdown of 5 %, or 10 %, was planted.
    pub(crate) recall: [f64; 2],
}

/// What a rule says of every two processes that ran one after the other.
pub(crate) fn score(rule: SingleRule, measured: &Benchmarks, time: Time) -> SingleScore {
    let mut random = Random(0);
    let mut counts = [0_usize; 3];
    let mut comparisons = 0;
    for pair in measured.values().flat_map(|processes| processes.windows(2)) {
        let (baseline, candidate) = if random.uniform() < 0.5 { (&pair[0], &pair[1]) } else { (&pair[1], &pair[0]) };
        comparisons += 1;
        for (count, slowdown) in counts.iter_mut().zip([0.0, 0.05, 0.1]) {
            let slower: Vec<f64> = candidate.slices(time).iter().map(|value| value * (1.0 + slowdown)).collect();
            let said = rule(baseline.slices(time), &slower, &mut random);
            *count += usize::from(if slowdown == 0.0 { said != 0 } else { said > 0 });
        }
    }
    let [false_alarms, five, ten] = counts.map(|count| count as f64 / comparisons as f64);
    SingleScore { comparisons, false_alarms, recall: [five, ten] }
}

fn above_110(baseline: &[f64], candidate: &[f64], _: &mut Random) -> i32 {
    i32::from(mean(candidate) / mean(baseline) > 1.1)
}

/// A change when Welch's t is rarer than the significance level among pairs of samples drawn from both sides mixed, and
/// the 95 % bootstrap interval of the change of the mean lies beyond the noise threshold.
fn criterion(baseline: &[f64], candidate: &[f64], random: &mut Random) -> i32 {
    let t = welch(baseline, candidate);
    let mixed = [baseline, candidate].concat();
    let below = (0..RESAMPLES)
        .filter(|_| welch(&drawn(&mixed, baseline.len(), random), &drawn(&mixed, candidate.len(), random)) < t)
        .count();
    let p = 2.0 * below.min(RESAMPLES - below) as f64 / RESAMPLES as f64;
    let change = |random: &mut Random| {
        let (baseline, candidate) =
            (drawn(baseline, baseline.len(), random), drawn(candidate, candidate.len(), random));
        mean(&candidate) / mean(&baseline) - 1.0
    };
    let mut changes: Vec<f64> = (0..RESAMPLES).map(|_| change(random)).collect();
    changes.sort_by(f64::total_cmp);
    let bound = |share| stats::quantile(&changes, share).unwrap_or(0.0);
    match (bound(0.025), bound(0.975)) {
        _ if p >= SIGNIFICANCE => 0,
        (low, _) if low > NOISE_THRESHOLD => 1,
        (_, high) if high < -NOISE_THRESHOLD => -1,
        _ => 0,
    }
}

/// Values drawn with replacement.
fn drawn(values: &[f64], count: usize, random: &mut Random) -> Vec<f64> {
    (0..count).map(|_| values[random.below(values.len())]).collect()
}

fn welch(a: &[f64], b: &[f64]) -> f64 {
    let ((mean_a, variance_a), (mean_b, variance_b)) = (moments(a), moments(b));
    (mean_a - mean_b) / (variance_a / a.len() as f64 + variance_b / b.len() as f64).sqrt()
}

fn mean(values: &[f64]) -> f64 {
    moments(values).0
}
