//! Parked workers: each sleeps at its mailbox until it is asked, and does one job at a time.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::mechanism::{Mechanism, Worker};
use super::shared::{Shared, Zeroed, futex_wake, wait_for_change};

pub(crate) const POOL_MAX: usize = 64;

const IDLE: u32 = 0;
const ASKED: u32 = 1;
const STOP: u32 = 2;

/// One place for each parked worker, each on cache lines of its own.
#[repr(C)]
pub(crate) struct Mailboxes([Mailbox; POOL_MAX]);

#[repr(C, align(128))]
struct Mailbox {
    state: AtomicU32,
    /// What the last job stored.
    value: AtomicU64,
}

// SAFETY: atomics only, valid as zero.
unsafe impl Zeroed for Mailboxes {}

impl Mailboxes {
    pub(crate) fn ask(&self, index: usize) {
        self.0[index].set(ASKED);
    }

    pub(crate) fn wait(&self, index: usize) {
        wait_for_change(&self.0[index].state, ASKED);
    }

    pub(crate) fn value(&self, index: usize) -> u64 {
        self.0[index].value.load(Ordering::Acquire)
    }
}

impl Mailbox {
    /// Does the job whenever asked, until stopped.
    fn serve(&self, job: impl Fn(&AtomicU64)) {
        while wait_for_change(&self.state, IDLE) == ASKED {
            job(&self.value);
            self.set(IDLE);
        }
    }

    fn set(&self, state: u32) {
        self.state.store(state, Ordering::Release);
        futex_wake(&self.state, 1);
    }
}

pub(crate) struct Pool {
    pub(crate) mailboxes: Shared<Mailboxes>,
    workers: Vec<Worker>,
}

impl Pool {
    pub(crate) fn start(mechanism: Mechanism, count: usize, job: impl Fn(&AtomicU64) + Copy + Send + 'static) -> Self {
        let mailboxes = Shared::<Mailboxes>::new();
        let serve = |index: usize| {
            let mailboxes = mailboxes.clone();
            Worker::start(mechanism, move || mailboxes.0[index].serve(job))
        };
        let workers = (0..count).map(serve).collect();
        Self { mailboxes, workers }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.mailboxes.0[..self.workers.len()].iter().for_each(|mailbox| mailbox.set(STOP));
        self.workers.drain(..).for_each(Worker::finish);
    }
}
