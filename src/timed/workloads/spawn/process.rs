//! Processes that stay in the same program: the bare shared-memory process, and fork.

use std::ffi::{c_int, c_void};
use std::sync::atomic::Ordering;

use nix::unistd::{ForkResult, Pid};

use super::{Stamps, batches, from_stamps, place, stamp_at};
use crate::workloads::child::{EXIT_DONE, exit_now, reap};
use crate::workloads::shared::Shared;
use crate::workloads::{Workload, now_ns, toggle};

/// Stack of a process that shares its parent's memory until it ends or becomes another program.
pub(super) const VFORK_STACK_BYTES: usize = 32 << 10;

extern "C" fn floor_main(argument: *mut c_void) -> c_int {
    stamp_at(argument);
    EXIT_DONE
}

/// Starts a process that shares memory with its parent, which sleeps until the child has ended or become another
/// program: `clone(2)` with `CLONE_VM | CLONE_VFORK`.
pub(super) fn vfork(stack: &mut [u128], main: extern "C" fn(*mut c_void) -> c_int, argument: *mut c_void) -> Pid {
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
    let top = stack.as_mut_ptr_range().end;
    // SAFETY: the parent sleeps while the child runs on its own stack, so both may use the parent's memory.
    let pid = unsafe { libc::clone(main, top.cast(), flags, argument) };
    assert!(pid > 0, "clone refused a process: {}", std::io::Error::last_os_error());
    Pid::from_raw(pid)
}

/// The lower bound: a process that shares its parent's memory and ends; then it is reaped. Its parent sleeps
/// meanwhile, so of many at once each has ended before the next begins.
pub(super) fn lower_bound(count: usize) -> Workload {
    let stamps = Shared::<Stamps>::new();
    let stamped = stamps.clone();
    let mut stack = vec![0u128; VFORK_STACK_BYTES / size_of::<u128>()];
    let start = move |index: usize, is_stamped| vfork(&mut stack, floor_main, place(&stamps.0[index], is_stamped));
    batches(count, start, |_, pid| reap(pid), from_stamps(stamped))
}

/// `fork(2)` through the C library, `_exit` in the child, and `waitpid`.
pub(super) fn fork(count: usize) -> Workload {
    fork_to(count, || EXIT_DONE)
}

/// The same, of children that end with the status that `job` gives; it allocates nothing and takes no lock.
pub(super) fn fork_to(count: usize, job: impl Fn() -> c_int + 'static) -> Workload {
    let stamps = Shared::<Stamps>::new();
    let stamped = stamps.clone();
    let start = move |index, is_stamped: bool| fork_child(is_stamped.then_some((&stamps, index)), &job);
    batches(count, start, |_, pid| reap(pid), from_stamps(stamped))
}

/// One forked child that does its job and ends, once it has stamped its place where it has one. The parent may have threads:
/// the child does nothing that could need them.
pub(super) fn fork_child(place: Option<(&Shared<Stamps>, usize)>, job: impl Fn() -> c_int) -> Pid {
    // SAFETY: the child leaves by `_exit`, and reads a clock, writes one atomic and reads memory before; all of that is
    // async-signal-safe.
    match unsafe { nix::unistd::fork() }.expect("the system lets us fork") {
        ForkResult::Parent { child } => child,
        ForkResult::Child => {
            toggle::zero();
            if let Some((stamps, index)) = place {
                stamps.0[index].store(now_ns(), Ordering::Release);
            }
            exit_now(job())
        }
    }
}
