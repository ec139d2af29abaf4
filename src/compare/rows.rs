//! From two sides to rows: which series belong together, and the verdict on each.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::evidence::{Evidence, evidence};
use super::row::{Row, series_name};
use super::sides::CompareError;
use super::source::{SeriesPair, SeriesRef, Side};
use crate::model::Metric;
use crate::stats::benjamini_hochberg;
use crate::verdict::policy::FALSE_DISCOVERY_RATE;
use crate::verdict::{Reason, absence};

/// A series that only one side has; never a change.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Unmatched {
    pub topic: String,
    /// Whether it is of external programs, which nobody expects to be there.
    #[serde(skip)]
    pub external: bool,
    pub benchmark: String,
    pub metric: Metric,
    /// Why the other side does not have it.
    pub reason: Reason,
}

type Key<'a> = (&'a str, Metric);
type ByKey<'a> = BTreeMap<Key<'a>, Vec<SeriesRef<'a>>>;

/// Every series of a side, with the sources that have it.
fn by_key(side: &Side) -> ByKey<'_> {
    let mut found = ByKey::new();
    for source in &side.sources {
        for series in &source.series {
            found.entry((&series.benchmark, series.metric)).or_default().push(SeriesRef { source, series });
        }
    }
    found
}

/// The series that both sides have, and the benchmarks that they have in no common metric.
pub(super) fn pairs<'a>(baseline: &'a Side, candidate: &'a Side) -> Result<Vec<SeriesPair<'a>>, CompareError> {
    let (ours, mut theirs) = (by_key(baseline), by_key(candidate));
    for (side, found) in [(baseline, &ours), (candidate, &theirs)] {
        if found.is_empty() {
            return Err(CompareError::NothingPasses { place: side.places() });
        }
    }
    let example = [&ours, &theirs].map(|found| found.keys().next().map(|&(b, metric)| series_name(b, metric)));
    let clashes: Vec<Option<String>> = ours.keys().map(|key| clash(key.0, &ours, &theirs)).collect();
    let mut pairs = Vec::new();
    for ((key, baseline), clash) in ours.into_iter().zip(clashes) {
        let found = theirs.remove(&key);
        if found.is_none() && clash.is_none() {
            continue;
        }
        let (candidate, topic) = (found.unwrap_or_default(), baseline[0].series.topic.as_str());
        pairs.push(SeriesPair { topic, benchmark: key.0, metric: key.1, baseline, candidate, clash });
    }
    if pairs.is_empty() {
        let example = example.into_iter().flatten().collect::<Vec<_>>().join(" and ");
        return Err(CompareError::NothingInCommon {
            baseline: baseline.places(),
            candidate: candidate.places(),
            example,
        });
    }
    Ok(pairs)
}

/// The metrics of the same benchmark on the other side, if there are some and the sides share none.
fn clash(benchmark: &str, ours: &ByKey<'_>, theirs: &ByKey<'_>) -> Option<String> {
    let (ours, theirs) = (metrics(benchmark, ours), metrics(benchmark, theirs));
    let names = || theirs.iter().map(|metric| format!("{metric} ({})", metric.unit())).collect::<Vec<_>>().join(", ");
    (!theirs.is_empty() && ours.is_disjoint(&theirs)).then(names)
}

fn metrics(benchmark: &str, found: &ByKey<'_>) -> BTreeSet<Metric> {
    let ends = [Metric::ALL[0], Metric::ALL[Metric::ALL.len() - 1]];
    found.range((benchmark, ends[0])..=(benchmark, ends[1])).map(|(&(_, metric), _)| metric).collect()
}

pub(super) fn unmatched(side: &Side, other: &Side) -> Vec<Unmatched> {
    let (ours, theirs) = (by_key(side), by_key(other));
    let alone = ours.iter().filter(|(key, _)| !theirs.contains_key(*key) && clash(key.0, &ours, &theirs).is_none());
    let is_foreign = other.origins().next().is_none();
    let is_full = other.origins().all(|(_, origin)| origin.profile == "full");
    let recorded = |name: &str| other.sources.iter().find_map(|source| source.absent.get(name)).cloned();
    let unmatched = |(&(benchmark, metric), found): (&Key<'_>, &Vec<SeriesRef<'_>>)| {
        let topic = found[0].series.topic.clone();
        let reason = match absence(&topic, benchmark, metric, is_full, recorded) {
            Reason::NotRecorded | Reason::NotRequested if is_foreign => {
                Reason::from(format!("not in {}", other.places()))
            }
            reason => reason,
        };
        let external = found.iter().all(|found| found.series.external);
        Unmatched { topic, external, benchmark: benchmark.to_owned(), metric, reason }
    };
    alone.map(unmatched).collect()
}

/// Judges every row; the false discovery rate is controlled over all of them.
pub(super) fn judged(pairs: &[SeriesPair<'_>]) -> Vec<Row> {
    let evidence: Vec<Evidence> = pairs.iter().map(evidence).collect();
    let p_values: Vec<f64> = evidence.iter().flat_map(Evidence::p_values).collect();
    // One p-value that is not a share, and nothing is rejected.
    let rejected = benjamini_hochberg(&p_values, FALSE_DISCOVERY_RATE).unwrap_or_else(|| vec![false; p_values.len()]);
    // What one more discovery would have to reach.
    let count = rejected.iter().filter(|rejected| **rejected).count();
    let alpha = FALSE_DISCOVERY_RATE * (count + 1).min(p_values.len()) as f64 / p_values.len().max(1) as f64;
    let mut rejected = rejected.chunks(2);
    let decide = |evidence: Evidence| match evidence {
        Evidence::Settled(row) => *row,
        Evidence::Tested(tested) => {
            let rejected = rejected.next().map_or([false; 2], |both| [both[0], both[1]]);
            tested.decided(rejected, alpha)
        }
    };
    let mut rows: Vec<Row> = evidence.into_iter().map(decide).collect();
    rows.sort_by(|a, b| (&a.topic, &a.benchmark, a.metric).cmp(&(&b.topic, &b.benchmark, b.metric)));
    rows
}
