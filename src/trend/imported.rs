//! The history of another tool's file: its points by commit, in the best order that the file or git knows.

use std::collections::{BTreeMap, BTreeSet};

use super::commit_order::{GitOrder, OrderedBy, second};
use super::counts::repeats;
use super::run_index::{SeriesKey, has_enough_rounds};
use super::series::{Commits, MeasuredCommit, Observation, Observed, Selection, Series, smallest_step};
use super::skipped::{SkipLog, SkipReason};
use crate::model::{Estimate, Fact, Interchange, InterchangePoint, InterchangeSeries, MachineKey, Metric, PARCOST};
use crate::verdict::environment::Facts;
use crate::verdict::policy::{CHANGE_COUNT, CHANGE_INSTRUCTIONS};
use crate::verdict::value::{self, is_clock_unlike};

/// What the points of one commit have in common, and those of another do not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Commit(String),
    Order(u64),
    Time(i64),
    Position(usize),
}

/// A commit as its points describe it.
#[derive(Clone, Debug, Default)]
struct Described {
    order: Option<u64>,
    time: Option<(i64, String)>,
    files: BTreeSet<String>,
}

type Points<'a> = Vec<(Place, &'a InterchangePoint)>;

/// The series of a file. A commit is what its points name; without names the number of the commit, the time or the position.
pub(super) fn observe(source: &Interchange, git: GitOrder, selection: &Selection) -> Observed {
    let mut skipped = SkipLog::default();
    let keys = keys(source);
    let chosen = |series: &&InterchangeSeries| selection.branch.is_none() || series.branch == selection.branch;
    let line = git.unwrap_or_default().iter().map(String::as_str).collect();
    let place = placing(source.series.iter().filter(chosen), &line);
    let mut placed: Vec<Points> = Vec::new();
    // Values that are no observations, and yet were measured.
    let mut unused: Vec<Vec<Place>> = Vec::new();
    // Histories that were read together name each of their sources.
    let has_own = source.source.split(", ").any(|source| source == PARCOST);
    for (series, (key, _)) in source.series.iter().zip(&keys) {
        let label = &key.to_string();
        let is_chosen = chosen(&series);
        if !is_chosen {
            skipped.note(SkipReason::OtherBranch, label);
        }
        let mut points: Points = if is_chosen { place(series) } else { Vec::new() };
        let mut unused_of_it = Vec::new();
        let own = key.metric().filter(|_| has_own);
        let least_ns = points.iter().map(|(_, point)| clock_ns(own, point)).fold(f64::INFINITY, f64::min);
        points.retain(|(place, point)| {
            let Some(reason) = reason_against(series, own, least_ns, point, selection) else { return true };
            if reason.is_of_values() {
                unused_of_it.push(place.clone());
            }
            skipped.note(reason, point.commit.as_deref().unwrap_or(label));
            false
        });
        placed.push(points);
        unused.push(unused_of_it);
    }
    let is_by_time = source.series.iter().all(has_order_of_times);
    let (ordered_by, order) = order(&placed, git, is_by_time);
    let index: BTreeMap<&Place, usize> = order.iter().enumerate().map(|(index, (place, _))| (place, index)).collect();
    let all = source.series.iter().zip(keys).zip(placed.iter().zip(&unused));
    let series = all.filter(|(_, (points, _))| !points.is_empty());
    let series = series.map(|((series, (key, scale)), (points, unused))| {
        let mut at_commit: BTreeMap<usize, Vec<&InterchangePoint>> = BTreeMap::new();
        points.iter().for_each(|(place, point)| at_commit.entry(index[place]).or_default().push(point));
        let observation = |(&commit_index, points): (&usize, &Vec<&InterchangePoint>)| {
            let value = value::of_commit(points.iter().map(|point| point.value * scale).collect())?;
            Some(Observation { commit_index, value: Estimate::exact(value).ok()? })
        };
        let observations: Vec<Observation> = at_commit.iter().filter_map(observation).collect();
        let values: Vec<f64> = observations.iter().map(|observation| observation.value.center()).collect();
        let is_own = !matches!(key, SeriesKey::Imported { .. });
        let topic = series.suite.as_deref().filter(|_| is_own).unwrap_or_default();
        let mut one = Series::new(key, topic, series.direction, observations);
        let last_unused = unused.iter().filter_map(|place| index.get(place)).copied().max();
        one.last_measured = one.last_measured.max(last_unused.unwrap_or_default());
        if one.count.is_some() {
            one.facts = at_commit.values().map(|points| facts(&points[0].counted_with)).collect();
        } else if one.key.metric().is_none() && series.is_count() && is_steady(series) {
            one.count = smallest_step_of(series, &values);
        }
        one
    });
    let measured: Vec<MeasuredCommit> =
        order.iter().enumerate().map(|(index, (place, commit))| measured(place, commit, index)).collect();
    let known = measured.iter().map(|commit| commit.id.clone()).collect();
    Observed { ordered_by, runs: 0, series: series.collect(), commits: Commits { measured, known }, skipped }
}

/// The machines of a file of parcost's own series: each has a history of its own, as stored runs have. None where other tools
/// are in it, or all is of one.
pub fn own_machines(source: &Interchange) -> Vec<MachineKey> {
    let is_own = |(key, _): &(SeriesKey, f64)| !matches!(key, SeriesKey::Imported { .. });
    let own =
        |machine: &String| MachineKey::new(machine).filter(|_| keys(&source.of_machine(machine)).iter().all(is_own));
    let is_whole = source.series.iter().all(|series| series.machine.is_some());
    let all = source.machines().iter().map(own).collect::<Option<Vec<MachineKey>>>();
    all.filter(|all| is_whole && all.len() > 1).unwrap_or_default()
}

/// The key of each series, and the factor that brings its values to the key's unit: one of parcost's own where it has the
/// name, the metric, the unit and the direction of one, and no other has them, else that of another tool.
fn keys(source: &Interchange) -> Vec<(SeriesKey, f64)> {
    let own = |series: &InterchangeSeries| {
        if series.is_reference() {
            let (topic, name) = (series.suite.clone().unwrap_or_default(), series.name.clone());
            return Some((SeriesKey::Reference { topic, name }, 1.0));
        }
        let metric = Metric::from_name(series.metric.as_ref()?).filter(|it| it.direction() == series.direction)?;
        let scale = match (series.unit.as_deref()?, metric.unit()) {
            (same, unit) if same == unit => 1.0,
            ("B", "KiB") => 1.0 / 1024.0,
            _ => return None,
        };
        Some((SeriesKey::Measured(series.name.parse().ok()?, metric), scale))
    };
    let owned: Vec<Option<(SeriesKey, f64)>> = source.series.iter().map(own).collect();
    let mut found: BTreeMap<SeriesKey, usize> = BTreeMap::new();
    owned.iter().flatten().for_each(|(key, _)| *found.entry(key.clone()).or_default() += 1);
    let all = source.series.iter().zip(source.labels()).zip(owned);
    all.map(|((series, label), own)| {
        let (metric, unit) = (series.metric.clone(), series.unit.clone());
        own.filter(|(key, _)| found[key] == 1).unwrap_or((SeriesKey::Imported { label, metric, unit }, 1.0))
    })
    .collect()
}

fn facts(counted_with: &BTreeMap<String, String>) -> Facts {
    let known = counted_with.iter().map(|(name, value)| (name.clone(), Fact::Value(value.clone())));
    Facts::new(BTreeMap::new(), BTreeMap::new(), known.collect())
}

/// The smallest step of a count of another tool that is reported. Page faults and context switches are judged as those of runs
/// are, since the system moves them, and so are fractions, which are means of several counts.
fn smallest_step_of(series: &InterchangeSeries, values: &[f64]) -> Option<f64> {
    let is_whole = |point: &InterchangePoint| {
        let counted = if point.samples.is_empty() { std::slice::from_ref(&point.value) } else { &point.samples };
        counted.iter().all(|count| count.fract() == 0.0)
    };
    match series.unit.as_deref() {
        Some("faults" | "switches") => smallest_step(Metric::PageFaults, values),
        Some("instructions") if !series.points.iter().all(is_whole) => None,
        _ if !series.points.iter().all(is_whole) => smallest_step(Metric::SystemCalls, values),
        unit => repeats(values).then_some(if unit == Some("instructions") { CHANGE_INSTRUCTIONS } else { 0.0 }),
    }
}

/// Whether the counts of most of its commits are the same in all that was counted there.
fn is_steady(series: &InterchangeSeries) -> bool {
    let is_wide = |point: &&InterchangePoint| {
        let (low, high) = (point.low.unwrap_or(point.value), point.high.unwrap_or(point.value));
        high - low > CHANGE_COUNT * point.value
    };
    2 * series.points.iter().filter(is_wide).count() <= series.points.len()
}

/// What reading the clock may add to a value of a stored run, ns, by its rounds; 0 of what has none.
fn clock_ns(own: Option<Metric>, point: &InterchangePoint) -> f64 {
    let metric = own.filter(|_| !point.samples.is_empty());
    metric.map_or(0.0, |metric| value::clock_ns(metric, None, point.samples.iter().copied()))
}

fn reason_against(
    series: &InterchangeSeries,
    own: Option<Metric>,
    least_ns: f64,
    point: &InterchangePoint,
    selection: &Selection,
) -> Option<SkipReason> {
    let time = point.time.as_deref().and_then(second);
    // A value of a stored run has the rounds as its samples.
    let has_rounds = |metric| point.samples.is_empty() || has_enough_rounds(metric, point.samples.len());
    match () {
        () if selection.since.is_some() && time.is_none() => Some(SkipReason::Undated),
        () if time < selection.since => Some(SkipReason::TooOld),
        () if point.value == 0.0 && !series.is_count() => Some(SkipReason::Zero),
        () if !own.is_none_or(has_rounds) => Some(SkipReason::TooFewRounds),
        () if is_clock_unlike([clock_ns(own, point), least_ns], point.value) => Some(SkipReason::ShortSamples),
        () => None,
    }
}

/// How the points of all series are placed: by the first of commit, number and time that every point has and that tells
/// the points of a series apart; commits may be measured twice.
fn placing<'a>(
    series: impl Iterator<Item = &'a InterchangeSeries> + Clone,
    line: &BTreeSet<&str>,
) -> impl Fn(&'a InterchangeSeries) -> Points<'a> {
    let by_commit = |point: &InterchangePoint| point.commit.as_ref().map(|id| Place::Commit(whole_id(id, line)));
    let by_order = |point: &InterchangePoint| point.order.map(Place::Order);
    let by_time = |point: &InterchangePoint| point.time.as_deref().and_then(second).map(Place::Time);
    let tells_apart = |of: &dyn Fn(&InterchangePoint) -> Option<Place>, share: f64| {
        series.clone().all(|series| {
            let places: Option<BTreeSet<Place>> = series.points.iter().map(of).collect();
            places.is_some_and(|places| places.len() as f64 >= share * series.points.len() as f64)
        })
    };
    // Where most commits were measured several times, what stands there may be a branch.
    let is_by_commit = tells_apart(&by_commit, 0.5);
    let (is_by_order, is_by_time) = (tells_apart(&by_order, 1.0), tells_apart(&by_time, 1.0));
    move |series| {
        let mut points: Vec<&InterchangePoint> = series.points.iter().collect();
        if has_order_of_times(series) {
            points.sort_by_key(|point| point.time.as_deref().and_then(second));
        }
        let place = |(position, point): (usize, &InterchangePoint)| {
            (is_by_commit.then(|| by_commit(point)).flatten())
                .or_else(|| is_by_order.then(|| by_order(point)).flatten())
                .or_else(|| is_by_time.then(|| by_time(point)).flatten())
                .unwrap_or(Place::Position(position))
        };
        points.into_iter().enumerate().map(|(position, point)| (place((position, point)), point)).collect()
    }
}

/// The digits of the shortest id that git prints.
const ID_CHARS_MIN: usize = 7;

/// The id of the only commit of git that begins so; any other text as it is.
fn whole_id(id: &str, line: &BTreeSet<&str>) -> String {
    let mut like = line.range(id..).take_while(|whole| id.len() >= ID_CHARS_MIN && whole.starts_with(id));
    match (like.next(), like.next()) {
        (Some(whole), None) => (*whole).to_owned(),
        _ => id.to_owned(),
    }
}

/// Whether every point has a time, and no time comes back after another: then somebody made them up, or cut them.
fn has_order_of_times(series: &InterchangeSeries) -> bool {
    let times: Option<Vec<i64>> = series.points.iter().map(|point| second(point.time.as_deref()?)).collect();
    let mut seen = BTreeSet::new();
    times.is_some_and(|times| times.chunk_by(|a, b| a == b).all(|same| seen.insert(same[0])))
}

/// The commits in order: by git where it knows all of them, else by number, by time, and by their place in the file.
fn order(placed: &[Points], git: GitOrder, is_by_time: bool) -> (OrderedBy, Vec<(Place, Described)>) {
    let mut commits: BTreeMap<&Place, Described> = BTreeMap::new();
    for (place, point) in placed.iter().flatten() {
        let commit = commits.entry(place).or_default();
        let time = point.time.clone().and_then(|time| Some((second(&time)?, time)));
        commit.order = commit.order.or(point.order);
        commit.time = [commit.time.take(), time].into_iter().flatten().min();
        commit.files.extend(point.file.clone());
    }
    let mut order: Vec<(Place, Described)> =
        in_file(placed).into_iter().map(|place| (place.clone(), commits[place].clone())).collect();
    let line: BTreeMap<&str, usize> =
        git.unwrap_or_default().iter().enumerate().map(|(position, id)| (id.as_str(), position)).collect();
    let in_git = |(place, _): &(Place, Described)| match place {
        Place::Commit(id) => line.get(id.as_str()).copied(),
        _ => None,
    };
    let why_not_git = git.err().unwrap_or("git here does not know all of the commits").to_owned();
    let ordered_by = if !order.is_empty() && order.iter().all(|commit| in_git(commit).is_some()) {
        order.sort_by_key(in_git);
        OrderedBy::Git
    } else if order.iter().all(|(_, commit)| commit.order.is_some()) {
        order.sort_by_key(|(_, commit)| commit.order);
        OrderedBy::Recorded(why_not_git)
    } else if is_by_time && order.iter().all(|(_, commit)| commit.time.is_some()) {
        order.sort_by_key(|(_, commit)| commit.time.as_ref().map(|(second, _)| *second));
        OrderedBy::Time(why_not_git)
    } else {
        OrderedBy::File
    };
    (ordered_by, order)
}

/// The places as they stand in the file: those that one series lacks behind the one that they follow in another.
fn in_file<'a>(placed: &'a [Points]) -> Vec<&'a Place> {
    let mut order: Vec<&Place> = Vec::new();
    let mut known: BTreeSet<&Place> = BTreeSet::new();
    let longest_first = {
        let mut series: Vec<&Points> = placed.iter().collect();
        series.sort_by_key(|points| std::cmp::Reverse(points.len()));
        series
    };
    for points in longest_first {
        let mut before: Option<&'a Place> = None;
        for (place, _) in points {
            if known.insert(place) {
                let at = before.and_then(|before| order.iter().rposition(|other| *other == before));
                order.insert(at.map_or(0, |at| at + 1), place);
            }
            before = Some(place);
        }
    }
    order
}

fn measured(place: &Place, commit: &Described, index: usize) -> MeasuredCommit {
    let time = commit.time.as_ref().map(|(_, time)| time.clone());
    let id = match place {
        Place::Commit(id) => id.clone(),
        Place::Order(order) => order.to_string(),
        _ if commit.files.len() == 1 => commit.files.first().cloned().unwrap_or_default(),
        Place::Time(_) => time.as_deref().unwrap_or_default().trim_end_matches("T00:00:00Z").to_owned(),
        // As people count.
        Place::Position(_) => (index + 1).to_string(),
    };
    MeasuredCommit { id, time, runs: 0, readings: Vec::new(), first: Default::default(), last: Default::default() }
}
