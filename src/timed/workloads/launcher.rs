//! The worker's side of a measurement: one small single-threaded process that runs one benchmark and times it.

use std::io::{BufRead, Write};
use std::path::Path;

use super::availability::{run_delay_ns, share};
use super::catalog::{is_alone, prepare};
use super::clock::process_cpu_ns;
use super::error::WorkerError;
use super::protocol::{Reply, Request, Task, encode, parse_id};
use super::sample::{Sample, Workload};
use super::{child, cpus, reference, spawn};

/// After this long without an answer the launcher is ended by an alarm, and its children with it, s.
///
/// The longest sample is a few seconds even on a loaded machine.
pub const DEADLINE_S: u32 = 120;

/// For so many starts of every second sample there is one whose worker stamps its first instruction.
const STAMPED_OF: u64 = 2;

/// Serves requests until the input ends. `worker` is the program to execute in workloads that execute one.
pub fn serve(input: impl BufRead, mut output: impl Write, worker: &Path) -> std::io::Result<()> {
    let allowed = cpus::allowed();
    let mut current: Option<(String, Workload)> = None;
    // The first request is not measured.
    let mut is_stamped = false;
    for line in input.lines() {
        nix::unistd::alarm::set(DEADLINE_S);
        let answer = answer(&line?, &mut current, is_stamped, &allowed, worker);
        is_stamped = !is_stamped;
        writeln!(output, "{}", encode(&answer))?;
        output.flush()?;
        nix::unistd::alarm::cancel();
    }
    nix::unistd::alarm::set(DEADLINE_S);
    drop(current);
    assert!(child::none_left(), "a workload has left a child behind");
    Ok(())
}

/// `is_stamped` is whether workers stamp their first instruction; `allowed` are the processors that each benchmark begins with,
/// wherever the one before it stayed.
fn answer(
    line: &str,
    current: &mut Option<(String, Workload)>,
    is_stamped: bool,
    allowed: &[usize],
    worker: &Path,
) -> Result<Reply, WorkerError> {
    let Request { task, benchmark, iterations } = line.parse()?;
    if current.as_ref().is_none_or(|(name, _)| *name != benchmark) {
        *current = None;
        cpus::allow(allowed);
        let (group, function, parameters) = parse_id(&benchmark)?;
        child::watch();
        let workload = prepare(&group, &function, &parameters, worker);
        // What has no child by now starts and reaps its own inside the clock.
        if child::none_left() {
            child::unwatch();
        }
        *current = Some((benchmark, workload?));
    }
    let (name, workload) = current.as_mut().expect("made just above");
    let cpu_ns = process_cpu_ns();
    let delay = run_delay_ns();
    let mut sample = workload(iterations);
    let waited = run_delay_ns().zip(delay).map(|(after, before)| after.saturating_sub(before));
    let cpu_ns = process_cpu_ns() - cpu_ns;
    if is_alone(name) {
        // Not in place of what its worker has waited, where it has one.
        let own = || waited.map(|waited| share(sample.elapsed_ns, waited));
        sample.cpu_availability = sample.cpu_availability.or_else(own);
    }
    if sample.work < iterations {
        return Err(WorkerError::Failed(format!("{} of {iterations} operations did their work", sample.work)));
    }
    if sample.first_ns.take().is_some() && task == Task::Run {
        let starts = iterations.div_ceil(STAMPED_OF);
        let first_ns = if is_stamped { first_ns(starts, workload)? } else { None };
        sample.first_ns = first_ns.map(|ns| ns * iterations);
    }
    let mut readings = readings(&sample);
    match task {
        Task::Run => {
            let reference = reference::all().map(|(name, ns)| (format!("{name}_ns"), rounded(ns, 100.0)));
            readings.extend(reference);
        }
        // Workers that outlive the request are not waited for, but report their own time.
        Task::Time => readings.push(("process_cpu_ns".to_owned(), sample.cpu_ns.unwrap_or(cpu_ns) as f64)),
        Task::Count(_) => {
            return Err(WorkerError::Failed("`worker count` counts, `worker launch` does not".to_owned()));
        }
    }
    Ok(Reply::Sample(readings))
}

/// How long after its start a worker did its first instruction, ns, the mean of so many starts.
fn first_ns(starts: u64, workload: &mut Workload) -> Result<Option<u64>, WorkerError> {
    let stamped = spawn::stamped(|| workload(starts));
    if stamped.work < starts {
        let reason = format!("{} of {starts} workers stamped their first instruction", stamped.work);
        return Err(WorkerError::Failed(reason));
    }
    Ok(stamped.first_ns.map(|ns| ns / starts))
}

fn readings(sample: &Sample) -> Vec<(String, f64)> {
    let ns = |value: Option<u64>| value.map(|ns| ns as f64);
    let named = [
        ("elapsed_ns", Some(sample.elapsed_ns as f64)),
        ("work", Some(sample.work as f64)),
        ("call_ns", ns(sample.call_ns)),
        ("first_ns", ns(sample.first_ns)),
        // The name that the sample log has had from its beginning.
        ("granted", sample.cpu_availability.map(|share| rounded(share, 10_000.0))),
        ("cpu_ns", ns(sample.cpu_ns)),
        ("overlap", sample.overlap.map(|share| rounded(share, 10_000.0))),
    ];
    named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

fn rounded(value: f64, parts: f64) -> f64 {
    (value * parts).round() / parts
}

/// Ties the launcher's life to that of the process which started it, `parent`.
pub fn die_with(parent: i32) {
    child::die_with(nix::unistd::Pid::from_raw(parent));
}
