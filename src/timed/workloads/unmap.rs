//! Taking memory away while others work: no thread that shares it may go on with a stale translation (TLB shoot-down). On x86
//! the kernel interrupts the CPU of each; on arm64 the hardware tells them. Processes have memory of their own.
//!
//! Inside the clock: unmapping 64 pages one by one, or taking all rights from them (`protect`). Outside: mapping them and writing to
//! each, and the workers that spin, or the threads that sleep, one on each of the other CPUs. The lower bound is that beside
//! processes: beside idle CPUs it takes about as long. CPU time is that of the worker that unmaps, while it does; CPU availability the
//! least of its own and of the share of a sample's time that each worker that spins was on its CPU.

use std::sync::atomic::{AtomicU32, Ordering};

use super::availability::{run_delay_ns, share};
use super::clock::thread_cpu_ns;
use super::mapping::{Mapping, Sharing, page_bytes};
use super::mechanism::{Mechanism, Worker};
use super::shared::{Shared, Zeroed, futex_wake, wait_for_change};
use super::worker_group::WORKERS_MAX;
use super::{Parameters, Sample, WorkerError, Workload, cpus, now_ns};

/// The function beside whose work threads sleep.
const IDLE: &str = "idle_threads";

/// Pages of one operation.
const PAGES: u64 = 64;

/// The workloads of the groups `unmap` and `protect`.
pub(super) fn prepare(group: &str, function: &str, parameters: &Parameters) -> Result<Workload, WorkerError> {
    let take: fn(&mut Vec<Mapping>) = match group {
        // The vector keeps its own memory until the clock has stopped.
        "unmap" => Vec::clear,
        _ => |pages| pages.iter().for_each(|page| page.forbid_page(0).expect("a page can be forbidden")),
    };
    let mechanism = Mechanism::named(group, if function == IDLE { "threads" } else { function })?;
    let workers = parameters.get_within("workers", 2..=WORKERS_MAX as u64)?;
    if workers as usize > cpus::cores() {
        return Err(WorkerError::refused(format!("{workers} workers need as many processors")));
    }
    let others = Others::start(mechanism, workers as usize - 1, function == IDLE);
    Ok(Box::new(move |iterations| {
        others.share_at_work();
        let mut total = Unmapped { elapsed_ns: 0, cpu_ns: 0, delay_ns: Some(0) };
        for _ in 0..iterations {
            let Unmapped { elapsed_ns, cpu_ns, delay_ns } = taken(take);
            total.elapsed_ns += elapsed_ns;
            total.cpu_ns += cpu_ns;
            total.delay_ns = total.delay_ns.zip(delay_ns).map(|(sum, one)| sum + one);
        }
        let spun = others.share_at_work();
        Sample {
            elapsed_ns: total.elapsed_ns,
            work: iterations * PAGES,
            cpu_ns: Some(total.cpu_ns),
            cpu_availability: total.delay_ns.map(|delay| share(total.elapsed_ns, delay).min(spun)),
            ..Sample::default()
        }
    }))
}

/// What the taking alone took: neither the preparation nor the others are in it.
struct Unmapped {
    elapsed_ns: u64,
    cpu_ns: u64,
    /// `None` where the kernel does not report it.
    delay_ns: Option<u64>,
}

fn taken(take: fn(&mut Vec<Mapping>)) -> Unmapped {
    let touched = || {
        let mapping = Mapping::new(page_bytes(), Sharing::Private).expect("a page can be mapped");
        mapping.touch();
        mapping
    };
    let mut mappings: Vec<Mapping> = (0..PAGES).map(|_| touched()).collect();
    let (delay, cpu, start) = (run_delay_ns(), thread_cpu_ns(), now_ns());
    take(&mut mappings);
    let (elapsed_ns, cpu_ns) = (now_ns() - start, thread_cpu_ns() - cpu);
    let delay_ns = run_delay_ns().zip(delay).map(|(after, before)| after.saturating_sub(before));
    Unmapped { elapsed_ns, cpu_ns, delay_ns }
}

/// Workers that read two words over and over, or sleep, each on a CPU of its own.
struct Others {
    workers: Vec<Worker>,
    mechanism: Mechanism,
    control: Shared<Control>,
    are_idle: bool,
}

#[repr(C)]
struct Control {
    stop: AtomicU32,
    /// How many workers have come to their CPU.
    ready: AtomicU32,
    /// What each is to answer once more when it changes.
    asked: AtomicU32,
    answered: AtomicU32,
    /// The least of the answers: the share of the time since the last one that a worker was on its CPU, in [`SHARES`].
    least: AtomicU32,
}

// SAFETY: atomics only, valid as zero.
unsafe impl Zeroed for Control {}

/// All of the time.
const SHARES: u32 = 1_000_000;

impl Others {
    /// Keeps the calling worker on one CPU, and so many others on the next ones; returns when all of them are there.
    fn start(mechanism: Mechanism, count: usize, are_idle: bool) -> Self {
        let (allowed, control) = (cpus::allowed(), Shared::<Control>::new());
        let last = allowed.len() - 1;
        cpus::pin(&allowed, last);
        let start = |index| {
            let (allowed, control) = (allowed.clone(), control.clone());
            Worker::start(mechanism, move || {
                cpus::pin(&allowed, last + index);
                control.ready.fetch_add(1, Ordering::AcqRel);
                futex_wake(&control.ready, 1, mechanism);
                if are_idle {
                    wait_for_change(&control.stop, 0, mechanism);
                }
                control.spin();
            })
        };
        let workers = (1..=count).map(start).collect();
        let mut seen = control.ready.load(Ordering::Acquire);
        while seen < count as u32 {
            seen = wait_for_change(&control.ready, seen, mechanism);
        }
        Self { workers, mechanism, control, are_idle }
    }

    /// The least share of the time since it was last asked for that one who spins was on its CPU.
    fn share_at_work(&self) -> f64 {
        if self.are_idle || self.workers.is_empty() {
            return 1.0;
        }
        self.control.least.store(SHARES, Ordering::Relaxed);
        self.control.answered.store(0, Ordering::Relaxed);
        self.control.asked.fetch_add(1, Ordering::Release);
        while (self.control.answered.load(Ordering::Acquire) as usize) < self.workers.len() {
            std::thread::yield_now();
        }
        f64::from(self.control.least.load(Ordering::Relaxed)) / f64::from(SHARES)
    }
}

impl Control {
    /// Spins until it is to stop, and answers whenever it is asked.
    fn spin(&self) {
        let mut seen = 0;
        let (mut since, mut cpu) = (now_ns(), thread_cpu_ns());
        while self.stop.load(Ordering::Relaxed) == 0 {
            let asked = self.asked.load(Ordering::Acquire);
            if asked == seen {
                std::hint::spin_loop();
                continue;
            }
            let (now, cpu_now) = (now_ns(), thread_cpu_ns());
            let share = (cpu_now - cpu) as f64 / (now - since).max(1) as f64;
            self.least.fetch_min((share * f64::from(SHARES)) as u32, Ordering::Relaxed);
            self.answered.fetch_add(1, Ordering::Release);
            (seen, since, cpu) = (asked, now, cpu_now);
        }
    }
}

impl Drop for Others {
    fn drop(&mut self) {
        self.control.stop.store(1, Ordering::Relaxed);
        futex_wake(&self.control.stop, self.workers.len() as u32, self.mechanism);
        self.workers.drain(..).for_each(Worker::finish);
    }
}
