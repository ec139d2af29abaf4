//! Instructions as the processor counts them, and the CPU time, by perf_event_open(2).

use std::fs;
use std::io;

use perf_event::events::{Hardware, Software};
use perf_event::{Builder, CountAndTime, Counter};

use crate::workloads::{WorkerError, Workload};

use super::per_operation;

/// What is counted. One at a time: every counter that a child inherits makes its start more expensive, by some 17,000 kernel
/// instructions, and the one that is needed stays in the count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    UserInstructions,
    KernelInstructions,
    /// CPU time in user space and in the kernel, ns: the kernel's own clock, no counter of the processor.
    TaskClock,
}

/// Counts one operation of the workload that `make` prepares, with all its threads and children.
///
/// The counter is opened before the workload is made, so that workers of any kind inherit it, and counts only while
/// the workload runs: after one unobserved call, `iterations` operations and then twice as many. What the counter's
/// own switching costs falls out of the difference.
///
/// Fails when the host has no such counter or does not let us use it, with what to do; when the workload cannot run. The
/// workload's panics pass through.
pub fn count(
    event: Event,
    make: impl FnOnce() -> Result<Workload, WorkerError>,
    iterations: u64,
) -> Result<f64, WorkerError> {
    let mut counter = open(event)?;
    let mut workload = make()?;
    workload(iterations);
    let once = watch(&mut counter, || workload(iterations))?;
    let twice = watch(&mut counter, || workload(2 * iterations))?;
    Ok(per_operation(once, twice, iterations))
}

fn open(event: Event) -> Result<Counter, WorkerError> {
    // A new builder leaves the kernel out, which the task clock takes no notice of.
    let mut builder = match event {
        Event::UserInstructions | Event::KernelInstructions => Builder::new().kind(Hardware::INSTRUCTIONS),
        Event::TaskClock => Builder::new().kind(Software::TASK_CLOCK),
    };
    if event == Event::KernelInstructions {
        builder.exclude_user(true).include_kernel();
    }
    builder.inherit(true);
    builder.build().map_err(explain)
}

fn watch<T>(counter: &mut Counter, run: impl FnOnce() -> T) -> Result<u64, WorkerError> {
    // A reset would leave the counts of children that have ended, so the counter is read twice instead.
    let before = read(counter)?;
    counter.enable().map_err(explain)?;
    run();
    counter.disable().map_err(explain)?;
    let after = read(counter)?;
    if after.time_enabled - before.time_enabled > after.time_running - before.time_running {
        return Err(WorkerError::Uncountable(
            "the processor's counter was taken away while it counted; end other profilers, switch the NMI watchdog off \
             (`sysctl kernel.nmi_watchdog=0`), and on a processor with unlike cores keep to one kind (`taskset`)"
                .to_owned(),
        ));
    }
    Ok(after.count - before.count)
}

fn read(counter: &mut Counter) -> Result<CountAndTime, WorkerError> {
    counter.read_count_and_time().map_err(explain)
}

/// Why the host does not count, and what to do about it.
fn explain(error: io::Error) -> WorkerError {
    WorkerError::Uncountable(match error.raw_os_error() {
        Some(libc::ENOENT | libc::ENODEV | libc::EOPNOTSUPP) => {
            "the processor's counters are not visible here, as in most virtual machines; use bare metal or an instance \
             type that passes the PMU through"
                .to_owned()
        }
        Some(libc::EACCES) => {
            let path = "/proc/sys/kernel/perf_event_paranoid";
            let level =
                fs::read_to_string(path).map_or_else(|_| "unreadable".to_owned(), |text| text.trim().to_owned());
            format!("kernel.perf_event_paranoid is {level}; `sudo sysctl kernel.perf_event_paranoid=1` allows it")
        }
        Some(libc::EPERM) => {
            "the system call perf_event_open is barred, as containers do by seccomp; start the container with \
             `--cap-add PERFMON` or `--security-opt seccomp=unconfined`"
                .to_owned()
        }
        Some(libc::ENOSYS) => "this kernel was built without perf events".to_owned(),
        _ => format!("perf_event_open failed: {error}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workloads::timed;

    /// Instructions need a processor that shows its counters; the kernel's task clock does not, and is read alike.
    #[test]
    fn counts_threads_that_the_workload_starts() {
        let sum = || std::hint::black_box((0..100_000).sum::<u64>());
        let make = || Ok(timed(move || std::thread::spawn(sum).join().expect("a sum does not panic")));
        match count(Event::TaskClock, make, 5) {
            Ok(ns) => assert!(ns.is_finite()),
            Err(WorkerError::Uncountable(reason)) => assert!(!reason.is_empty()),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn names_the_fix_for_every_refusal() {
        let cases = [
            (libc::ENOENT, "bare metal"),
            (libc::EACCES, "sysctl kernel.perf_event_paranoid=1"),
            (libc::EPERM, "--cap-add PERFMON"),
            (libc::ENOSYS, "without perf events"),
            (libc::EMFILE, "perf_event_open failed"),
        ];
        for (code, expected) in cases {
            let WorkerError::Uncountable(reason) = explain(io::Error::from_raw_os_error(code)) else {
                panic!("{code}")
            };
            assert!(reason.contains(expected), "{reason}");
        }
    }
}
