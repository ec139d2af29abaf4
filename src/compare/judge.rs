//! The judge itself: which series belong together, the verdict on each, and the outcome of all.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;
use strum::IntoStaticStr;
use thiserror::Error;

use super::evidence::{Evidence, evidence};
use super::groups::{self, Mean, MovedGroup};
use super::row::{Row, series_name};
use super::sides::{self, CompareError};
use super::source::{Series, SeriesPair, SeriesRef, Side};
use super::{controls, evidence};
use crate::model::{FULL, Metric};
use crate::stats::benjamini_hochberg;
use crate::verdict::policy::FALSE_DISCOVERY_RATE;
use crate::verdict::{
    Attribution, Binaries, CodedReason, EnvironmentChange, Outcome, Reason, Verdict, absence, function_of, recorded,
};

/// What became of two sides.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Comparison {
    /// What the rows come to.
    pub outcome: Outcome,
    /// Why it is inconclusive.
    pub reason: Option<ComparisonReason>,
    /// Whether both sides measured the same binaries.
    pub binaries: Binaries,
    /// What else changed; none where another harness records nothing of it.
    pub environment_diff: Option<Vec<EnvironmentChange>>,
    /// What limits every row.
    pub notes: Vec<String>,
    /// The benchmarks that both sides measured, in order.
    pub rows: Vec<Row>,
    /// Which rows changed together, by attribution and group.
    pub moved_groups: Vec<MovedGroup>,
    /// Geometric means of the rows' ratios, by topic and metric.
    pub means: Vec<Mean>,
    /// What only the candidate measured.
    pub added: Vec<Unmatched>,
    /// What only the baseline measured.
    pub missing: Vec<Unmatched>,
}

#[derive(Clone, Debug, Error, PartialEq, Serialize, JsonSchema, IntoStaticStr)]
#[serde(into = "CodedReason")]
#[schemars(with = "CodedReason")]
#[strum(serialize_all = "snake_case")]
pub enum ComparisonReason {
    #[error("both sides measured the same binaries (A/A): every change is noise, and none says anything of the code")]
    Identical,
    /// Some runs of both sides did, of these hashes.
    #[error(
        "runs of both sides measured the same binaries ({0}), so the sides are not two codes; name runs of one build on each side"
    )]
    SharedBinaries(String),
    #[error(
        "what got worse, {worse} of {rows} rows, did so with the machine, which says nothing of the code; measure both sides on \
         the same quiet machine, or use `parcost gate`"
    )]
    Machine { worse: usize, rows: usize },
    #[error("no row is decided; the page says why")]
    Undecided,
    /// Rows that are not decided look worse by more than their threshold.
    #[error(
        "{count} of the rows that are not decided look worse, most of all {first}; measure again, or use `parcost gate`"
    )]
    LooksWorse { first: String, count: usize },
    #[error(
        "the candidate lacks {count} of the baseline's rows, the first of them {first}; measure them, or leave them out with \
         --filter, --metric or --topic"
    )]
    Missing { first: String, count: usize },
    /// Series of other tools are neither times nor counts.
    #[error(
        "{count} of the baseline's series cannot be compared, the first of them {first}; leave them out with --filter, --metric or \
         --topic, or give `parcost trend` the files of several commits"
    )]
    Skipped { first: String, count: usize },
}

/// Compares two sides of one machine, and keeps the rows of the series that `keep` selects: all are judged, so that what is
/// asked for does not change a verdict.
///
/// Fails when the sides as a whole cannot be compared; what is wrong with one row is that row's verdict.
pub fn compare(baseline: &Side, candidate: &Side, keep: &dyn Fn(&Series) -> bool) -> Result<Comparison, CompareError> {
    sides::check(baseline, candidate)?;
    let mut rows = judged(&pairs(baseline, candidate).unwrap_or_default());
    let binaries = sides::binaries(baseline, candidate);
    controls::attribute(&mut rows, baseline, candidate, &binaries);
    let (baseline, candidate) = (baseline.narrowed(keep), candidate.narrowed(keep));
    let asked = pairs(&baseline, &candidate)?.iter().map(|pair| (pair.benchmark, pair.metric)).collect::<BTreeSet<_>>();
    rows.retain(|row| asked.contains(&(row.benchmark.as_str(), row.metric)));
    if rows.iter().all(evidence::is_same_samples) {
        return Err(CompareError::SameSamples { baseline: baseline.places(), candidate: candidate.places() });
    }
    let mut comparison = Comparison {
        outcome: Outcome::Pass,
        reason: None,
        binaries,
        environment_diff: controls::diff(&baseline, &candidate),
        notes: sides::notes(&baseline, &candidate),
        moved_groups: groups::moved(&rows),
        means: groups::means(&rows),
        rows,
        added: unmatched(&candidate, &baseline),
        missing: unmatched(&baseline, &candidate),
    };
    comparison.reason = comparison.why_inconclusive().or_else(|| {
        let (_, first) = baseline.skipped.first().filter(|_| comparison.regressions().next().is_none())?;
        Some(ComparisonReason::Skipped { first: first.clone(), count: baseline.skipped.len() })
    });
    comparison.outcome = match &comparison.reason {
        _ if comparison.regressions().next().is_some() => Outcome::Fail,
        Some(_) => Outcome::Inconclusive,
        None => Outcome::Pass,
    };
    Ok(comparison)
}

impl Comparison {
    pub fn with(&self, verdict: Verdict) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.verdict == verdict)
    }

    /// The rows that regressed and may be the code's; none where the sides are not two codes.
    pub fn regressions(&self) -> impl Iterator<Item = &Row> {
        let is_two = !matches!(self.binaries, Binaries::Same(_) | Binaries::Shared(_));
        let may_be_code = |row: &&Row| matches!(row.attribution, Some(Attribution::Code | Attribution::Unknown));
        self.with(Verdict::Regressed).filter(move |row| is_two && may_be_code(row))
    }

    /// The number of decided rows.
    pub fn judged(&self) -> usize {
        self.rows.iter().filter(|row| row.verdict.is_decided()).count()
    }

    /// The same without external ones, which say nothing of the code.
    pub fn decided(&self) -> usize {
        self.rows.iter().filter(|row| !row.external && row.verdict.is_decided()).count()
    }

    /// The inconclusive rows that would have regressed by their change alone, the largest first.
    fn looks_worse(&self) -> impl Iterator<Item = &Row> {
        let mut rows: Vec<&Row> = self.with(Verdict::Inconclusive).filter(|row| row.looks_worse()).collect();
        let size = |row: &Row| row.change.map_or(0.0, |change| change.center.abs());
        rows.sort_by(|a, b| size(b).total_cmp(&size(a)));
        rows.into_iter()
    }

    fn why_inconclusive(&self) -> Option<ComparisonReason> {
        let with_machine = |row: &&Row| matches!(row.attribution, Some(Attribution::Machine | Attribution::Unknown));
        let worse = self.with(Verdict::Regressed).filter(with_machine).count();
        // Nobody expects of the candidate that the same interpreters are there.
        let missing = || self.missing.iter().filter(|one| !one.external);
        match &self.binaries {
            Binaries::Same(_) => Some(ComparisonReason::Identical),
            Binaries::Shared(hashes) => Some(ComparisonReason::SharedBinaries(hashes.clone())),
            _ if self.regressions().next().is_some() => None,
            _ if worse > 0 => Some(ComparisonReason::Machine { worse, rows: self.rows.len() }),
            _ if self.decided() == 0 => Some(ComparisonReason::Undecided),
            _ if self.looks_worse().next().is_some() => self.looks_worse().next().map(|row| {
                let change = row.change.map_or(0.0, |change| change.center);
                let first = format!("{} by {:+.1} %", series_name(&row.benchmark, row.metric), change * 100.0);
                ComparisonReason::LooksWorse { first, count: self.looks_worse().count() }
            }),
            _ => missing().next().map(|first| ComparisonReason::Missing {
                first: series_name(&first.benchmark, first.metric),
                count: missing().count(),
            }),
        }
    }
}

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
    let is_full = other.origins().all(|(_, origin)| origin.profile == FULL);
    let functions: BTreeSet<&str> = theirs.keys().map(|(benchmark, _)| function_of(benchmark)).collect();
    let started = |side: &Side| side.origins().map(|(_, origin)| origin.times[0].clone()).max();
    let is_later = started(other) > started(side);
    let unmatched = |(&(benchmark, metric), found): (&Key<'_>, &Vec<SeriesRef<'_>>)| {
        let topic = found[0].series.topic.clone();
        let unrecorded = Reason::unrecorded(is_full, functions.contains(function_of(benchmark)));
        let recorded = |name: &str| {
            other.sources.iter().find_map(|it| recorded(&it.failures, &it.omissions, &topic, metric, name))
        };
        let reason = match absence(&topic, benchmark, metric, unrecorded, recorded) {
            Reason::NotRecorded | Reason::NotRequested | Reason::MeasuredElsewhere if is_foreign => {
                Reason::from(format!("not in {}", other.places()))
            }
            Reason::MeasuredElsewhere
                if metric == Metric::Efficiency && theirs.contains_key(&(benchmark, Metric::WallTime)) =>
            {
                Reason::from("the other side's times do not suffice for it; `parcost show` of that run says why")
            }
            Reason::NotRecorded if is_later => Reason::from("measured earlier, and no longer: removed or renamed"),
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
