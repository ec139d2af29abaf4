//! Workers that do the same job side by side, as threads or as processes, released together and timed together.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::thread::JoinHandle;

use super::child::Child;
use super::clock::thread_cpu_ns;
use super::shared::{Shared, Zeroed, futex_wake, wait_for_change};
use super::{Parameters, Refused, Sample, Workload, cpus, now_ns, toggle};

/// What the workers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mechanism {
    /// Threads of the launcher: one address space, one descriptor table.
    Threads,
    /// Forked processes: each its own.
    Processes,
}

impl Mechanism {
    /// The mechanism that is a function of the group by its name, `threads` or `processes`.
    pub(crate) fn named(group: &str, function: &str) -> Result<Self, Refused> {
        match function {
            "threads" => Ok(Self::Threads),
            "processes" => Ok(Self::Processes),
            _ => Err(Refused::unknown(group, function)),
        }
    }
}

/// The parameter `workers` of a workload that is done by a crew.
pub(crate) fn workers(parameters: &Parameters) -> Result<u64, Refused> {
    parameters.get_within("workers", 1..=WORKERS_MAX as u64)
}

/// One operation of one worker; returns the work done.
pub(crate) type Job = Box<dyn FnMut() -> u64>;

/// The largest crew: twice the processors that a set of them can name.
const WORKERS_MAX: usize = 2048;

/// The control page of a crew. Every slot has cache lines of its own.
#[repr(C)]
struct Board {
    /// Number of the operation that the workers shall do; [`STOP`] ends them.
    turn: Line<AtomicU32>,
    /// How many workers are ready for the first operation.
    ready: Line<AtomicU32>,
    /// How many workers have finished the current one.
    finished: Line<AtomicU32>,
    slots: [Line<Slot>; WORKERS_MAX],
}

/// Two cache lines, because neighbours are fetched in pairs.
#[repr(C, align(128))]
struct Line<T>(T);

#[repr(C)]
struct Slot {
    start_ns: AtomicU64,
    end_ns: AtomicU64,
    cpu_ns: AtomicU64,
    delay_ns: AtomicU64,
    work: AtomicU64,
}

// SAFETY: atomics only, valid as zero.
unsafe impl Zeroed for Board {}

const STOP: u32 = u32::MAX;

/// Stands in a slot for a delay that the kernel did not tell.
const UNTOLD: u64 = u64::MAX;

enum Hands {
    Threads(Vec<JoinHandle<()>>),
    Processes(Vec<Child>),
}

/// A crew that waits for its next operation.
struct Crew {
    board: Shared<Board>,
    workers: usize,
    hands: Hands,
    turn: u32,
    processors: usize,
}

/// One operation of all workers.
struct Shift {
    elapsed_ns: u64,
    work: u64,
    /// Smallest share of its time in which a worker was not kept waiting for a processor.
    ///
    /// `None` where the kernel does not tell.
    granted: Option<f64>,
    cpu_ns: u64,
}

/// The workload in which `workers` do one job each at a time.
///
/// Inside the clock: from the first worker's first instruction of the operation to the last worker's last. Outside:
/// making the workers and their jobs (`make`, called in each worker with its index), waking them, collecting them.
/// Each worker stays on one processor, taken in turn from those allowed.
pub(crate) fn crew_workload(
    mechanism: Mechanism,
    workers: u64,
    make: impl Fn(usize) -> Job + Send + Sync + 'static,
) -> Workload {
    let mut crew = Crew::start(mechanism, workers as usize, Arc::new(make));
    Box::new(move |iterations| {
        let crowded = crew.workers > crew.processors;
        let (mut total, mut cpu_ns, mut granted) = (Sample::default(), 0, Some(0.0));
        for _ in 0..iterations {
            let shift = crew.operate();
            total.elapsed_ns += shift.elapsed_ns;
            total.work += shift.work;
            cpu_ns += shift.cpu_ns;
            granted = granted.zip(shift.granted).map(|(sum, share)| sum + share / iterations as f64);
        }
        // With more workers than processors none can have one to itself: how much each got says nothing.
        Sample { cpu_ns: Some(cpu_ns), granted: granted.filter(|_| !crowded), ..total }
    })
}

impl Crew {
    fn start(mechanism: Mechanism, workers: usize, make: Arc<dyn Fn(usize) -> Job + Send + Sync>) -> Self {
        assert!((1..=WORKERS_MAX).contains(&workers), "a crew has 1 to {WORKERS_MAX} workers, not {workers}");
        let board = Shared::<Board>::new();
        let (allowed, processors) = (cpus::allowed(), cpus::cores());
        let body = |index: usize| {
            let (alias, allowed, make) = (board.clone(), allowed.clone(), make.clone());
            move || {
                cpus::pin(&allowed, index);
                work(&alias, index, make(index));
            }
        };
        let hands = match mechanism {
            Mechanism::Threads => Hands::Threads((0..workers).map(|i| std::thread::spawn(body(i))).collect()),
            Mechanism::Processes => Hands::Processes((0..workers).map(|i| Child::start(body(i))).collect()),
        };
        let mut crew = Self { board, workers, hands, turn: 0, processors };
        crew.wait_for(|board| &board.ready.0);
        crew
    }

    /// Sleeps until the counter has reached the number of workers.
    fn wait_for(&mut self, counter: fn(&Board) -> &AtomicU32) {
        let counter = counter(&self.board);
        let mut seen = counter.load(Ordering::Acquire);
        while seen < self.workers as u32 {
            seen = wait_for_change(counter, seen);
        }
    }

    /// Lets every worker do its job once.
    fn operate(&mut self) -> Shift {
        self.board.finished.0.store(0, Ordering::Relaxed);
        self.turn += 1;
        self.board.turn.0.store(self.turn, Ordering::Release);
        futex_wake(&self.board.turn.0, self.workers as u32);
        self.wait_for(|board| &board.finished.0);

        let slots = || self.board.slots[..self.workers].iter().map(|line| &line.0);
        let start = slots().map(|slot| slot.start_ns.load(Ordering::Relaxed)).min().expect("a crew has workers");
        let end = slots().map(|slot| slot.end_ns.load(Ordering::Relaxed)).max().expect("a crew has workers");
        let granted = slots().map(granted).try_fold(1.0, |least: f64, this| Some(least.min(this?)));
        let work: Vec<u64> = slots().map(|slot| slot.work.load(Ordering::Relaxed)).collect();
        assert!(work[0] > 0 && work.iter().all(|one| *one == work[0]), "the workers did {work:?} units of work");
        Shift {
            elapsed_ns: end - start,
            work: work.iter().sum(),
            granted,
            cpu_ns: slots().map(|slot| slot.cpu_ns.load(Ordering::Relaxed)).sum(),
        }
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.board.turn.0.store(STOP, Ordering::Release);
        futex_wake(&self.board.turn.0, self.workers as u32);
        match std::mem::replace(&mut self.hands, Hands::Threads(Vec::new())) {
            Hands::Threads(threads) => {
                for thread in threads {
                    thread.join().expect("a worker thread ends without panic");
                }
            }
            Hands::Processes(children) => children.into_iter().for_each(Child::finish),
        }
    }
}

/// Share of its time that a worker did not have to wait on a run queue.
///
/// Time asleep by its own wish, in a lock or in I/O, is not held against the machine. See the kernel's
/// Documentation/scheduler/sched-stats.rst.
fn granted(slot: &Slot) -> Option<f64> {
    let wall = slot.end_ns.load(Ordering::Relaxed) - slot.start_ns.load(Ordering::Relaxed);
    let refused = slot.delay_ns.load(Ordering::Relaxed);
    (refused != UNTOLD).then(|| 1.0 - refused.min(wall) as f64 / wall.max(1) as f64)
}

/// The life of one worker.
fn work(board: &Shared<Board>, index: usize, mut job: Job) {
    let slot = &board.slots[index].0;
    let mut turn = 0;
    board.ready.0.fetch_add(1, Ordering::AcqRel);
    futex_wake(&board.ready.0, 1);
    loop {
        turn = wait_for_change(&board.turn.0, turn);
        if turn == STOP {
            return;
        }
        let delay = run_delay_ns();
        let cpu = thread_cpu_ns();
        let start = now_ns();
        let work = {
            let _counted = toggle::guard();
            job()
        };
        slot.end_ns.store(now_ns(), Ordering::Relaxed);
        slot.start_ns.store(start, Ordering::Relaxed);
        slot.cpu_ns.store(thread_cpu_ns() - cpu, Ordering::Relaxed);
        let delayed = run_delay_ns().zip(delay).map_or(UNTOLD, |(after, before)| after.saturating_sub(before));
        slot.delay_ns.store(delayed, Ordering::Relaxed);
        slot.work.store(work, Ordering::Relaxed);
        board.finished.0.fetch_add(1, Ordering::AcqRel);
        futex_wake(&board.finished.0, 1);
    }
}

/// Time that the calling thread has waited on a run queue so far, ns; `None` where the kernel does not tell.
fn run_delay_ns() -> Option<u64> {
    fs::read_to_string("/proc/thread-self/schedstat").ok()?.split_ascii_whitespace().nth(1)?.parse().ok()
}
