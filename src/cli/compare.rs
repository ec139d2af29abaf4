//! `parcost compare`: two runs, or two sets of them; or machines.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};
use clap::{Args, ValueEnum};
use regex::Regex;

use super::exit::{Exit, FailOn};
use super::inputs::{self, Loaded};
use super::output::{self, OutputArgs};
use super::results::{self, StoreArgs};
use super::select::{self, JOINED, MachineArgs, Selector, full_runs, metric};
use crate::advise::machines::{METRICS, MachineRuns, NormalizeBy, machines, older_groups};
use crate::compare::{self, CompareError, Comparison, Series, Side};
use crate::git::Repository;
use crate::model::{Measurement, Metric, Run, some_of};
use crate::report::{
    CompareData, ComparedMachine, MachineComparisonRows, Remark, Sides, compare_page, machines_page, plural,
};
use crate::runner::is_documentation;
use crate::verdict::{Outcome, Verdict};

/// Compare two runs, or two sets of runs; or show machines side by side
#[derive(Args, Debug)]
#[command(after_help = "\
A side is one of these, or several joined by commas:
  last, previous         the run that started last, and the one before it on its machine
  run:ID                 a run, by the beginning of its id or of its file name
  commit:REVISION        all runs of a commit: the beginning of its SHA, HEAD~1, a tag
  branch:NAME            all runs of a branch
  machine=KEY            all runs of a machine, by its key or a part that no other has
  PATH                   a stored run, or a folder of them
  criterion:DIR@NAME     a baseline of any package's Criterion benchmarks; without DIR
                         (criterion:@before) in --criterion, without NAME `new`
  iai:DIR, iai:DIR@old   the newest counts of iai-callgrind or gungraun, and the ones before
The prefixes run:, commit:, branch:, machine= and criterion:@ are optional where only one \
reading is possible. Two or more different machines are never judged: the answers in which \
they differ come first, then the ratios inside each machine.

Examples:
  parcost compare previous last
  parcost compare commit:HEAD~1 commit:HEAD --fail-on worse

Exit codes: 0 success · 1 regressed, with --fail-on, and not by the machine · 2 usage · \
4 nothing to compare or, with --fail-on, inconclusive: nothing judged, a series missing or \
not comparable, an undecided row that looks worse, regressed by the machine alone, or the same \
binaries on both sides · 3 else: a side or a series is invalid")]
pub(super) struct Compare {
    /// Baseline
    #[arg(value_name = "A")]
    baseline: String,
    /// Candidate: the side that is judged
    #[arg(value_name = "B")]
    candidate: String,
    /// More machines, each by its key, a run or a folder of its runs
    #[arg(value_name = "MACHINE")]
    more: Vec<String>,
    /// Divide costs of different machines by a cost of the same machine, which removes its absolute speed
    #[arg(long, value_enum, value_name = "REFERENCE", alias = "normalise")]
    normalize_by: Option<By>,
    /// Folder of Criterion's baselines, of any package; plain names are then baselines [default: criterion in the target
    /// folder]
    #[arg(long, value_name = "DIR")]
    criterion: Option<PathBuf>,
    #[command(flatten)]
    machine: MachineArgs,
    /// Print only benchmarks whose name matches this regular expression; all are judged
    #[arg(long, value_name = "REGEX")]
    filter: Option<Regex>,
    /// Print only this metric; all are judged
    #[arg(long, value_name = "METRIC", value_parser = metric(), hide_possible_values = true)]
    metric: Option<Metric>,
    /// Print only this topic, of other harnesses this group; all are judged
    #[arg(long, value_name = "TOPIC")]
    topic: Option<String>,
    /// Exit with 1 if something regressed, with 4 if nothing could be judged, something is missing or not comparable, or an
    /// undecided row looks worse
    #[arg(long, value_enum, value_name = "WHAT")]
    fail_on: Option<FailOn>,
    /// Print everything, not only the first screen; --format json has it always
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    results: StoreArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Subjects of one remark that are named where nothing is compared.
const SUBJECTS_MAX: usize = 5;

pub(super) fn run(arguments: &Compare) -> Result<Exit> {
    let folders = results::folders(arguments.results.folder.as_deref())?;
    let lookup = Selector::new(folders.clone(), arguments.criterion.clone(), arguments.machine.machine.clone());
    if !arguments.more.is_empty() {
        let names = [&arguments.baseline, &arguments.candidate].into_iter().chain(&arguments.more);
        let sides = names.map(|name| lookup.side(name)).collect::<Result<Vec<_>>>()?;
        return unlike(arguments, &sides.iter().collect::<Vec<_>>(), lookup.strays(), &folders);
    }
    let mut baseline = lookup.side(&arguments.baseline)?;
    let mut candidate = lookup.side(&arguments.candidate)?;
    inputs::restrict_to_common_machine(&mut baseline, &mut candidate)?;
    let sides = Sides {
        baseline: baseline.description(),
        candidate: candidate.description(),
        remarks: [lookup.strays(), inputs::remarks(&baseline, &candidate)].concat(),
        revision: baseline.revision(),
    };
    let keep = |series: &Series| arguments.keeps(&series.topic, &series.benchmark, Some(series.metric));
    for side in [&mut baseline, &mut candidate] {
        side.skipped.retain(|(topic, benchmark)| arguments.keeps(topic, benchmark, None));
    }
    let same_code = is_same_code(&baseline, &candidate);
    let [ours, theirs] = select::sides(&folders, &baseline, &candidate)?;
    match compare::compare(&ours, &Side { same_code, ..theirs }, &keep) {
        Ok(_) if arguments.normalize_by.is_some() => {
            bail!("--normalize-by compares different machines, and both sides are of one")
        }
        Ok(comparison) => finish(arguments, &sides, &comparison),
        Err(CompareError::OtherMachine { .. }) => {
            unlike(arguments, &[&baseline, &candidate], lookup.strays(), &folders)
        }
        Err(error) => {
            note_all(&sides.remarks);
            output::error(&error.to_string());
            Ok(if error.is_missing() { Exit::Inconclusive } else { Exit::Failure })
        }
    }
}

/// Whether git here knows of no difference between the commits of both sides but in documentation.
fn is_same_code(baseline: &Loaded, candidate: &Loaded) -> bool {
    let changed = || {
        let git = Repository::around(Path::new(".")).ok()?;
        let [ours, theirs] = [baseline.commit()?, candidate.commit()?].map(|id| git.revision(id));
        git.changed_files(&ours.ok()?, &theirs.ok()?).ok()
    };
    changed().is_some_and(|changed| changed.iter().all(|file| is_documentation(file)))
}

/// What there is to remark, a line for each reason.
fn note_all(remarks: &[Remark]) {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for remark in remarks {
        match reasons.iter_mut().find(|(text, _)| *text == remark.text) {
            Some((_, subjects)) => subjects.push(&remark.subject),
            None => reasons.push((&remark.text, vec![&remark.subject])),
        }
    }
    for (text, subjects) in reasons {
        output::note(&format!("{}: {text}", some_of(&subjects, SUBJECTS_MAX)));
    }
}

fn finish(arguments: &Compare, sides: &Sides, comparison: &Comparison) -> Result<Exit> {
    output::print_folded(&CompareData { sides, comparison }, arguments.output.format, arguments.all, compare_page)?;
    let asked = arguments.fail_on == Some(FailOn::Worse);
    if asked && comparison.outcome == Outcome::Fail {
        return Ok(Exit::Regression);
    }
    if let Some(reason) = comparison.reason.as_ref().filter(|_| asked) {
        output::error(&reason.to_string());
        return Ok(Exit::Inconclusive);
    }
    let invalid = comparison.with(Verdict::Invalid).count() + sides.remarks.iter().filter(|it| it.invalid).count();
    if invalid > 0 {
        output::error(&format!("{invalid} of the compared data are invalid, listed above with what to do"));
        return Ok(Exit::Failure);
    }
    Ok(Exit::Success)
}

fn unlike(arguments: &Compare, sides: &[&Loaded], strays: Vec<Remark>, folders: &[PathBuf]) -> Result<Exit> {
    let exit = compare_machines(arguments, sides, strays, folders)?;
    match arguments.fail_on {
        Some(FailOn::Worse) if exit == Exit::Success => {
            output::error("the sides are of different machines, between which nothing is judged");
            Ok(Exit::Inconclusive)
        }
        _ => Ok(exit),
    }
}

impl Compare {
    fn keeps(&self, topic: &str, benchmark: &str, metric: Option<Metric>) -> bool {
        self.topic.as_ref().is_none_or(|wanted| wanted == topic)
            && (self.metric.is_none() || self.metric == metric)
            && self.filter.as_ref().is_none_or(|filter| filter.is_match(benchmark))
    }
}

/// What costs are divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum By {
    /// The reference workload that was timed between the samples
    #[value(alias = "calibrator")]
    Reference,
    /// The least that the system needs for the same work
    #[value(alias = "floor")]
    LowerBound,
}

/// Compares the machines of the sides; `folders` may hold more runs of them.
fn compare_machines(arguments: &Compare, sides: &[&Loaded], strays: Vec<Remark>, folders: &[PathBuf]) -> Result<Exit> {
    let keeps = |it: &Measurement| arguments.keeps(&it.topic, &it.benchmark.to_string(), Some(it.metric));
    let mut representatives: Vec<(Run, Vec<Run>)> = Vec::new();
    for side in sides {
        let run = representative(side)?.clone();
        if let Some((other, _)) = representatives.iter().find(|(other, _)| other.machine.key == run.machine.key) {
            bail!(
                "`{}` is another name for the machine {}; name each machine once, or two sides: {JOINED}",
                side.name,
                other.machine.key
            );
        }
        let others = full_runs(folders, &run.machine.key)?;
        representatives.push((run, others));
    }
    if !representatives.iter().any(|(run, _)| run.measurements.iter().any(keeps)) {
        output::error(
            "no measurement of the machines matches --filter, --metric and --topic; `parcost show` lists them",
        );
        return Ok(Exit::Inconclusive);
    }
    let mut seen = BTreeSet::new();
    let measured = |(run, _): &'_ (Run, Vec<Run>)| -> BTreeSet<_> {
        run.measurements.iter().filter(|it| keeps(it)).map(|it| (it.benchmark.clone(), it.metric)).collect()
    };
    if !representatives.iter().flat_map(measured).any(|key| !seen.insert(key)) {
        let names: Vec<&str> = sides.iter().map(|side| side.name.as_str()).collect();
        output::error(&format!(
            "no benchmark is in two of {}; compare runs that measured the same, or measure the missing benchmarks",
            names.join(", ")
        ));
        return Ok(Exit::Inconclusive);
    }
    let runs: Vec<MachineRuns> = representatives
        .iter()
        .zip(sides)
        .map(|((run, stored), side)| {
            let named = side.runs.iter().map(|(_, run)| run);
            let mut others: Vec<&Run> = stored.iter().chain(named).collect();
            others.sort_by(|a, b| b.started.cmp(&a.started));
            MachineRuns { run, others }
        })
        .collect();
    let metrics = arguments.metric.map_or(METRICS.to_vec(), |metric| vec![metric]);
    let normalized_by = arguments.normalize_by.map(|by| match by {
        By::Reference => NormalizeBy::Reference,
        By::LowerBound => NormalizeBy::LowerBound,
    });
    let found = machines(&runs, &metrics, normalized_by, &keeps);
    let compared: Vec<ComparedMachine> = runs.iter().map(compared).collect();
    let of_sides = sides.iter().flat_map(|side| side.remarks.iter().cloned());
    let older = runs.iter().zip(older_groups(&runs)).filter(|(_, groups)| !groups.is_empty());
    let older = older.map(|(machine, groups)| Remark {
        invalid: false,
        subject: format!("run {}", machine.run.id),
        text: format!(
            "what its {} measure changed since, so that they are not compared: {}; measure again",
            plural(groups.len(), "group"),
            groups.into_iter().map(|group| group.what).collect::<Vec<_>>().join(", ")
        ),
    });
    let remarks: Vec<Remark> = strays.into_iter().chain(of_sides).chain(older).collect();
    let data = MachineComparisonRows { compared: &compared, remarks: &remarks, machines: &found };
    output::print_folded(&data, arguments.output.format, arguments.all, |_| {
        machines_page(&compared, &found, &remarks)
    })?;
    Ok(Exit::Success)
}

fn representative(side: &Loaded) -> Result<&Run> {
    ensure!(
        side.foreign.is_empty(),
        "`{}` is of another harness, which does not record the machine; name machines, or runs of them, or two sides: {JOINED}",
        side.name
    );
    let Some(machine) = MachineRuns::of(side.runs.iter().map(|(_, run)| run)) else {
        bail!("`{}` does not name a run", side.name)
    };
    let key = &machine.run.machine.key;
    if let Some(other) = machine.others.iter().find(|other| other.machine.key != *key) {
        let other = &other.machine.key;
        bail!("`{}` has runs of several machines ({key} and {other}); name the runs of one", side.name);
    }
    Ok(machine.run)
}

fn compared(machine: &MachineRuns) -> ComparedMachine {
    ComparedMachine {
        key: machine.run.machine.key.to_string(),
        run: inputs::run_text(machine.run),
        others: machine.sessions_count() - usize::from(machine.run.is_full()),
        fitness: machine.run.fitness.clone(),
    }
}
