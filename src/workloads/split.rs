//! A job split in two: one half done here, the other given away, against doing both here.
//!
//! Inside the clock: giving the half away, doing the other, and waiting for the end of both. Outside: whatever exists
//! before there is a job, such as a pool. How long a job has to be until that is worth it, is where the curves cross.

use std::hint::black_box;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::thread::JoinHandle;

use super::child::Child;
use super::shared::{Shared, Zeroed, futex_wake, wait_for_change};
use super::{Parameters, Refused, Workload, timed};

/// The longest job, in square roots: a second or two, well within the launcher's deadline.
const ROOTS_MAX: u64 = 1 << 29;

const IDLE: u32 = 0;
const ASKED: u32 = 1;
const STOP: u32 = 2;

/// What a parked worker waits on, and what it did.
#[repr(C)]
struct Desk {
    state: AtomicU32,
    done: AtomicU64,
}

// SAFETY: atomics only, valid as zero.
unsafe impl Zeroed for Desk {}

/// The workloads of the group `split`: `roots` square roots, all of them here (`alone`), or half of them elsewhere.
pub(super) fn prepare(function: &str, parameters: &Parameters) -> Result<Workload, Refused> {
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
            let desk = Shared::<Desk>::new();
            let theirs = desk.clone();
            let thread = std::thread::spawn(move || theirs.serve(given));
            Ok(pooled(kept, Parked { desk, thread: Some(thread), child: None }))
        }
        "pooled_process" => {
            let desk = Shared::<Desk>::new();
            let theirs = desk.clone();
            let child = Child::start(move || theirs.serve(given));
            Ok(pooled(kept, Parked { desk, thread: None, child: Some(child) }))
        }
        _ => Err(Refused::unknown("split", function)),
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
    let desk = Shared::<Desk>::new();
    timed(move || {
        desk.done.store(0, Ordering::Relaxed);
        let half = Child::start(|| desk.done.store(compute(given), Ordering::Release));
        let ours = compute(kept);
        half.finish();
        ours + desk.done.load(Ordering::Acquire)
    })
}

fn pooled(kept: u64, parked: Parked) -> Workload {
    timed(move || {
        let desk = &parked.desk;
        desk.set(ASKED);
        let ours = compute(kept);
        while desk.state.load(Ordering::Acquire) == ASKED {
            wait_for_change(&desk.state, ASKED);
        }
        ours + desk.done.load(Ordering::Acquire)
    })
}

impl Desk {
    /// Does the half whenever asked, until told to stop.
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

/// A worker that waits for halves; told to stop and collected when dropped.
struct Parked {
    desk: Shared<Desk>,
    thread: Option<JoinHandle<()>>,
    child: Option<Child>,
}

impl Drop for Parked {
    fn drop(&mut self) {
        self.desk.set(STOP);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("a parked thread ends without panic");
        }
        if let Some(child) = self.child.take() {
            child.finish();
        }
    }
}
