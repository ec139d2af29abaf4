//! A job split in two: each half done by a worker of its own, compared with doing both here.
//!
//! Inside the clock: giving both halves away and sleeping until both are done; the starter computes nothing. Outside: whatever
//! exists before there is a job, such as a pool. New workers are placed by the scheduler; those of a pool stay on a CPU each. How
//! long a job has to be until that is worth it is where the curves cross.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::child::Child;
use super::mechanism::Mechanism;
use super::pool::{Mailboxes, Pool};
use super::roots::square_roots;
use super::shared::Shared;
use super::{Parameters, WorkerError, Workload, cpus, timed};

/// The longest job, in square roots: a second or two, well within the launcher's deadline.
const ROOTS_MAX: u64 = 1 << 29;

/// The workloads of the group `split`: `roots` square roots, all of them here (`alone`), or one half by each of two workers.
pub(super) fn prepare(function: &str, parameters: &Parameters) -> Result<Workload, WorkerError> {
    let roots = parameters.get_within("roots", 2..=ROOTS_MAX)?;
    let halves = [roots / 2, roots - roots / 2];
    match function {
        "alone" => Ok(timed(move || halves.map(square_roots).iter().sum())),
        "thread" => Ok(timed(move || {
            let threads = halves.map(|half| std::thread::spawn(move || square_roots(half)));
            threads.map(|thread| thread.join().expect("a computing thread ends without panic")).iter().sum()
        })),
        "fork" => Ok(fork(halves)),
        "pooled_thread" => Ok(pooled(Mechanism::Threads, halves)),
        "pooled_process" => Ok(pooled(Mechanism::Processes, halves)),
        "work_stealing" => {
            let pool = StealingPool::start(halves.len())?;
            Ok(timed(move || pool.join(halves)))
        }
        _ => Err(WorkerError::unknown("split", function)),
    }
}

fn fork(halves: [u64; 2]) -> Workload {
    let done = Shared::<AtomicU64>::new();
    timed(move || {
        done.store(0, Ordering::Relaxed);
        let children = halves.map(|half| Child::start(|| _ = done.fetch_add(square_roots(half), Ordering::Release)));
        children.into_iter().for_each(Child::finish);
        done.load(Ordering::Acquire)
    })
}

/// The starter shares the CPU of the worker that it asks last, which runs once the starter sleeps.
fn pooled(mechanism: Mechanism, halves: [u64; 2]) -> Workload {
    let pool = Pool::start(mechanism, halves.len(), move |index| {
        cpus::pin_from_last((index + 1) % halves.len());
        move |done: &AtomicU64| done.store(square_roots(halves[index]), Ordering::Release)
    });
    cpus::pin_last();
    let answer = |mailboxes: &Mailboxes, index| {
        mailboxes.wait(index);
        mailboxes.value(index)
    };
    timed(move || {
        (0..halves.len()).for_each(|index| pool.mailboxes.ask(index));
        (0..halves.len()).map(|index| answer(&pool.mailboxes, index)).sum()
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
            threads.push(std::thread::Builder::new().spawn(|| {
                cpus::pin_from_last(thread.index());
                thread.run()
            })?);
            Ok(())
        });
        let pool = pool.build().map_err(|error| WorkerError::refused(format!("a pool cannot be made: {error}")))?;
        Ok(Self { pool: Some(pool), threads })
    }

    fn join(&self, [one, other]: [u64; 2]) -> u64 {
        let pool = self.pool.as_ref().expect("it is there until it is dropped");
        let (ours, theirs) = pool.join(|| square_roots(one), || square_roots(other));
        ours + theirs
    }
}

impl Drop for StealingPool {
    fn drop(&mut self) {
        drop(self.pool.take());
        self.threads.drain(..).for_each(|thread| thread.join().expect("a thread of the pool ends without panic"));
    }
}
