//! The judge itself: from two sides to a comparison and its outcome.

use schemars::JsonSchema;
use serde::Serialize;
use strum::IntoStaticStr;
use thiserror::Error;

use super::groups::{self, MovedGroup};
use super::means::{self, Mean};
use super::row::{Row, series_name};
use super::rows::{self, Unmatched};
use super::sides::{self, CompareError};
use super::source::{Series, Side};
use super::{controls, environment, evidence};
use crate::verdict::{Attribution, Binaries, CodedReason, EnvironmentChange, Outcome, Verdict};

/// What became of two sides.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Comparison {
    /// What the rows come to.
    pub outcome: Outcome,
    /// Why it is inconclusive.
    pub reason: Option<ComparisonReason>,
    /// Whether both sides measured the same binaries.
    pub binaries: Binaries,
    /// What else changed; none where another harness records nothing of it.
    pub environment_diff: Option<Vec<EnvironmentChange>>,
    /// What limits every row.
    pub notes: Vec<String>,
    /// The benchmarks that both sides measured, in order.
    pub rows: Vec<Row>,
    /// Which rows changed together, by attribution and group.
    pub moved_groups: Vec<MovedGroup>,
    /// Geometric means of the rows' ratios, by topic and metric.
    pub means: Vec<Mean>,
    /// What only the candidate measured.
    pub added: Vec<Unmatched>,
    /// What only the baseline measured.
    pub missing: Vec<Unmatched>,
}

#[derive(Clone, Debug, Error, PartialEq, Serialize, JsonSchema, IntoStaticStr)]
#[serde(into = "CodedReason")]
#[schemars(with = "CodedReason")]
#[strum(serialize_all = "snake_case")]
pub enum ComparisonReason {
    #[error("both sides measured the same binaries (A/A): every change is noise, and none can be judged")]
    Identical,
    /// Some runs of both sides did, of these hashes.
    #[error(
        "runs of both sides measured the same binaries ({0}), so the sides are not two codes; name runs of one build on each side"
    )]
    SharedBinaries(String),
    #[error(
        "what got worse, {worse} of {rows} rows, did so with the machine, which says nothing of the code; measure both sides on \
         the same quiet machine, or use `parcost gate`"
    )]
    Machine { worse: usize, rows: usize },
    #[error("no row is decided; the page says why")]
    Undecided,
    /// Rows that are not decided look worse by more than their threshold.
    #[error(
        "{count} of the rows that are not decided look worse, most of all {first}; measure again, or use `parcost gate`"
    )]
    LooksWorse { first: String, count: usize },
    #[error(
        "the candidate lacks {count} of the baseline's rows, the first of them {first}; measure them, or leave them out with \
         --filter, --metric or --topic"
    )]
    Missing { first: String, count: usize },
}

/// Compares two sides of one machine, over the series that `keep` selects.
///
/// # Errors
///
/// When the sides as a whole cannot be compared; what is wrong with one row is that row's verdict.
pub fn compare(baseline: &Side, candidate: &Side, keep: &dyn Fn(&Series) -> bool) -> Result<Comparison, CompareError> {
    sides::check(baseline, candidate)?;
    let (baseline, candidate) = (baseline.narrowed(keep), candidate.narrowed(keep));
    let pairs = rows::pairs(&baseline, &candidate)?;
    let mut rows = rows::judged(&pairs);
    if rows.iter().all(evidence::is_same_samples) {
        return Err(CompareError::SameSamples { baseline: baseline.places(), candidate: candidate.places() });
    }
    let binaries = sides::binaries(&baseline, &candidate);
    controls::attribute(&mut rows, &baseline, &candidate, &binaries);
    let mut comparison = Comparison {
        outcome: Outcome::Pass,
        reason: None,
        binaries,
        environment_diff: environment::diff(&baseline, &candidate),
        notes: sides::notes(&baseline, &candidate),
        moved_groups: groups::moved(&rows),
        means: means::means(&rows),
        rows,
        added: rows::unmatched(&candidate, &baseline),
        missing: rows::unmatched(&baseline, &candidate),
    };
    comparison.reason = comparison.why_inconclusive();
    comparison.outcome = match &comparison.reason {
        _ if comparison.regressions().next().is_some() => Outcome::Fail,
        Some(_) => Outcome::Inconclusive,
        None => Outcome::Pass,
    };
    Ok(comparison)
}

impl Comparison {
    /// The rows with that verdict.
    pub fn with(&self, verdict: Verdict) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.verdict == verdict)
    }

    /// The rows that regressed and may be the code's; none where the sides are not two codes.
    pub fn regressions(&self) -> impl Iterator<Item = &Row> {
        let is_two = !matches!(self.binaries, Binaries::Same(_) | Binaries::Shared(_));
        let may_be_code = |row: &&Row| matches!(row.attribution, Some(Attribution::Code | Attribution::Unknown));
        self.with(Verdict::Regressed).filter(move |row| is_two && may_be_code(row))
    }

    /// The number of decided rows, without external ones.
    pub fn decided(&self) -> usize {
        self.rows.iter().filter(|row| !row.external && row.verdict.is_decided()).count()
    }

    /// The inconclusive rows that would have regressed by their change alone, the largest first.
    fn looks_worse(&self) -> impl Iterator<Item = &Row> {
        let mut rows: Vec<&Row> = self.with(Verdict::Inconclusive).filter(|row| row.looks_worse()).collect();
        let size = |row: &Row| row.change.map_or(0.0, |change| change.center.abs());
        rows.sort_by(|a, b| size(b).total_cmp(&size(a)));
        rows.into_iter()
    }

    fn why_inconclusive(&self) -> Option<ComparisonReason> {
        let with_machine =
            |row: &&Row| row.is_worse() && matches!(row.attribution, Some(Attribution::Machine | Attribution::Unknown));
        let worse = self.rows.iter().filter(with_machine).count();
        // Nobody expects of the candidate that the same interpreters are there.
        let missing = || self.missing.iter().filter(|one| !one.external);
        match &self.binaries {
            Binaries::Same(_) => Some(ComparisonReason::Identical),
            Binaries::Shared(hashes) => Some(ComparisonReason::SharedBinaries(hashes.clone())),
            _ if self.regressions().next().is_some() => None,
            _ if worse > 0 => Some(ComparisonReason::Machine { worse, rows: self.rows.len() }),
            _ if self.decided() == 0 => Some(ComparisonReason::Undecided),
            _ if self.looks_worse().next().is_some() => self.looks_worse().next().map(|row| {
                let change = row.change.map_or(0.0, |change| change.center);
                let first = format!("{} by {:+.1} %", series_name(&row.benchmark, row.metric), change * 100.0);
                ComparisonReason::LooksWorse { first, count: self.looks_worse().count() }
            }),
            _ => missing().next().map(|first| ComparisonReason::Missing {
                first: series_name(&first.benchmark, first.metric),
                count: missing().count(),
            }),
        }
    }
}
