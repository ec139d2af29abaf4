//! A job split in two: one half done here and the other by another worker, compared with doing both here.
//!
//! Inside the clock: giving the half away, doing the other, and waiting for the end of both. Outside: whatever exists
//! before there is a job, such as a pool. How long a job has to be until that is worth it is where the curves cross.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};

use super::child::Child;
use super::mechanism::Mechanism;
use super::pool::Pool;
use super::shared::Shared;
use super::{Parameters, WorkerError, Workload, timed};

/// The longest job, in square roots: a second or two, well within the launcher's deadline.
const ROOTS_MAX: u64 = 1 << 29;

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
        "pooled_thread" => Ok(pooled(Mechanism::Threads, given, kept)),
        "pooled_process" => Ok(pooled(Mechanism::Processes, given, kept)),
        _ => Err(WorkerError::unknown("split", function)),
    }
}

fn compute(roots: u64) -> u64 {
    for number in 1..=roots {
        black_box((black_box(number) as f64).sqrt());
    }
    roots
}

fn fork(given: u64, kept: u64) -> Workload {
    let done = Shared::<AtomicU64>::new();
    timed(move || {
        done.store(0, Ordering::Relaxed);
        let half = Child::start(|| done.store(compute(given), Ordering::Release));
        let ours = compute(kept);
        half.finish();
        ours + done.load(Ordering::Acquire)
    })
}

fn pooled(mechanism: Mechanism, given: u64, kept: u64) -> Workload {
    let pool = Pool::start(mechanism, 1, move |done| done.store(compute(given), Ordering::Release));
    timed(move || {
        pool.mailboxes.ask(0);
        let ours = compute(kept);
        pool.mailboxes.wait(0);
        ours + pool.mailboxes.value(0)
    })
}
