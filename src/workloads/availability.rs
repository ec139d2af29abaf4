//! Whether the CPUs that a work needs were there for it: what one task waited, and a short probe beside the work.

use std::fs;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use super::clock::{now_ns, thread_cpu_ns};
use super::cpus;

/// How long a probe takes: longer than a time slice of the scheduler, which lets a newcomer finish its first.
const PROBE_NS: u64 = 4_000_000;

/// How long a task waits for the others to begin at most, and how long it sleeps between two looks.
const READY_NS: u64 = 1_000_000_000;
const READY_STEP: Duration = Duration::from_micros(20);

/// Square roots between two looks at the clock.
const STEP: u64 = 2_000;

/// What so many CPUs did at once in a moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Capacity {
    /// Steps per ns, of all CPUs together.
    pub rate: f64,
    /// CPU time ÷ time, of the CPU that gave the least.
    pub cpu_availability: f64,
}

/// Keeps so many CPUs busy for a few ms: one task on each of those allowed, a single one where the scheduler puts it.
///
/// The clock starts when the last of several tasks is on its CPU, where the others sleep by then, so that one that finds its
/// CPU taken has waited; before, it would wait where it began, for one of the others that spins there.
pub fn capacity(cpus: usize) -> Capacity {
    let (allowed, running, start) = (cpus::allowed(), AtomicUsize::new(0), AtomicU64::new(now_ns()));
    let ready = AtomicUsize::new(0);
    let task = |index: usize| {
        if cpus > 1 {
            cpus::pin(&allowed, index);
            start.fetch_max(now_ns(), Ordering::AcqRel);
            ready.fetch_add(1, Ordering::AcqRel);
            // Asleep for the most part; where a task cannot be started, the others end all the same.
            let given_up = now_ns() + READY_NS;
            while ready.load(Ordering::Acquire) < cpus && now_ns() < given_up {
                std::thread::sleep(READY_STEP);
            }
        }
        let (start, cpu_ns) = (start.load(Ordering::Acquire), thread_cpu_ns());
        // Until the last has begun none is counted: CPUs that share a core are slower together.
        running.fetch_add(1, Ordering::AcqRel);
        let is_over = || now_ns() - start >= PROBE_NS;
        while running.load(Ordering::Acquire) < cpus && !is_over() {
            std::hint::spin_loop();
        }
        let (begun, mut steps) = (now_ns(), 0);
        while !is_over() {
            for number in 1..=STEP {
                black_box((black_box(number) as f64).sqrt());
            }
            steps += 1;
        }
        let end = now_ns();
        let rate = f64::from(steps) / (end - begun).max(1) as f64;
        (rate, (thread_cpu_ns() - cpu_ns) as f64 / (end - start) as f64)
    };
    let results: Vec<(f64, f64)> = std::thread::scope(|scope| {
        let tasks: Vec<_> = (0..cpus).map(|index| scope.spawn(move || task(index))).collect();
        tasks.into_iter().map(|task| task.join().expect("a probe does not panic")).collect()
    });
    Capacity {
        rate: results.iter().map(|(rate, _)| rate).sum(),
        cpu_availability: results.iter().map(|(_, share)| *share).fold(1.0, f64::min),
    }
}

/// CPU time that the hypervisor has taken so far, of all CPUs, ns: to 10 ms.
pub fn stolen_ns() -> u64 {
    const TICK_NS: u64 = 10_000_000;
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let ticks = text.lines().next().and_then(|cpu| cpu.split_ascii_whitespace().nth(8)?.parse::<u64>().ok());
    ticks.unwrap_or(0) * TICK_NS
}

/// Time that the calling thread has waited on a run queue so far, ns; `None` where the kernel does not report it. See the
/// kernel's Documentation/scheduler/sched-stats.rst.
pub(super) fn run_delay_ns() -> Option<u64> {
    fs::read_to_string("/proc/thread-self/schedstat").ok()?.split_ascii_whitespace().nth(1)?.parse().ok()
}

/// The share of `wall_ns` in which a task did not wait for a CPU.
pub(super) fn share(wall_ns: u64, waited_ns: u64) -> f64 {
    1.0 - waited_ns.min(wall_ns) as f64 / wall_ns.max(1) as f64
}
