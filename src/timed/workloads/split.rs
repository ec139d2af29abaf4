//! A job split in two: one half done here and the other by another worker, compared with doing both here.
//!
//! Inside the clock: giving the half away, doing the other, and waiting for the end of both. Outside: whatever exists
//! before there is a job, such as a pool. How long a job has to be until that is worth it is where the curves cross.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

use rayon::{ThreadPool, ThreadPoolBuilder};

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
        "work_stealing" => {
            let pool = StealingPool::start(2)?;
            Ok(timed(move || {
                let (ours, theirs) = pool.join(|| compute(kept), || compute(given));
                ours + theirs
            }))
        }
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

/// A pool of rayon's whose threads have ended when it is dropped. Rayon itself only asks them to end, but the next workload may
/// fork, so no thread may be left. The caller is none of them and sleeps: one takes the job, another steals its half unless the
/// first half is done before.
struct StealingPool {
    pool: Option<ThreadPool>,
    threads: Vec<JoinHandle<()>>,
}

impl StealingPool {
    fn start(count: usize) -> Result<Self, WorkerError> {
        let mut threads = Vec::new();
        let pool = ThreadPoolBuilder::new().num_threads(count).spawn_handler(|thread| {
            threads.push(std::thread::Builder::new().spawn(|| thread.run())?);
            Ok(())
        });
        let pool = pool.build().map_err(|error| WorkerError::refused(format!("a pool cannot be made: {error}")))?;
        Ok(Self { pool: Some(pool), threads })
    }

    fn join(&self, ours: impl FnOnce() -> u64 + Send, theirs: impl FnOnce() -> u64 + Send) -> (u64, u64) {
        self.pool.as_ref().expect("it is there until it is dropped").join(ours, theirs)
    }
}

impl Drop for StealingPool {
    fn drop(&mut self) {
        drop(self.pool.take());
        self.threads.drain(..).for_each(|thread| thread.join().expect("a thread of the pool ends without panic"));
    }
}
