//! Starting one more unit of execution and waiting for its end, in three phases.
//!
//! Inside the clock: create, run, end, reap, for `count` workers started one after the other and then waited for; the phase
//! until the creating call returned costs two clock reads a worker. Outside: everything that can be prepared once, such as
//! stacks, argument lists and pools.
//!
//! A new worker does nothing but end. The time of its first instruction is that of other starts, made by [`stamped`], whose
//! worker reads the clock and writes it down: in a forked child that takes page faults that no thread has. A program writes 8
//! bytes to a file whenever its `main` begins, and the job of a pool is to stamp.
//!
//! One at a time, parent and child share one processor: else the place where the child lands would decide the number more
//! than the mechanism does. With `cpus=2` the child is moved to another one, and the worker of a pool stays there; with `pinned=0`
//! the scheduler places it, as in a program that does not care; many at once may use all processors.

mod apart;
mod cost;
mod pool;
mod process;
mod program;
mod thread;

use std::cell::Cell;
use std::ffi::c_void;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use super::mechanism::Mechanism;
use super::pool::POOL_MAX;
use super::shared::{Shared, Zeroed};
use super::{Parameters, Sample, WorkerError, Workload, cpus, now_ns};

pub(super) use cost::prepare as prepare_cost;
pub use program::stamp as stamp_as_program;

const COUNT_MAX: usize = POOL_MAX;

thread_local! {
    /// Whether this thread starts workers that stamp.
    static STAMPED: Cell<bool> = const { Cell::new(false) };
}

/// Runs starts whose workers stamp their first instruction, which is what their sample then says.
pub(super) fn stamped(run: impl FnOnce() -> Sample) -> Sample {
    STAMPED.set(true);
    let sample = run();
    STAMPED.set(false);
    sample
}

/// Where each new worker writes the time of its first instruction.
#[repr(C)]
struct Stamps([AtomicU64; COUNT_MAX]);

// SAFETY: atomics only, valid as zero.
unsafe impl Zeroed for Stamps {}

pub(super) fn prepare(function: &str, parameters: &Parameters, worker: &Path) -> Result<Workload, WorkerError> {
    let count = parameters.get("count")? as usize;
    if !(1..=COUNT_MAX).contains(&count) {
        return Err(WorkerError::Failed(format!("count must be 1 to {COUNT_MAX}, not {count}")));
    }
    let stated = |name| parameters.get(name).unwrap_or(1);
    if stated("cpus") != 1 {
        return match (function, count, stated("cpus")) {
            ("thread", 1, 2) => apart::thread(),
            ("fork", 1, 2) => apart::fork(),
            ("pooled_thread", 1, 2) => pool::parked_apart(Mechanism::Threads),
            ("pooled_process", 1, 2) => pool::parked_apart(Mechanism::Processes),
            _ => Err(WorkerError::Failed("cpus=2 is for one thread, one fork, or a pool of one".to_owned())),
        };
    }
    if count == 1 && stated("pinned") == 1 {
        cpus::pin_last();
    }
    match function {
        "floor_thread" => Ok(thread::lower_bound(count)),
        "pthread" => Ok(thread::pthread(count)),
        "thread" => Ok(thread::std_thread(count, None)),
        "small_stack_thread" => Ok(thread::std_thread(count, Some(thread::SMALL_STACK_BYTES))),
        "large_stack_thread" => Ok(thread::std_thread(count, Some(thread::LARGE_STACK_BYTES))),
        "scoped_thread" => Ok(thread::scoped(count)),
        "pooled_thread" => Ok(pool::parked(Mechanism::Threads, count)),
        "floor_process" => Ok(process::lower_bound(count)),
        "fork" => Ok(process::fork(count)),
        "fork_server" => Ok(pool::fork_server(count)),
        "pooled_process" => Ok(pool::parked(Mechanism::Processes, count)),
        "floor_exec" => program::lower_bound(count),
        "posix_spawn" => program::posix_spawn(count, worker),
        "posix_spawn_minimal" => program::posix_spawn_minimal(count),
        "command" => program::command(count, worker, false),
        "command_fork" => program::command(count, worker, true),
        "fork_exec" => program::fork_exec(count, worker),
        _ => Err(WorkerError::unknown("spawn", function)),
    }
}

/// The clock around `iterations` batches: start `count` workers, then wait for each.
///
/// `start` is given whether the worker has to stamp. `stamp` gives the time of a worker's first instruction after it was waited
/// for, or `None` where it has none.
fn batches<H: 'static>(
    count: usize,
    mut start: impl FnMut(usize, bool) -> H + 'static,
    mut wait: impl FnMut(usize, H) + 'static,
    stamp: Option<Box<dyn Fn(usize) -> u64>>,
) -> Workload {
    let mut handles = Vec::with_capacity(count);
    clocked(count, stamp, move |sums, starts, is_stamped| {
        for (index, began) in starts.iter_mut().enumerate() {
            *began = now_ns();
            let handle = start(index, is_stamped);
            sums.call_ns += now_ns() - *began;
            handles.push(handle);
        }
        for (index, handle) in handles.drain(..).enumerate() {
            wait(index, handle);
            sums.work += 1;
        }
    })
}

/// Over all workers of a sample.
#[derive(Default)]
struct Sums {
    call_ns: u64,
    first_ns: u64,
    work: u64,
}

/// The clock around batches of any kind: each starts `count` workers, notes when, adds to the sums, and waits for the workers.
fn clocked(
    count: usize,
    stamp: Option<Box<dyn Fn(usize) -> u64>>,
    mut batch: impl FnMut(&mut Sums, &mut [u64], bool) + 'static,
) -> Workload {
    let mut starts = vec![0; count];
    Box::new(move |iterations| {
        let can_stamp = stamp.is_some();
        let stamp = stamp.as_ref().filter(|_| STAMPED.get());
        let mut sums = Sums::default();
        let begin = now_ns();
        for _ in 0..iterations {
            batch(&mut sums, &mut starts, stamp.is_some());
            if let Some(stamp) = stamp {
                sums.first_ns += starts.iter().enumerate().map(|(index, start)| stamp(index) - start).sum::<u64>();
            }
        }
        let elapsed_ns = now_ns() - begin;
        let each = |sum: u64| sum / count as u64;
        let first_ns = can_stamp.then(|| each(sums.first_ns));
        Sample { elapsed_ns, work: sums.work, call_ns: Some(each(sums.call_ns)), first_ns, ..Sample::default() }
    })
}

fn from_stamps(stamps: Shared<Stamps>) -> Option<Box<dyn Fn(usize) -> u64>> {
    Some(Box::new(move |index| stamps.0[index].load(Ordering::Acquire)))
}

/// The argument of a worker that is a C function: where it stamps, null where it does not.
fn place(stamp: &AtomicU64, is_stamped: bool) -> *mut c_void {
    if is_stamped { stamp.as_ptr().cast() } else { std::ptr::null_mut() }
}

/// What such a worker does.
fn stamp_at(place: *mut c_void) {
    // SAFETY: it is null, or the stamp of this worker, which lives until the worker has been waited for.
    if let Some(stamp) = unsafe { place.cast::<AtomicU64>().as_ref() } {
        stamp.store(now_ns(), Ordering::Release);
    }
}
