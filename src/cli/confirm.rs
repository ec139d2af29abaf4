//! `parcost trend --confirm`: the gate between the two commits that a finding points at.

use std::time::Duration;

use anyhow::{Context, Result};
use regex::Regex;

use super::exit::Exit;
use super::gate::{self, Gate};
use super::output::{self, Format, note};
use crate::trend::{Confirmation, FindingKind};

/// What the gates say of the regressions among the findings: the first of a regression, something that could not be told,
/// and that the code is not to blame for any.
///
/// A finding is of the code where the gate finds a regression, too; where it finds none the machine or its surroundings
/// moved the history. One that cannot be built or measured any more is left as it is, and said.
pub(super) fn confirmed(findings: &[Confirmation], budget: Duration, format: Format) -> Result<Exit> {
    let mut worst = Exit::Success;
    for finding in findings.iter().filter(|finding| finding.kind == FindingKind::Regression) {
        let names: Vec<String> = finding.benchmarks.iter().map(|id| regex::escape(&id.to_string())).collect();
        let only = Regex::new(&format!("^({})$", names.join("|"))).context("too many benchmarks to filter by")?;
        let short = |commit: &str| commit.chars().take(12).collect::<String>();
        note(&format!(
            "confirming {} to {} in {} benchmarks",
            short(&finding.before),
            short(&finding.at),
            finding.benchmarks.len()
        ));
        let told =
            gate::run(&Gate::between(&finding.before, &finding.at, only, budget, format)).unwrap_or_else(|error| {
                output::error(&format!("cannot confirm: {error:#}"));
                Exit::Inconclusive
            });
        worst = match (worst, told) {
            (Exit::Regression, _) | (_, Exit::Regression) => Exit::Regression,
            (Exit::Success, told) => told,
            (worst, _) => worst,
        };
    }
    Ok(worst)
}
