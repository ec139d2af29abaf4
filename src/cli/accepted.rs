//! The file in which a project lists the regressions it accepts.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result, anyhow, ensure};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::output;
use super::results;
use crate::git::{self, Repository};
use crate::verdict::{self, COMMIT_DIGITS_MIN, Rules};

pub(super) const ACCEPTED: &str = ".github/perf-accepted.toml";

/// The file and its rules; no rules if the default file does not exist.
pub(super) fn rules(named: Option<&Path>) -> Result<(PathBuf, Rules)> {
    let path = named.map_or_else(|| PathBuf::from(ACCEPTED), Path::to_owned);
    if named.is_none() && !path.exists() {
        return Ok((path, Rules::default()));
    }
    let text = std::fs::read_to_string(&path).with_context(|| {
        format!("cannot read {}; name the file of accepted changes with --accepted", path.display())
    })?;
    let rules = verdict::rules(&text).map_err(|refusal| {
        let (line, reason) = (refusal.line, refusal.reason);
        anyhow!("{}:{line}: {reason}; nothing is accepted until this is fixed", path.display())
    })?;
    Ok((path, rules))
}

/// The rules for a gate, which knows two revisions and no history: a rule of another change may stand there, one that has
/// expired may not.
pub(super) fn standing(named: Option<&Path>) -> Result<Rules> {
    let (path, rules) = rules(named)?;
    let today = today();
    let changes =
        rules.changes.iter().map(|rule| (rule.line, rule.expires, format!("`{}` at {}", rule.benchmark, rule.commit)));
    let waivers = rules.inconclusive.iter().chain(&rules.missing);
    let waivers = waivers.map(|rule| (rule.line, rule.expires, format!("`{}`", rule.benchmark)));
    for (line, expires, name) in changes.chain(waivers) {
        ensure!(
            expires.is_none_or(|day| day >= today),
            "{}:{line}: the rule for {name} has expired; remove it, or review it again and set a later day",
            path.display(),
        );
    }
    Ok(rules)
}

/// Names the rules whose commit neither git here knows nor the gate: a mistyped one accepts nothing. A clone that lacks commits
/// cannot say.
pub(super) fn note_unknown_commits(named: Option<&Path>, rules: &Rules, commits: &[String]) -> Result<()> {
    let here = results::here()?;
    if Repository::around(&here).map_or(true, |repository| repository.is_shallow()) {
        return Ok(());
    }
    let path = named.unwrap_or(Path::new(ACCEPTED)).display();
    // What else may stand there another tool's file has, and no gate.
    let is_id = |text: &str| text.len() >= COMMIT_DIGITS_MIN && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    for rule in rules.changes.iter().filter(|rule| is_id(&rule.commit)) {
        let is_known = commits.iter().any(|commit| rule.is_at(commit));
        if !is_known && git::resolve(&here, &rule.commit).is_none_or(|id| !rule.is_at(&id)) {
            output::note(&format!(
                "warning: {path}:{}: git here knows no commit `{}`, so the rule for `{}` accepts nothing; write a commit of the \
                 change, or remove the rule",
                rule.line, rule.commit, rule.benchmark
            ));
        }
    }
    Ok(())
}

pub(super) fn today() -> Date {
    // A clock beyond the year 9999 is a wrong one: then nothing has expired.
    Timestamp::try_from(SystemTime::now()).unwrap_or_default().to_zoned(TimeZone::UTC).date()
}
