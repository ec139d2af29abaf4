//! What the gate finds and what it makes up, from paired runs in which it is known what was changed.

use std::collections::BTreeMap;

use crate::gate::{GatePolicy, OutcomeKind, PairedVerdict, gate};
use crate::model::{Estimate, PairedRun};
use crate::stats::{median, proportion};

/// What a number of gates over the same code found, where some benchmarks were slowed down on purpose.
#[derive(Clone, Debug, PartialEq)]
pub struct SelfTest {
    /// Number of gates.
    pub gates: usize,
    /// Gates that called at least one unchanged benchmark slower.
    pub red: Share,
    /// By topic, in order; then all together under `all`.
    pub topics: Vec<TopicPower>,
}

/// What was found in one topic.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicPower {
    /// The topic.
    pub topic: String,
    /// Unchanged benchmarks that were called slower or faster.
    pub false_alarms: Share,
    /// Unchanged benchmarks of which nothing could be said.
    pub undecided: Share,
    /// Of the slowed ones, by how much they were slowed, in growing order.
    pub found: Vec<Found>,
    /// Median over the unchanged benchmarks of the smallest change that their pairs would have shown, as a share.
    pub smallest: Option<f64>,
}

/// How often a planted slowness was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// What was planted: 1.05 for five per cent more work.
    pub planted: f64,
    /// How often it was called slower.
    pub share: Share,
}

/// How often something happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// How often it did.
    pub hits: u64,
    /// How often it could have.
    pub tries: u64,
}

impl Share {
    /// The share with its 95 % interval; none without a try.
    pub fn estimate(self) -> Option<Estimate> {
        let interval = proportion(self.hits, self.tries)?;
        let share = self.hits as f64 / self.tries as f64;
        Estimate::new(share, interval.low.min(share), interval.high.max(share)).ok()
    }

    fn count(&mut self, hit: bool) {
        self.tries += 1;
        self.hits += u64::from(hit);
    }
}

/// Judges every run as a gate would and holds the verdicts against what was planted. Runs of unlike code are left out.
pub fn selftest(runs: &[PairedRun], policy: &GatePolicy) -> SelfTest {
    let mut red = Share::default();
    let mut topics: BTreeMap<String, Tally> = BTreeMap::new();
    let mut all = Tally::default();
    let gates = runs.iter().filter(|run| run.same_code);
    let mut number = 0;
    for run in gates {
        number += 1;
        let planted: BTreeMap<(&str, &str), f64> = run
            .benchmarks
            .iter()
            .filter_map(|benchmark| Some(((&*benchmark.topic, &*benchmark.benchmark), benchmark.planted?)))
            .collect();
        let mut alarm = false;
        for verdict in gate(run, policy).verdicts {
            let planted = planted.get(&(&*verdict.topic, &*verdict.benchmark)).copied();
            alarm |= planted.is_none() && verdict.outcome.kind() == OutcomeKind::Regressed;
            topics.entry(verdict.topic.clone()).or_default().add(&verdict, planted);
            all.add(&verdict, planted);
        }
        red.count(alarm);
    }
    let mut topics: Vec<TopicPower> = topics.into_iter().map(|(topic, tally)| tally.power(topic)).collect();
    topics.push(all.power("all".to_owned()));
    SelfTest { gates: number, red, topics }
}

#[derive(Default)]
struct Tally {
    false_alarms: Share,
    undecided: Share,
    /// By the planted slowness in per cent, rounded: what a whole number of operations allowed lies close to it.
    found: BTreeMap<u64, Share>,
    smallest: Vec<f64>,
}

impl Tally {
    fn add(&mut self, verdict: &PairedVerdict, planted: Option<f64>) {
        let kind = verdict.outcome.kind();
        match planted {
            Some(planted) => {
                let percent = ((planted - 1.0) * 100.0).round().max(0.0) as u64;
                self.found.entry(percent).or_default().count(kind == OutcomeKind::Regressed);
            }
            None => {
                self.false_alarms.count(matches!(kind, OutcomeKind::Regressed | OutcomeKind::Improved));
                self.undecided.count(matches!(kind, OutcomeKind::Inconclusive | OutcomeKind::Invalid));
                self.smallest.extend(verdict.smallest);
            }
        }
    }

    fn power(self, topic: String) -> TopicPower {
        let planted = |percent: u64| 1.0 + percent as f64 / 100.0;
        let found = self.found.into_iter().map(|(percent, share)| Found { planted: planted(percent), share }).collect();
        TopicPower {
            topic,
            false_alarms: self.false_alarms,
            undecided: self.undecided,
            found,
            smallest: median(&self.smallest),
        }
    }
}
