//! One lock for a whole interpreter, after the rules of CPython's global interpreter lock.
//!
//! Who wants the lock waits for it; after an interval in which no thread gave it up, it *requests* that the holder does.
//! The holder looks for requests now and then. When it gives the lock up on request, it waits until another has it:
//! else it would take it again before the other has woken. The rules are those of CPython's Python/ceval_gil.c
//! (Pitrou's lock of version 3.2); the code is ours, over the mutex and the condition variable of std.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use crate::workloads::http::Waiter;

/// After how long a waiting thread requests the lock: `sys.getswitchinterval()` of CPython.
pub(super) const SWITCH_INTERVAL: Duration = Duration::from_millis(5);

pub(super) struct Lock {
    interval: Duration,
    state: Mutex<State>,
    /// Notified when the lock becomes free.
    free: Condvar,
    /// Notified when the lock has been taken.
    taken: Condvar,
    /// A waiting thread has waited for an interval.
    requested: AtomicBool,
}

#[derive(Default)]
struct State {
    held: bool,
    holder: Option<usize>,
    switches: u64,
}

impl Lock {
    /// A free lock whose waiters request it after `interval`.
    pub(super) fn new(interval: Duration) -> Self {
        Self {
            interval,
            state: Mutex::default(),
            free: Condvar::new(),
            taken: Condvar::new(),
            requested: AtomicBool::new(false),
        }
    }

    pub(super) fn take(&self, id: usize) {
        let mut state = self.state();
        while state.held {
            let switches = state.switches;
            let (next, waited) =
                self.free.wait_timeout(state, self.interval).expect("no thread has panicked inside the lock");
            state = next;
            if waited.timed_out() && state.held && state.switches == switches {
                self.requested.store(true, Ordering::Relaxed);
            }
        }
        state.held = true;
        if state.holder.replace(id) != Some(id) {
            state.switches += 1;
        }
        self.requested.store(false, Ordering::Relaxed);
        self.taken.notify_one();
    }

    /// Gives the lock up; when it was requested, returns only after another thread has taken it.
    pub(super) fn release(&self, id: usize) {
        let mut state = self.state();
        state.held = false;
        self.free.notify_one();
        // Only a waiting thread requests, and it does not leave without the lock: so one of them will take it.
        while self.requested() && state.holder == Some(id) {
            state = self.taken.wait(state).expect("no thread has panicked inside the lock");
        }
    }

    pub(super) fn requested(&self) -> bool {
        self.requested.load(Ordering::Relaxed)
    }

    /// How often the lock has passed from one thread to another.
    pub(super) fn switches(&self) -> u64 {
        self.state().switches
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no thread has panicked inside the lock")
    }
}

/// A thread inside the interpreter: holds the lock from its entry until it is dropped.
pub(super) struct Inside {
    lock: Arc<Lock>,
    id: usize,
}

impl Inside {
    /// Takes the lock for thread `id`; every thread of one lock needs an id of its own.
    pub(super) fn enter(lock: Arc<Lock>, id: usize) -> Self {
        lock.take(id);
        Self { lock, id }
    }

    /// Between two steps of a computation: lets another in who has asked.
    pub(super) fn breathe(&self) {
        if self.lock.requested() {
            self.lock.release(self.id);
            self.lock.take(self.id);
        }
    }
}

impl Waiter for Inside {
    fn wait_for<T>(&self, call: impl FnOnce() -> T) -> T {
        self.lock.release(self.id);
        let result = call();
        self.lock.take(self.id);
        result
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.lock.release(self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;

    #[test]
    fn a_holder_that_breathes_lets_every_other_in() {
        let lock = Arc::new(Lock::new(Duration::from_micros(100)));
        let others = Arc::new(AtomicU32::new(0));
        let holder = Inside::enter(lock.clone(), 0);
        let threads: Vec<_> = (1..=3)
            .map(|id| {
                let (lock, others) = (lock.clone(), others.clone());
                std::thread::spawn(move || {
                    let _inside = Inside::enter(lock, id);
                    others.fetch_add(1, Ordering::Relaxed);
                })
            })
            .collect();
        while others.load(Ordering::Relaxed) < 3 {
            holder.breathe();
        }
        drop(holder);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert!(lock.switches() >= 5, "into the holder, three others, and back at least once");
    }

    #[test]
    fn one_thread_at_a_time_is_inside() {
        let lock = Arc::new(Lock::new(Duration::from_micros(50)));
        // Not atomic as a whole: additions would be lost if two were inside at once.
        let count = Arc::new(AtomicU32::new(0));
        let threads: Vec<_> = (0..4)
            .map(|id| {
                let (lock, count) = (lock.clone(), count.clone());
                std::thread::spawn(move || {
                    let inside = Inside::enter(lock, id);
                    for _ in 0..2000 {
                        let before = count.load(Ordering::Relaxed);
                        std::hint::black_box(before);
                        count.store(before + 1, Ordering::Relaxed);
                        inside.breathe();
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(count.load(Ordering::Relaxed), 8000);
    }

    #[test]
    fn a_thread_that_waits_does_not_hold_the_lock() {
        let lock = Arc::new(Lock::new(SWITCH_INTERVAL));
        let inside = Inside::enter(lock.clone(), 0);
        inside.wait_for(|| drop(Inside::enter(lock.clone(), 1)));
        drop(inside);
        assert_eq!(lock.switches(), 3);
    }
}
