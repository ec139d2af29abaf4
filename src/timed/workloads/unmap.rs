//! Taking memory away while others work: no thread that shares it may go on with a stale translation (TLB shoot-down). On x86
//! the kernel interrupts the CPU of each; on arm64 the hardware tells them. Processes have memory of their own.
//!
//! Inside the clock: unmapping 64 pages one by one, or taking all rights from them (`protect`). Outside: mapping them and writing to
//! each, and the workers that spin, or the threads that sleep, one on each of the other CPUs. The lower bound is the same without
//! them. CPU time and CPU availability are those of the worker that unmaps, while it does.

use std::sync::atomic::{AtomicU32, Ordering};

use super::availability::{run_delay_ns, share};
use super::clock::thread_cpu_ns;
use super::mapping::{Mapping, Sharing, page_bytes};
use super::mechanism::{Mechanism, Worker};
use super::shared::{Shared, futex_wake, wait_for_change};
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
    let (mechanism, workers) = match function {
        "floor" => (Mechanism::Threads, 1),
        _ => {
            let mechanism = if function == IDLE { "threads" } else { function };
            (Mechanism::named(group, mechanism)?, parameters.get_within("workers", 2..=WORKERS_MAX as u64)?)
        }
    };
    if workers as usize > cpus::cores() {
        return Err(WorkerError::refused(format!("{workers} workers need as many processors")));
    }
    let others = Others::start(mechanism, workers as usize - 1, function == IDLE);
    Ok(Box::new(move |iterations| {
        let _beside = &others;
        let mut total = Unmapped { elapsed_ns: 0, cpu_ns: 0, delay_ns: Some(0) };
        for _ in 0..iterations {
            let Unmapped { elapsed_ns, cpu_ns, delay_ns } = taken(take);
            total.elapsed_ns += elapsed_ns;
            total.cpu_ns += cpu_ns;
            total.delay_ns = total.delay_ns.zip(delay_ns).map(|(sum, one)| sum + one);
        }
        Sample {
            elapsed_ns: total.elapsed_ns,
            work: iterations * PAGES,
            cpu_ns: Some(total.cpu_ns),
            cpu_availability: total.delay_ns.map(|delay| share(total.elapsed_ns, delay)),
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

/// Workers that read one word over and over, or sleep, each on a CPU of its own.
struct Others {
    workers: Vec<Worker>,
    mechanism: Mechanism,
    stop: Shared<AtomicU32>,
}

impl Others {
    /// Keeps the calling worker on one CPU, and so many others on the next ones; returns when all of them are there.
    fn start(mechanism: Mechanism, count: usize, are_idle: bool) -> Self {
        let (allowed, stop, ready) = (cpus::allowed(), Shared::<AtomicU32>::new(), Shared::<AtomicU32>::new());
        let last = allowed.len() - 1;
        cpus::pin(&allowed, last);
        let start = |index| {
            let (allowed, stop, ready) = (allowed.clone(), stop.clone(), ready.clone());
            Worker::start(mechanism, move || {
                cpus::pin(&allowed, last + index);
                ready.fetch_add(1, Ordering::AcqRel);
                futex_wake(&ready, 1, mechanism);
                if are_idle {
                    wait_for_change(&stop, 0, mechanism);
                }
                while stop.load(Ordering::Relaxed) == 0 {
                    std::hint::spin_loop();
                }
            })
        };
        let workers = (1..=count).map(start).collect();
        let mut seen = ready.load(Ordering::Acquire);
        while seen < count as u32 {
            seen = wait_for_change(&ready, seen, mechanism);
        }
        Self { workers, mechanism, stop }
    }
}

impl Drop for Others {
    fn drop(&mut self) {
        self.stop.store(1, Ordering::Relaxed);
        futex_wake(&self.stop, self.workers.len() as u32, self.mechanism);
        self.workers.drain(..).for_each(Worker::finish);
    }
}
