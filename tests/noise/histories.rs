//! Histories of one machine in which one thing happened: a series that steps, and whole suites that slow down.

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::ops::Range;

use parcost::rooms::model::{
    BenchmarkId, Commit, Direction, Excerpt, MachineKey, MeasurementExcerpt, Metric, Quality, RoundsExcerpt, Run, made,
};
use parcost::rooms::trend::{Category, ChangePoint, Finding, History, RunIndex, Selection, history, trend};

use super::{Random, Shape};

/// Commits within which a change of the size claimed is found.
const DETECTABLE_COMMITS: usize = 20;
/// Observations after a step.
const AFTER: usize = 30;
/// Commits of a suite's history.
const COMMITS: usize = 90;
/// Topics of a suite, benchmarks and reference workloads of each.
const TOPICS: [&str; 2] = ["cpu", "spawn"];
const BENCHMARKS: usize = 3;
const REFERENCES: [(&str, f64); 3] = [("syscall", 80.0), ("clock", 20.0), ("copy", 1_000.0)];

/// A series with a step of so many standard deviations of its noise, and the index of the step.
pub(crate) fn stepped(shape: Shape, sd: f64, deviations: f64, seed: u64) -> (Vec<f64>, usize) {
    let mut random =
        Random(seed ^ ((shape as u64) << 32) ^ (((sd * 1e4) as u64) << 40) ^ ((deviations * 10.0) as u64) << 50);
    let at = 25 + random.below(90);
    let sign = if random.uniform() < 0.7 { 1.0 } else { -1.0 };
    let noise = shape.draws(at + AFTER, &mut random);
    let value = |(index, draw): (usize, f64)| {
        let step = if index < at { 0.0 } else { sign * deviations };
        1_000.0 * libm::exp(sd * (draw + step))
    };
    (noise.into_iter().enumerate().map(value).collect(), at)
}

/// Commits from the event within which what is found is about it.
const NEAR: usize = 12;

/// Who became slower.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// All times and all reference workloads.
    Machine,
    /// The benchmarks of one topic.
    Code,
}

/// The history of a suite that becomes slower by a share at one commit.
pub(crate) struct SlowedHistory {
    pub(crate) history: History,
    /// The index of the commit.
    pub(crate) at: usize,
    /// The noise of every benchmark, where it has two modes.
    modes: BTreeMap<String, Vec<bool>>,
}

impl SlowedHistory {
    /// Whether all series of a finding went over to the other mode of their own noise at its culprit, or next to it.
    pub(crate) fn is_of_noise(&self, finding: &Finding) -> bool {
        let position = |id: &String| self.history.commits.measured.iter().position(|commit| commit.id == *id);
        finding.series.iter().all(|member| {
            let Some(culprit) = member.culprit.as_ref().and_then(position) else { return false };
            let Some(modes) = self.modes.get(&member.key.benchmark()) else { return false };
            let near = &modes[culprit.saturating_sub(2)..modes.len().min(culprit + 2)];
            near.windows(2).any(|pair| pair[0] != pair[1])
        })
    }
}

pub(crate) fn slowed_history(event: Event, shape: Shape, sd: f64, share: f64, seed: u64) -> SlowedHistory {
    let mut random = Random(seed ^ ((shape as u64) << 32) ^ (((sd * 1e4) as u64) << 40) ^ ((event as u64) << 56));
    let at = 30 + random.below(COMMITS - 45);
    let mut draws = || shape.draws(COMMITS, &mut random);
    let series = |draws: &[f64], steps: bool| -> Vec<f64> {
        let step = |commit: usize| if steps && commit >= at { 1.0 + share } else { 1.0 };
        draws.iter().enumerate().map(|(commit, draw)| step(commit) * libm::exp(sd * draw)).collect()
    };
    let mut modes = BTreeMap::new();
    let is_machine = event == Event::Machine;
    let mut topics = Vec::new();
    for (number, topic) in TOPICS.into_iter().enumerate() {
        let mut benchmarks: Vec<Vec<f64>> = Vec::new();
        for way in 0..BENCHMARKS {
            let noise = draws();
            if shape == Shape::Sticky {
                // The modes lie ten of their own standard deviations apart, on either side of 1.
                modes.insert(benchmark(topic, way).to_string(), noise.iter().map(|draw| *draw > 1.0).collect());
            }
            benchmarks.push(series(&noise, is_machine || number == 0));
        }
        let references: Vec<Vec<f64>> = REFERENCES.iter().map(|_| series(&draws(), is_machine)).collect();
        topics.push((topic, benchmarks, references));
    }
    let mut index = RunIndex::default();
    for commit in 0..COMMITS {
        let mut run = run(commit);
        for (topic, benchmarks, references) in &topics {
            let references: Vec<(String, Vec<f64>)> = (REFERENCES.iter().zip(references))
                .map(|((name, ns), values)| ((*name).to_owned(), vec![ns * values[commit]; 3]))
                .collect();
            run.measurements.extend(benchmarks.iter().enumerate().map(|(number, values)| MeasurementExcerpt {
                rounds: RoundsExcerpt { minima: vec![5_000.0 * values[commit]; 3], references: references.clone() },
                ..measurement(topic, number)
            }));
        }
        index.insert(&format!("{commit}.json"), run);
    }
    SlowedHistory { history: judged(index), at, modes }
}

/// A step of 30 % from the values before it to those from there on.
pub(crate) fn young(sd: f64, before: usize, after: usize, seed: u64) -> Vec<f64> {
    let draws =
        Shape::Gauss.draws(before + after, &mut Random(seed ^ ((before as u64) << 20) ^ ((after as u64) << 30)));
    let level = |index: usize| if index < before { 100.0 } else { 130.0 };
    draws.iter().enumerate().map(|(index, draw)| level(index) * libm::exp(sd * draw)).collect()
}

/// The history of one benchmark.
pub(crate) fn history_of(values: &[f64]) -> History {
    let mut index = RunIndex::default();
    for (commit, value) in values.iter().enumerate() {
        let mut run = run(commit);
        let rounds = RoundsExcerpt { minima: vec![*value; 3], references: Vec::new() };
        run.measurements.push(MeasurementExcerpt { rounds, ..measurement(TOPICS[0], 0) });
        index.insert(&format!("{commit}.json"), run);
    }
    judged(index)
}

fn judged(index: RunIndex) -> History {
    let machine = MachineKey::new("made-up").expect("a plain slug");
    history(machine, "results", index, Err("no git"), &Selection::default(), &[])
}

fn benchmark(topic: &str, number: usize) -> BenchmarkId {
    BenchmarkId::new(topic, &format!("way{number}"), &[])
}

fn measurement(topic: &str, number: usize) -> MeasurementExcerpt {
    MeasurementExcerpt {
        topic: topic.to_owned(),
        benchmark: benchmark(topic, number),
        metric: Metric::WallTime,
        rounds: RoundsExcerpt { minima: Vec::new(), references: Vec::new() },
        lower_bound: None,
        operations: NonZeroU64::new(1_000),
        quality: Quality::Good,
    }
}

fn id(commit: usize) -> String {
    format!("{:012x}{commit:028x}", commit + 0x00ab_c000)
}

fn run(commit: usize) -> Excerpt {
    let time = format!("2026-{:02}-{:02}T{:02}:00:00Z", 1 + commit / 672, 1 + commit / 24 % 28, commit % 24);
    let of = made::commit(&id(commit), &time, commit as u64 + 1);
    made::excerpt(&Run {
        id: format!("{commit:016x}"),
        started: time,
        commit: Commit { branch: None, binaries_hash: Some(format!("{commit:064x}")), ..of },
        machine: made::machine("made-up"),
        ..made::run(0)
    })
}

/// How steps were located.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Located {
    pub(crate) found: usize,
    /// At the very index.
    pub(crate) exact: usize,
    /// Within the interval.
    pub(crate) covered: usize,
    /// Of all intervals together, in commits.
    pub(crate) width: usize,
}

impl Located {
    /// Steps of so many seeds. What is more than 12 commits off is not this step but noise that looks like one.
    pub(crate) fn of(shape: Shape, sd: f64, deviations: f64, seeds: u64) -> Self {
        let mut located = Self::default();
        for seed in 0..seeds {
            let (values, at) = stepped(shape, sd, deviations, seed);
            let grew = values[at] > values[at - 1];
            let points = trend(&values, Direction::LowerIsBetter).expect("values above zero");
            let found = points.change_points.iter().find(|point| point.detected >= at && point.at.abs_diff(at) <= 12);
            let Some(point) = found.filter(|point| (point.change.center() > 0.0) == grew || deviations < 4.0) else {
                continue;
            };
            let (low, high) = point.interval;
            located.found += 1;
            located.exact += usize::from(point.at == at);
            located.covered += usize::from((low..=high).contains(&at));
            located.width += high - low + 1;
        }
        located
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            found: self.found + other.found,
            exact: self.exact + other.exact,
            covered: self.covered + other.covered,
            width: self.width + other.width,
        }
    }

    /// The share of the steps found at the very index, and of those in the interval.
    pub(crate) fn shares(self) -> (f64, f64) {
        let share = |count: usize| count as f64 / self.found.max(1) as f64;
        (share(self.exact), share(self.covered))
    }
}

/// What was said of suites that slowed down.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Slowed {
    pub(crate) histories: usize,
    /// A finding or a drift there is a regression of the code.
    pub(crate) code: usize,
    /// Such a finding has the commit among its culprits: it is no false alarm beside it.
    pub(crate) code_there: usize,
    /// One finding there, and no drift.
    pub(crate) one: usize,
    /// A finding has the commit among its culprits.
    pub(crate) covered: usize,
    /// The first two without findings that are a change of level of the noise itself: it went over to its other mode there.
    pub(crate) code_but_noise: usize,
    pub(crate) one_but_noise: usize,
}

impl Slowed {
    pub(crate) fn of(event: Event, shape: Shape, sd: f64, share: f64, seeds: Range<u64>) -> Self {
        let mut slowed = Self::default();
        for seed in seeds {
            let slowed_history = slowed_history(event, shape, sd, share, seed);
            let (history, at) = (&slowed_history.history, slowed_history.at);
            let is_near = |finding: &&Finding| finding.series.iter().any(|it| it.commit_index.abs_diff(at) <= NEAR);
            let findings = || history.findings.iter().filter(is_near);
            let drifts = || history.drifts.iter().filter(is_near);
            let others = || findings().filter(|finding| !slowed_history.is_of_noise(finding));
            let id = &history.commits.measured[at].id;
            slowed.histories += 1;
            let is_code = |finding: &Finding| finding.category() == Category::Regressed;
            slowed.code += usize::from(findings().chain(drifts()).any(is_code));
            let is_there = |finding: &Finding| is_code(finding) && finding.culprits.contains(id);
            slowed.code_there += usize::from(findings().any(is_there));
            slowed.one += usize::from(findings().count() == 1 && drifts().count() == 0);
            slowed.code_but_noise += usize::from(others().chain(drifts()).any(is_code));
            slowed.one_but_noise += usize::from(others().count() == 1 && drifts().count() == 0);
            slowed.covered += usize::from(findings().any(|finding| finding.culprits.contains(id)));
        }
        slowed
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            histories: self.histories + other.histories,
            code: self.code + other.code,
            code_there: self.code_there + other.code_there,
            one: self.one + other.one,
            covered: self.covered + other.covered,
            code_but_noise: self.code_but_noise + other.code_but_noise,
            one_but_noise: self.one_but_noise + other.one_but_noise,
        }
    }
}

/// Change points for 1,000 values of series whose noise grows from 0.5 to 6 %, at once or over so many commits.
pub(crate) fn noisier_per_1000(shape: Shape, over: usize, series: u64) -> f64 {
    let points = (0..series).map(|seed| {
        let values = noisier(shape, over, seed);
        trend(&values, Direction::LowerIsBetter).expect("values above zero").change_points.len()
    });
    points.sum::<usize>() as f64 * 1e3 / (NOISIER * series as usize) as f64
}

/// Values of such a series.
const NOISIER: usize = 200;

pub(crate) fn noisier(shape: Shape, over: usize, seed: u64) -> Vec<f64> {
    let mut random = Random(seed ^ ((shape as u64) << 32) ^ ((over as u64) << 40));
    let from = 60 + random.below(60);
    // The level is the median, which noise of any size leaves where it is.
    let median = if shape == Shape::Skewed { libm::log(2.0) } else { 0.0 };
    let draws = shape.draws(NOISIER, &mut random);
    let value = |(index, draw): (usize, f64)| {
        let grown = if index < from { 0.0 } else { ((index - from + 1) as f64 / (over + 1) as f64).min(1.0) };
        1_000.0 * libm::exp((draw - median) * (0.005 + 0.055 * grown))
    };
    draws.into_iter().enumerate().map(value).collect()
}

/// The share of changes of the size that is claimed to be found that are found within 20 commits, the rarer direction of the
/// two, and the mean claim.
pub(crate) fn claimed_and_found(shape: Shape, sd: f64, seeds: u64) -> (f64, f64) {
    let (mut found, mut claims) = ([0_usize; 2], 0.0);
    for seed in 0..seeds {
        let mut random = Random(seed ^ ((shape as u64) << 32) ^ (((sd * 1e4) as u64) << 40) ^ (1 << 60));
        let at = 25 + random.below(120);
        let draws = shape.draws(at + DETECTABLE_COMMITS, &mut random);
        let values: Vec<f64> = draws.iter().map(|draw| 1_000.0 * libm::exp(sd * draw)).collect();
        let judged = |values: &[f64]| trend(values, Direction::LowerIsBetter).expect("above zero");
        let claim = judged(&values[..at]).min_detectable_change;
        claims += claim;
        for (found, factor) in found.iter_mut().zip([1.0 + claim, 1.0 / (1.0 + claim)]) {
            let mut changed = values.clone();
            changed[at..].iter_mut().for_each(|value| *value *= factor);
            let is_it = |point: &ChangePoint| {
                point.detected >= at && point.at.abs_diff(at) <= 8 && (point.change.center() > 0.0) == (factor > 1.0)
            };
            *found += usize::from(judged(&changed).change_points.iter().any(is_it));
        }
    }
    (found[0].min(found[1]) as f64 / seeds as f64, claims / seeds as f64)
}
