//! A job split in two: one half done here and the other by another worker, compared with doing both here.
//!
//! Inside the clock: giving the half away, doing the other, and waiting for the end of both. Outside: whatever exists
//! before there is a job, such as a pool. How long a job has to be until that is worth it is where the curves cross.

use std::hint::black_box;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::thread::JoinHandle;

use super::child::Child;
use super::shared::{Shared, Zeroed, futex_wake, wait_for_change};
use super::{Parameters, WorkerError, Workload, timed};

/// The longest job, in square roots: a second or two, well within the launcher's deadline.
const ROOTS_MAX: u64 = 1 << 29;

const IDLE: u32 = 0;
const ASKED: u32 = 1;
const STOP: u32 = 2;

/// What a parked worker waits on, and what it did.
#[repr(C)]
struct Mailbox {
    state: AtomicU32,
    done: AtomicU64,
}

// SAFETY: atomics only, valid as zero.
unsafe impl Zeroed for Mailbox {}

/// The workloads of the group `split`: `roots` square roots, all of them here (`alone`), or half of them elsewhere.
pub(super) fn prepare(function: &str, parameters: &Parameters) -> Result<Workload, WorkerError> {
    let roots = parameters.get_within("roots", 2..=ROOTS_MAX)?;
    let (given, kept) = (roots / 2, roots - roots / 2);
    match function {
        "alone" => Ok(timed(move || compute(kept) + compute(given))),
        "thread" => Ok(timed(move || {
            let half = std::thread::spawn(move || compute(given));
            compute(kept) + half.join().expect("a computing thread ends without panic")
        })),
        "fork" => Ok(fork(given, kept)),
        "pooled_thread" => {
            let mailbox = Shared::<Mailbox>::new();
            let theirs = mailbox.clone();
            let thread = std::thread::spawn(move || theirs.serve(given));
            Ok(pooled(kept, Parked { mailbox, thread: Some(thread), child: None }))
        }
        "pooled_process" => {
            let mailbox = Shared::<Mailbox>::new();
            let theirs = mailbox.clone();
            let child = Child::start(move || theirs.serve(given));
            Ok(pooled(kept, Parked { mailbox, thread: None, child: Some(child) }))
        }
        _ => Err(WorkerError::unknown("split", function)),
    }
}

/// As many square roots, each used; returns how many.
fn compute(roots: u64) -> u64 {
    for number in 1..=roots {
        black_box((black_box(number) as f64).sqrt());
    }
    roots
}

fn fork(given: u64, kept: u64) -> Workload {
    let mailbox = Shared::<Mailbox>::new();
    timed(move || {
        mailbox.done.store(0, Ordering::Relaxed);
        let half = Child::start(|| mailbox.done.store(compute(given), Ordering::Release));
        let ours = compute(kept);
        half.finish();
        ours + mailbox.done.load(Ordering::Acquire)
    })
}

fn pooled(kept: u64, parked: Parked) -> Workload {
    timed(move || {
        let mailbox = &parked.mailbox;
        mailbox.set(ASKED);
        let ours = compute(kept);
        while mailbox.state.load(Ordering::Acquire) == ASKED {
            wait_for_change(&mailbox.state, ASKED);
        }
        ours + mailbox.done.load(Ordering::Acquire)
    })
}

impl Mailbox {
    /// Does the half whenever asked, until it is stopped.
    fn serve(&self, given: u64) {
        while wait_for_change(&self.state, IDLE) == ASKED {
            self.done.store(compute(given), Ordering::Release);
            self.set(IDLE);
        }
    }

    fn set(&self, state: u32) {
        self.state.store(state, Ordering::Release);
        futex_wake(&self.state, 1);
    }
}

/// A worker that waits for halves; stopped and collected when dropped.
struct Parked {
    mailbox: Shared<Mailbox>,
    thread: Option<JoinHandle<()>>,
    child: Option<Child>,
}

impl Drop for Parked {
    fn drop(&mut self) {
        self.mailbox.set(STOP);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("a parked thread ends without panic");
        }
        if let Some(child) = self.child.take() {
            child.finish();
        }
    }
}
