//! `parcost trend` of the stored runs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Args;
use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};
use rayon::prelude::*;
use regex::Regex;

use super::ab_test::budget;
use super::accepted;
use super::confirm;
use super::exit::{Exit, FailOn};
use super::output::{self, Format};
use super::results::{self, StoreArgs};
use super::select::{metric, only_machine};
use crate::model::{BenchmarkId, MachineKey, Metric};
use crate::report::{self, HistoryRows, UnusableRow, history_page};
use crate::trend::Policy;
use crate::trend::{
    Confirmation, FindingKind, History, Judged, Ledger, Selection, Series, SeriesKey, confirmations, history, judge,
};
use crate::verdict::{self, Rule};
use crate::{git, host, store};

#[derive(Args, Debug)]
pub(super) struct RunsArgs {
    /// Only this machine: its key, or the beginning of it [default: this machine, or the only one stored]
    #[arg(long, value_name = "KEY")]
    machine: Option<String>,
    /// Judge every machine, one after the other
    #[arg(long, conflicts_with = "machine")]
    all_machines: bool,
    /// Report only benchmarks whose name matches this regular expression; all are judged
    #[arg(long, value_name = "REGEX")]
    filter: Option<Regex>,
    /// Report only this metric; all are judged
    #[arg(long, value_name = "METRIC", value_parser = metric(), hide_possible_values = true)]
    metric: Option<Metric>,
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
    /// Run the gate between the two commits around each regression, and take its verdict
    #[arg(long)]
    confirm: bool,
    /// Time for measuring in each gate of --confirm: 90s, 10m
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = budget, requires = "confirm")]
    budget: Duration,
}

/// The files that hold runs, by machine, and those that hold none.
#[derive(Default)]
struct Found {
    runs: BTreeMap<MachineKey, Vec<PathBuf>>,
    unusable: Vec<UnusableRow>,
}

/// A machine's history with its verdict.
struct Verdict {
    machine: MachineKey,
    history: History,
    judged: Judged,
    asked: Vec<bool>,
}

/// Judges the history of one machine, or of each.
pub(super) fn of_runs(
    arguments: &RunsArgs,
    store: &StoreArgs,
    fail_on: Option<FailOn>,
    format: Format,
) -> Result<Exit> {
    let folders = results::folders(store.folder.as_deref())?;
    let mut found = find(&folders)?;
    let machines = machines(arguments, &found, &folders)?;
    let (path, rules) = accepted::rules(arguments.accepted.as_deref())?;
    let here = std::env::current_dir().context("cannot determine the current directory")?;
    let known = git::commit_order(&here, arguments.branch.as_deref());
    let known = known.as_deref().map_err(String::as_str);
    let selection = Selection {
        dirty: arguments.include_dirty,
        quick: arguments.include_quick,
        partial: arguments.include_partial,
        branch: arguments.branch.clone(),
        since: arguments.since,
    };
    let mut verdicts = Vec::new();
    for machine in machines {
        let files = found.runs.remove(&machine).unwrap_or_default();
        let (ledger, unusable) = read(&files);
        found.unusable.extend(unusable);
        let history = history(&ledger, known, &selection);
        drop(ledger);
        let judged = judge(&history, &Policy::default(), &rules);
        let asked = history.series.iter().map(|series| is_asked(series, arguments)).collect();
        verdicts.push(Verdict { machine, history, judged, asked });
    }
    refuse_stale(&path, &rules, &verdicts, arguments.today)?;
    let asked = verdicts.iter().any(|verdict| verdict.asked.contains(&true));
    ensure!(
        asked || (arguments.filter.is_none() && arguments.metric.is_none()),
        "no series matches --filter and --metric; `parcost trend --format json` lists all series"
    );
    ensure!(
        !(arguments.confirm && format == Format::Json),
        "--confirm prints several pages, which are not one JSON object; use another --format, or `parcost gate --replay FILE \
         --format json` on each stored gate"
    );
    let is_whole = found.unusable.is_empty();
    tell(format, &verdicts, &rules, found.unusable)?;
    let code = if arguments.confirm { confirm(arguments, format, &verdicts)? } else { None };
    Ok(match fail_on {
        None => Exit::Success,
        Some(FailOn::Worse) => match exit(&verdicts, &rules, code) {
            // What a file would have said that cannot be used is missing from an answer that was demanded.
            Exit::Success if !is_whole => Exit::Inconclusive,
            told => told,
        },
    })
}

/// The second, counted from 1970, at which a day begins in UTC, or that a time is.
fn second(text: &str) -> Result<i64, String> {
    let day = text.parse::<Date>().and_then(|day| day.to_zoned(TimeZone::UTC)).map(|begin| begin.timestamp());
    // A time would be read as its day, too.
    let time = text.parse::<Timestamp>().or(day);
    time.map(Timestamp::as_second).map_err(|_| "expected a day (2026-01-31) or a time in RFC 3339".to_owned())
}

fn find(folders: &[PathBuf]) -> Result<Found> {
    let mut found = Found::default();
    for folder in folders {
        let files = store::files(folder)?;
        for (machine, runs) in files.runs {
            found.runs.entry(machine).or_default().extend(runs);
        }
        for row in files.strays {
            let why = row.content.err().map(|problem| problem.to_string()).unwrap_or_default();
            found.unusable.push(UnusableRow { file: row.path.display().to_string(), why });
        }
    }
    Ok(found)
}

/// The machines that are asked for.
fn machines(arguments: &RunsArgs, found: &Found, folders: &[PathBuf]) -> Result<Vec<MachineKey>> {
    let keys: Vec<&MachineKey> = found.runs.keys().collect();
    let folders: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
    ensure!(
        !keys.is_empty(),
        "no run is stored in {}; store one with `parcost run`, or name another folder with --results",
        folders.join(" and ")
    );
    if arguments.all_machines {
        return Ok(keys.into_iter().cloned().collect());
    }
    let listed = || keys.iter().map(|key| key.as_str()).collect::<Vec<_>>().join(", ");
    if let Some(named) = &arguments.machine {
        let key = only_machine(keys.iter().map(|key| key.as_str()), named)?;
        return Ok(keys.into_iter().filter(|it| it.as_str() == key).cloned().collect());
    }
    if let [only] = keys.as_slice() {
        return Ok(vec![(*only).clone()]);
    }
    let own = host::machine().key;
    ensure!(
        keys.contains(&&own),
        "no run of this machine ({own}) is stored; name another with --machine, or use --all-machines; stored are {}",
        listed()
    );
    Ok(vec![own])
}

/// Reads files on several threads.
fn read(files: &[PathBuf]) -> (Ledger, Vec<UnusableRow>) {
    let none = || (Ledger::default(), Vec::new());
    let with_file = |(mut ledger, mut unusable): (Ledger, Vec<_>), file: &PathBuf| {
        let name = file.display().to_string();
        match store::excerpt(file) {
            Ok(excerpt) => ledger.enter(&name, excerpt),
            Err(problem) => unusable.push(UnusableRow { file: name, why: problem.to_string() }),
        }
        (ledger, unusable)
    };
    let (ledger, mut unusable) = files.par_iter().fold(none, with_file).reduce(none, |mut all, more| {
        all.0.merge(more.0);
        all.1.extend(more.1);
        all
    });
    unusable.sort_by(|a, b| a.file.cmp(&b.file));
    (ledger, unusable)
}

fn is_asked(series: &Series, arguments: &RunsArgs) -> bool {
    match &series.key {
        SeriesKey::Measured(benchmark, metric) => {
            arguments.metric.is_none_or(|only| only == *metric)
                && arguments.filter.as_ref().is_none_or(|filter| filter.is_match(&benchmark.to_string()))
        }
        SeriesKey::Calibrator { .. } => false,
    }
}

/// Rules that have expired, or are about nothing in any of the histories.
fn refuse_stale(path: &Path, rules: &[Rule], verdicts: &[Verdict], today: Option<Date>) -> Result<()> {
    let today = today.unwrap_or_else(accepted::today);
    let known: BTreeSet<&String> = verdicts.iter().flat_map(|verdict| &verdict.history.commits.known).collect();
    let known: Vec<String> = known.into_iter().cloned().collect();
    let series = || {
        verdicts.iter().flat_map(|verdict| &verdict.history.series).filter_map(|series| match &series.key {
            SeriesKey::Measured(benchmark, metric) => Some((benchmark, *metric)),
            SeriesKey::Calibrator { .. } => None,
        })
    };
    let refused: Vec<String> = rules
        .iter()
        .filter_map(|rule| {
            let stale = verdict::stale(rule, series(), &known, today)?;
            let (line, pattern, commit) = (rule.line, &rule.benchmark, &rule.commit);
            Some(format!("{}:{line}: the rule for `{pattern}` at {commit} {stale}", path.display()))
        })
        .collect();
    ensure!(refused.is_empty(), "{}", refused.join("; "));
    Ok(())
}

fn told<'a>(verdict: &'a Verdict, rules: &'a [Rule]) -> report::Told<'a> {
    report::Told {
        machine: verdict.machine.as_str(),
        history: &verdict.history,
        judged: &verdict.judged,
        rules,
        asked: &verdict.asked,
    }
}

fn tell(format: Format, verdicts: &[Verdict], rules: &[Rule], unusable: Vec<UnusableRow>) -> Result<()> {
    if format == Format::Json {
        let mut rows = HistoryRows { unusable, ..HistoryRows::default() };
        verdicts.iter().for_each(|verdict| rows.enter(&told(verdict, rules)));
        return output::json(&rows);
    }
    for (place, verdict) in verdicts.iter().enumerate() {
        let mut page = history_page(&told(verdict, rules));
        if place == 0 {
            page.sections.extend(report::unusable_section(&unusable));
        }
        output::page(&page, format)?;
    }
    Ok(())
}

/// What gates say of the findings that were asked for; none where there is none.
fn confirm(arguments: &RunsArgs, format: Format, verdicts: &[Verdict]) -> Result<Option<Exit>> {
    let mut findings = Vec::new();
    for verdict in verdicts {
        let asked = |confirmation: &Confirmation| {
            let is_asked =
                |id: &BenchmarkId| arguments.filter.as_ref().is_none_or(|filter| filter.is_match(&id.to_string()));
            confirmation.benchmarks.iter().any(is_asked)
        };
        findings.extend(confirmations(&verdict.history, &verdict.judged).into_iter().filter(asked));
    }
    let told = confirm::confirmed(&findings, arguments.budget, format)?;
    Ok(findings.iter().any(|finding| finding.kind == FindingKind::Regression).then_some(told))
}

/// A regression or a drift for the worse that no rule accepts and no machine did; else no answer where nothing could be
/// judged. What a gate said of the regressions stands in their place.
fn exit(verdicts: &[Verdict], rules: &[Rule], confirmed: Option<Exit>) -> Exit {
    let worse = |verdict: &Verdict| {
        let told = told(verdict, rules);
        let mut findings = verdict.judged.findings.iter().filter(|finding| finding.kind == FindingKind::Regression);
        let mut slides = verdict.judged.slides.iter().filter(|slide| slide.kind == FindingKind::Regression);
        (confirmed.is_none() && findings.any(|finding| told.asks(finding.series())))
            || slides.any(|slide| told.asks(slide.series()))
    };
    let judged = |verdict: &Verdict| {
        let series = verdict.history.series.iter().zip(&verdict.judged.trends).zip(&verdict.asked);
        let mut own = series.filter(|((series, _), _)| !verdict::is_external(&series.topic));
        own.any(|((_, trend), asked)| *asked && trend.is_ok())
    };
    match (verdicts.iter().any(worse), verdicts.iter().any(judged)) {
        (true, _) => Exit::Regression,
        (false, _) if confirmed.is_some_and(|told| told != Exit::Success) => confirmed.unwrap_or(Exit::Inconclusive),
        (false, true) => Exit::Success,
        (false, false) => Exit::Inconclusive,
    }
}
