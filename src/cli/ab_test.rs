//! An A/B test of two builds: what `gate` and `selftest` share.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use regex::Regex;

use super::number::budget;
use super::output::note;
use super::results;
use super::run_builder;
use crate::gate::{self, GatePolicy};
use crate::git::{self, Checkout, Repository, Revision};
use crate::model::{Commit, PAIRED_SCHEMA_VERSION, PairedCount, PairedRun};
use crate::report::plural;
use crate::runner::{self, Build, FirstLook, Measured, Plan, Progress, Schedule, Selection, Side, Sides, Subject};
use crate::verdict::policy::{CONTROL_SHARE, LOOKS};
use crate::{host, store};

pub(super) struct PairOptions<'a> {
    pub(super) budget: Budget,
    pub(super) seed: u64,
    pub(super) selection: &'a Selection,
    pub(super) filter: Option<&'a Regex>,
    pub(super) same_code: bool,
    /// Commits of the candidate that the baseline does not have.
    pub(super) commits: Vec<String>,
    pub(super) evidence: Evidence,
    /// Folder to store the gate in, if one was named.
    pub(super) results: Option<&'a Path>,
}

/// What a gate decides by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Evidence {
    /// Pairs of processes, and counts where valgrind is installed
    #[default]
    Both,
    /// Pairs of processes alone
    Pairs,
    /// Counts of one execution alone, on a machine that cannot time
    Counts,
}

/// Time for measuring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Budget {
    Most(Duration),
    /// Until most benchmarks are seen finely enough.
    Auto,
}

/// The most that measuring takes when it ends by itself.
const AUTO_MOST: Duration = Duration::from_secs(600);

impl Budget {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text == "auto" {
            Ok(Budget::Auto)
        } else {
            budget(text).map(Budget::Most).map_err(|expected| format!("{expected}; or auto"))
        }
    }

    fn most(self) -> Duration {
        if let Budget::Most(time) = self { time } else { AUTO_MOST }
    }
}

const AUTO_ENDED: &str = "--budget auto ended: nine of ten benchmarks are decided, or a change of 5 % would have been found in \
                          them. The others are open, so the gate is inconclusive; --budget 10m goes on with them, and \
                          [[inconclusive]] in the file of accepted changes allows them";

/// Counting may take this share of the budget, beside the pairs.
const COUNTING_SHARE: f64 = 0.5;

/// Where both sides are built and measured: below the target folder of the package.
pub(super) fn folder(package: &Path) -> PathBuf {
    package.join(results::target()).join("parcost").join("gate")
}

pub(super) fn builds(
    repository: &Repository,
    folder: &Path,
    revisions: Sides<Revision>,
    selection: &Selection,
) -> Result<Sides<Build>> {
    let checkouts: Sides<Checkout> =
        revisions.try_map(|side, revision| repository.checkout(&folder.join(side.folder()), revision.clone()))?;
    runner::check_cargo_settings(repository, &checkouts)?;
    runner::check_benches(&checkouts.candidate, selection)?;
    runner::share_lock_file(&checkouts)?;
    let began = Instant::now();
    let builds = checkouts.try_map(|side, checkout| {
        note(&format!("building {} {}", side.name(), checkout.revision.commit));
        runner::forget_unwatched(checkout)?;
        let other = checkouts.of(side.other());
        if let Err(error) = runner::share_dependencies(other, checkout) {
            note(&format!("the sides share no dependencies, and build each its own: {error}"));
        }
        Build::of(checkout.clone(), side, selection)
    })?;
    note(&format!(
        "built in {} s; the builds take {} MiB in {}, which `parcost gate --clean` removes",
        began.elapsed().as_secs(),
        runner::disk_used(folder) >> 20,
        folder.display()
    ));
    runner::check_pointers(&builds.candidate)?;
    if builds.baseline.compiler != builds.candidate.compiler {
        let (baseline, candidate) = (builds.baseline.compiler.clone(), builds.candidate.compiler.clone());
        return Err(runner::Error::Toolchains { baseline, candidate }.into());
    }
    Ok(builds)
}

pub(super) fn build(
    repository: &Repository,
    folder: &Path,
    revision: Revision,
    selection: &Selection,
) -> Result<Build> {
    let checkout = repository.checkout(&folder.join(Side::Candidate.folder()), revision)?;
    runner::check_benches(&checkout, selection)?;
    ensure!(
        runner::names_launcher(&checkout, selection)?,
        "slowdowns can be planted only where a launcher keeps the number of operations; name one in \
         [package.metadata.parcost] of Cargo.toml, or measure false alarms alone with `parcost gate --base HEAD --aa`"
    );
    note(&format!("building {}", checkout.revision.commit));
    Ok(Build::of(checkout, Side::Candidate, selection)?)
}

pub(super) fn measure(
    options: &PairOptions<'_>,
    builds: &Sides<Build>,
    plan: Plan,
    folder: &Path,
) -> Result<PairedRun> {
    let began = SystemTime::now();
    let mut run = empty_run(options, builds, began)?;
    let scratch = scratch(folder, &run.id)?;
    let mut plan = count(options, builds, plan, &scratch, &mut run)?;
    refuse_nothing(options, &plan, &run)?;
    let controls = controls(options, plan.subjects.len());
    if options.evidence != Evidence::Counts && !plan.subjects.is_empty() {
        let beside = match controls {
            0 => String::new(),
            controls => format!(", and {controls} of them with the baseline on both sides"),
        };
        let (benchmarks, most) = (plural(plan.subjects.len(), "benchmark"), options.budget.most().as_secs());
        note(&format!("measuring {benchmarks} for at most {most} s{beside}"));
    }
    plan.add_controls(controls, options.seed);
    let measured = time(options, &plan, &scratch, &mut run);
    // What cannot be removed is removed before the next run.
    let _ = std::fs::remove_dir_all(&scratch);
    run.benchmarks = measured.benchmarks;
    run.failures.extend(measured.failures);
    run.omissions.extend(measured.omissions);
    run.duration_s = began.elapsed().unwrap_or_default().as_millis() as f64 / 1e3;
    store(options, run, folder)
}

/// Counts what can be, and returns what is to be timed.
fn count(
    options: &PairOptions<'_>,
    builds: &Sides<Build>,
    mut plan: Plan,
    scratch: &Path,
    run: &mut PairedRun,
) -> Result<Plan> {
    if !plan.counted.is_empty() {
        note("counting instructions");
    }
    let counted = runner::count(builds, &plan, options.filter, scratch)?;
    let until = Instant::now() + options.budget.most().mul_f64(COUNTING_SHARE);
    if options.evidence != Evidence::Pairs {
        runner::pair_renamed(&mut plan, &builds.candidate.settings, scratch, until)?;
    }
    (run.failures, run.omissions, run.notes) = (plan.removed, plan.omissions, plan.notes);
    run.failures.extend(counted.failures);
    run.added = plan.added.into_iter().map(|(_, name)| name).collect();
    run.added.extend(counted.added);
    run.counts = counted.counts;
    let mut plan = Plan { subjects: plan.subjects, ..Plan::default() };
    if options.evidence != Evidence::Pairs {
        if builds.candidate.launcher.is_none() {
            note(&format!("counting one execution of each of {}", plural(plan.subjects.len(), "benchmark")));
        }
        let (counts, omissions) = runner::count_executions(&plan, scratch, until)?;
        run.counts.extend(counts);
        run.omissions.extend(omissions);
    }
    let is_decided = gate::decided_by_counts(&run.counts);
    for subject in &mut plan.subjects {
        subject.is_decided = is_decided(&subject.topic, &subject.benchmark);
    }
    if options.evidence == Evidence::Counts {
        // What was not counted, or not all of it, stays, without a pair and undecided.
        plan.subjects.retain(|subject| !is_counted(&run.counts, subject));
    }
    Ok(plan)
}

/// Whether all that there is of a benchmark was counted.
fn is_counted(counts: &[PairedCount], subject: &Subject) -> bool {
    let is_own = |count: &&PairedCount| count.topic == subject.topic && count.benchmark == subject.benchmark;
    let mut own = counts.iter().filter(is_own).peekable();
    own.peek().is_some() && own.all(|count| count.uncounted.is_none())
}

/// How many of so many benchmarks are measured once more with the baseline on both sides.
fn controls(options: &PairOptions<'_>, benchmarks: usize) -> usize {
    match options.evidence {
        Evidence::Both | Evidence::Pairs if !options.same_code => (benchmarks as f64 * CONTROL_SHARE).round() as usize,
        _ => 0,
    }
}

/// Fails where the filter has left nothing to report.
fn refuse_nothing(options: &PairOptions<'_>, plan: &Plan, run: &PairedRun) -> Result<()> {
    let rows = [plan.subjects.len(), run.counts.len(), run.failures.len(), run.added.len(), run.omissions.len()];
    match options.filter {
        Some(filter) if rows.iter().all(|&rows| rows == 0) => {
            let nothing = format!("no benchmark matches `{filter}`; `cargo bench -- --list` prints their names");
            Err(runner::Error::Nothing(nothing).into())
        }
        _ => Ok(()),
    }
}

/// Times in pairs what the plan holds, until it is decided or the budget is over; with evidence of counts alone nothing.
fn time(options: &PairOptions<'_>, plan: &Plan, scratch: &Path, run: &mut PairedRun) -> Measured {
    let (most, is_timed) = (options.budget.most(), options.evidence != Evidence::Counts);
    let budget = if is_timed { most } else { Duration::ZERO };
    let schedule = Schedule { seed: options.seed, budget, looks: LOOKS.to_vec() };
    let (bar, policy, so_far) = (Bar::new(most), GatePolicy::default(), run.clone());
    let (ended_early, start) = (Cell::new(false), Instant::now());
    let mut context = runner::Context {
        scratch,
        stolen: &mut host::stolen,
        planned: &mut |planned| run.budget_needed_s = if is_timed { first_look(planned) } else { None },
        progress: &mut |progress| bar.update(progress),
        undecided: &mut |benchmarks| {
            let run = PairedRun { benchmarks: benchmarks.to_vec(), ..so_far.clone() };
            let open = gate::undecided(&run);
            let is_early = options.budget == Budget::Auto && start.elapsed() < budget;
            let is_over = is_early && !open.is_empty() && gate::is_seen(&run, &policy);
            ended_early.set(is_over);
            if is_over { Vec::new() } else { open }
        },
    };
    let measured = runner::measure(&plan.subjects, &schedule, &mut context);
    bar.finish();
    if ended_early.get() {
        note(AUTO_ENDED);
    }
    measured
}

/// A folder for the files of one run alone: a process that an earlier run left behind does not know it.
fn scratch(folder: &Path, run: &str) -> Result<PathBuf> {
    let all = folder.join("scratch");
    let _ = std::fs::remove_dir_all(&all);
    let own = all.join(run);
    std::fs::create_dir_all(&own).with_context(|| format!("cannot create {}", own.display()))?;
    Ok(own)
}

/// Says when the budget is too small for a first look at every benchmark; the one that is enough, in seconds.
fn first_look(FirstLook { fitting, benchmarks, needed }: FirstLook) -> Option<f64> {
    if fitting >= benchmarks {
        return None;
    }
    let enough = needed.map(|needed| (needed.as_secs_f64() * BUDGET_MARGIN).ceil());
    let advice = enough.map_or(String::new(), |enough| format!("; --budget {enough}s gives it to all"));
    note(&format!("the budget gives {fitting} of {benchmarks} benchmarks their first look{advice}"));
    enough
}

pub(super) fn record_identical(options: &PairOptions<'_>, builds: &Sides<Build>, folder: &Path) -> Result<PairedRun> {
    let run = empty_run(options, builds, SystemTime::now())?;
    store(options, PairedRun { identical: true, ..run }, folder)
}

fn store(options: &PairOptions<'_>, mut run: PairedRun, folder: &Path) -> Result<PairedRun> {
    run.conditions_after = host::conditions();
    let path = store::paired::append(&results::gate_folder(options.results, folder), &run)?;
    note(&format!("stored {}", path.display()));
    Ok(run)
}

fn empty_run(options: &PairOptions<'_>, builds: &Sides<Build>, began: SystemTime) -> Result<PairedRun> {
    let conditions = host::conditions();
    Ok(PairedRun {
        schema_version: PAIRED_SCHEMA_VERSION,
        id: run_builder::new_id(),
        started: run_builder::rfc_3339(began)?,
        duration_s: 0.0,
        budget_s: options.budget.most().as_secs_f64(),
        budget_needed_s: None,
        seed: options.seed,
        commits: options.commits.clone(),
        same_code: options.same_code,
        identical: false,
        aligned: builds.baseline.aligned && builds.candidate.aligned,
        baseline: commit(&builds.baseline),
        candidate: commit(&builds.candidate),
        options: chosen(options),
        machine: host::machine(),
        conditions_after: conditions.clone(),
        conditions_before: conditions,
        toolchain: host::toolchain(),
        benchmarks: Vec::new(),
        counts: Vec::new(),
        added: Vec::new(),
        removed: Vec::new(),
        failures: Vec::new(),
        omissions: Vec::new(),
        notes: Vec::new(),
    })
}

fn chosen(options: &PairOptions<'_>) -> Vec<String> {
    let Selection { packages, benches, cargo } = options.selection;
    let each = |name: &'static str, values: &[String]| -> Vec<String> {
        values.iter().map(|value| format!("--{name}={value}")).collect()
    };
    let filter = options.filter.map(|filter| format!("--filter={filter}"));
    let evidence = Some(options.evidence).filter(|evidence| *evidence != Evidence::Both);
    let evidence =
        evidence.and_then(|evidence| Some(format!("--evidence={}", evidence.to_possible_value()?.get_name())));
    let all = [each("package", packages), each("bench", benches), each("cargo", cargo)].concat();
    all.into_iter().chain(filter).chain(evidence).collect()
}

fn commit(build: &Build) -> Commit {
    let revision = &build.checkout.revision;
    let programs: Vec<PathBuf> =
        build.programs.iter().map(|program| program.path.clone()).chain(build.launcher.clone()).collect();
    let commit = git::commit(&build.checkout.package, &programs);
    Commit { id: Some(revision.commit.clone()), dirty: revision.dirty, ..commit }
}

/// So many times the estimated time is named as a budget that is enough.
const BUDGET_MARGIN: f64 = 1.2;

/// Without a terminal, a line is printed this often.
const LINE_EVERY: Duration = Duration::from_secs(60);

/// A bar on a terminal, a line now and then elsewhere; both on the standard error.
pub(super) struct Bar {
    bar: ProgressBar,
    printed: Cell<Duration>,
}

impl Bar {
    pub(super) fn new(budget: Duration) -> Self {
        let style = ProgressStyle::with_template("{elapsed} of {len} s {wide_bar} {msg}");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
        Self { bar: ProgressBar::new(budget.as_secs()).with_style(style), printed: Cell::new(Duration::ZERO) }
    }

    pub(super) fn update(&self, progress: Progress) {
        let text = format!("{} pairs measured, {} benchmarks open", progress.pairs, progress.active);
        if !self.bar.is_hidden() {
            self.bar.set_position(progress.elapsed.as_secs());
            let left = self.bar.length().unwrap_or_default().saturating_sub(progress.elapsed.as_secs());
            let next = progress.next_look.as_secs().min(left);
            self.bar.set_message(format!("{text}, next look in {next} s, end in {left} s at most"));
        } else if progress.elapsed >= self.printed.get() + LINE_EVERY {
            self.printed.set(progress.elapsed);
            note(&format!("{text} after {} s", progress.elapsed.as_secs()));
        }
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
