//! The benchmarks of one target: listed first, then run one by one.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, SamplingMode};
use parcost::bench::WorkerError;

use super::launcher::Launcher;
use super::pace::Pace;
use super::rounds::Rounds;
use super::witness::{Witness, session_folder};
use super::{Arguments, Mode};

/// Resamples of Criterion's bootstrap; the intervals that we print come from the rounds.
const RESAMPLES: usize = 2_000;

/// What a target lists.
pub(crate) struct Suite {
    quick: bool,
    filter: String,
    cases: Vec<Case>,
}

/// A benchmark to be run.
struct Case {
    group: String,
    function: String,
    parameters: String,
    id: String,
    floor: Option<String>,
    calibrator: Option<&'static str>,
}

/// The group that benchmarks are being added to.
pub(crate) struct Group<'a> {
    suite: &'a mut Suite,
    name: &'static str,
    calibrator: Option<&'static str>,
    floor: Option<&'static str>,
}

impl Suite {
    /// Adds to a group, whose results are held against the given calibrator: `syscall`, `clock` or `copy`.
    ///
    /// It is the one that three full runs moved with; what a timer decides is held against none.
    pub(crate) fn group(&mut self, name: &'static str, calibrator: impl Into<Option<&'static str>>) -> Group<'_> {
        Group { suite: self, name, calibrator: calibrator.into(), floor: None }
    }

    /// Whether the filter names these very words: for benchmarks that run on request only.
    pub(crate) fn asked_for(&self, words: &str) -> bool {
        self.filter.contains(words)
    }

    /// The whole axis, or in the short profile only the values in `short`.
    pub(crate) fn axis(&self, whole: &[u64], short: &[u64]) -> Vec<u64> {
        if self.quick { short.to_vec() } else { whole.to_vec() }
    }
}

impl Group<'_> {
    /// From here on, benchmarks have this function of the group as their floor; it is listed as one itself.
    pub(crate) fn floor(&mut self, function: &'static str) -> &mut Self {
        self.floor = Some(function);
        self
    }

    /// From here on, benchmarks have no floor: nothing simpler does their work.
    pub(crate) fn without_floor(&mut self) -> &mut Self {
        self.floor = None;
        self
    }

    /// Adds functions at the given parameters.
    pub(crate) fn bench(&mut self, functions: &[&str], parameters: &[(&str, u64)]) -> &mut Self {
        let mut pairs: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.sort();
        let parameters = pairs.join(",");
        for function in functions {
            let separator = if parameters.is_empty() { "" } else { "/" };
            self.suite.cases.push(Case {
                group: self.name.to_owned(),
                function: (*function).to_owned(),
                id: format!("{}/{function}{separator}{parameters}", self.name),
                parameters: parameters.clone(),
                floor: self.floor.filter(|floor| floor != function).map(str::to_owned),
                calibrator: self.calibrator,
            });
        }
        self
    }
}

/// Runs a target: lists its benchmarks by `declare`, then does what the command line asks.
pub(crate) fn run(topic: &str, declare: impl FnOnce(&mut Suite)) -> ExitCode {
    let arguments = super::arguments();
    if arguments.quick && !arguments.replaced {
        return replace_quick();
    }
    let filter = arguments.filter.as_ref().map_or(String::new(), |filter| filter.to_string());
    let mut suite = Suite { quick: arguments.quick, filter, cases: Vec::new() };
    declare(&mut suite);
    if arguments.mode == Mode::Test {
        suite.keep_smallest();
    }
    suite.cases.retain(|case| arguments.selects(&case.id));
    match suite.run(topic, &arguments) {
        Ok(failures) if failures > 0 && (arguments.mode == Mode::Test || !summary_follows()) => ExitCode::FAILURE,
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {topic}: the record of this run cannot be written: {error}");
            ExitCode::FAILURE
        }
    }
}

impl Suite {
    /// Of each function and each of its axes only the parameters listed first, which are the smallest.
    fn keep_smallest(&mut self) {
        let names =
            |case: &Case| case.parameters.split(',').filter_map(|pair| pair.split('=').next()).collect::<String>();
        let mut seen = BTreeSet::new();
        self.cases.retain(|case| seen.insert((case.group.clone(), case.function.clone(), names(case))));
    }

    /// Runs all cases; a case that fails is recorded and the others go on. Returns how many failed.
    fn run(&self, topic: &str, arguments: &Arguments) -> io::Result<usize> {
        let mut witness = match arguments.mode {
            Mode::Measure if !self.cases.is_empty() => Some(Witness::open(topic, arguments.profile())?),
            _ => None,
        };
        let mut criterion = Criterion::default().without_plots().configure_from_args();
        let start = Instant::now();
        let mut failures = 0;
        for (index, case) in self.cases.iter().enumerate() {
            if arguments.mode == Mode::List {
                case.bench(&mut criterion, &mut None, Pace::of(Duration::ZERO, true));
                continue;
            }
            self.announce(topic, index, start);
            failures += usize::from(!case.run(&mut criterion, &mut witness, arguments.quick)?);
        }
        if let Some(witness) = witness {
            witness.done()?;
            tell_way_to_summary()?;
        }
        criterion.final_summary();
        Ok(failures)
    }

    /// How far we are and how long it will take, for somebody who waits.
    fn announce(&self, topic: &str, index: usize, start: Instant) {
        if io::stderr().is_terminal() {
            let left = start.elapsed().as_secs_f64() / index.max(1) as f64 * (self.cases.len() - index) as f64;
            let left = if index == 0 { String::new() } else { format!(", about {left:.0} s left") };
            eprintln!("parcost: {topic} {} of {}{left}", index + 1, self.cases.len());
        }
    }
}

impl Case {
    /// Tries the benchmark once and then measures it. Returns false when it failed.
    fn run(&self, criterion: &mut Criterion, witness: &mut Option<Witness>, quick: bool) -> io::Result<bool> {
        let operation = match self.attempt() {
            Ok(operation) => operation,
            Err(WorkerError::Refused(reason)) => {
                eprintln!("{}: left out: {reason}", self.id);
                witness.as_mut().map_or(Ok(()), |witness| witness.omission(&self.id, &reason))?;
                return Ok(true);
            }
            Err(error) => return self.failed(witness, error.reason()),
        };
        if let Some(witness) = witness {
            witness.benchmark(&self.id, self.floor.as_deref(), self.calibrator)?;
        }
        let pace = Pace::of(operation, quick);
        let outcome = catch_unwind(AssertUnwindSafe(|| self.bench(criterion, witness, pace)));
        match outcome {
            Ok(()) => Ok(true),
            Err(panic) => {
                let reason = panic.downcast_ref::<String>().map_or("it panicked", String::as_str).to_owned();
                self.failed(witness, &reason)
            }
        }
    }

    fn failed(&self, witness: &mut Option<Witness>, reason: &str) -> io::Result<bool> {
        eprintln!("{}: failed: {reason}", self.id);
        witness.as_mut().map_or(Ok(()), |witness| witness.failure(&self.id, reason))?;
        Ok(false)
    }

    /// Runs it a few times in a process of its own: how long one operation takes about, once it is warm.
    fn attempt(&self) -> Result<Duration, WorkerError> {
        let mut launcher = Launcher::start("launch")?;
        launcher.run(&self.id, 1)?;
        let warm = launcher.run(&self.id, 2)?;
        launcher.finish()?;
        Ok(Duration::from_nanos(warm.elapsed_ns / 2))
    }

    fn bench(&self, criterion: &mut Criterion, witness: &mut Option<Witness>, pace: Pace) {
        let mut group = criterion.benchmark_group(&self.group);
        group
            .sampling_mode(SamplingMode::Flat)
            .sample_size(pace.samples as usize)
            .nresamples(RESAMPLES)
            .warm_up_time(pace.warm_up)
            .measurement_time(pace.measurement);
        let mut rounds = Rounds::new(&self.id, pace.samples_per_round);
        let mut measured = |bencher: &mut criterion::Bencher<'_>| {
            bencher.iter_custom(|iterations| rounds.sample(iterations, witness));
        };
        if self.parameters.is_empty() {
            group.bench_function(self.function.as_str(), &mut measured);
        } else {
            group.bench_function(BenchmarkId::new(&self.function, &self.parameters), &mut measured);
        }
        group.finish();
        rounds.finish();
    }
}

/// Criterion's own `--quick` takes two samples, too few for anything: the target starts itself anew without it and
/// with our short profile.
fn replace_quick() -> ExitCode {
    use std::os::unix::process::CommandExt;
    let rest = std::env::args_os().skip(1).filter(|argument| argument != "--quick");
    let program = std::env::current_exe().expect("a program knows its own file");
    let error = Command::new(program).args(rest).env(super::arguments::QUICK, "1").exec();
    eprintln!("error: the short profile cannot be started: {error}");
    ExitCode::FAILURE
}

/// Where no summary follows, says how to have one.
pub(crate) fn tell_way_to_summary() -> io::Result<()> {
    if !summary_follows() {
        let (parcost, session) = (env!("CARGO_BIN_EXE_parcost"), session_folder()?);
        eprintln!("\nparcost: for the summary of this run: {parcost} record --session {}", session.display());
    }
    Ok(())
}

/// Whether `cargo bench` was asked for everything: then the summary comes last and tells of failures.
pub(crate) fn summary_follows() -> bool {
    let command = std::fs::read(format!("/proc/{}/cmdline", std::os::unix::process::parent_id())).unwrap_or_default();
    let mut words = command.split(|&byte| byte == 0).take_while(|word| *word != b"--");
    let mut chosen = words.clone().any(|word| word.starts_with(b"--bench=") || word == b"--bench");
    if words.any(|word| word == b"summary" || word == b"--bench=summary") {
        chosen = false;
    }
    !chosen
}
