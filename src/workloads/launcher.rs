//! The worker's side of a measurement: one small single-threaded process that runs one benchmark and times it.
//!
//! It reads requests from its standard input and answers each with one line: `run <benchmark> <iterations>` with
//! `sample …`, `refused <reason>` where the host cannot do it, or `failed <reason>`. Calibrators are measured between the
//! samples, so that each sample can be held against what the machine did in the same moment. `time <benchmark>
//! <iterations>` leaves them out, for where another process is the measure, and tells `process_cpu_ns` instead: the CPU
//! time of all workers where the workload tells it, else of the launcher and of the children it waited for, from the
//! request to the answer.

use std::fmt::Write as _;
use std::io::{BufRead, Write};
use std::path::Path;

use super::clock::process_cpu_ns;
use super::{Parameters, Refused, Sample, Workload, calibrator, child, prepare};

/// After this long without an answer the launcher is ended by an alarm, and its children with it, s.
///
/// The longest sample is a few seconds even on a loaded machine.
pub const DEADLINE_S: u32 = 120;

/// Serves requests until the input ends. `worker` is the program to execute in workloads that execute one.
///
/// # Errors
///
/// When the input or the output breaks.
pub fn serve(input: impl BufRead, mut output: impl Write, worker: &Path) -> std::io::Result<()> {
    let mut current: Option<(String, Workload)> = None;
    for line in input.lines() {
        nix::unistd::alarm::set(DEADLINE_S);
        let answer = answer(&line?, &mut current, worker).unwrap_or_else(|refused| {
            let word = if matches!(refused, Refused::ByHost(_)) { "refused" } else { "failed" };
            format!("{word} {}", refused.reason().replace(char::is_control, " "))
        });
        writeln!(output, "{answer}")?;
        output.flush()?;
        nix::unistd::alarm::cancel();
    }
    nix::unistd::alarm::set(DEADLINE_S);
    drop(current);
    assert!(no_child_left(), "a workload has left a child behind");
    Ok(())
}

fn answer(line: &str, current: &mut Option<(String, Workload)>, worker: &Path) -> Result<String, Refused> {
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    let [word @ ("run" | "time"), benchmark, iterations] = words[..] else {
        return Err(Refused::ByUs(format!("`{line}` is no request")));
    };
    let iterations: u64 = iterations.parse().map_err(|_| Refused::ByUs(format!("`{iterations}` is no number")))?;
    if current.as_ref().is_none_or(|(name, _)| name != benchmark) {
        *current = None;
        let (group, function, parameters) = parse_id(benchmark)?;
        *current = Some((benchmark.to_owned(), prepare(&group, &function, &parameters, worker)?));
    }
    let (_, workload) = current.as_mut().expect("made just above");
    let cpu_ns = process_cpu_ns();
    let sample = workload(iterations);
    let cpu_ns = process_cpu_ns() - cpu_ns;
    if sample.work < iterations {
        return Err(Refused::ByUs(format!("{} of {iterations} operations did their work", sample.work)));
    }
    let mut text = describe(&sample);
    let mut add = |name: &str, value: String| {
        write!(text, " {name}_ns={value}").expect("a String takes all text");
    };
    if word == "time" {
        // Workers that outlive the request are not waited for, but tell their own time.
        add("process_cpu", sample.cpu_ns.unwrap_or(cpu_ns).to_string());
    } else {
        calibrator::all().into_iter().for_each(|(name, ns)| add(name, format!("{ns:.2}")));
    }
    Ok(text)
}

/// Splits `group/function/name=value,…`.
///
/// # Errors
///
/// When the text has another form.
pub fn parse_id(text: &str) -> Result<(String, String, Parameters), Refused> {
    let malformed = || Refused::ByUs(format!("`{text}` is not group/function/name=value,…"));
    let mut parts = text.splitn(3, '/');
    let group = parts.next().filter(|part| !part.is_empty()).ok_or_else(malformed)?;
    let function = parts.next().filter(|part| !part.is_empty()).ok_or_else(malformed)?;
    let mut parameters = Parameters::default();
    for pair in parts.next().into_iter().flat_map(|pairs| pairs.split(',')) {
        let (name, value) = pair.split_once('=').ok_or_else(malformed)?;
        parameters.0.insert(name.to_owned(), value.parse().map_err(|_| malformed())?);
    }
    Ok((group.to_owned(), function.to_owned(), parameters))
}

fn describe(sample: &Sample) -> String {
    let mut text = format!("sample elapsed_ns={} work={}", sample.elapsed_ns, sample.work);
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            write!(text, " {name}={value}").expect("a String takes all text");
        }
    };
    add("call_ns", sample.call_ns.map(|ns| ns.to_string()));
    add("first_ns", sample.first_ns.map(|ns| ns.to_string()));
    add("granted", sample.granted.map(|share| format!("{share:.4}")));
    add("cpu_ns", sample.cpu_ns.map(|ns| ns.to_string()));
    text
}

/// True when every child has been reaped.
fn no_child_left() -> bool {
    nix::sys::wait::waitpid(None, Some(nix::sys::wait::WaitPidFlag::WNOHANG)) == Err(nix::errno::Errno::ECHILD)
}

/// Ties the launcher's life to that of the process which started it, `parent`.
pub fn die_with(parent: i32) {
    child::die_with(nix::unistd::Pid::from_raw(parent));
}
