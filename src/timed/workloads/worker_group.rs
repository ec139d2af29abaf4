//! Workers that do the same job side by side, as threads or as processes, released and timed together.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::availability::{run_delay_ns, share};
use super::child::{EXIT_NOTICED, exit_now};
use super::clock::thread_cpu_ns;
use super::mechanism::{Mechanism, Worker};
use super::shared::{CacheLines, Shared, Zeroed, futex_wake, wait_for_change};
use super::{Parameters, Sample, WorkerError, Workload, cpus, now_ns, toggle};

/// The parameter `workers` of a workload that is done by a group of them.
pub(crate) fn workers(parameters: &Parameters) -> Result<u64, WorkerError> {
    parameters.get_within("workers", 1..=WORKERS_MAX as u64)
}

/// One operation of one worker, or one slice of it; returns the work done.
pub(crate) type Job = Box<dyn FnMut() -> u64>;

/// Slices of an operation whose workers are timed while all are at work; each slice's end is noted. Of the one that a worker
/// is doing when another ends nobody knows how much it has done by then, so it must be small.
pub(crate) const SLICES: usize = 32;

/// Below this overlap the common window says too little of an operation.
const OVERLAP_MIN: f64 = 0.5;

/// Looks at a barrier before the others are let onto the CPU.
const LOOKS_MAX: u32 = 10_000;

/// The most workers: twice the processors that a set of them can name.
pub(crate) const WORKERS_MAX: usize = 2048;

/// What the workers share.
#[repr(C)]
struct Control {
    /// Number of the operation that the workers are to do; [`STOP`] ends them.
    turn: CacheLines<AtomicU32>,
    /// How many workers are ready for the first operation.
    ready: CacheLines<AtomicU32>,
    /// How many workers have come to the barrier of the current one.
    arrived: CacheLines<AtomicU32>,
    /// How many workers have finished the current one.
    finished: CacheLines<AtomicU32>,
    /// Whether a worker has panicked; the others would wait for it.
    has_failed: CacheLines<AtomicU32>,
    slots: [CacheLines<Slot>; WORKERS_MAX],
}

#[repr(C)]
struct Slot {
    /// When the worker began, and when each slice ended.
    moments_ns: [AtomicU64; SLICES + 1],
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
    slices: usize,
    turn: u32,
    processors: usize,
    mechanism: Mechanism,
}

struct Operation {
    elapsed_ns: u64,
    /// The share of the time from the first start to the last end in which all workers were at work.
    overlap: f64,
    work: u64,
    /// The smallest of a worker; `None` where the kernel does not report it.
    cpu_availability: Option<f64>,
    cpu_ns: u64,
}

/// The workload in which `workers` do one job each at a time.
///
/// Inside the clock: from the first worker's first instruction of the operation to the last worker's last. Outside:
/// making the workers and their jobs (`make`, called in each worker with its index), waking them until all are at a
/// barrier, collecting them. Each worker stays on one processor, taken in turn from those allowed.
pub(crate) fn group_workload(
    mechanism: Mechanism,
    workers: u64,
    make: impl Fn(usize) -> Job + Send + Sync + 'static,
) -> Workload {
    workload(WorkerGroup::start(mechanism, workers as usize, 1, Arc::new(make)))
}

/// The same for what is about the throughput of each worker: a job is one of [`SLICES`] slices of an operation.
///
/// Inside the clock: the time in which all workers are at work, from the last one's start to the first one's end, as long
/// as an operation takes at the rate of the slices done in it. With more workers than processors they are never all at
/// work, and the clock spans all of it.
pub(crate) fn throughput_workload(
    mechanism: Mechanism,
    workers: u64,
    make: impl Fn(usize) -> Job + Send + Sync + 'static,
) -> Workload {
    workload(WorkerGroup::start(mechanism, workers as usize, SLICES, Arc::new(make)))
}

fn workload(mut group: WorkerGroup) -> Workload {
    Box::new(move |iterations| {
        let mut total = Sample::default();
        let (mut cpu_ns, mut overlap, mut cpu_availability) = (0, 0.0, Some(0.0));
        for _ in 0..iterations {
            let operation = group.operate();
            total.elapsed_ns += operation.elapsed_ns;
            total.work += operation.work;
            cpu_ns += operation.cpu_ns;
            overlap += operation.overlap / iterations as f64;
            cpu_availability =
                cpu_availability.zip(operation.cpu_availability).map(|(sum, share)| sum + share / iterations as f64);
        }
        // Who hardly worked beside the others lacked them, whatever the reason.
        if group.slices > 1 && overlap < OVERLAP_MIN {
            cpu_availability = cpu_availability.map(|share: f64| share.min(overlap));
        }
        // With more workers than processors none can have one to itself: neither share says anything.
        let uncrowded = !group.is_crowded();
        Sample {
            cpu_ns: Some(cpu_ns),
            cpu_availability: cpu_availability.filter(|_| uncrowded),
            overlap: (uncrowded && group.workers > 1).then_some(overlap),
            ..total
        }
    })
}

impl WorkerGroup {
    fn start(
        mechanism: Mechanism,
        workers: usize,
        slices: usize,
        make: Arc<dyn Fn(usize) -> Job + Send + Sync>,
    ) -> Self {
        assert!((1..=WORKERS_MAX).contains(&workers), "workers must be 1 to {WORKERS_MAX}, not {workers}");
        let control = Shared::<Control>::new();
        let (allowed, processors) = (cpus::allowed(), cpus::cores());
        let body = |index: usize| {
            let (alias, allowed, make) = (control.clone(), allowed.clone(), make.clone());
            move || {
                cpus::pin(&allowed, index);
                let seat = Seat { control: alias, mechanism, workers, slices, index };
                let _notice = FailureNotice(&seat);
                seat.work(make(index));
            }
        };
        let handles = (0..workers).map(|index| Worker::start(mechanism, body(index))).collect();
        let mut group = Self { control, workers, handles, slices, turn: 0, processors, mechanism };
        group.wait_for(|control| &control.ready.0);
        group
    }

    fn is_crowded(&self) -> bool {
        self.workers > self.processors
    }

    fn wait_for(&mut self, counter: fn(&Control) -> &AtomicU32) {
        let counter = counter(&self.control);
        let mut seen = counter.load(Ordering::Acquire);
        while seen < self.workers as u32 {
            seen = wait_for_change(counter, seen, self.mechanism);
        }
        assert!(!self.control.has_failed(), "a worker has panicked");
    }

    fn operate(&mut self) -> Operation {
        self.control.arrived.0.store(0, Ordering::Relaxed);
        self.control.finished.0.store(0, Ordering::Relaxed);
        self.turn += 1;
        self.control.turn.0.store(self.turn, Ordering::Release);
        futex_wake(&self.control.turn.0, self.workers as u32, self.mechanism);
        self.wait_for(|control| &control.finished.0);

        let slots = || self.control.slots[..self.workers].iter().map(|line| &line.0);
        let moments: Vec<Vec<u64>> = slots().map(|slot| slot.moments(self.slices)).collect();
        let (whole_ns, common) = (span_ns(&moments), common_window(&moments));
        let is_common = self.slices > 1 && !self.is_crowded();
        let elapsed_ns = common.filter(|_| is_common).map_or(whole_ns, |common| common.operation_ns);
        let overlap = common.map_or(0.0, |common| common.ns as f64 / whole_ns.max(1) as f64);
        let availability = |slot: &Slot| slot.cpu_availability(self.slices);
        let cpu_availability = slots().map(availability).try_fold(1.0, |least: f64, this| Some(least.min(this?)));
        let work: Vec<u64> = slots().map(|slot| slot.work.load(Ordering::Relaxed)).collect();
        assert!(work[0] > 0 && work.iter().all(|one| *one == work[0]), "the workers did {work:?} units of work");
        Operation {
            elapsed_ns,
            overlap,
            work: work.iter().sum(),
            cpu_availability,
            cpu_ns: slots().map(|slot| slot.cpu_ns.load(Ordering::Relaxed)).sum(),
        }
    }
}

impl Drop for WorkerGroup {
    fn drop(&mut self) {
        // Who has panicked does not end as it should: what is left is ended with the handles.
        if std::thread::panicking() {
            return;
        }
        self.control.turn.0.store(STOP, Ordering::Release);
        futex_wake(&self.control.turn.0, self.workers as u32, self.mechanism);
        self.handles.drain(..).for_each(Worker::finish);
    }
}

impl Control {
    fn has_failed(&self) -> bool {
        self.has_failed.0.load(Ordering::Acquire) != 0
    }
}

impl Slot {
    fn moments(&self, slices: usize) -> Vec<u64> {
        self.moments_ns[..=slices].iter().map(|moment| moment.load(Ordering::Relaxed)).collect()
    }

    /// The share of its time that the worker did not have to wait on a run queue; time asleep in a lock or in I/O counts as
    /// available.
    fn cpu_availability(&self, slices: usize) -> Option<f64> {
        let [start, end] = [0, slices].map(|index| self.moments_ns[index].load(Ordering::Relaxed));
        let refused = self.delay_ns.load(Ordering::Relaxed);
        (refused != NO_DELAY).then(|| share(end - start, refused))
    }
}

/// The time in which all workers were at work.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Common {
    ns: u64,
    /// What an operation takes at the rate of all workers in it.
    operation_ns: u64,
}

/// From the first start to the last end.
fn span_ns(moments: &[Vec<u64>]) -> u64 {
    let start = moments.iter().filter_map(|worker| worker.first()).min();
    let end = moments.iter().filter_map(|worker| worker.last()).max();
    end.zip(start).map_or(0, |(end, start)| end - start)
}

/// The window that begins when the last worker begins and ends when the first one ends; `None` where there is none.
fn common_window(moments: &[Vec<u64>]) -> Option<Common> {
    let start = *moments.iter().filter_map(|worker| worker.first()).max()?;
    let end = *moments.iter().filter_map(|worker| worker.last()).min()?;
    let ns = end.checked_sub(start).filter(|ns| *ns > 0)?;
    let done: f64 = moments.iter().map(|worker| slices_until(worker, end) - slices_until(worker, start)).sum();
    let promised: usize = moments.iter().map(|worker| worker.len() - 1).sum();
    Some(Common { ns, operation_ns: (ns as f64 * promised as f64 / done).round() as u64 })
}

/// How many slices a worker had done at a moment; of one that it was doing, the share of its time that had passed.
fn slices_until(moments: &[u64], moment: u64) -> f64 {
    let passed = moments.partition_point(|it| *it <= moment);
    if passed == 0 || passed == moments.len() {
        return passed.saturating_sub(1) as f64;
    }
    let (before, after) = (moments[passed - 1], moments[passed]);
    (passed - 1) as f64 + (moment - before) as f64 / (after - before) as f64
}

/// What one worker knows of its group.
struct Seat {
    control: Shared<Control>,
    mechanism: Mechanism,
    workers: usize,
    slices: usize,
    index: usize,
}

impl Seat {
    fn work(&self, mut job: Job) {
        let (control, slot) = (&self.control, &self.control.slots[self.index].0);
        let mut turn = 0;
        control.ready.0.fetch_add(1, Ordering::AcqRel);
        futex_wake(&control.ready.0, 1, self.mechanism);
        loop {
            turn = wait_for_change(&control.turn.0, turn, self.mechanism);
            if turn == STOP {
                return;
            }
            self.meet_the_others();
            // Who comes first has waited for the last: neither is work.
            let (delay, cpu) = (run_delay_ns(), thread_cpu_ns());
            slot.moments_ns[0].store(now_ns(), Ordering::Relaxed);
            let mut work = 0;
            for moment in &slot.moments_ns[1..=self.slices] {
                let counted = toggle::guard();
                work += job();
                drop(counted);
                moment.store(now_ns(), Ordering::Relaxed);
            }
            slot.cpu_ns.store(thread_cpu_ns() - cpu, Ordering::Relaxed);
            let delayed = run_delay_ns().zip(delay).map_or(NO_DELAY, |(after, before)| after.saturating_sub(before));
            slot.delay_ns.store(delayed, Ordering::Relaxed);
            slot.work.store(work, Ordering::Relaxed);
            control.finished.0.fetch_add(1, Ordering::AcqRel);
            futex_wake(&control.finished.0, 1, self.mechanism);
        }
    }

    /// Waits awake until all have come, so that they begin within microseconds; where one does not come for
    /// long, it may be waiting for this very CPU.
    fn meet_the_others(&self) {
        let arrived = &self.control.arrived.0;
        arrived.fetch_add(1, Ordering::AcqRel);
        let mut looks = 0;
        while arrived.load(Ordering::Acquire) < self.workers as u32 {
            assert!(!self.control.has_failed(), "another worker has panicked");
            looks += 1;
            if looks < LOOKS_MAX { std::hint::spin_loop() } else { std::thread::yield_now() }
        }
    }
}

/// Ends the waiting of the launcher and of the others when its worker panics.
struct FailureNotice<'a>(&'a Seat);

impl Drop for FailureNotice<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        let Seat { control, mechanism, workers, .. } = self.0;
        control.has_failed.0.store(1, Ordering::Release);
        for counter in [&control.ready.0, &control.finished.0] {
            counter.fetch_add(*workers as u32, Ordering::AcqRel);
            futex_wake(counter, 1, *mechanism);
        }
        if *mechanism == Mechanism::Processes {
            exit_now(EXIT_NOTICED);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_takes_what_it_would_at_the_rate_of_the_time_in_which_all_are_at_work() {
        // Start, and the ends of two slices; then the common window and the operation.
        let window = |ns, operation_ns| Some(Common { ns, operation_ns });
        let cases = [
            (vec![[0, 50, 100]], 100, window(100, 100)),
            (vec![[0, 50, 100], [0, 50, 100]], 100, window(100, 100)),
            // A late start: alone each worker was as fast.
            (vec![[0, 50, 100], [20, 70, 120]], 120, window(80, 100)),
            // One is done when the other has done half of it, and the other is twice as fast alone.
            (vec![[0, 50, 100], [0, 100, 150]], 150, window(100, 133)),
            (vec![[0, 50, 100], [100, 150, 200]], 200, None),
            (vec![[0, 50, 100], [150, 200, 250]], 250, None),
        ];
        for (moments, whole, common) in cases {
            let moments: Vec<Vec<u64>> = moments.iter().map(|worker| worker.to_vec()).collect();
            assert_eq!(span_ns(&moments), whole, "{moments:?}");
            assert_eq!(common_window(&moments), common, "{moments:?}");
        }
    }

    #[test]
    fn slices_that_others_did_not_end_cost_at_most_one_each_of_those_that_all_did() {
        let steady: Vec<u64> = (0..=SLICES as u64).map(|end| end * 100).collect();
        let cases = [(0, 3_201), (0, 1_000_000), (16, 3_300), (31, 3_201), (31, 1_000_000)];
        for ((ended, end), others) in cases.into_iter().flat_map(|case| [1, 2, 7].map(|others| (case, others))) {
            let mut held_up = steady.clone();
            held_up[ended + 1..].iter_mut().zip(end..).for_each(|(moment, late)| *moment = late);
            let mut moments = vec![held_up; others];
            moments.push(steady.clone());
            let stated = common_window(&moments).unwrap().operation_ns as f64;
            // Of the slice that each of the others is in, it has done nothing or all.
            for done in [SLICES + others * ended, SLICES + others * (ended + 1)] {
                let true_ns = (3_200 * SLICES * (others + 1)) as f64 / done as f64;
                let bound = others as f64 / done as f64;
                assert!((true_ns - stated).abs() - 1.0 <= bound * stated, "{ended} {end} {others}: {stated} {true_ns}");
            }
        }
    }

    #[test]
    fn workers_that_have_a_cpu_each_say_how_long_all_were_at_work() {
        for workers in [1, 2, 5] {
            let job = |_| -> Job { Box::new(|| (1..=10_000_u64).map(std::hint::black_box).count() as u64) };
            let sample = throughput_workload(Mechanism::Threads, workers, job)(3);
            assert_eq!(sample.work, 3 * workers * SLICES as u64 * 10_000);
            assert_eq!(sample.overlap.is_some(), workers > 1 && workers as usize <= cpus::cores(), "{workers}");
            assert!(sample.overlap.is_none_or(|share| (0.0..=1.0).contains(&share)), "{sample:?}");
        }
    }

    #[test]
    fn nobody_waits_for_a_worker_that_has_panicked() {
        let fails = |index| -> Job { Box::new(move || if index == 1 { panic!("as the test wants") } else { 1 }) };
        let operate = move || throughput_workload(Mechanism::Threads, 3, fails)(2);
        assert!(std::panic::catch_unwind(operate).is_err());
        let make = |index| -> Job { if index == 1 { panic!("as the test wants") } else { Box::new(|| 1) } };
        assert!(std::panic::catch_unwind(move || throughput_workload(Mechanism::Threads, 3, make)).is_err());
    }
}
