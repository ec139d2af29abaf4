//! Starting one more unit of execution and waiting for its end, in three phases.
//!
//! Inside the clock: create, first instruction, end, reap, for `count` workers started one after the other and then
//! waited for. Each new worker does one thing: it stamps the clock. Outside: everything that can be prepared once,
//! such as stacks, argument lists and pools. Separating the phases costs two clock reads a worker, inside, and where a
//! program stamps a file when its `main` begins, one write and one read of 8 bytes.
//!
//! One at a time, parent and child share one processor: else the place where the child lands would decide the number more
//! than the mechanism does. With `cpus=2` the child is moved to another one, with `pinned=0` the scheduler places it, as in a
//! program that does not care; many at once may use all processors.

mod apart;
mod cost;
mod pool;
mod process;
mod program;
mod thread;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use super::mechanism::Mechanism;
use super::pool::POOL_MAX;
use super::shared::{Shared, Zeroed};
use super::{Parameters, Sample, WorkerError, Workload, cpus, now_ns};

pub(super) use cost::prepare as prepare_cost;
pub use program::stamp as stamp_as_program;

const COUNT_MAX: usize = POOL_MAX;

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
            _ => Err(WorkerError::Failed("cpus=2 is for one thread, or one fork".to_owned())),
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
/// `stamp` gives the time of a worker's first instruction after it was waited for, or `None` where it has none.
fn batches<H: 'static>(
    count: usize,
    mut start: impl FnMut(usize) -> H + 'static,
    mut wait: impl FnMut(usize, H) + 'static,
    stamp: Option<Box<dyn Fn(usize) -> u64>>,
) -> Workload {
    let mut handles = Vec::with_capacity(count);
    let mut starts = vec![0; count];
    Box::new(move |iterations| {
        let mut sample = Sample { call_ns: Some(0), first_ns: stamp.as_ref().map(|_| 0), work: 0, ..Sample::default() };
        let (mut call_ns, mut first_ns) = (0, 0);
        let begin = now_ns();
        for _ in 0..iterations {
            for (index, began) in starts.iter_mut().enumerate() {
                *began = now_ns();
                let handle = start(index);
                call_ns += now_ns() - *began;
                handles.push(handle);
            }
            for (index, handle) in handles.drain(..).enumerate() {
                wait(index, handle);
                sample.work += 1;
            }
            if let Some(stamp) = &stamp {
                for (index, start) in starts.iter().enumerate() {
                    first_ns += stamp(index) - start;
                }
            }
        }
        sample.elapsed_ns = now_ns() - begin;
        sample.call_ns = Some(call_ns / count as u64);
        sample.first_ns = sample.first_ns.map(|_| first_ns / count as u64);
        sample
    })
}

fn from_stamps(stamps: Shared<Stamps>) -> Option<Box<dyn Fn(usize) -> u64>> {
    Some(Box::new(move |index| stamps.0[index].load(Ordering::Acquire)))
}
