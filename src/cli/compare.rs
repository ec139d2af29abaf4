//! `parcost compare`: two runs, or two sets of them; or machines.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use regex::Regex;

use super::compare_machines::{Asked, By, compare_machines};
use super::exit::{Exit, FailOn};
use super::inputs::{self, Loaded};
use super::output::{self, OutputArgs};
use super::results::{self, StoreArgs};
use super::select::{Selector, metric};
use crate::compare::{self, CompareError, Comparison, Series};
use crate::model::Metric;
use crate::report::{CompareData, Remark, Sides, compare_page};
use crate::verdict::{Outcome, Verdict};

/// How a side is named.
const SYNTAX: &str = "\
A side is one of these, or several joined by commas:
  last, previous         the run that started last, and the one before it on its machine
  run:ID                 a run by the beginning of its id or of its file's name
  commit:REVISION        all runs of a commit: the beginning of its id, HEAD~1, a tag
  branch:NAME            all runs of a branch
  machine=KEY            all runs of a machine
  PATH                   a stored run, or a folder of them
  criterion:DIR@NAME     a baseline of any package's Criterion benchmarks; without DIR that
                         of --criterion, without NAME `new`
  iai:DIR, iai:DIR@old   the newest counts of iai-callgrind or gungraun, and those before
The beginnings run:, commit:, branch:, machine= and criterion:@ may be left out where only
one reading fits; of a machine's key enough of its beginning is enough. Between unlike machines
nothing is judged: answers that differ come first, then ratios inside each of them.
Exit codes: 0 compared · 1 regressed, and not by the machine, with --fail-on · 2 usage ·
3 something is invalid · 4 nothing to compare or, with --fail-on, nothing decided,
something missing, worse by the machine alone, or identical binaries";

/// Compare two runs, or two sets of them: what changed, and how sure that is; or set machines side by side
#[derive(Args, Debug)]
#[command(after_help = SYNTAX)]
pub(super) struct Compare {
    /// What is compared with
    #[arg(value_name = "A")]
    baseline: String,
    /// What is judged
    #[arg(value_name = "B")]
    candidate: String,
    /// More machines beside the first two, each by its key, a run or a folder of its runs
    #[arg(value_name = "MACHINE")]
    more: Vec<String>,
    /// Of unlike machines, print costs as multiples of what the same machine takes for this
    #[arg(long, alias = "normalise", value_enum, value_name = "WHAT")]
    normalize_by: Option<By>,
    /// Criterion's folder, for baselines of any package; bare names are then baselines [default: criterion in the target
    /// folder]
    #[arg(long, value_name = "DIR")]
    criterion: Option<PathBuf>,
    /// Look at runs of this machine only
    #[arg(long, value_name = "KEY")]
    machine: Option<String>,
    /// Compare the benchmarks whose name matches this regular expression
    #[arg(long, value_name = "REGEX")]
    filter: Option<Regex>,
    /// Compare this metric only, for example wall_time
    #[arg(long, value_name = "NAME", value_parser = metric)]
    metric: Option<Metric>,
    /// Compare this topic only; of another harness, this group
    #[arg(long, value_name = "TOPIC")]
    topic: Option<String>,
    /// Exit with 1 when something regressed, and with 4 when nothing is decided or something is missing
    #[arg(long, value_enum, value_name = "WHAT")]
    fail_on: Option<FailOn>,
    #[command(flatten)]
    results: StoreArgs,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(arguments: &Compare) -> Result<Exit> {
    let folders = results::folders(arguments.results.folder.as_deref())?;
    let lookup = Selector::new(folders.clone(), arguments.criterion.clone(), arguments.machine.clone());
    if !arguments.more.is_empty() {
        let names = [&arguments.baseline, &arguments.candidate].into_iter().chain(&arguments.more);
        let sides = names.map(|name| lookup.side(name)).collect::<Result<Vec<_>>>()?;
        return unlike(arguments, &sides.iter().collect::<Vec<_>>(), lookup.strays(), &folders);
    }
    let mut baseline = lookup.side(&arguments.baseline)?;
    let mut candidate = lookup.side(&arguments.candidate)?;
    inputs::restrict_to_common_machine(&mut baseline, &mut candidate)?;
    let sides = Sides {
        baseline: baseline.told(),
        candidate: candidate.told(),
        remarks: [lookup.strays(), baseline.remarks.clone(), candidate.remarks.clone()].concat(),
    };
    let keep = |series: &Series| arguments.keeps(&series.topic, &series.benchmark, series.metric);
    match compare::compare(&baseline.side(), &candidate.side(), &keep) {
        Ok(_) if arguments.normalize_by.is_some() => {
            bail!("--normalize-by is for unlike machines, and both sides are of one")
        }
        Ok(comparison) => finish(arguments, &sides, &comparison),
        Err(CompareError::OtherMachine { .. }) => {
            unlike(arguments, &[&baseline, &candidate], lookup.strays(), &folders)
        }
        Err(error) => {
            sides.remarks.iter().for_each(|remark| output::note(&format!("{}: {}", remark.subject, remark.text)));
            output::error(&error.to_string());
            Ok(if error.is_missing() { Exit::Inconclusive } else { Exit::Failure })
        }
    }
}

fn finish(arguments: &Compare, sides: &Sides, comparison: &Comparison) -> Result<Exit> {
    output::print(&CompareData { sides, comparison }, arguments.output.format, compare_page)?;
    let asked = arguments.fail_on == Some(FailOn::Worse);
    if asked && comparison.outcome == Outcome::Fail {
        return Ok(Exit::Regression);
    }
    let invalid = comparison.with(Verdict::Invalid).count() + sides.remarks.iter().filter(|it| it.invalid).count();
    if invalid > 0 {
        output::error(&format!("{invalid} of the compared data are invalid, listed above with what to do"));
        return Ok(Exit::Failure);
    }
    if let Some(reason) = comparison.reason.as_ref().filter(|_| asked) {
        output::error(&reason.to_string());
        return Ok(Exit::Inconclusive);
    }
    Ok(Exit::Success)
}

/// Sets machines side by side, without a verdict.
fn unlike(arguments: &Compare, sides: &[&Loaded], strays: Vec<Remark>, folders: &[PathBuf]) -> Result<Exit> {
    let asked = Asked {
        metric: arguments.metric,
        normalise: arguments.normalize_by,
        format: arguments.output.format,
        keeps: &|it| arguments.keeps(&it.topic, &it.benchmark.to_string(), it.metric),
    };
    let exit = compare_machines(sides, strays, folders, &asked)?;
    match arguments.fail_on {
        Some(FailOn::Worse) if exit == Exit::Success => {
            output::error("the sides are of different machines, between which nothing is judged");
            Ok(Exit::Inconclusive)
        }
        _ => Ok(exit),
    }
}

impl Compare {
    /// Whether a series is among what was asked for.
    fn keeps(&self, topic: &str, benchmark: &str, metric: Metric) -> bool {
        self.topic.as_ref().is_none_or(|wanted| wanted == topic)
            && self.metric.is_none_or(|wanted| wanted == metric)
            && self.filter.as_ref().is_none_or(|filter| filter.is_match(benchmark))
    }
}
