//! From runs to series: the commits in order, and one observation of each.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::change::{ChangePoint, Drift, Noisier, SeriesTrend, Suspected, Unjudged};
use super::commit_order::{GitOrder, OrderedBy, Position, order, second};
use super::counts::are_mostly_alike;
use super::run_index::{IndexedRun, RunIndex, RunValue, SeriesKey, SeriesName, named};
use super::skipped::{SkipLog, SkipReason};
use crate::model::{Commit, Direction, Estimate, FULL, Metric};
use crate::stats;
use crate::verdict::CodedReason;
use crate::verdict::attribution;
use crate::verdict::environment::{Facts, Readings};
use crate::verdict::policy::{CHANGE_CALLS, CHANGE_FAULTS, CHANGE_INSTRUCTIONS, REFERENCE_FACTOR_MAX};
use crate::verdict::value::{self, is_clock_unlike};

/// How the profile of a run with fewer and shorter samples begins.
const QUICK: &str = "quick";
/// Seconds that a run may seem to start before its commit was made: clocks of two machines differ by that much.
const CLOCK_S: i64 = 300;
/// Observations on either side that say what a reference workload takes: few enough to be of the same machine.
const OUTLIER_REACH: usize = 5;
/// And the fewest of them: a single one may be the one that is wrong.
const OUTLIER_REACH_MIN: usize = 3;

/// Which runs are part of a history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Those with uncommitted changes, too.
    pub dirty: bool,
    /// Those of the quick profile, too.
    pub quick: bool,
    /// Those of some benchmarks or topics only, too.
    pub partial: bool,
    /// Those recorded on this branch alone, where the order does not come from git.
    pub branch: Option<String>,
    /// Those of commits from this second on, counted from 1970.
    pub since: Option<i64>,
}

/// The commits of a history.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Commits {
    /// Those that were measured, in order.
    pub measured: Vec<MeasuredCommit>,
    /// The ids of all that are known in this order, measured or not.
    #[serde(skip)]
    pub known: Vec<String>,
}

/// A commit that was measured.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MeasuredCommit {
    #[serde(rename = "commit")]
    pub id: String,
    /// RFC 3339.
    pub time: Option<String>,
    /// How many runs it has.
    pub runs: usize,
    /// The conditions of each run.
    #[serde(skip)]
    pub(super) readings: Vec<Readings>,
    #[serde(skip)]
    pub(super) first: Build,
    #[serde(skip)]
    pub(super) last: Build,
}

/// What was run, as far as it is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Build {
    pub(super) facts: Arc<Facts>,
    pub(super) lock_hash: Option<String>,
    pub(super) binaries_hash: Option<String>,
}

/// A series along the commits.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Series {
    #[serde(flatten, serialize_with = "named")]
    #[schemars(with = "SeriesName")]
    pub key: SeriesKey,
    pub topic: String,
    #[serde(skip)]
    pub direction: Direction,
    /// Whether it is the least that the system needs for work of its group, which a change of other code leaves alone.
    pub is_lower_bound: bool,
    /// Of a count, which is nearly exact: the smallest step that is reported, in its unit.
    #[serde(skip)]
    pub(super) count: Option<f64>,
    /// What each observation was counted with; empty where the commits say it.
    #[serde(skip)]
    pub(super) facts: Vec<Facts>,
    /// The newest commit at which it was measured, whether the value can be used or not.
    #[serde(skip)]
    pub(super) last_measured: usize,
    pub observations: Vec<Observation>,
    /// What it did, or why it cannot be judged.
    #[serde(flatten, serialize_with = "trend_or_reason")]
    #[schemars(with = "TrendOrReason<'static>")]
    pub trend: Result<SeriesTrend, Unjudged>,
    /// What it looks like, where that is not significant, or not yet.
    pub suspected: Option<Suspected>,
}

/// The value of a series at a commit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Observation {
    /// The index of the commit among the measured ones.
    pub commit_index: usize,
    /// In the metric's unit; from the smallest to the largest round.
    #[serde(flatten)]
    pub value: Estimate,
}

pub(super) struct Observed {
    pub(super) ordered_by: OrderedBy,
    pub(super) runs: usize,
    pub(super) commits: Commits,
    pub(super) series: Vec<Series>,
    pub(super) skipped: SkipLog,
}

/// As programs read it: the trend, or the reason why there is none.
#[derive(Serialize, JsonSchema)]
struct TrendOrReason<'a> {
    change_points: Option<&'a [ChangePoint]>,
    drifts: Option<&'a [Drift]>,
    min_detectable_change: Option<f64>,
    noisier: Option<Noisier>,
    reason: Option<CodedReason>,
}

fn trend_or_reason<S: Serializer>(trend: &Result<SeriesTrend, Unjudged>, serializer: S) -> Result<S::Ok, S::Error> {
    let judged = trend.as_ref().ok();
    let written = TrendOrReason {
        change_points: judged.map(|trend| &trend.change_points[..]),
        drifts: judged.map(|trend| &trend.drifts[..]),
        min_detectable_change: judged.map(|trend| trend.min_detectable_change),
        noisier: judged.and_then(|trend| trend.noisier),
        reason: trend.as_ref().err().map(|reason| reason.clone().into()),
    };
    written.serialize(serializer)
}

impl Series {
    pub(super) fn new(key: SeriesKey, topic: &str, direction: Direction, observations: Vec<Observation>) -> Self {
        let values: Vec<f64> = observations.iter().map(|observation| observation.value.center()).collect();
        Self {
            count: key.metric().and_then(|metric| smallest_step(metric, &values)),
            last_measured: observations.last().map_or(0, |newest| newest.commit_index),
            key,
            topic: topic.to_owned(),
            direction,
            is_lower_bound: false,
            facts: Vec::new(),
            observations,
            trend: Err(Unjudged::TooFew { found: 0, needed: 0 }),
            suspected: None,
        }
    }

    pub fn is_reference(&self) -> bool {
        matches!(self.key, SeriesKey::Reference { .. })
    }

    /// Whether the speed of the machine is part of its values: counts are the same however fast it is.
    fn is_paced(&self) -> bool {
        self.key.metric().is_none_or(attribution::is_paced)
    }
}

/// The smallest step of a count that is reported, in its unit; none of what is judged by its noise.
///
/// Of other counts than instructions only those are exact that stay the same for the most part and are zero at some commit,
/// which has no ratio: the system moves the others.
pub(super) fn smallest_step(metric: Metric, values: &[f64]) -> Option<f64> {
    let has_zeros = || values.contains(&0.0) && are_mostly_alike(values);
    match metric {
        Metric::CallgrindInstructions => Some(CHANGE_INSTRUCTIONS),
        Metric::SystemCalls | Metric::Allocations if has_zeros() => Some(CHANGE_CALLS),
        Metric::PageFaults | Metric::ContextSwitches if has_zeros() => Some(CHANGE_FAULTS),
        _ => None,
    }
}

/// The series of the runs of an index. `git` is what git knows of the order of the commits.
///
/// The value of a series at a commit is the median over its runs. The order in which the runs were inserted makes no
/// difference.
pub(super) fn observe(index: &RunIndex, git: GitOrder, selection: &Selection) -> Observed {
    let mut skipped = SkipLog::default();
    let mut runs: Vec<&IndexedRun> = index.runs.iter().collect();
    runs.sort_by(|a, b| (&a.id, &a.file).cmp(&(&b.id, &b.file)));
    runs = without_doubles(runs, index, &mut skipped);
    runs.retain(|run| keep(reason_against(run, selection), run, &mut skipped));
    let (mut ordered_by, mut positions) = order(&commits(&runs), git);
    if let Some(branch) = selection.branch.as_deref().filter(|_| ordered_by != OrderedBy::Git) {
        let other =
            |run: &IndexedRun| (run.commit.branch.as_deref() != Some(branch)).then_some(SkipReason::OtherBranch);
        runs.retain(|run| keep(other(run), run, &mut skipped));
        (ordered_by, positions) = order(&commits(&runs), git);
    }
    runs.retain(|run| {
        let has_position = positions.contains_key(id(run));
        let reason = if ordered_by == OrderedBy::Git { SkipReason::OffLine } else { SkipReason::NoTime };
        keep((!has_position).then_some(reason), run, &mut skipped) && keep(clock(run, &ordered_by), run, &mut skipped)
    });
    let known = match (&ordered_by, git) {
        (OrderedBy::Git, Ok(line)) => line.to_vec(),
        _ => ids_in_order(&runs, &positions),
    };
    runs.retain(|run| keep(too_old(run, selection), run, &mut skipped));

    runs.sort_by(|a, b| when(a, &positions).cmp(&when(b, &positions)));
    let mut measured = Vec::new();
    // Each list has room for all its values from the start: one that grows leaves the memory behind that it was in.
    let mut counts = vec![0; index.series().count()];
    runs.iter().flat_map(|run| &run.values).for_each(|(series, _)| counts[*series] += 1);
    let timed = timed_alike(&runs, counts.len());
    let mut rows: Vec<Vec<Observation>> = counts.into_iter().map(Vec::with_capacity).collect();
    let mut last_measured: BTreeMap<usize, usize> = BTreeMap::new();
    for replicates in runs.chunk_by(|a, b| a.commit.id == b.commit.id) {
        let all = replicates.iter().flat_map(|run| &run.values);
        last_measured.extend(all.map(|(series, _)| (*series, measured.len())));
        for (series, value) in values(replicates, index, &timed, &mut skipped) {
            rows[series].push(Observation { commit_index: measured.len(), value });
        }
        measured.extend(measured_commit(replicates, index));
    }
    let series = index.series().filter_map(|(number, key, topic)| {
        let direction = key.metric().map_or(Direction::LowerIsBetter, Metric::direction);
        let observations = Some(std::mem::take(&mut rows[number])).filter(|row| !row.is_empty())?;
        let mut series = Series::new(key.clone(), topic, direction, observations);
        series.last_measured = last_measured.get(&number).copied().unwrap_or_default();
        series.is_lower_bound =
            matches!(key, SeriesKey::Measured(benchmark, _) if index.lower_bounds.contains(benchmark));
        Some(series)
    });
    let mut series: Vec<Series> = series.collect();
    drop_machine_outliers(&mut series, &mut skipped);
    Observed { ordered_by, runs: runs.len(), commits: Commits { measured, known }, series, skipped }
}

/// Drops what was measured while a reference workload of its topic was an outlier.
///
/// A machine that stays different is not an outlier: then the observations after it agree. So the newest ones are not
/// dropped before others have followed.
fn drop_machine_outliers(series: &mut Vec<Series>, skipped: &mut SkipLog) {
    let references = series.iter().filter(|series| series.is_reference());
    let outliers: std::collections::BTreeSet<(String, usize)> = references
        .flat_map(|series| {
            let outliers = (0..series.observations.len()).filter(|&at| is_outlier(&series.observations, at));
            outliers.map(|at| (series.topic.clone(), series.observations[at].commit_index))
        })
        .collect();
    for one in series.iter_mut().filter(|series| series.is_paced()) {
        let measured = one.observations.len();
        one.observations.retain(|observation| !outliers.contains(&(one.topic.clone(), observation.commit_index)));
        for _ in one.observations.len()..measured {
            skipped.note(SkipReason::MachineOutlier, &one.key.to_string());
        }
    }
    series.retain(|series| !series.observations.is_empty());
}

fn is_outlier(observations: &[Observation], at: usize) -> bool {
    let (before, after) = (&observations[at.saturating_sub(OUTLIER_REACH)..at], &observations[at + 1..]);
    let value = observations[at].value.center();
    [before, &after[..after.len().min(OUTLIER_REACH)]].iter().all(|side| {
        let values: Vec<f64> = side.iter().map(|observation| observation.value.center()).collect();
        let usual = stats::median(&values).filter(|_| values.len() >= OUTLIER_REACH_MIN);
        usual.is_some_and(|usual| value > usual * REFERENCE_FACTOR_MAX || value * REFERENCE_FACTOR_MAX < usual)
    })
}

/// True where there is no reason against a run; else the reason is noted.
fn keep(reason: Option<SkipReason>, run: &IndexedRun, skipped: &mut SkipLog) -> bool {
    if let Some(reason) = reason {
        skipped.note(reason, &run.file);
    }
    reason.is_none_or(|reason| reason == SkipReason::ClockNoted)
}

/// Of runs with one id, the first where they are the same, and none where they are not.
fn without_doubles<'a>(runs: Vec<&'a IndexedRun>, index: &RunIndex, skipped: &mut SkipLog) -> Vec<&'a IndexedRun> {
    let mut single = Vec::with_capacity(runs.len());
    for same in runs.chunk_by(|a, b| a.id == b.id) {
        let first = same[0];
        let equal = |other: &&IndexedRun| {
            index.facts[other.facts] == index.facts[first.facts]
                && IndexedRun { file: first.file.clone(), facts: first.facts, ..(**other).clone() } == *first
        };
        if same.len() == 1 {
            single.push(first);
        } else if same.iter().all(equal) {
            single.push(first);
            same[1..].iter().for_each(|copy| skipped.note(SkipReason::Copy, &copy.file));
        } else {
            same.iter().for_each(|other| skipped.note(SkipReason::Contradicting, &other.file));
        }
    }
    single
}

fn reason_against(run: &IndexedRun, selection: &Selection) -> Option<SkipReason> {
    let (quick, full) = (run.profile.starts_with(QUICK), run.profile == FULL);
    match () {
        () if run.commit.id.is_none() => Some(SkipReason::NoCommit),
        () if run.commit.dirty && !selection.dirty => Some(SkipReason::Dirty),
        () if quick && !selection.quick => Some(SkipReason::Quick),
        () if !quick && !full && !selection.partial => Some(SkipReason::Partial),
        () => None,
    }
}

fn clock(run: &IndexedRun, ordered_by: &OrderedBy) -> Option<SkipReason> {
    let made = run.commit.time.as_deref().and_then(second)?;
    let by_time = matches!(ordered_by, OrderedBy::Time(_));
    let wrong = if by_time { SkipReason::Clock } else { SkipReason::ClockNoted };
    second(&run.started).is_none_or(|started| started + CLOCK_S < made).then_some(wrong)
}

fn too_old(run: &IndexedRun, selection: &Selection) -> Option<SkipReason> {
    let since = selection.since?;
    let made = run.commit.time.as_deref().and_then(second);
    made.is_none_or(|made| made < since).then_some(SkipReason::TooOld)
}

fn id(run: &IndexedRun) -> &str {
    run.commit.id.as_deref().unwrap_or_default()
}

fn commits<'a>(runs: &[&'a IndexedRun]) -> BTreeMap<&'a str, &'a Commit> {
    runs.iter().rev().map(|run| (id(run), &run.commit)).collect()
}

/// By commit, and within one by start.
fn when<'a>(
    run: &'a IndexedRun,
    positions: &BTreeMap<String, Position>,
) -> (Option<Position>, &'a str, Option<i64>, &'a str) {
    (positions.get(id(run)).copied(), id(run), second(&run.started), &run.id)
}

fn ids_in_order(runs: &[&IndexedRun], positions: &BTreeMap<String, Position>) -> Vec<String> {
    let mut ids: Vec<_> = runs.iter().map(|run| (positions.get(id(run)), id(run))).collect();
    ids.sort();
    ids.dedup();
    ids.into_iter().map(|(_, id)| id.to_owned()).collect()
}

fn measured_commit(runs: &[&IndexedRun], index: &RunIndex) -> Option<MeasuredCommit> {
    let build = |run: &IndexedRun| Build {
        facts: Arc::clone(&index.facts[run.facts]),
        lock_hash: run.commit.lock_hash.clone(),
        binaries_hash: run.commit.binaries_hash.clone(),
    };
    let (first, last) = (runs.first()?, runs.last()?);
    Some(MeasuredCommit {
        id: id(first).to_owned(),
        time: first.commit.time.clone(),
        runs: runs.len(),
        readings: runs.iter().map(|run| run.readings.clone()).collect(),
        first: build(first),
        last: build(last),
    })
}

/// By the number of the series: the newest form of its benchmark, and the least that reading the clock adds to a value of it, ns.
fn timed_alike(runs: &[&IndexedRun], series: usize) -> Vec<(i16, f32)> {
    let mut timed = vec![(i16::MIN, f32::INFINITY); series];
    for (series, value) in runs.iter().flat_map(|run| &run.values) {
        let (newest, least_ns) = &mut timed[*series];
        match *value {
            RunValue::Measured(_, form, clock_ns) if form > *newest => (*newest, *least_ns) = (form, clock_ns),
            RunValue::Measured(_, form, clock_ns) if form == *newest => *least_ns = least_ns.min(clock_ns),
            _ => {}
        }
    }
    timed
}

/// The values of the runs of one commit, by the number of the series.
fn values(
    runs: &[&IndexedRun],
    index: &RunIndex,
    timed: &[(i16, f32)],
    skipped: &mut SkipLog,
) -> Vec<(usize, Estimate)> {
    let mut values: BTreeMap<usize, Vec<Estimate>> = BTreeMap::new();
    for run in runs {
        for &(series, value) in &run.values {
            let reason = match value {
                RunValue::Measured(_, form, _) if form < timed[series].0 => SkipReason::OlderForm,
                RunValue::Measured(value, _, clock_ns)
                    if is_clock_unlike([clock_ns, timed[series].1].map(f64::from), value.center()) =>
                {
                    SkipReason::ShortSamples
                }
                RunValue::Measured(value, ..) => {
                    values.entry(series).or_default().push(value);
                    continue;
                }
                RunValue::Inconclusive => SkipReason::Inconclusive,
                RunValue::TooFewRounds => SkipReason::TooFewRounds,
                RunValue::Twice => SkipReason::Twice,
            };
            skipped.note(reason, &index.name(series));
        }
        run.failures.iter().for_each(|benchmark| skipped.note(SkipReason::Failed, benchmark));
    }
    let median = |(series, values): (usize, Vec<Estimate>)| {
        let center = value::of_commit(values.iter().map(|value| value.center()).collect())?;
        let low = values.iter().map(|value| value.low()).fold(center, f64::min);
        let high = values.iter().map(|value| value.high()).fold(center, f64::max);
        Some((series, Estimate::new(center, low, high).ok()?))
    };
    values.into_iter().filter_map(median).collect()
}
