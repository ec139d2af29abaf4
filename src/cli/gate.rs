//! `parcost gate`: does this change make anything worse?

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, Command, FromArgMatches as _};
use regex::Regex;

use super::ab_test::{self, Budget, Evidence, PairOptions};
use super::accepted;
use super::evidence;
use super::exit::Exit;
use super::number::whole;
use super::output::{self, Format, OutputArgs};
use super::results;
use crate::gate::{self, GatePolicy};
use crate::git::{Repository, Revision};
use crate::model::{NotMeasuredReason, PairedRun, TargetNote, some_of};
use crate::report::{GateData, gate_page};
use crate::runner::{self, Selection, Side, Sides};
use crate::store::not_measured::Note;
use crate::verdict::Outcome;
use crate::{host, store};

/// Judge a code change, in any package with benchmarks: build two revisions, measure pairs of fresh processes
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  parcost gate --base main
  parcost gate --base HEAD~1 --filter spawn --budget 5m

Exit codes: 0 pass · 1 fail: something regressed · 2 usage · 3 a revision cannot be built or measured, \
or both are one commit · 4 inconclusive, or a benchmark is missing")]
pub(super) struct Gate {
    /// Baseline revision: a commit, a branch, HEAD~1
    #[arg(long, value_name = "REV", required_unless_present_any = ["replay", "clean"])]
    base: Option<String>,
    /// Candidate revision [default: what is checked out]
    #[arg(long, value_name = "REV")]
    head: Option<String>,
    /// Judge uncommitted changes of tracked files
    #[arg(long, conflicts_with = "head")]
    allow_dirty: bool,
    /// A/A test: measure although both sides are identical; every reported change is then a false alarm
    #[arg(long, alias = "same-code")]
    aa: bool,
    /// Package of the workspace; may be given several times
    #[arg(long, short = 'p', value_name = "PACKAGE")]
    package: Vec<String>,
    /// Bench target; may be given several times
    #[arg(long, value_name = "TARGET")]
    bench: Vec<String>,
    /// Measure only benchmarks whose name matches this regular expression
    #[arg(long, value_name = "REGEX")]
    filter: Option<Regex>,
    /// Time for the pairs, without building and counting: 90s, 10m; or auto: until nine of ten benchmarks are decided or a
    /// change of 5 % would have been found in them, at most 10m
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = Budget::parse)]
    budget: Budget,
    /// What the verdict rests on
    #[arg(long, value_enum, value_name = "EVIDENCE", default_value_t)]
    evidence: Evidence,
    /// Seed of the random orders [default: random]
    #[arg(long, value_name = "NUMBER", value_parser = whole(0..=u64::MAX, 7))]
    seed: Option<u64>,
    /// Benchmark that may be missing in the candidate: NAME or "TARGET: NAME"; may be given several times
    #[arg(long, value_name = "BENCHMARK")]
    allow_missing: Vec<String>,
    /// File of accepted changes [default: .github/perf-accepted.toml, if it exists]
    #[arg(long, value_name = "FILE")]
    accepted: Option<PathBuf>,
    /// Report regressions, but exit with 0
    #[arg(long, alias = "let-through")]
    warn_only: bool,
    /// Argument for cargo when it builds: --cargo=--features=fast
    #[arg(long, value_name = "ARGUMENT", allow_hyphen_values = true)]
    cargo: Vec<String>,
    /// Judge a stored gate again, and measure nothing
    #[arg(long, value_name = "FILE", alias = "from", conflicts_with_all = OF_MEASURING)]
    replay: Option<PathBuf>,
    /// Remove what gates built, and keep what they stored
    #[arg(long, conflicts_with_all = OF_MEASURING)]
    clean: bool,
    /// Folder to store the gate in [default: parcost/gate/results in the target folder]
    #[arg(long, value_name = "DIR")]
    results: Option<PathBuf>,
    /// Print all results, the conditions and the method, too
    #[arg(long)]
    verbose: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// Uncommitted files that are named; the others are counted.
const FILES_MAX: usize = 3;

const OF_MEASURING: [&str; 12] = [
    "base",
    "head",
    "allow_dirty",
    "aa",
    "package",
    "bench",
    "filter",
    "budget",
    "evidence",
    "seed",
    "cargo",
    "results",
];

impl Gate {
    /// A gate between two commits over some benchmarks, with the defaults of everything else.
    pub(super) fn between(base: &str, head: &str, benchmarks: Regex, budget: Duration, format: Format) -> Result<Self> {
        let given = ["gate", "--base", base, "--head", head];
        let defaults = Self::from_arg_matches(&Self::augment_args(Command::new("gate")).try_get_matches_from(given)?)?;
        let (budget, output) = (Budget::Most(budget), OutputArgs { format });
        Ok(Self { filter: Some(benchmarks), budget, output, ..defaults })
    }
}

pub(super) fn run(arguments: &Gate) -> Result<Exit> {
    if arguments.clean {
        return clean();
    }
    let run = match &arguments.replay {
        Some(path) => {
            let run = store::paired::read(path)?;
            evidence::verify(&run, None).with_context(|| format!("cannot use {}", path.display()))?;
            run
        }
        None => measured_or_noted(arguments)?,
    };
    judge(arguments, &run)
}

fn clean() -> Result<Exit> {
    let here = results::here()?;
    let folder = ab_test::folder(&here);
    let _lock = runner::lock(&folder)?;
    let used = runner::disk_used(&folder);
    runner::remove_builds(&folder)?;
    // Git forgets the work trees; outside a repository there are none.
    Repository::around(&here).and_then(|repository| repository.forget_work_trees()).unwrap_or_default();
    output::text(&format!("removed {} MiB of builds in {}\n", used >> 20, folder.display()))?;
    Ok(Exit::Success)
}

/// Measures; where that fails, or never ends, a note beside the stored gates says why.
fn measured_or_noted(arguments: &Gate) -> Result<PairedRun> {
    let here = results::here()?;
    let base = arguments.base.as_deref().context("--base is missing: the revision to compare with")?;
    // Before anything is made where no gate can be.
    let repository = Repository::around(&here)?;
    let results = results::gate_folder(arguments.results.as_deref(), &ab_test::folder(&here));
    results::check_writable(&results)?;
    let note = Note::begin(&results, &host::machine().key)?;
    match measured(arguments, base, &repository, &here) {
        Ok(run) => note.remove().map(|()| run).map_err(Into::into),
        Err(error) => {
            note.write(reason(&error), &output::causes(&error))?;
            Err(error)
        }
    }
}

fn reason(error: &anyhow::Error) -> NotMeasuredReason {
    match error.downcast_ref::<runner::Error>() {
        Some(runner::Error::Build { side, .. }) if *side == Side::Candidate.name() => NotMeasuredReason::CandidateBuild,
        Some(runner::Error::Build { .. }) => NotMeasuredReason::BaselineBuild,
        Some(runner::Error::Nothing(_)) => NotMeasuredReason::NoBenchmark,
        _ => NotMeasuredReason::Failed,
    }
}

fn judge(arguments: &Gate, run: &PairedRun) -> Result<Exit> {
    let policy = GatePolicy {
        allowed_missing: arguments.allow_missing.clone(),
        accepted: accepted::standing(arguments.accepted.as_deref())?,
    };
    accepted::note_unknown_commits(arguments.accepted.as_deref(), &policy.accepted, &run.commits)?;
    let gate = gate::gate(run, &policy);
    let is_named =
        |topic: &str, benchmark: &str, name: &str| name == benchmark || name == format!("{topic}: {benchmark}");
    let allowed = |name: &str| gate.allowed_missing.iter().any(|it| is_named(&it.topic, &it.benchmark, name));
    for name in arguments.allow_missing.iter().filter(|name| !allowed(name)) {
        let missing: Vec<_> = gate.missing.iter().filter(|it| it.benchmark == *name).collect();
        let mut known = gate.results().map(|series| is_named(&series.topic, &series.benchmark, name));
        let why = match missing[..] {
            [first, ..] => format!("several targets miss it; write `{}: {name}`", first.topic),
            [] if known.any(|it| it) || gate.added.contains(name) => "it is not missing".to_owned(),
            [] => "no benchmark has that name".to_owned(),
        };
        output::note(&format!("warning: --allow-missing {name} has no effect: {why}"));
    }
    output::print_folded(&GateData::new(run, &gate), arguments.output.format, arguments.verbose, gate_page)?;
    Ok(match gate.outcome {
        Outcome::Pass => Exit::Success,
        Outcome::Fail if arguments.warn_only => Exit::Success,
        Outcome::Fail => Exit::Regression,
        Outcome::Inconclusive => Exit::Inconclusive,
    })
}

/// Builds and measures; nothing is measured where both sides turn out to be the same code.
fn measured(arguments: &Gate, base: &str, repository: &Repository, here: &Path) -> Result<PairedRun> {
    let revisions = revisions(repository, arguments, base)?;
    let commits = repository.between(&revisions.baseline, &revisions.candidate)?;
    let lacked = repository.between(&revisions.candidate, &revisions.baseline)?.len();
    if lacked > 0 {
        output::note(&format!(
            "warning: the candidate lacks {lacked} of the baseline's commits, which are judged as if it took them back; \
             --base \"$(git merge-base {base} {})\" judges the candidate's own alone",
            revisions.candidate.commit
        ));
    }
    let folder = ab_test::folder(here);
    let _lock = runner::lock(&folder)?;

    let selection = Selection {
        packages: arguments.package.clone(),
        benches: arguments.bench.clone(),
        cargo: arguments.cargo.clone(),
    };
    let builds = ab_test::builds(repository, &folder, revisions, &selection)?;
    let options = PairOptions {
        budget: arguments.budget,
        seed: arguments.seed.unwrap_or_else(|| fastrand::u64(..)),
        selection: &selection,
        filter: arguments.filter.as_ref(),
        commits,
        same_code: arguments.aa,
        evidence: arguments.evidence,
        results: arguments.results.as_deref(),
    };
    // A filter that matches nothing is an error of identical sides, too.
    let mut plan = runner::plan(&builds, arguments.filter.as_ref())?;
    let revisions = builds.try_map(|_, build| Ok::<_, anyhow::Error>(build.checkout.revision.clone()))?;
    let changed = repository.changed_files(&revisions.baseline, &revisions.candidate)?;
    plan.note_changed_benches(&builds, &changed);
    let list = arguments.accepted.as_deref().unwrap_or(Path::new(accepted::ACCEPTED));
    let places = list.canonicalize().ok().zip(repository.top().canonicalize().ok());
    let below_top = places.as_ref().and_then(|(list, top)| list.strip_prefix(top).ok());
    if let Some(file) = changed.iter().find(|file| Some(Path::new(file)) == below_top) {
        let text = "the change itself edits what is accepted, so read it before you trust the verdict".to_owned();
        plan.notes.push(TargetNote { topic: file.clone(), text });
    }
    if !arguments.aa && runner::are_identical(&builds, &changed)? {
        return ab_test::record_identical(&options, &builds, &folder);
    }
    ab_test::measure(&options, &builds, plan, &folder)
}

fn revisions(repository: &Repository, arguments: &Gate, base: &str) -> Result<Sides<Revision>> {
    let baseline = repository.revision(base)?;
    let candidate = match &arguments.head {
        Some(name) => repository.revision(name)?,
        None if arguments.allow_dirty => repository.work_tree()?,
        None => {
            let changed = repository.uncommitted()?;
            ensure!(
                changed.is_empty(),
                "tracked files have uncommitted changes ({}), so the result could not be reproduced; commit them, or judge \
                 them with --allow-dirty",
                some_of(&changed, FILES_MAX)
            );
            repository.revision("HEAD")?
        }
    };
    if baseline.id == candidate.id && !arguments.aa {
        bail!(
            "baseline and candidate are the same commit {}: a comparison with itself finds nothing; name another --base, or \
             measure what noise alone does with --aa",
            baseline.id
        );
    }
    Ok(Sides { baseline, candidate })
}
