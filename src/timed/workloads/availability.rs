//! Whether the CPUs that a work needs were there for it: what one task waited, and a short probe beside the work.

use std::fs;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use super::clock::{now_ns, process_cpu_ns, thread_cpu_ns};
use super::cpus;
use super::roots::square_roots;

/// How long a probe takes: longer than a time slice of the scheduler, which lets a newcomer finish its first.
const PROBE_NS: u64 = 4_000_000;

/// How long a task waits for the others to begin at most, and how long it sleeps between two looks.
const READY_NS: u64 = 1_000_000_000;
const READY_STEP: Duration = Duration::from_micros(20);

/// The kernel counts the time of its CPUs in so many ns.
const TICK_NS: u64 = 10_000_000;

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

/// Keeps these of the allowed CPUs, counting round, busy for a few ms with a task on each.
///
/// The clock starts when the last task is on its CPU, where the others sleep by then: before, it would wait where it began, for one
/// of the others that spins there. Who finds its CPU taken waits within the probe, which is longer than a time slice.
pub fn capacity(cpus: Range<usize>) -> Capacity {
    let count = cpus.len();
    let (allowed, running, start) = (cpus::allowed(), AtomicUsize::new(0), AtomicU64::new(0));
    let ready = AtomicUsize::new(0);
    let task = |index: usize| {
        cpus::pin(&allowed, index);
        start.fetch_max(now_ns(), Ordering::AcqRel);
        ready.fetch_add(1, Ordering::AcqRel);
        // Asleep for the most part; where a task cannot be started, the others end all the same.
        let given_up = now_ns() + READY_NS;
        while ready.load(Ordering::Acquire) < count && now_ns() < given_up {
            std::thread::sleep(READY_STEP);
        }
        let (start, cpu_ns) = (start.load(Ordering::Acquire), thread_cpu_ns());
        // Until the last has begun none is counted: CPUs that share a core are slower together.
        running.fetch_add(1, Ordering::AcqRel);
        let is_over = || now_ns() - start >= PROBE_NS;
        while running.load(Ordering::Acquire) < count && !is_over() {
            std::hint::spin_loop();
        }
        let (begun, mut steps) = (now_ns(), 0);
        while !is_over() {
            square_roots(STEP);
            steps += 1;
        }
        let end = now_ns();
        let rate = f64::from(steps) / (end - begun).max(1) as f64;
        (rate, (thread_cpu_ns() - cpu_ns) as f64 / (end - start) as f64)
    };
    let results: Vec<(f64, f64)> = std::thread::scope(|scope| {
        let tasks: Vec<_> = cpus.map(|index| scope.spawn(move || task(index))).collect();
        tasks.into_iter().map(|task| task.join().expect("a probe does not panic")).collect()
    });
    Capacity {
        rate: results.iter().map(|(rate, _)| rate).sum(),
        cpu_availability: results.iter().map(|(_, share)| *share).fold(1.0, f64::min),
    }
}

/// Runs what keeps so many CPUs busy at once, in this process and in children that it waits for. Returns also the share of them
/// that others left to it, the hypervisor among them: all where the kernel does not report it.
pub fn beside_others<T>(cpus: usize, run: impl FnOnce() -> T) -> (T, f64) {
    let allowed = cpus::allowed();
    let busy_ns = || fs::read_to_string("/proc/stat").map_or(0, |stat| busy_ns(&stat, &allowed));
    let (start_ns, busy_before, own_before) = (now_ns(), busy_ns(), process_cpu_ns());
    let result = run();
    let own_ns = process_cpu_ns() - own_before;
    let others_ns = busy_ns().saturating_sub(busy_before).saturating_sub(own_ns);
    (result, left(allowed.len(), cpus, now_ns() - start_ns, others_ns))
}

/// The share of so many of all CPUs that is left of some time of all where others have so much of it.
fn left(all: usize, cpus: usize, wall_ns: u64, others_ns: u64) -> f64 {
    if cpus == 0 {
        return 1.0;
    }
    let left_ns = (all as u64 * wall_ns).saturating_sub(others_ns);
    (left_ns as f64 / (cpus.min(all) as u64 * wall_ns).max(1) as f64).min(1.0)
}

/// Time in which these CPUs were not idle, ns; see proc_stat(5).
fn busy_ns(stat: &str, cpus: &[usize]) -> u64 {
    const IDLE: std::ops::RangeInclusive<usize> = 3..=4;
    // User, nice, system, idle, waiting for a device, interrupts, soft interrupts, stolen; guests are among the users.
    const COUNTED: usize = 8;
    let ticks = |line: &str| -> Option<u64> {
        let (cpu, times) = line.strip_prefix("cpu")?.split_once(' ')?;
        cpus.contains(&cpu.parse().ok()?).then(|| {
            let times = times.split_ascii_whitespace().filter_map(|time| time.parse::<u64>().ok());
            times.take(COUNTED).enumerate().filter(|(index, _)| !IDLE.contains(index)).map(|(_, ticks)| ticks).sum()
        })
    };
    stat.lines().filter_map(ticks).sum::<u64>() * TICK_NS
}

/// CPU time that the hypervisor has taken so far, of all CPUs, ns: to 10 ms.
pub fn stolen_ns() -> u64 {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_take_of_spare_cpus_is_not_missed() {
        let cases = [
            (2, 2, 0, 1.0),
            (2, 2, 100, 0.5),
            (2, 1, 100, 1.0),
            (2, 1, 150, 0.5),
            (2, 2, 300, 0.0),
            (2, 0, 300, 1.0),
            (1, 4, 50, 0.5),
        ];
        for (all, cpus, others, expected) in cases {
            assert_eq!(left(all, cpus, 100, others), expected, "{others} of {all} for {cpus}");
        }
    }

    #[test]
    fn only_what_the_allowed_cpus_did_counts() {
        let stat = "cpu  11 22 33 44 55 66 77 88 99 0\ncpu0 1 2 4 1000 1000 8 16 32 64 128\ncpu1 100 0 0 0 0 0 0 0 0 0\nintr 5 6\n";
        let cases = [(&[0][..], 63), (&[1], 100), (&[0, 1], 163), (&[2], 0)];
        for (cpus, ticks) in cases {
            assert_eq!(busy_ns(stat, cpus), ticks * TICK_NS, "{cpus:?}");
        }
        assert_eq!(beside_others(1, || 7).0, 7);
    }
}
