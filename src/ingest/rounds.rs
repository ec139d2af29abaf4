//! From the samples of a benchmark to its rounds, and from the rounds to an estimate.

use std::collections::{BTreeMap, BTreeSet};

use super::sample_log::{Sample, SelfTimed};
use crate::model::{CPU_AVAILABILITY_MIN, Estimate, PERCENTILES, Quality, Round};
use crate::stats::{median, median_interval, quantile};

/// Fewer samples than this have no quantile worth the name.
const SAMPLES_MIN: usize = 5;

/// The share of the samples that must be unspoiled: with less, what is left is a selection and no sample.
const GOOD_SHARE_MIN: f64 = 0.5;

/// A round with less than this share of the usual number of samples was cut off, or was mostly warm-up.
const ROUND_SHARE_MIN: f64 = 0.5;

/// One process says nothing about the spread between processes: its interval would have no width, and every later
/// change would look real.
const ROUNDS_MIN: usize = 2;

const P10_SHARE: f64 = 0.10;

/// What the samples of a benchmark come to in one metric.
pub(super) struct Summary {
    pub(super) estimate: Estimate,
    pub(super) samples: u64,
    pub(super) rounds: Vec<Round>,
    pub(super) quality: Quality,
    pub(super) percentiles: Vec<f64>,
}

/// Sums up timed samples; `values[i]` is what `samples[i]` took for one operation.
///
/// Disturbed samples are dropped as long as enough good ones remain; else all are used and the quality says why. `None`
/// without samples or when a value is not finite.
pub(super) fn timed(samples: &[Sample], values: &[f64]) -> Option<Summary> {
    let is_good = |sample: &Sample| is_available(sample.cpu_availability);
    let good_count = samples.iter().filter(|sample| is_good(sample)).count();
    let all = group(samples, values, |_| true);
    let usual = median(&all.values().map(|round| round.len() as f64).collect::<Vec<_>>())?;
    let whole = |round: &Vec<(&Sample, f64)>| round.len() as f64 >= usual * ROUND_SHARE_MIN;

    let enough = good_count >= SAMPLES_MIN && good_count as f64 >= samples.len() as f64 * GOOD_SHARE_MIN;
    let kept: Vec<_> = group(samples, values, is_good).into_values().filter(whole).collect();
    let (kept, quality) = if enough && kept.len() >= ROUNDS_MIN {
        (kept, Quality::Good)
    } else {
        let lacking = format!(
            "{} of {} samples had {:.0} % of their CPUs, in {} of {} rounds; half of all, at least \
             {SAMPLES_MIN}, in {ROUNDS_MIN} rounds are needed",
            some(good_count),
            samples.len(),
            CPU_AVAILABILITY_MIN * 100.0,
            kept.len(),
            all.len(),
        );
        let quality = Quality::Inconclusive(too_few(all.len()).unwrap_or(lacking));
        (all.into_values().filter(whole).collect(), quality)
    };
    let rounds = kept.iter().map(|round| timed_round(round)).collect::<Option<Vec<_>>>()?;
    let percentiles = percentiles(kept.iter().flatten().map(|&(_, value)| value).collect());
    Some(Summary { estimate: across(&rounds)?, samples: number_of_samples(&rounds), rounds, quality, percentiles })
}

/// Sums up counted values, given as round number and value. One round suffices: a count has no noise.
///
/// `None` without values or when one is not finite.
pub(super) fn counted(values: &[(u64, f64)]) -> Option<Summary> {
    let mut by_round: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for &(round, value) in values {
        by_round.entry(round).or_default().push(value);
    }
    let rounds = by_round.into_values().map(round).collect::<Option<Vec<_>>>()?;
    let (estimate, samples) = (across(&rounds)?, number_of_samples(&rounds));
    Some(Summary { estimate, samples, rounds, quality: Quality::Good, percentiles: Vec::new() })
}

fn is_available(cpus: Option<f64>) -> bool {
    cpus.is_none_or(|share| share >= CPU_AVAILABILITY_MIN)
}

/// Sums up what a program measured itself. Here one round does not suffice; disturbed ones are dropped as long as enough good ones
/// remain.
///
/// `None` without values or when one is not finite.
pub(super) fn self_timed(values: &[SelfTimed]) -> Option<Summary> {
    let mut rounds: BTreeMap<u64, SelfTimed> = values.iter().map(|it| (it.round, *it)).collect();
    let all = rounds.len();
    let good: BTreeSet<u64> =
        rounds.values().filter(|it| is_available(it.cpu_availability)).map(|it| it.round).collect();
    let enough = good.len() >= ROUNDS_MIN && good.len() as f64 >= all as f64 * GOOD_SHARE_MIN;
    rounds.retain(|round, _| !enough || good.contains(round));
    let kept = values.iter().filter(|it| rounds.contains_key(&it.round)).map(|it| (it.round, it.value));
    let mut summary = counted(&kept.collect::<Vec<_>>())?;
    for (round, &SelfTimed { cpu_availability, order_seed, .. }) in summary.rounds.iter_mut().zip(rounds.values()) {
        (round.granted, round.order_seed) = (cpu_availability, order_seed);
    }
    if !enough {
        let (good, percent) = (good.len(), CPU_AVAILABILITY_MIN * 100.0);
        let lacking = || {
            format!(
                "{} of {all} rounds had {percent:.0} % of their CPUs; half of all, at least {ROUNDS_MIN}, are needed",
                some(good)
            )
        };
        summary.quality = Quality::Inconclusive(too_few(all).unwrap_or_else(lacking));
    }
    Some(summary)
}

/// `none`, or `only 3`.
fn some(count: usize) -> String {
    if count == 0 { "none".to_owned() } else { format!("only {count}") }
}

/// Why so many rounds show no spread, where they do not.
fn too_few(rounds: usize) -> Option<String> {
    (rounds < ROUNDS_MIN).then(|| format!("it has {rounds} round, and a spread needs {ROUNDS_MIN}"))
}

/// The median of the rounds' medians, and its interval by the sign test: with six to eight rounds their range, with more
/// what is left without the outermost.
pub(super) fn across(rounds: &[Round]) -> Option<Estimate> {
    estimate(&rounds.iter().map(|round| round.median).collect::<Vec<_>>())
}

/// As [`across`], of each round's median divided by its reference workload; `None` when a round has no such reference workload.
pub(super) fn normalized(rounds: &[Round], reference: &str) -> Option<Estimate> {
    let ratio = |round: &Round| round.references.get(reference).map(|reference| round.median / reference);
    estimate(&rounds.iter().map(ratio).collect::<Option<Vec<_>>>()?)
}

fn estimate(medians: &[f64]) -> Option<Estimate> {
    let interval = median_interval(medians)?;
    Estimate::new(median(medians)?, interval.low, interval.high).ok()
}

fn number_of_samples(rounds: &[Round]) -> u64 {
    rounds.iter().map(|round| round.samples).sum()
}

/// The samples that are to be kept, by process, in the order of their serial numbers.
fn group<'a>(
    samples: &'a [Sample],
    values: &[f64],
    keep: impl Fn(&Sample) -> bool,
) -> BTreeMap<u64, Vec<(&'a Sample, f64)>> {
    let mut rounds: BTreeMap<u64, Vec<(&Sample, f64)>> = BTreeMap::new();
    for (sample, &value) in samples.iter().zip(values).filter(|(sample, _)| keep(sample)) {
        rounds.entry(sample.serial).or_default().push((sample, value));
    }
    rounds
}

fn timed_round(samples: &[(&Sample, f64)]) -> Option<Round> {
    let mut references: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for (name, &value) in samples.iter().flat_map(|(sample, _)| &sample.references) {
        references.entry(name.clone()).or_default().push(value);
    }
    let median_of = |share: fn(&Sample) -> Option<f64>| {
        median(&samples.iter().filter_map(|(sample, _)| share(sample)).collect::<Vec<_>>())
    };
    let round = round(samples.iter().map(|&(_, value)| value).collect())?;
    let order_seed = samples.first().and_then(|(sample, _)| sample.order_seed);
    let references = references.into_iter().filter_map(|(name, values)| Some((name, median(&values)?))).collect();
    let (granted, overlap) = (median_of(|sample| sample.cpu_availability), median_of(|sample| sample.overlap));
    Some(Round { references, granted, overlap, order_seed, ..round })
}

/// In four significant digits: they are drawn, and nothing is judged by them.
fn percentiles(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    let shortened = |share| format!("{:.3e}", quantile(&values, share)?).parse().ok();
    PERCENTILES.into_iter().map(shortened).collect::<Option<_>>().unwrap_or_default()
}

fn round(mut values: Vec<f64>) -> Option<Round> {
    values.sort_by(f64::total_cmp);
    Some(Round {
        samples: values.len() as u64,
        min: quantile(&values, 0.0)?,
        p10: quantile(&values, P10_SHARE)?,
        median: quantile(&values, 0.5)?,
        ..Round::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(serial: u64, cpu_availability: Option<f64>, copy_ns: f64) -> Sample {
        let references = BTreeMap::from([("copy".to_owned(), copy_ns)]);
        Sample { serial, cpu_availability, overlap: cpu_availability, references, ..Sample::default() }
    }

    /// Samples of (serial, value, granted).
    fn summary(cases: &[(u64, f64, Option<f64>)]) -> Summary {
        let samples: Vec<Sample> = cases.iter().map(|&(serial, _, granted)| sample(serial, granted, 2.0)).collect();
        timed(&samples, &cases.iter().map(|case| case.1).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn the_samples_of_all_rounds_have_their_percentiles() {
        let cases: Vec<_> = (0..=100).map(|value| (value % 2, value as f64, None)).collect();
        assert_eq!(summary(&cases).percentiles, [10.0, 25.0, 50.0, 75.0, 90.0]);
    }

    #[test]
    fn every_process_is_a_round_and_counts_once() {
        let summary = summary(&[
            (1, 10.0, None),
            (1, 30.0, None),
            (1, 20.0, None),
            (2, 50.0, None),
            (2, 50.0, None),
            (4, 40.0, None),
            (4, 40.0, None),
            (4, 99.0, None),
        ]);
        assert_eq!(summary.estimate, Estimate::new(40.0, 20.0, 50.0).unwrap());
        assert_eq!((summary.samples, summary.quality), (8, Quality::Good));
        assert_eq!(summary.rounds[0].min, 10.0);
        assert_eq!(summary.rounds[0].p10, 12.0);
        assert_eq!(normalized(&summary.rounds, "copy"), Some(Estimate::new(20.0, 10.0, 25.0).unwrap()));
        assert_eq!(normalized(&summary.rounds, "clock"), None);
    }

    #[test]
    fn a_round_that_was_cut_off_is_left_out() {
        let cut = (1, 1.0, None);
        let rest = [2, 3].into_iter().flat_map(|serial| [(serial, 10.0, None); 4]);
        let summary = summary(&[cut].into_iter().chain(rest).collect::<Vec<_>>());
        assert_eq!((summary.rounds.len(), summary.samples), (2, 8));
        assert_eq!(summary.estimate, Estimate::exact(10.0).unwrap());
    }

    #[test]
    fn spoiled_samples_are_left_out_while_enough_are_good() {
        let samples: Vec<_> = (1..=3)
            .flat_map(|serial| [(serial, 10.0, Some(1.0)), (serial, 10.0, Some(0.95)), (serial, 99.0, Some(0.94))])
            .collect();
        let summary = summary(&samples);
        assert_eq!((summary.samples, summary.quality), (6, Quality::Good));
        assert_eq!(summary.estimate, Estimate::exact(10.0).unwrap());
        assert_eq!((summary.rounds[0].granted, summary.rounds[0].overlap), (Some(0.975), Some(0.975)));
    }

    #[test]
    fn too_few_good_samples_are_said_to_be_inconclusive() {
        let good = [(1, 10.0, Some(1.0)), (2, 10.0, Some(1.0))];
        let cases = [
            ("too few", good.repeat(2), "only 4 of 4 samples had 95 % of their CPUs"),
            (
                "mostly spoiled",
                [good.repeat(3), vec![(1, 99.0, Some(0.1)); 7]].concat(),
                "only 6 of 13 samples had 95 % of their CPUs",
            ),
            ("one process", [(1, 10.0, None)].repeat(9), "it has 1 round"),
            (
                "good in one process only",
                [[(1, 9.0, None)].repeat(9), [(2, 9.0, Some(0.1))].repeat(8)].concat(),
                "only 9 of 17 samples had 95 % of their CPUs",
            ),
        ];
        for (name, samples, expected) in cases {
            let Quality::Inconclusive(reason) = summary(&samples).quality else { panic!("{name} is good") };
            assert!(reason.starts_with(expected), "{name}: {reason}");
        }
    }

    #[test]
    fn counts_are_summed_up_by_round() {
        let summary = counted(&[(1, 3.0), (2, 4.0), (1, 5.0)]).unwrap();
        assert_eq!(summary.estimate, Estimate::exact(4.0).unwrap());
        assert_eq!((summary.samples, summary.rounds.len()), (3, 2));
        assert!(counted(&[]).is_none());
    }

    #[test]
    fn self_timed_values_need_two_rounds() {
        let of = |values: &[(u64, f64, Option<f64>)]| {
            let value =
                |&(round, value, cpu_availability)| SelfTimed { round, value, cpu_availability, order_seed: None };
            self_timed(&values.iter().map(value).collect::<Vec<_>>())
        };
        let one = of(&[(1, 3.0, None), (1, 5.0, None)]).unwrap();
        assert!(matches!(one.quality, Quality::Inconclusive(reason) if reason.starts_with("it has 1 round")));
        let two = of(&[(1, 3.0, None), (2, 4.0, Some(0.95)), (1, 5.0, None)]).unwrap();
        assert_eq!((two.quality, two.estimate), (Quality::Good, Estimate::exact(4.0).unwrap()));
        assert!(of(&[]).is_none());
    }

    #[test]
    fn rounds_in_which_others_had_the_cpus_are_left_out_while_enough_are_good() {
        let share = |round| if round > 2 { 0.6 } else { 1.0 };
        let round = |round: u64| SelfTimed {
            round,
            value: round as f64,
            cpu_availability: Some(share(round)),
            order_seed: Some(round + 40),
        };
        let of = |rounds: u64| (1..=rounds).map(round).collect::<Vec<_>>();
        let good = self_timed(&of(4)).unwrap();
        assert_eq!((good.quality, good.estimate), (Quality::Good, Estimate::new(1.5, 1.0, 2.0).unwrap()));
        let kept = good.rounds.iter().map(|round| (round.granted, round.order_seed)).collect::<Vec<_>>();
        assert_eq!(kept, [(Some(1.0), Some(41)), (Some(1.0), Some(42))]);
        let disturbed = self_timed(&of(5)).unwrap();
        assert_eq!((disturbed.rounds.len(), disturbed.rounds[4].granted), (5, Some(0.6)));
        assert!(matches!(disturbed.quality, Quality::Inconclusive(reason) if reason.starts_with("only 2 of 5 rounds")));
    }
}
