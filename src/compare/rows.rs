//! From two sides to rows: which series belong together, and what is said of each.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::evidence::{Evidence, evidence};
use super::source::{Series, Side, Source};
use super::verdict::Verdict;
use super::{FALSE_DISCOVERIES, Lone, Refusal, series_name};
use crate::model::{Estimate, Metric};
use crate::stats::benjamini_hochberg;
use crate::verdict::attribution::Attribution;

/// One benchmark in one metric, on both sides.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The topic; of another harness the group.
    pub topic: String,
    /// Whether it is of programs of others; the cause says so where it moved.
    #[serde(skip)]
    pub foreign: bool,
    /// The benchmark.
    pub benchmark: String,
    /// The metric; it fixes the unit of both values.
    pub metric: Metric,
    /// The baseline's median over its replicates.
    pub baseline: Option<f64>,
    /// The candidate's.
    pub candidate: Option<f64>,
    /// What is replicated.
    pub replicate: Replicate,
    /// Number of replicates of the baseline and of the candidate.
    pub replicates: [usize; 2],
    /// What stands for one process.
    pub taken: Taken,
    /// Candidate ÷ baseline, by Hodges and Lehmann on logarithms.
    pub ratio: Option<f64>,
    /// Its interval; none where there is no spread between processes to make one of.
    pub interval: Option<Estimate>,
    /// The confidence of the interval: less than [`super::CONFIDENCE`] where so few replicates allow no more.
    pub confidence: Option<f64>,
    /// The same ratio of values divided by their calibrator, where one was recorded everywhere.
    pub calibrated: Option<Calibrated>,
    /// The chance of such a move, or a larger one, where there is none beyond the floor.
    pub p: Option<f64>,
    /// The smallest change worth telling here, as a share.
    pub floor: Option<f64>,
    /// The smallest change that would have been told, missed once in twenty, as a share.
    pub smallest: Option<f64>,
    /// What is said.
    pub verdict: Verdict,
    /// Why, where nothing is decided.
    pub reason: Option<String>,
    /// What a move is put down to; none where the row did not move.
    pub cause: Option<Attribution>,
    /// Why it is put down to that.
    pub cause_reason: Option<String>,
}

/// What is replicated: the spread between these is what a change has to exceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Replicate {
    /// Whole runs; each is one value.
    Run,
    /// Fresh processes.
    Process,
}

/// What stands for a process among its samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Taken {
    /// The smallest: noise only ever adds.
    Minimum,
    /// The median, where the sides took unlike numbers of samples.
    Median,
}

/// A ratio of values that were divided by the calibrator of the same process.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Calibrated {
    /// The calibrator.
    pub calibrator: String,
    /// Candidate ÷ baseline of the calibrated values, with its interval.
    pub ratio: Estimate,
    /// Candidate ÷ baseline of the calibrator alone: what the machine did.
    pub machine: f64,
}

/// What both sides have of one series.
pub(super) struct Matched<'a> {
    pub(super) topic: &'a str,
    pub(super) benchmark: &'a str,
    pub(super) metric: Metric,
    pub(super) baseline: Vec<Found<'a>>,
    pub(super) candidate: Vec<Found<'a>>,
    /// What the other side measured of the benchmark, where it is another metric.
    pub(super) clash: Option<String>,
}

/// A series, and the source that has it.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    pub(super) source: &'a Source,
    pub(super) series: &'a Series,
}

impl Row {
    /// A row of which nothing is said yet.
    pub(super) fn begun(matched: &Matched<'_>) -> Self {
        Self {
            topic: matched.topic.to_owned(),
            foreign: matched.baseline.iter().all(|found| found.series.foreign),
            benchmark: matched.benchmark.to_owned(),
            metric: matched.metric,
            baseline: None,
            candidate: None,
            replicate: Replicate::Process,
            replicates: [0, 0],
            taken: Taken::Minimum,
            ratio: None,
            interval: None,
            confidence: None,
            calibrated: None,
            p: None,
            floor: None,
            smallest: None,
            verdict: Verdict::Inconclusive,
            reason: None,
            cause: None,
            cause_reason: None,
        }
    }

    /// The row with that verdict, and why.
    pub(super) fn settled(self, verdict: Verdict, reason: impl Into<String>) -> Self {
        Self { verdict, reason: Some(reason.into()), ..self }
    }

    /// The row with what moved it.
    pub(super) fn caused(self, cause: Attribution, reason: impl Into<String>) -> Self {
        Self { cause: Some(cause), cause_reason: Some(reason.into()), ..self }
    }

    /// Whether it moved for the worse, whoever is to blame, and however sure that is.
    pub(super) fn is_worse(&self) -> bool {
        self.is_moved() && self.ratio.is_some_and(|ratio| Verdict::of_move(self.metric, ratio > 1.0) == Verdict::Slower)
    }

    /// Whether it moved, be it with the machine.
    pub(super) fn is_moved(&self) -> bool {
        matches!(self.verdict, Verdict::Slower | Verdict::Faster) || self.cause.is_some()
    }

    /// Whether its numbers were fit to be tested.
    pub(super) fn is_judged(&self) -> bool {
        self.p.is_some() || self.verdict.is_decided()
    }

    /// Its name in a message.
    pub(super) fn series(&self) -> String {
        series_name(&self.benchmark, self.metric)
    }
}

type Key<'a> = (&'a str, Metric);
type ByKey<'a> = BTreeMap<Key<'a>, Vec<Found<'a>>>;

/// Every series of a side, with the sources that have it.
fn by_key(side: &Side) -> ByKey<'_> {
    let mut found = ByKey::new();
    for source in &side.sources {
        for series in &source.series {
            found.entry((&series.benchmark, series.metric)).or_default().push(Found { source, series });
        }
    }
    found
}

/// The series that both sides have, and the benchmarks that they have in no common metric.
pub(super) fn matched<'a>(baseline: &'a Side, candidate: &'a Side) -> Result<Vec<Matched<'a>>, Refusal> {
    let (ours, mut theirs) = (by_key(baseline), by_key(candidate));
    for (side, found) in [(baseline, &ours), (candidate, &theirs)] {
        if found.is_empty() {
            return Err(Refusal::NothingPasses { place: side.places() });
        }
    }
    let example = [&ours, &theirs].map(|found| found.keys().next().map(|&(b, metric)| series_name(b, metric)));
    let clashes: Vec<Option<String>> = ours.keys().map(|key| clash(key.0, &ours, &theirs)).collect();
    let mut rows = Vec::new();
    for ((key, baseline), clash) in ours.into_iter().zip(clashes) {
        let found = theirs.remove(&key);
        if found.is_none() && clash.is_none() {
            continue;
        }
        let (candidate, topic) = (found.unwrap_or_default(), baseline[0].series.topic.as_str());
        rows.push(Matched { topic, benchmark: key.0, metric: key.1, baseline, candidate, clash });
    }
    if rows.is_empty() {
        let example = example.into_iter().flatten().collect::<Vec<_>>().join(" and ");
        return Err(Refusal::NothingInCommon { baseline: baseline.places(), candidate: candidate.places(), example });
    }
    Ok(rows)
}

/// The metrics of the same benchmark on the other side, if there are some and the sides share none.
fn clash(benchmark: &str, ours: &ByKey<'_>, theirs: &ByKey<'_>) -> Option<String> {
    let (ours, theirs) = (metrics(benchmark, ours), metrics(benchmark, theirs));
    let told = || theirs.iter().map(|metric| format!("{metric} ({})", metric.unit())).collect::<Vec<_>>().join(", ");
    (!theirs.is_empty() && ours.is_disjoint(&theirs)).then(told)
}

fn metrics(benchmark: &str, found: &ByKey<'_>) -> BTreeSet<Metric> {
    let ends = [Metric::ALL[0], Metric::ALL[Metric::ALL.len() - 1]];
    found.range((benchmark, ends[0])..=(benchmark, ends[1])).map(|(&(_, metric), _)| metric).collect()
}

/// What `side` measured and `other` did not.
pub(super) fn lone(side: &Side, other: &Side) -> Vec<Lone> {
    let (ours, theirs) = (by_key(side), by_key(other));
    let alone = ours.iter().filter(|(key, _)| !theirs.contains_key(*key) && clash(key.0, &ours, &theirs).is_none());
    let lone = |(&(benchmark, metric), found): (&Key<'_>, &Vec<Found<'_>>)| {
        let topic = found[0].series.topic.clone();
        let reason = absence(other, &topic, benchmark, metric);
        let foreign = found.iter().all(|found| found.series.foreign);
        Lone { topic, foreign, benchmark: benchmark.to_owned(), metric, reason }
    };
    alone.map(lone).collect()
}

/// Why a side has no such series: the narrowest reason that one of its runs recorded.
fn absence(side: &Side, topic: &str, benchmark: &str, metric: Metric) -> String {
    let mut parts = benchmark.split('/');
    let group = parts.next().unwrap_or_default();
    let function = parts.next().map(|function| format!("{group}/{function}")).unwrap_or_default();
    let names = [benchmark, function.as_str(), group, metric.name(), topic];
    let recorded = names.iter().find_map(|name| side.sources.iter().find_map(|source| source.gaps.get(*name)));
    let partial = side.origins().any(|(_, origin)| origin.profile != "full");
    match recorded {
        Some(reason) => reason.clone(),
        None if partial => "it is not among what was asked for".to_owned(),
        None => "no reason was recorded".to_owned(),
    }
}

/// Judges every row; what is told of all of them together is held to one rate of false discoveries.
pub(super) fn judged(matched: &[Matched<'_>]) -> Vec<Row> {
    let evidence: Vec<Evidence> = matched.iter().map(evidence).collect();
    let chances: Vec<f64> = evidence.iter().flat_map(Evidence::chances).collect();
    // One chance that is no share, and nothing is believed.
    let told = benjamini_hochberg(&chances, FALSE_DISCOVERIES).unwrap_or_else(|| vec![false; chances.len()]);
    // What one more discovery would have to reach.
    let rejected = told.iter().filter(|told| **told).count();
    let needed = FALSE_DISCOVERIES * (rejected + 1).min(chances.len()) as f64 / chances.len().max(1) as f64;
    let mut told = told.chunks(2);
    let decide = |evidence: Evidence| match evidence {
        Evidence::Settled(row) => *row,
        Evidence::Tested(tested) => {
            let told = told.next().map_or([false; 2], |told| [told[0], told[1]]);
            tested.decided(told, needed)
        }
    };
    let mut rows: Vec<Row> = evidence.into_iter().map(decide).collect();
    rows.sort_by(|a, b| (&a.topic, &a.benchmark, a.metric).cmp(&(&b.topic, &b.benchmark, b.metric)));
    rows
}
