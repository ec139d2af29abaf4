//! Page faults, context switches and CPU time, as the kernel accounts for them to every process.
//!
//! getrusage(2) needs no permission and means the same on every host. Perf events count the first two as well, but
//! only where they are allowed, and not quite the same faults: those that the kernel takes on behalf of `exec` are
//! missing. One metric with two meanings would break its series at a change of a sysctl, so there is one source.

use nix::sys::resource::{UsageWho, getrusage};

use crate::workloads::{WorkerError, Workload};

use super::child::Child;
use super::per_operation;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    ContextSwitches,
    /// Page faults, whether or not a disk was read.
    PageFaults,
}

/// Counts one operation of the workload that `make` prepares, with all its threads and children.
///
/// A child is only in its parent's account when it has been waited for. So a forked process prepares the workload, runs
/// it, drops it and reads its account; once with `iterations` operations and once with twice as many, and set-up
/// falls out of the difference. The calling process must have one thread.
///
/// Fails when the workload cannot run, breaks, or takes longer than half a minute.
pub fn count(
    usage: Usage,
    make: impl Fn() -> Result<Workload, WorkerError>,
    iterations: u64,
) -> Result<f64, WorkerError> {
    let once = life(usage, &make, iterations)?;
    let twice = life(usage, &make, 2 * iterations)?;
    Ok(per_operation(once, twice, iterations))
}

/// What a process uses that makes the workload, runs it and ends it.
fn life(usage: Usage, make: &impl Fn() -> Result<Workload, WorkerError>, iterations: u64) -> Result<u64, WorkerError> {
    let child = Child::start(|| {
        let mut workload = make()?;
        workload(iterations);
        drop(workload);
        Ok(account(usage, UsageWho::RUSAGE_SELF) + account(usage, UsageWho::RUSAGE_CHILDREN))
    })?;
    child.finish().map(|used| used as u64)
}

fn account(usage: Usage, who: UsageWho) -> f64 {
    let account = getrusage(who).expect("every process may read its own account");
    let used = match usage {
        Usage::ContextSwitches => account.voluntary_context_switches() + account.involuntary_context_switches(),
        Usage::PageFaults => account.minor_page_faults() + account.major_page_faults(),
    };
    used as f64
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

    #[test]
    fn counts_the_page_faults_of_the_process_and_of_its_children() {
        let alone = count(Usage::PageFaults, || Ok(timed(|| touching(16))), 50).unwrap();
        assert!((16.0..17.0).contains(&alone), "{alone}");
        let child = count(
            Usage::PageFaults,
            || {
                Ok(timed(|| {
                    // SAFETY: the calling process has one thread.
                    match unsafe { fork() }.unwrap() {
                        ForkResult::Parent { child } => waitpid(child, None).map(|_| 1).unwrap(),
                        ForkResult::Child => {
                            touching(16);
                            // SAFETY: `_exit` may be called from anywhere.
                            unsafe { libc::_exit(0) }
                        }
                    }
                }))
            },
            10,
        );
        assert!(child.clone().unwrap() >= 16.0, "{child:?}");
    }

    #[test]
    fn reports_how_a_workload_broke() {
        let broken = count(Usage::PageFaults, || Ok(timed(|| panic!("no more handles"))), 1);
        assert_eq!(broken, Err(WorkerError::Failed("no more handles".to_owned())));
        let refused = count(Usage::PageFaults, || Err(WorkerError::refused("no such file".to_owned())), 1);
        assert_eq!(refused, Err(WorkerError::Refused("no such file".to_owned())));
    }
}
