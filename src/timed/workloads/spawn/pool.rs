//! Workers that exist already: handing a job to a parked one, and a server that forks on request.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Stamps, batches, from_stamps, process};
use crate::workloads::child::{Child, EXIT_DONE, reap, unwatch};
use crate::workloads::mechanism::Mechanism;
use crate::workloads::pool::Pool;
use crate::workloads::shared::Shared;
use crate::workloads::{WorkerError, Workload, cpus, now_ns, toggle};

/// A job handed to a parked thread or process of this pool, until it is done: to stamp the clock. All may use the same processors.
pub(super) fn parked(mechanism: Mechanism, count: usize) -> Workload {
    handed(Pool::start(mechanism, count, |_| stamp), count)
}

/// The same of one worker that stays on another processor than who asks it.
pub(super) fn parked_apart(mechanism: Mechanism) -> Result<Workload, WorkerError> {
    cpus::at_least_two()?;
    let pool = Pool::start(mechanism, 1, |_| {
        cpus::pin_from_last(1);
        stamp
    });
    cpus::pin_last();
    Ok(handed(pool, 1))
}

fn stamp(place: &AtomicU64) {
    let counted = toggle::guard();
    place.store(now_ns(), Ordering::Release);
    drop(counted);
}

fn handed(pool: Pool, count: usize) -> Workload {
    let mailboxes = pool.mailboxes.clone();
    let stamped = mailboxes.clone();
    let start = move |index: usize, _| pool.mailboxes.ask(index);
    let wait = move |index: usize, ()| mailboxes.wait(index);
    batches(count, start, wait, Some(Box::new(move |index| stamped.value(index))))
}

/// A small process that forks on request over a socket, reaps, and answers; the asking side never forks.
pub(super) fn fork_server(count: usize) -> Workload {
    let stamps = Shared::<Stamps>::new();
    let stamped = stamps.clone();
    let (mut ours, theirs) = UnixStream::pair().expect("a socket pair can be made");
    let server = Child::start(|| serve_forks(theirs, &stamps, count));
    let mut asking = ours.try_clone().expect("a descriptor can be copied");
    let start = move |index: usize, is_stamped: bool| {
        asking.write_all(&[index as u8, is_stamped.into()]).expect("the fork server listens");
    };
    let wait = move |_, ()| {
        let _kept = &server;
        ours.read_exact(&mut [0]).expect("the fork server answers");
    };
    batches(count, start, wait, from_stamps(stamped))
}

/// The server: forks one child a request, then reaps and answers as often, until it is killed at the end.
fn serve_forks(mut socket: UnixStream, stamps: &Shared<Stamps>, count: usize) {
    // It reaps all of its children, and no signal is to interrupt it.
    unwatch();
    let mut children = Vec::with_capacity(count);
    let mut request = [0; 2];
    while socket.read_exact(&mut request).is_ok() {
        let [index, is_stamped] = request;
        children.push(process::fork_child((is_stamped != 0).then_some((stamps, usize::from(index))), || EXIT_DONE));
        if children.len() == count {
            for child in children.drain(..) {
                reap(child);
                socket.write_all(&[1]).expect("the asking side listens");
            }
        }
    }
}
