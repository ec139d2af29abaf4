//! Page faults and context switches, as the kernel accounts for them to every process.
//!
//! getrusage(2) needs no permission and means the same on every host. Perf events count both as well, but
//! only where they are allowed, and not quite the same faults: those that the kernel takes on behalf of `exec` are
//! missing. One metric with two meanings would break its series at a change of a sysctl, so there is one source.

use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::wait::WaitStatus;

use crate::workloads::protocol::{CountMetric, Counts};
use crate::workloads::{WorkerError, Workload};

use super::child::Child;
use super::per_operation;

/// Counts both of one operation of the workload that `make` prepares, with all its threads and children.
///
/// A child is only in its parent's account when it has been waited for. So a forked process prepares the workload, runs
/// it, drops it and reads its account; once with `iterations` operations and once with twice as many, and set-up
/// falls out of the difference. The calling process must have one thread.
///
/// Fails when the workload cannot run, breaks, or takes longer than half a minute.
pub fn count(make: impl Fn() -> Result<Workload, WorkerError>, iterations: u64) -> Result<Counts, WorkerError> {
    let (once, once_end) = life(&make, iterations)?;
    let (twice, twice_end) = life(&make, 2 * iterations)?;
    // Not before both have ended: what is read leaves its traces in the memory that a child begins with.
    let (once, twice) = (once.answer(once_end)?, twice.answer(twice_end)?);
    let both = once.into_iter().zip(twice);
    Ok(both
        .map(|((metric, once), (_, twice))| (metric, per_operation(once as u64, twice as u64, iterations)))
        .collect())
}

/// A process that has made the workload, run it and ended it, and answers what it used.
fn life(
    make: &impl Fn() -> Result<Workload, WorkerError>,
    iterations: u64,
) -> Result<(Child, WaitStatus), WorkerError> {
    let child = Child::start(|| {
        let mut workload = make()?;
        workload(iterations);
        drop(workload);
        Ok(account())
    })?;
    let end = child.wait()?;
    Ok((child, end))
}

/// What this process and its children that have ended have used.
fn account() -> Counts {
    let accounts = [UsageWho::RUSAGE_SELF, UsageWho::RUSAGE_CHILDREN]
        .map(|who| getrusage(who).expect("every process may read its own account"));
    let used = |of: fn(&Usage) -> i64| accounts.iter().map(of).sum::<i64>() as f64;
    vec![
        // Whether or not a disk was read.
        (CountMetric::PageFaults, used(|usage| usage.minor_page_faults() + usage.major_page_faults())),
        (
            CountMetric::ContextSwitches,
            used(|usage| usage.voluntary_context_switches() + usage.involuntary_context_switches()),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous, munmap};
    use nix::sys::wait::waitpid;
    use nix::unistd::{ForkResult, fork};

    use super::*;
    use crate::workloads::timed;

    /// Maps and unmaps memory that is filled at once, with `pages` of it touched by hand.
    fn touching(pages: usize) -> u64 {
        let length = NonZeroUsize::new(pages * 4096).unwrap();
        let protection = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: a new anonymous mapping overlaps nothing that exists.
        let memory = unsafe { mmap_anonymous(None, length, protection, MapFlags::MAP_PRIVATE) }.unwrap();
        for page in 0..pages {
            // SAFETY: the page lies inside the mapping.
            let byte = unsafe { memory.cast::<u8>().add(page * 4096) };
            // SAFETY: the byte is mapped and writable.
            unsafe { byte.write_volatile(1) };
        }
        // SAFETY: mapped above with this length, and nothing refers to it any more.
        unsafe { munmap(memory, length.get()) }.unwrap();
        pages as u64
    }

    /// Page faults and context switches of one operation.
    fn counted(work: fn() -> u64, iterations: u64) -> [f64; 2] {
        match count(|| Ok(timed(work)), iterations).unwrap()[..] {
            [(CountMetric::PageFaults, faults), (CountMetric::ContextSwitches, switches)] => [faults, switches],
            ref other => panic!("{other:?}"),
        }
    }

    fn touching_in_a_child() -> u64 {
        // SAFETY: the calling process has one thread.
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => waitpid(child, None).map(|_| 1).unwrap(),
            ForkResult::Child => {
                touching(16);
                // SAFETY: `_exit` may be called from anywhere.
                unsafe { libc::_exit(0) }
            }
        }
    }

    #[test]
    fn counts_the_process_and_its_children() {
        let [faults, switches] = counted(|| touching(16), 50);
        assert!((16.0..17.0).contains(&faults) && switches < faults, "{faults} {switches}");
        let [faults, switches] = counted(touching_in_a_child, 10);
        assert!(faults >= 16.0 && switches < faults, "{faults} {switches}");
    }

    #[test]
    fn reports_how_a_workload_broke() {
        let broken = count(|| Ok(timed(|| panic!("no more handles"))), 1);
        assert_eq!(broken, Err(WorkerError::Failed("no more handles".to_owned())));
        let refused = count(|| Err(WorkerError::refused("no such file".to_owned())), 1);
        assert_eq!(refused, Err(WorkerError::Refused("no such file".to_owned())));
    }
}
