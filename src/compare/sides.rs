//! What keeps two sides as a whole from being compared, and what limits the comparison where nothing does.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::row::series_name;
use super::source::{Origin, Side, Source};
use crate::model::short;
use crate::verdict::Binaries;

/// Why two sides are not compared; the message names the file, the series where there is one, and what to do.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CompareError {
    #[error("{place} holds no measurement; name another run, or measure again and look at what failed")]
    Empty { place: String },
    #[error(
        "{place} holds only rates or other values that compare does not judge; `parcost trend` judges a history of them"
    )]
    OnlyOthers { place: String },
    #[error("`{side}` names no run; `parcost list` shows what there is")]
    NoRun { side: String },
    #[error(
        "same run: {place} is on both sides, and comparing a run with itself shows nothing; name two runs (for the noise of \
         one code, measure it twice)"
    )]
    SameRun { place: String },
    #[error(
        "same samples: {baseline} and {candidate} hold the very same ones (after a run Criterion copies `new` over `base`); \
         save each side under its own name with --save-baseline"
    )]
    SameSamples { baseline: String, candidate: String },
    #[error(
        "run {id} is there twice, in {first} and in {second}; remove the copy, which would count as a second replicate"
    )]
    TwoFiles { id: String, first: String, second: String },
    #[error("{place} holds {series} twice; give each benchmark its own name")]
    MeasuredTwice { place: String, series: String },
    #[error("the clock went backwards in {place}: {detail}; set the clock and measure again")]
    Clock { place: String, detail: String },
    #[error(
        "the clock went backwards between commits: {later} has {later_commits} commits up to its own of {later_time}, and \
         {earlier} on the same branch only {earlier_commits} up to its own of {earlier_time}; compare runs of one line of \
         history whose commit times are right"
    )]
    CommitClock {
        later: String,
        later_commits: u64,
        later_time: String,
        earlier: String,
        earlier_commits: u64,
        earlier_time: String,
    },
    #[error("the sides are of different machines ({baseline}; {candidate}), between which nothing is judged")]
    OtherMachine { baseline: String, candidate: String },
    #[error("the sides hold runs of several machines ({keys}); choose one with --machine KEY")]
    SeveralMachines { keys: String },
    #[error("nothing in {place} passes --filter, --metric and --topic; `parcost show` lists the names of a run")]
    NothingPasses { place: String },
    #[error(
        "no benchmark is in both {baseline} and {candidate} (for example {example}); compare sides that measured the same, or \
         measure the missing ones"
    )]
    NothingInCommon { baseline: String, candidate: String, example: String },
}

impl CompareError {
    /// True where data are missing rather than wrong.
    pub fn is_missing(&self) -> bool {
        matches!(
            self,
            CompareError::Empty { .. }
                | CompareError::OnlyOthers { .. }
                | CompareError::NoRun { .. }
                | CompareError::NothingPasses { .. }
                | CompareError::NothingInCommon { .. }
        )
    }
}

/// Checks all that can be wrong with the sides before any row is looked at.
pub(super) fn check(baseline: &Side, candidate: &Side) -> Result<(), CompareError> {
    for side in [baseline, candidate] {
        if side.sources.is_empty() {
            return Err(CompareError::NoRun { side: side.name.clone() });
        }
        if !side.skipped.is_empty() && side.sources.iter().all(|source| source.series.is_empty()) {
            return Err(CompareError::OnlyOthers { place: side.places() });
        }
        side.sources.iter().try_for_each(source)?;
    }
    one_run_once(baseline, candidate)?;
    commits_in_order(baseline, candidate)?;
    let [ours, theirs] = [baseline, candidate].map(machines);
    let text = |keys: BTreeSet<&str>| keys.into_iter().collect::<Vec<_>>().join(", ");
    if ours != theirs || ours.len() > 1 {
        return Err(if ours.is_disjoint(&theirs) {
            CompareError::OtherMachine { baseline: text(ours), candidate: text(theirs) }
        } else {
            CompareError::SeveralMachines { keys: text(&ours | &theirs) }
        });
    }
    Ok(())
}

fn source(source: &Source) -> Result<(), CompareError> {
    let place = || source.place.clone();
    if source.series.is_empty() {
        return Err(CompareError::Empty { place: place() });
    }
    let mut seen = BTreeSet::new();
    for series in &source.series {
        if !seen.insert((&series.benchmark, series.metric)) {
            let series = series_name(&series.benchmark, series.metric);
            return Err(CompareError::MeasuredTwice { place: place(), series });
        }
    }
    let Some(origin) = &source.origin else { return Ok(()) };
    let refused = |detail: String| Err(CompareError::Clock { place: place(), detail });
    let [started, before, after] = &origin.times;
    if origin.duration_s < 0.0 {
        return refused(format!("it lasted {} s", origin.duration_s));
    }
    for (name, time) in [("started", started), ("its first conditions are of", before)] {
        if let (Some(began), Some(ended)) = (seconds(time), seconds(after))
            && ended < began
        {
            return refused(format!("it {name} {time} and ended {after}"));
        }
    }
    Ok(())
}

/// The second of an RFC 3339 time; a start is written in whole seconds.
fn seconds(time: &str) -> Option<i64> {
    time.parse::<Timestamp>().ok().map(Timestamp::as_second)
}

fn one_run_once(baseline: &Side, candidate: &Side) -> Result<(), CompareError> {
    if let Some(same) = candidate.sources.iter().find(|it| baseline.sources.iter().any(|other| other.place == it.place))
    {
        return Err(CompareError::SameRun { place: same.place.clone() });
    }
    for side in [baseline, candidate] {
        let mut seen = BTreeMap::new();
        for (source, origin) in side.origins() {
            if let Some(first) = seen.insert(&origin.id, &source.place) {
                let (first, second) = (first.clone(), source.place.clone());
                return Err(CompareError::TwoFiles { id: origin.id.clone(), first, second });
            }
        }
    }
    let twin = |(_, origin): &(&Source, &Origin)| baseline.origins().any(|(_, other)| other.id == origin.id);
    match candidate.origins().find(twin) {
        Some((source, _)) => Err(CompareError::SameRun { place: source.place.clone() }),
        None => Ok(()),
    }
}

/// On one branch, a commit with more commits before it is not older.
fn commits_in_order(baseline: &Side, candidate: &Side) -> Result<(), CompareError> {
    let placed = |(source, origin): (&Source, &Origin)| {
        let commit = &origin.commit;
        let time = commit.time.clone()?;
        Some((commit.branch.clone()?, commit.order?, seconds(&time)?, time, source.place.clone()))
    };
    let mut commits: Vec<_> = baseline.origins().chain(candidate.origins()).filter_map(placed).collect();
    commits.sort();
    for pair in commits.windows(2) {
        let (earlier, later) = (&pair[0], &pair[1]);
        if earlier.0 == later.0 && earlier.1 < later.1 && later.2 < earlier.2 {
            return Err(CompareError::CommitClock {
                later: later.4.clone(),
                later_commits: later.1,
                later_time: later.3.clone(),
                earlier: earlier.4.clone(),
                earlier_commits: earlier.1,
                earlier_time: earlier.3.clone(),
            });
        }
    }
    Ok(())
}

fn machines(side: &Side) -> BTreeSet<&str> {
    side.origins().map(|(_, origin)| origin.machine.as_str()).collect()
}

pub(super) fn notes(baseline: &Side, candidate: &Side) -> Vec<String> {
    let mut notes = Vec::new();
    let origins = || baseline.origins().chain(candidate.origins());
    let [a, b] =
        [baseline, candidate].map(|side| side.origins().map(|(_, it)| kind(&it.profile)).collect::<BTreeSet<_>>());
    if a != b && !(a.is_empty() || b.is_empty()) {
        let text = |kinds: BTreeSet<&str>| kinds.into_iter().collect::<Vec<_>>().join(" and ");
        notes.push(format!(
            "unlike scopes, {} vs. {}: where the numbers of samples differ, medians are compared in place of minima",
            text(a),
            text(b)
        ));
    }
    let dirty = origins().filter(|(_, origin)| origin.commit.dirty).count();
    if dirty > 0 {
        notes.push(format!(
            "{dirty} of the runs measured uncommitted changes: their commit does not identify their code"
        ));
    }
    if origins().count() == 0 {
        let text = "another harness records neither machine nor toolchain; both sides are assumed to be of one machine and \
                    one set of flags";
        notes.push(text.to_owned());
    }
    notes
}

/// The kind of profile: `full`, `quick`, `filtered` or `filtered, quick`, without what else was asked for.
fn kind(profile: &str) -> &str {
    let without = |text, mark| str::split_once(text, mark).map_or(text, |(kind, _)| kind);
    without(without(profile, ": "), ", topics ")
}

/// Whether both sides measured the same code, by the hashes of their binaries.
pub(super) fn binaries(baseline: &Side, candidate: &Side) -> Binaries {
    let known = |side| hashes(side).into_iter().flatten().collect::<BTreeSet<&str>>();
    let (ours, theirs) = (known(baseline), known(candidate));
    let all = [baseline, candidate].iter().all(|side| hashes(side).iter().all(Option::is_some));
    let common: Vec<String> = ours.intersection(&theirs).map(|hash| short(hash)).collect();
    match &common[..] {
        [hash] if all && ours.len() == 1 && theirs.len() == 1 => Binaries::Same(hash.clone()),
        [_, ..] => Binaries::Shared(common.join(", ")),
        [] if all && !ours.is_empty() && !theirs.is_empty() => Binaries::Other,
        [] => Binaries::Unknown,
    }
}

/// The hash of every source; none of those that do not know it.
fn hashes(side: &Side) -> Vec<Option<&str>> {
    side.sources.iter().map(|source| source.origin.as_ref()?.commit.binaries_hash.as_deref()).collect()
}
