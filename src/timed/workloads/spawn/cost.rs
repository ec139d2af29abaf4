//! What makes `fork` more expensive: the parent's resident memory, its mappings and its threads.
//!
//! Inside the clock: as in the group `spawn`, one worker at a time; with `fork_reading` the child reads all of the memory, too.
//! Outside: making and touching the load.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::JoinHandle;

use nix::sys::mman::MmapAdvise;

use super::{process, program};
use crate::workloads::child::EXIT_DONE;
use crate::workloads::mapping::{Mapping, Sharing, page_bytes};
use crate::workloads::mechanism::Mechanism;
use crate::workloads::memory::sum_of_words;
use crate::workloads::shared::{futex_wake, wait_for_change};
use crate::workloads::{Parameters, WorkerError, Workload, cpus};

/// The workloads of the group `fork_price`; the load is given by one of `rss_mib`, `mappings`, `threads`.
pub(in crate::workloads) fn prepare(
    function: &str,
    parameters: &Parameters,
    worker: &Path,
) -> Result<Workload, WorkerError> {
    cpus::pin_last();
    // Pages of `mappings` may not be read.
    if function == "fork_reading" && parameters.get("rss_mib").is_err() {
        return Err(WorkerError::refused("fork_reading reads rss_mib of memory".to_owned()));
    }
    let load = Arc::new(ParentLoad::make(function, parameters)?);
    let mut start = match function {
        "fork" | "fork_huge_pages" | "fork_shared_mapping" => process::fork(1),
        "fork_reading" => fork_reading(load.clone()),
        "posix_spawn" => program::posix_spawn(1, worker)?,
        _ => return Err(WorkerError::unknown("fork_price", function)),
    };
    Ok(Box::new(move |iterations| {
        let _kept = &load;
        start(iterations)
    }))
}

/// The child has read what its parent holds when it ends.
fn fork_reading(load: Arc<ParentLoad>) -> Workload {
    let read = move || match &*load {
        ParentLoad::Memory(memory) => sum_of_words(memory.alias().as_mut_slice()),
        ParentLoad::Threads(_) => 0,
    };
    let expected = read();
    process::fork_to(1, move || if read() == expected { EXIT_DONE } else { 1 })
}

enum ParentLoad {
    Memory(Mapping),
    #[expect(dead_code, reason = "held for its drop alone")]
    Threads(IdleThreads),
}

impl ParentLoad {
    fn make(function: &str, parameters: &Parameters) -> Result<Self, WorkerError> {
        if let Ok(mib) = parameters.get("rss_mib") {
            return memory(function, mib as usize).map(ParentLoad::Memory);
        }
        if let Ok(count) = parameters.get("mappings") {
            return many_mappings(count as usize).map(ParentLoad::Memory);
        }
        let threads = parameters
            .get("threads")
            .map_err(|_| WorkerError::refused("one of rss_mib, mappings, threads must be given".to_owned()))?;
        Ok(ParentLoad::Threads(IdleThreads::start(threads as usize)))
    }
}

/// `mib` MiB of touched memory: 4 KiB pages unless the function asks for huge or shared ones.
fn memory(function: &str, mib: usize) -> Result<Mapping, WorkerError> {
    let bytes = mib << 20;
    let sharing = if function == "fork_shared_mapping" { Sharing::Shared } else { Sharing::Private };
    let mapping = Mapping::new(bytes, sharing)?;
    let huge = function == "fork_huge_pages";
    if sharing == Sharing::Private {
        mapping.advise(if huge { MmapAdvise::MADV_HUGEPAGE } else { MmapAdvise::MADV_NOHUGEPAGE })?;
    }
    mapping.touch();
    if huge {
        // Edges that do not fill a huge page stay small.
        mapping.require_huge_pages()?;
    }
    Ok(mapping)
}

/// One mapping cut into `count` by giving every other page other rights; no page is touched.
fn many_mappings(count: usize) -> Result<Mapping, WorkerError> {
    let mapping = Mapping::new(count.max(1) * page_bytes(), Sharing::Private)?;
    for page in (0..count).step_by(2) {
        mapping.forbid_page(page)?;
    }
    Ok(mapping)
}

/// Threads that sleep until dropped.
struct IdleThreads {
    stop: Arc<AtomicU32>,
    threads: Vec<JoinHandle<()>>,
}

impl IdleThreads {
    fn start(count: usize) -> Self {
        let stop = Arc::new(AtomicU32::new(0));
        let sleep = |_| {
            let stop = stop.clone();
            std::thread::spawn(move || {
                wait_for_change(&stop, 0, Mechanism::Threads);
            })
        };
        Self { threads: (0..count).map(sleep).collect(), stop }
    }
}

impl Drop for IdleThreads {
    fn drop(&mut self) {
        self.stop.store(1, Ordering::Release);
        futex_wake(&self.stop, self.threads.len() as u32, Mechanism::Threads);
        for thread in self.threads.drain(..) {
            thread.join().expect("an idle thread ends without panic");
        }
    }
}
