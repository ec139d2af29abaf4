//! How a row that was tested is decided, once it is known what else was found.

use super::row::{Figure, Normalized, Replicate, Row};
use crate::model::topics::class_of;
use crate::model::{Estimate, Metric};
use crate::stats::{self, Covered, Welch};
use crate::verdict::attribution::explains;
use crate::verdict::policy::{
    CHANGE_SESSION, CHANGE_SYSTEM, CONFIDENCE, CONFIDENCE_UNCHANGED, MISSED, change_threshold,
};
use crate::verdict::{InconclusiveReason, Verdict};

/// Rounding of a confidence that is met exactly.
const ROUNDING: f64 = 1e-9;

/// A row that was tested, and the shifts that have to agree.
pub(super) struct Tested {
    pub(super) row: Row,
    /// The shift of the values, and that of the normalized values where there are any.
    shifts: Vec<Shift>,
    threshold: f64,
    /// How far the reference workload changed, as a logarithm; 0 without one.
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
    /// `reach` is how far another session of the baseline may be from its values, a logarithm.
    pub(super) fn new(row: Row, shift: Shift, reach: f64) -> Self {
        let threshold = threshold(&row, reach);
        // Without a finite interval the center alone stays.
        let change = estimate(&shift).map(Figure::change).or(row.change);
        let row = Row { change, confidence: Some(shift.wide.confidence), threshold: Some(threshold), ..row };
        Self { row, shifts: vec![shift], threshold: libm::log1p(threshold), machine: 0.0 }
    }

    /// The same with the normalized values, whose reference workload itself changed by the factor `machine`.
    pub(super) fn with_reference(mut self, name: &str, shift: Shift, machine: f64) -> Self {
        let change = estimate(&shift).map(Figure::change);
        let normalized = change.map(|change| Normalized { reference: name.to_owned(), change, machine });
        self.shifts.push(shift);
        Self { row: Row { normalized, ..self.row }, machine: libm::log(machine), ..self }
    }

    /// The p-values of a rise and of a fall beyond the threshold: the larger one of the value's and the normalized value's,
    /// since both have to change.
    pub(super) fn p_values(&self) -> [f64; 2] {
        let largest = |p: &dyn Fn(&Shift) -> f64| self.shifts.iter().map(p).fold(0.0, f64::max);
        [largest(&|it| it.welch.p_above(self.threshold)), largest(&|it| it.welch.p_below(-self.threshold))]
    }

    /// The row, decided: `rejected` says whether the hypotheses of no rise and of no fall are, among those of all rows, and
    /// `alpha` is what one more p-value would have to stay below.
    pub(super) fn decided(self, rejected: [bool; 2], alpha: f64) -> Row {
        let [rise, fall] = self.p_values();
        let min_detectable_change = self.min_detectable_change(alpha);
        let row = Row { p_value: Some(rise.min(fall)), min_detectable_change, ..self.row.clone() };
        let rises = |shift: &Shift| shift.wide.interval.low > self.threshold;
        let falls = |shift: &Shift| shift.wide.interval.high < -self.threshold;
        let (all_rise, all_fall) = (self.shifts.iter().all(rises), self.shifts.iter().all(falls));
        if self.shifts.iter().all(|shift| self.stays(shift)) {
            return Row { verdict: Verdict::Unchanged, ..row };
        }
        // What goes far beyond the reference workload has its own cause.
        let along = (all_rise && self.machine > self.threshold) || (all_fall && self.machine < -self.threshold);
        let with_the_machine = along && self.is_explained();
        if !with_the_machine && ((all_rise && rejected[0]) || (all_fall && rejected[1])) {
            return Row { verdict: Verdict::of_change(row.metric, all_rise), ..row };
        }
        let moved: Vec<bool> = self.shifts.iter().map(|shift| rises(shift) || falls(shift)).collect();
        let is_session = || row.replicate == Replicate::Process && self.shifts.iter().all(|it| self.is_session(it));
        let reason = match moved[..] {
            [true, true] if with_the_machine => InconclusiveReason::ReferenceChanged,
            [true, false] => InconclusiveReason::ReferenceChanged,
            [false, true] => InconclusiveReason::ReferenceDisagrees,
            [true, ..] => InconclusiveReason::TooManyRows,
            _ if is_session() => InconclusiveReason::Session,
            _ => InconclusiveReason::Noise,
        };
        row.with(reason)
    }

    /// Whether the reference workload changed along so far that it accounts for the whole change.
    fn is_explained(&self) -> bool {
        let moved = self.shifts.first().map_or(0.0, |shift| shift.log);
        moved.signum() == self.machine.signum() && explains(libm::exp(moved), [libm::exp(self.machine)])
    }

    /// Whether a shift is significantly within twice the threshold of the work.
    fn stays(&self, shift: &Shift) -> bool {
        let bound = libm::log1p(2.0 * own_threshold(&self.row));
        let Covered { interval, confidence } = shift.narrow;
        confidence >= CONFIDENCE_UNCHANGED - ROUNDING && -bound < interval.low && interval.high < bound
    }

    /// Whether a shift significantly lies where sessions end up by themselves.
    fn is_session(&self, shift: &Shift) -> bool {
        -self.threshold < shift.narrow.interval.low && shift.narrow.interval.high < self.threshold
    }

    fn min_detectable_change(&self, alpha: f64) -> Option<f64> {
        let reach = |shift: &Shift| {
            let half = (shift.wide.interval.high - shift.wide.interval.low) / 2.0;
            Some(self.threshold + shift.welch.reach(alpha)?.max(half) + shift.welch.reach(MISSED)?)
        };
        let reaches = self.shifts.iter().map(reach).collect::<Option<Vec<_>>>()?;
        let change = libm::expm1(reaches.into_iter().fold(0.0, f64::max));
        change.is_finite().then_some(change)
    }
}

impl Shift {
    /// Candidate ÷ baseline.
    pub(super) fn ratio(&self) -> f64 {
        libm::exp(self.log)
    }

    /// Whether it significantly lies beyond a threshold, a logarithm.
    pub(super) fn is_beyond(&self, threshold: f64) -> bool {
        self.wide.interval.low > threshold || self.wide.interval.high < -threshold
    }
}

/// The shift between two sides; none where a number is not finite.
pub(super) fn shift(left: &[f64], right: &[f64]) -> Option<Shift> {
    Some(Shift {
        log: stats::hodges_lehmann(left, right)?,
        wide: stats::rank_interval(left, right, CONFIDENCE)?,
        narrow: stats::rank_interval(left, right, CONFIDENCE_UNCHANGED)?,
        welch: stats::welch(left, right)?,
    })
}

fn estimate(shift: &Shift) -> Option<Estimate> {
    let [center, low, high] = [shift.log, shift.wide.interval.low, shift.wide.interval.high].map(libm::exp);
    Estimate::new(center, low, high).ok()
}

/// The smallest change of the work that counts; that a processor counts something depends on the system.
fn own_threshold(row: &Row) -> f64 {
    let is_time = matches!(row.metric, Metric::WallTime | Metric::CpuTime | Metric::TaskClock);
    if is_time { change_threshold(class_of(&row.benchmark), true) } else { CHANGE_SYSTEM }
}

/// The smallest change of a row that counts, given what is replicated: processes of one run show nothing of how far sessions
/// are apart.
fn threshold(row: &Row, reach: f64) -> f64 {
    match row.replicate {
        Replicate::Run => own_threshold(row),
        Replicate::Process => own_threshold(row).max(CHANGE_SESSION).max(libm::expm1(reach)),
    }
}
