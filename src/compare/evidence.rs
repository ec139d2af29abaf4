//! What the numbers of one row say by themselves, before it is held against the other rows.

use super::rows::{Found, Matched, Replicate, Row, Taken};
use super::source::Process;
use super::tested::{Tested, shift};
use super::verdict::Verdict;
use super::{CALIBRATOR_FACTOR_MAX, PROCESSES_MIN, RUNS_MIN, SAMPLES_FACTOR_MAX, counts};
use crate::model::Metric;
use crate::stats;

/// What is said where each side is one process.
const ONE_PROCESS: &str = "one process a side says nothing about the spread between processes; measure each side at \
                           least three times (Criterion: --save-baseline a1, a2, a3 and then `compare a1,a2,a3 b1,b2,b3`), \
                           or use `parcost gate`";
const TOO_FAR: &str = "its numbers are too far apart to be divided; measure again";
const SAME_SAMPLES: &str = "both sides hold the very same samples: after a run Criterion copies `new` over `base`; save each side \
                            under a name of its own with --save-baseline";

/// A row, or what has to be held against the other rows first.
pub(super) enum Evidence {
    Settled(Box<Row>),
    Tested(Box<Tested>),
}

impl Evidence {
    /// The chances that the row is no worse, and no better, than the floor allows; none where nothing was tested.
    pub(super) fn chances(&self) -> Vec<f64> {
        match self {
            Evidence::Settled(_) => Vec::new(),
            Evidence::Tested(tested) => tested.chances().to_vec(),
        }
    }
}

/// Looks at one row.
pub(super) fn evidence(matched: &Matched<'_>) -> Evidence {
    match examine(matched) {
        Ok(tested) => Evidence::Tested(Box::new(tested)),
        Err(row) => Evidence::Settled(row),
    }
}

/// The row to be tested, or the row that is settled without.
fn examine(matched: &Matched<'_>) -> Result<Tested, Box<Row>> {
    let row = Row::begun(matched);
    unlike_work(matched, &row)?;
    let sides = [good(&matched.baseline, &row)?, good(&matched.candidate, &row)?];
    if matched.metric == Metric::CallgrindInstructions {
        return Err(Box::new(counts::judged(row, &sides[0], &sides[1])));
    }
    let taken = taken(&sides);
    let replicate = if sides.iter().all(|side| side.len() >= RUNS_MIN) { Replicate::Run } else { Replicate::Process };
    let [left, right] = sides.each_ref().map(|side| replicates(side, replicate, &|process| value(process, taken)));
    let row = Row {
        baseline: stats::median(&left),
        candidate: stats::median(&right),
        replicate,
        replicates: [left.len(), right.len()],
        taken,
        ..row
    };
    let row = counts::plausible(row)?;
    if same_samples(&sides) {
        return settled(row, Verdict::Inconclusive, SAME_SAMPLES);
    }
    let row = with_ratio(row, &left, &right)?;
    let enough = if replicate == Replicate::Run { RUNS_MIN } else { PROCESSES_MIN };
    match left.len().min(right.len()) {
        _ if left.len() == 1 && right.len() == 1 => return settled(row, Verdict::Inconclusive, ONE_PROCESS),
        least if least < enough => {
            let reason = format!(
                "too few rounds: {} and {} fresh processes, at least {enough} on each side are needed; measure more often",
                left.len(),
                right.len()
            );
            return settled(row, Verdict::Inconclusive, reason);
        }
        _ => {}
    }
    tested(row, &sides, [&left, &right])
}

/// Refuses what is not the same quantity of the same work.
fn unlike_work(matched: &Matched<'_>, row: &Row) -> Result<(), Box<Row>> {
    let place = |found: &[Found<'_>]| found.first().map_or("", |found| found.source.place.as_str()).to_owned();
    if let Some(clash) = &matched.clash {
        let reason = format!(
            "unit or direction changed: {} of {} is in {}, and the other side has {clash} alone; rename the benchmark or \
             measure both sides alike",
            row.series(),
            place(&matched.baseline),
            row.metric.unit()
        );
        return settled(row.clone(), Verdict::Refused, reason);
    }
    let works = |found: &[Found<'_>]| found.iter().map(|it| it.series.work.clone()).collect::<Vec<_>>();
    let (ours, theirs) = (works(&matched.baseline), works(&matched.candidate));
    let differs = |other: &&Option<String>| Some(*other) != ours.first();
    if let Some(other) = ours.iter().chain(&theirs).find(differs) {
        let text = |work: Option<&Option<String>>| work.cloned().flatten().unwrap_or_else(|| "none".to_owned());
        let reason = format!(
            "unit changed: the work of one operation of {} was declared as {} in {} and as {} on the other side; give the \
             new work a name of its own",
            row.series(),
            text(ours.first()),
            place(&matched.baseline),
            text(Some(other))
        );
        return settled(row.clone(), Verdict::Refused, reason);
    }
    Ok(())
}

/// The series of a side that can be relied on; refuses numbers that no benchmark can have.
fn good<'a>(found: &[Found<'a>], row: &Row) -> Result<Vec<Found<'a>>, Box<Row>> {
    for it in found {
        let numbers = it.series.processes.iter().flat_map(|process| [process.min, process.median]);
        if let Some(bad) = numbers.into_iter().find(|&number| !counts::possible(row.metric, number)) {
            let reason = format!(
                "{} holds {bad} {} for {}, which cannot be; remove the run and measure again",
                it.source.place,
                row.metric.unit(),
                row.series()
            );
            return settled(row.clone(), Verdict::Refused, reason);
        }
    }
    let kept: Vec<Found<'a>> =
        found.iter().filter(|it| it.series.doubt.is_none() && !it.series.processes.is_empty()).copied().collect();
    if kept.is_empty() {
        let doubt = found.iter().find_map(|it| it.series.doubt.clone());
        let doubt = doubt.unwrap_or_else(|| "too few rounds: no process of it was kept; measure again".to_owned());
        return settled(row.clone(), Verdict::Inconclusive, doubt);
    }
    Ok(kept)
}

/// Whether a row was left undecided because both sides are one and the same.
pub(super) fn is_same_samples(row: &Row) -> bool {
    row.reason.as_deref() == Some(SAME_SAMPLES)
}

/// Whether a process of one side is one of the other side's, in the files of another harness: several timed samples do not
/// agree by chance. Runs of ours are told apart by their ids.
fn same_samples(sides: &[Vec<Found<'_>>; 2]) -> bool {
    let processes = |side: &[Found<'_>]| -> Vec<Process> {
        let foreign = side.iter().filter(|it| it.source.origin.is_none());
        let all = foreign.flat_map(|it| it.series.processes.iter().copied());
        all.filter(|process| process.samples > 1 && process.min < process.median).collect()
    };
    let ours = processes(&sides[0]);
    processes(&sides[1]).iter().any(|process| ours.contains(process))
}

/// The minimum, for on a machine that others use it is what varies least; the median where it would favour the side that
/// took more samples.
fn taken(sides: &[Vec<Found<'_>>; 2]) -> Taken {
    let samples = sides.each_ref().map(|side| {
        let counts = side.iter().flat_map(|it| &it.series.processes).map(|process| process.samples as f64);
        stats::median(&counts.collect::<Vec<_>>()).unwrap_or(1.0).max(1.0)
    });
    let factor = (samples[0] / samples[1]).max(samples[1] / samples[0]);
    if factor <= SAMPLES_FACTOR_MAX { Taken::Minimum } else { Taken::Median }
}

fn value(process: &Process, taken: Taken) -> Option<f64> {
    Some(match taken {
        Taken::Minimum => process.min,
        Taken::Median => process.median,
    })
}

/// One number for every replicate of a side; none where a process has none.
fn replicates(side: &[Found<'_>], replicate: Replicate, value: &dyn Fn(&Process) -> Option<f64>) -> Vec<f64> {
    let of = |found: &Found<'_>| found.series.processes.iter().map(value).collect::<Option<Vec<_>>>();
    let Some(runs) = side.iter().map(of).collect::<Option<Vec<_>>>() else { return Vec::new() };
    match replicate {
        Replicate::Run => runs.iter().filter_map(|run| stats::median(run)).collect(),
        Replicate::Process => runs.concat(),
    }
}

fn logs(values: &[f64]) -> Vec<f64> {
    values.iter().map(|&value| libm::log(value)).collect()
}

/// The row with its ratio; settled where a value has no logarithm, which for these metrics is no error.
fn with_ratio(row: Row, left: &[f64], right: &[f64]) -> Result<Row, Box<Row>> {
    if left.iter().chain(right).all(|&value| value == 0.0) {
        return Err(Box::new(Row { ratio: Some(1.0), verdict: Verdict::NoChange, ..row }));
    }
    if left.iter().chain(right).any(|&value| value <= 0.0) {
        return settled(
            row,
            Verdict::Inconclusive,
            "a value at or below zero has no ratio; look at the values themselves",
        );
    }
    let ratio = stats::hodges_lehmann(&logs(left), &logs(right)).map(libm::exp);
    Ok(Row { ratio, ..row })
}

/// The row with all that is tested about it.
fn tested(row: Row, sides: &[Vec<Found<'_>>; 2], values: [&[f64]; 2]) -> Result<Tested, Box<Row>> {
    let Some(value_shift) = shift(&logs(values[0]), &logs(values[1])) else {
        return settled(row, Verdict::Inconclusive, TOO_FAR);
    };
    let tested = Tested::new(row, value_shift);
    let Some(name) = common_calibrator(sides) else { return Ok(tested) };
    let Row { replicate, taken, .. } = tested.row;
    let of = |of: &dyn Fn(&Process) -> Option<f64>| sides.each_ref().map(|side| replicates(side, replicate, of));
    let [ours, theirs] = of(&|process| process.calibrator);
    let (Some(before), Some(after)) = (stats::median(&ours), stats::median(&theirs)) else { return Ok(tested) };
    let machine = after / before;
    if machine.max(1.0 / machine) > CALIBRATOR_FACTOR_MAX {
        let reason = format!(
            "calibrator out of range: `{name}` took {machine:.2} times as long, and beyond {CALIBRATOR_FACTOR_MAX:.0} times \
             no ratio is to be trusted; measure both sides on the same quiet machine"
        );
        return settled(tested.row, Verdict::Inconclusive, reason);
    }
    let [ours, theirs] = of(&|process| Some(value(process, taken)? / process.calibrator?));
    match shift(&logs(&ours), &logs(&theirs)) {
        Some(shift) => Ok(tested.with_calibrator(name, shift, machine)),
        None => settled(tested.row, Verdict::Inconclusive, TOO_FAR),
    }
}

/// The calibrator that every process of both sides was held against.
fn common_calibrator<'a>(sides: &[Vec<Found<'a>>; 2]) -> Option<&'a str> {
    let name = sides[0].first()?.series.calibrator.as_deref()?;
    let measured = |process: &Process| process.calibrator.is_some_and(|value| value.is_finite() && value > 0.0);
    let has =
        |it: &Found<'_>| it.series.calibrator.as_deref() == Some(name) && it.series.processes.iter().all(measured);
    sides.iter().flatten().all(has).then_some(name)
}

fn settled<T>(row: Row, verdict: Verdict, reason: impl Into<String>) -> Result<T, Box<Row>> {
    Err(Box::new(row.settled(verdict, reason)))
}
