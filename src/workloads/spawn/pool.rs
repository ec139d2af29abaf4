//! Workers that exist already: handing a job to a parked one, and a server that forks on request.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::thread::JoinHandle;

use super::{COUNT_MAX, Stamps, batches, from_stamps, process};
use crate::workloads::child::{Child, reap};
use crate::workloads::shared::{Shared, Zeroed, futex_wake, wait_for_change};
use crate::workloads::{Workload, now_ns, toggle};

const IDLE: u32 = 0;
const ASKED: u32 = 1;
const STOP: u32 = 2;

/// One place a parked worker, each on cache lines of its own.
#[repr(C)]
struct Mailboxes([Mailbox; COUNT_MAX]);

#[repr(C, align(128))]
struct Mailbox {
    state: AtomicU32,
    stamp: AtomicU64,
}

// SAFETY: atomics only, valid as zero.
unsafe impl Zeroed for Mailboxes {}

impl Mailbox {
    /// Does jobs until told to stop: a job is to stamp the clock.
    fn serve(&self) {
        loop {
            match wait_for_change(&self.state, IDLE) {
                ASKED => {
                    let counted = toggle::guard();
                    self.stamp.store(now_ns(), Ordering::Release);
                    drop(counted);
                    self.set(IDLE);
                }
                _ => return,
            }
        }
    }

    fn set(&self, state: u32) {
        self.state.store(state, Ordering::Release);
        futex_wake(&self.state, 1);
    }
}

/// The parked workers, told to stop and collected when dropped.
struct Pool {
    mailboxes: Shared<Mailboxes>,
    threads: Vec<JoinHandle<()>>,
    children: Vec<Child>,
}

impl Drop for Pool {
    fn drop(&mut self) {
        for mailbox in &self.mailboxes.0[..self.threads.len() + self.children.len()] {
            mailbox.set(STOP);
        }
        for thread in self.threads.drain(..) {
            thread.join().expect("a pooled thread ends without panic");
        }
        self.children.drain(..).for_each(Child::finish);
    }
}

/// A job handed to a parked thread of this process, until it is done. Neither side is on a processor of its own.
pub(super) fn threads(count: usize) -> Workload {
    let mailboxes = Shared::<Mailboxes>::new();
    let serve = |index: usize| {
        let mailboxes = mailboxes.clone();
        std::thread::spawn(move || mailboxes.0[index].serve())
    };
    let threads = (0..count).map(serve).collect();
    hand_out(count, Pool { mailboxes, threads, children: Vec::new() })
}

/// The same with parked processes, by the same futex in shared memory.
pub(super) fn processes(count: usize) -> Workload {
    let mailboxes = Shared::<Mailboxes>::new();
    let serve = |index: usize| {
        let mailboxes = mailboxes.clone();
        Child::start(move || mailboxes.0[index].serve())
    };
    let children = (0..count).map(serve).collect();
    hand_out(count, Pool { mailboxes, threads: Vec::new(), children })
}

fn hand_out(count: usize, pool: Pool) -> Workload {
    let mailboxes = pool.mailboxes.clone();
    let stamped = mailboxes.clone();
    let start = move |index: usize| pool.mailboxes.0[index].set(ASKED);
    let wait = move |index: usize, ()| {
        wait_for_change(&mailboxes.0[index].state, ASKED);
    };
    batches(count, start, wait, Some(Box::new(move |index| stamped.0[index].stamp.load(Ordering::Acquire))))
}

/// A small process that forks on request over a socket, reaps, and answers; the asking side never forks.
pub(super) fn fork_server(count: usize) -> Workload {
    let stamps = Shared::<Stamps>::new();
    let stamped = stamps.clone();
    let (mut ours, theirs) = UnixStream::pair().expect("a socket pair can be made");
    let server = Child::start(|| serve_forks(theirs, &stamps, count));
    let mut asking = ours.try_clone().expect("a descriptor can be copied");
    let start = move |index: usize| {
        asking.write_all(&[index as u8]).expect("the fork server listens");
    };
    let wait = move |_, ()| {
        let _kept = &server;
        ours.read_exact(&mut [0]).expect("the fork server answers");
    };
    batches(count, start, wait, from_stamps(stamped))
}

/// The server: forks one child a request, then reaps and answers as often, until it is killed at the end.
fn serve_forks(mut socket: UnixStream, stamps: &Shared<Stamps>, count: usize) {
    let mut children = Vec::with_capacity(count);
    let mut index = [0];
    while socket.read_exact(&mut index).is_ok() {
        children.push(process::fork_and_stamp(stamps, usize::from(index[0])));
        if children.len() == count {
            for child in children.drain(..) {
                reap(child);
                socket.write_all(&[1]).expect("the asking side listens");
            }
        }
    }
}
