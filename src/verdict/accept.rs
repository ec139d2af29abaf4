//! Accepted changes: what was reviewed stands in the file of rules, never in a measurement.
//!
//! A regressed run never becomes the baseline by itself. A gate measures its baseline anew from the named revision; a
//! history is replayed from its first commit every time, so that a change is reported for as long as its commits are kept;
//! and nothing but a rule here accepts one.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;
use strum::IntoStaticStr;

use super::reason::CodedReason;
use super::rules::{Limit, Measured, Rule, in_unit};
use crate::model::{Direction, Metric};

/// A change that asks to be accepted.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// What got worse.
    pub benchmark: &'a str,
    /// What was measured; none of another tool's series.
    pub metric: Option<Metric>,
    pub direction: Direction,
    /// New level ÷ old level.
    pub ratio: f64,
    /// The new level, and its unit; none where nobody said.
    pub level: f64,
    pub unit: &'a str,
    /// The commits that may have made it, by full id.
    pub commits: &'a [String],
}

/// Why a rule is stale.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stale {
    /// Its day has passed.
    #[error("expired on {0}; remove it, or have the change reviewed again and write a later day")]
    Expired(Date),
    /// No series of that name was measured; one may be called so by now.
    #[error("matches no series that was measured; {}, or remove it", instead(.0.as_ref()))]
    NoSeries(Option<(String, Option<Metric>)>),
    /// The series that it matches have another unit.
    #[error("gives a level in {rule}, and the series is in {series}; write one in that unit, or remove it")]
    OtherUnit { rule: String, series: String },
    /// No commit has that id.
    #[error("names a commit that is not in this history; write what `parcost trend` prints, or remove it")]
    NoCommit,
    /// There are several such commits.
    #[error("names {0} commits; write more digits of the id")]
    ManyCommits(usize),
}

/// Why a rule about what got worse does not accept it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema, thiserror::Error, IntoStaticStr)]
#[serde(into = "CodedReason")]
#[schemars(with = "CodedReason")]
#[strum(serialize_all = "snake_case")]
pub enum NotAccepted {
    #[error("the rule on line {line} allows {allowed:.2}×; measured {measured:.2}×")]
    Factor { line: usize, allowed: f64, measured: f64 },
    #[error("the rule on line {line} allows {allowed} {unit}; measured {measured} {unit}")]
    Level { line: usize, allowed: f64, measured: f64, unit: String },
    #[error("the rule on line {line} is for another commit, {commit}")]
    Commit { line: usize, commit: String },
}

/// The rule that accepts a change: of that benchmark and metric, at one of its commits, and no worse than its limit and
/// `threshold`, the smallest change that counts, beyond it. What is worse than was accepted is a regression still.
pub fn accepted<'a>(rules: &'a [Rule], claim: &Claim, threshold: f64) -> Option<&'a Rule> {
    rules.iter().find(|rule| {
        rule.covers(claim.benchmark, claim.metric)
            && claim.is_of(rule)
            && rule.limit.excess(claim).is_some_and(|excess| excess <= 1.0 + threshold)
    })
}

/// Why the rule that comes nearest to accepting a change does not: its limit, or its commit.
pub fn not_accepted(rules: &[Rule], claim: &Claim) -> Option<NotAccepted> {
    let mut rules: Vec<&Rule> = rules.iter().filter(|rule| rule.covers(claim.benchmark, claim.metric)).collect();
    rules.sort_by_key(|rule| !claim.is_of(rule));
    let rule = rules.first()?;
    let line = rule.line;
    if !claim.is_of(rule) {
        return Some(NotAccepted::Commit { line, commit: rule.commit.clone() });
    }
    Some(match &rule.limit {
        Limit::Factor(allowed) => NotAccepted::Factor { line, allowed: *allowed, measured: claim.times_worse() },
        Limit::Level(level, written) => NotAccepted::Level {
            line,
            allowed: thousandths(in_unit(*level, written, claim.unit)?),
            measured: thousandths(claim.level),
            unit: claim.unit.to_owned(),
        },
    })
}

fn thousandths(level: f64) -> f64 {
    (level * 1e3).round() / 1e3
}

/// What to write in a rule that matches no series.
pub fn instead(renamed: Option<&(String, Option<Metric>)>) -> String {
    match renamed {
        Some((name, Some(metric))) => format!("write `benchmark = \"{name}\"` and `metric = \"{metric}\"`"),
        Some((name, None)) => format!("write `benchmark = \"{name}\"`"),
        None => "fix `benchmark` or `metric`".to_owned(),
    }
}

/// What makes a rule stale on the day `today`: its end, or that it is about nothing in this history, where `measured` are
/// the series and `commits` all commits that are known. A rule whose change is not reported, or no longer, is not stale: the
/// verdict may need more commits.
pub fn stale(rule: &Rule, measured: &[Measured], commits: &[String], today: Date) -> Option<Stale> {
    if let Some(day) = rule.expires.filter(|&day| day < today) {
        return Some(Stale::Expired(day));
    }
    let covered = measured.iter().filter(|(benchmark, metric, _)| rule.covers(benchmark, *metric));
    let units: Vec<&String> = covered.map(|(.., unit)| unit).collect();
    let Some(series) = units.first() else { return Some(Stale::NoSeries(rule.benchmark.renamed(measured))) };
    if let Limit::Level(level, unit) = &rule.limit
        && !units.iter().any(|series| in_unit(*level, unit, series).is_some())
    {
        let [rule, series] =
            [unit, series].map(|unit| if unit.is_empty() { "no unit".to_owned() } else { unit.clone() });
        return Some(Stale::OtherUnit { rule, series });
    }
    if commits.contains(&rule.commit) {
        return None;
    }
    match commits.iter().filter(|commit| rule.is_at(commit)).count() {
        0 => Some(Stale::NoCommit),
        1 => None,
        many => Some(Stale::ManyCommits(many)),
    }
}

impl Claim<'_> {
    /// Whether a rule is about one of its commits.
    fn is_of(&self, rule: &Rule) -> bool {
        self.commits.iter().any(|commit| rule.is_at(commit))
    }

    fn times_worse(&self) -> f64 {
        match self.direction {
            Direction::LowerIsBetter => self.ratio,
            Direction::HigherIsBetter => 1.0 / self.ratio,
        }
    }
}

impl Limit {
    /// How many times worse a change is than what it admits; none where the units do not fit.
    fn excess(&self, claim: &Claim) -> Option<f64> {
        match self {
            Limit::Factor(factor) => Some(claim.times_worse() / factor),
            Limit::Level(level, written) => {
                let level = in_unit(*level, written, claim.unit)?;
                Some(match claim.direction {
                    Direction::LowerIsBetter => claim.level / level,
                    Direction::HigherIsBetter => level / claim.level,
                })
            }
        }
    }
}
