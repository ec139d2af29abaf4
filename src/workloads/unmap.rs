//! Taking memory away while others work: no thread that shares it may go on with a stale translation (TLB shoot-down). On x86
//! the kernel interrupts the CPU of each; on arm64 the hardware tells them. Processes have memory of their own.
//!
//! Inside the clock: unmapping 64 pages one by one. Outside: mapping them and writing to each, and the workers that spin, one
//! on each of the other CPUs. The lower bound is the same without them. CPU time and CPU availability are those of the worker
//! that unmaps, while it does.

use std::sync::atomic::{AtomicU32, Ordering};

use super::availability::{run_delay_ns, share};
use super::clock::thread_cpu_ns;
use super::mapping::{Mapping, Sharing, page_bytes};
use super::mechanism::{Mechanism, Worker};
use super::shared::{Shared, futex_wake, wait_for_change};
use super::worker_group::WORKERS_MAX;
use super::{Parameters, Sample, WorkerError, Workload, cpus, now_ns};

/// Pages of one operation.
const PAGES: u64 = 64;

pub(super) fn prepare(function: &str, parameters: &Parameters) -> Result<Workload, WorkerError> {
    let (mechanism, workers) = match function {
        "floor" => (Mechanism::Threads, 1),
        _ => (Mechanism::named("unmap", function)?, parameters.get_within("workers", 2..=WORKERS_MAX as u64)?),
    };
    if workers as usize > cpus::cores() {
        return Err(WorkerError::refused(format!("{workers} workers need as many processors")));
    }
    let spinning = Spinning::start(mechanism, workers as usize - 1);
    Ok(Box::new(move |iterations| {
        let _beside = &spinning;
        let mut total = Unmapped { elapsed_ns: 0, cpu_ns: 0, delay_ns: Some(0) };
        for _ in 0..iterations {
            let Unmapped { elapsed_ns, cpu_ns, delay_ns } = unmap();
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

/// What the unmapping alone took: neither the preparation nor the others are in it.
struct Unmapped {
    elapsed_ns: u64,
    cpu_ns: u64,
    /// `None` where the kernel does not report it.
    delay_ns: Option<u64>,
}

fn unmap() -> Unmapped {
    let touched = || {
        let mapping = Mapping::new(page_bytes(), Sharing::Private).expect("a page can be mapped");
        mapping.touch();
        mapping
    };
    let mut mappings: Vec<Mapping> = (0..PAGES).map(|_| touched()).collect();
    let (delay, cpu, start) = (run_delay_ns(), thread_cpu_ns(), now_ns());
    // The vector keeps its own memory until the clock has stopped.
    mappings.clear();
    let (elapsed_ns, cpu_ns) = (now_ns() - start, thread_cpu_ns() - cpu);
    let delay_ns = run_delay_ns().zip(delay).map(|(after, before)| after.saturating_sub(before));
    Unmapped { elapsed_ns, cpu_ns, delay_ns }
}

/// Workers that read one word over and over, each on a CPU of its own.
struct Spinning {
    workers: Vec<Worker>,
    stop: Shared<AtomicU32>,
}

impl Spinning {
    /// Keeps the calling worker on one CPU, and so many others on the next ones; returns when all of them are there.
    fn start(mechanism: Mechanism, count: usize) -> Self {
        let (allowed, stop, ready) = (cpus::allowed(), Shared::<AtomicU32>::new(), Shared::<AtomicU32>::new());
        let last = allowed.len() - 1;
        cpus::pin(&allowed, last);
        let start = |index| {
            let (allowed, stop, ready) = (allowed.clone(), stop.clone(), ready.clone());
            Worker::start(mechanism, move || {
                cpus::pin(&allowed, last + index);
                ready.fetch_add(1, Ordering::AcqRel);
                futex_wake(&ready, 1, mechanism);
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
        Self { workers, stop }
    }
}

impl Drop for Spinning {
    fn drop(&mut self) {
        self.stop.store(1, Ordering::Relaxed);
        self.workers.drain(..).for_each(Worker::finish);
    }
}
