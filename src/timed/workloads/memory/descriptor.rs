//! Handing an open file to another worker, who reads from it and closes it.
//!
//! Outside the clock: making the descriptor, by `dup`, and then writing to the file; the clock starts when both are done. Inside:
//! from there until the sender knows what the receiver read. The answer comes as in `hand_over`, by a futex, and the placement is
//! the same.

use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::os::unix::net::UnixStream;
use std::sync::mpsc;

use nix::sys::memfd::{MFdFlags, memfd_create};

use super::hand_over::{Bell, Mailbox, OVER, Receive, exchange, exchange_at, receive_file, send_file};
use crate::workloads::mechanism::Mechanism;
use crate::workloads::shared::{Shared, wait_for_change};
use crate::workloads::{WorkerError, Workload, now_ns};

/// What is read: one word.
const BYTES: usize = 8;

pub(in crate::workloads) fn prepare(function: &str) -> Result<Workload, WorkerError> {
    let file = memfd_create("descriptor", MFdFlags::MFD_CLOEXEC)
        .map_err(|error| WorkerError::refused(format!("cannot make a file in memory: {error}")))?;
    let file = File::from(file);
    match function {
        "floor_wake" => Ok(lower_bound(file)),
        "threads" => Ok(threads(file)),
        "processes" => Ok(processes(file)),
        _ => Err(WorkerError::unknown("descriptor", function)),
    }
}

/// Two wake-ups between threads, and reading from a file that both have open: nothing is handed over or closed.
fn lower_bound(file: File) -> Workload {
    let mailbox = Shared::<Mailbox>::new();
    let (bell, posted) = (Bell { mailbox: mailbox.clone(), mechanism: Mechanism::Threads }, mailbox.clone());
    let theirs = open_once_more(&file);
    let receive = move || -> Receive {
        let mut seen = 0;
        Box::new(move || {
            seen = wait_for_change(&posted.posted, seen, Mechanism::Threads);
            (seen != OVER).then(|| number_in(&theirs))
        })
    };
    exchange_at(mailbox, BYTES, Mechanism::Threads, receive, move |_, number| {
        write_number(&file, number);
        let lies_ns = now_ns();
        bell.ring(number);
        lies_ns
    })
}

/// The descriptor is a number that goes through a channel: all threads share one table of descriptors.
fn threads(file: File) -> Workload {
    let (sender, receiver) = mpsc::channel::<File>();
    let receive = move || -> Receive { Box::new(move || receiver.recv().ok().map(|file| number_in(&file))) };
    exchange(BYTES, Mechanism::Threads, receive, move |_, number| {
        let given = open_once_more(&file);
        write_number(&file, number);
        let lies_ns = now_ns();
        sender.send(given).expect("the receiver listens");
        lies_ns
    })
}

/// The kernel puts the file into the receiver's table (SCM_RIGHTS, see unix(7)), and the sender closes its own descriptor.
fn processes(file: File) -> Workload {
    let (near, far) = UnixStream::pair().expect("a socket pair can be made");
    let receive = move || -> Receive { Box::new(move || receive_file(&far).map(|file| number_in(&file))) };
    exchange(BYTES, Mechanism::Processes, receive, move |_, number| {
        let given = open_once_more(&file);
        write_number(&file, number);
        let lies_ns = now_ns();
        send_file(&near, given.as_raw_fd());
        lies_ns
    })
}

fn open_once_more(file: &File) -> File {
    file.try_clone().expect("there is room for a descriptor")
}

fn write_number(file: &File, number: u32) {
    file.write_all_at(&u64::from(number).to_ne_bytes(), 0).expect("a file in memory can be written");
}

fn number_in(file: &File) -> u64 {
    let mut bytes = [0; BYTES];
    // The sender learns of a failure by a number that cannot be right.
    file.read_exact_at(&mut bytes, 0).map_or(u64::MAX, |()| u64::from_ne_bytes(bytes))
}
