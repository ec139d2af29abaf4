//! `parcost selftest`: false alarms and power of the gate on this machine.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, ensure};
use clap::Args;
use fastrand::Rng;
use regex::Regex;

use super::ab_test::{self, Budget, Evidence, PairOptions};
use super::exit::Exit;
use super::number::{budget, whole};
use super::output::{self, OutputArgs, note};
use super::results;
use crate::gate::{self, GatePolicy};
use crate::git::Repository;
use crate::model::PairedRun;
use crate::report::{SelfTestData, selftest_page};
use crate::runner::{self, Plan, Selection, Sides};
use crate::store;

/// The slowdowns that are planted, each in as many benchmarks as the others.
const PLANTED: [f64; 4] = [1.02, 1.05, 1.10, 1.25];

/// One benchmark in so many is slowed down: a change of the source seldom touches more, and the control of false
/// discoveries grows lenient with the share that moved.
const ONE_IN: usize = 5;

/// Measure the false-alarm rate and the power of the gate on this machine
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  parcost selftest
  parcost selftest --repeat 5 --budget 5m --bench spawn

Slowdowns are planted by the launcher that the package names in [package.metadata.parcost]; without one, \
`parcost gate --base HEAD --aa` measures false alarms alone.

Exit codes: 0 success · 2 usage · 3 the code cannot be built or measured · 4 nothing was measured")]
pub(super) struct Selftest {
    /// Number of gates to run
    #[arg(long, alias = "gates", value_name = "NUMBER", default_value_t = 3, value_parser = whole(1..=1_000u32, 5))]
    repeat: u32,
    /// Time for the pairs of each gate: 90s, 10m
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = budget)]
    budget: Duration,
    /// Bench target; may be given several times
    #[arg(long, value_name = "TARGET")]
    bench: Vec<String>,
    /// Measure only benchmarks whose name matches this regular expression
    #[arg(long, value_name = "REGEX")]
    filter: Option<Regex>,
    /// Seed of the random orders [default: random]
    #[arg(long, value_name = "NUMBER", value_parser = whole(0..=u64::MAX, 7))]
    seed: Option<u64>,
    /// Judge stored self-tests again, and measure nothing
    #[arg(long, value_name = "FILE", alias = "from", num_args = 1.., conflicts_with_all = OF_MEASURING)]
    replay: Vec<PathBuf>,
    /// Folder to store the gates in [default: parcost/gate/results in the target folder]
    #[arg(long, value_name = "DIR")]
    results: Option<PathBuf>,
    #[command(flatten)]
    output: OutputArgs,
}

const OF_MEASURING: [&str; 6] = ["repeat", "budget", "bench", "filter", "seed", "results"];

pub(super) fn run(arguments: &Selftest) -> Result<Exit> {
    let runs = if arguments.replay.is_empty() {
        measured(arguments)?
    } else {
        arguments.replay.iter().map(|path| store::paired::read(path)).collect::<Result<Vec<_>, _>>()?
    };
    check(&runs)?;
    let data = SelfTestData::new(&runs, gate::selftest(&runs, &GatePolicy::default()));
    output::print(&data, arguments.output.format, selftest_page)?;
    Ok(if runs.iter().all(|run| run.benchmarks.is_empty()) { Exit::Inconclusive } else { Exit::Success })
}

fn check(runs: &[PairedRun]) -> Result<()> {
    let mut ids = BTreeSet::new();
    for run in runs {
        ensure!(ids.insert(&run.id), "run {} is given twice; name every file once", run.id);
        let (own, first) = (&run.machine.key, &runs[0].machine.key);
        ensure!(
            own == first,
            "run {} is of machine {own}, run {} of {first}; judge each machine by itself, since each has its own noise",
            run.id,
            runs[0].id
        );
        ensure!(
            run.same_code,
            "run {} compares two revisions: what changed in it is not known beforehand; name runs of `parcost selftest` or of \
             `parcost gate --aa`",
            run.id
        );
    }
    Ok(())
}

fn measured(arguments: &Selftest) -> Result<Vec<PairedRun>> {
    let here = results::here()?;
    let repository = Repository::around(&here)?;
    let revision = repository.work_tree()?;
    let folder = ab_test::folder(&here);
    results::check_writable(&results::gate_folder(arguments.results.as_deref(), &folder))?;
    let _lock = runner::lock(&folder)?;
    let selection = Selection { benches: arguments.bench.clone(), ..Selection::default() };
    let build = ab_test::build(&repository, &folder, revision, &selection)?;
    let builds = Sides { baseline: build.clone(), candidate: build };
    let plan = runner::plan(&builds, arguments.filter.as_ref())?;
    ensure!(
        !plan.subjects.is_empty(),
        "no benchmark that is timed matches; a self-test plants slowdowns in times alone"
    );
    let seed = arguments.seed.unwrap_or_else(|| fastrand::u64(..));
    let mut rng = Rng::with_seed(seed);
    let mut runs = Vec::new();
    for gate in 1..=arguments.repeat {
        note(&format!("gate {gate} of {}", arguments.repeat));
        let options = PairOptions {
            budget: Budget::Most(arguments.budget),
            seed: rng.u64(..),
            selection: &selection,
            filter: arguments.filter.as_ref(),
            commits: Vec::new(),
            same_code: true,
            evidence: Evidence::Pairs,
            results: arguments.results.as_deref(),
        };
        runs.push(ab_test::measure(&options, &builds, with_planted(&plan, &mut rng), &folder)?);
    }
    Ok(runs)
}

/// The plan without what counts, and with a slowdown in one benchmark of [`ONE_IN`].
fn with_planted(plan: &Plan, rng: &mut Rng) -> Plan {
    let mut plan = Plan { counted: Vec::new(), ..plan.clone() };
    let mut order: Vec<usize> = (0..plan.subjects.len()).collect();
    rng.shuffle(&mut order);
    // As many of each, and at least one of each where there are benchmarks enough.
    let slowed = (plan.subjects.len() / ONE_IN).max(PLANTED.len().min(plan.subjects.len() / 2));
    for (place, index) in order.into_iter().take(slowed).enumerate() {
        plan.subjects[index].planted = PLANTED[place % PLANTED.len()];
    }
    plan
}
