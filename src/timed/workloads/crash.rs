//! What a crash costs a pool of workers: processes lose the one that crashed, threads the whole program.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use super::child::Child;
use super::mechanism::Mechanism;
use super::pool::{Mailboxes, POOL_MAX};
use super::{Parameters, WorkerError, Workload, cpus, timed};

/// The workloads of the group `crash`: `workers` that wait for jobs, as the threads of one program or as a process each.
///
/// Inside the clock: a program is killed and reaped, a signal reports its end, it is forked anew, and each worker in it does a
/// first job. Outside: the first start until all workers serve, and the workers that go on. The jobs that a crash loses, of one
/// worker or of all, come on top. The lower bound is a forked program that does nothing and ends, on its parent's CPU.
pub(super) fn prepare(function: &str, parameters: &Parameters) -> Result<Workload, WorkerError> {
    let workers = parameters.get_within("workers", 1..=POOL_MAX as u64)? as usize;
    let lost = match function {
        "floor" => {
            cpus::pin_last();
            return Ok(timed(|| {
                Child::start(|| ()).finish();
                1
            }));
        }
        "threads" => workers,
        "processes" => 1,
        _ => return Err(WorkerError::unknown("crash", function)),
    };
    let mailboxes = Mailboxes::new(Mechanism::Processes);
    let asked = mailboxes.clone();
    let start = move |first: usize| Child::start(|| serve(&mailboxes, first..first + lost));
    let mut programs: Vec<Child> = (0..workers).step_by(lost).rev().map(&start).collect();
    let mut done = 0;
    let mut work = move |workers: Range<usize>| {
        workers.clone().for_each(|index| asked.ask(index));
        workers.clone().for_each(|index| asked.wait(index));
        done += 1;
        assert!(workers.into_iter().all(|index| asked.value(index) == done), "a worker did not do its job");
    };
    work(0..workers);
    Ok(timed(move || {
        // A crash but for the core dump.
        programs.pop().into_iter().for_each(Child::kill);
        programs.push(start(0));
        work(0..lost);
        1
    }))
}

/// A program: its first thread is the first worker.
fn serve(mailboxes: &Mailboxes, mut workers: Range<usize>) {
    let job = |done: &AtomicU64| {
        done.fetch_add(1, Ordering::Relaxed);
    };
    std::thread::scope(|scope| {
        let first = workers.next();
        workers.for_each(|index| drop(scope.spawn(move || mailboxes.serve(index, job))));
        first.into_iter().for_each(|index| mailboxes.serve(index, job));
    });
}
