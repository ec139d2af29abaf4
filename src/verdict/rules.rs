//! The reviewed file of what a project accepts, changes for the worse and benchmarks without an answer, read strictly: a rule with a mistake would
//! accept nothing, or too much, unnoticed.

use globset::{Glob, GlobMatcher};
use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use crate::model::Metric;

/// Digits of a commit's id that a rule gives at least: fewer may fit a commit that nobody thought of.
const COMMIT_DIGITS_MIN: usize = 7;

/// What a project accepts.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    pub changes: Vec<Rule>,
    /// Benchmarks that may stay without an answer.
    pub inconclusive: Vec<Waiver>,
    /// Benchmarks that the candidate may lack, or fail to run.
    pub missing: Vec<Waiver>,
}

/// Benchmarks of which less is asked than of others, and why.
#[derive(Clone, Debug)]
pub struct Waiver {
    /// The line of the file on which it begins, counted from 1.
    pub line: usize,
    /// Which benchmarks; `*` stands for any characters, `/` among them.
    pub benchmark: String,
    pub reason: String,
    /// The last day on which it holds; none for ever.
    pub expires: Option<Date>,
    glob: GlobMatcher,
}

impl Waiver {
    pub fn covers(&self, benchmark: &str) -> bool {
        self.glob.is_match(benchmark)
    }
}

#[derive(Clone, Debug)]
pub struct Rule {
    /// The line of the file on which it begins, counted from 1.
    pub line: usize,
    /// Which benchmarks; `*` stands for any characters, `/` among them.
    pub benchmark: String,
    /// In which metric; none for every one.
    pub metric: Option<Metric>,
    /// The beginning of the id of the commit whose level is accepted.
    pub commit: String,
    pub limit: Limit,
    pub reason: String,
    /// The last day on which it holds; none for ever.
    pub expires: Option<Date>,
    pub(crate) glob: GlobMatcher,
}

/// How bad an accepted change may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// New level ÷ old level.
    Factor(f64),
    /// The new level, in the metric's unit.
    Level(f64),
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct RulesError {
    /// The line, counted from 1.
    pub line: usize,
    pub reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    accepted: Vec<Spanned<WrittenRule>>,
    #[serde(default)]
    inconclusive: Vec<Spanned<WrittenWaiver>>,
    #[serde(default)]
    missing: Vec<Spanned<WrittenWaiver>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenWaiver {
    benchmark: Spanned<String>,
    reason: Spanned<String>,
    expires: Option<Spanned<Datetime>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRule {
    benchmark: Spanned<String>,
    metric: Option<Spanned<String>>,
    commit: Spanned<String>,
    factor: Option<Spanned<f64>>,
    level: Option<Spanned<String>>,
    reason: Spanned<String>,
    expires: Option<Spanned<Datetime>>,
}

/// Reads the rules of a file: a list of `[[accepted]]` with `benchmark`, `commit`, `reason`, one of `factor` and `level`,
/// and as one likes `metric` and `expires`; and lists of `[[inconclusive]]` and `[[missing]]` with `benchmark`, `reason` and,
/// as one likes, `expires`.
///
/// # Errors
///
/// With the line, for whatever is not a rule: nothing is skipped.
pub fn rules(text: &str) -> Result<Rules, RulesError> {
    let written: Written = toml::from_str(text).map_err(|error| RulesError {
        line: line_of(text, error.span().map_or(0, |span| span.start)),
        reason: error.message().to_owned(),
    })?;
    let waivers = |written: &[Spanned<WrittenWaiver>]| -> Result<Vec<Waiver>, RulesError> {
        written.iter().map(|rule| waiver(text, rule)).collect()
    };
    Ok(Rules {
        changes: written.accepted.iter().map(|rule| read(text, rule)).collect::<Result<_, _>>()?,
        inconclusive: waivers(&written.inconclusive)?,
        missing: waivers(&written.missing)?,
    })
}

fn waiver(text: &str, written: &Spanned<WrittenWaiver>) -> Result<Waiver, RulesError> {
    let rule = written.get_ref();
    Ok(Waiver {
        line: line_of(text, written.span().start),
        benchmark: rule.benchmark.get_ref().clone(),
        reason: reason(text, &rule.reason)?,
        expires: expires(text, rule.expires.as_ref())?,
        glob: glob(text, &rule.benchmark)?,
    })
}

fn error(text: &str, start: usize, reason: String) -> RulesError {
    RulesError { line: line_of(text, start), reason }
}

fn glob(text: &str, pattern: &Spanned<String>) -> Result<GlobMatcher, RulesError> {
    let of = |glob: Glob| glob.compile_matcher();
    Glob::new(pattern.get_ref()).map(of).map_err(|refused| {
        error(text, pattern.span().start, format!("`{}` is not a pattern: {}", pattern.get_ref(), refused.kind()))
    })
}

fn reason(text: &str, reason: &Spanned<String>) -> Result<String, RulesError> {
    match reason.get_ref().trim() {
        "" => Err(error(text, reason.span().start, "the reason is empty; say why it is accepted".to_owned())),
        reason => Ok(reason.to_owned()),
    }
}

fn expires(text: &str, day: Option<&Spanned<Datetime>>) -> Result<Option<Date>, RulesError> {
    let Some(day) = day else { return Ok(None) };
    date(day.get_ref()).map(Some).ok_or_else(|| {
        let reason = format!("`{}` is not a day; write only a date, as in 2027-01-31", day.get_ref());
        error(text, day.span().start, reason)
    })
}

fn read(text: &str, written: &Spanned<WrittenRule>) -> Result<Rule, RulesError> {
    let line = line_of(text, written.span().start);
    let rule = written.get_ref();
    let at = |start: usize, reason: String| error(text, start, reason);
    let metric = match &rule.metric {
        None => None,
        Some(name) => Some(Metric::from_name(name.get_ref()).ok_or_else(|| {
            let known: Vec<&str> = Metric::ALL.iter().map(|metric| metric.name()).collect();
            let reason = format!("`{}` is not a metric; expected one of {}", name.get_ref(), known.join(", "));
            at(name.span().start, reason)
        })?),
    };
    let commit = rule.commit.get_ref();
    let hexadecimal = commit.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if commit.len() < COMMIT_DIGITS_MIN || !hexadecimal {
        let reason = format!(
            "`{commit}` is not the beginning of a commit's id; write {COMMIT_DIGITS_MIN} or more lower-case \
             hexadecimal digits"
        );
        return Err(at(rule.commit.span().start, reason));
    }
    Ok(Rule {
        line,
        benchmark: rule.benchmark.get_ref().clone(),
        metric,
        commit: commit.clone(),
        limit: limit(rule, metric).map_err(|(start, reason)| at(start.unwrap_or(written.span().start), reason))?,
        reason: reason(text, &rule.reason)?,
        expires: expires(text, rule.expires.as_ref())?,
        glob: glob(text, &rule.benchmark)?,
    })
}

/// The limit of a rule; where it has none, the place in the text, if there is one, and what is wrong.
fn limit(rule: &WrittenRule, metric: Option<Metric>) -> Result<Limit, (Option<usize>, String)> {
    match (&rule.factor, &rule.level, metric) {
        (Some(factor), None, _) if *factor.get_ref() > 1.0 && factor.get_ref().is_finite() => {
            Ok(Limit::Factor(*factor.get_ref()))
        }
        (Some(factor), None, _) => {
            let reason = format!(
                "the factor {} accepts nothing: it is new level ÷ old level of a change for the worse, and above 1",
                factor.get_ref()
            );
            Err((Some(factor.span().start), reason))
        }
        (None, Some(level), Some(metric)) => {
            quantity(level.get_ref(), metric).map(Limit::Level).map_err(|reason| (Some(level.span().start), reason))
        }
        (None, Some(level), None) => {
            let reason = "a level needs its `metric`; other metrics of the benchmark have other levels".to_owned();
            Err((Some(level.span().start), reason))
        }
        (None, None, _) | (Some(_), Some(_), _) => {
            Err((None, "give one of `factor` (as in 1.12) and `level` (as in \"13.2 µs\")".to_owned()))
        }
    }
}

/// A number with a unit, in the metric's own unit.
fn quantity(text: &str, metric: Metric) -> Result<f64, String> {
    let text = text.trim();
    let split = text.find(|c: char| !matches!(c, '0'..='9' | '.' | '_')).unwrap_or(text.len());
    let (number, unit) = (text[..split].replace('_', ""), text[split..].trim());
    let (base, per) =
        metric.unit().split_once('/').map_or((metric.unit(), ""), |(base, _)| (base, &metric.unit()[base.len()..]));
    let steps: &[(&str, f64)] = match base {
        "ns" => &[("ns", 1.0), ("µs", 1e3), ("us", 1e3), ("ms", 1e6), ("s", 1e9)],
        "KiB" => &[("KiB", 1.0), ("MiB", 1024.0), ("GiB", 1024.0 * 1024.0)],
        _ => &[(base, 1.0)],
    };
    let factor = steps.iter().find(|(name, _)| unit.strip_suffix(per) == Some(*name)).map(|(_, factor)| factor);
    match (number.parse::<f64>(), factor) {
        (Ok(number), Some(factor)) if number > 0.0 && (number * factor).is_finite() => Ok(number * factor),
        _ => {
            let units: Vec<String> = steps.iter().map(|(name, _)| format!("{name}{per}")).collect();
            Err(format!(
                "`{text}` is not a level of {metric}; write a number above zero and one of {}",
                units.join(", ")
            ))
        }
    }
}

fn date(day: &Datetime) -> Option<Date> {
    match (day.date, day.time, day.offset) {
        (Some(_), None, None) => day.to_string().parse().ok(),
        _ => None,
    }
}

/// The line of a place in a text, counted from 1.
fn line_of(text: &str, place: usize) -> usize {
    1 + text.bytes().take(place).filter(|byte| *byte == b'\n').count()
}
