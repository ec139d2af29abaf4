//! What the numbers of one row say by themselves, before it is held against the other rows.

use super::rows::{Calibrated, Found, Matched, Replicate, Row, Taken};
use super::source::Process;
use super::verdict::Verdict;
use super::{
    CALIBRATOR_FACTOR_MAX, CONFIDENCE, CONFIDENCE_SAME, FLOOR_COMPUTE, FLOOR_SESSION, FLOOR_SYSTEM, MISSED,
    PROCESSES_MIN, RUNS_MIN, SAMPLES_FACTOR_MAX, counts,
};
use crate::model::{Estimate, Metric};
use crate::stats::{self, Covered, Welch};

/// What is said where each side is one process.
const ONE_PROCESS: &str = "one process a side says nothing about the spread between processes; measure each side at \
                           least three times (Criterion: --save-baseline a1, a2, a3 and then `compare a1,a2,a3 b1,b2,b3`), \
                           or use `parcost gate`";
const NOISE: &str = "the interval holds changes worth telling and changes that are not; the column `smallest` says what \
                     would have been told";
const TOO_MANY_ROWS: &str = "the change clears the floor, but is not sure enough among so many rows; fewer rows (--filter, \
                             --metric, --topic), more runs a side or `parcost gate` would tell";
const MACHINE: &str = "machine: the value moved, but not against its calibrator, so that it may be the machine and not the \
                       code; `parcost gate` measures both sides in turns";
const DISAGREE: &str = "the calibrated value moved, the value itself did not: calibrator and benchmark do not follow the \
                        machine alike; `parcost gate` measures both sides in turns";
/// The topics in which the system is timed; of any other work it has to be assumed that the processor does it.
const SYSTEM: [&str; 4] = ["counters", "io", "memory", "spawn"];
/// Rounding of a confidence that is met exactly.
const ROUNDING: f64 = 1e-9;

/// A row, or what has to be held against the other rows first.
pub(super) enum Evidence {
    Settled(Box<Row>),
    Tested(Box<Tested>),
}

/// A row that was tested, and the shifts that have to agree.
pub(super) struct Tested {
    row: Row,
    /// The shift of the values, and that of the calibrated values where there are any.
    shifts: Vec<Shift>,
    /// The floor as a logarithm.
    floor: f64,
}

/// How far the candidate's logarithms lie from the baseline's.
struct Shift {
    log: f64,
    wide: Covered,
    narrow: Covered,
    welch: Welch,
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
        return settled(row.clone(), Verdict::Refused, reason).map(|_: Tested| ());
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
        return settled(row.clone(), Verdict::Refused, reason).map(|_: Tested| ());
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
            return settled(row.clone(), Verdict::Refused, reason).map(|_: Tested| Vec::new());
        }
    }
    let kept: Vec<Found<'a>> =
        found.iter().filter(|it| it.series.doubt.is_none() && !it.series.processes.is_empty()).copied().collect();
    if kept.is_empty() {
        let doubt = found.iter().find_map(|it| it.series.doubt.clone());
        let doubt = doubt.unwrap_or_else(|| "too few rounds: no process of it was kept; measure again".to_owned());
        return settled(row.clone(), Verdict::Inconclusive, doubt).map(|_: Tested| Vec::new());
    }
    Ok(kept)
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
    let beyond = || "its numbers are too far apart to be divided; measure again";
    let Some(shift) = shift(&logs(values[0]), &logs(values[1])) else {
        return settled(row, Verdict::Inconclusive, beyond());
    };
    let share = floor(&row);
    let (interval, confidence) = (estimate(&shift), Some(shift.wide.confidence));
    let row = Row { interval, confidence, floor: Some(share), ..row };
    let mut shifts = vec![shift];
    let Some(name) = common_calibrator(sides) else {
        return Ok(Tested { row, shifts, floor: libm::log1p(share) });
    };
    let of = |of: &dyn Fn(&Process) -> Option<f64>| sides.each_ref().map(|side| replicates(side, row.replicate, of));
    let [ours, theirs] = of(&|process| process.calibrator);
    let (Some(before), Some(after)) = (stats::median(&ours), stats::median(&theirs)) else {
        return Ok(Tested { row, shifts, floor: libm::log1p(share) });
    };
    let machine = after / before;
    if machine.max(1.0 / machine) > CALIBRATOR_FACTOR_MAX {
        let reason = format!(
            "calibrator out of range: `{name}` took {machine:.2} times as long, and beyond {CALIBRATOR_FACTOR_MAX:.0} times no \
             ratio is to be trusted; measure both sides on the same quiet machine"
        );
        return settled(row, Verdict::Inconclusive, reason);
    }
    let [ours, theirs] = of(&|process| Some(value(process, row.taken)? / process.calibrator?));
    let Some(calibrated) = self::shift(&logs(&ours), &logs(&theirs)) else {
        return settled(row, Verdict::Inconclusive, beyond());
    };
    let ratio = estimate(&calibrated).map(|ratio| Calibrated { calibrator: name.to_owned(), ratio, machine });
    shifts.push(calibrated);
    Ok(Tested { row: Row { calibrated: ratio, ..row }, shifts, floor: libm::log1p(share) })
}

/// The calibrator that every process of both sides was held against.
fn common_calibrator<'a>(sides: &[Vec<Found<'a>>; 2]) -> Option<&'a str> {
    let name = sides[0].first()?.series.calibrator.as_deref()?;
    let measured = |process: &Process| process.calibrator.is_some_and(|value| value.is_finite() && value > 0.0);
    let has =
        |it: &Found<'_>| it.series.calibrator.as_deref() == Some(name) && it.series.processes.iter().all(measured);
    sides.iter().flatten().all(has).then_some(name)
}

fn shift(left: &[f64], right: &[f64]) -> Option<Shift> {
    Some(Shift {
        log: stats::hodges_lehmann(left, right)?,
        wide: stats::rank_interval(left, right, CONFIDENCE)?,
        narrow: stats::rank_interval(left, right, CONFIDENCE_SAME)?,
        welch: stats::welch(left, right)?,
    })
}

fn estimate(shift: &Shift) -> Option<Estimate> {
    let [center, low, high] = [shift.log, shift.wide.interval.low, shift.wide.interval.high].map(libm::exp);
    Estimate::new(center, low, high).ok()
}

/// The smallest change worth telling in a row.
fn floor(row: &Row) -> f64 {
    let timed = matches!(row.metric, Metric::WallTime | Metric::CpuTime | Metric::TaskClock);
    let system = SYSTEM.contains(&row.topic.as_str());
    let own = if timed && !system { FLOOR_COMPUTE } else { FLOOR_SYSTEM };
    match row.replicate {
        Replicate::Run => own,
        Replicate::Process => own.max(FLOOR_SESSION),
    }
}

fn settled<T>(row: Row, verdict: Verdict, reason: impl Into<String>) -> Result<T, Box<Row>> {
    Err(Box::new(row.settled(verdict, reason)))
}

impl Tested {
    /// The chance of a rise as large, and of a fall as large, where there is none beyond the floor: the larger one of the
    /// value's and the calibrated value's, since both have to move.
    fn chances(&self) -> [f64; 2] {
        let largest = |chance: &dyn Fn(&Shift) -> f64| self.shifts.iter().map(chance).fold(0.0, f64::max);
        [largest(&|it| it.welch.p_above(self.floor)), largest(&|it| it.welch.p_below(-self.floor))]
    }

    /// The row, decided: `told` are the rise and the fall, as far as they hold among all rows, and `needed` is the chance
    /// that one more would have to stay below.
    pub(super) fn decided(self, told: [bool; 2], needed: f64) -> Row {
        let [rise, fall] = self.chances();
        let row = Row { p: Some(rise.min(fall)), smallest: self.smallest(needed), ..self.row.clone() };
        let rises = |shift: &Shift| shift.wide.interval.low > self.floor;
        let falls = |shift: &Shift| shift.wide.interval.high < -self.floor;
        let moves = |shift: &Shift| rises(shift) || falls(shift);
        if told[0] && self.shifts.iter().all(rises) {
            return Row { verdict: Verdict::of_move(row.metric, true), ..row };
        }
        if told[1] && self.shifts.iter().all(falls) {
            return Row { verdict: Verdict::of_move(row.metric, false), ..row };
        }
        if self.shifts.iter().all(|shift| self.stays(shift)) {
            return Row { verdict: Verdict::NoChange, ..row };
        }
        let moved: Vec<bool> = self.shifts.iter().map(moves).collect();
        let reason = match moved[..] {
            [true, false] => MACHINE,
            [false, true] => DISAGREE,
            [true, ..] => TOO_MANY_ROWS,
            _ => NOISE,
        };
        row.settled(Verdict::Inconclusive, reason)
    }

    /// Whether a shift is surely within twice the floor.
    fn stays(&self, shift: &Shift) -> bool {
        let bound = libm::log1p(2.0 * libm::expm1(self.floor));
        let Covered { interval, confidence } = shift.narrow;
        confidence >= CONFIDENCE_SAME - ROUNDING && -bound < interval.low && interval.high < bound
    }

    /// The smallest change that would have been told.
    fn smallest(&self, needed: f64) -> Option<f64> {
        let reach = |shift: &Shift| {
            let half = (shift.wide.interval.high - shift.wide.interval.low) / 2.0;
            Some(self.floor + shift.welch.reach(needed)?.max(half) + shift.welch.reach(MISSED)?)
        };
        let reaches = self.shifts.iter().map(reach).collect::<Option<Vec<_>>>()?;
        let smallest = libm::expm1(reaches.into_iter().fold(0.0, f64::max));
        smallest.is_finite().then_some(smallest)
    }
}
