//! `parcost selftest`: what the gate makes up and what it overlooks, on this machine.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Args;
use fastrand::Rng;
use regex::Regex;

use super::ab_test::{self, PairOptions, budget};
use super::exit::Exit;
use super::output::{self, Format, OutputArgs, note};
use super::results::StoreArgs;
use crate::gate::{self, GatePolicy};
use crate::git::Repository;
use crate::model::PairedRun;
use crate::report::{selftest_page, selftest_rows};
use crate::runner::{self, Plan, Selection, Sides};
use crate::store;

/// The slowness that is planted, each in as many benchmarks as the others.
const PLANTED: [f64; 4] = [1.02, 1.05, 1.10, 1.25];

/// One benchmark in so many is slowed down: a change of the source seldom touches more, and the control of false
/// discoveries grows lenient with the share that moved.
const ONE_IN: usize = 5;

/// Measure how often the gate raises a false alarm on this machine, and how small a slowness it finds
#[derive(Args, Debug)]
pub(super) struct Selftest {
    /// Number of gates to hold
    #[arg(long, value_name = "NUMBER", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) gates: u32,
    /// Time for measuring in each gate: 90s, 10m
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = budget)]
    pub(super) budget: Duration,
    /// A bench target; may be given several times
    #[arg(long, value_name = "TARGET")]
    pub(super) bench: Vec<String>,
    /// Measure the benchmarks whose name matches this regular expression
    #[arg(long, value_name = "REGEX")]
    pub(super) filter: Option<Regex>,
    /// What is drawn is drawn from this [default: drawn]
    #[arg(long, value_name = "NUMBER")]
    pub(super) seed: Option<u64>,
    /// Judge what earlier self-tests stored, and measure nothing
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = OF_MEASURING)]
    pub(super) from: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) results: StoreArgs,
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

/// Options that say how to measure.
const OF_MEASURING: [&str; 6] = ["gates", "budget", "bench", "filter", "seed", "results"];

/// Holds gates over the same code, some of it slowed down on purpose, and tells what they found.
pub(super) fn run(arguments: &Selftest) -> Result<Exit> {
    let runs = if arguments.from.is_empty() {
        measured(arguments)?
    } else {
        arguments.from.iter().map(|path| store::paired::read(path)).collect::<Result<Vec<_>, _>>()?
    };
    check(&runs)?;
    let outcome = gate::selftest(&runs, &GatePolicy::default());
    match arguments.output.format {
        Format::Json => output::json(&selftest_rows(&runs, &outcome))?,
        format => output::page(&selftest_page(&runs, &outcome), format)?,
    }
    Ok(if runs.iter().all(|run| run.benchmarks.is_empty()) { Exit::Inconclusive } else { Exit::Success })
}

/// Refuses runs that say nothing of one machine's noise together.
fn check(runs: &[PairedRun]) -> Result<()> {
    let mut ids = BTreeSet::new();
    for run in runs {
        ensure!(ids.insert(&run.id), "run {} is there twice, and would count twice; name every file once", run.id);
        let (own, first) = (&run.machine.key, &runs[0].machine.key);
        ensure!(
            own == first,
            "run {} is of the machine {own}, and run {} of {first}: each machine has its own noise; judge them apart",
            run.id,
            runs[0].id
        );
        ensure!(
            run.same_code,
            "run {} compares two revisions: what moved in it is not known beforehand; name runs of `parcost selftest` or of \
             `parcost gate --same-code`",
            run.id
        );
    }
    Ok(())
}

fn measured(arguments: &Selftest) -> Result<Vec<PairedRun>> {
    let here = std::env::current_dir().context("the current folder cannot be told")?;
    let repository = Repository::around(&here)?;
    let revision = repository.as_it_stands()?;
    let folder = ab_test::folder(&here);
    let _lock = runner::lock(&folder)?;
    let selection = Selection { benches: arguments.bench.clone(), ..Selection::default() };
    let build = ab_test::build(&repository, &folder, revision, &selection)?;
    ensure!(
        build.launcher.is_some(),
        "slowness can be planted only where a launcher keeps the number of operations; name one in \
         [package.metadata.parcost] of Cargo.toml, or measure false alarms alone with `parcost gate --same-code`"
    );
    let builds = Sides { baseline: build.clone(), candidate: build };
    let plan = runner::plan(&builds, arguments.filter.as_ref(), &BTreeSet::new())?;
    ensure!(
        !plan.subjects.is_empty(),
        "no benchmark that is timed matches; a self-test plants slowness in times alone"
    );
    let seed = arguments.seed.unwrap_or_else(|| fastrand::u64(..));
    let mut rng = Rng::with_seed(seed);
    let mut runs = Vec::new();
    for gate in 1..=arguments.gates {
        note(&format!("gate {gate} of {}", arguments.gates));
        let options = PairOptions {
            budget: arguments.budget,
            seed: rng.u64(..),
            filter: arguments.filter.as_ref(),
            commits: Vec::new(),
            same_code: true,
            results: arguments.results.folder.as_deref(),
        };
        runs.push(ab_test::measure(&options, &builds, with_planted(&plan, &mut rng), &folder)?);
    }
    Ok(runs)
}

/// The plan without what counts, and with slowness in one benchmark of [`ONE_IN`].
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
