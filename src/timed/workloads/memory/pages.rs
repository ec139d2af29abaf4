//! Writing to pages: for the first time, and after a fork to pages that are copied or shared.

use std::sync::atomic::{AtomicU64, Ordering};

use nix::sys::mman::MmapAdvise;

use crate::workloads::child::Child;
use crate::workloads::mapping::{Mapping, Sharing, SomePages};
use crate::workloads::shared::{Shared, Zeroed};
use crate::workloads::{Parameters, Sample, WorkerError, Workload, cpus, now_ns, timed};

const REWRITE_BYTES: usize = 16 << 20;

#[repr(C)]
struct Report {
    elapsed_ns: AtomicU64,
    pages: AtomicU64,
}

// SAFETY: atomics only, valid as zero.
unsafe impl Zeroed for Report {}

/// The workloads of the group `rewrite`: one byte is written in `dirty_percent` of the small pages of 16 MiB.
///
/// Inside the clock: the writes and the faults that they cause, in a child just forked (`copy_on_write`, and
/// `shared_pages`, whose page tables a fork does not copy, so that each page is mapped anew), in a thread just started
/// (`thread`), or in the process that has had the pages all along (`floor`). Outside: the choice of the pages, and start and
/// end of the writer.
pub(in crate::workloads) fn prepare_rewrite(function: &str, parameters: &Parameters) -> Result<Workload, WorkerError> {
    cpus::pin_last();
    let percent = parameters.get("dirty_percent")?;
    let sharing = if function == "shared_pages" { Sharing::Shared } else { Sharing::Private };
    let memory = Mapping::new(REWRITE_BYTES, sharing)?;
    if sharing == Sharing::Private {
        memory.advise(MmapAdvise::MADV_NOHUGEPAGE).ok();
    }
    memory.touch();
    let pages = memory.some_pages(percent);
    match function {
        "floor" => Ok(timed(move || pages.write())),
        "thread" => Ok(in_a_thread(pages)),
        "copy_on_write" | "shared_pages" => Ok(in_a_child(pages)),
        _ => Err(WorkerError::unknown("rewrite", function)),
    }
}

fn in_a_thread(pages: SomePages) -> Workload {
    Box::new(move |iterations| {
        let mut sample = Sample::default();
        for _ in 0..iterations {
            let (elapsed_ns, written) = std::thread::scope(|scope| {
                let writer = scope.spawn(|| {
                    let start = now_ns();
                    let written = pages.write();
                    (now_ns() - start, written)
                });
                writer.join().expect("the thread only writes")
            });
            sample.elapsed_ns += elapsed_ns;
            sample.work += written;
        }
        sample
    })
}

fn in_a_child(pages: SomePages) -> Workload {
    let report = Shared::<Report>::new();
    Box::new(move |iterations| {
        let mut sample = Sample::default();
        for _ in 0..iterations {
            let child = Child::start(|| {
                let start = now_ns();
                let written = pages.write();
                report.elapsed_ns.store(now_ns() - start, Ordering::Release);
                report.pages.store(written, Ordering::Release);
            });
            child.finish();
            sample.elapsed_ns += report.elapsed_ns.load(Ordering::Acquire);
            sample.work += report.pages.load(Ordering::Acquire);
        }
        sample
    })
}

/// The workloads of the group `first_touch`: one byte is written in each small page of `bytes` bytes.
///
/// Inside the clock: the writes, to memory just mapped (`small_pages`, `huge_pages`) or touched before (`floor`).
/// Outside: mapping and unmapping.
pub(in crate::workloads) fn prepare_first_touch(
    function: &str,
    parameters: &Parameters,
) -> Result<Workload, WorkerError> {
    cpus::pin_last();
    let bytes = parameters.get("bytes")? as usize;
    let advice = match function {
        "floor" => {
            let memory = Mapping::new(bytes, Sharing::Private)?;
            memory.advise(MmapAdvise::MADV_NOHUGEPAGE).ok();
            memory.touch();
            return Ok(timed(move || memory.touch()));
        }
        "small_pages" => MmapAdvise::MADV_NOHUGEPAGE,
        "huge_pages" => MmapAdvise::MADV_HUGEPAGE,
        _ => return Err(WorkerError::unknown("first_touch", function)),
    };
    let probe = Mapping::new(bytes, Sharing::Private)?;
    let advised = probe.advise(advice);
    probe.touch();
    if function == "huge_pages" {
        advised?;
        probe.require_huge_pages()?;
    }
    Ok(Box::new(move |iterations| {
        let mut sample = Sample::default();
        for _ in 0..iterations {
            let memory = Mapping::new(bytes, Sharing::Private).expect("it could be mapped before");
            memory.advise(advice).ok();
            let start = now_ns();
            sample.work += memory.touch();
            sample.elapsed_ns += now_ns() - start;
        }
        sample
    }))
}
