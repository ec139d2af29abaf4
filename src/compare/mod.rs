//! Two sides that were measured at different times: what changed between them, and how sure that is.
//!
//! A stored comparison is weaker than a gate. Two sessions on one machine differ by several per cent for no reason that
//! anybody finds, and no statistic of either session shows it; pairs of fresh processes in random order do. What is done
//! about it here: the sides are replicated by runs where there are enough of them, by fresh processes else, and then the
//! floor is raised to what sessions do by themselves; and a row is decided only where its calibrated value agrees.

mod binaries;
mod causes;
mod check;
mod counts;
mod evidence;
mod means;
mod otherwise;
mod rows;
mod source;
mod tested;
mod together;
mod verdict;

use std::fmt;

use serde::Serialize;

pub use check::Refusal;
pub use means::Mean;
pub use otherwise::otherwise;
pub use rows::{Calibrated, Replicate, Row, Taken};
pub use source::{Origin, Process, Series, Side, Source};
pub use together::Together;
pub use verdict::Verdict;

use self::binaries::Binaries;
use self::causes::Controls;
use crate::model::Metric;
use crate::verdict::attribution::Attribution;
use crate::verdict::environment::EnvironmentChange;

/// The smallest change worth telling where the system's calls, wake-ups and copies are timed, or anything is counted by
/// the processor: builds of the same source differ by less.
pub const FLOOR_SYSTEM: f64 = 0.02;
/// The smallest change worth telling where a processor's own work is timed: where the compiler happens to place a loop
/// moves it by about so much.
pub const FLOOR_COMPUTE: f64 = 0.03;
/// The smallest change that is told where a side has too few runs to show what sessions do by themselves: the same binary
/// on the same machine moves by 2 to 8 % from one session to another, its ratio to a calibrator by 1 to 5 %.
pub const FLOOR_SESSION: f64 = 0.08;
/// Runs on each side from which on the run is the unit of replication: with two nothing is known of their spread.
pub const RUNS_MIN: usize = 3;
/// Fresh processes on each side below which nothing is judged: two have hardly a spread of their own.
pub const PROCESSES_MIN: usize = 3;
/// The share of false ones among all changes that are told, in expectation, over all rows of a comparison.
pub const FALSE_DISCOVERIES: f64 = 0.05;
use crate::verdict::policy::CONFIDENCE;
/// The confidence of the interval that lies within twice the floor where nothing changed: two tests at 5 %, one a side.
pub const CONFIDENCE_SAME: f64 = 0.90;
/// How often a change of the size that is called the smallest would be missed.
pub const MISSED: f64 = 0.05;
/// How far a calibrator may be apart between the sides: what takes twice as long for a fixed small work is no longer the
/// same machine in any sense that a ratio could repair.
pub const CALIBRATOR_FACTOR_MAX: f64 = 2.0;
/// How unlike the numbers of samples in a process may be for their minima to be compared: the least of more is less.
pub const SAMPLES_FACTOR_MAX: f64 = 1.5;

/// What became of two sides.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Why both sides are the same code, if they are: whatever moves between them is noise.
    pub same_code: Option<String>,
    /// Why they are not two codes either, if they are not: runs of both sides measured the same binaries.
    pub shared_code: Option<String>,
    /// What was otherwise on the candidate's side; none where another harness keeps nothing of it.
    pub otherwise: Option<Vec<EnvironmentChange>>,
    /// What to bear in mind with every row.
    pub cautions: Vec<String>,
    /// The benchmarks that both sides measured, in order.
    pub rows: Vec<Row>,
    /// Which rows moved together, by cause and group.
    pub together: Vec<Together>,
    /// Geometric means of the rows' ratios, by topic and metric.
    pub means: Vec<Mean>,
    /// What only the candidate measured.
    pub added: Vec<Lone>,
    /// What only the baseline measured.
    pub missing: Vec<Lone>,
}

/// A series that one side has and the other has not; never a change.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Lone {
    /// The topic.
    pub topic: String,
    /// Whether it is of programs of others, of which nobody asks that they are there.
    #[serde(skip)]
    pub foreign: bool,
    /// The benchmark.
    pub benchmark: String,
    /// The metric.
    pub metric: Metric,
    /// Why the other side has it not, as far as that was recorded.
    pub reason: String,
}

/// Compares two sides of one machine, over the series that `keep` lets pass.
///
/// # Errors
///
/// When the sides as a whole cannot be compared; what is wrong with one row is that row's verdict.
pub fn compare(baseline: &Side, candidate: &Side, keep: &dyn Fn(&Series) -> bool) -> Result<Comparison, Refusal> {
    check::sides(baseline, candidate)?;
    let (baseline, candidate) = (baseline.narrowed(keep), candidate.narrowed(keep));
    let matched = rows::matched(&baseline, &candidate)?;
    let mut rows = rows::judged(&matched);
    if rows.iter().all(evidence::is_same_samples) {
        return Err(Refusal::SameSamples { baseline: baseline.places(), candidate: candidate.places() });
    }
    let binaries = Binaries::of(&baseline, &candidate);
    causes::told(&mut rows, Controls::new(&baseline, &candidate, &binaries));
    let (same_code, shared_code) = match binaries {
        Binaries::Same(why) => (Some(why), None),
        Binaries::Shared(why) => (None, Some(why)),
        Binaries::Other | Binaries::Unknown => (None, None),
    };
    Ok(Comparison {
        same_code,
        shared_code,
        otherwise: otherwise(&baseline, &candidate),
        cautions: check::cautions(&baseline, &candidate),
        together: together::together(&rows),
        means: means::means(&rows),
        rows,
        added: rows::lone(&candidate, &baseline),
        missing: rows::lone(&baseline, &candidate),
    })
}

impl Comparison {
    /// The rows with that verdict.
    pub fn with(&self, verdict: Verdict) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.verdict == verdict)
    }

    /// The rows that got slower and are put down to the code, or may be the code's; none where the sides are not two codes.
    pub fn regressions(&self) -> impl Iterator<Item = &Row> {
        let is_two = self.same_code.is_none() && self.shared_code.is_none();
        let blamed = |row: &&Row| matches!(row.cause, Some(Attribution::Code | Attribution::Unknown));
        self.with(Verdict::Slower).filter(move |row| is_two && blamed(row))
    }

    /// What moved for the worse with the machine, where nothing else did: whether the code did as well cannot be seen. None
    /// where the sides are not two codes, which says enough.
    pub fn machine_alone(&self) -> Option<String> {
        let is_two = self.same_code.is_none() && self.shared_code.is_none();
        let with_it =
            |row: &&Row| row.is_worse() && matches!(row.cause, Some(Attribution::Machine | Attribution::Unknown));
        let slower = self.rows.iter().filter(with_it).count();
        (is_two && slower > 0 && self.regressions().next().is_none()).then(|| {
            format!(
                "what got slower, {slower} of {} rows, did so with the machine: of the code that says nothing; measure both \
                 sides on the same quiet machine, or use `parcost gate`",
                self.rows.len()
            )
        })
    }

    /// The number of rows of our own code that were decided one way or the other.
    pub fn decided(&self) -> usize {
        self.rows.iter().filter(|row| !row.foreign && row.verdict.is_decided()).count()
    }
}

/// A series by its name in a message: `spawn/thread/count=1 wall_time`.
pub(super) fn series_name(benchmark: &str, metric: impl fmt::Display) -> String {
    format!("{benchmark} {metric}")
}

#[cfg(test)]
mod tests;
