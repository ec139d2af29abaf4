//! `parcost trend` of the stored runs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rayon::prelude::*;
use regex::Regex;

use super::accepted;
use super::exit::{Exit, FailOn};
use super::gate::{self, Gate};
use super::number::budget;
use super::output::{self, Format, note};
use super::results::{self, StoreArgs, listed, none_stored};
use super::select::{only_machine, suggestion};
use crate::model::{Interchange, MachineKey, NO_DIRECTION, UnusableFile, short};
use crate::report::{plural, trend_page, unusable_section};
use crate::store::{Problem, Refused};
use crate::trend::{
    Finding, Histories, History, RunIndex, Selection, bare_name, history, imported_history, own_machines,
};
use crate::verdict::{self, Measured, Outcome, Rule, Rules, Stale};
use crate::{git, host, store};

#[derive(Args, Debug)]
pub(super) struct RunsArgs {
    /// Only this machine: its key, or a part that no other key has [default: this machine, or the only one stored; of files all]
    #[arg(long, value_name = "KEY")]
    pub(super) machine: Option<String>,
    /// Judge every machine, one after the other
    #[arg(long, conflicts_with = "machine")]
    all_machines: bool,
    /// Report only benchmarks whose name matches this regular expression; all are judged
    #[arg(long, value_name = "REGEX")]
    filter: Option<Regex>,
    /// Report only this metric; all are judged
    #[arg(long, value_name = "METRIC")]
    pub(super) metric: Option<String>,
    #[command(flatten)]
    pub(super) selection: SelectionArgs,
    /// Run the gate between the commits around each step that regressed, and take its verdict
    #[arg(long)]
    confirm: bool,
    /// Time for the pairs of each gate of --confirm: 90s, 10m
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = budget, requires = "confirm")]
    budget: Duration,
}

/// Which runs a history is made of, and which changes are accepted.
#[derive(Args, Debug)]
pub(super) struct SelectionArgs {
    /// Commits that lead to the tip of this branch [default: those that lead to what is checked out]
    #[arg(long, value_name = "NAME")]
    branch: Option<String>,
    /// Commits from this day (2026-01-31) or this time on
    #[arg(long, value_name = "DATE", value_parser = second)]
    since: Option<i64>,
    /// Include runs with uncommitted changes
    #[arg(long)]
    include_dirty: bool,
    /// Include quick runs
    #[arg(long)]
    include_quick: bool,
    /// Include runs of some benchmarks or topics only
    #[arg(long)]
    include_partial: bool,
    /// File of accepted changes [default: .github/perf-accepted.toml, if it exists]
    #[arg(long, value_name = "FILE")]
    accepted: Option<PathBuf>,
    /// Day on which accepted changes are checked [default: today, in UTC]
    #[arg(long, value_name = "DATE", hide = true)]
    today: Option<Date>,
}

pub(super) fn of_runs(arguments: &RunsArgs, store: &StoreArgs) -> Result<Histories> {
    let folders = results::folders(store.folder.as_deref())?;
    let is_asked = |keys: &[&MachineKey]| machines(arguments, keys, &folders);
    histories(&folders, is_asked, &arguments.selection, |_| {})
}

/// Prints the part of the histories that is asked for, and confirms it by gates if that is asked for.
pub(super) fn show(mut data: Histories, arguments: &RunsArgs, fail_on: Option<FailOn>, format: Format) -> Result<Exit> {
    let known: BTreeSet<String> = data.histories.iter().flat_map(History::metrics).collect();
    select(&mut data, arguments.filter.as_ref(), arguments.metric.as_deref());
    ensure!(
        data.histories.iter().any(|history| !history.series.is_empty())
            || (arguments.filter.is_none() && arguments.metric.is_none()),
        "{}",
        unmatched(arguments, &known)
    );
    ensure!(
        !(arguments.confirm && format == Format::Json),
        "--confirm prints several pages, which are not one JSON object; use another --format, or `parcost gate --replay FILE \
         --format json` on each stored gate"
    );
    print(&data, format)?;
    let confirmed = if arguments.confirm {
        let regressed: Vec<&Finding> = data.histories.iter().flat_map(|history| history.regressed()).collect();
        let exit = confirmed(&regressed, arguments.budget, format)?;
        (!regressed.is_empty()).then_some(exit)
    } else {
        None
    };
    Ok(if fail_on.is_some() { exit(&data, confirmed) } else { Exit::Success })
}

/// That nothing matches what was given of --filter and --metric, and what would.
fn unmatched(arguments: &RunsArgs, known: &BTreeSet<String>) -> String {
    match (&arguments.filter, &arguments.metric) {
        (filter, Some(named)) => {
            let and_filter = if filter.is_some() { "--filter and " } else { "" };
            let similar = suggestion(named, known.iter().map(String::as_str));
            format!("no series matches {and_filter}--metric{similar}; {}", of_metrics(known))
        }
        (_, None) => "no series matches --filter; without it all are reported by their names".to_owned(),
    }
}

/// Which metrics can be asked for.
pub(super) fn of_metrics(known: &BTreeSet<String>) -> String {
    match known.len() {
        0 => "there is none that names a metric; choose by name, with --filter".to_owned(),
        _ => format!("there are the metrics {}", known.iter().cloned().collect::<Vec<_>>().join(", ")),
    }
}

/// The histories of files: of each machine of parcost's own runs, else of all that is in them. Rules are checked for their
/// commits and names only where they were named.
pub(super) fn imported(
    files: &[PathBuf],
    imported: Interchange,
    machine: Option<&str>,
    arguments: &SelectionArgs,
) -> Result<Histories> {
    let source = match files {
        [first, more @ ..] if !more.is_empty() => format!("{} and {} more", first.display(), more.len()),
        files => files.iter().map(|file| file.display().to_string()).collect(),
    };
    let machines = imported.machines();
    let (machine, imported) = match machine {
        Some(named) => {
            ensure!(!machines.is_empty(), "{source} names no machine; leave --machine out");
            let key = only_machine(machines.iter().map(String::as_str), named)?;
            (MachineKey::new(key), imported.of_machine(key))
        }
        None => (None, imported),
    };
    let has_times = || imported.series.iter().flat_map(|series| &series.points).any(|point| point.time.is_some());
    ensure!(
        arguments.since.is_none() || has_times(),
        "{source} has no times, so that --since cannot be applied; leave it out"
    );
    let (path, rules) = accepted::rules(arguments.accepted.as_deref())?;
    let order = match arguments.branch {
        // Its commits may be of any branch.
        None => git::order_of_all_commits(&results::here()?).or(order(arguments)?),
        Some(_) => order(arguments)?,
    };
    check_branch(arguments, &imported.series.iter().map(|series| series.branch.as_deref()).collect())?;
    let order = order.as_deref().map_err(String::as_str);
    let judged = |machine: Option<MachineKey>, imported: &Interchange| {
        let mut history = imported_history(machine, &source, imported, order, &selection(arguments), &rules.changes);
        history.accept_missing(&rules);
        history
    };
    let mut histories = Vec::new();
    for (place, machine) in own_machines(&imported).into_iter().enumerate() {
        let mut of_machine = imported.of_machine(machine.as_str());
        if place > 0 {
            // What there is to remark is of the file, and is said once.
            of_machine.remarks.clear();
        }
        histories.push(judged(Some(machine), &of_machine));
    }
    if histories.is_empty() {
        histories.push(judged(machine, &imported));
    }
    let data = Histories { histories, unusable: Vec::new() };
    let is_named = arguments.accepted.is_some();
    if is_named {
        refuse_stale(&path, &rules.changes, &data, arguments.today)?;
    }
    note_unmatched(&path, &rules, &data, (!is_named).then_some(&source));
    Ok(data)
}

/// What git knows of the order of the commits.
fn order(arguments: &SelectionArgs) -> Result<std::result::Result<Vec<String>, String>> {
    Ok(git::commit_order(&results::here()?, arguments.branch.as_deref()))
}

/// Refuses a branch without a value: a misspelled name would leave a history without findings.
fn check_branch(arguments: &SelectionArgs, known: &BTreeSet<Option<&str>>) -> Result<()> {
    let Some(named) = arguments.branch.as_deref().filter(|named| !known.contains(&Some(named))) else { return Ok(()) };
    let known: Vec<&str> = known.iter().copied().flatten().collect();
    let there_are =
        if known.is_empty() { "none is named".to_owned() } else { format!("there are {}", known.join(", ")) };
    bail!("nothing was measured on the branch `{named}`{}; {there_are}", suggestion(named, known.iter().copied()))
}

fn selection(arguments: &SelectionArgs) -> Selection {
    Selection {
        dirty: arguments.include_dirty,
        quick: arguments.include_quick,
        partial: arguments.include_partial,
        branch: arguments.branch.clone(),
        since: arguments.since,
    }
}

/// The histories of the runs in some folders: of the machines that `is_asked` names among those that have any; `on_read`
/// sees the runs of each before they are judged.
pub(super) fn histories(
    folders: &[PathBuf],
    is_asked: impl FnOnce(&[&MachineKey]) -> Result<Vec<MachineKey>>,
    arguments: &SelectionArgs,
    mut on_read: impl FnMut(&RunIndex),
) -> Result<Histories> {
    let mut runs: BTreeMap<MachineKey, Vec<PathBuf>> = BTreeMap::new();
    let mut data = Histories::default();
    for folder in folders {
        let files = store::files(folder)?;
        for (machine, found) in files.runs {
            runs.entry(machine).or_default().extend(found);
        }
        for row in files.strays {
            let reason = row.content.err().map(|problem| problem.to_string()).unwrap_or_default();
            data.unusable.push(UnusableFile { file: row.path.display().to_string(), reason });
        }
    }
    let machines = is_asked(&runs.keys().collect::<Vec<_>>())?;
    let (path, rules) = accepted::rules(arguments.accepted.as_deref())?;
    let order = order(arguments)?;
    let order = order.as_deref().map_err(String::as_str);
    let selection = selection(arguments);
    for machine in machines {
        let (index, unusable) = read(runs.get(&machine).map_or(&[], Vec::as_slice));
        data.unusable.extend(unusable);
        on_read(&index);
        // What is a branch to git may have no runs.
        if order.is_err() {
            check_branch(arguments, &index.branches())?;
        }
        let mut history = history(machine, &listed(folders), index, order, &selection, &rules.changes);
        history.accept_missing(&rules);
        data.histories.push(history);
    }
    refuse_stale(&path, &rules.changes, &data, arguments.today)?;
    note_unmatched(&path, &rules, &data, None);
    Ok(data)
}

pub(super) fn select(data: &mut Histories, filter: Option<&Regex>, metric: Option<&str>) {
    for history in &mut data.histories {
        history.select(|key| {
            metric.is_none_or(|only| Some(only) == key.metric_name())
                && filter.is_none_or(|filter| filter.is_match(&key.benchmark()))
        });
    }
}

fn print(data: &Histories, format: Format) -> Result<()> {
    let mut pages: Vec<_> = data.histories.iter().map(trend_page).collect();
    if let Some(first) = pages.first_mut() {
        first.sections.extend(unusable_section(&data.unusable));
    }
    output::print_all(data, format, &pages)
}

/// The outcome as an exit code. What gates said of the findings counts in their place.
fn exit(data: &Histories, confirmed: Option<Exit>) -> Exit {
    let fails = |history: &History| match confirmed {
        Some(_) => history.drifted().next().is_some(),
        None => history.outcome == Outcome::Fail,
    };
    let is_judged = data.histories.iter().any(|history| history.outcome != Outcome::Inconclusive);
    let is_whole = data.unusable.is_empty() && data.histories.iter().all(History::is_whole);
    match confirmed {
        _ if data.histories.iter().any(fails) => Exit::Regression,
        Some(exit) if exit != Exit::Success => exit,
        // What cannot be read, has no direction or is no longer measured is missing from an answer that was demanded.
        _ if is_judged && is_whole => Exit::Success,
        _ => Exit::Inconclusive,
    }
}

/// The second, counted from 1970, at which a day begins in UTC, or that a time is.
fn second(text: &str) -> Result<i64, String> {
    let day = text.parse::<Date>().and_then(|day| day.to_zoned(TimeZone::UTC)).map(|begin| begin.timestamp());
    // A time would be read as its day, too.
    let time = text.parse::<Timestamp>().or(day);
    time.map(Timestamp::as_second).map_err(|_| "expected a day (2026-01-31) or a time in RFC 3339".to_owned())
}

fn machines(arguments: &RunsArgs, keys: &[&MachineKey], folders: &[PathBuf]) -> Result<Vec<MachineKey>> {
    ensure!(!keys.is_empty(), "{}", none_stored(folders));
    if arguments.all_machines {
        return Ok(keys.iter().map(|key| (*key).clone()).collect());
    }
    if let Some(named) = &arguments.machine {
        let key = only_machine(keys.iter().map(|key| key.as_str()), named)?;
        return Ok(keys.iter().filter(|it| it.as_str() == key).map(|key| (*key).clone()).collect());
    }
    if let [only] = keys {
        return Ok(vec![(*only).clone()]);
    }
    let own = host::machine().key;
    ensure!(
        keys.contains(&&own),
        "no run of this machine ({own}) is stored; name another with --machine, or use --all-machines; stored are {}",
        keys.iter().map(|key| key.as_str()).collect::<Vec<_>>().join(", ")
    );
    Ok(vec![own])
}

/// Reads files on several threads, those alone that changed since the last time.
pub(super) fn read(files: &[PathBuf]) -> (RunIndex, Vec<UnusableFile>) {
    let none = || (RunIndex::default(), Refused::new());
    let with_file = |(mut index, mut refused): (RunIndex, Refused), file: &&PathBuf| {
        match store::excerpt(file) {
            Ok(excerpt) => index.insert(&file.display().to_string(), excerpt),
            Err(problem) => drop(refused.insert((*file).clone(), problem)),
        }
        (index, refused)
    };
    let merged = |mut all: (RunIndex, Refused), more: (RunIndex, Refused)| {
        all.0.merge(more.0);
        all.1.extend(more.1);
        all
    };
    let folders: BTreeSet<&Path> = files.iter().filter_map(|file| file.parent()).collect();
    let (index, refused) = store::cached("trend", &folders, files, |known: &mut RunIndex, fresh| {
        let (index, refused) = store::in_parallel(|| fresh.par_iter().fold(none, with_file).reduce(none, merged));
        known.merge(index);
        refused
    });
    let unusable = |(file, problem): (PathBuf, Problem)| UnusableFile {
        file: file.display().to_string(),
        reason: problem.to_string(),
    };
    (index, refused.into_iter().map(unusable).collect())
}

/// Refuses rules that have expired, or match nothing in any of the histories.
fn refuse_stale(path: &Path, rules: &[Rule], data: &Histories, today: Option<Date>) -> Result<()> {
    let today = today.unwrap_or_else(accepted::today);
    let known: BTreeSet<&String> = data.histories.iter().flat_map(|history| &history.commits.known).collect();
    let known: Vec<String> = known.into_iter().cloned().collect();
    let measured = measured(data);
    let refused: Vec<String> = rules
        .iter()
        .filter_map(|rule| {
            let stale = verdict::stale(rule, &measured, &known, today)?;
            let (line, pattern, commit) = (rule.line, &rule.benchmark, &rule.commit);
            let similar = match stale {
                Stale::NoSeries(None) => {
                    suggestion(&pattern.to_string(), measured.iter().map(|(name, ..)| name.as_str()))
                }
                _ => String::new(),
            };
            Some(format!("{}:{line}: the rule for `{pattern}` at {commit} {stale}{similar}", path.display()))
        })
        .collect();
    ensure!(refused.is_empty(), "{}", refused.join("; "));
    Ok(())
}

/// Says of rules that match no series what to write instead where that is known; of the default rules, which are those of the
/// stored runs, and a file also that none matches.
fn note_unmatched(path: &Path, rules: &Rules, data: &Histories, file: Option<&String>) {
    let judged = measured(data);
    let undirected = data.histories.iter().flat_map(|history| &history.remarks);
    let undirected = undirected.filter(|remark| remark.text == NO_DIRECTION).flat_map(|remark| remark.about.clone());
    let undirected: Vec<Measured> = undirected.map(|name| (name, None, String::new())).collect();
    let changes = rules.changes.iter().map(|rule| {
        let is_matched = judged.iter().any(|(benchmark, metric, _)| rule.covers(benchmark, *metric));
        (rule.line, &rule.benchmark, is_matched, rule.benchmark.renamed(&judged))
    });
    let bare_names = undirected.iter().filter_map(|(name, ..)| bare_name(name));
    let names = judged.iter().chain(&undirected).map(|(name, ..)| name.as_str());
    let names: Vec<&str> = names.chain(bare_names).collect();
    let inconclusive = rules.inconclusive.iter().map(|rule| (rule, &undirected));
    let waivers = inconclusive.chain(rules.missing.iter().map(|rule| (rule, &judged)));
    let waivers = waivers.map(|(rule, series)| {
        // It has no metric.
        let renamed = rule.benchmark.renamed(series).map(|(name, _)| (name, None));
        (rule.line, &rule.benchmark, names.iter().any(|name| rule.benchmark.covers(name)), renamed)
    });
    let (matched, unmatched): (Vec<_>, Vec<_>) = changes.chain(waivers).partition(|(_, _, is_matched, _)| *is_matched);
    let renamed = unmatched.iter().filter_map(|(line, pattern, _, renamed)| {
        let instead = verdict::instead(Some(renamed.as_ref()?));
        Some(format!("{}:{line}: the rule for `{pattern}` matches no series; {instead}", path.display()))
    });
    let mut notes: Vec<String> = renamed.collect();
    if let Some(file) = file.filter(|_| notes.is_empty() && matched.is_empty() && !unmatched.is_empty()) {
        let path = path.display();
        notes.push(format!("no rule of {path} matches a series of {file}; --accepted names another file of rules"));
    }
    notes.iter().for_each(|text| note(text));
}

/// The series of these histories.
fn measured(data: &Histories) -> Vec<Measured> {
    let keys = data.histories.iter().flat_map(|history| &history.series).map(|series| &series.key);
    keys.map(|key| (key.benchmark(), key.metric(), key.unit().to_owned())).collect()
}

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
