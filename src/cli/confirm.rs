//! `parcost trend --confirm`: the gate between the two commits that a finding points at.

use std::time::Duration;

use anyhow::{Context, Result};
use regex::Regex;

use super::exit::Exit;
use super::gate::{self, Gate};
use super::output::{self, Format, note};
use crate::report::plural;
use crate::trend::Finding;

/// What the gates say of regressions: a regression if any is confirmed, else inconclusive if any gate is.
///
/// A finding is the code's where the gate finds a regression, too; where it finds none the machine or its environment
/// changed. One that cannot be built or measured any more is reported and left as it is.
pub(super) fn confirmed(findings: &[&Finding], budget: Duration, format: Format) -> Result<Exit> {
    let mut worst = Exit::Success;
    for finding in findings {
        let benchmarks = finding.benchmarks();
        let names: Vec<String> = benchmarks.iter().map(|id| regex::escape(&id.to_string())).collect();
        let only = Regex::new(&format!("^({})$", names.join("|"))).context("too many benchmarks to filter by")?;
        let short = |commit: &str| commit.chars().take(12).collect::<String>();
        note(&format!(
            "confirming {} to {} in {}",
            short(&finding.from),
            short(&finding.to),
            plural(benchmarks.len(), "benchmark")
        ));
        let gate = Gate::between(&finding.from, &finding.to, only, budget, format);
        let exit = gate.and_then(|gate| gate::run(&gate)).unwrap_or_else(|error| {
            output::error(&format!("cannot confirm: {}", output::causes(&error)));
            Exit::Inconclusive
        });
        worst = match (worst, exit) {
            (Exit::Regression, _) | (_, Exit::Regression) => Exit::Regression,
            (Exit::Success, exit) => exit,
            (worst, _) => worst,
        };
    }
    Ok(worst)
}
