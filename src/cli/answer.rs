//! `parcost answer`: threads or processes, by the numbers of one stored run.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use bytesize::ByteSize;
use clap::Args;

use super::exit::Exit;
use super::number::{size, wait_ns, whole, work_ns};
use super::output::{self, OutputArgs};
use super::results::{self, StoreArgs};
use super::select::{MachineArgs, RUN_HELP, Selector, full_runs};
use crate::advise::answer::{Answer as Answered, Crossover, answer as answered, forecast};
use crate::advise::{answer, usable};
use crate::model::{Run, changed_between, form_of};
use crate::report::{AnswerData, answer_page};
use crate::verdict::Sessions;
use crate::{host, runner};

/// Looking for all crossings again may take this long: a position takes one or two seconds.
const CHECKING_MAX: Duration = Duration::from_secs(120);

/// Answer "threads or processes?" from a stored run: claims, crossovers, and a forecast for your program
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  parcost answer
  parcost answer --work-us 200us --workers 8 --payload 64KiB

Exit codes: 0 success · 2 usage · 3 there is no such run, or --verify is not possible here")]
pub(super) struct Answer {
    #[arg(help = format!("{RUN_HELP} [default: the newest one of all topics]"))]
    run: Option<String>,
    /// Measure around every crossover, here and now, and report whether it is found again; the run must be of this machine
    #[arg(long)]
    verify: bool,
    /// Program that runs the workloads [default: worker, beside this program]
    #[arg(long, value_name = "FILE", requires = "verify")]
    worker: Option<PathBuf>,
    /// Print everything, not only the first screen; --format json has it always
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    machine: MachineArgs,
    #[command(flatten)]
    results: StoreArgs,
    #[command(flatten)]
    output: OutputArgs,
    // Last, since what follows a heading stands below it.
    #[command(flatten)]
    program: Program,
}

/// Reports which claims hold on the machine of a run, and from where on each mechanism is cheaper.
pub(super) fn run(arguments: &Answer) -> Result<Exit> {
    let folders = results::folders(arguments.results.folder.as_deref())?;
    let selector = Selector::new(folders.clone(), None, arguments.machine.machine.clone());
    let (path, run) = match &arguments.run {
        Some(named) => selector.one(named)?,
        None => selector.newest_whole()?,
    };
    let others = full_runs(&folders, &run.machine.key)?;
    let sessions = Sessions::new(&run, &others);
    let mut answer = answered(&sessions);
    if arguments.verify {
        let own = host::machine().key;
        let of = &run.machine.key;
        ensure!(*of == own, "--verify measures on the machine of the run: the run is of {of}, this machine is {own}");
        verify(&mut answer, &run, &worker(arguments.worker.as_deref())?)?;
    }
    let program = arguments.program.described(usable(&run));
    let forecast = program.map(|program| forecast(&sessions, program));
    let data = AnswerData::new(&sessions, path.display().to_string(), &answer, forecast);
    output::print_folded(&data, arguments.output.format, arguments.all, answer_page)?;
    Ok(Exit::Success)
}

/// The program that runs the workloads: the one that was named, or the one beside this.
fn worker(named: Option<&Path>) -> Result<PathBuf> {
    let path = match named {
        Some(named) => std::path::absolute(named).context("cannot make --worker an absolute path")?,
        None => std::env::current_exe().context("cannot determine the path of this program")?.with_file_name("worker"),
    };
    ensure!(
        path.is_file(),
        "{} does not exist; build it with `cargo build --release`, or name it with --worker",
        path.display()
    );
    Ok(path)
}

fn verify(answer: &mut Answered, run: &Run, worker: &Path) -> Result<()> {
    // Workloads that write files do so here, and take them away.
    let scratch = std::env::temp_dir();
    let until = Instant::now() + CHECKING_MAX;
    for crossover in &mut answer.crossovers {
        if let Some(reason) = unlike_form(crossover, run) {
            output::note(&reason);
            continue;
        }
        let measured = |position: u64| {
            let at = |function: &str| format!("{function}/{}={position}", crossover.axis);
            let benchmarks = [at(&crossover.candidate), at(&crossover.baseline)];
            let reason = match runner::side_by_side(worker, &scratch, [&benchmarks[0], &benchmarks[1]], until) {
                Ok(Some(times)) => return Some((position, times)),
                Ok(None) => format!("{}: no time left to measure it again", crossover.question),
                Err(reason) => reason,
            };
            output::note(&reason);
            None
        };
        // With a position missing it might have been crossed there.
        let Some(mut found) = crossover.positions().into_iter().map(measured).collect::<Option<Vec<_>>>() else {
            continue;
        };
        while let Some(between) = crossover.next(&found).and_then(measured) {
            found.push(between);
            found.sort_by_key(|(position, _)| *position);
        }
        if !found.is_empty() {
            crossover.checked(&found);
        }
    }
    Ok(())
}

/// Why a crossover of the run cannot be found again, where its benchmark itself has changed since.
fn unlike_form(crossover: &Crossover, run: &Run) -> Option<String> {
    let group = crossover.baseline.split('/').next()?;
    let (own, now) = (run.form(group), form_of(group));
    (own != now && crossover.crossing.is_ok()).then(|| {
        let Crossover { question, .. } = crossover;
        format!(
            "{question}: not measured again, because the benchmark itself changed: {}",
            changed_between(group, own, now)
        )
    })
}

/// No system runs more workers.
const WORKERS_MAX: u64 = 1 << 20;

const MIB: f64 = 1_048_576.0;

#[derive(Args, Debug)]
#[command(next_help_heading = "Your program")]
pub(super) struct Program {
    /// Forecast a program whose jobs compute this long each: 200us, 5ms; a plain number is of microseconds
    #[arg(id = "work_us", long = "work-us", value_name = "TIME", value_parser = work_ns)]
    work_ns: Option<f64>,
    /// Jobs at once, one worker each [default: the processors that were usable]
    #[arg(long, value_name = "NUMBER", requires = "work_us", value_parser = whole(1..=WORKERS_MAX, 8))]
    workers: Option<u64>,
    /// Data passed to each job: 64KiB, 10MB
    #[arg(long, value_name = "SIZE", requires = "work_us", value_parser = size)]
    payload: Option<ByteSize>,
    /// Resident memory of the program that starts the workers: 512MiB
    #[arg(long, value_name = "SIZE", requires = "work_us", value_parser = size)]
    rss: Option<ByteSize>,
    /// Time that each job waits for I/O beside computing: 10ms
    #[arg(id = "io_wait", long = "io-wait", value_name = "TIME", requires = "work_us", value_parser = wait_ns)]
    io_wait_ns: Option<f64>,
}

impl Program {
    /// The program, if one was described; `processors` workers unless there is another number of them.
    pub(super) fn described(&self, processors: u64) -> Option<answer::Program> {
        Some(answer::Program {
            work_ns: self.work_ns?,
            workers: self.workers.unwrap_or(processors),
            payload_bytes: self.payload.map(|size| size.as_u64()),
            rss_mib: self.rss.map(|size| size.as_u64() as f64 / MIB),
            io_wait_ns: self.io_wait_ns.unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advise::Crossing;
    use crate::verdict::fixture;

    #[test]
    fn a_crossover_of_another_form_is_not_measured_again() {
        let mut run = fixture::run();
        let mut crossovers = answered(&Sessions::new(&run, [])).crossovers;
        let split = crossovers.iter_mut().find(|it| it.baseline.starts_with("split/")).unwrap();
        split.crossing = Ok(Crossing::Always(1.0));
        let form = form_of("split");
        run.forms.insert("split".to_owned(), form);
        assert_eq!(unlike_form(split, &run), None);
        run.forms.insert("split".to_owned(), form + 1);
        let reason = unlike_form(split, &run).unwrap();
        let expected = format!("not measured again, because the benchmark itself changed: from form {}", form + 1);
        assert!(reason.contains(&expected), "{reason}");
    }
}
