//! `parcost compare`: two runs, or two sets of them.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use regex::Regex;

use super::arguments::{FailOn, Format, Results, Told};
use super::lookup::Lookup;
use super::side::{self, Loaded};
use super::{Exit, print, results};
use crate::judge::compare::{self, Comparison, Refusal, Series, Verdict};
use crate::judge::is_foreign;
use crate::model::{Metric, Run};
use crate::report::{CompareRows, ShapeRows, Sides, compare_page, shape_page};

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
one reading fits. Unlike machines are never judged: their ratios are shown side by side.
Exit codes: 0 compared · 1 slower, and not by the machine, with --fail-on · 2 usage ·
3 something was refused · 4 nothing to compare or, with --fail-on, nothing judged,
something missing, slower by the machine alone, or same code";

#[derive(Args, Debug)]
#[command(after_help = SYNTAX)]
pub(super) struct Compare {
    /// What is compared with
    #[arg(value_name = "A")]
    baseline: String,
    /// What is judged
    #[arg(value_name = "B")]
    candidate: String,
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
    /// Exit with 1 when something got slower, and with 4 when nothing could be judged or something is missing
    #[arg(long, value_enum, value_name = "WHAT")]
    fail_on: Option<FailOn>,
    #[command(flatten)]
    results: Results,
    #[command(flatten)]
    told: Told,
}

/// Compares the two sides and tells what changed.
pub(super) fn compare(arguments: &Compare) -> Result<Exit> {
    let folders = results::folders(arguments.results.folder.as_deref())?;
    let lookup = Lookup::new(folders, arguments.criterion.clone(), arguments.machine.clone());
    let mut baseline = lookup.side(&arguments.baseline)?;
    let mut candidate = lookup.side(&arguments.candidate)?;
    side::agree(&mut baseline, &mut candidate)?;
    let sides = Sides {
        baseline: baseline.told(),
        candidate: candidate.told(),
        remarks: [lookup.strays(), baseline.remarks.clone(), candidate.remarks.clone()].concat(),
    };
    let keep = |series: &Series| arguments.keeps(&series.topic, &series.benchmark, series.metric);
    match compare::compare(&baseline.side(), &candidate.side(), &keep) {
        Ok(comparison) => told(arguments, &sides, &comparison),
        Err(Refusal::OtherMachine { .. }) => unlike(arguments, &sides, &baseline, &candidate),
        Err(refusal) => {
            sides.remarks.iter().for_each(|remark| print::note(&format!("{}: {}", remark.subject, remark.text)));
            print::error(&refusal.to_string());
            Ok(if refusal.is_missing() { Exit::Inconclusive } else { Exit::CouldNot })
        }
    }
}

fn told(arguments: &Compare, sides: &Sides, comparison: &Comparison) -> Result<Exit> {
    match arguments.told.format {
        Format::Json => print::json(&CompareRows { sides, comparison })?,
        format => print::page(&compare_page(sides, comparison), format)?,
    }
    let worse = comparison.regressions().next().is_some();
    if arguments.fail_on == Some(FailOn::Worse) && worse {
        return Ok(Exit::Regression);
    }
    let refused = comparison.with(Verdict::Refused).count() + sides.remarks.iter().filter(|it| it.refused).count();
    if refused > 0 {
        print::error(&format!("{refused} of what was to be compared had to be refused, listed above with what to do"));
        return Ok(Exit::CouldNot);
    }
    let unanswered = match arguments.fail_on {
        None => None,
        Some(FailOn::Worse) => unanswered(comparison),
    };
    if let Some(reason) = unanswered {
        print::error(&reason);
        return Ok(Exit::Inconclusive);
    }
    Ok(Exit::Done)
}

/// Why the question whether something got slower has no answer, if it has none.
fn unanswered(comparison: &Comparison) -> Option<String> {
    // Nobody asks of the candidate that the same interpreters are there.
    let missing = || comparison.missing.iter().filter(|lone| !is_foreign(&lone.topic));
    if comparison.same_code.is_some() {
        Some("both sides are the same code: there is no change to be judged".to_owned())
    } else if let Some(why) = comparison.shared_code.clone().or_else(|| comparison.machine_alone()) {
        Some(why)
    } else if comparison.decided() == 0 {
        Some("not one row could be judged; the page says why".to_owned())
    } else if let Some(first) = missing().next() {
        let others = missing().count();
        let (benchmark, metric) = (&first.benchmark, first.metric);
        Some(format!(
            "the candidate lacks {others} of the baseline's rows, the first of them {benchmark} {metric}; measure them, or \
             leave them out with --filter, --metric or --topic"
        ))
    } else {
        None
    }
}

/// Shows what two machines cost within themselves; never a verdict.
fn unlike(arguments: &Compare, sides: &Sides, baseline: &Loaded, candidate: &Loaded) -> Result<Exit> {
    let chosen = |loaded: &Loaded| -> Result<Run> {
        let Some(mut run) = loaded.newest().cloned() else { bail!("`{}` names no run", loaded.name) };
        if let Some(other) = loaded.runs.iter().find(|(_, other)| other.machine.key != run.machine.key) {
            bail!(
                "`{}` holds runs of several machines ({} and {}); name the runs of one",
                loaded.name,
                run.machine.key,
                other.1.machine.key
            );
        }
        run.measurements.retain(|it| arguments.keeps(&it.topic, &it.benchmark.to_string(), it.metric));
        Ok(run)
    };
    let (ours, theirs) = (chosen(baseline)?, chosen(candidate)?);
    let sides = Sides { baseline: side::run_text(&ours), candidate: side::run_text(&theirs), ..sides.clone() };
    let shapes = compare::shapes(&ours, &theirs);
    let machines = [ours.machine.key.as_str(), theirs.machine.key.as_str()];
    match arguments.told.format {
        Format::Json => print::json(&ShapeRows { sides: &sides, machines, shapes: &shapes })?,
        format => print::page(&shape_page(&sides, machines, &shapes), format)?,
    }
    match arguments.fail_on {
        None => Ok(Exit::Done),
        Some(FailOn::Worse) => {
            print::error("the sides are of different machines, which are never judged against each other");
            Ok(Exit::Inconclusive)
        }
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

fn metric(name: &str) -> Result<Metric, String> {
    let names = || Metric::ALL.map(Metric::name).join(", ");
    Metric::from_name(name).ok_or_else(|| format!("there is no metric `{name}`; there are {}", names()))
}
