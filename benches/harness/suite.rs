//! The benchmarks of one target: listed first, then run set by set.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{Bencher, BenchmarkGroup, BenchmarkId, Criterion};
use parcost::bench::{Class, WorkerError, ratio_target, topic_of};

use super::budget;
use super::launcher::Launcher;
use super::pace::{Pace, warm};
use super::replay::replay;
use super::rounds::{Probes, Subject, Tally, measure};
use super::witness::{Witness, iai_home, session_age, session_folder, target_folder};
use super::{Arguments, Mode};

/// What a target lists.
pub(crate) struct Suite {
    quick: bool,
    filter: String,
    cases: Vec<Case>,
    notes: Vec<Box<dyn Fn() -> Option<String>>>,
}

/// A benchmark to be run.
struct Case {
    group: String,
    function: String,
    parameters: String,
    id: String,
    /// What it takes turns with: those of its group at equal parameters.
    set: String,
    lower_bound: Option<String>,
    reference: Option<&'static str>,
}

/// The group that benchmarks are being added to.
pub(crate) struct Group<'a> {
    suite: &'a mut Suite,
    name: &'static str,
    reference: Option<&'static str>,
    lower_bound: Option<&'static str>,
    along: &'static str,
}

impl Suite {
    /// Adds to a group, whose results are normalized by the given reference workload: `syscall`, `clock` or `copy`.
    ///
    /// It is the one that three full runs moved with; what a timer decides has none.
    pub(crate) fn group(&mut self, name: &'static str, reference: impl Into<Option<&'static str>>) -> Group<'_> {
        Group { suite: self, name, reference: reference.into(), lower_bound: None, along: "" }
    }

    /// Has the record say something of the measurements, where there is something to say.
    pub(crate) fn note(&mut self, note: impl Fn() -> Option<String> + 'static) {
        self.notes.push(Box::new(note));
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
    /// From here on, benchmarks have this function of the group as their lower bound; it is listed as one itself.
    pub(crate) fn lower_bound(&mut self, function: &'static str) -> &mut Self {
        self.lower_bound = Some(function);
        self
    }

    /// From here on, benchmarks have no lower bound: nothing simpler does their work.
    pub(crate) fn without_lower_bound(&mut self) -> &mut Self {
        self.lower_bound = None;
        self
    }

    /// From here on, benchmarks that differ in this parameter alone take turns, too: what is compared are the points of a curve.
    pub(crate) fn along(&mut self, parameter: &'static str) -> &mut Self {
        self.along = parameter;
        self
    }

    /// Adds functions that a quick run leaves out.
    pub(crate) fn full(&mut self, functions: &[&str], parameters: &[(&str, u64)]) -> &mut Self {
        if self.suite.quick { self } else { self.bench(functions, parameters) }
    }

    /// Adds functions at the given parameters.
    pub(crate) fn bench(&mut self, functions: &[&str], parameters: &[(&str, u64)]) -> &mut Self {
        let mut pairs: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.sort();
        let parameters = pairs.join(",");
        pairs.retain(|pair| pair.split('=').next() != Some(self.along));
        let set = format!("{} {} {}", self.name, self.along, pairs.join(","));
        for function in functions {
            let separator = if parameters.is_empty() { "" } else { "/" };
            self.suite.cases.push(Case {
                group: self.name.to_owned(),
                function: (*function).to_owned(),
                id: format!("{}/{function}{separator}{parameters}", self.name),
                parameters: parameters.clone(),
                set: set.clone(),
                lower_bound: self.lower_bound.filter(|lower_bound| lower_bound != function).map(str::to_owned),
                reference: self.reference,
            });
        }
        self
    }
}

/// Runs a target: lists its benchmarks by `declare`, then does what the command line asks.
pub(crate) fn run(topic: &str, declare: impl FnOnce(&mut Suite)) -> ExitCode {
    let arguments = super::arguments();
    if arguments.names_ours {
        return replace_ours(&arguments);
    }
    let filter = arguments.filter.as_ref().map_or(String::new(), |filter| filter.to_string());
    let mut suite = Suite { quick: arguments.quick, filter, cases: Vec::new(), notes: Vec::new() };
    declare(&mut suite);
    if arguments.mode == Mode::Test {
        suite.keep_smallest();
    }
    if let Some(case) = suite.cases.iter().find(|case| topic_of(&case.group) != Some(topic)) {
        eprintln!("error: add the group `{}` to the topic `{topic}` in src/model/topics.rs", case.group);
        return ExitCode::FAILURE;
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
        if arguments.mode != Mode::Measure || self.cases.is_empty() {
            let mut criterion = Criterion::default().without_plots().configure_from_args();
            let failures = self.cases.iter().filter(|case| !case.once(&mut criterion, arguments.mode)).count();
            criterion.final_summary();
            return Ok(failures);
        }
        let mut witness = Witness::open(topic, arguments.profile())?;
        self.notes.iter().filter_map(|note| note()).try_for_each(|note| witness.note(&note))?;
        let (start, mut begun, mut failures) = (Instant::now(), 0, 0);
        let (mut probes, mut tally) = (Probes::default(), Tally::default());
        let time = arguments.budget.map(|whole| budget::of(topic, whole.saturating_sub(session_age()), &chosen()));
        for set in self.sets() {
            self.announce(topic, begun, start);
            // What one set leaves of its time, those that follow share.
            let share = set.len() as f64 / (self.cases.len() - begun) as f64;
            let deadline = time.map(|time| Instant::now() + time.saturating_sub(start.elapsed()).mul_f64(share));
            begun += set.len();
            failures += run_set(&set, &mut witness, arguments.quick, deadline, &mut probes, &mut tally)?;
        }
        let Tally { measured, disturbed, ratios } = tally;
        for (class, what) in [(Class::System, "ratios"), (Class::Compute, "ratios of computing")] {
            let met: Vec<bool> = ratios.iter().filter(|(of, _)| *of == class).map(|(_, is_met)| *is_met).collect();
            let (wide, percent) = (met.iter().filter(|is_met| !**is_met).count(), 100.0 * ratio_target(class));
            if wide > 0 {
                let all = met.len();
                witness.note(&format!(
                    "{wide} of {all} {what} are still wider than ±{percent} % after the last round that was allowed"
                ))?;
            }
        }
        if disturbed > 0 {
            let reason = format!(
                "{disturbed} of {measured} lacked a CPU that they needed; others replace them where there are enough"
            );
            witness.note(&format!("rounds: {reason}"))?;
        }
        witness.done()?;
        record_without_summary(topic)?;
        Ok(failures)
    }

    /// The cases that take turns, in the order of the first of each.
    fn sets(&self) -> Vec<Vec<&Case>> {
        let mut sets: Vec<Vec<&Case>> = Vec::new();
        for case in &self.cases {
            match sets.iter_mut().find(|set| set[0].set == case.set) {
                Some(set) => set.push(case),
                None => sets.push(vec![case]),
            }
        }
        sets
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

/// Tries each case of a set, measures those that can be in turns, and hands the samples to Criterion. Returns how many failed.
fn run_set(
    set: &[&Case],
    witness: &mut Witness,
    quick: bool,
    deadline: Option<Instant>,
    probes: &mut Probes,
    tally: &mut Tally,
) -> io::Result<usize> {
    let (mut cases, mut paces, mut failures) = (Vec::new(), Vec::new(), 0);
    for case in set {
        match case.attempt() {
            Ok([operation, whole]) => {
                witness.benchmark(&case.id, case.lower_bound.as_deref(), case.reference)?;
                cases.push(case);
                paces.push(Pace::of(operation, whole, quick));
            }
            Err(WorkerError::Refused(reason)) => {
                eprintln!("{}: skipped: {reason}", case.id);
                witness.omission(&case.id, &reason)?;
            }
            Err(error) => failures += case.failed(witness, error.reason())?,
        }
    }
    let mut subjects: Vec<Subject> =
        cases.iter().zip(&paces).map(|(case, pace)| Subject::new(&case.id, *pace)).collect();
    tally.add(measure(&mut subjects, deadline, probes, witness)?);
    for ((case, pace), subject) in cases.iter().zip(paces).zip(subjects) {
        let reported = subject.samples().and_then(|samples| {
            replay(&samples, pace, |criterion, routine, configure| case.bench(criterion, routine, configure))
        });
        if let Err(reason) = reported {
            failures += case.failed(witness, &reason)?;
        }
    }
    Ok(failures)
}

impl Case {
    /// Runs it once, or names it, and measures nothing. Returns false when it failed.
    fn once(&self, criterion: &mut Criterion, mode: Mode) -> bool {
        let attempt = if mode == Mode::List { Ok([Duration::ZERO; 2]) } else { self.attempt() };
        let outcome = attempt.map(|[operation, _]| {
            let mut routine = |bencher: &mut Bencher<'_>| bencher.iter_custom(|_| operation);
            catch_unwind(AssertUnwindSafe(|| self.bench(criterion, &mut routine, &|_| ())))
        });
        match outcome {
            Ok(outcome) => return outcome.is_ok(),
            Err(WorkerError::Refused(reason)) => eprintln!("{}: skipped: {reason}", self.id),
            Err(error) => {
                eprintln!("{}: failed: {}", self.id, error.reason());
                return false;
            }
        }
        true
    }

    /// Records the failure, and counts it.
    fn failed(&self, witness: &mut Witness, reason: &str) -> io::Result<usize> {
        eprintln!("{}: failed: {reason}", self.id);
        witness.failure(&self.id, reason)?;
        Ok(1)
    }

    /// Runs it a few times in a process of its own: how long one operation takes about, once it is warm, inside the clock and
    /// with what is outside.
    fn attempt(&self) -> Result<[Duration; 2], WorkerError> {
        let mut launcher = Launcher::start_small("launch")?;
        let times = warm(|iterations| {
            let start = Instant::now();
            let inside = Duration::from_nanos(launcher.run(&self.id, u64::from(iterations))?.elapsed_ns);
            Ok([inside, start.elapsed()].map(|time| time / iterations))
        })?;
        launcher.finish()?;
        Ok(times)
    }

    fn bench(
        &self,
        criterion: &mut Criterion,
        routine: &mut dyn FnMut(&mut Bencher<'_>),
        configure: &dyn Fn(&mut BenchmarkGroup<'_, WallTime>),
    ) {
        let mut group = criterion.benchmark_group(&self.group);
        configure(&mut group);
        if self.parameters.is_empty() {
            group.bench_function(self.function.as_str(), routine);
        } else {
            group.bench_function(BenchmarkId::new(&self.function, &self.parameters), routine);
        }
        group.finish();
    }
}

/// Criterion's own `--quick` takes two samples, too few for anything, and it knows no `--budget`: the target starts itself anew
/// with both in its environment.
fn replace_ours(arguments: &Arguments) -> ExitCode {
    use std::os::unix::process::CommandExt;
    let mut is_value = false;
    let rest = std::env::args_os().skip(1).filter(|word| {
        let is_ours = std::mem::replace(&mut is_value, word == "--budget") || word == "--budget" || word == "--quick";
        !is_ours && !word.to_string_lossy().starts_with("--budget=")
    });
    let program = std::env::current_exe().expect("a program knows its own file");
    let mut again = Command::new(program);
    again.args(rest).envs(arguments.quick.then_some((super::arguments::QUICK, "1")));
    again.envs(arguments.budget.map(|time| (super::arguments::BUDGET, format!("{}s", time.as_secs_f64()))));
    let error = again.exec();
    eprintln!("error: the benchmarks cannot be started: {error}");
    ExitCode::FAILURE
}

/// Where no summary follows, the last of the chosen targets has the run recorded, which prints its summary.
pub(crate) fn record_without_summary(topic: &str) -> io::Result<()> {
    let chosen = chosen();
    if summary_follows() || chosen.iter().any(|other| other.as_str() > topic) {
        return Ok(());
    }
    let target = target_folder()?;
    let criterion = std::env::var_os("CRITERION_HOME").map_or_else(|| target.join("criterion"), PathBuf::from);
    let mut record = Command::new(env!("CARGO_BIN_EXE_parcost"));
    record.current_dir(env!("CARGO_MANIFEST_DIR")).arg("record").arg("--session").arg(session_folder()?);
    record.arg("--criterion").arg(criterion).arg("--iai").arg(iai_home(&target));
    record.arg("--binary").arg(env!("CARGO_BIN_EXE_worker"));
    let words = std::env::args().skip(1).filter(|word| !["--bench", "--quick"].contains(&word.as_str()));
    let selected: Vec<String> = words.collect();
    if !selected.is_empty() {
        record.arg(format!("--profile-note={}", selected.join(" ")));
    }
    record.status().map(drop)
}

/// Whether `cargo bench` was asked for everything: then the summary comes last and lists the failures.
pub(crate) fn summary_follows() -> bool {
    let chosen = chosen();
    chosen.is_empty() || chosen.iter().any(|name| name == "summary")
}

/// The targets that `cargo bench` was asked for by name; it runs them in the order of their names.
fn chosen() -> Vec<String> {
    let command = std::fs::read(format!("/proc/{}/cmdline", std::os::unix::process::parent_id())).unwrap_or_default();
    let command = String::from_utf8_lossy(&command).into_owned();
    let mut words = command.split('\0').take_while(|word| *word != "--");
    let mut chosen = Vec::new();
    while let Some(word) = words.next() {
        match word.strip_prefix("--bench=") {
            Some(name) => chosen.push(name.to_owned()),
            None if word == "--bench" => chosen.extend(words.next().map(str::to_owned)),
            None => {}
        }
    }
    chosen
}
