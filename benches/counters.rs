//! What one operation costs in things that can be counted, of the same benchmarks as in the other topics.
//!
//! Every count is asked of a fresh worker process. All benchmarks go through one round before the next one begins, so
//! that the rounds of each lie apart in time.

mod harness;

use std::collections::BTreeSet;
use std::io;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use harness::{Arguments, Launcher, Mode, Witness};
use parcost::bench::WorkerError;
use parcost::bench::protocol::CountMetric::{self, *};
use parcost::bench::protocol::{Counts, Reply, Task};

/// Fresh processes for each count: the fewest that show whether it repeats.
const ROUNDS: u64 = 2;

/// No round is begun, and none but the first goes on, after this long: on a busy machine fewer rounds must do.
const PATIENCE: Duration = Duration::from_secs(35);

/// What is counted of most workloads.
const METRICS: [CountMetric; 6] =
    [UserInstructions, KernelInstructions, SystemCalls, PageFaults, ContextSwitches, TaskClock];

/// What is counted of work that needs no kernel: system calls and context switches would be those of the workers' own
/// bookkeeping, some sixteen an operation.
const WORK: [CountMetric; 4] = [UserInstructions, KernelInstructions, PageFaults, TaskClock];

/// What a quick run counts, of work that is the kernel's.
const QUICK: [CountMetric; 1] = [SystemCalls];

/// Groups of such work.
const WORKING: [&str; 8] = ["calc", "triad", "fault", "allocate", "counter", "counter_padded", "lock", "lock_read"];

/// Groups that a quick run leaves out, too: one operation is thousands of calls, and each is slow while it is traced.
const OF_MANY_CALLS: [&str; 5] = ["map", "open", "open_own", "echo", "stream"];

/// Functions that start a program, by some hundred calls each: one more or less of two starts is less than one per cent.
const OF_PROGRAMS: [&str; 5] = ["posix_spawn_minimal", "posix_spawn", "command", "command_fork", "fork_exec"];

/// So many operations of these are traced.
const PROGRAMS_TRACED: u64 = 2;

/// The metric of a trial run: countable everywhere, and its workload runs to the end.
const TRIAL: CountMetric = PageFaults;

/// Functions of one group at one set of parameters: `(group, parameters, lower bound, iterations, functions)`. So many
/// operations are in one count, and half of those in the other: enough that one count more or less is no matter.
type Cases = (&'static str, &'static str, Option<&'static str>, u64, &'static [&'static str]);

/// Mechanisms of handing data over.
const HAND_OVER: &[&str] = &[
    "floor_wake",
    "arc",
    "shared_mapping",
    "shared_mapping_fresh",
    "channel_clone",
    "pipe",
    "socket_pair",
    "process_vm_readv",
];

/// Mechanisms of work that scales.
const MECHANISMS: &[&str] = &["threads", "processes"];

#[rustfmt::skip]
const CASES: &[Cases] = &[
    ("spawn", "count=1", Some("floor_thread"), 100,
     &["floor_thread", "pthread", "thread", "scoped_thread", "small_stack_thread", "large_stack_thread"]),
    ("spawn", "count=1", Some("floor_process"), 100, &["floor_process", "fork", "fork_server"]),
    ("spawn", "count=1", None, 100, &["pooled_thread", "pooled_process"]),
    ("spawn", "count=1", Some("floor_exec"), 10,
     &["floor_exec", "posix_spawn_minimal", "posix_spawn", "command", "command_fork", "fork_exec"]),
    // These lower bounds take so little that a clock sees only many of them.
    ("rewrite", "dirty_percent=1", None, 10_000, &["floor"]),
    ("first_touch", "bytes=16777216", None, 500, &["floor"]),
    ("hand_over", "bytes=64", Some("floor_wake"), 200, HAND_OVER),
    ("hand_over", "bytes=65536", Some("floor_wake"), 50, HAND_OVER),
    ("descriptor", "", Some("floor_wake"), 200, &["floor_wake", "threads", "processes"]),
    ("round_trip", "cpus=1", Some("futex_threads"), 200,
     &["futex_threads", "futex_processes", "mpsc_threads", "condvar_threads", "eventfd_threads", "eventfd_processes",
       "pipe_threads", "pipe_processes", "socket_pair_threads", "socket_pair_processes"]),
    ("rewrite", "dirty_percent=1", Some("floor"), 4, &["copy_on_write", "shared_pages"]),
    ("first_touch", "bytes=16777216", Some("floor"), 1, &["small_pages", "huge_pages"]),
    ("round_trip", "cpus=2", None, 20_000, &["spin_threads", "spin_processes"]),
    ("fork_price", "rss_mib=16", None, 10, &["fork", "fork_reading", "posix_spawn"]),
    ("requests", "delay_ms=1", None, 2, &["sequential", "event_loop"]),
    ("requests", "delay_ms=1,workers=20", None, 2, &["threads", "processes", "tokio", "tokio_current_thread"]),
    ("read", "workers=1", None, 2, MECHANISMS),
    ("sync", "workers=1", None, 2, MECHANISMS),
    ("echo", "workers=1", None, 2, MECHANISMS),
    ("gil_calc", "workers=2", None, 2, &["one_lock", "lock_each"]),
    ("calc", "workers=1", None, 1, MECHANISMS),
    ("triad", "workers=1", None, 1, MECHANISMS),
    ("fault", "workers=1", None, 1, MECHANISMS),
    ("map", "workers=1", None, 1, MECHANISMS),
    ("open", "workers=1", None, 1, MECHANISMS),
    ("open_own", "workers=1", None, 1, MECHANISMS),
    ("allocate", "workers=1", None, 1, MECHANISMS),
    ("counter", "workers=1", None, 1, MECHANISMS),
    ("counter_padded", "workers=1", None, 1, MECHANISMS),
    ("lock", "workers=1", None, 1, &["threads", "processes", "mutex", "parking_lot"]),
    ("lock_read", "workers=1", None, 1, &["mutex", "rwlock"]),
    ("context_switch", "bytes=65536", None, 200, MECHANISMS),
    ("stream", "bytes=64", Some("floor"), 1, &["floor", "ring_threads", "ring_processes", "mpsc_threads", "pipe_processes"]),
    ("worker_memory", "", None, 1, &["thread", "forked", "executed"]),
    // What holds a connection has no less for itself than its place in the hand-made loop.
    ("connection_memory", "connections=1000", Some("event_loop"), 1, &["event_loop", "tokio", "threads"]),
    ("connection_memory", "connections=100", None, 1, &["threads", "processes"]),
];

/// What is timed and not counted, and why.
const LEFT_OUT: [(&str, &str); 5] = [
    (
        "connection_memory/processes/connections=1000",
        "processes are counted at 100 connections at most: a thousand take a second, and a control group may not allow them",
    ),
    ("crash", "what the other workers have done by then depends on when it comes"),
    ("protect", "the workers beside it spin for as long as it takes, and their instructions would count"),
    ("split", "its jobs are the square roots of calc, and handing them over is counted in spawn"),
    ("unmap", "the workers beside it spin for as long as it takes, and their instructions would count"),
];

struct Case {
    id: String,
    lower_bound: Option<&'static str>,
    metrics: &'static [CountMetric],
    iterations: u64,
    iterations_traced: u64,
}

fn main() -> ExitCode {
    let arguments = harness::arguments();
    let cases: Vec<Case> = CASES
        .iter()
        .flat_map(|cases| each(cases, arguments.quick))
        .filter(|case| arguments.selects(&case.id))
        .collect();
    match arguments.mode {
        Mode::List => {
            cases.iter().for_each(|case| println!("{}: benchmark", case.id));
            ExitCode::SUCCESS
        }
        _ if cases.is_empty() => ExitCode::SUCCESS,
        Mode::Test => try_each(&cases),
        Mode::Measure => match measure(&cases, &arguments) {
            Ok(failures) if failures > 0 && !harness::summary_follows() => ExitCode::FAILURE,
            Ok(_) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("error: counters: the record of this run cannot be written: {error}");
                ExitCode::FAILURE
            }
        },
    }
}

/// The benchmarks of such a row, each with what is counted of it.
fn each(&(group, parameters, lower_bound, iterations, functions): &Cases, quick: bool) -> impl Iterator<Item = Case> {
    let metrics: &[CountMetric] = match (group, quick) {
        ("worker_memory" | "connection_memory", _) => &[UniqueMemory],
        (group, true) if WORKING.contains(&group) || OF_MANY_CALLS.contains(&group) => &[],
        (group, false) if WORKING.contains(&group) => &WORK,
        (_, true) => &QUICK,
        (_, false) => &METRICS,
    };
    functions.iter().filter(|_| !metrics.is_empty()).map(move |function| {
        let separator = if parameters.is_empty() { "" } else { "/" };
        let id = format!("{group}/{function}{separator}{parameters}");
        let lower_bound = lower_bound.filter(|lower_bound| lower_bound != function);
        let iterations_traced = if OF_PROGRAMS.contains(function) { PROGRAMS_TRACED } else { iterations };
        Case { id, lower_bound, metrics, iterations, iterations_traced }
    })
}

/// Runs every benchmark once and records nothing.
fn try_each(cases: &[Case]) -> ExitCode {
    let mut failures = 0;
    for case in cases {
        let metric = if case.metrics.contains(&TRIAL) { TRIAL } else { case.metrics[0] };
        match ask(metric, &case.id, 1) {
            Ok(_) => println!("{}: ok", case.id),
            Err(WorkerError::Uncountable(reason) | WorkerError::Refused(reason)) => {
                println!("{}: skipped: {reason}", case.id)
            }
            Err(WorkerError::Failed(reason)) => {
                println!("{}: failed: {reason}", case.id);
                failures += 1;
            }
        }
    }
    if failures > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Counts everything in rounds and records it. Returns how many counts failed.
fn measure(cases: &[Case], arguments: &Arguments) -> io::Result<usize> {
    let mut witness = Witness::open("counters", arguments.profile())?;
    for case in cases {
        witness.benchmark(&case.id, case.lower_bound, None)?;
    }
    for (id, reason) in LEFT_OUT.into_iter().filter(|(id, _)| arguments.selects(id)) {
        witness.omission(id, reason)?;
    }
    let start = Instant::now();
    let rounds = if arguments.quick { 1 } else { ROUNDS };
    let mut gone = Gone::default();
    let mut failures = 0;
    'rounds: for round in 1..=rounds {
        for case in cases {
            let mut counted = BTreeSet::new();
            for &metric in case.metrics {
                if counted.contains(&metric) || gone.contains(metric, &case.id) {
                    continue;
                }
                if round > 1 && start.elapsed() > PATIENCE {
                    let reason = format!("round {round} of {rounds} was cut short after {PATIENCE:?}");
                    witness.omission("rounds of counters", &reason)?;
                    break 'rounds;
                }
                let iterations = if metric == SystemCalls { case.iterations_traced } else { case.iterations };
                match ask(metric, &case.id, iterations) {
                    Ok(counts) if counts.contains(&(TaskClock, 0.0)) => {
                        let what = format!("{}: {}", case.id, metric.name());
                        witness.omission(&what, "it is too little beside what making the workload takes")?;
                        gone.counts.insert((metric, case.id.clone()));
                    }
                    Ok(counts) => {
                        for (metric, value) in counts.into_iter().filter(|(metric, _)| case.metrics.contains(metric)) {
                            witness.count(&case.id, metric.name(), round, value)?;
                            counted.insert(metric);
                        }
                    }
                    Err(WorkerError::Uncountable(reason)) => {
                        eprintln!("counters: {} skipped: {reason}", metric.name());
                        witness.omission(metric.name(), &reason)?;
                        gone.metrics.insert(metric);
                    }
                    Err(WorkerError::Refused(reason)) => {
                        eprintln!("{}: skipped: {reason}", case.id);
                        witness.omission(&case.id, &reason)?;
                        gone.benchmarks.insert(case.id.clone());
                    }
                    Err(WorkerError::Failed(reason)) => {
                        eprintln!("{}: {} failed: {reason}", case.id, metric.name());
                        witness.failure(&case.id, &format!("{}: {reason}", metric.name()))?;
                        // Whatever else is counted of it, a benchmark that has failed is refused.
                        gone.benchmarks.insert(case.id.clone());
                        failures += 1;
                    }
                }
            }
        }
    }
    witness.done()?;
    println!("counters: {} benchmarks counted in {:.0} s", cases.len(), start.elapsed().as_secs_f64());
    harness::record_without_summary("counters")?;
    Ok(failures)
}

/// What need not be asked for again.
#[derive(Default)]
struct Gone {
    metrics: BTreeSet<CountMetric>,
    benchmarks: BTreeSet<String>,
    counts: BTreeSet<(CountMetric, String)>,
}

impl Gone {
    fn contains(&self, metric: CountMetric, id: &str) -> bool {
        self.metrics.contains(&metric) || self.benchmarks.contains(id) || self.counts.contains(&(metric, id.to_owned()))
    }
}

/// Asks a fresh worker, with an empty environment, to count this metric; the answer has what was counted with it, too.
fn ask(metric: CountMetric, id: &str, iterations: u64) -> Result<Counts, WorkerError> {
    // Time alone depends on what is in a cache.
    let start = if metric == TaskClock { Launcher::start } else { Launcher::start_small };
    let mut worker = start("count")?;
    match worker.ask(Task::Count(metric), id, iterations)? {
        Reply::Counts(counts) if counts.iter().any(|(counted, _)| *counted == metric) => {
            worker.finish().map(|()| counts)
        }
        _ => Err(WorkerError::Failed("the worker answered without a count".to_owned())),
    }
}
