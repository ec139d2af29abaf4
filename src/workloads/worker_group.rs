//! Workers that do the same job side by side, as threads or as processes, released and timed together.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::availability::{run_delay_ns, share};
use super::clock::thread_cpu_ns;
use super::mechanism::{Mechanism, Worker};
use super::shared::{Shared, Zeroed, futex_wake, wait_for_change};
use super::{Parameters, Sample, WorkerError, Workload, cpus, now_ns, toggle};

/// The parameter `workers` of a workload that is done by a group of them.
pub(crate) fn workers(parameters: &Parameters) -> Result<u64, WorkerError> {
    parameters.get_within("workers", 1..=WORKERS_MAX as u64)
}

/// One operation of one worker; returns the work done.
pub(crate) type Job = Box<dyn FnMut() -> u64>;

/// The most workers: twice the processors that a set of them can name.
const WORKERS_MAX: usize = 2048;

/// What the workers share. Every slot has cache lines of its own.
#[repr(C)]
struct Control {
    /// Number of the operation that the workers are to do; [`STOP`] ends them.
    turn: CacheLines<AtomicU32>,
    /// How many workers are ready for the first operation.
    ready: CacheLines<AtomicU32>,
    /// How many workers have finished the current one.
    finished: CacheLines<AtomicU32>,
    slots: [CacheLines<Slot>; WORKERS_MAX],
}

/// Two cache lines, because neighbours are fetched in pairs.
#[repr(C, align(128))]
struct CacheLines<T>(T);

#[repr(C)]
struct Slot {
    start_ns: AtomicU64,
    end_ns: AtomicU64,
    cpu_ns: AtomicU64,
    delay_ns: AtomicU64,
    work: AtomicU64,
}

// SAFETY: atomics only, valid as zero.
unsafe impl Zeroed for Control {}

const STOP: u32 = u32::MAX;

/// Stands in a slot where the kernel does not report the delay.
const NO_DELAY: u64 = u64::MAX;

struct WorkerGroup {
    control: Shared<Control>,
    workers: usize,
    handles: Vec<Worker>,
    turn: u32,
    processors: usize,
    mechanism: Mechanism,
}

struct Operation {
    elapsed_ns: u64,
    work: u64,
    /// The smallest of a worker; `None` where the kernel does not report it.
    cpu_availability: Option<f64>,
    cpu_ns: u64,
}

/// The workload in which `workers` do one job each at a time.
///
/// Inside the clock: from the first worker's first instruction of the operation to the last worker's last. Outside:
/// making the workers and their jobs (`make`, called in each worker with its index), waking them, collecting them.
/// Each worker stays on one processor, taken in turn from those allowed.
pub(crate) fn group_workload(
    mechanism: Mechanism,
    workers: u64,
    make: impl Fn(usize) -> Job + Send + Sync + 'static,
) -> Workload {
    let mut group = WorkerGroup::start(mechanism, workers as usize, Arc::new(make));
    Box::new(move |iterations| {
        let crowded = group.workers > group.processors;
        let (mut total, mut cpu_ns, mut cpu_availability) = (Sample::default(), 0, Some(0.0));
        for _ in 0..iterations {
            let operation = group.operate();
            total.elapsed_ns += operation.elapsed_ns;
            total.work += operation.work;
            cpu_ns += operation.cpu_ns;
            cpu_availability =
                cpu_availability.zip(operation.cpu_availability).map(|(sum, share)| sum + share / iterations as f64);
        }
        // With more workers than processors none can have one to itself: the availability says nothing.
        Sample { cpu_ns: Some(cpu_ns), cpu_availability: cpu_availability.filter(|_| !crowded), ..total }
    })
}

impl WorkerGroup {
    fn start(mechanism: Mechanism, workers: usize, make: Arc<dyn Fn(usize) -> Job + Send + Sync>) -> Self {
        assert!((1..=WORKERS_MAX).contains(&workers), "workers must be 1 to {WORKERS_MAX}, not {workers}");
        let control = Shared::<Control>::new();
        let (allowed, processors) = (cpus::allowed(), cpus::cores());
        let body = |index: usize| {
            let (alias, allowed, make) = (control.clone(), allowed.clone(), make.clone());
            move || {
                cpus::pin(&allowed, index);
                work(&alias, mechanism, index, make(index));
            }
        };
        let handles = (0..workers).map(|index| Worker::start(mechanism, body(index))).collect();
        let mut group = Self { control, workers, handles, turn: 0, processors, mechanism };
        group.wait_for(|control| &control.ready.0);
        group
    }

    fn wait_for(&mut self, counter: fn(&Control) -> &AtomicU32) {
        let counter = counter(&self.control);
        let mut seen = counter.load(Ordering::Acquire);
        while seen < self.workers as u32 {
            seen = wait_for_change(counter, seen, self.mechanism);
        }
    }

    fn operate(&mut self) -> Operation {
        self.control.finished.0.store(0, Ordering::Relaxed);
        self.turn += 1;
        self.control.turn.0.store(self.turn, Ordering::Release);
        futex_wake(&self.control.turn.0, self.workers as u32, self.mechanism);
        self.wait_for(|control| &control.finished.0);

        let slots = || self.control.slots[..self.workers].iter().map(|line| &line.0);
        let start = slots().map(|slot| slot.start_ns.load(Ordering::Relaxed)).min().expect("a group has workers");
        let end = slots().map(|slot| slot.end_ns.load(Ordering::Relaxed)).max().expect("a group has workers");
        let cpu_availability = slots().map(cpu_availability).try_fold(1.0, |least: f64, this| Some(least.min(this?)));
        let work: Vec<u64> = slots().map(|slot| slot.work.load(Ordering::Relaxed)).collect();
        assert!(work[0] > 0 && work.iter().all(|one| *one == work[0]), "the workers did {work:?} units of work");
        Operation {
            elapsed_ns: end - start,
            work: work.iter().sum(),
            cpu_availability,
            cpu_ns: slots().map(|slot| slot.cpu_ns.load(Ordering::Relaxed)).sum(),
        }
    }
}

impl Drop for WorkerGroup {
    fn drop(&mut self) {
        self.control.turn.0.store(STOP, Ordering::Release);
        futex_wake(&self.control.turn.0, self.workers as u32, self.mechanism);
        self.handles.drain(..).for_each(Worker::finish);
    }
}

/// The share of its time that a worker did not have to wait on a run queue; time asleep in a lock or in I/O counts as
/// available.
fn cpu_availability(slot: &Slot) -> Option<f64> {
    let wall = slot.end_ns.load(Ordering::Relaxed) - slot.start_ns.load(Ordering::Relaxed);
    let refused = slot.delay_ns.load(Ordering::Relaxed);
    (refused != NO_DELAY).then(|| share(wall, refused))
}

fn work(control: &Shared<Control>, mechanism: Mechanism, index: usize, mut job: Job) {
    let slot = &control.slots[index].0;
    let mut turn = 0;
    control.ready.0.fetch_add(1, Ordering::AcqRel);
    futex_wake(&control.ready.0, 1, mechanism);
    loop {
        turn = wait_for_change(&control.turn.0, turn, mechanism);
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
        let delayed = run_delay_ns().zip(delay).map_or(NO_DELAY, |(after, before)| after.saturating_sub(before));
        slot.delay_ns.store(delayed, Ordering::Relaxed);
        slot.work.store(work, Ordering::Relaxed);
        control.finished.0.fetch_add(1, Ordering::AcqRel);
        futex_wake(&control.finished.0, 1, mechanism);
    }
}
