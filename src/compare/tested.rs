//! How a row that was tested is decided, once it is known what else was found.

use super::rows::{Calibrated, Replicate, Row};
use super::verdict::Verdict;
use super::{CONFIDENCE, CONFIDENCE_SAME, FLOOR_COMPUTE, FLOOR_SESSION, FLOOR_SYSTEM, MISSED};
use crate::model::{Estimate, Metric};
use crate::stats::{self, Covered, Welch};
use crate::verdict::attribution::{Attribution, explains};

const NOISE: &str = "the interval holds changes worth telling and changes that are not; the column `smallest` says what \
                     would have been told";
const SESSION: &str = "if it moved, then by no more than two sessions differ by themselves; three runs a side or more, or \
                       `parcost gate`, would tell";
const TOO_MANY_ROWS: &str = "the change clears the floor, but is not sure enough among so many rows; fewer rows (--filter, \
                             --metric, --topic), more runs a side or `parcost gate` would tell";
const MACHINE: &str = "machine: its calibrator moved as well, so that it may be the machine and not the code; `parcost gate` \
                       measures both sides in turns";
const DISAGREE: &str = "the calibrated value moved, the value itself did not: calibrator and benchmark do not follow the \
                        machine alike; `parcost gate` measures both sides in turns";
/// The topics in which the system is timed; of any other work it has to be assumed that the processor does it.
const SYSTEM: [&str; 4] = ["counters", "io", "memory", "spawn"];
/// Rounding of a confidence that is met exactly.
const ROUNDING: f64 = 1e-9;

/// A row that was tested, and the shifts that have to agree.
pub(super) struct Tested {
    pub(super) row: Row,
    /// The shift of the values, and that of the calibrated values where there are any.
    shifts: Vec<Shift>,
    /// The floor as a logarithm.
    floor: f64,
    /// How far the calibrator moved, as a logarithm; 0 without one.
    machine: f64,
}

/// How far the candidate's logarithms lie from the baseline's.
pub(super) struct Shift {
    log: f64,
    wide: Covered,
    narrow: Covered,
    welch: Welch,
}

impl Tested {
    /// A row whose values were tested.
    pub(super) fn new(row: Row, shift: Shift) -> Self {
        let floor = floor(&row);
        let (interval, confidence) = (estimate(&shift), Some(shift.wide.confidence));
        let row = Row { interval, confidence, floor: Some(floor), ..row };
        Self { row, shifts: vec![shift], floor: libm::log1p(floor), machine: 0.0 }
    }

    /// The same with what the values do against their calibrator, which itself went by the factor `machine`.
    pub(super) fn with_calibrator(mut self, name: &str, shift: Shift, machine: f64) -> Self {
        let ratio = estimate(&shift).map(|ratio| Calibrated { calibrator: name.to_owned(), ratio, machine });
        self.shifts.push(shift);
        Self { row: Row { calibrated: ratio, ..self.row }, machine: libm::log(machine), ..self }
    }

    /// The chance of a rise as large, and of a fall as large, where there is none beyond the floor: the larger one of the
    /// value's and the calibrated value's, since both have to move.
    pub(super) fn chances(&self) -> [f64; 2] {
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
        let (all_rise, all_fall) = (self.shifts.iter().all(rises), self.shifts.iter().all(falls));
        if self.shifts.iter().all(|shift| self.stays(shift)) {
            return Row { verdict: Verdict::NoChange, ..row };
        }
        // What goes far beyond the calibrator has a cause of its own.
        let along = (all_rise && self.machine > self.floor) || (all_fall && self.machine < -self.floor);
        let with_the_machine = along && self.is_explained();
        if !with_the_machine && ((all_rise && told[0]) || (all_fall && told[1])) {
            return Row { verdict: Verdict::of_move(row.metric, all_rise), ..row };
        }
        let moved: Vec<bool> = self.shifts.iter().map(|shift| rises(shift) || falls(shift)).collect();
        let reason = match moved[..] {
            [true, true] if with_the_machine => MACHINE,
            [true, false] => MACHINE,
            [false, true] => DISAGREE,
            [true, ..] => TOO_MANY_ROWS,
            _ if row.replicate == Replicate::Process && self.shifts.iter().all(|shift| self.is_session(shift)) => {
                SESSION
            }
            _ => NOISE,
        };
        let row = row.settled(Verdict::Inconclusive, reason);
        if reason != MACHINE {
            return row;
        }
        let name = row.calibrated.as_ref().map_or(String::new(), |it| it.calibrator.clone());
        if self.is_explained() {
            row.caused(Attribution::Machine, format!("their own calibrator, {name}, went along"))
        } else {
            row.caused(Attribution::Unknown, format!("their own calibrator, {name}, went along, and not so far"))
        }
    }

    /// Whether the calibrator went along so far that the whole move may be its own.
    fn is_explained(&self) -> bool {
        let moved = self.shifts.first().map_or(0.0, |shift| shift.log);
        moved.signum() == self.machine.signum() && explains(libm::exp(moved), [libm::exp(self.machine)])
    }

    /// Whether a shift is surely within twice the floor of such work.
    fn stays(&self, shift: &Shift) -> bool {
        let bound = libm::log1p(2.0 * own_floor(&self.row));
        let Covered { interval, confidence } = shift.narrow;
        confidence >= CONFIDENCE_SAME - ROUNDING && -bound < interval.low && interval.high < bound
    }

    /// Whether a shift surely lies where sessions end up by themselves.
    fn is_session(&self, shift: &Shift) -> bool {
        -self.floor < shift.narrow.interval.low && shift.narrow.interval.high < self.floor
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

impl Shift {
    /// Candidate ÷ baseline.
    pub(super) fn ratio(&self) -> f64 {
        libm::exp(self.log)
    }

    /// Whether it surely lies beyond a floor, told as a logarithm.
    pub(super) fn is_beyond(&self, floor: f64) -> bool {
        self.wide.interval.low > floor || self.wide.interval.high < -floor
    }
}

/// The shift between two sides; none where a number is not finite.
pub(super) fn shift(left: &[f64], right: &[f64]) -> Option<Shift> {
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

/// The smallest change worth telling of such work.
fn own_floor(row: &Row) -> f64 {
    let timed = matches!(row.metric, Metric::WallTime | Metric::CpuTime | Metric::TaskClock);
    if timed && !SYSTEM.contains(&row.topic.as_str()) { FLOOR_COMPUTE } else { FLOOR_SYSTEM }
}

/// The smallest change that can be told in a row, given what is replicated.
fn floor(row: &Row) -> f64 {
    match row.replicate {
        Replicate::Run => own_floor(row),
        Replicate::Process => own_floor(row).max(FLOOR_SESSION),
    }
}
