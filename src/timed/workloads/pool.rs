//! Parked workers: each sleeps at its mailbox until it is asked, and does one job at a time.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::mechanism::{Mechanism, Worker};
use super::shared::{CacheLines, Shared, Zeroed, futex_wake, wait_for_change};

pub(crate) const POOL_MAX: usize = 64;

const IDLE: u32 = 0;
const ASKED: u32 = 1;
const STOP: u32 = 2;

/// One place for each parked worker.
#[derive(Clone)]
pub(crate) struct Mailboxes {
    slots: Shared<Slots>,
    mechanism: Mechanism,
}

#[repr(C)]
struct Slots([CacheLines<Mailbox>; POOL_MAX]);

#[repr(C)]
struct Mailbox {
    state: AtomicU32,
    /// What the last job stored.
    value: AtomicU64,
}

// SAFETY: atomics only, valid as zero.
unsafe impl Zeroed for Slots {}

impl Mailboxes {
    pub(crate) fn new(mechanism: Mechanism) -> Self {
        Self { slots: Shared::new(), mechanism }
    }

    pub(crate) fn ask(&self, index: usize) {
        self.set(index, ASKED);
    }

    pub(crate) fn wait(&self, index: usize) {
        self.wait_for_change(index, ASKED);
    }

    pub(crate) fn value(&self, index: usize) -> u64 {
        self.slots.0[index].0.value.load(Ordering::Acquire)
    }

    /// Does the job whenever asked, until stopped.
    pub(crate) fn serve(&self, index: usize, job: impl Fn(&AtomicU64)) {
        while self.wait_for_change(index, IDLE) == ASKED {
            job(&self.slots.0[index].0.value);
            self.set(index, IDLE);
        }
    }

    fn set(&self, index: usize, state: u32) {
        let word = &self.slots.0[index].0.state;
        word.store(state, Ordering::Release);
        futex_wake(word, 1, self.mechanism);
    }

    fn wait_for_change(&self, index: usize, seen: u32) -> u32 {
        wait_for_change(&self.slots.0[index].0.state, seen, self.mechanism)
    }
}

pub(crate) struct Pool {
    pub(crate) mailboxes: Mailboxes,
    workers: Vec<Worker>,
}

impl Pool {
    /// `make` is called in each worker with its index, before it first sleeps.
    pub(crate) fn start<Job: Fn(&AtomicU64)>(
        mechanism: Mechanism,
        count: usize,
        make: impl Fn(usize) -> Job + Copy + Send + 'static,
    ) -> Self {
        let mailboxes = Mailboxes::new(mechanism);
        let serve = |index: usize| {
            let mailboxes = mailboxes.clone();
            Worker::start(mechanism, move || mailboxes.serve(index, make(index)))
        };
        let workers = (0..count).map(serve).collect();
        Self { mailboxes, workers }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        (0..self.workers.len()).for_each(|index| self.mailboxes.set(index, STOP));
        self.workers.drain(..).for_each(Worker::finish);
    }
}
