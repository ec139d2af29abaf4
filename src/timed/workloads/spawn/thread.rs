//! Threads: the bare system call, the C library's threads over it, and std's over those.

use std::ffi::{c_int, c_void};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::thread::Builder;

use super::{COUNT_MAX, Stamps, batches, from_stamps};
use crate::workloads::mechanism::Mechanism;
use crate::workloads::shared::{Shared, wait_for_change};
use crate::workloads::{Sample, Workload, now_ns, toggle};

/// As small as a stack that std will still run a closure on everywhere.
pub(super) const SMALL_STACK_BYTES: usize = 64 << 10;

/// Larger than the 40 MiB of stacks that glibc keeps for reuse, so that each is mapped anew.
pub(super) const LARGE_STACK_BYTES: usize = 64 << 20;

/// Stack of a bare thread: it only reads a clock.
const BARE_STACK_BYTES: usize = 16 << 10;

/// What a bare thread needs: where to stamp, and the word that the kernel clears at its end.
#[repr(C)]
struct Bare {
    stamp: AtomicU64,
    alive: AtomicU32,
}

extern "C" fn bare_main(argument: *mut c_void) -> c_int {
    // SAFETY: the argument is the `Bare` of this thread, which lives until the thread has been waited for.
    let bare = unsafe { &*argument.cast::<Bare>() };
    bare.stamp.store(now_ns(), Ordering::Release);
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
        move |index: usize| {
            let bare = &bares[index];
            bare.alive.store(1, Ordering::Release);
            let top = stacks[index].as_mut_ptr_range().end;
            let argument = std::ptr::from_ref(bare).cast_mut().cast();
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

extern "C" fn pthread_main(stamp: *mut c_void) -> *mut c_void {
    // SAFETY: the argument is a stamp of `pthread`, which lives until the thread has been joined.
    let stamp = unsafe { &*stamp.cast::<AtomicU64>() };
    let _counted = toggle::guard();
    stamp.store(now_ns(), Ordering::Release);
    std::ptr::null_mut()
}

/// `pthread_create(3)` and `pthread_join(3)` with the C library's default stack: what a thread costs without std's share.
pub(super) fn pthread(count: usize) -> Workload {
    let stamps = Shared::<Stamps>::new();
    let stamped = stamps.clone();
    let start = move |index: usize| {
        let (mut thread, attributes) = (0, std::ptr::null());
        let argument = std::ptr::from_ref(&stamps.0[index]).cast_mut().cast();
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
    let stamps = Arc::new([const { AtomicU64::new(0) }; COUNT_MAX]);
    let start = {
        let stamps = stamps.clone();
        move |index: usize| {
            let stamps = stamps.clone();
            let builder = stack_bytes.map_or_else(Builder::new, |bytes| Builder::new().stack_size(bytes));
            let body = move || {
                let _counted = toggle::guard();
                stamps[index].store(now_ns(), Ordering::Release);
            };
            builder.spawn(body).expect("the system lets us start a thread")
        }
    };
    let wait = |_, handle: std::thread::JoinHandle<()>| handle.join().expect("the thread only stamps");
    batches(count, start, wait, Some(Box::new(move |index| stamps[index].load(Ordering::Acquire))))
}

/// `std::thread::scope` around `count` scoped threads; the scope's end waits for them.
pub(super) fn scoped(count: usize) -> Workload {
    let stamps = Shared::<Stamps>::new();
    let mut starts = vec![0; count];
    Box::new(move |iterations| {
        let (mut call_ns, mut first_ns, mut work) = (0, 0, 0);
        let begin = now_ns();
        for _ in 0..iterations {
            std::thread::scope(|scope| {
                for (index, start) in starts.iter_mut().enumerate() {
                    let stamp = &stamps.0[index];
                    *start = now_ns();
                    scope.spawn(move || {
                        let _counted = toggle::guard();
                        stamp.store(now_ns(), Ordering::Release);
                    });
                    call_ns += now_ns() - *start;
                }
            });
            for (stamp, start) in stamps.0.iter().zip(&starts) {
                first_ns += stamp.load(Ordering::Acquire) - start;
                work += 1;
            }
        }
        let elapsed_ns = now_ns() - begin;
        let each = |sum: u64| Some(sum / count as u64);
        Sample { elapsed_ns, work, call_ns: each(call_ns), first_ns: each(first_ns), ..Sample::default() }
    })
}
