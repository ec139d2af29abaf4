//! Handing bytes to another worker who reads them all.
//!
//! Inside the clock: from the moment the message lies in the sender's memory until the sender has the sum of what
//! the receiver read. Outside: making the channel and the receiver, and writing the message, all of it anew for each
//! operation. Every mechanism gets its answer
//! the same way, by a futex in shared memory; sender and receiver have a processor each where there are two.

use std::fs::File;
use std::io::{IoSlice, IoSliceMut, Read, Write};
use std::num::NonZeroUsize;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, mpsc};

use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::mman::{MapFlags, ProtFlags, mmap, munmap};
use nix::sys::socket::{ControlMessage, ControlMessageOwned, MsgFlags, recvmsg, sendmsg};
use nix::sys::uio::{RemoteIoVec, process_vm_readv};

use super::partner::{Partner, Placement};
use crate::workloads::mapping::{Mapping, Sharing};
use crate::workloads::mechanism::Mechanism;
use crate::workloads::shared::{Shared, Zeroed, futex_wake, wait_for_change};
use crate::workloads::{Parameters, Sample, WorkerError, Workload, now_ns};

/// The words of a message are 0, 1, 2 … below this, again and again.
const WORDS: u64 = 1000;
const WORD_BYTES: usize = size_of::<u64>();

/// The receiver's answer, and the bell for mechanisms that have none of their own.
#[repr(C)]
pub(super) struct Mailbox {
    /// Number of the message last answered.
    answered: AtomicU32,
    /// Number of the message last posted.
    pub(super) posted: AtomicU32,
    /// Sum of the words of the message last read.
    sum: AtomicU64,
}

// SAFETY: atomics only, valid as zero.
unsafe impl Zeroed for Mailbox {}

/// Waits for the next message and gives the sum of its words; `None` when there will be no more.
pub(super) type Receive = Box<dyn FnMut() -> Option<u64>>;

pub(in crate::workloads) fn prepare(function: &str, parameters: &Parameters) -> Result<Workload, WorkerError> {
    let bytes = parameters.get("bytes")? as usize;
    if bytes < 8 || !bytes.is_multiple_of(8) {
        return Err(WorkerError::Failed(format!("bytes must be a multiple of 8, not {bytes}")));
    }
    match function {
        // A message in place, two wake-ups between threads, and reading it: whatever sleeps in between needs that.
        "floor_wake" => kept_mapping(bytes, Mechanism::Threads),
        "arc" => Ok(arc(bytes)),
        "channel_clone" => Ok(channel_clone(bytes)),
        "shared_mapping" => kept_mapping(bytes, Mechanism::Processes),
        "shared_mapping_fresh" => Ok(shared_mapping_fresh(bytes)),
        "pipe" => {
            let (reader, writer) =
                std::io::pipe().map_err(|error| WorkerError::refused(format!("cannot create a pipe: {error}")))?;
            Ok(stream(bytes, writer, reader))
        }
        "socket_pair" => {
            let (near, far) = UnixStream::pair()
                .map_err(|error| WorkerError::refused(format!("cannot create a socket pair: {error}")))?;
            Ok(stream(bytes, near, far))
        }
        "process_vm_readv" => by_process_vm_readv(bytes),
        _ => Err(WorkerError::unknown("hand_over", function)),
    }
}

/// Threads: a clone of an `Arc` is sent through a channel, the bytes stay where they are.
fn arc(bytes: usize) -> Workload {
    let (sender, receiver) = mpsc::channel::<Arc<Vec<u8>>>();
    let receive = move || -> Receive { Box::new(move || receiver.recv().ok().map(|message| sum_of_words(&message))) };
    let mut message = Arc::new(message(bytes));
    exchange(bytes, Mechanism::Threads, receive, move |_, number| {
        // The receiver drops its clone before it answers, so the message is the sender's again.
        let lies_ns = write_message(Arc::get_mut(&mut message).expect("the receiver has let go"), number);
        sender.send(message.clone()).expect("the receiver listens");
        lies_ns
    })
}

/// Threads: a clone of the bytes is sent through a channel; the receiver frees it.
fn channel_clone(bytes: usize) -> Workload {
    let (sender, receiver) = mpsc::channel::<Vec<u8>>();
    let receive = move || -> Receive { Box::new(move || receiver.recv().ok().map(|message| sum_of_words(&message))) };
    let mut message = message(bytes);
    exchange(bytes, Mechanism::Threads, receive, move |_, number| {
        let lies_ns = write_message(&mut message, number);
        sender.send(message.clone()).expect("the receiver listens");
        lies_ns
    })
}

/// The message is made in a mapping that both have had since before the receiver began; only a bell rings.
fn kept_mapping(bytes: usize, mechanism: Mechanism) -> Result<Workload, WorkerError> {
    let sharing = if mechanism == Mechanism::Threads { Sharing::Private } else { Sharing::Shared };
    let mut memory = Mapping::new(bytes, sharing)?;
    memory.as_mut_slice().copy_from_slice(&message(bytes));
    let mailbox = Shared::<Mailbox>::new();
    let (bell, posted) = (Bell { mailbox: mailbox.clone(), mechanism }, mailbox.clone());
    let mut theirs = memory.alias();
    let receive = move || -> Receive {
        let mut seen = 0;
        Box::new(move || {
            seen = wait_for_change(&posted.posted, seen, mechanism);
            (seen != OVER).then(|| sum_of_words(theirs.as_mut_slice()))
        })
    };
    Ok(exchange_at(mailbox, bytes, mechanism, receive, move |_, number| {
        let lies_ns = write_message(memory.as_mut_slice(), number);
        bell.ring(number);
        lies_ns
    }))
}

/// Processes: each message gets a mapping of its own, filled by the sender, and its descriptor is sent over a socket;
/// the receiver maps it, reads it and unmaps it.
fn shared_mapping_fresh(bytes: usize) -> Workload {
    let (near, far) = UnixStream::pair().expect("a socket pair can be made");
    let receive = move || -> Receive {
        Box::new(move || {
            let file = receive_file(&far)?;
            Some(with_mapped(&file, bytes, |content| sum_of_words(content)))
        })
    };
    let mut message = message(bytes);
    exchange(bytes, Mechanism::Processes, receive, move |_, number| {
        let lies_ns = write_message(&mut message, number);
        let file = memfd_create("message", MFdFlags::MFD_CLOEXEC).expect("a file in memory can be made");
        let file = File::from(file);
        file.set_len(bytes as u64).expect("a file in memory can grow");
        with_mapped(&file, bytes, |content| content.copy_from_slice(&message));
        send_file(&near, file.as_raw_fd());
        lies_ns
    })
}

/// Processes: all bytes are written into a stream and read from it.
fn stream(bytes: usize, mut writer: impl Write + Send + 'static, mut reader: impl Read + Send + 'static) -> Workload {
    let receive = move || -> Receive {
        let mut buffer = vec![0; bytes];
        Box::new(move || reader.read_exact(&mut buffer).ok().map(|()| sum_of_words(&buffer)))
    };
    let mut message = message(bytes);
    exchange(bytes, Mechanism::Processes, receive, move |_, number| {
        let lies_ns = write_message(&mut message, number);
        writer.write_all(&message).expect("the receiver reads");
        lies_ns
    })
}

/// Processes: the receiver copies the bytes straight out of the sender's memory; see process_vm_readv(2).
fn by_process_vm_readv(bytes: usize) -> Result<Workload, WorkerError> {
    let sender = nix::unistd::getpid();
    let mut message = message(bytes);
    let remote = [RemoteIoVec { base: message.as_ptr() as usize, len: bytes }];
    let mailbox = Shared::<Mailbox>::new();
    let (bell, posted) = (Bell { mailbox: mailbox.clone(), mechanism: Mechanism::Processes }, mailbox.clone());
    let receive = move || -> Receive {
        let mut buffer = vec![0; bytes];
        let mut seen = 0;
        Box::new(move || {
            seen = wait_for_change(&posted.posted, seen, Mechanism::Processes);
            if seen == OVER {
                return None;
            }
            let read = process_vm_readv(sender, &mut [IoSliceMut::new(&mut buffer)], &remote);
            // The sender learns of a refusal by a sum that cannot be right.
            Some(if read == Ok(bytes) { sum_of_words(&buffer) } else { u64::MAX })
        })
    };
    let mut workload = exchange_at(mailbox, bytes, Mechanism::Processes, receive, move |_, number| {
        let lies_ns = write_message(&mut message, number);
        bell.ring(number);
        lies_ns
    });
    // Where Yama restricts who may look into whom, a first message shows it: refused, not a panic in the clock.
    let refused = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| workload(1))).is_err();
    if refused {
        return Err(WorkerError::refused("the kernel does not let one process read another's memory".to_owned()));
    }
    Ok(workload)
}

pub(super) fn exchange<R>(
    bytes: usize,
    mechanism: Mechanism,
    receive: R,
    send: impl FnMut(&Mailbox, u32) -> u64 + 'static,
) -> Workload
where
    R: FnOnce() -> Receive + Send + 'static,
{
    exchange_at(Shared::new(), bytes, mechanism, receive, send)
}

/// Both ends of an exchange. The sending one is dropped first, so that a thread at the other learns that it is over.
struct Exchange<S> {
    send: S,
    _partner: Partner,
    mailbox: Shared<Mailbox>,
    mechanism: Mechanism,
    number: u32,
    /// Sum of the words of every message, but for its number.
    sum: u64,
}

impl<S: FnMut(&Mailbox, u32) -> u64> Exchange<S> {
    /// Sends a message with the next number, waits for the answer and checks the sum. Returns what it took, ns, from the moment
    /// the message lay in memory.
    fn operate(&mut self) -> u64 {
        let lies_ns = (self.send)(&self.mailbox, self.number + 1);
        self.number = wait_for_change(&self.mailbox.answered, self.number, self.mechanism);
        let elapsed_ns = now_ns() - lies_ns;
        let read = self.mailbox.sum.load(Ordering::Acquire);
        assert_eq!(read, self.sum + u64::from(self.number), "the receiver did not read what was sent");
        elapsed_ns
    }
}

pub(super) fn exchange_at<R>(
    mailbox: Shared<Mailbox>,
    bytes: usize,
    mechanism: Mechanism,
    receive: R,
    send: impl FnMut(&Mailbox, u32) -> u64 + 'static,
) -> Workload
where
    R: FnOnce() -> Receive + Send + 'static,
{
    let theirs = mailbox.clone();
    let partner = Partner::start(mechanism, Placement::widest(), move || answer_all(&theirs, mechanism, receive()));
    if let Some(child) = partner.pid() {
        let_read_us(child);
    }
    let mut exchange =
        Exchange { send, _partner: partner, mailbox, mechanism, number: 0, sum: sum_of_words(&message(bytes)) };
    Box::new(move |iterations| {
        let elapsed_ns = (0..iterations).map(|_| exchange.operate()).sum();
        Sample { elapsed_ns, work: iterations, ..Sample::default() }
    })
}

fn answer_all(mailbox: &Shared<Mailbox>, mechanism: Mechanism, mut receive: Receive) {
    while let Some(sum) = receive() {
        mailbox.sum.store(sum, Ordering::Release);
        mailbox.answered.fetch_add(1, Ordering::AcqRel);
        futex_wake(&mailbox.answered, 1, mechanism);
    }
}

/// Wakes a receiver that has no channel to wait at, and has it end when the sender does.
pub(super) struct Bell {
    pub(super) mailbox: Shared<Mailbox>,
    pub(super) mechanism: Mechanism,
}

/// Posted after the last message.
pub(super) const OVER: u32 = u32::MAX;

impl Bell {
    pub(super) fn ring(&self, number: u32) {
        self.mailbox.posted.store(number, Ordering::Release);
        futex_wake(&self.mailbox.posted, 1, self.mechanism);
    }
}

impl Drop for Bell {
    fn drop(&mut self) {
        self.ring(OVER);
    }
}

/// A message of known words, of which the first carries its number.
fn message(bytes: usize) -> Vec<u8> {
    (0..WORDS).cycle().take(bytes / WORD_BYTES).flat_map(u64::to_ne_bytes).collect()
}

/// Writes the whole message anew, so that no cache of the receiver holds a part of it; returns when it lies there.
fn write_message(message: &mut [u8], number: u32) -> u64 {
    let words = (0..WORDS).cycle().zip(message.chunks_exact_mut(WORD_BYTES));
    words.for_each(|(value, word)| word.copy_from_slice(&value.to_ne_bytes()));
    message[..WORD_BYTES].copy_from_slice(&u64::from(number).to_ne_bytes());
    now_ns()
}

pub(in crate::workloads) fn sum_of_words(message: &[u8]) -> u64 {
    let words = message.chunks_exact(8).map(|word| u64::from_ne_bytes(word.try_into().expect("eight bytes")));
    words.fold(0, u64::wrapping_add)
}

/// Maps a file in memory for as long as `use_it` runs.
fn with_mapped<T>(file: &File, bytes: usize, use_it: impl FnOnce(&mut [u8]) -> T) -> T {
    let length = NonZeroUsize::new(bytes).expect("a message has bytes");
    let rights = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
    // SAFETY: a new mapping of the whole file overlaps nothing that exists.
    let address = unsafe { mmap(None, length, rights, MapFlags::MAP_SHARED, file, 0) };
    let address = address.expect("a file in memory can be mapped");
    // SAFETY: mapped just above in this length, readable and writable; the sender writes before the receiver maps.
    let content = unsafe { std::slice::from_raw_parts_mut(address.cast::<u8>().as_ptr(), bytes) };
    let result = use_it(content);
    // SAFETY: the slice is gone.
    unsafe { munmap(address, bytes) }.expect("our own mapping can be unmapped");
    result
}

pub(super) fn send_file(socket: &UnixStream, file: RawFd) {
    let files = [file];
    let control = [ControlMessage::ScmRights(&files)];
    sendmsg::<()>(socket.as_raw_fd(), &[IoSlice::new(&[1])], &control, MsgFlags::empty(), None)
        .expect("the receiver listens");
}

pub(super) fn receive_file(socket: &UnixStream) -> Option<File> {
    let mut byte = [0];
    let mut parts = [IoSliceMut::new(&mut byte)];
    let mut space = nix::cmsg_space!([RawFd; 1]);
    let received = recvmsg::<()>(socket.as_raw_fd(), &mut parts, Some(&mut space), MsgFlags::empty()).ok()?;
    for message in received.cmsgs().ok()? {
        if let ControlMessageOwned::ScmRights(files) = message {
            // SAFETY: the kernel has just made this descriptor for us.
            return files.first().map(|&fd| File::from(unsafe { OwnedFd::from_raw_fd(fd) }));
        }
    }
    None
}

/// Lets `reader` read this process's memory where Yama would forbid it; without Yama the request is unknown and
/// unnecessary. See PR_SET_PTRACER in prctl(2).
fn let_read_us(reader: nix::unistd::Pid) {
    // SAFETY: takes a number and changes nothing else.
    unsafe { libc::prctl(libc::PR_SET_PTRACER, reader.as_raw() as libc::c_ulong, 0, 0, 0) };
}
