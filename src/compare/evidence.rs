//! What the numbers of one row show by themselves, before they are compared with those of the other rows.

use super::row::{Figure, Replicate, Row, series_name};
use super::source::{Process, SeriesPair, SeriesRef};
use super::tested::{Tested, shift};
use crate::model::topics::group_of;
use crate::model::{Metric, changed_between, topics};
use crate::stats;
use crate::verdict::counts::{self, Counting};
use crate::verdict::environment::{EnvironmentChange, Facts};
use crate::verdict::policy::{CHANGE_ONE_PROCESS, PROCESSES_MIN, REFERENCE_FACTOR_MAX, RUNS_MIN};
use crate::verdict::value::{self, RoundStatistic};
use crate::verdict::{InconclusiveReason, InvalidReason, Verdict, VerdictReason};

/// A row, or what has to be compared with the other rows first.
pub(super) enum Evidence {
    Settled(Box<Row>),
    Tested(Box<Tested>),
}

impl Evidence {
    /// The p-values of a rise and of a fall beyond the threshold; none where nothing was tested.
    pub(super) fn p_values(&self) -> Vec<f64> {
        match self {
            Evidence::Settled(_) => Vec::new(),
            Evidence::Tested(tested) => tested.p_values().to_vec(),
        }
    }
}

pub(super) fn evidence(pair: &SeriesPair<'_>) -> Evidence {
    match examine(pair) {
        Ok(tested) => Evidence::Tested(Box::new(tested)),
        Err(row) => Evidence::Settled(row),
    }
}

/// Whether a row was left undecided because both sides are one and the same.
pub(super) fn is_same_samples(row: &Row) -> bool {
    row.reason == Some(VerdictReason::Inconclusive(InconclusiveReason::SameSamples))
}

/// The row to be tested, or the row that is settled without.
fn examine(pair: &SeriesPair<'_>) -> Result<Tested, Box<Row>> {
    let external = pair.baseline.iter().all(|found| found.series.external);
    let row = Row::new(pair.topic, external, pair.benchmark, pair.metric);
    if let Some(reason) = unlike_work(pair).or_else(|| unlike_form(pair)) {
        return settled(row, reason);
    }
    let sides = [good(&pair.baseline, &row)?, good(&pair.candidate, &row)?];
    // A fraction is the mean of counts that differed, of a tool whose file does not say so.
    let mut counts = sides.iter().flat_map(|side| processes(side));
    if pair.metric == Metric::CallgrindInstructions && counts.all(|process| process.min.fract() == 0.0) {
        return Err(Box::new(counted(row, &sides)));
    }
    let samples =
        sides.each_ref().map(|side| processes(side).map(|process| process.samples as f64).collect::<Vec<_>>());
    let round_statistic = RoundStatistic::of_samples(&samples[0], &samples[1]);
    // A file of another harness is one run of it, however many processes that starts.
    let is_run = |it: &SeriesRef| it.source.origin.is_none() && it.series.processes.len() == 1;
    let are_runs = |side: &Vec<SeriesRef>| side.len() >= RUNS_MIN || side.iter().all(is_run);
    let replicate = if sides.iter().all(are_runs) { Replicate::Run } else { Replicate::Process };
    let value = |process: &Process| Some(round_statistic.of_round(process.min, process.median));
    let [left, right] = sides.each_ref().map(|side| replicates(side, replicate, &value));
    let row = Row {
        baseline: value::of_commit(left.clone()),
        candidate: value::of_commit(right.clone()),
        replicate,
        replicates: [left.len(), right.len()],
        round_statistic,
        ..row
    };
    let is_count = matches!(row.metric, Metric::UserInstructions | Metric::KernelInstructions | Metric::SystemCalls);
    let values = row.baseline.zip(row.candidate).filter(|_| is_count);
    if let Some(reason) = values.and_then(|(baseline, candidate)| counts::collapsed(baseline, candidate)) {
        return settled(row, reason);
    }
    if same_samples(&sides) {
        return settled(row, InconclusiveReason::SameSamples);
    }
    if let Some(reason) = short_samples(&row, &sides) {
        return settled(row, reason);
    }
    let row = with_change(row, &left, &right)?;
    let (of, needed) = match replicate {
        Replicate::Run => ("runs", RUNS_MIN),
        Replicate::Process => ("fresh processes", PROCESSES_MIN),
    };
    let (baseline, candidate) = (left.len(), right.len());
    if (baseline, candidate) == (1, 1) {
        return Err(Box::new(of_one_process(row, common_reference(&sides).is_some())));
    }
    if baseline.min(candidate) < needed {
        return settled(row, InconclusiveReason::TooFewRounds { of, baseline, candidate, needed });
    }
    tested(row, &sides, [&left, &right])
}

/// The verdict on one process a side: only what sessions seldom do by themselves is a change, and only where no reference
/// workload says what the machine did.
fn of_one_process(row: Row, has_reference: bool) -> Row {
    let change = row.change.map_or(0.0, |change| libm::log1p(change.center));
    if row.metric != Metric::WallTime || has_reference {
        return row.with(InconclusiveReason::OneProcess);
    }
    let row = Row { min_detectable_change: Some(CHANGE_ONE_PROCESS), ..row };
    if change.abs() <= libm::log1p(CHANGE_ONE_PROCESS) {
        return row.with(InconclusiveReason::OneProcess);
    }
    Row { threshold: Some(CHANGE_ONE_PROCESS), verdict: Verdict::of_change(row.metric, change > 0.0), ..row }
}

/// Why the sides are not the same quantity of the same work.
fn unlike_work(pair: &SeriesPair<'_>) -> Option<VerdictReason> {
    let place = pair.baseline.first().map_or("", |found| found.source.place.as_str()).to_owned();
    let series = series_name(pair.benchmark, pair.metric);
    if let Some(other) = pair.clash.clone() {
        return Some(InvalidReason::UnitChanged { series, place, unit: pair.metric.unit(), other }.into());
    }
    let mut works = pair.baseline.iter().chain(&pair.candidate).map(|found| &found.series.work);
    let first = works.next()?;
    let other = works.find(|work| *work != first)?;
    let text = |work: &Option<String>| work.clone().unwrap_or_else(|| "none".to_owned());
    Some(InvalidReason::WorkChanged { series, place, baseline: text(first), other: text(other) }.into())
}

/// What changed in the benchmark itself, where not all have the same form of it.
fn unlike_form(pair: &SeriesPair<'_>) -> Option<VerdictReason> {
    let forms = || pair.baseline.iter().chain(&pair.candidate).map(|found| found.series.form);
    let (oldest, newest) = (forms().min()?, forms().max()?);
    let group = pair.benchmark.split('/').next().unwrap_or_default();
    (oldest != newest).then(|| InconclusiveReason::BenchmarkChanged(changed_between(group, oldest, newest)).into())
}

/// The series of a side that can be relied on; a number that no benchmark can have makes the row invalid.
fn good<'a>(found: &[SeriesRef<'a>], row: &Row) -> Result<Vec<SeriesRef<'a>>, Box<Row>> {
    for it in found {
        let numbers = it.series.processes.iter().flat_map(|process| [process.min, process.median]);
        if let Some(value) = numbers.into_iter().find(|&number| !is_possible(row.metric, number)) {
            let (series, place) = (series_name(&row.benchmark, row.metric), it.source.place.clone());
            return settled(row.clone(), InvalidReason::Impossible { series, place, value, unit: row.unit });
        }
    }
    let is_kept = |it: &&SeriesRef<'_>| it.series.inconclusive.is_none() && !it.series.processes.is_empty();
    let kept: Vec<SeriesRef<'a>> = found.iter().filter(is_kept).copied().collect();
    if kept.is_empty() {
        let recorded = found.iter().find_map(|it| it.series.inconclusive.clone());
        return settled(row.clone(), recorded.map_or(InconclusiveReason::NoRound, InconclusiveReason::Recorded));
    }
    Ok(kept)
}

/// Whether a number can be a value of the metric at all.
fn is_possible(metric: Metric, value: f64) -> bool {
    value.is_finite()
        && match metric {
            _ if metric.may_be_negative() => true,
            Metric::ContextSwitches | Metric::PageFaults | Metric::SystemCalls | Metric::UniqueMemory => value >= 0.0,
            _ => value > 0.0,
        }
}

/// The verdict on counts by callgrind: exact, except for what is known to move them.
fn counted(row: Row, sides: &[Vec<SeriesRef<'_>>; 2]) -> Row {
    let [ours, theirs] = sides.each_ref().map(|side| processes(side).map(|process| process.min).collect::<Vec<_>>());
    let counting = Counting { threaded: is_threaded(&row.benchmark), twice: false };
    let counts = counts::judge(row.metric, &ours, &theirs, counting);
    let row =
        Row { baseline: counts.baseline, candidate: counts.candidate, replicates: [ours.len(), theirs.len()], ..row };
    if let Some(reason) = counts.reason.clone().filter(|_| counts.verdict == Verdict::Invalid) {
        return row.with(reason);
    }
    if let Some(reason) = unlike_tools(sides) {
        return row.with(reason);
    }
    Row {
        verdict: counts.verdict,
        reason: counts.reason,
        change: counts.change.map(|change| Figure::bare(change.center())),
        threshold: Some(counts.threshold),
        min_detectable_change: counts.min_detectable_change,
        ..row
    }
}

/// The first of the facts that counts depend on in which the runs differ.
fn unlike_tools(sides: &[Vec<SeriesRef<'_>>; 2]) -> Option<InconclusiveReason> {
    let facts = |it: &SeriesRef<'_>| Some((it.source.place.clone(), it.source.origin.as_ref()?.facts.clone()));
    let known: Vec<(String, Facts)> = sides.iter().flatten().filter_map(facts).collect();
    let (first_place, first) = known.first()?;
    known.iter().find_map(|(place, other)| {
        let EnvironmentChange { name, baseline, candidate, .. } = first.parts(other, Metric::CallgrindInstructions)?;
        let (first_place, other_place) = (first_place.clone(), place.clone());
        Some(InconclusiveReason::UnlikeTools { name, first: baseline, first_place, other: candidate, other_place })
    })
}

/// Whether several threads or processes work in a benchmark: by its group, or of unknown groups by its name, a function
/// called after them or more than one worker.
fn is_threaded(benchmark: &str) -> bool {
    let mut parts = benchmark.split('/');
    if let Some(group) = parts.next().and_then(group_of) {
        return group.is_threaded;
    }
    let function = parts.next().unwrap_or_default();
    let many = |pair: &str| {
        pair.split_once('=').is_some_and(|(name, n)| (name == topics::WORKERS || name == "count") && n != "1")
    };
    ["thread", "process", "fork", "spawn"].iter().any(|word| function.contains(word))
        || parts.flat_map(|parameters| parameters.split(',')).any(many)
}

fn processes<'a>(side: &'a [SeriesRef<'_>]) -> impl Iterator<Item = &'a Process> {
    side.iter().flat_map(|it| &it.series.processes)
}

/// Whether a process of one side is one of the other side's, in the files of another harness: several timed samples do not
/// agree by chance. Stored runs have their ids.
fn same_samples(sides: &[Vec<SeriesRef<'_>>; 2]) -> bool {
    let samples = |side: &[SeriesRef<'_>]| -> Vec<Process> {
        let without_id = side.iter().filter(|it| it.source.origin.is_none());
        let all = without_id.flat_map(|it| it.series.processes.iter().copied());
        all.filter(|process| process.samples > 1 && process.min < process.median).collect()
    };
    let ours = samples(&sides[0]);
    samples(&sides[1]).iter().any(|process| ours.contains(process))
}

/// One number for every replicate of a side; none where a process has none.
fn replicates(side: &[SeriesRef<'_>], replicate: Replicate, value: &dyn Fn(&Process) -> Option<f64>) -> Vec<f64> {
    let of = |found: &SeriesRef<'_>| found.series.processes.iter().map(value).collect::<Option<Vec<_>>>();
    let Some(runs) = side.iter().map(of).collect::<Option<Vec<_>>>() else { return Vec::new() };
    match replicate {
        Replicate::Run => runs.into_iter().filter_map(value::of_run).collect(),
        Replicate::Process => runs.concat(),
    }
}

fn logs(values: &[f64]) -> Vec<f64> {
    values.iter().map(|&value| libm::log(value)).collect()
}

/// Why the sides are not timed alike, where reading the clock is a part of the values of one run and not of another's.
fn short_samples(row: &Row, sides: &[Vec<SeriesRef<'_>>; 2]) -> Option<InconclusiveReason> {
    let by_clock = |a: &&SeriesRef<'_>, b: &&SeriesRef<'_>| a.series.clock_ns.total_cmp(&b.series.clock_ns);
    let all = || sides.iter().flatten();
    let (least, most) = (all().min_by(by_clock)?, all().max_by(by_clock)?);
    let smallest = row.baseline.into_iter().chain(row.candidate).reduce(f64::min)?;
    let is_unlike = value::is_clock_unlike([least, most].map(|it| it.series.clock_ns), smallest);
    is_unlike.then(|| InconclusiveReason::ShortSamples {
        place: most.source.place.clone(),
        clock_ns: most.series.clock_ns,
        least_ns: least.series.clock_ns,
    })
}

/// The row with its change; settled where a value has no logarithm, which for these metrics is not an error.
fn with_change(row: Row, left: &[f64], right: &[f64]) -> Result<Row, Box<Row>> {
    if left.iter().chain(right).all(|&value| value == 0.0) {
        return Err(Box::new(Row { change: Some(Figure::bare(0.0)), verdict: Verdict::Unchanged, ..row }));
    }
    if left.iter().chain(right).any(|&value| value <= 0.0) {
        return settled(row, InconclusiveReason::NoRatio);
    }
    let change = stats::hodges_lehmann(&logs(left), &logs(right)).map(|log| Figure::bare(libm::expm1(log)));
    Ok(Row { change, ..row })
}

fn tested(row: Row, sides: &[Vec<SeriesRef<'_>>; 2], values: [&[f64]; 2]) -> Result<Tested, Box<Row>> {
    let Some(value_shift) = shift(&logs(values[0]), &logs(values[1])) else {
        return settled(row, InconclusiveReason::TooFarApart);
    };
    let reach = sides[0].iter().map(|it| it.series.reach).fold(0.0, f64::max);
    let tested = Tested::new(row, value_shift, reach);
    let Some(name) = common_reference(sides) else { return Ok(tested) };
    let Row { replicate, round_statistic, .. } = tested.row;
    let of = |of: &dyn Fn(&Process) -> Option<f64>| sides.each_ref().map(|side| replicates(side, replicate, of));
    let [before, after] = of(&|process| process.reference).map(value::of_commit);
    let Some((before, after)) = before.zip(after) else { return Ok(tested) };
    let machine = after / before;
    if machine.max(1.0 / machine) > REFERENCE_FACTOR_MAX {
        let name = name.to_owned();
        return settled(tested.row, InconclusiveReason::ReferenceOutOfRange { name, factor: machine });
    }
    let normalized =
        |process: &Process| Some(round_statistic.of_round(process.min, process.median) / process.reference?);
    let [ours, theirs] = of(&normalized);
    match shift(&logs(&ours), &logs(&theirs)) {
        Some(shift) => Ok(tested.with_reference(name, shift, machine)),
        None => settled(tested.row, InconclusiveReason::TooFarApart),
    }
}

fn common_reference<'a>(sides: &[Vec<SeriesRef<'a>>; 2]) -> Option<&'a str> {
    let name = sides[0].first()?.series.reference.as_deref()?;
    let measured = |process: &Process| process.reference.is_some_and(|value| value.is_finite() && value > 0.0);
    let has =
        |it: &SeriesRef<'_>| it.series.reference.as_deref() == Some(name) && it.series.processes.iter().all(measured);
    sides.iter().flatten().all(has).then_some(name)
}

fn settled<T>(row: Row, reason: impl Into<VerdictReason>) -> Result<T, Box<Row>> {
    Err(Box::new(row.with(reason)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_benchmark_of_several_threads_is_known_by_its_group_or_its_name() {
        for name in ["parse/threads", "parse/fork/count=1", "sort/futex/workers=4"] {
            assert!(is_threaded(name), "{name}");
        }
        for name in ["parse/json/bytes=64", "sort/futex/workers=1", "thread", "fork/parse"] {
            assert!(!is_threaded(name), "{name}");
        }
    }
}
