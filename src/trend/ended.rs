//! Series that are no longer measured, and the names under which they may go on.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::run_index::{SeriesKey, SeriesName, named};
use super::series::{Commits, Observation, Series};
use crate::stats;
use crate::verdict::policy::{ENDED_COMMITS, RENAMED_CHANGE, RENAMED_COUNT};

/// Values at the end of one series and at the beginning of another that are compared.
const LEVEL: usize = 5;

/// A series that later commits lack, though they were measured.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Ended {
    #[serde(flatten, serialize_with = "named")]
    #[schemars(with = "SeriesName")]
    pub key: SeriesKey,
    pub topic: String,
    /// The newest commit at which it was measured.
    pub last: String,
    /// The measured commits since.
    pub commits_since: usize,
    /// The series that begins where it ends, at its level.
    pub continued_as: Option<String>,
    /// Why the project accepts that it has no value.
    pub accepted: Option<String>,
}

/// What ended among `series`, compared with what else of their topics was measured since.
pub(super) fn ended(commits: &Commits, series: &[Series]) -> Vec<Ended> {
    let mut measured: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for one in series {
        let of_topic = measured.entry(&one.topic).or_default();
        of_topic.extend(one.observations.iter().map(|it| it.commit_index).chain([one.last_measured]));
    }
    let ended = |one: &Series| {
        let mut since = measured[one.topic.as_str()].range(one.last_measured + 1..);
        let next = *since.next()?;
        let commits_since = 1 + since.count();
        (commits_since >= ENDED_COMMITS).then(|| Ended {
            key: one.key.clone(),
            topic: one.topic.clone(),
            last: commits.measured[one.last_measured].id.clone(),
            commits_since,
            continued_as: continuation(one, next, series).map(|other| other.key.to_string()),
            accepted: None,
        })
    };
    series.iter().filter_map(ended).collect()
}

/// Of the series that begin at `next` with the level at which `ended` ended, the one whose name is most like its name.
fn continuation<'a>(ended: &Series, next: usize, series: &'a [Series]) -> Option<&'a Series> {
    let level = |observations: &[Observation]| {
        stats::median(&observations.iter().map(|it| it.value.center()).collect::<Vec<_>>())
    };
    let (all, name) = (&ended.observations, ended.key.benchmark());
    let before = level(&all[all.len().saturating_sub(LEVEL)..])?;
    // Small counts are often the same by chance, but for those of its own group.
    let is_count = ended.key.metric().is_some_and(|metric| !metric.is_time());
    let is_few = is_count && before < RENAMED_COUNT;
    let group = |name: &str| name.split('/').next().map(str::to_owned);
    let fits = |other: &&Series| {
        let begins = other.observations.first().is_some_and(|first| first.commit_index == next);
        let after = level(&other.observations[..other.observations.len().min(LEVEL)]);
        let is_alike = after.is_some_and(|after| (after - before).abs() <= RENAMED_CHANGE * before)
            && (!is_few || group(&other.key.benchmark()) == group(&name));
        let kind = |series: &Series| (series.topic.clone(), series.key.metric(), series.direction);
        begins && is_alike && kind(other) == kind(ended)
    };
    let likeness = |other: &&Series| strsim::normalized_levenshtein(&other.key.benchmark(), &name);
    series.iter().filter(fits).max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
}
