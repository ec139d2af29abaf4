//! Threads: the bare system call, the C library's threads over it, and std's over those.

use std::ffi::{c_int, c_void};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::thread::Builder;

use super::{Stamps, batches, clocked, from_stamps, place, stamp_at};
use crate::workloads::mechanism::Mechanism;
use crate::workloads::shared::{Shared, wait_for_change};
use crate::workloads::{Workload, now_ns};

/// As small as a stack that std will still run a closure on everywhere.
pub(super) const SMALL_STACK_BYTES: usize = 64 << 10;

/// Larger than the 40 MiB of stacks that glibc keeps for reuse, so that each is mapped anew.
pub(super) const LARGE_STACK_BYTES: usize = 64 << 20;

/// Stack of a bare thread: it reads a clock at the most.
const BARE_STACK_BYTES: usize = 16 << 10;

/// What a bare thread needs: where to stamp, and the word that the kernel clears at its end.
#[repr(C)]
struct Bare {
    stamp: AtomicU64,
    alive: AtomicU32,
}

extern "C" fn bare_main(argument: *mut c_void) -> c_int {
    stamp_at(argument);
    0
}

/// The lower bound: `clone(2)` with the flags of a thread on a stack mapped before, until the kernel has cleared its word.
pub(super) fn lower_bound(count: usize) -> Workload {
    let mut stacks = vec![[0u128; BARE_STACK_BYTES / size_of::<u128>()]; count];
    let bares: Vec<Bare> = (0..count).map(|_| Bare { stamp: 0.into(), alive: 0.into() }).collect();
    let bares = Arc::new(bares);
    let flags = libc::CLONE_VM
        | libc::CLONE_FS
        | libc::CLONE_FILES
        | libc::CLONE_SIGHAND
        | libc::CLONE_THREAD
        | libc::CLONE_SYSVSEM
        | libc::CLONE_CHILD_CLEARTID;
    let start = {
        let bares = bares.clone();
        move |index: usize, is_stamped| {
            let bare = &bares[index];
            bare.alive.store(1, Ordering::Release);
            let top = stacks[index].as_mut_ptr_range().end;
            let argument = place(&bare.stamp, is_stamped);
            let nothing = std::ptr::null_mut::<c_void>();
            // SAFETY: the stack is the thread's own and both it and `bare` outlive the thread, which is waited for; the
            // thread uses no thread-local storage, so it may share its parent's.
            let tid =
                unsafe { libc::clone(bare_main, top.cast(), flags, argument, nothing, nothing, bare.alive.as_ptr()) };
            assert!(tid > 0, "clone refused a thread: {}", std::io::Error::last_os_error());
        }
    };
    let wait = {
        let bares = bares.clone();
        move |index: usize, ()| {
            // The kernel wakes whoever waits for the end of a thread as if it were of another process; see set_tid_address(2).
            wait_for_change(&bares[index].alive, 1, Mechanism::Processes);
        }
    };
    batches(count, start, wait, Some(Box::new(move |index| bares[index].stamp.load(Ordering::Acquire))))
}

extern "C" fn pthread_main(argument: *mut c_void) -> *mut c_void {
    stamp_at(argument);
    std::ptr::null_mut()
}

/// `pthread_create(3)` and `pthread_join(3)` with the C library's default stack: what a thread costs without std's share.
pub(super) fn pthread(count: usize) -> Workload {
    let stamps = Shared::<Stamps>::new();
    let stamped = stamps.clone();
    let start = move |index: usize, is_stamped| {
        let (mut thread, attributes) = (0, std::ptr::null());
        let argument = place(&stamps.0[index], is_stamped);
        // SAFETY: the thread's function takes this argument, which outlives it: it is joined before the stamps are dropped.
        let refusal = unsafe { libc::pthread_create(&mut thread, attributes, pthread_main, argument) };
        assert_eq!(refusal, 0, "pthread_create refused a thread");
        thread
    };
    let wait = |_, thread: libc::pthread_t| {
        // SAFETY: the thread was created joinable and is joined once.
        let refusal = unsafe { libc::pthread_join(thread, std::ptr::null_mut()) };
        assert_eq!(refusal, 0, "pthread_join refused a thread");
    };
    batches(count, start, wait, from_stamps(stamped))
}

/// `std::thread::Builder::spawn` and `join`, with std's stack or one of the given size.
pub(super) fn std_thread(count: usize, stack_bytes: Option<usize>) -> Workload {
    let stamps = Shared::<Stamps>::new();
    let stamped = stamps.clone();
    let start = move |index: usize, is_stamped: bool| {
        let stamps = is_stamped.then(|| stamps.clone());
        let builder = stack_bytes.map_or_else(Builder::new, |bytes| Builder::new().stack_size(bytes));
        let body = move || {
            if let Some(stamps) = stamps {
                stamps.0[index].store(now_ns(), Ordering::Release);
            }
        };
        builder.spawn(body).expect("the system lets us start a thread")
    };
    let wait = |_, handle: std::thread::JoinHandle<()>| handle.join().expect("the thread does nothing that can fail");
    batches(count, start, wait, from_stamps(stamped))
}

/// `std::thread::scope` around `count` scoped threads; the scope's end waits for them.
pub(super) fn scoped(count: usize) -> Workload {
    let stamps = Shared::<Stamps>::new();
    let stamped = stamps.clone();
    clocked(count, from_stamps(stamped), move |sums, starts, is_stamped| {
        std::thread::scope(|scope| {
            for (stamp, start) in stamps.0.iter().zip(&mut *starts) {
                *start = now_ns();
                scope.spawn(move || {
                    if is_stamped {
                        stamp.store(now_ns(), Ordering::Release);
                    }
                });
                sums.call_ns += now_ns() - *start;
            }
        });
        sums.work += starts.len() as u64;
    })
}
