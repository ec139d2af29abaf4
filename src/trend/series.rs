//! From the runs of a ledger to series: the commits in order, and one observation of each.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::ledger::{Entry, Ledger, SeriesKey, Value, middle};
use super::left_out::LeftOut;
use super::order::{Known, OrderedBy, Place, order, second};
use super::pace::{is_paced, out_of_range};
use crate::model::Commit;
use crate::verdict::environment::{Facts, Readings};

/// The profile of a run of everything, with samples of full length.
const FULL: &str = "full";
/// How the profile of a run with fewer and shorter samples begins.
const QUICK: &str = "quick";
/// Seconds that a run may seem to start before its commit was made: clocks of two machines differ by that much.
const CLOCK_S: i64 = 300;

/// Which runs take part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Those that were measured with changes that were not committed, too.
    pub dirty: bool,
    /// Those with fewer and shorter samples, too.
    pub quick: bool,
    /// Those of some benchmarks or topics only, too.
    pub partial: bool,
    /// Those recorded on this branch alone, where the order does not come from git.
    pub branch: Option<String>,
    /// Those of commits from this second on, counted from 1970.
    pub since: Option<i64>,
}

/// The commits that were measured, in order, and every series along them.
#[derive(Clone, Debug)]
pub struct History {
    /// What the order comes from.
    pub ordered_by: OrderedBy,
    /// Number of runs that take part.
    pub runs: usize,
    /// The commits.
    pub commits: Commits,
    /// The series, by name.
    pub series: Vec<Series>,
    /// What takes no part.
    pub left_out: BTreeMap<LeftOut, Omitted>,
}

/// Runs or values that take no part for one reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Omitted {
    /// How many.
    pub count: usize,
    /// The files of the runs, or the series of the values, each once.
    pub subjects: BTreeSet<String>,
}

/// The commits of a history.
#[derive(Clone, Debug, Default)]
pub struct Commits {
    /// Those that were measured, in order.
    pub measured: Vec<Measured>,
    /// The ids of all that are known in this order, measured or not.
    pub known: Vec<String>,
}

/// A commit that was measured.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Its id.
    pub id: String,
    /// Its time, RFC 3339.
    pub time: Option<String>,
    /// Number of runs.
    pub runs: usize,
    /// What was true of the day of each run.
    pub(super) readings: Vec<Arc<Readings>>,
    pub(super) first: Build,
    pub(super) last: Build,
}

/// What was run, as far as it is known.
#[derive(Clone, Debug)]
pub(super) struct Build {
    pub(super) facts: Arc<Facts>,
    pub(super) lock_hash: Option<String>,
    pub(super) binaries_hash: Option<String>,
}

impl Build {
    /// The hashes of the locked dependencies and of the measured binaries.
    pub(super) fn hashes(&self) -> [Option<&str>; 2] {
        [self.lock_hash.as_deref(), self.binaries_hash.as_deref()]
    }
}

/// A series along the commits.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its name.
    pub key: SeriesKey,
    /// The topic it belongs to.
    pub topic: String,
    /// Whether it is the least that work of its group takes: the system's share, which a change of other code leaves alone.
    pub floor: bool,
    /// Its observations, in order.
    pub observed: Vec<Observed>,
}

/// One observation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observed {
    /// The place of its commit among those that were measured.
    pub commit: usize,
    /// The value, in the metric's unit.
    pub value: f64,
}

/// The history that the runs of a ledger make. `known` is what git knows of the commits' order.
///
/// Runs of one commit are one witness: the value of a series is the median over them. The order in which the runs were
/// entered makes no difference.
pub fn history(ledger: &Ledger, known: Known, selection: &Selection) -> History {
    let mut left_out = BTreeMap::new();
    let mut entries: Vec<&Entry> = ledger.runs.iter().collect();
    entries.sort_by(|a, b| (&a.id, &a.file).cmp(&(&b.id, &b.file)));
    entries = without_doubles(entries, &mut left_out);
    entries.retain(|entry| keep(reason_against(entry, selection), entry, &mut left_out));
    let (mut ordered_by, mut places) = order(&commits(&entries), known);
    if let Some(branch) = selection.branch.as_deref().filter(|_| ordered_by != OrderedBy::Git) {
        let other = |entry: &Entry| (entry.commit.branch.as_deref() != Some(branch)).then_some(LeftOut::OtherBranch);
        entries.retain(|entry| keep(other(entry), entry, &mut left_out));
        (ordered_by, places) = order(&commits(&entries), known);
    }
    entries.retain(|entry| {
        let placed = places.contains_key(id(entry));
        let reason = if ordered_by == OrderedBy::Git { LeftOut::OffLine } else { LeftOut::NoTime };
        keep((!placed).then_some(reason), entry, &mut left_out) && keep(clock(entry, &ordered_by), entry, &mut left_out)
    });
    let known = match (&ordered_by, known) {
        (OrderedBy::Git, Ok(line)) => line.to_vec(),
        _ => ids_in_order(&entries, &places),
    };
    entries.retain(|entry| keep(too_old(entry, selection), entry, &mut left_out));

    entries.sort_by(|a, b| when(a, &places).cmp(&when(b, &places)));
    let mut measured = Vec::new();
    let mut rows: BTreeMap<usize, Vec<Observed>> = BTreeMap::new();
    for witnesses in entries.chunk_by(|a, b| a.commit.id == b.commit.id) {
        for (series, value) in observations(witnesses, ledger, &mut left_out) {
            rows.entry(series).or_default().push(Observed { commit: measured.len(), value });
        }
        measured.extend(witness(witnesses));
    }
    let series = ledger.series().filter_map(|(number, key, topic)| {
        let floor = matches!(key, SeriesKey::Measured(benchmark, _) if ledger.floors.contains(benchmark));
        Some(Series { key: key.clone(), topic: topic.to_owned(), floor, observed: rows.remove(&number)? })
    });
    let mut series: Vec<Series> = series.collect();
    without_strange_moments(&mut series, &mut left_out);
    History { ordered_by, runs: entries.len(), commits: Commits { measured, known }, series, left_out }
}

/// Leaves out what was measured while a calibrator of its topic was out of range.
fn without_strange_moments(series: &mut Vec<Series>, left_out: &mut Left) {
    let strange = out_of_range(series);
    for one in series.iter_mut().filter(|series| is_paced(series)) {
        let measured = one.observed.len();
        one.observed.retain(|observed| !strange.contains(&(one.topic.clone(), observed.commit)));
        for _ in one.observed.len()..measured {
            note(LeftOut::Pace, &one.key.to_string(), left_out);
        }
    }
    series.retain(|series| !series.observed.is_empty());
}

type Left = BTreeMap<LeftOut, Omitted>;

fn note(reason: LeftOut, subject: &str, left_out: &mut Left) {
    let omitted = left_out.entry(reason).or_default();
    omitted.count += 1;
    if !omitted.subjects.contains(subject) {
        omitted.subjects.insert(subject.to_owned());
    }
}

/// True where nothing speaks against a run; else it is noted.
fn keep(reason: Option<LeftOut>, entry: &Entry, left_out: &mut Left) -> bool {
    if let Some(reason) = reason {
        note(reason, &entry.file, left_out);
    }
    reason.is_none_or(|reason| reason == LeftOut::ClockNoted)
}

/// Of runs with one id, the first where they say the same, and none where they do not.
fn without_doubles<'a>(entries: Vec<&'a Entry>, left_out: &mut Left) -> Vec<&'a Entry> {
    let mut single = Vec::with_capacity(entries.len());
    for same in entries.chunk_by(|a, b| a.id == b.id) {
        let first = same[0];
        let equal = |other: &&Entry| Entry { file: first.file.clone(), ..(**other).clone() } == *first;
        if same.len() == 1 {
            single.push(first);
        } else if same.iter().all(equal) {
            single.push(first);
            same[1..].iter().for_each(|copy| note(LeftOut::Copy, &copy.file, left_out));
        } else {
            same.iter().for_each(|other| note(LeftOut::Contradicting, &other.file, left_out));
        }
    }
    single
}

fn reason_against(entry: &Entry, selection: &Selection) -> Option<LeftOut> {
    let (quick, full) = (entry.profile.starts_with(QUICK), entry.profile == FULL);
    match () {
        () if entry.commit.id.is_none() => Some(LeftOut::NoCommit),
        () if entry.commit.dirty && !selection.dirty => Some(LeftOut::Dirty),
        () if quick && !selection.quick => Some(LeftOut::Quick),
        () if !quick && !full && !selection.partial => Some(LeftOut::Partial),
        () => None,
    }
}

fn clock(entry: &Entry, ordered_by: &OrderedBy) -> Option<LeftOut> {
    let made = entry.commit.time.as_deref().and_then(second)?;
    let by_time = matches!(ordered_by, OrderedBy::Time(_));
    let wrong = if by_time { LeftOut::Clock } else { LeftOut::ClockNoted };
    second(&entry.started).is_none_or(|started| started + CLOCK_S < made).then_some(wrong)
}

fn too_old(entry: &Entry, selection: &Selection) -> Option<LeftOut> {
    let since = selection.since?;
    let made = entry.commit.time.as_deref().and_then(second);
    made.is_none_or(|made| made < since).then_some(LeftOut::TooOld)
}

fn id(entry: &Entry) -> &str {
    entry.commit.id.as_deref().unwrap_or_default()
}

/// One record of each commit.
fn commits<'a>(entries: &[&'a Entry]) -> BTreeMap<&'a str, &'a Commit> {
    entries.iter().rev().map(|entry| (id(entry), &entry.commit)).collect()
}

/// By commit, and within one by start.
fn when<'a>(entry: &'a Entry, places: &BTreeMap<String, Place>) -> (Option<Place>, &'a str, Option<i64>, &'a str) {
    (places.get(id(entry)).copied(), id(entry), second(&entry.started), &entry.id)
}

fn ids_in_order(entries: &[&Entry], places: &BTreeMap<String, Place>) -> Vec<String> {
    let mut ids: Vec<(Option<&Place>, &str)> = entries.iter().map(|entry| (places.get(id(entry)), id(entry))).collect();
    ids.sort();
    ids.dedup();
    ids.into_iter().map(|(_, id)| id.to_owned()).collect()
}

fn witness(runs: &[&Entry]) -> Option<Measured> {
    let build = |entry: &Entry| Build {
        facts: Arc::clone(&entry.facts),
        lock_hash: entry.commit.lock_hash.clone(),
        binaries_hash: entry.commit.binaries_hash.clone(),
    };
    let (first, last) = (runs.first()?, runs.last()?);
    let time = first.commit.time.clone();
    Some(Measured {
        id: id(first).to_owned(),
        time,
        runs: runs.len(),
        readings: runs.iter().map(|run| Arc::clone(&run.readings)).collect(),
        first: build(first),
        last: build(last),
    })
}

/// What the runs of one commit say together, by the number of the series.
fn observations(runs: &[&Entry], ledger: &Ledger, left_out: &mut Left) -> Vec<(usize, f64)> {
    let mut values: Vec<(usize, f64)> = Vec::new();
    for run in runs {
        for &(series, value) in &run.values {
            let reason = match value {
                Value::Measured(value) => {
                    values.push((series, value));
                    continue;
                }
                Value::Inconclusive => LeftOut::Inconclusive,
                Value::TooFewRounds => LeftOut::TooFewRounds,
                Value::Twice => LeftOut::Twice,
            };
            note(reason, &ledger.name(series), left_out);
        }
        run.failures.iter().for_each(|benchmark| note(LeftOut::Failed, benchmark, left_out));
    }
    values.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let witnesses = values.chunk_by(|a, b| a.0 == b.0);
    let median = |same: &[(usize, f64)]| {
        let mut values: Vec<f64> = same.iter().map(|&(_, value)| value).collect();
        Some((same[0].0, middle(&mut values)?))
    };
    witnesses.filter_map(median).collect()
}
