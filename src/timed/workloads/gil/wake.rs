//! How long a thread waits for the lock of an interpreter that another keeps busy.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use super::lock::Lock;
use super::steps;
use crate::workloads::mechanism::Mechanism;
use crate::workloads::shared::{futex_wake, wait_for_change};
use crate::workloads::{Parameters, Sample, WorkerError, Workload, now_ns};

const INTERVAL_US_MAX: u64 = 1_000_000;

const BUSY_ID: usize = 0;
const ASKING_ID: usize = 1;

/// What the busy thread shall do.
const REST: u32 = 0;
const COMPUTE: u32 = 1;
const STOP: u32 = 2;

/// What the busy thread does: nothing, computing with the lock in its hands, or giving the lock up and taking it back.
const RESTING: u32 = 0;
const COMPUTING: u32 = 1;
const GIVING: u32 = 2;

struct Interpreter {
    lock: Lock,
    order: AtomicU32,
    phase: AtomicU32,
}

/// A thread that computes inside the interpreter while it is ordered to; ended and collected when dropped.
struct Busy {
    interpreter: Arc<Interpreter>,
    thread: Option<JoinHandle<()>>,
}

/// The workloads of the group `gil_wake`.
///
/// Inside the clock: from asking for the lock until having it, while a thread with the lock computes square roots and
/// looks for requests after every hundred. It waits at least `interval_us`, then for the holder to look, and for
/// its own waking up. The process's timer slack, 50 µs by default, is part of it, as it is for CPython. Outside: the busy
/// thread taking the lock back before the next operation.
pub(in crate::workloads) fn prepare(function: &str, parameters: &Parameters) -> Result<Workload, WorkerError> {
    if function != "one_lock" {
        return Err(WorkerError::unknown("gil_wake", function));
    }
    let interval = Duration::from_micros(parameters.get_within("interval_us", 1..=INTERVAL_US_MAX)?);
    let busy = Busy::start(interval);
    Ok(Box::new(move |iterations| {
        busy.order(COMPUTE);
        let elapsed_ns = (0..iterations).map(|_| busy.interrupt()).sum();
        busy.order(REST);
        busy.wait_until(RESTING);
        Sample { elapsed_ns, work: iterations, ..Sample::default() }
    }))
}

impl Busy {
    fn start(interval: Duration) -> Self {
        let (order, phase) = (AtomicU32::new(REST), AtomicU32::new(RESTING));
        let interpreter = Arc::new(Interpreter { lock: Lock::new(interval), order, phase });
        let shared = interpreter.clone();
        let thread = std::thread::spawn(move || shared.live());
        Self { interpreter, thread: Some(thread) }
    }

    fn order(&self, order: u32) {
        self.interpreter.order.store(order, Ordering::Release);
        futex_wake(&self.interpreter.order, 1, Mechanism::Threads);
    }

    fn wait_until(&self, phase: u32) {
        let mut seen = self.interpreter.phase.load(Ordering::Acquire);
        while seen != phase {
            seen = wait_for_change(&self.interpreter.phase, seen, Mechanism::Threads);
        }
    }

    /// Asks for the lock while the other has it, gives it back, and returns how long the asking took, ns.
    fn interrupt(&self) -> u64 {
        let lock = &self.interpreter.lock;
        self.wait_until(COMPUTING);
        let switches = lock.switches();
        let start = now_ns();
        lock.take(ASKING_ID);
        let elapsed = now_ns() - start;
        assert_eq!(lock.switches(), switches + 1, "another thread than the busy one had the lock");
        lock.release(ASKING_ID);
        elapsed
    }
}

impl Interpreter {
    fn live(&self) {
        loop {
            match wait_for_change(&self.order, REST, Mechanism::Threads) {
                COMPUTE => self.compute(),
                _ => return,
            }
        }
    }

    /// Computes while ordered to, and lets others in when they ask.
    fn compute(&self) {
        self.lock.take(BUSY_ID);
        self.set_phase(COMPUTING);
        let mut first = 1;
        while self.order.load(Ordering::Relaxed) == COMPUTE {
            std::hint::black_box(steps(first));
            first += 1;
            if self.lock.requested() {
                self.set_phase(GIVING);
                self.lock.release(BUSY_ID);
                self.lock.take(BUSY_ID);
                self.set_phase(COMPUTING);
            }
        }
        self.set_phase(GIVING);
        self.lock.release(BUSY_ID);
        self.set_phase(RESTING);
    }

    fn set_phase(&self, phase: u32) {
        self.phase.store(phase, Ordering::Release);
        futex_wake(&self.phase, 1, Mechanism::Threads);
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.order(STOP);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the busy thread ends without panic");
        }
    }
}
