//! What the gate finds and its false alarms, from paired runs in which it is known what was changed.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::judge::gate;
use super::policy::GatePolicy;
use super::series::SeriesVerdict;
use crate::model::{Estimate, PairedRun};
use crate::stats::{median, proportion};
use crate::verdict::Verdict;

/// What a number of A/A gates found, where some benchmarks were slowed down on purpose.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SelfTest {
    pub gates: usize,
    /// Gates in which at least one unchanged benchmark regressed.
    pub failed_gates: Share,
    /// By topic, in order; then all together under `all`.
    pub topics: Vec<TopicPower>,
}

/// What was found in one topic.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct TopicPower {
    pub topic: String,
    /// Unchanged benchmarks that regressed or improved.
    pub false_alarms: Share,
    /// Unchanged benchmarks that are inconclusive or invalid.
    pub inconclusive: Share,
    /// Of the slowed ones, by how much they were slowed, in growing order.
    pub found: Vec<Found>,
    /// Median over the unchanged benchmarks, a share.
    pub min_detectable_change: Option<f64>,
}

/// How often a planted slowness was found.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Found {
    /// What was planted: 1.05 for five per cent more work.
    pub planted: f64,
    /// How often it regressed.
    pub share: Share,
}

/// How often something happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(into = "Written")]
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

/// A share as it is written.
#[derive(Serialize, JsonSchema)]
struct Written {
    /// How often it happened.
    hits: u64,
    /// How often it could have.
    tries: u64,
    /// The share with its 95 % interval; none without a try.
    share: Option<Estimate>,
}

impl From<Share> for Written {
    fn from(share: Share) -> Self {
        Self { hits: share.hits, tries: share.tries, share: share.estimate() }
    }
}

/// Judges every run as a gate would and compares the verdicts with what was planted. Runs of two codes are skipped.
pub fn selftest(runs: &[PairedRun], policy: &GatePolicy) -> SelfTest {
    let mut failed_gates = Share::default();
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
        for verdict in gate(run, policy).benchmarks {
            let planted = planted.get(&(&*verdict.topic, &*verdict.benchmark)).copied();
            if verdict.is_other_clock && planted.is_some() {
                // A slowdown is planted in the clock that the benchmark is mainly judged by.
                continue;
            }
            alarm |= planted.is_none() && verdict.verdict == Verdict::Regressed;
            topics.entry(verdict.topic.clone()).or_default().add(&verdict, planted);
            all.add(&verdict, planted);
        }
        failed_gates.count(alarm);
    }
    let mut topics: Vec<TopicPower> = topics.into_iter().map(|(topic, tally)| tally.power(topic)).collect();
    topics.push(all.power("all".to_owned()));
    SelfTest { gates: number, failed_gates, topics }
}

#[derive(Default)]
struct Tally {
    false_alarms: Share,
    inconclusive: Share,
    /// By the planted slowness in per cent, rounded: what a whole number of operations allowed lies close to it.
    found: BTreeMap<u64, Share>,
    detectable: Vec<f64>,
}

impl Tally {
    fn add(&mut self, series: &SeriesVerdict, planted: Option<f64>) {
        match planted {
            Some(planted) => {
                let percent = ((planted - 1.0) * 100.0).round().max(0.0) as u64;
                self.found.entry(percent).or_default().count(series.verdict == Verdict::Regressed);
            }
            None => {
                self.false_alarms.count(series.verdict.is_change());
                self.inconclusive.count(!series.verdict.is_decided());
                self.detectable.extend(series.min_detectable_change);
            }
        }
    }

    fn power(self, topic: String) -> TopicPower {
        let planted = |percent: u64| 1.0 + percent as f64 / 100.0;
        let found = self.found.into_iter().map(|(percent, share)| Found { planted: planted(percent), share }).collect();
        TopicPower {
            topic,
            false_alarms: self.false_alarms,
            inconclusive: self.inconclusive,
            found,
            min_detectable_change: median(&self.detectable),
        }
    }
}
