//! One worker on another processor than its maker's, which moves it there as soon as it has it.
//!
//! Inside the clock, besides what the group has there: the system call that moves it. Its first instruction comes after
//! that. A program that is executed runs before its maker could move it, so there is none here.

use std::os::unix::thread::JoinHandleExt;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::thread::{JoinHandle, yield_now};

use nix::sched::{CpuSet, sched_setaffinity};
use nix::unistd::{ForkResult, getpid, getppid};

use super::batches;
use crate::workloads::child::{EXIT_DONE, exit_now, reap};
use crate::workloads::shared::{Shared, Zeroed};
use crate::workloads::{WorkerError, Workload, cpus, now_ns};

/// Words from the maker.
const WAIT: u32 = 0;
const END: u32 = 1;
const STAMP: u32 = 2;

#[repr(C)]
struct Arrival {
    word: AtomicU32,
    stamp_ns: AtomicU64,
}

// SAFETY: atomics only, valid as zero.
unsafe impl Zeroed for Arrival {}

impl Arrival {
    /// The whole of the worker. Where it begins beside its maker it lets that go on, and is moved then; `check` is between.
    fn wait(&self, check: impl Fn()) {
        while self.word.load(Ordering::Acquire) == WAIT {
            check();
            yield_now();
        }
        if self.word.load(Ordering::Acquire) == STAMP {
            self.stamp_ns.store(now_ns(), Ordering::Release);
        }
    }
}

pub(super) fn thread() -> Result<Workload, WorkerError> {
    let start = |arrival: Shared<Arrival>| std::thread::spawn(move || arrival.wait(|| ()));
    let place = |thread: &JoinHandle<()>, set: &CpuSet| {
        let (thread, bytes) = (thread.as_pthread_t(), size_of_val(set));
        // SAFETY: the thread waits to be moved and is joined after that, so its handle is valid; the set is what it points to.
        let refusal = unsafe { libc::pthread_setaffinity_np(thread, bytes, std::ptr::from_ref(set).cast()) };
        assert_eq!(refusal, 0, "a thread cannot be moved");
    };
    workload(start, place, |thread| thread.join().expect("the thread does nothing that can fail"))
}

pub(super) fn fork() -> Result<Workload, WorkerError> {
    let maker = getpid();
    // A maker that is gone moves nobody.
    let check = move || {
        if getppid() != maker {
            exit_now(EXIT_DONE)
        }
    };
    // SAFETY: the child gives its processor away, asks for its parent, reads a clock, writes one atomic and leaves by `_exit`; all of that is
    // async-signal-safe.
    let start = move |arrival: Shared<Arrival>| match unsafe { nix::unistd::fork() }.expect("the system lets us fork") {
        ForkResult::Parent { child } => child,
        ForkResult::Child => {
            arrival.wait(check);
            exit_now(EXIT_DONE)
        }
    };
    workload(start, |&child, set| sched_setaffinity(child, set).expect("a child may be moved"), reap)
}

fn workload<H: 'static>(
    start: impl Fn(Shared<Arrival>) -> H + 'static,
    place: impl Fn(&H, &CpuSet) + 'static,
    finish: impl Fn(H) + 'static,
) -> Result<Workload, WorkerError> {
    cpus::at_least_two()?;
    let set = cpus::set(&cpus::allowed()[..1]);
    cpus::pin_last();
    let arrival = Shared::<Arrival>::new();
    let stamped = arrival.clone();
    let start = move |_, is_stamped| {
        arrival.word.store(WAIT, Ordering::Release);
        let worker = start(arrival.clone());
        place(&worker, &set);
        arrival.word.store(if is_stamped { STAMP } else { END }, Ordering::Release);
        worker
    };
    let stamp = move |_| stamped.stamp_ns.load(Ordering::Acquire);
    Ok(batches(1, start, move |_, worker| finish(worker), Some(Box::new(stamp))))
}
