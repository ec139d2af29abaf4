//! Taking memory away while others work: threads that share it have their CPUs interrupted, so that none goes on with a stale
//! translation (TLB shoot-down); processes have memory of their own.
//!
//! Inside the clock: unmapping 64 pages one by one. Outside: mapping them and writing to each, and the workers that spin, one
//! on each of the other CPUs. The lower bound is the same without them.

use std::sync::atomic::{AtomicU32, Ordering};

use super::mapping::{Mapping, Sharing, page_bytes};
use super::mechanism::{Mechanism, Worker};
use super::shared::Shared;
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
        let elapsed_ns = (0..iterations).map(|_| unmap_ns()).sum();
        Sample { elapsed_ns, work: iterations * PAGES, ..Sample::default() }
    }))
}

fn unmap_ns() -> u64 {
    let touched = || {
        let mapping = Mapping::new(page_bytes(), Sharing::Private).expect("a page can be mapped");
        mapping.touch();
        mapping
    };
    let mappings: Vec<Mapping> = (0..PAGES).map(|_| touched()).collect();
    let start = now_ns();
    drop(mappings);
    now_ns() - start
}

/// Workers that read one word over and over, each on a CPU of its own.
struct Spinning {
    workers: Vec<Worker>,
    stop: Shared<AtomicU32>,
}

impl Spinning {
    /// Keeps the calling worker on one CPU, and so many others on the next ones.
    fn start(mechanism: Mechanism, count: usize) -> Self {
        let (allowed, stop) = (cpus::allowed(), Shared::<AtomicU32>::new());
        let last = allowed.len() - 1;
        cpus::pin(&allowed, last);
        let start = |index| {
            let (allowed, stop) = (allowed.clone(), stop.clone());
            Worker::start(mechanism, move || {
                cpus::pin(&allowed, last + index);
                while stop.load(Ordering::Relaxed) == 0 {
                    std::hint::spin_loop();
                }
            })
        };
        let workers = (1..=count).map(start).collect();
        Self { workers, stop }
    }
}

impl Drop for Spinning {
    fn drop(&mut self) {
        self.stop.store(1, Ordering::Relaxed);
        self.workers.drain(..).for_each(Worker::finish);
    }
}
