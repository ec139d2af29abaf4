//! The reviewed file of what a project accepts, changes for the worse and benchmarks without an answer, read strictly: a rule with a mistake would
//! accept nothing, or too much, unnoticed.

use std::fmt;

use globset::{Glob, GlobMatcher};
use jiff::civil::Date;
use serde::de::{Deserialize, Deserializer, Error};
use toml::Spanned;
use toml::value::Datetime;

use crate::model::Metric;

/// Units of levels, and their base units.
const UNITS: [(&str, f64, &str); 11] = [
    ("ns", 1.0, "ns"),
    ("µs", 1e3, "ns"),
    ("us", 1e3, "ns"),
    ("ms", 1e6, "ns"),
    ("s", 1e9, "ns"),
    ("kB", 1e3, "B"),
    ("MB", 1e6, "B"),
    ("GB", 1e9, "B"),
    ("KiB", 1024.0, "B"),
    ("MiB", 1024.0 * 1024.0, "B"),
    ("GiB", 1024.0 * 1024.0 * 1024.0, "B"),
];
/// Digits of a commit's id that a rule gives at least, if not the whole: fewer may fit a commit that nobody thought of.
pub const COMMIT_DIGITS_MIN: usize = 7;

#[derive(Clone, Debug, Default)]
pub struct Rules {
    pub changes: Vec<Rule>,
    /// Benchmarks that may stay without an answer.
    pub inconclusive: Vec<Waiver>,
    /// Benchmarks that the candidate may lack, or fail to run.
    pub missing: Vec<Waiver>,
}

/// Benchmarks of which less is asked than of others, and why.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// The line of the file on which it begins, counted from 1.
    #[serde(skip)]
    pub line: usize,
    pub benchmark: Pattern,
    #[serde(deserialize_with = "reason")]
    pub reason: String,
    /// The last day on which it holds; none for ever.
    #[serde(default, deserialize_with = "day")]
    pub expires: Option<Date>,
}

#[derive(Clone, Debug)]
pub struct Rule {
    /// The line of the file on which it begins, counted from 1.
    pub line: usize,
    pub benchmark: Pattern,
    /// In which metric; none for every one.
    pub metric: Option<Metric>,
    /// Whose level is accepted: the beginning of a commit's id, or the whole of what another tool's file has in its place: a
    /// version, a time, a number, a file.
    pub commit: String,
    pub limit: Limit,
    pub reason: String,
    /// The last day on which it holds; none for ever.
    pub expires: Option<Date>,
}

/// Which benchmarks; `*` stands for any characters, `/` among them.
#[derive(Clone, Debug)]
pub struct Pattern(GlobMatcher);

/// A series that was measured: its name, its metric where it is one of parcost, and its unit.
pub type Measured = (String, Option<Metric>, String);

/// How bad an accepted change may be.
#[derive(Clone, Debug, PartialEq)]
pub enum Limit {
    /// How many times worse: new level ÷ old level of a cost, old ÷ new of a rate.
    Factor(f64),
    /// The new level, and its unit: that of the metric, or a base unit, or what is printed for it.
    Level(f64, String),
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct RulesError {
    pub line: usize,
    pub reason: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    accepted: Vec<Spanned<WrittenRule>>,
    #[serde(default)]
    inconclusive: Vec<Spanned<Waiver>>,
    #[serde(default)]
    missing: Vec<Spanned<Waiver>>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRule {
    benchmark: Pattern,
    #[serde(default, deserialize_with = "metric")]
    metric: Option<Metric>,
    #[serde(deserialize_with = "commit")]
    commit: String,
    #[serde(default, deserialize_with = "factor")]
    factor: Option<f64>,
    level: Option<Spanned<String>>,
    #[serde(deserialize_with = "reason")]
    reason: String,
    #[serde(default, deserialize_with = "day")]
    expires: Option<Date>,
}

/// Reads the rules of a file: a list of `[[accepted]]` with `benchmark`, `commit`, `reason`, one of `factor` and `level`,
/// and as one likes `metric` and `expires`; and lists of `[[inconclusive]]` and `[[missing]]` with `benchmark`, `reason` and,
/// as one likes, `expires`.
///
/// Fails with the line, for whatever is not a rule: nothing is skipped.
pub fn rules(text: &str) -> Result<Rules, RulesError> {
    let refused = |start, reason| RulesError { line: line_of(text, start), reason };
    let Written { accepted, inconclusive, missing } = toml::from_str(text)
        .map_err(|error| refused(error.span().map_or(0, |span| span.start), error.message().to_owned()))?;
    let change = |written: Spanned<WrittenRule>| {
        let start = written.span().start;
        let WrittenRule { benchmark, metric, commit, factor, level, reason, expires } = written.into_inner();
        let limit = limit(factor, level, metric).map_err(|(place, reason)| refused(place.unwrap_or(start), reason))?;
        Ok(Rule { line: line_of(text, start), benchmark, metric, commit, limit, reason, expires })
    };
    let waiver = |written: Spanned<Waiver>| {
        let line = line_of(text, written.span().start);
        Waiver { line, ..written.into_inner() }
    };
    Ok(Rules {
        changes: accepted.into_iter().map(change).collect::<Result<_, _>>()?,
        inconclusive: inconclusive.into_iter().map(waiver).collect(),
        missing: missing.into_iter().map(waiver).collect(),
    })
}

impl Rule {
    /// A level without a metric is that of a series without one: others of the benchmark have other levels.
    pub fn covers(&self, benchmark: &str, metric: Option<Metric>) -> bool {
        let is_of_any = self.metric.is_none() && matches!(self.limit, Limit::Factor(_));
        (is_of_any || self.metric == metric) && self.benchmark.covers(benchmark)
    }

    pub fn is_at(&self, commit: &str) -> bool {
        let is_beginning = self.commit.len() >= COMMIT_DIGITS_MIN && is_hexadecimal(&self.commit);
        commit == self.commit || is_beginning && commit.starts_with(&self.commit)
    }
}

impl Pattern {
    fn new(text: &str) -> Result<Self, globset::Error> {
        Glob::new(text).map(|glob| Self(glob.compile_matcher()))
    }

    pub fn covers(&self, benchmark: &str) -> bool {
        self.0.is_match(benchmark)
    }

    /// What to write in place of a name that ends in its metric or its unit in brackets, where no series is called so: the name of
    /// one of `measured`, and its metric where the name does not say it.
    pub fn renamed(&self, measured: &[Measured]) -> Option<(String, Option<Metric>)> {
        let (name, end) = self.0.glob().glob().strip_suffix(')')?.rsplit_once(" (")?;
        let (whole, named) = (format!("{name} {end}"), Metric::from_name(end));
        let [of_whole, of_name] = [&whole, name].map(|text| Self::new(text).ok());
        let covers = |pattern: &Option<Self>, benchmark: &str| pattern.as_ref().is_some_and(|it| it.covers(benchmark));
        if measured.iter().any(|(benchmark, ..)| covers(&of_whole, benchmark)) {
            return Some((whole, None));
        }
        let called = |(_, metric, unit): &Measured| match metric {
            Some(_) => (*metric == named).then(|| (name.to_owned(), named)),
            None => (unit == end).then(|| (name.to_owned(), None)),
        };
        measured.iter().filter(|(benchmark, ..)| covers(&of_name, benchmark)).find_map(called)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.glob().glob())
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(&text).map_err(|refused| D::Error::custom(format!("`{text}` is not a pattern: {}", refused.kind())))
    }
}

fn metric<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Metric>, D::Error> {
    let name = String::deserialize(deserializer)?;
    let unknown = || {
        let known: Vec<&str> = Metric::ALL.iter().map(|metric| metric.name()).collect();
        D::Error::custom(format!("`{name}` is not a metric; expected one of {}", known.join(", ")))
    };
    Metric::from_name(&name).ok_or_else(unknown).map(Some)
}

fn commit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let commit = String::deserialize(deserializer)?;
    if commit.is_empty() {
        Err(D::Error::custom("the commit is empty; write what `parcost trend` prints"))
    } else {
        Ok(commit)
    }
}

fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn factor<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let factor = f64::deserialize(deserializer)?;
    if factor > 1.0 && factor.is_finite() {
        return Ok(Some(factor));
    }
    Err(D::Error::custom(format!(
        "the factor {factor} accepts nothing: it is how many times worse the new level may be, and above 1"
    )))
}

fn reason<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let reason = String::deserialize(deserializer)?.trim().to_owned();
    if reason.is_empty() { Err(D::Error::custom("the reason is empty; say why it is accepted")) } else { Ok(reason) }
}

fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    let day = Datetime::deserialize(deserializer)?;
    let date = if day.time.is_none() && day.offset.is_none() { day.to_string().parse().ok() } else { None };
    date.map(Some).ok_or_else(|| D::Error::custom(format!("`{day}` is not a day; write only a date, as in 2027-01-31")))
}

/// The limit of a rule; where it has none, the place in the text, if there is one, and what is wrong.
fn limit(
    factor: Option<f64>,
    level: Option<Spanned<String>>,
    metric: Option<Metric>,
) -> Result<Limit, (Option<usize>, String)> {
    match (factor, level) {
        (Some(factor), None) => Ok(Limit::Factor(factor)),
        (None, Some(level)) => {
            let quantity = quantity(level.get_ref(), metric);
            quantity.map_err(|reason| (Some(level.span().start), reason))
        }
        _ => Err((None, "give one of `factor` (as in 1.12) and `level` (as in \"13.2 µs\")".to_owned())),
    }
}

/// A number with a unit, in the metric's own unit; without a metric, in the base unit.
fn quantity(text: &str, metric: Option<Metric>) -> Result<Limit, String> {
    let text = text.trim();
    let number_of = |end: usize| text.get(..end)?.replace('_', "").parse::<f64>().ok();
    let (end, number) = (0..=text.len()).rev().find_map(|end| Some((end, number_of(end)?))).unwrap_or((0, f64::NAN));
    let unit = text[end..].trim();
    let (factor, base) = in_base(unit);
    let (own, expected) = metric.map_or((1.0, base.clone()), |metric| in_base(metric.unit()));
    let level = in_unit(number * factor, &base, &expected).map(|level| level / own);
    match level.filter(|level| *level > 0.0 && level.is_finite() && (metric.is_some() || is_unit(unit))) {
        Some(level) => Ok(Limit::Level(level, metric.map_or(base, |metric| metric.unit().to_owned()))),
        None => {
            let (head, per) = expected.split_at(expected.find('/').unwrap_or(expected.len()));
            let units = UNITS.iter().filter(|(_, _, base)| *base == head).map(|(name, ..)| format!("{name}{per}"));
            let units: Vec<String> = units.chain((head != "ns").then(|| expected.clone())).collect();
            let of_any = || UNITS.iter().map(|(name, ..)| *name).collect::<Vec<_>>().join(", ");
            let (what, units) = match metric {
                Some(metric) => (format!(" of {metric}"), format!("one of {}", units.join(", "))),
                None => {
                    let counted = "or what its tool counts, as in \"770 ops/s\"";
                    (String::new(), format!("the unit of the series: {}, {counted}", of_any()))
                }
            };
            Err(format!("`{text}` is not a level{what}; write a number above zero and {units}"))
        }
    }
}

/// A level in the unit of a series; none where its unit does not fit. Of counts and rates the page prints only thousands and
/// what they are per: `782/s`, `1.20 M/s`, `3.00`.
pub(super) fn in_unit(level: f64, written: &str, unit: &str) -> Option<f64> {
    let parted = |unit: &str| {
        let (head, per) = unit.split_at(unit.find('/').unwrap_or(unit.len()));
        (head.to_owned(), per.to_owned())
    };
    let ((head, per), (counted, of)) = (parted(written), parted(unit));
    let is_size = UNITS.iter().any(|(name, _, base)| [*name, *base].contains(&counted.as_str()));
    match head.as_str() {
        _ if written == unit => Some(level),
        _ if is_size || per != of => None,
        "" => Some(level),
        "k" => Some(level * 1e3),
        "M" => Some(level * 1e6),
        "G" => Some(level * 1e9),
        _ => None,
    }
}

/// Whether it may be the unit of a series: none, or a word, and not another spelling of one that is known.
fn is_unit(unit: &str) -> bool {
    let head = unit.split('/').next().unwrap_or_default();
    let is_word =
        !unit.contains(char::is_numeric) && unit.chars().next().is_none_or(|c| c.is_alphabetic() || "%/".contains(c));
    is_word && UNITS.iter().all(|(name, ..)| *name == head || !name.eq_ignore_ascii_case(head))
}

/// The factor to the base unit, and that unit, which one that is not known is itself.
fn in_base(unit: &str) -> (f64, String) {
    let (head, per) = unit.split_at(unit.find('/').unwrap_or(unit.len()));
    let known = UNITS.iter().find(|(name, ..)| *name == head);
    known.map_or((1.0, unit.to_owned()), |(_, factor, base)| (*factor, format!("{base}{per}")))
}

/// The line of a place in a text, counted from 1.
fn line_of(text: &str, place: usize) -> usize {
    1 + text.bytes().take(place).filter(|byte| *byte == b'\n').count()
}
